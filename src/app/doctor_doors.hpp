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
    /// Whether the server takes a page of that address for its own; where not, why was told already.
    bool is_own_origin = true;
};

/// To the server itself, on this machine, with what a proxy in front of `url` would say.
Way straight_way(Settings const& settings, Url const& url);

/// The JSON object of a body; an empty one where there is none.
boost::json::object object_of(std::string const& body);
std::string text_in(boost::json::object const& object, std::string_view name);
/// The code of a refusal that the server itself has written, whoever passed it on; empty of anything else.
std::string code_of(Answer const& answer);
/// What answered, for a sentence: the status, and the server's own code or who else they say they are.
std::string told(Answer const& answer);
/// That the operator has blocked whom the server takes this machine for.
void tell_blocked(Findings& findings, Answer const& answer);

/// Whether a member gets as far as to the server.
bool examine_reach(Doors& doors);
/// How the server sees a member, and what the proxy makes of its headers.
void examine_member(Doors& doors);

/// Opens a room through the proxy, looks at names, events and uploads in it, and ends it.
void examine_transfers(Doors const& doors);

}  // namespace fleeting::app
