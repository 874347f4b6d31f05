#include "api/form_fields.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace fleeting::api {
namespace {

std::optional<std::string> decoded(std::string_view text)
{
    auto spaced = std::string{text};
    std::ranges::replace(spaced, '+', ' ');
    return http::percent_decoded(spaced);
}

}  // namespace

Result<FormFields> FormFields::parse(std::string_view content_type, std::string_view body)
{
    auto type = std::string_view{};
    if (!http::take_element(content_type, type, ';') || !http::equal_ignoring_case(type, "application/x-www-form-urlencoded"))
        return fail_field(Errc::invalid_request, "Content-Type", "not a form");
    auto form = FormFields{};
    while (!body.empty()) {
        auto const pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
        auto const equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals));
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value || !form.fields_.emplace(*std::move(name), *std::move(value)).second)
            return fail_field(Errc::invalid_request, "body", "malformed, or a field twice");
    }
    return form;
}

std::string FormFields::get(std::string_view name) const
{
    auto const found = fields_.find(name);
    return found == fields_.end() ? std::string{} : found->second;
}

}  // namespace fleeting::api
