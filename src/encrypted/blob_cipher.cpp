#include "encrypted/blob_cipher.hpp"

#include "encrypted/blob_layout.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

constexpr auto kMagic = std::string_view{"FFsealed"};

crypto::HmacKey key_of_blob(crypto::HmacKey const& room, BlobKey const& blob, Salt const& salt)
{
    auto named = std::vector<std::byte>{blob.raw.begin(), blob.raw.end()};
    named.insert(named.end(), salt.raw.begin(), salt.raw.end());
    return crypto::HmacKey{crypto::hmac_sha256(crypto::derive_key(room, "blob"), named)};
}

Seal mark_of(crypto::HmacKey const& key, std::string_view what)
{
    auto const mac = crypto::hmac_sha256(key, std::as_bytes(std::span{what}));
    auto mark = Seal{};
    std::ranges::copy(Bytes{mac}.first(mark.size()), mark.begin());
    return mark;
}

/// A piece of a segment, all of one stretch.
struct Piece {
    std::uint32_t stretch;
    std::size_t begin;  ///< in the segment
};

/// One that begins at the segment's end counts where the segment is a last, short one: it was sealed in it.
std::vector<Piece> pieces_of(std::span<Stretch const> stretches, StoredSegment const& segment)
{
    auto const end = segment.begin + ByteCount{segment.bytes.size()};
    auto const is_short = segment.bytes.size() < kSegment && !segment.tag.empty();
    auto pieces = std::vector<Piece>{{0, 0}};
    for (auto const& stretch : stretches) {
        if (stretch.begin > end || (stretch.begin == end && !is_short))
            break;
        if (stretch.begin <= segment.begin)
            pieces.front().stretch = stretch.number;
        else
            pieces.push_back({stretch.number, (stretch.begin - segment.begin).value});
    }
    return pieces;
}

}  // namespace

BlobCipher::BlobCipher(crypto::HmacKey const& room, BlobKey const& blob, Salt const& salt)
    : salt_(salt), content_(crypto::derive_key(key_of_blob(room, blob, salt), "content")),
      mark_(crypto::derive_key(key_of_blob(room, blob, salt), "mark"))
{
}

std::optional<BlobCipher> BlobCipher::of(crypto::HmacKey const& room, BlobKey const& blob, Bytes header)
{
    auto salt = Salt{};
    if (header.size() != kHeader)
        return std::nullopt;
    std::ranges::copy(header.subspan(kMagic.size(), salt.raw.size()), salt.raw.begin());
    auto cipher = BlobCipher{room, blob, salt};
    return std::ranges::equal(header, cipher.header()) ? std::optional{std::move(cipher)} : std::nullopt;
}

std::vector<std::byte> BlobCipher::header() const
{
    auto const magic = std::as_bytes(std::span{kMagic});
    auto const mark = mark_of(mark_, "begin");
    auto header = std::vector<std::byte>{magic.begin(), magic.end()};
    header.insert(header.end(), salt_.raw.begin(), salt_.raw.end());
    header.insert(header.end(), mark.begin(), mark.end());
    return header;
}

Seal BlobCipher::seal_of(ByteCount size) const
{
    return mark_of(mark_, std::to_string(size.value));
}

crypto::AesGcm::Nonce nonce_of(std::uint32_t stretch, std::uint64_t segment)
{
    auto nonce = crypto::AesGcm::Nonce{};
    for (auto i = std::size_t{0}; i < sizeof stretch; ++i)
        nonce[i] = static_cast<std::byte>(stretch >> (8 * i));
    for (auto i = std::size_t{0}; i < sizeof segment; ++i)
        nonce[sizeof stretch + i] = static_cast<std::byte>(segment >> (8 * i));
    return nonce;
}

Result<> open_segment(crypto::AesGcm& opener, std::span<Stretch const> stretches, StoredSegment const& segment, MutableBytes out)
{
    auto const pieces = pieces_of(stretches, segment);
    for (auto i = std::size_t{0}; i < pieces.size(); ++i) {
        auto const& piece = pieces[i];
        auto const is_last = i + 1 == pieces.size();
        auto const count = (is_last ? segment.bytes.size() : pieces[i + 1].begin) - piece.begin;
        auto const before = is_last ? segment.bytes.first(piece.begin) : Bytes{};
        opener.begin(nonce_of(piece.stretch, segment.begin.value / kSegment), before);
        opener.update(segment.bytes.subspan(piece.begin, count), out.subspan(piece.begin, count));
    }
    if (!segment.tag.empty() && !opener.matches(segment.tag))
        return fail(Errc::unavailable, "a stored segment isn't what was written");
    return {};
}

}  // namespace fleeting::encrypted
