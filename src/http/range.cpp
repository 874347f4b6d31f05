#include "http/range.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace fleeting::http {
namespace {

constexpr auto kMostRanges = std::size_t{8};

struct Span {
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
};

bool parse_number(std::string_view text, std::optional<std::uint64_t>& out)
{
    if (text.empty())
        return true;
    auto value = std::uint64_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    out = value;
    return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Span> parse_span(std::string_view text)
{
    auto span = Span{};
    auto const dash = text.find('-');
    if (dash == std::string_view::npos || !parse_number(text.substr(0, dash), span.first) ||
        !parse_number(text.substr(dash + 1), span.last))
        return std::nullopt;
    if ((!span.first && !span.last) || (span.first && span.last && *span.last < *span.first))
        return std::nullopt;
    return span;
}

/// Every range of the field; nothing where it isn't valid, which counts as no field (RFC 9110 §14.2).
std::optional<std::vector<Span>> parse_ranges(std::string_view field)
{
    constexpr auto kUnit = std::string_view{"bytes="};
    if (!starts_with_ignoring_case(field, kUnit))
        return std::nullopt;
    field.remove_prefix(kUnit.size());
    auto spans = std::vector<Span>{};
    auto element = std::string_view{};
    while (take_element(field, element)) {
        auto const span = parse_span(element);
        if (!span)
            return std::nullopt;
        spans.push_back(*span);
    }
    return spans.empty() ? std::nullopt : std::optional{std::move(spans)};
}

std::optional<ByteRange> part_of(Span const& span, std::uint64_t size)
{
    if (!span.first) {
        auto const count = std::min(*span.last, size);
        return count == 0 ? std::nullopt : std::optional{ByteRange{{size - count}, {count}, true}};
    }
    if (*span.first >= size)
        return std::nullopt;
    auto const last = std::min(span.last.value_or(size - 1), size - 1);
    return ByteRange{{*span.first}, {last - *span.first + 1}, true};
}

bool names_etag(std::string_view list, std::string_view etag, bool weakly)
{
    auto element = std::string_view{};
    while (take_element(list, element)) {
        if (weakly && element.starts_with("W/"))
            element.remove_prefix(2);
        if (element == "*" || element == etag)
            return true;
    }
    return false;
}

Response not_satisfiable(Representation const& representation)
{
    auto response = problem_response({416, "range_not_satisfiable", "That range isn't in the file.", {}, 0});
    response.headers.set("Content-Range", "bytes */" + std::to_string(representation.size.value));
    return response;
}

Response precondition_failed(std::string detail)
{
    return problem_response({412, "precondition_failed", std::move(detail), {}, 0});
}

bool fails_match(Request const& request, std::optional<std::string_view> etag)
{
    auto const match = request.headers.find("If-Match");
    return request.headers.count("If-Match") > 0 && !(match && etag && names_etag(*match, *etag, false));
}

bool fails_none_match(Request const& request, std::optional<std::string_view> etag)
{
    auto const none = request.headers.find("If-None-Match");
    return none && etag && names_etag(*none, *etag, true);
}

std::optional<Response> judge_preconditions(Request const& request, Representation const& representation)
{
    if (fails_match(request, representation.etag))
        return precondition_failed("The file isn't the one you asked about.");
    if (!fails_none_match(request, representation.etag))
        return std::nullopt;
    auto response = Response{};
    response.status = 304;
    response.headers.set("ETag", representation.etag);
    return response;
}

}  // namespace

/// A field that comes twice is no list that could be understood: what it protects stays as it is.
std::optional<Response> refuse_change(Request const& request, std::optional<std::string_view> etag)
{
    if (fails_match(request, etag))
        return precondition_failed("The file isn't the one you asked about.");
    if (fails_none_match(request, etag) || (etag && request.headers.count("If-None-Match") > 1))
        return precondition_failed("There is such a file already.");
    return std::nullopt;
}

std::variant<ByteRange, Response> select_range(Request const& request, Representation const& representation)
{
    if (auto refused = judge_preconditions(request, representation))
        return *std::move(refused);
    auto const whole = ByteRange{{0}, representation.size, false};
    // To any other method a range means nothing (RFC 9110 §14.2).
    auto const field = request.method == Method::get ? request.headers.find("Range") : std::nullopt;
    auto const condition = request.headers.find("If-Range");
    if (!field || (condition && *condition != representation.etag) || request.headers.count("If-Range") > 1)
        return whole;
    auto const spans = parse_ranges(*field);
    if (!spans)
        return whole;
    if (spans->size() > kMostRanges)
        return not_satisfiable(representation);
    if (spans->size() > 1)
        return whole;
    auto const part = part_of(spans->front(), representation.size.value);
    if (!part)
        return not_satisfiable(representation);
    return *part;
}

void describe_range(Response& response, ByteRange const& range, Representation const& representation)
{
    response.headers.set("Accept-Ranges", "bytes").set("ETag", representation.etag);
    if (!range.is_partial)
        return;
    response.status = 206;
    auto const last = range.first.value + range.count.value - 1;
    response.headers.set("Content-Range", "bytes " + std::to_string(range.first.value) + "-" + std::to_string(last) + "/" +
                                              std::to_string(representation.size.value));
}

}  // namespace fleeting::http
