#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::http {

/// Field names compare without case, values are as received (trimmed).
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A request's fields: views into the connection's head buffer, which stays as it is until the request is answered.
class RequestHeaders {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };
    /// The value of the only field called `name`; nothing where there is none or more than one.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] std::vector<Field> const& all() const { return fields_; }
    void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
    void clear() { fields_.clear(); }

private:
    std::vector<Field> fields_;
};

/// A response's fields, in order. Values must hold no CR, LF or NUL (a bug if so: it stops).
class ResponseHeaders {
public:
    /// Replaces every field of that name.
    ResponseHeaders& set(std::string_view name, std::string_view value);
    /// Adds one more (`Set-Cookie`).
    ResponseHeaders& add(std::string_view name, std::string_view value);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace fleeting::http
