#include "app/knob_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fleeting::app {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first: what a value is written back in is the largest that divides it.
constexpr auto kByteUnits = std::to_array<Unit>({
    {"GiB", 1ULL << 30},
    {"GB", 1'000'000'000},
    {"MiB", 1ULL << 20},
    {"MB", 1'000'000},
    {"KiB", 1ULL << 10},
    {"kB", 1000},
    {"", 1},
});
constexpr auto kTimeUnits = std::to_array<Unit>({{"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}});

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<Unit const> units)
{
    auto value = std::uint64_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    auto const name = text.substr(static_cast<std::size_t>(end - text.data()));
    auto const unit = std::ranges::find(units, name, &Unit::name);
    if (error != std::errc{} || unit == units.end() || value > kMaxSize / unit->factor)
        return std::nullopt;
    return value * unit->factor;
}

std::string format_with_unit(std::uint64_t value, std::span<Unit const> units)
{
    for (auto const& unit : units)
        if (value % unit.factor == 0 && (value > 0 || unit.factor == 1))
            return std::to_string(value / unit.factor) + std::string{unit.name};
    return std::to_string(value);
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text)
{
    return parse_with_unit(text, kByteUnits);
}

std::string format_bytes(std::uint64_t bytes)
{
    return format_with_unit(bytes, kByteUnits);
}

std::string bound_in_bytes(std::uint64_t bytes)
{
    constexpr auto kGigabyte = std::uint64_t{1'000'000'000};
    auto const exact = format_bytes(bytes);
    if (bytes > kGigabyte && !exact.ends_with('B'))
        return format_bytes(bytes - bytes % kGigabyte);
    return bytes == 1 ? "1 byte" : exact;
}

std::optional<Milliseconds> parse_duration(std::string_view text)
{
    auto const value = parse_with_unit(text, kTimeUnits);
    return value ? std::optional{Milliseconds{static_cast<std::int64_t>(*value)}} : std::nullopt;
}

std::string format_duration(Milliseconds duration)
{
    return format_with_unit(static_cast<std::uint64_t>(duration.count()), kTimeUnits);
}

std::optional<RatePolicy> parse_rate(std::string_view text)
{
    auto const slash = text.find('/');
    auto const burst = parse_count(text.substr(0, slash));
    auto const period = slash == std::string_view::npos ? std::nullopt : parse_duration(text.substr(slash + 1));
    constexpr auto kWeek = Milliseconds{7 * 24 * 3'600'000};
    if (!burst || *burst < 1 || *burst > 1'000'000 || !period || *period < Milliseconds{1} || *period > kWeek)
        return std::nullopt;
    return RatePolicy{static_cast<unsigned>(*burst), *period};
}

std::string format_rate(RatePolicy const& rate)
{
    return std::to_string(rate.burst) + "/" + format_duration(rate.period);
}

std::vector<std::string> parse_list(std::string_view text)
{
    auto list = std::vector<std::string>{};
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto item = std::string{text.substr(0, end)};
        std::erase(item, ' ');
        if (!item.empty())
            list.push_back(std::move(item));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return list;
}

std::string format_list(std::vector<std::string> const& list)
{
    auto text = std::string{};
    for (auto const& item : list)
        (text += text.empty() ? "" : ",") += item;
    return text;
}

std::optional<std::vector<AddressRange>> parse_ranges(std::string_view text)
{
    auto ranges = std::vector<AddressRange>{};
    for (auto const& item : parse_list(text)) {
        auto const range = parse_address_range(item);
        if (!range)
            return std::nullopt;
        ranges.push_back(*range);
    }
    return ranges;
}

std::string format_ranges(std::vector<AddressRange> const& ranges)
{
    auto texts = std::vector<std::string>(ranges.size());
    std::ranges::transform(ranges, texts.begin(), &AddressRange::text);
    return format_list(texts);
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
    auto value = std::uint64_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

}  // namespace fleeting::app
