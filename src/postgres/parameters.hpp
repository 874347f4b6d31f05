#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::postgres {

/// Values for a statement's `$1`, `$2` …, in PostgreSQL's binary form. Their types are what the statement makes of them: every
/// integer is a bigint, every id a bytea.
class Parameters {
public:
    void add(std::int64_t value);
    void add(bool flag);
    void add(std::string_view text) { put(text.data(), text.size()); }
    void add(std::string const& text) { put(text.data(), text.size()); }
    void add(Bytes bytes) { put(reinterpret_cast<char const*>(bytes.data()), bytes.size()); }
    void add(ByteCount size) { add(static_cast<std::int64_t>(size.value)); }
    void add(ByteOffset offset) { add(static_cast<std::int64_t>(offset.value)); }
    void add(Instant at) { add(std::int64_t{at.time_since_epoch().count()}); }
    template <class Tag, std::size_t N>
    void add(FixedBytes<Tag, N> const& id)
    {
        add(id.bytes());
    }
    template <class T>
    void add(std::optional<T> const& value)
    {
        if (value)
            add(*value);
        else
            values_.push_back({0, kNull});
    }
    /// As bytea[].
    template <class Tag, std::size_t N>
    void add(std::vector<FixedBytes<Tag, N>> const& ids)
    {
        auto array = array_head(ids.size());
        for (auto const& id : ids)
            add_element(array, id.bytes());
        add(array);
    }

    /// What libpq takes: how many, where each begins (null: no value), how long each is.
    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
    [[nodiscard]] std::vector<char const*> starts() const;
    [[nodiscard]] std::vector<int> lengths() const;

private:
    static constexpr int kNull = -1;
    struct Value {
        std::size_t start;
        int length;
    };

    static std::string array_head(std::size_t count);
    static void add_element(std::string& array, Bytes element);
    void put(char const* start, std::size_t length);

    std::string bytes_;
    std::vector<Value> values_;
};

}  // namespace fleeting::postgres
