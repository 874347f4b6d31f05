#include "domain/unicode.hpp"

#include <unicode/normalizer2.h>
#include <unicode/ustring.h>

namespace fleeting::unicode {
namespace {

using GetInstance = icu::Normalizer2 const* (*)(UErrorCode&);

Result<icu::UnicodeString> normalise(icu::UnicodeString const& text, GetInstance instance)
{
    auto status = U_ZERO_ERROR;
    auto const* normaliser = instance(status);
    if (U_FAILURE(status) != 0)
        return fail(Errc::unavailable, "no Unicode data");
    auto normal = normaliser->normalize(text, status);
    if (U_FAILURE(status) != 0)
        return fail(Errc::invalid_name, "can't be normalised");
    return normal;
}

}  // namespace

Result<icu::UnicodeString> parse_utf8(std::string_view text)
{
    auto out = icu::UnicodeString{};
    auto const capacity = static_cast<int32_t>(text.size()) + 1;
    auto length = int32_t{0};
    auto status = U_ZERO_ERROR;
    auto* const buffer = out.getBuffer(capacity);
    u_strFromUTF8(buffer, capacity, &length, text.data(), static_cast<int32_t>(text.size()), &status);
    out.releaseBuffer(U_FAILURE(status) != 0 ? 0 : length);
    if (U_FAILURE(status) != 0)
        return fail(Errc::invalid_name, "not UTF-8");
    return out;
}

std::string to_utf8(icu::UnicodeString const& text)
{
    auto out = std::string{};
    return text.toUTF8String(out);
}

Result<icu::UnicodeString> to_nfc(icu::UnicodeString const& text)
{
    return normalise(text, icu::Normalizer2::getNFCInstance);
}

Result<icu::UnicodeString> to_nfkc_casefold(icu::UnicodeString const& text)
{
    return normalise(text, icu::Normalizer2::getNFKCCasefoldInstance);
}

bool is_control(char32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

}  // namespace fleeting::unicode
