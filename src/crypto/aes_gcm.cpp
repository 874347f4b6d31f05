#include "crypto/aes_gcm.hpp"

#include <algorithm>
#include <cstdlib>

namespace fleeting::crypto {
namespace {

unsigned char const* raw(Bytes bytes)
{
    return reinterpret_cast<unsigned char const*>(bytes.data());
}

unsigned char* raw(MutableBytes bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}

/// With arguments of ours these calls can't fail but for want of memory.
void must(int outcome)
{
    if (outcome != 1)
        std::abort();
}

}  // namespace

AesGcm::AesGcm(Direction direction, Bytes key) : context_(EVP_CIPHER_CTX_new())
{
    static auto* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    must(context_ != nullptr && key.size() == 32);
    must(EVP_CipherInit_ex2(context_.get(), cipher, raw(key), nullptr, direction == Direction::seal ? 1 : 0, nullptr));
}

void AesGcm::begin(Nonce const& nonce, Bytes bound)
{
    must(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, raw(Bytes{nonce}), -1, nullptr));
    auto count = 0;
    if (!bound.empty())
        must(EVP_CipherUpdate(context_.get(), nullptr, &count, raw(bound), static_cast<int>(bound.size())));
}

void AesGcm::update(Bytes piece, MutableBytes out)
{
    auto count = 0;
    if (!piece.empty())
        must(EVP_CipherUpdate(context_.get(), raw(out), &count, raw(piece), static_cast<int>(piece.size())));
}

std::array<std::byte, AesGcm::kTag> AesGcm::tag()
{
    auto tag = std::array<std::byte, kTag>{};
    auto count = 0;
    must(EVP_CipherFinal_ex(context_.get(), raw(MutableBytes{tag}), &count));
    must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()));
    return tag;
}

bool AesGcm::matches(Bytes tag)
{
    auto expected = std::array<std::byte, kTag>{};
    if (tag.size() != kTag)
        return false;
    std::ranges::copy(tag, expected.begin());
    must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTag, expected.data()));
    auto count = 0;
    auto rest = std::array<std::byte, kTag>{};
    return EVP_CipherFinal_ex(context_.get(), raw(MutableBytes{rest}), &count) == 1;
}

}  // namespace fleeting::crypto
