// What every MetadataStore tells and keeps for the operator.

#include "metadata_backends.hpp"

#include <algorithm>

namespace fleeting {
namespace {

template <class Backend>
class MetadataOperator : public MetadataStoreContract<Backend> {
protected:
    Result<> block(std::string_view text, Instant at = kNow, std::size_t most = 100)
    {
        auto block = parse_block(text);
        EXPECT_TRUE(block) << text;
        block->created_at = at;
        return run_blocking(this->store().add_block(*block, most));
    }
    std::vector<std::string> blocked()
    {
        auto values = std::vector<std::string>{};
        for (auto const& block : *run_blocking(this->store().list_blocks()))
            values.push_back(block.value);
        return values;
    }
    FileEntry complete(Room const& room, std::string name, std::byte mark)
    {
        auto const file = this->put(room, std::move(name), 5);
        EXPECT_TRUE(run_blocking(this->store().complete_file(file.id, {ByteCount{5}, 0, Sha256{{mark}}}, kNow)));
        return file;
    }
};

TYPED_TEST_SUITE(MetadataOperator, MetadataBackends);

TYPED_TEST(MetadataOperator, SummarizesLivingRoomsTheNewestFirst)
{
    auto old = this->room_named("old");
    old.created_at = kNow - Seconds{30};
    old.door_locked = true;
    ASSERT_TRUE(run_blocking(this->store().create_room(old, this->session_in(old), kMany)));
    auto const fresh = this->open_room("fresh", kNow + Seconds{90});
    this->open_room("over", kNow);
    this->complete(fresh, "a", std::byte{1});
    this->put(fresh, "b", 20);
    ASSERT_TRUE(run_blocking(this->store().add_session(this->session_in(fresh), kMembers, kNow)));
    auto const rooms = *run_blocking(this->store().summarize_rooms(kNow, 10));
    ASSERT_EQ(rooms.size(), 2U);
    EXPECT_EQ(rooms[0].id, fresh.id);
    EXPECT_EQ(rooms[0].expires_at, kNow + Seconds{90});
    EXPECT_EQ(rooms[0].used, ByteCount{25});
    EXPECT_EQ(rooms[0].size_limit, ByteCount{1000});
    EXPECT_EQ(rooms[0].files, 2U);
    EXPECT_EQ(rooms[0].uploads, 1U);
    EXPECT_EQ(rooms[0].members, 2U);
    EXPECT_FALSE(rooms[0].door_locked);
    EXPECT_EQ(rooms[1].created_at, old.created_at);
    EXPECT_TRUE(rooms[1].door_locked);
    EXPECT_EQ(run_blocking(this->store().summarize_rooms(kNow, 1))->size(), 1U);
}

TYPED_TEST(MetadataOperator, CountsRoomsAndWhatIsToBeErased)
{
    auto const none = *run_blocking(this->store().count_rooms(kNow));
    EXPECT_EQ(none.rooms + none.files + none.used.value + none.purges, 0U);
    EXPECT_FALSE(none.oldest_purge);
    auto const room = this->open_room("lab");
    auto const gone = this->open_room("gone");
    this->put(room, "a", 7);
    this->put(gone, "b", 8);
    ASSERT_TRUE(run_blocking(this->store().end_room(gone.id, kNow + Seconds{2})));
    auto const some = *run_blocking(this->store().count_rooms(kNow));
    EXPECT_EQ(some.rooms, 1U);
    EXPECT_EQ(some.files, 1U);
    EXPECT_EQ(some.used, ByteCount{7});
    EXPECT_EQ(some.purges, 1U);
    EXPECT_EQ(some.oldest_purge, kNow + Seconds{2});
}

TYPED_TEST(MetadataOperator, KeepsBlocksInTheirOrderAndEachOnce)
{
    auto const digest = std::string(64, 'a');
    ASSERT_TRUE(this->block("192.0.2.77/24", kNow + Seconds{1}));
    ASSERT_TRUE(this->block(digest, kNow));
    ASSERT_TRUE(this->block("192.0.2.0/24", kNow + Seconds{9}));
    this->backend_.reopen();
    EXPECT_EQ(this->blocked(), (std::vector<std::string>{digest, "192.0.2.0/24"}));
    auto const blocks = *run_blocking(this->store().list_blocks());
    EXPECT_EQ(blocks[0].digest->hex(), digest);
    EXPECT_EQ(blocks[1].created_at, kNow + Seconds{1});
    EXPECT_TRUE(blocks[1].range->has(*to_address_bytes("192.0.2.255")));
    ASSERT_TRUE(run_blocking(this->store().remove_block(digest)));
    EXPECT_EQ(run_blocking(this->store().remove_block(digest)).error().code, Errc::not_found);
    EXPECT_EQ(this->blocked(), std::vector<std::string>{"192.0.2.0/24"});
}

TYPED_TEST(MetadataOperator, BoundsTheBlocksOfEachKind)
{
    ASSERT_TRUE(this->block("192.0.2.0/24", kNow, 1));
    EXPECT_EQ(this->block("198.51.100.0/24", kNow, 1).error().code, Errc::too_many_blocks);
    EXPECT_TRUE(this->block("192.0.2.0/24", kNow, 1)) << "it is there";
    EXPECT_TRUE(this->block(std::string(64, 'a'), kNow, 1)) << "of the other kind";
}

TYPED_TEST(MetadataOperator, FindsTheFilesOfBlockedDigestsInEveryRoom)
{
    auto const room = this->open_room("lab");
    auto const other = this->open_room("other");
    auto const first = this->complete(room, "a", std::byte{0xAA});
    auto const second = this->complete(other, "b", std::byte{0xAA});
    this->complete(room, "innocent", std::byte{0xBB});
    this->put(room, "unfinished", 5);
    EXPECT_TRUE(run_blocking(this->store().list_blocked_files(10))->empty());
    ASSERT_TRUE(this->block("aa" + std::string(62, '0')));
    ASSERT_TRUE(this->block("192.0.2.0/24"));
    auto ids = std::vector<FileId>{};
    for (auto const& file : *run_blocking(this->store().list_blocked_files(10)))
        ids.push_back(file.id);
    std::ranges::sort(ids);
    EXPECT_EQ(ids, std::min(std::vector{first.id, second.id}, std::vector{second.id, first.id}));
    EXPECT_EQ(run_blocking(this->store().list_blocked_files(1))->size(), 1U);
}

TYPED_TEST(MetadataOperator, TellsASettingWithoutMakingIt)
{
    EXPECT_EQ(*run_blocking(this->store().find_setting("news")), "");
    ASSERT_TRUE(run_blocking(this->store().exchange("news", "a")));
    EXPECT_EQ(*run_blocking(this->store().find_setting("news")), "a");
}

}  // namespace
}  // namespace fleeting
