#pragma once

#include <boost/json/object.hpp>
#include <iosfwd>

// What the operator's interface answers, for a terminal.

namespace fleeting::app {

void write_rooms(boost::json::object const& answer, std::ostream& out);
void write_blocks(boost::json::object const& answer, std::ostream& out);
void write_health(boost::json::object const& answer, std::ostream& out);

}  // namespace fleeting::app
