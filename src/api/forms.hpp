#pragma once

#include "api/api.hpp"

namespace fleeting::api {

/// `/?plain`: the way in without JavaScript.
http::Response form_door(ApiContext const& context);
/// `/{room}/?plain`: the room as links and forms, or the way into it.
Task<http::Response> form_room(ApiContext const& context, http::Request& request);

}  // namespace fleeting::api
