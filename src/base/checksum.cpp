#include "base/checksum.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fleeting {

std::optional<ChecksumKind> checksum_kind_of(std::string_view name)
{
    struct Row {
        std::string_view name;
        ChecksumKind kind;
    };
    constexpr auto kRows = std::to_array<Row>({{"crc32", ChecksumKind::crc32},
                                               {"sha1", ChecksumKind::sha1},
                                               {"sha", ChecksumKind::sha1},
                                               {"sha256", ChecksumKind::sha256},
                                               {"sha-256", ChecksumKind::sha256},
                                               {"sha-512", ChecksumKind::sha512}});
    auto const* const found = std::ranges::find(kRows, name, &Row::name);
    return found == kRows.end() ? std::nullopt : std::optional{found->kind};
}

std::size_t size_of(ChecksumKind kind)
{
    switch (kind) {
    case ChecksumKind::crc32: return 4;
    case ChecksumKind::sha1: return 20;
    case ChecksumKind::sha256: return 32;
    case ChecksumKind::sha512: return 64;
    }
    std::unreachable();
}

}  // namespace fleeting
