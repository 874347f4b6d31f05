#pragma once

#include "api/api.hpp"
#include "api/tus_headers.hpp"

namespace fleeting::api {

Task<http::Response> create_upload(ApiContext const& context, http::Request& request);
Task<http::Response> head_upload(ApiContext const& context, http::Request& request);
Task<http::Response> patch_upload(ApiContext const& context, http::Request& request);
Task<http::Response> delete_upload(ApiContext const& context, http::Request& request);

}  // namespace fleeting::api
