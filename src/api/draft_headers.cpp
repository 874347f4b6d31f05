#include "api/draft_headers.hpp"

#include "api/problems.hpp"
#include "api/uploads.hpp"
#include "http/structured_fields.hpp"

#include <algorithm>

namespace fleeting::api {
namespace {

constexpr auto kTypes = "https://iana.org/assignments/http-problem-types#";

}  // namespace

bool speaks_draft(http::Request const& request)
{
    if (request.headers.count("Tus-Resumable") > 0)
        return false;
    return request.headers.count("Upload-Complete") > 0 || request.headers.count("Upload-Draft-Interop-Version") > 0 ||
           has_partial_body(request);
}

std::optional<unsigned> interop_version_of(http::Request const& request)
{
    auto const field = request.headers.find("Upload-Draft-Interop-Version");
    auto const version = field ? http::parse_sf_size(*field) : std::nullopt;
    if (!version || *version < 5 || *version > 8)
        return std::nullopt;
    return static_cast<unsigned>(*version);
}

Result<bool> upload_complete_of(http::Request const& request)
{
    auto const field = request.headers.find("Upload-Complete");
    auto const value = field ? http::parse_sf_boolean(*field) : std::nullopt;
    if (!value)
        return fail_field(Errc::invalid_request, "Upload-Complete", "neither ?1 nor ?0");
    return *value;
}

Result<ByteOffset> draft_offset_of(http::Request const& request)
{
    auto const field = request.headers.find("Upload-Offset");
    auto const value = field ? http::parse_sf_size(*field) : std::nullopt;
    if (!value || *value > kMaxSize)
        return fail_field(Errc::invalid_request, "Upload-Offset", "not a size");
    return ByteOffset{*value};
}

std::optional<ByteCount> draft_length_of(http::Request const& request)
{
    auto const field = request.headers.find("Upload-Length");
    auto const value = field ? http::parse_sf_size(*field) : std::nullopt;
    return value && *value <= kMaxSize ? std::optional{ByteCount{*value}} : std::nullopt;
}

bool has_partial_body(http::Request const& request)
{
    return request.headers.find("Content-Type") == "application/partial-upload";
}

void describe_limits(http::ResponseHeaders& headers, ApiContext const& context, http::Request const& request,
                     Admission const& admission)
{
    auto const left = std::max(std::chrono::floor<Seconds>(admission.room.expires_at - context.parts.clock.now()), Seconds{0});
    // Up to version 6 the remaining lifetime was called `expires`.
    auto const* const lifetime = interop_version_of(request).value_or(8) <= 6 ? "expires=" : "max-age=";
    headers.set("Upload-Limit", "max-size=" + std::to_string(admission.room.file_size_limit.value) + ", " + lifetime +
                                    std::to_string(left.count()));
}

void describe_draft_upload(http::Response& response, FileEntry const& upload)
{
    response.headers.set("Upload-Offset", std::to_string(upload.offset.value));
    response.headers.set("Upload-Complete", upload.is_complete() ? "?1" : "?0");
    if (upload.is_complete() && upload.sha256)
        response.headers.set("Repr-Digest", "sha-256=" + http::to_sf_bytes(upload.sha256->bytes()));
}

http::Response draft_problem(Error const& error, std::optional<FileEntry> const& upload, ByteOffset provided)
{
    auto problem = to_problem(error);
    auto type = std::string{};
    if (error.code == Errc::offset_conflict && upload) {
        type = std::string{kTypes} + "mismatching-upload-offset";
        problem.members = R"("expected-offset":)" + std::to_string(upload->offset.value) + R"(,"provided-offset":)" +
                          std::to_string(provided.value);
    } else if (error.code == Errc::length_conflict) {
        type = std::string{kTypes} + "inconsistent-upload-length";
    } else if (error.code == Errc::upload_complete) {
        type = std::string{kTypes} + "completed-upload";
    } else if (error.code == Errc::checksum_mismatch) {
        problem.status = 400;  // 460 is tus's own
    } else {
        return to_response(error);
    }
    if (!type.empty())
        problem.type = type;
    auto response = http::problem_response(problem);
    if (upload)
        describe_draft_upload(response, *upload);
    return response;
}

}  // namespace fleeting::api
