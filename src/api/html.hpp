#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace fleeting::api {

/// Markup, as only `filled` makes it from a template: everything in it that came from outside is escaped.
class Html {
public:
    [[nodiscard]] std::string const& text() const { return text_; }
    Html& operator+=(Html const& more)
    {
        text_ += more.text_;
        return *this;
    }

private:
    friend Html filled(std::string_view, std::initializer_list<struct HtmlValue>);
    std::string text_;
};

/// What stands for `{name}` in a template: text, which is escaped, or markup.
struct HtmlValue {
    std::string_view name;
    std::variant<std::string, Html> value;
};

/// The one way to markup. pattern: a literal; each `{name}` in it must be among `values`
Html filled(std::string_view pattern, std::initializer_list<HtmlValue> values = {});

}  // namespace fleeting::api
