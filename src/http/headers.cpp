#include "http/headers.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <cstdlib>

namespace fleeting::http {
namespace {

/// Field values are made by us; one that could split a response is a bug, and goes no further.
void check_value(std::string_view value)
{
    if (!is_field_value(value))
        std::abort();
}

}  // namespace

std::optional<std::string_view> RequestHeaders::find(std::string_view name) const
{
    auto found = std::optional<std::string_view>{};
    for (auto const& field : fields_) {
        if (!equal_ignoring_case(field.name, name))
            continue;
        if (found)
            return std::nullopt;
        found = field.value;
    }
    return found;
}

std::size_t RequestHeaders::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(fields_, [&](Field const& field) { return equal_ignoring_case(field.name, name); }));
}

ResponseHeaders& ResponseHeaders::set(std::string_view name, std::string_view value)
{
    check_value(value);
    for (auto& [other, old] : fields_)
        if (equal_ignoring_case(other, name)) {
            old = value;
            return *this;
        }
    fields_.emplace_back(name, value);
    return *this;
}

ResponseHeaders& ResponseHeaders::add(std::string_view name, std::string_view value)
{
    check_value(value);
    fields_.emplace_back(name, value);
    return *this;
}

std::optional<std::string_view> ResponseHeaders::find(std::string_view name) const
{
    for (auto const& [other, value] : fields_)
        if (equal_ignoring_case(other, name))
            return value;
    return std::nullopt;
}

}  // namespace fleeting::http
