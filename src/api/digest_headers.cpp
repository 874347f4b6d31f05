#include "api/digest_headers.hpp"

#include "http/structured_fields.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

Result<http::ByteSequences> digests_in(http::Request const& request, std::string const& field)
{
    if (request.headers.count(field) == 0)
        return http::ByteSequences{};
    auto const text = request.headers.find(field);
    auto digests = text ? http::parse_sf_byte_sequences(*text) : std::nullopt;
    if (!digests)
        return fail_field(Errc::invalid_request, field, "not a dictionary of byte sequences");
    return *std::move(digests);
}

}  // namespace

Result<std::optional<StatedChecksum>> content_digest_of(http::Request const& request)
{
    constexpr auto kField = "Content-Digest";
    TRY(auto const digests, digests_in(request, kField));
    for (auto const* const name : {"sha-512", "sha-256", "sha"}) {
        auto const found = digests.find(name);
        if (found == digests.end())
            continue;
        auto const kind = checksum_kind_of(name);
        if (found->second.size() != size_of(*kind))
            return fail_field(Errc::invalid_request, kField, "not a value of its algorithm");
        return StatedChecksum{*kind, found->second};
    }
    return std::nullopt;
}

Result<std::optional<Sha256>> repr_digest_of(http::Request const& request)
{
    constexpr auto kField = "Repr-Digest";
    TRY(auto const digests, digests_in(request, kField));
    auto const found = digests.find("sha-256");
    if (found == digests.end())
        return std::nullopt;
    auto const digest = Sha256::of(found->second);
    if (!digest)
        return fail_field(Errc::invalid_request, kField, "not a SHA-256");
    return *digest;
}

bool wants_sha256(http::Request const& request)
{
    auto preferences = request.headers.find("Want-Repr-Digest").value_or("");
    auto preference = std::string_view{};
    while (http::take_element(preferences, preference))
        if (preference.starts_with("sha-256="))
            return preference != "sha-256=0";
    return false;
}

}  // namespace fleeting::api
