#pragma once

#include "app/doctor_doors.hpp"

#include <boost/json/array.hpp>

namespace fleeting::app {

/// A room of the doctor's own.
struct OwnRoom {
    std::string api;     ///< its path in the interface
    std::string files;   ///< its own path, in front of a file's name
    std::string bearer;  ///< the header of who opened it
};

/// Opens one as a page does, through the proxy. Nothing where that isn't let; why is told.
std::optional<OwnRoom> open_room(Doors const& doors);
void close_room(Doors const& doors, OwnRoom const& room);
/// What is in it, as the server tells past the proxy.
boost::json::array files_in(Doors const& doors, OwnRoom const& room);

/// A file that is more than all buffers of sockets on the way.
struct LargeFile {
    static constexpr auto kSize = std::uint64_t{64} << 20;
    static constexpr auto kText = std::string_view{"64 MiB"};
    static constexpr auto kName = std::string_view{"large"};
};
/// Puts it into the room.
Result<Answer> put_large(Visitor const& way, OwnRoom const& room);

/// Whether uploads pass as they are sent.
/// returns   how long the large file took; nothing where it isn't there
std::optional<Milliseconds> examine_uploads(Doors const& doors, OwnRoom const& room);
/// Whether those that tell how far they have come, by interim responses, end as they should.
void examine_drafts(Doors const& doors, OwnRoom const& room);
/// Whether what the server cuts is cut for who takes it.
void examine_downloads(Doors const& doors, OwnRoom const& room, std::optional<Milliseconds> large_took);

}  // namespace fleeting::app
