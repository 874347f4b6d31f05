#include "api/html.hpp"

#include <algorithm>
#include <stdexcept>

namespace fleeting::api {
namespace {

/// For text between tags and for attributes in quotes of either kind.
std::string escaped(std::string_view text)
{
    auto out = std::string{};
    out.reserve(text.size());
    for (auto const c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

}  // namespace

Html filled(std::string_view pattern, std::initializer_list<HtmlValue> values)
{
    auto html = Html{};
    while (true) {
        auto const open = std::min(pattern.find('{'), pattern.size());
        html.text_ += pattern.substr(0, open);
        if (open == pattern.size())
            return html;
        auto const close = pattern.find('}', open);
        auto const name = pattern.substr(open + 1, close - open - 1);
        auto const found = std::ranges::find(values, name, &HtmlValue::name);
        if (found == values.end())
            throw std::logic_error("a template's " + std::string{name} + " is missing");
        auto const* const markup = std::get_if<Html>(&found->value);
        html.text_ += markup != nullptr ? markup->text() : escaped(std::get<std::string>(found->value));
        pattern.remove_prefix(close + 1);
    }
}

}  // namespace fleeting::api
