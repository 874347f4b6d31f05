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

/// Whether uploads pass as they are sent.
void examine_uploads(Doors const& doors, OwnRoom const& room);

}  // namespace fleeting::app
