#include "domain/direct_parts.hpp"

#include <algorithm>

namespace fleeting {
namespace {

constexpr auto kMostParts = std::uint64_t{10'000};
constexpr auto kLeastPart = std::uint64_t{8} << 20;
constexpr auto kMebibyte = std::uint64_t{1} << 20;

std::uint64_t divided_up(std::uint64_t whole, std::uint64_t by)
{
    return whole / by + (whole % by == 0 ? 0 : 1);
}

}  // namespace

ByteCount part_size_for(ByteCount file)
{
    auto const needed = divided_up(file.value, kMostParts);
    return {std::max(kLeastPart, divided_up(needed, kMebibyte) * kMebibyte)};
}

std::uint32_t part_count_of(ByteCount file, ByteCount part)
{
    return static_cast<std::uint32_t>(divided_up(file.value, part.value));
}

ByteCount size_of_part(ByteCount file, ByteCount part, std::uint32_t number)
{
    return std::min(part, file - ByteCount{(number - 1) * part.value});
}

}  // namespace fleeting
