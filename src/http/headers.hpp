#pragma once

#include "base/ascii.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::http {

/// Field names compare without case, values are as received (trimmed).
using fleeting::equal_ignoring_case;

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
    void add(std::string_view name, std::string_view value)
    {
        if (fields_.empty())
            fields_.reserve(16);  // what browsers send, in one allocation
        fields_.push_back({name, value});
    }
    void clear() { fields_.clear(); }

private:
    std::vector<Field> fields_;
};

/// The name of a response's field: a literal, so it outlives the response and costs no copy.
class FieldName {
public:
    template <std::size_t size>
    consteval FieldName(char const (&literal)[size]) : text_{literal, size - 1}
    {
    }
    [[nodiscard]] std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

/// A response's fields, in order. Values must hold no CR, LF or NUL (a bug if so: it stops).
class ResponseHeaders {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };
    /// Replaces every field of that name.
    ResponseHeaders& set(FieldName name, std::string_view value);
    /// Adds one more (`Set-Cookie`).
    ResponseHeaders& add(FieldName name, std::string_view value);
    /// A view that holds until the next change.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] Field at(std::size_t index) const;

private:
    struct Place {
        std::string_view name;
        std::size_t begin;
        std::size_t size;
    };
    Place appended(std::string_view name, std::string_view value);

    std::vector<Place> places_;
    std::string values_;  ///< one behind the other: two allocations serve all fields
};

}  // namespace fleeting::http
