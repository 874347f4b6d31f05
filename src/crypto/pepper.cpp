#include "crypto/pepper.hpp"

#include "base/base64.hpp"

namespace fleeting::crypto {
namespace {

// No password is this: none holds a NUL.
constexpr auto kIdMessage = std::string_view{"\0id", 3};
constexpr auto kIdSize = std::size_t{6};

}  // namespace

Pepper::Pepper(Bytes secret) : key_(secret)
{
    auto const mac = key_.mac(std::as_bytes(std::span{kIdMessage}));
    id_ = to_base64(Bytes{mac}.first(kIdSize));
}

std::string Pepper::mixed_into(std::string_view password) const
{
    return to_base64(key_.mac(std::as_bytes(std::span{password})));
}

}  // namespace fleeting::crypto
