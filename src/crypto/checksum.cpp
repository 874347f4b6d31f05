#include "crypto/checksum.hpp"

#include "base/ids.hpp"
#include "crypto/running_crc32.hpp"

#include <array>
#include <cstdlib>
#include <openssl/evp.h>

namespace fleeting::crypto {
namespace {

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

EVP_MD const* algorithm_of(ChecksumKind kind)
{
    switch (kind) {
    case ChecksumKind::crc32: return nullptr;
    case ChecksumKind::sha1: return EVP_sha1();
    case ChecksumKind::sha256: return EVP_sha256();
    case ChecksumKind::sha512: return EVP_sha512();
    }
    std::abort();
}

}  // namespace

std::string sha1_hex(std::string_view text)
{
    auto digest = std::array<std::byte, 20>{};
    auto size = std::size_t{0};
    if (EVP_Q_digest(nullptr, "SHA1", nullptr, text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     &size) != 1)
        std::abort();
    return to_hex(digest);
}

struct Checksum::State {
    StatedChecksum stated;
    RunningCrc32 crc;
    std::unique_ptr<EVP_MD_CTX, FreeDigest> context;
};

Checksum::Checksum(StatedChecksum stated) : state_(std::make_unique<State>())
{
    state_->stated = std::move(stated);
    auto const* const algorithm = algorithm_of(state_->stated.kind);
    if (algorithm == nullptr)
        return;
    state_->context.reset(EVP_MD_CTX_new());
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), algorithm, nullptr) != 1)
        std::abort();
}

Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
Checksum::~Checksum() = default;

void Checksum::update(Bytes bytes)
{
    if (!state_->context)
        state_->crc.update(bytes);
    else if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
        std::abort();
}

bool Checksum::matches()
{
    auto value = std::vector<std::byte>(size_of(state_->stated.kind));
    if (!state_->context) {
        for (auto i = std::size_t{0}; i < value.size(); ++i)
            value[i] = static_cast<std::byte>(state_->crc.value() >> (8 * (value.size() - 1 - i)));
    } else if (EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(value.data()), nullptr) != 1) {
        std::abort();
    }
    return value == state_->stated.value;
}

}  // namespace fleeting::crypto
