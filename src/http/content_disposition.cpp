#include "http/content_disposition.hpp"

#include "http/headers.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fleeting::http {
namespace {

std::string without_percents(std::string text)
{
    constexpr auto kEscapes = std::array<std::pair<std::string_view, char>, 3>{{{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}}};
    for (auto const& [escape, meant] : kEscapes)
        for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at + 1))
            text.replace(at, escape.size(), 1, meant);
    return text;
}

/// A quoted string at the front of `rest`, taken off it and unescaped.
std::optional<std::string> take_quoted(std::string_view& rest, Escapes escapes)
{
    auto text = std::string{};
    for (auto i = std::size_t{1}; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return escapes == Escapes::percent ? without_percents(std::move(text)) : text;
        }
        if (rest[i] == '\\' && escapes == Escapes::backslash)
            ++i;
        if (i == rest.size())
            break;
        text += rest[i];
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest, Escapes escapes)
{
    if (rest.starts_with('"'))
        return take_quoted(rest, escapes);
    auto const token = trimmed(rest.substr(0, rest.find(';')));
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    return is_token(token) ? std::optional{std::string{token}} : std::nullopt;
}

/// RFC 8187: `UTF-8'language'percent-encoded`.
std::optional<std::string> decoded(std::string_view value)
{
    auto const charset_end = value.find('\'');
    auto const language_end = charset_end == std::string_view::npos ? charset_end : value.find('\'', charset_end + 1);
    if (language_end == std::string_view::npos || !equal_ignoring_case(value.substr(0, charset_end), "UTF-8"))
        return std::nullopt;
    return percent_decoded(value.substr(language_end + 1));
}

}  // namespace

std::string content_disposition(std::string_view file_name, std::string_view type)
{
    // The folder isn't the receiver's business; what any old client can't read becomes an underscore in the plain form.
    constexpr auto kPlain = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,() +="};
    file_name.remove_prefix(file_name.rfind('/') + 1);
    auto plain = std::string{file_name};
    for (auto& c : plain)
        if (kPlain.find(c) == std::string_view::npos)
            c = '_';
    auto value = std::string{type} + "; filename=\"" + plain + '"';
    if (plain != file_name)
        value += "; filename*=UTF-8''" + percent_encoded(file_name);
    return value;
}

std::optional<std::string> file_name_of(std::string_view field, Escapes escapes)
{
    auto plain = std::optional<std::string>{};
    auto extended = std::optional<std::string>{};
    auto rest = field.substr(std::min(field.find(';'), field.size()));
    if (!is_token(trimmed(field.substr(0, field.size() - rest.size()))))
        return std::nullopt;
    while (!rest.empty()) {
        if (!rest.starts_with(';'))
            return std::nullopt;
        rest = trimmed(rest.substr(1));
        auto const equals = rest.find('=');
        if (equals == std::string_view::npos)
            return std::nullopt;
        auto const name = trimmed(rest.substr(0, equals));
        rest = trimmed(rest.substr(equals + 1));
        auto value = take_value(rest, escapes);
        if (!value)
            return std::nullopt;
        if (equal_ignoring_case(name, "filename"))
            plain = std::move(value);
        else if (equal_ignoring_case(name, "filename*"))
            extended = decoded(*value);
        rest = trimmed(rest);
    }
    if (plain && !is_utf8(*plain))
        plain.reset();
    return extended ? extended : plain;
}

Result<std::optional<std::string>> readable_file_name_of(std::string_view field, Escapes escapes)
{
    auto name = file_name_of(field, escapes);
    if (!name && field.find("filename") != std::string_view::npos)
        return fail_field(Errc::invalid_name, "Content-Disposition", "no file name that can be read");
    return name;
}

}  // namespace fleeting::http
