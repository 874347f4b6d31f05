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

ResponseHeaders::Place ResponseHeaders::appended(std::string_view name, std::string_view value)
{
    check_value(value);
    if (places_.empty()) {
        places_.reserve(16);
        values_.reserve(512);
    }
    auto const begin = values_.size();
    values_ += value;
    return {name, begin, value.size()};
}

ResponseHeaders& ResponseHeaders::set(FieldName name, std::string_view value)
{
    auto const place = appended(name.text(), value);
    auto const old = std::ranges::find_if(places_, [&](Place const& p) { return equal_ignoring_case(p.name, name.text()); });
    if (old == places_.end())
        places_.push_back(place);
    else
        *old = place;
    return *this;
}

ResponseHeaders& ResponseHeaders::add(FieldName name, std::string_view value)
{
    places_.push_back(appended(name.text(), value));
    return *this;
}

ResponseHeaders::Field ResponseHeaders::at(std::size_t index) const
{
    auto const& place = places_[index];
    return {place.name, std::string_view{values_}.substr(place.begin, place.size)};
}

std::optional<std::string_view> ResponseHeaders::find(std::string_view name) const
{
    for (auto index = std::size_t{0}; index < size(); ++index)
        if (equal_ignoring_case(places_[index].name, name))
            return at(index).value;
    return std::nullopt;
}

}  // namespace fleeting::http
