#pragma once

#include "base/address_range.hpp"
#include "base/units.hpp"
#include "ports/rate_limiter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::app {

/// `10`, `512KiB`, `2GiB`, `5MB`.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
std::string format_bytes(std::uint64_t bytes);
/// The same where it is a bound, for people: `1 byte`, and whole GB where no unit divides it.
std::string bound_in_bytes(std::uint64_t bytes);

/// `250ms`, `10s`, `30min`, `24h`.
std::optional<Milliseconds> parse_duration(std::string_view text);
std::string format_duration(Milliseconds duration);

/// `10/60s`: ten at once, then one each 60 s.
std::optional<RatePolicy> parse_rate(std::string_view text);
std::string format_rate(RatePolicy const& rate);

/// Comma-separated, spaces dropped.
std::vector<std::string> parse_list(std::string_view text);
std::string format_list(std::vector<std::string> const& list);
/// The same of addresses and CIDRs; nothing where one is neither.
std::optional<std::vector<AddressRange>> parse_ranges(std::string_view text);
std::string format_ranges(std::vector<AddressRange> const& ranges);

std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace fleeting::app
