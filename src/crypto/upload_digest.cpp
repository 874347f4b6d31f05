// OpenSSL's one-shot contexts can't be saved, so this uses SHA256_CTX, a plain struct that is deprecated since 3.0 but runs the
// same assembly with CPU instructions. libsodium's state could be saved too, but computes without them, four times slower.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/upload_digest.hpp"

#include <cstring>
#include <libdeflate.h>
#include <openssl/sha.h>

namespace fleeting::crypto {
namespace {

constexpr auto kVersion = std::byte{1};
constexpr auto kFixedSize = std::size_t{1 + 8 + 4 + 32};

template <class T>
void append(std::vector<std::byte>& out, T value)
{
    for (auto i = std::size_t{0}; i < sizeof value; ++i)
        out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

template <class T>
T read(Bytes& in)
{
    auto value = T{0};
    for (auto i = std::size_t{0}; i < sizeof value; ++i)
        value |= static_cast<T>(std::to_integer<T>(in[i]) << (8 * i));
    in = in.subspan(sizeof value);
    return value;
}

}  // namespace

struct UploadDigest::State {
    SHA256_CTX sha{};
    std::uint64_t offset = 0;
    std::uint32_t crc = 0;
};

UploadDigest::UploadDigest() : state_(std::make_unique<State>())
{
    SHA256_Init(&state_->sha);
}

UploadDigest::UploadDigest(UploadDigest&&) noexcept = default;
UploadDigest& UploadDigest::operator=(UploadDigest&&) noexcept = default;
UploadDigest::~UploadDigest() = default;

void UploadDigest::update(Bytes bytes)
{
    SHA256_Update(&state_->sha, bytes.data(), bytes.size());
    state_->crc = libdeflate_crc32(state_->crc, bytes.data(), bytes.size());
    state_->offset += bytes.size();
}

ByteOffset UploadDigest::offset() const
{
    return {state_->offset};
}

Sha256 UploadDigest::sha256() const
{
    auto copy = state_->sha;
    auto digest = Sha256{};
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.raw.data()), &copy);
    return digest;
}

std::uint32_t UploadDigest::crc32() const
{
    return state_->crc;
}

std::vector<std::byte> UploadDigest::save() const
{
    auto saved = std::vector<std::byte>{kVersion};
    append(saved, state_->offset);
    append(saved, state_->crc);
    for (auto const word : state_->sha.h)
        append(saved, std::uint32_t{word});
    auto const* rest = reinterpret_cast<std::byte const*>(state_->sha.data);
    saved.insert(saved.end(), rest, rest + state_->sha.num);
    return saved;
}

Result<UploadDigest> UploadDigest::restore(Bytes saved)
{
    if (saved.size() < kFixedSize || saved[0] != kVersion)
        return fail(Errc::unavailable, "malformed digest checkpoint");
    auto digest = UploadDigest{};
    auto& state = *digest.state_;
    saved = saved.subspan(1);
    state.offset = read<std::uint64_t>(saved);
    state.crc = read<std::uint32_t>(saved);
    for (auto& word : state.sha.h)
        word = read<std::uint32_t>(saved);
    if (state.offset > kMaxSize || saved.size() != state.offset % SHA256_CBLOCK)
        return fail(Errc::unavailable, "malformed digest checkpoint");
    std::memcpy(state.sha.data, saved.data(), saved.size());
    state.sha.num = static_cast<unsigned>(saved.size());
    state.sha.Nl = static_cast<unsigned>(state.offset << 3);
    state.sha.Nh = static_cast<unsigned>(state.offset >> 29);
    return digest;
}

}  // namespace fleeting::crypto
