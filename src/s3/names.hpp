#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace fleeting::s3 {

/// The object that is a whole blob, among a blob's objects.
inline constexpr auto kWhole = std::uint64_t{0};

/// How objects are called: `<prefix><key, hex>` is a whole blob, `<prefix><key, hex>.<16 hex digits>` a segment of one that
/// grows.
class Names {
public:
    explicit Names(std::string prefix) : prefix_(std::move(prefix)) {}

    [[nodiscard]] std::string const& prefix() const { return prefix_; }
    [[nodiscard]] std::string of(BlobKey const& key, std::uint64_t object = kWhole) const;
    /// Nothing for what isn't called so: it is none of ours.
    [[nodiscard]] std::optional<std::pair<BlobKey, std::uint64_t>> parse(std::string_view name) const;

private:
    std::string prefix_;
};

}  // namespace fleeting::s3
