#include "s3/s3_direct.hpp"

#include "base/log.hpp"
#include "s3/at_once.hpp"

namespace fleeting::s3 {
namespace {

constexpr auto kAtOnce = std::size_t{16};

/// Never fails: one upload that the store doesn't end keeps no other from ending.
Task<> abort_one(Depot& depot, DirectUpload const& upload, Result<>& ended)
{
    ended = co_await depot.objects.abort_multipart(depot.names.of(upload.blob), upload.upload_id);
    if (!ended)
        log::warning("multiparts_not_aborted", ended.error().detail);
    co_return Result<>{};
}

/// Removes the rows of `blobs` that name one of those uploads. Another row may be an upload that goes on: a call that begins one
/// is made again when its answer is lost, and only the second is known.
Task<> forget(Depot& depot, std::vector<BlobKey> blobs, std::set<std::string> const& upload_ids)
{
    CO_TRY(auto const rows, co_await depot.direct.list_direct_uploads(std::move(blobs)));
    auto ended = std::vector<BlobKey>{};
    for (auto const& row : rows)
        if (upload_ids.contains(row.upload_id))
            ended.push_back(row.blob);
    co_return co_await depot.direct.remove_direct_uploads(std::move(ended));
}

}  // namespace

Task<std::string> S3Direct::begin(BlobKey blob)
{
    return depot_.objects.begin_multipart(depot_.names.of(blob));
}

std::string S3Direct::link_to(DirectUpload const& upload, PartLink const& part) const
{
    auto call = Call{"PUT", depot_.names.of(upload.blob)};
    call.query = {{"partNumber", std::to_string(part.number)}, {"uploadId", upload.upload_id}};
    call.headers = {{"content-length", std::to_string(part.size.value)}, {"content-md5", part.md5}};
    return depot_.client.presigned(std::move(call), part.now, part.lifetime);
}

Task<> S3Direct::complete(DirectUpload const& upload, std::vector<DirectPart> const& parts)
{
    auto etags = std::vector<std::string>{};
    auto size = ByteCount{};
    for (auto const& part : parts) {
        etags.push_back(part.etag);
        size = size + part.size;
    }
    auto const object = depot_.names.of(upload.blob);
    auto const completed = co_await depot_.objects.complete_multipart(object, upload.upload_id, std::move(etags));
    // One that got no answer may have done it, and the store knows the upload no more.
    if (!completed && completed.error().code != Errc::not_found)
        co_return completed;
    CO_TRY(auto const stored, co_await depot_.objects.size_of(object));
    // Asking again would find the same.
    co_return stored == size ? Result<>{} : fail(Errc::not_found, "an object has another size than its parts");
}

Task<std::set<BlobKey>> abort_direct(Depot& depot, std::vector<BlobKey> blobs)
{
    CO_TRY(auto const uploads, co_await depot.direct.list_direct_uploads(std::move(blobs)));
    auto ended = std::vector<Result<>>(uploads.size());
    auto const abort = [&](std::size_t index) { return abort_one(depot, uploads[index], ended[index]); };
    CO_TRY(co_await run_at_once(uploads.size(), kAtOnce, abort));
    auto left = std::set<BlobKey>{};
    for (auto index = std::size_t{0}; index < uploads.size(); ++index)
        if (!ended[index])
            left.insert(uploads[index].blob);
    co_return left;
}

Task<> sweep_multiparts(Depot& depot, Instant before)
{
    CO_TRY(auto const old, co_await depot.objects.list_multiparts(depot.names.prefix(), before));
    auto ids = std::vector<std::string>{};
    for (auto const& upload : old)
        ids.push_back(upload.id);
    CO_TRY(auto const unknown, co_await depot.direct.unknown_direct_uploads(std::move(ids)));
    auto const is_unknown = std::set(unknown.begin(), unknown.end());
    auto blobs = std::vector<BlobKey>{};
    for (auto const& upload : old) {
        if (!is_unknown.contains(upload.id))
            continue;
        CO_TRY(co_await depot.objects.abort_multipart(upload.key, upload.id));
        if (auto const parsed = depot.names.parse(upload.key))
            blobs.push_back(parsed->first);
    }
    co_return co_await forget(depot, std::move(blobs), is_unknown);
}

}  // namespace fleeting::s3
