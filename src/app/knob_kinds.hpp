#pragma once

#include "app/knob_values.hpp"
#include "app/settings.hpp"

#include <chrono>
#include <utility>

// What a knob can be. Each function makes the kind of one row from `member`, which reaches the setting:
// `[](auto& s) -> auto& { return s.server.listen; }`, so that one lambda both reads and writes.

namespace fleeting::app {

/// A kind that parses to something, is checked, and is written back.
template <class Member, class Parse, class Format>
KnobKind kind(std::string range, Member member, Parse parse, Format format)
{
    auto set = [=](Settings& settings, std::string_view text) {
        auto parsed = parse(text);
        if (!parsed)
            return false;
        member(settings) = *std::move(parsed);
        return true;
    };
    return {std::move(range), set, [=](Settings const& settings) { return format(member(settings)); }};
}

/// The same kind, with examples of how it is written.
inline KnobKind written_as(std::string examples, KnobKind kind)
{
    kind.spelling = std::move(examples);
    return kind;
}

/// Text that passes `is_good`.
template <class Member>
KnobKind text(std::string range, bool (*is_good)(std::string_view), Member member)
{
    auto const parse = [=](std::string_view value) { return is_good(value) ? std::optional{std::string{value}} : std::nullopt; };
    return kind(std::move(range), member, parse, [](std::string const& value) { return value; });
}

/// Comma-separated items that each pass `is_good`.
template <class Member>
KnobKind list(std::string range, bool (*is_good)(std::string_view), Member member)
{
    auto const parse = [=](std::string_view value) {
        auto items = std::optional{parse_list(value)};
        for (auto const& item : *items)
            if (!is_good(item))
                return std::optional<std::vector<std::string>>{};
        return items;
    };
    return kind(std::move(range), member, parse, format_list);
}

/// Comma-separated addresses and CIDRs.
template <class Member>
KnobKind ranges(std::string range, Member member)
{
    return kind(std::move(range), member, parse_ranges, format_ranges);
}

template <class Member>
KnobKind count(std::uint64_t low, std::uint64_t high, Member member)
{
    using T = std::remove_cvref_t<decltype(member(std::declval<Settings&>()))>;
    auto const parse = [=](std::string_view value) {
        auto const parsed = parse_count(value);
        return parsed && *parsed >= low && *parsed <= high ? std::optional{static_cast<T>(*parsed)} : std::nullopt;
    };
    return kind(std::to_string(low) + " to " + std::to_string(high), member, parse,
                [](T value) { return std::to_string(value); });
}

/// A size; `in` is what the member counts in: 1, or 1024 for KiB.
template <class Member>
KnobKind bytes(ByteCount low, ByteCount high, Member member, std::uint64_t in = 1)
{
    using T = std::remove_cvref_t<decltype(member(std::declval<Settings&>()))>;
    auto const parse = [=](std::string_view value) {
        auto const parsed = parse_bytes(value);
        auto const is_good = parsed && *parsed >= low.value && *parsed <= high.value && *parsed % in == 0;
        return is_good ? std::optional{T{*parsed / in}} : std::nullopt;
    };
    auto const format = [=](T value) {
        if constexpr (std::is_same_v<T, ByteCount>)
            return format_bytes(value.value);
        else
            return format_bytes(value * in);
    };
    return written_as("512KiB, 2GiB or 5GB",
                      kind(bound_in_bytes(low.value) + " to " + bound_in_bytes(high.value), member, parse, format));
}

template <class Member>
KnobKind duration(Milliseconds low, Milliseconds high, Member member)
{
    using T = std::remove_cvref_t<decltype(member(std::declval<Settings&>()))>;
    auto const parse = [=](std::string_view value) {
        auto const parsed = parse_duration(value);
        // A member that counts seconds takes whole ones: half of one must not vanish.
        auto const is_good = parsed && *parsed >= low && *parsed <= high && *parsed % T{1} == Milliseconds{0};
        return is_good ? std::optional{std::chrono::duration_cast<T>(*parsed)} : std::nullopt;
    };
    auto const format = [](T value) { return format_duration(value); };
    return written_as("250ms, 10s, 30min or 24h",
                      kind(format_duration(low) + " to " + format_duration(high), member, parse, format));
}

template <class Member>
KnobKind rate(Member member)
{
    return written_as("10/60s", kind("burst/period: 1 to 1000000, 1ms to 168h", member, parse_rate, format_rate));
}

template <class T, class Member>
KnobKind choice(std::vector<std::pair<std::string, T>> values, Member member)
{
    auto names = std::string{};
    for (auto const& [name, value] : values)
        (names += names.empty() ? "" : ", ") += name;
    auto const parse = [=](std::string_view text) {
        auto chosen = std::optional<T>{};
        for (auto const& [name, value] : values)
            if (name == text)
                chosen = value;
        return chosen;
    };
    auto const format = [=](T chosen) {
        for (auto const& [name, value] : values)
            if (value == chosen)
                return name;
        return std::string{};
    };
    return kind(std::move(names), member, parse, format);
}

}  // namespace fleeting::app
