#pragma once

#include "http/request.hpp"
#include "http/response.hpp"
#include "service/download_service.hpp"

#include <string>
#include <vector>

namespace fleeting::api {

/// What the request presents: `Authorization: Bearer` or `Basic`, or every cookie that could be a room's session.
Credential credential_of(http::Request const& request);

/// Each credential as presented: what a signed link may be bound to, the first the one `credential_of` would use.
std::vector<LinkBearer> bearers_of(http::Request const& request);
/// What a link made for this admission is bound to.
Sha256 binding_of(http::Request const& request, Admission const& admission);

/// What the browser has to show that it was in rooms before.
std::vector<KnownMark> known_marks_of(http::Request const& request);

/// Gives a browser its session, for as long as the room lives.
void give_session(http::Request const& request, http::Response& response, NewSession const& made, Instant now);
void take_session(http::Request const& request, http::Response& response, RoomId room);

}  // namespace fleeting::api
