#include "s3/s3_direct.hpp"

#include "async/at_once.hpp"
#include "base/log.hpp"

namespace fleeting::s3 {
namespace {

constexpr auto kAtOnce = std::size_t{16};

/// Ends those uploads, and returns the ids of those that the store didn't end: one keeps no other from ending.
Task<std::set<std::string>> abort_all(Depot& depot, std::vector<Listed> const& uploads)
{
    auto ended = std::vector<Result<>>(uploads.size());
    // It is awaited here, so what it captures is there.
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    auto const abort = [&](std::size_t index) -> Task<> {
        ended[index] = co_await depot.objects.abort_multipart(uploads[index].key, uploads[index].id);
        co_return Result<>{};
    };
    CO_TRY(co_await run_at_once(uploads.size(), kAtOnce, abort));
    auto left = std::set<std::string>{};
    auto why = std::string{};
    for (auto index = std::size_t{0}; index < uploads.size(); ++index) {
        if (ended[index])
            continue;
        left.insert(uploads[index].id);
        why = ended[index].error().detail;
    }
    if (!left.empty())
        log::warning("multiparts_not_aborted", std::to_string(left.size()) + ", one as " + why);
    co_return left;
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
    CO_TRY(auto const rows, co_await depot.direct.list_direct_uploads(std::move(blobs)));
    auto uploads = std::vector<Listed>{};
    for (auto const& row : rows)
        uploads.push_back({depot.names.of(row.blob), row.upload_id, {}});
    CO_TRY(auto const left, co_await abort_all(depot, uploads));
    auto begun = std::set<BlobKey>{};
    for (auto const& row : rows)
        if (left.contains(row.upload_id))
            begun.insert(row.blob);
    co_return begun;
}

Task<> sweep_multiparts(Depot& depot, Instant before)
{
    CO_TRY(auto uploads, co_await depot.objects.list_multiparts(depot.names.prefix(), before));
    auto ids = std::vector<std::string>{};
    for (auto const& upload : uploads)
        ids.push_back(upload.id);
    CO_TRY(auto const unknown, co_await depot.direct.unknown_direct_uploads(std::move(ids)));
    auto ended = std::set(unknown.begin(), unknown.end());
    std::erase_if(uploads, [&](Listed const& upload) { return !ended.contains(upload.id); });
    CO_TRY(auto const left, co_await abort_all(depot, uploads));
    for (auto const& id : left)
        ended.erase(id);
    auto blobs = std::vector<BlobKey>{};
    for (auto const& upload : uploads)
        if (auto const parsed = depot.names.parse(upload.key))
            blobs.push_back(parsed->first);
    co_return co_await forget(depot, std::move(blobs), ended);
}

}  // namespace fleeting::s3
