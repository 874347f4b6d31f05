#pragma once

#include "api/api.hpp"

#include <string>

namespace fleeting::api {

// Resumable uploads in two dialects, on the same addresses: tus 1.0.0 (tus_*.cpp) and the IETF's draft (draft_*.cpp). Each
// function answers one request of its dialect; upload_routes.cpp chooses.

/// Whether a request speaks the IETF draft.
bool speaks_draft(http::Request const& request);

Task<http::Response> tus_create(ApiContext const& context, http::Request& request);
Task<http::Response> tus_head(ApiContext const& context, http::Request& request);
Task<http::Response> tus_patch(ApiContext const& context, http::Request& request);

/// name   what the file is to be called; empty: what the request says
Task<http::Response> draft_create(ApiContext const& context, http::Request& request, Admission admission, std::string name);
Task<http::Response> draft_head(ApiContext const& context, http::Request& request);
Task<http::Response> draft_patch(ApiContext const& context, http::Request& request);

/// The address of an upload, as `Location` tells it.
std::string upload_address(ApiContext const& context, Admission const& admission, FileId id);

}  // namespace fleeting::api
