#include "s3/names.hpp"

#include <array>

namespace fleeting::s3 {
namespace {

constexpr auto kKeyDigits = std::size_t{32};
constexpr auto kObjectDigits = std::size_t{16};

std::string to_digits(std::uint64_t object)
{
    auto bytes = std::array<std::byte, 8>{};
    for (auto i = 0U; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(object >> (56 - 8 * i));
    return to_hex(bytes);
}

std::optional<std::uint64_t> parse_digits(std::string_view digits)
{
    auto bytes = std::array<std::byte, 8>{};
    if (digits.size() != kObjectDigits || !parse_hex(digits, bytes))
        return std::nullopt;
    auto object = std::uint64_t{0};
    for (auto const byte : bytes)
        object = object << 8 | std::to_integer<std::uint64_t>(byte);
    return object == kWhole ? std::nullopt : std::optional{object};
}

}  // namespace

std::string Names::of(BlobKey const& key, std::uint64_t object) const
{
    auto name = prefix_ + key.hex();
    return object == kWhole ? name : name + "." + to_digits(object);
}

std::optional<std::pair<BlobKey, std::uint64_t>> Names::parse(std::string_view name) const
{
    if (!name.starts_with(prefix_))
        return std::nullopt;
    name.remove_prefix(prefix_.size());
    auto const key = BlobKey::parse(name.substr(0, kKeyDigits));
    if (!key)
        return std::nullopt;
    if (name.size() == kKeyDigits)
        return std::pair{*key, kWhole};
    auto const object = name[kKeyDigits] == '.' ? parse_digits(name.substr(kKeyDigits + 1)) : std::nullopt;
    return object ? std::optional{std::pair{*key, *object}} : std::nullopt;
}

}  // namespace fleeting::s3
