#pragma once

#include "http/request.hpp"

#include <map>
#include <string>
#include <string_view>

namespace fleeting::api {

/// The fields of a form that a browser posted as `application/x-www-form-urlencoded` (WHATWG URL).
class FormFields {
public:
    /// errors    invalid_request: another media type, malformed, a field twice
    static Result<FormFields> parse(std::string_view content_type, std::string_view body);
    /// Empty where it is missing: a browser posts an empty field for what wasn't filled in.
    [[nodiscard]] std::string get(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace fleeting::api
