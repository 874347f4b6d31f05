// What is refused and why: docs/protocol.md, "Framing". Every rule here has cases under tests/vectors/http.

#include "http/head_parser.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fleeting::http {
namespace {

constexpr auto kMaxFields = std::size_t{100};
constexpr auto kBadRequest = 400;

template <class T>
using Parsed = std::expected<T, Refusal>;

std::unexpected<Refusal> refuse(std::string_view reason, int status = kBadRequest)
{
    return std::unexpected{Refusal{status, reason}};
}

std::unexpected<Refusal> refuse_field(std::string_view field, int status = kBadRequest)
{
    return std::unexpected{Refusal{status, field, field}};
}

Method method_of(std::string_view text)
{
    constexpr auto kMethods = std::to_array<std::pair<std::string_view, Method>>({
        {"GET", Method::get},
        {"HEAD", Method::head},
        {"POST", Method::post},
        {"PUT", Method::put},
        {"PATCH", Method::patch},
        {"DELETE", Method::delete_},
        {"OPTIONS", Method::options},
    });
    auto const* const found = std::ranges::find(kMethods, text, &std::pair<std::string_view, Method>::first);
    return found == kMethods.end() ? Method::unknown : found->second;
}

/// Takes the line up to CRLF off the front.
std::string_view take_line(std::string_view& rest)
{
    auto const end = rest.find("\r\n");
    auto const line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

Parsed<void> parse_version(RequestHead& head, std::string_view version)
{
    if (version == "HTTP/1.1")
        return {};
    head.is_http_1_1 = false;
    head.keep_alive = false;
    if (version == "HTTP/1.0")
        return {};
    auto const is_other = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    return refuse("version", is_other ? 505 : kBadRequest);
}

/// Splits the target into path and query; an absolute-form's authority is returned for comparison with Host.
Parsed<std::string_view> parse_target(RequestHead& head, std::string_view target)
{
    auto authority = std::string_view{};
    auto rest = target;
    for (auto const scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
        if (!starts_with_ignoring_case(rest, scheme))
            continue;
        rest.remove_prefix(scheme.size());
        authority = rest.substr(0, rest.find_first_of("/?"));
        rest.remove_prefix(authority.size());
        if (authority.empty())
            return refuse_field("path");
    }
    auto const question = std::min(rest.find('?'), rest.size());
    head.path = rest.substr(0, question);
    head.query = question == rest.size() ? std::string_view{} : rest.substr(question + 1);
    if (head.path.empty() && !authority.empty())
        head.path = "/";
    auto const is_asterisk = head.path == "*" && head.method == Method::options;
    if (!head.path.starts_with('/') && !is_asterisk)
        return refuse_field("path");
    return authority;
}

Parsed<std::string_view> parse_request_line(RequestHead& head, std::string_view line)
{
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return refuse("request line");
    auto const method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    if (!is_token(method))
        return refuse("method");
    if (head.target.empty() || !std::ranges::all_of(head.target, [](char c) { return c > ' ' && c < 0x7F && c != '#'; }))
        return refuse_field("path");
    if (auto const version = parse_version(head, line.substr(last + 1)); !version)
        return std::unexpected{version.error()};
    head.method = method_of(method);
    if (head.method == Method::unknown)
        return refuse("method", 501);
    return parse_target(head, head.target);
}

Parsed<void> parse_field(RequestHead& head, std::string_view line)
{
    if (line.front() == ' ' || line.front() == '\t')
        return refuse("folded field");
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return refuse("field name");
    auto const value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value))
        return refuse("field value");
    if (head.headers.all().size() == kMaxFields)
        return refuse("too many fields", 431);
    // Some servers read an underscore as a hyphen; so that no two of them disagree, such a field isn't there.
    if (line.substr(0, colon).find('_') == std::string_view::npos)
        head.headers.add(line.substr(0, colon), value);
    return {};
}

Parsed<void> decide_host(RequestHead& head, std::string_view authority)
{
    auto const host = head.headers.find("Host");
    if (!host || host->empty() || host->find_first_of(" \t,/?#@\\") != std::string_view::npos)
        return refuse_field("Host");
    if (!authority.empty() && !equal_ignoring_case(authority, *host))
        return refuse_field("Host");
    head.host = *host;
    return {};
}

Parsed<void> decide_length(RequestHead& head)
{
    auto const count = head.headers.count("Content-Length");
    if (count == 0)
        return {};
    auto const text = head.headers.find("Content-Length");
    if (!text)
        return refuse_field("Content-Length");
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), head.content_length);
    if (error != std::errc{} || end != text->data() + text->size() || head.content_length > kMaxSize)
        return refuse_field("Content-Length");
    return {};
}

Parsed<void> decide_coding(RequestHead& head)
{
    if (head.headers.count("Transfer-Encoding") == 0)
        return {};
    auto const coding = head.headers.find("Transfer-Encoding");
    if (!coding || head.headers.count("Content-Length") > 0 || !head.is_http_1_1)
        return refuse_field("Transfer-Encoding");
    if (!equal_ignoring_case(*coding, "chunked"))
        return refuse_field("Transfer-Encoding", is_token(*coding) ? 501 : kBadRequest);
    head.is_chunked = true;
    return {};
}

Parsed<void> decide_connection(RequestHead& head)
{
    for (auto const& [name, value] : head.headers.all())
        if (equal_ignoring_case(name, "Connection") && has_list_token(value, "close"))
            head.keep_alive = false;
    if (head.headers.count("Expect") == 0)
        return {};
    auto const expect = head.headers.find("Expect");
    if (!expect || !equal_ignoring_case(*expect, "100-continue"))
        return refuse_field("Expect", 417);
    head.expects_continue = head.is_http_1_1;
    return {};
}

}  // namespace

HeadScan find_head_end(std::string_view bytes, std::size_t from)
{
    // An end found now may have begun up to three bytes before what is new.
    auto at = from > 3 ? from - 3 : 0;
    while ((at = bytes.find('\n', at)) != std::string_view::npos) {
        if (at == 0 || bytes[at - 1] != '\r')
            return {HeadEnd::malformed};
        if (at == 1)
            return {HeadEnd::malformed};
        if (at >= 3 && bytes[at - 2] == '\n')
            return {HeadEnd::complete, at + 1};
        ++at;
    }
    return {HeadEnd::incomplete};
}

std::expected<RequestHead, Refusal> parse_head(std::string_view bytes)
{
    auto head = RequestHead{};
    auto const authority = parse_request_line(head, take_line(bytes));
    if (!authority)
        return std::unexpected{authority.error()};
    while (true) {
        auto const line = take_line(bytes);
        if (line.empty())
            break;
        if (auto const field = parse_field(head, line); !field)
            return std::unexpected{field.error()};
    }
    for (auto const& decided : {decide_host(head, *authority), decide_length(head), decide_coding(head), decide_connection(head)})
        if (!decided)
            return std::unexpected{decided.error()};
    return head;
}

}  // namespace fleeting::http
