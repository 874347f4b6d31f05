#include "encrypted/blob_layout.hpp"

namespace fleeting::encrypted {
namespace {

constexpr auto kNumberAt = std::size_t{6};
constexpr auto kNumberSize = std::size_t{4};

}  // namespace

BlobKey encrypted_name(BlobKey fresh, std::uint32_t key_number)
{
    fresh.raw[0] |= std::byte{0x80};
    for (auto i = std::size_t{0}; i < kNumberSize; ++i)
        fresh.raw[kNumberAt + i] = static_cast<std::byte>(key_number >> (8 * i));
    return fresh;
}

std::uint32_t key_number_of(BlobKey const& blob)
{
    auto number = std::uint32_t{0};
    for (auto i = std::size_t{0}; i < kNumberSize; ++i)
        number |= std::to_integer<std::uint32_t>(blob.raw[kNumberAt + i]) << (8 * i);
    return number;
}

}  // namespace fleeting::encrypted
