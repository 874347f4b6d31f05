// Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload), interop versions 5 to 8.

#include "api/body_source.hpp"
#include "api/digest_headers.hpp"
#include "api/draft_headers.hpp"
#include "api/json.hpp"
#include "api/problems.hpp"
#include "api/tus_headers.hpp"
#include "api/uploads.hpp"
#include "http/content_disposition.hpp"

#include <boost/json/serialize.hpp>
#include <chrono>

namespace fleeting::api {
namespace {

using http::Request;
using http::Response;

/// Tells the client how far it has come while it still sends (104, `Upload-Offset`): three times, each ten times as late as the
/// one before. More wouldn't pass: Go's HTTP client, and so Caddy, gives up a request at its sixth interim response, 100 and the
/// one with the address among them.
class DraftSource final : public BodySource {
public:
    explicit DraftSource(Request& request) : BodySource(request), request_(request), version_(interop_version_of(request)) {}
    net::awaitable<void> progressed(ByteOffset offset) override
    {
        auto const elapsed = Clock::now() - begun_;
        if (!version_ || told_ == kMostTold || elapsed < next_)
            co_return;
        ++told_;
        next_ = 10 * elapsed;
        auto headers = http::ResponseHeaders{};
        headers.set("Upload-Draft-Interop-Version", std::to_string(*version_)).set("Upload-Offset", std::to_string(offset.value));
        co_await request_.send_interim(104, std::move(headers));
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr auto kMostTold = 3;

    Request& request_;
    std::optional<unsigned> version_;
    Clock::time_point begun_ = Clock::now();
    Clock::duration next_{};
    int told_ = 0;
};

Result<CreateUpload> wish_of(Request const& request, std::string name, bool is_whole)
{
    auto wish = CreateUpload{};
    TRY(take_metadata(request, wish));
    if (auto const field = request.headers.find("Content-Disposition")) {
        TRY(auto const told, http::readable_file_name_of(*field));
        wish.name = told.value_or(wish.name);
    }
    if (!name.empty())
        wish.name = std::move(name);
    if (wish.name.empty())
        wish.name = "upload";
    if (!has_partial_body(request) && request.headers.count("Content-Type") > 0)
        wish.media_type = request.headers.find("Content-Type").value_or("");
    TRY(auto const digest, repr_digest_of(request));
    wish.sha256 = digest ? digest : wish.sha256;
    wish.length = draft_length_of(request);
    auto const body = const_cast<Request&>(request).body().length();
    if (wish.length && body && (is_whole ? *body != *wish.length : *body > *wish.length))
        return fail(Errc::length_conflict, "the body isn't as long as the upload");
    if (is_whole && body)
        wish.length = body;
    return wish;
}

/// What the upload is told with when it has become a file.
Response told_complete(int status, FileEntry const& upload)
{
    auto response = http::json_response(status, json::serialize(to_json(upload)) + "\n");
    describe_draft_upload(response, upload);
    return response;
}

net::awaitable<void> announce(ApiContext const& context, Request& request, Admission const& admission, FileId id)
{
    auto const version = interop_version_of(request);
    if (!version)
        co_return;
    auto headers = http::ResponseHeaders{};
    headers.set("Upload-Draft-Interop-Version", std::to_string(*version));
    headers.set("Location", upload_address(context, admission, id));
    describe_limits(headers, context, request, admission);
    co_await request.send_interim(104, std::move(headers));
}

/// The answer to an append (or a creation's first bytes) that failed: dressed as the draft wants it, with the offset as it is.
struct Refused {
    FileId upload;
    Error error;
    ByteOffset provided;  ///< the offset that the client meant
    bool was_last = false;
};
Task<Response> refusal(ApiContext const& context, Request& request, Admission admission, Refused refused)
{
    auto const& [id, error, provided, was_last] = refused;
    // More or fewer bytes came than the length: whatever this is, it isn't the file that was announced.
    if (error.code == Errc::length_conflict && request.body().received() > ByteCount{0}) {
        CO_TRY(co_await context.parts.uploads.remove(admission, id));
        co_return draft_problem(error, {}, provided);
    }
    auto const upload = co_await context.parts.uploads.find(admission, id, Ending::later);
    auto response = draft_problem(error, upload ? std::optional{*upload} : std::nullopt, provided);
    // All bytes came, and what was made of them failed: that ends the upload too.
    if (was_last && !upload && error.code != Errc::not_found)
        response.headers.set("Upload-Complete", "?1");
    co_return response;
}

Error too_few_bytes()
{
    return Error{Errc::length_conflict, "too few bytes", {}, 0};
}

}  // namespace

Task<Response> draft_create(ApiContext const& context, Request& request, Admission admission, std::string name)
{
    CO_TRY(auto const is_whole, upload_complete_of(request));
    auto wish = wish_of(request, std::move(name), is_whole);
    if (!wish)
        co_return draft_problem(wish.error(), {}, {});
    auto part = AppendUpload{.ending = is_whole ? Ending::at_source_end : Ending::later, .wants_sha256 = wants_sha256(request)};
    CO_TRY(part.checksum, content_digest_of(request));

    auto& uploads = context.parts.uploads;
    auto made = co_await uploads.create(admission, *std::move(wish));
    if (!made) {
        auto response = to_response(made.error());
        if (made.error().code == Errc::file_too_large)
            describe_limits(response.headers, context, request, admission);
        co_return response;
    }
    auto upload = *std::move(made);
    auto const address = upload_address(context, admission, upload.id);
    co_await announce(context, request, admission, upload.id);
    if (!upload.is_complete() && (is_whole || request.body().length() != ByteCount{0})) {
        auto source = DraftSource{request};
        auto stored = co_await uploads.append(admission, upload.id, std::move(part), source);
        if (stored && is_whole && !stored->is_complete())
            stored = fail(too_few_bytes());
        if (!stored) {
            auto refused = co_await refusal(context, request, admission, {upload.id, stored.error(), {}, is_whole});
            if (refused)
                refused->headers.set("Location", address);
            co_return refused;
        }
        upload = *std::move(stored);
    }
    auto response = upload.is_complete() ? told_complete(201, upload) : Response{};
    response.status = 201;
    describe_draft_upload(response, upload);
    response.headers.set("Location", address);
    describe_limits(response.headers, context, request, admission);
    co_return response;
}

Task<Response> draft_head(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const upload, co_await context.parts.uploads.find(admission, id, Ending::later));
    auto response = http::no_content();
    describe_draft_upload(response, upload);
    if (upload.length_known)
        response.headers.set("Upload-Length", std::to_string(upload.size.value));
    describe_limits(response.headers, context, request, admission);
    response.headers.set("Cache-Control", "no-store");
    co_return response;
}

Task<Response> draft_patch(ApiContext const& context, Request& request)
{
    // Before version 6 the bytes had no media type of their own.
    if (!has_partial_body(request) && interop_version_of(request).value_or(8) >= 6)
        co_return wrong_content_type("application/partial-upload");
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const offset, draft_offset_of(request));
    CO_TRY(auto const is_last, upload_complete_of(request));
    auto part = AppendUpload{
        offset, draft_length_of(request), is_last ? Ending::at_source_end : Ending::later, {}, wants_sha256(request)};
    CO_TRY(part.checksum, content_digest_of(request));
    auto source = DraftSource{request};
    auto stored = co_await context.parts.uploads.append(admission, id, std::move(part), source);
    if (!stored)
        co_return co_await refusal(context, request, admission, {id, stored.error(), offset, is_last});
    if (is_last && !stored->is_complete())
        co_return co_await refusal(context, request, admission, {id, too_few_bytes(), offset, is_last});
    if (stored->is_complete())
        co_return told_complete(200, *stored);
    auto response = http::no_content();
    describe_draft_upload(response, *stored);
    co_return response;
}

}  // namespace fleeting::api
