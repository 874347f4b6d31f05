// OpenSSL's one-shot contexts can't be saved, so this uses SHA256_CTX, a plain struct that is deprecated since 3.0 but runs the
// same assembly with CPU instructions. libsodium's state could be saved too, but computes without them, four times slower.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/running_sha256.hpp"

#include "base/little_endian.hpp"

#include <cstring>
#include <openssl/sha.h>

namespace fleeting::crypto {
namespace {

constexpr auto kFixedSize = std::size_t{8 + 32};

SHA256_CTX load(std::array<std::byte, sizeof(SHA256_CTX)> const& state)
{
    auto context = SHA256_CTX{};
    std::memcpy(&context, state.data(), sizeof context);
    return context;
}

}  // namespace

RunningSha256::RunningSha256()
{
    SHA256_Init(reinterpret_cast<SHA256_CTX*>(state_.data()));
}

void RunningSha256::update(Bytes bytes)
{
    SHA256_Update(reinterpret_cast<SHA256_CTX*>(state_.data()), bytes.data(), bytes.size());
    offset_ = offset_ + ByteCount{bytes.size()};
}

Sha256 RunningSha256::digest() const
{
    auto copy = load(state_);
    auto digest = Sha256{};
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.raw.data()), &copy);
    return digest;
}

std::vector<std::byte> RunningSha256::save() const
{
    auto const context = load(state_);
    auto saved = std::vector<std::byte>{};
    append_little_endian(saved, offset_.value);
    for (auto const word : context.h)
        append_little_endian(saved, std::uint32_t{word});
    auto const* rest = reinterpret_cast<std::byte const*>(context.data);
    saved.insert(saved.end(), rest, rest + context.num);
    return saved;
}

Result<RunningSha256> RunningSha256::restore(Bytes saved)
{
    if (saved.size() < kFixedSize)
        return fail(Errc::unavailable, "malformed digest checkpoint");
    auto running = RunningSha256{};
    auto context = load(running.state_);
    running.offset_.value = take_little_endian<std::uint64_t>(saved);
    auto const offset = running.offset_.value;
    for (auto& word : context.h)
        word = take_little_endian<std::uint32_t>(saved);
    if (offset > kMaxSize || saved.size() != offset % SHA256_CBLOCK)
        return fail(Errc::unavailable, "malformed digest checkpoint");
    std::memcpy(context.data, saved.data(), saved.size());
    context.num = static_cast<unsigned>(saved.size());
    context.Nl = static_cast<unsigned>(offset << 3);
    context.Nh = static_cast<unsigned>(offset >> 29);
    std::memcpy(running.state_.data(), &context, sizeof context);
    return running;
}

}  // namespace fleeting::crypto
