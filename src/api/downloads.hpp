#pragma once

#include "api/api.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "service/download_service.hpp"

namespace fleeting::api {

/// As what a file's bytes are told.
struct Presentation {
    std::string_view media_type;
    std::string disposition;  ///< Content-Disposition
    std::string_view policy;  ///< Content-Security-Policy
    bool is_taking = true;    ///< whoever was sent the last byte has taken the file
};

/// The bytes of an open file, or the part of it that is asked for.
http::Response bytes_response(ApiContext const& context, http::Request const& request, Download const& download,
                              Presentation const& shown);

/// The bytes of an open file, or the part of it that is asked for: always an attachment, never anything a browser would run.
http::Response file_response(ApiContext const& context, http::Request const& request, Download const& download);

}  // namespace fleeting::api
