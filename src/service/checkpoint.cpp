#include "service/checkpoint.hpp"

#include "base/little_endian.hpp"

namespace fleeting {
namespace {

constexpr auto kVersion = std::byte{2};
constexpr auto kFixedSize = std::size_t{1 + 8 + 4};

}  // namespace

std::vector<std::byte> to_checkpoint(crypto::RunningCrc32 const& crc32, Bytes saved_sha256)
{
    auto saved = std::vector<std::byte>{kVersion};
    append_little_endian(saved, crc32.offset().value);
    append_little_endian(saved, crc32.value());
    saved.insert(saved.end(), saved_sha256.begin(), saved_sha256.end());
    return saved;
}

DigestPoint digest_point_of(Bytes checkpoint)
{
    if (checkpoint.size() < kFixedSize || checkpoint[0] != kVersion)
        return {};
    auto rest = checkpoint.subspan(1);
    auto const offset = ByteOffset{take_little_endian<std::uint64_t>(rest)};
    auto const crc32 = take_little_endian<std::uint32_t>(rest);
    auto const sha256 = crypto::RunningSha256::restore(rest);
    return sha256 ? DigestPoint{{offset, crc32}, *sha256} : DigestPoint{};
}

}  // namespace fleeting
