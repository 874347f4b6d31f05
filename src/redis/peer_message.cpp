#include "redis/peer_message.hpp"

#include "redis/peer_fields.hpp"

#include <array>

namespace fleeting::redis {
namespace {

// A node of another layout isn't understood, and its rooms are looked at instead.
constexpr auto kLayout = std::uint8_t{4};

// What stands in the message; numbers stay when alternatives come and go.
enum class Kind : std::uint8_t {
    presence,
    file_added,
    file_progressed,
    file_removed,
    files_taken,
    members_changed,
    member_removed,
    room_changed,
    room_ended,
    end
};

void write(FieldWriter& out, FileEntry const& file)
{
    out.id(file.id);
    out.text(file.name);
    out.number(file.size.value);
    out.flag(file.length_known);
    out.number(file.offset.value);
    out.text(file.media_type);
    out.byte(static_cast<std::uint8_t>(file.state));
    out.flag(file.sha256.has_value());
    if (file.sha256)
        out.id(*file.sha256);
    out.text(file.uploader);
    out.id(file.uploader_id);
    out.instant(file.created_at);
    out.ids(file.taken_by);
    out.flag(file.is_direct);
    out.byte(static_cast<std::uint8_t>(file.scan));
}

FileEntry read_file(FieldReader& in, RoomId room)
{
    auto file = FileEntry{};
    file.id = in.id<FileId>();
    file.room_id = room;
    file.name = in.text();
    file.size = {in.number()};
    file.length_known = in.flag();
    file.offset = {in.number()};
    file.media_type = in.text();
    file.state = static_cast<FileState>(in.byte(2));
    if (in.flag())
        file.sha256 = in.id<Sha256>();
    file.uploader = in.text();
    file.uploader_id = in.id<TokenHash>();
    file.created_at = in.instant();
    file.taken_by = in.ids<TokenHash>();
    file.is_direct = in.flag();
    file.scan = static_cast<Scan>(in.byte(4));
    return file;
}

void write(FieldWriter& out, Room const& room)
{
    out.text(room.display_name);
    out.instant(room.created_at);
    out.instant(room.expires_at);
    out.number(room.version);
    out.flag(room.uploads_locked);
    out.number(room.used.value);
    out.number(room.size_limit.value);
    out.number(room.file_size_limit.value);
    out.size(room.file_count);
    out.size(room.file_count_limit);
    out.flag(room.door_locked);
}

Room read_room(FieldReader& in, RoomId id)
{
    auto room = Room{};
    room.id = id;
    room.display_name = in.text();
    room.created_at = in.instant();
    room.expires_at = in.instant();
    room.version = in.number();
    room.uploads_locked = in.flag();
    room.used = {in.number()};
    room.size_limit = {in.number()};
    room.file_size_limit = {in.number()};
    room.file_count = in.size();
    room.file_count_limit = in.size();
    room.door_locked = in.flag();
    return room;
}

Kind kind_of(Event const& event)
{
    constexpr auto kKinds = std::array{Kind::file_added,      Kind::file_progressed, Kind::file_removed, Kind::files_taken,
                                       Kind::members_changed, Kind::member_removed,  Kind::room_changed, Kind::room_ended};
    static_assert(kKinds.size() + 1 == std::variant_size_v<decltype(Event::what)>);
    return kKinds.at(event.what.index());
}

struct WriteEvent {
    FieldWriter& out;

    void operator()(FileAdded const& e) const { write(out, e.file); }
    void operator()(FileProgressed const& e) const { write(out, e.file); }
    void operator()(FileRemoved const& e) const
    {
        out.id(e.id);
        out.text(e.by);
        out.flag(e.is_infected);
    }
    void operator()(FilesTaken const& e) const
    {
        out.ids(e.files);
        out.id(e.member);
    }
    void operator()(MembersChanged const&) const {}
    void operator()(MemberRemoved const& e) const
    {
        out.id(e.member);
        out.text(e.by);
    }
    void operator()(RoomChanged const& e) const
    {
        write(out, e.room);
        out.text(e.password_mark);
    }
    void operator()(RoomEnded const& e) const
    {
        out.byte(static_cast<std::uint8_t>(e.reason));
        out.instant(e.ended_at);
    }
    void operator()(EventsMissed const&) const {}
};

void read_event(FieldReader& in, Kind kind, RoomEvent& into)
{
    auto& what = into.event.what;
    switch (kind) {
    case Kind::file_added: what = FileAdded{read_file(in, into.room)}; break;
    case Kind::file_progressed: what = FileProgressed{read_file(in, into.room)}; break;
    case Kind::file_removed: what = FileRemoved{in.id<FileId>(), in.text(), in.flag()}; break;
    case Kind::files_taken: what = FilesTaken{in.ids<FileId>(), in.id<TokenHash>()}; break;
    case Kind::members_changed: what = MembersChanged{}; break;
    case Kind::member_removed: what = MemberRemoved{in.id<TokenHash>(), in.text()}; break;
    case Kind::room_changed: what = RoomChanged{read_room(in, into.room), in.text()}; break;
    case Kind::room_ended: what = RoomEnded{static_cast<EndReason>(in.byte(2)), in.instant()}; break;
    case Kind::presence:
    case Kind::end: break;
    }
}

RoomEvent read_room_event(FieldReader& in, Kind kind)
{
    auto event = RoomEvent{};
    event.room = in.id<RoomId>();
    event.event.version = in.number();
    read_event(in, kind, event);
    return event;
}

std::vector<RoomPresence> read_presence(FieldReader& in)
{
    auto rooms = std::vector<RoomPresence>{};
    constexpr auto kLeast = sizeof(RoomId) + sizeof(std::uint32_t);
    for (auto left = in.count(kLeast); left > 0 && in.is_good(); --left) {
        auto const room = in.id<RoomId>();
        rooms.push_back({room, in.ids<TokenHash>()});
    }
    return rooms;
}

}  // namespace

std::vector<std::byte> to_bytes(PeerMessage const& message)
{
    auto out = FieldWriter{};
    out.byte(kLayout);
    out.id(message.from);
    out.instant(message.sent_at);
    if (auto const* told = std::get_if<RoomEvent>(&message.what)) {
        out.byte(static_cast<std::uint8_t>(kind_of(told->event)));
        out.id(told->room);
        out.number(told->event.version);
        std::visit(WriteEvent{out}, told->event.what);
        return out.take();
    }
    auto const& rooms = std::get<std::vector<RoomPresence>>(message.what);
    out.byte(static_cast<std::uint8_t>(Kind::presence));
    out.size(rooms.size());
    for (auto const& room : rooms) {
        out.id(room.room);
        out.ids(room.sessions);
    }
    return out.take();
}

Result<PeerMessage> parse_peer_message(Bytes bytes)
{
    auto in = FieldReader{bytes};
    auto message = PeerMessage{};
    auto const is_ours = in.byte(kLayout + 1) == kLayout && bytes.size() <= kMostMessageBytes;
    message.from = in.id<NodeId>();
    message.sent_at = in.instant();
    auto const kind = static_cast<Kind>(in.byte(static_cast<std::uint8_t>(Kind::end)));
    if (kind == Kind::presence)
        message.what = read_presence(in);
    else
        message.what = read_room_event(in, kind);
    return is_ours && in.is_at_end() ? Result<PeerMessage>{std::move(message)}
                                     : fail(Errc::invalid_request, "not a message of a node");
}

}  // namespace fleeting::redis
