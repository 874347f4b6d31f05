#include "app/knob_spellings.hpp"

#include "app/knob_values.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace fleeting::app {
namespace {

/// A unit as people write it, and those of ours that they may mean.
struct Word {
    std::string_view text;
    std::array<std::string_view, 2> units;
    std::uint64_t factor = 1;
};

constexpr auto kTimes = std::to_array<Word>({
    {"", {"s", "min"}},
    {"ms", {"ms"}},
    {"msec", {"ms"}},
    {"millisecond", {"ms"}},
    {"s", {"s"}},
    {"sec", {"s"}},
    {"second", {"s"}},
    {"m", {"min"}},
    {"min", {"min"}},
    {"minute", {"min"}},
    {"h", {"h"}},
    {"hr", {"h"}},
    {"hour", {"h"}},
    {"d", {"h"}, 24},
    {"day", {"h"}, 24},
    {"w", {"h"}, 168},
    {"week", {"h"}, 168},
});
constexpr auto kSizes = std::to_array<Word>({
    {"", {""}},
    {"b", {""}},
    {"byte", {""}},
    {"k", {"kB", "KiB"}},
    {"kb", {"kB", "KiB"}},
    {"kib", {"KiB"}},
    {"m", {"MB", "MiB"}},
    {"mb", {"MB", "MiB"}},
    {"mib", {"MiB"}},
    {"g", {"GB", "GiB"}},
    {"gb", {"GB", "GiB"}},
    {"gib", {"GiB"}},
    {"t", {"GB"}, 1000},
    {"tb", {"GB"}, 1000},
    {"tib", {"GiB"}, 1024},
});

/// In small letters, in the singular.
std::string plain(std::string_view word)
{
    auto text = std::string{word};
    std::ranges::transform(text, text.begin(), [](char c) { return ascii_lower(c); });
    if (text.size() > 2 && text.ends_with('s') && text != "ms")
        text.pop_back();
    return text;
}

std::string without_spaces(std::string_view text)
{
    auto packed = std::string{text};
    std::erase(packed, ' ');
    return packed;
}

/// What digits and one of `words` may mean, in our units: the likelier first, or none.
std::vector<std::string> readings(std::string_view text, std::span<Word const> words)
{
    auto const end = std::min(text.find_first_not_of("0123456789"), text.size());
    auto const word = std::ranges::find(words, plain(text.substr(end)), &Word::text);
    auto const count = parse_count(text.substr(0, end));
    if (word == words.end() || !count || *count > kMaxSize / word->factor)
        return {};
    auto all = std::vector{std::to_string(*count * word->factor) + std::string{word->units[0]}};
    if (!word->units[1].empty())
        all.push_back(std::to_string(*count) + std::string{word->units[1]});
    return all;
}

std::string joined(std::vector<std::string> const& readings, std::string_view otherwise)
{
    auto text = std::string{};
    for (auto const& reading : readings)
        (text += text.empty() ? "" : " or ") += reading;
    return text.empty() ? std::string{otherwise} : text;
}

/// `10/min` says 10/1min, and `10/60` 10/60s.
std::string reading_of_rate(std::string_view text)
{
    auto const slash = std::min(text.find('/'), text.size());
    auto const burst = parse_count(text.substr(0, slash));
    auto period = std::string{text.substr(std::min(slash + 1, text.size()))};
    if (!period.empty() && period.find_first_of("0123456789") == std::string::npos)
        period.insert(0, "1");
    auto const read = readings(period, kTimes);
    return burst && !read.empty() ? std::to_string(*burst) + "/" + read.front() : "10/60s";
}

}  // namespace

std::string spelling_of_duration(std::string_view text)
{
    if (is_written_as_duration(text))
        return {};
    return "write a duration as " + joined(readings(without_spaces(text), kTimes), "10s or 30min") + " (units: ms, s, min, h)";
}

std::string spelling_of_bytes(std::string_view text)
{
    if (is_written_as_bytes(text))
        return {};
    return "write a size as " + joined(readings(without_spaces(text), kSizes), "512KiB or 5GB") +
           " (units: kB, MB, GB; KiB, MiB, GiB; none for bytes)";
}

std::string spelling_of_rate(std::string_view text)
{
    auto const slash = text.find('/');
    auto const is_whole =
        slash != std::string_view::npos && parse_count(text.substr(0, slash)) && is_written_as_duration(text.substr(slash + 1));
    if (is_whole)
        return {};
    return "write a rate as " + reading_of_rate(without_spaces(text)) + ": burst/period (units of the period: ms, s, min, h)";
}

}  // namespace fleeting::app
