#include "redis/peer_message.hpp"

#include "crypto/random.hpp"

#include <gtest/gtest.h>

namespace fleeting::redis {
namespace {

FileEntry some_file()
{
    auto file = FileEntry{};
    file.id = crypto::random_id<FileId>();
    file.name = "notes/été.txt";
    file.size = {kMaxSize};
    file.offset = {17};
    file.media_type = "text/plain";
    file.state = FileState::complete;
    file.sha256 = crypto::random_id<Sha256>();
    file.uploader = "Ada";
    file.uploader_id = crypto::random_id<TokenHash>();
    file.created_at = Instant{Milliseconds{1'700'000'000'123}};
    file.taken_by = {crypto::random_id<TokenHash>(), crypto::random_id<TokenHash>()};
    file.scan = Scan::skipped;
    return file;
}

Room some_room()
{
    auto room = Room{};
    room.display_name = "Lab 3";
    room.password_hash = "$argon2id$secret";
    room.expires_at = Instant{Milliseconds{1'700'000'000'456}};
    room.version = 9;
    room.door_locked = true;
    room.file_count_limit = 1000;
    return room;
}

std::vector<Event> one_of_each()
{
    return {{2, FileAdded{some_file()}},
            {0, FileProgressed{some_file()}},
            {3, FileRemoved{crypto::random_id<FileId>(), "Ada", true}},
            {4, FilesTaken{{crypto::random_id<FileId>()}, crypto::random_id<TokenHash>()}},
            {0, MembersChanged{}},
            {0, MemberRemoved{crypto::random_id<TokenHash>(), "Ada"}},
            {9, RoomChanged{some_room(), "mark"}},
            {0, RoomEnded{EndReason::closed, Instant{Milliseconds{5}}}}};
}

TEST(PeerMessage, SaysTheSameAfterItsWay)
{
    for (auto const& event : one_of_each()) {
        auto const room = crypto::random_id<RoomId>();
        auto const bytes = to_bytes({crypto::random_id<NodeId>(), Instant{Milliseconds{7}}, RoomEvent{room, event}});
        auto const back = parse_peer_message(bytes);
        ASSERT_TRUE(back);
        auto const& told = std::get<RoomEvent>(back->what);
        EXPECT_EQ(told.room, room);
        EXPECT_EQ(told.event.version, event.version);
        EXPECT_EQ(told.event.what.index(), event.what.index());
        EXPECT_EQ(to_bytes(*back), bytes);
    }
}

TEST(PeerMessage, CarriesAFileWithAllThatPagesAreTold)
{
    auto const file = some_file();
    auto const room = crypto::random_id<RoomId>();
    auto const back = parse_peer_message(to_bytes({{}, {}, RoomEvent{room, {2, FileAdded{file}}}}));
    auto const& told = std::get<FileAdded>(std::get<RoomEvent>(back->what).event.what).file;
    EXPECT_EQ(std::tie(told.id, told.name, told.size, told.offset, told.media_type, told.state, told.sha256),
              std::tie(file.id, file.name, file.size, file.offset, file.media_type, file.state, file.sha256));
    EXPECT_EQ(std::tie(told.uploader, told.uploader_id, told.created_at, told.taken_by, told.room_id, told.scan),
              std::tie(file.uploader, file.uploader_id, file.created_at, file.taken_by, room, file.scan));
}

TEST(PeerMessage, CarriesNoPasswordsHash)
{
    auto const bytes = to_bytes({{}, {}, RoomEvent{{}, {9, RoomChanged{some_room(), "mark"}}}});
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    EXPECT_TRUE(text.contains("Lab 3"));
    EXPECT_FALSE(text.contains("argon2id"));
}

TEST(PeerMessage, IsRefusedWhereAByteIsMissingOrTooMany)
{
    auto presence = std::vector<RoomPresence>{{crypto::random_id<RoomId>(), {crypto::random_id<TokenHash>()}}, {{}, {}}};
    auto messages = std::vector<std::vector<std::byte>>{to_bytes({{}, {}, presence})};
    for (auto const& event : one_of_each())
        messages.push_back(to_bytes({{}, {}, RoomEvent{{}, event}}));
    for (auto& bytes : messages) {
        ASSERT_TRUE(parse_peer_message(bytes));
        for (auto size = std::size_t{0}; size < bytes.size(); ++size)
            EXPECT_FALSE(parse_peer_message(Bytes{bytes}.first(size)));
        bytes.push_back({});
        EXPECT_FALSE(parse_peer_message(bytes));
    }
}

}  // namespace
}  // namespace fleeting::redis
