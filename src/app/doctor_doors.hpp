#pragma once

#include "app/doctor.hpp"
#include "app/doctor_visitor.hpp"

#include <boost/json/object.hpp>

namespace fleeting::app {

/// The address that members type, taken apart.
struct Url {
    std::string origin;  ///< https://files.example
    std::string host;    ///< files.example, with a port where it isn't the scheme's own
    std::string path;    ///< without a slash at its end
    bool is_secure = false;
};
/// Nothing for what isn't an address like https://files.example/files.
std::optional<Url> url_of(std::string_view text);

/// The two ways to the running server: what is asked of one is asked of the other, so that a difference is the proxy's.
struct Doors {
    Settings const& settings;
    Findings& findings;
    Url url;
    Visitor through;   ///< the operator's proxy
    Visitor straight;  ///< past it
};

/// To the server itself, on this machine, with what a proxy in front of `url` would say.
Way straight_way(Settings const& settings, Url const& url);

/// The JSON object of a body; an empty one where there is none.
boost::json::object object_of(std::string const& body);
std::string text_in(boost::json::object const& object, std::string_view name);
/// What answered, for a sentence: the status, the code, and who they say they are.
std::string told(Answer const& answer);

/// Opens a room through the proxy, looks at names, events and uploads in it, and ends it.
void examine_transfers(Doors const& doors);

}  // namespace fleeting::app
