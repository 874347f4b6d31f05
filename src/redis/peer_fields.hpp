#pragma once

#include "base/ids.hpp"
#include "base/little_endian.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace fleeting::redis {

/// Writes fields one behind the other: numbers lowest byte first, texts and lists behind their length in 32 bits.
class FieldWriter {
public:
    void number(std::uint64_t value) { append_little_endian(bytes_, value); }
    void byte(std::uint8_t value) { append_little_endian(bytes_, value); }
    void flag(bool value) { byte(value ? 1 : 0); }
    void instant(Instant at) { number(static_cast<std::uint64_t>(at.time_since_epoch().count())); }
    void size(std::size_t count) { append_little_endian(bytes_, static_cast<std::uint32_t>(count)); }
    void text(std::string_view value)
    {
        size(value.size());
        append(std::as_bytes(std::span{value}));
    }
    template <class Tag, std::size_t N>
    void id(FixedBytes<Tag, N> const& value)
    {
        append(value.bytes());
    }
    template <class Id>
    void ids(std::vector<Id> const& values)
    {
        size(values.size());
        for (auto const& value : values)
            id(value);
    }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
    void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    std::vector<std::byte> bytes_;
};

/// Reads them back. What isn't there or can't be reads as nothing, and `is_good` is false from then on.
class FieldReader {
public:
    explicit FieldReader(Bytes bytes) : rest_(bytes) {}

    std::uint64_t number() { return fixed<std::uint64_t>(); }
    std::uint32_t size() { return fixed<std::uint32_t>(); }
    /// Below `end`.
    std::uint8_t byte(std::uint8_t end)
    {
        auto const value = fixed<std::uint8_t>();
        is_good_ = is_good_ && value < end;
        return is_good_ ? value : std::uint8_t{0};
    }
    bool flag() { return byte(2) == 1; }
    Instant instant() { return Instant{Milliseconds{static_cast<std::int64_t>(number())}}; }
    std::string text()
    {
        auto const bytes = take(size());
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    }
    template <class Id>
    Id id()
    {
        auto value = Id{};
        std::ranges::copy(take(value.raw.size()), value.raw.begin());
        return value;
    }
    template <class Id>
    std::vector<Id> ids()
    {
        auto values = std::vector<Id>{};
        for (auto left = count(sizeof(Id)); left > 0; --left)
            values.push_back(id<Id>());
        return values;
    }
    /// A list's length, whose items take at least `least` bytes each: never more than there can be.
    std::size_t count(std::size_t least)
    {
        auto const value = std::size_t{size()};
        is_good_ = is_good_ && value <= rest_.size() / least;
        return is_good_ ? value : 0;
    }
    [[nodiscard]] bool is_good() const { return is_good_; }
    /// Nothing was missing, and nothing is left.
    [[nodiscard]] bool is_at_end() const { return is_good_ && rest_.empty(); }

private:
    template <class T>
    T fixed()
    {
        auto bytes = take(sizeof(T));
        return bytes.empty() ? T{} : take_little_endian<T>(bytes);
    }
    Bytes take(std::size_t count)
    {
        is_good_ = is_good_ && count <= rest_.size();
        if (!is_good_)
            return {};
        auto const taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    Bytes rest_;
    bool is_good_ = true;
};

}  // namespace fleeting::redis
