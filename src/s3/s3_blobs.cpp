#include "s3/s3_blobs.hpp"

#include "async/at_once.hpp"
#include "async/run_blocking.hpp"
#include "base/log.hpp"
#include "s3/checks.hpp"
#include "s3/s3_reader.hpp"
#include "s3/s3_writer.hpp"

#include <algorithm>
#include <set>

namespace fleeting::s3 {
namespace {

constexpr auto kAtOnce = std::size_t{16};
// A composition takes minutes at most, and the row of a direct upload is written at once.
constexpr auto kOldUpload = Seconds{3600};

Instant wall_now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

/// Whether one of a blob's objects is among them: all are called as the whole one is, and more.
bool is_any_of(std::set<std::string> const& stays, std::string const& whole)
{
    auto const first = stays.lower_bound(whole);
    return first != stays.end() && first->starts_with(whole);
}

}  // namespace

Result<std::unique_ptr<S3Blobs>> S3Blobs::open(Settings settings, SegmentStore& segments, DirectUploadStore& direct)
{
    auto blobs = std::unique_ptr<S3Blobs>{new S3Blobs{std::move(settings), segments, direct}};
    TRY(auto const bucket, run_blocking(check_bucket(blobs->depot_.client)));
    for (auto const& line : bucket.advice)
        log::warning("bucket_advice", line);
    blobs->has_versions_ = bucket.has_versions;
    return blobs;
}

Task<std::unique_ptr<BlobWriter>> S3Blobs::open_writer(BlobKey key)
{
    auto layout = co_await find_layout(depot_, key);
    if (!layout && layout.error().code != Errc::not_found)
        co_return fail(layout.error());
    auto const is_empty = !layout || end_of(*layout) == ByteOffset{};
    co_return std::make_unique<S3Writer>(depot_, key, is_empty ? Layout{} : *std::move(layout));
}

Task<> S3Blobs::put(BlobKey key, Bytes bytes, bool)
{
    return depot_.objects.put(depot_.names.of(key), bytes);
}

Task<> S3Blobs::concatenate(BlobKey key, std::vector<BlobPart> parts, bool)
{
    auto all = std::vector<Range>{};
    for (auto const& part : parts) {
        if (part.size == ByteCount{0})
            continue;  // it may never have been stored
        CO_TRY(auto const layout, co_await find_layout(depot_, part.key));
        CO_TRY(auto const ranges, ranges_of(depot_, part.key, layout, {}, part.size));
        all.insert(all.end(), ranges.begin(), ranges.end());
    }
    co_return co_await compose(depot_, depot_.names.of(key), std::move(all));
}

Task<std::shared_ptr<BlobReader const>> S3Blobs::open_reader(BlobKey key)
{
    CO_TRY(auto layout, co_await find_layout(depot_, key));
    co_return std::make_shared<S3Reader>(depot_, key, std::move(layout));
}

Task<> S3Blobs::open_if_there(BlobKey key, std::shared_ptr<BlobReader const>& reader)
{
    auto opened = co_await open_reader(key);
    if (!opened && opened.error().code != Errc::not_found)
        co_return fail(opened.error());
    reader = opened ? *std::move(opened) : nullptr;
    co_return Result<>{};
}

Task<std::vector<std::shared_ptr<BlobReader const>>> S3Blobs::open_readers(std::vector<BlobKey> keys)
{
    auto readers = std::vector<std::shared_ptr<BlobReader const>>(keys.size());
    auto const open = [&](std::size_t index) { return open_if_there(keys[index], readers[index]); };
    CO_TRY(co_await run_at_once(keys.size(), kAtOnce, open));
    co_return readers;
}

Task<ByteCount> S3Blobs::size_of(BlobKey key)
{
    CO_TRY(auto const layout, co_await find_layout(depot_, key));
    co_return end_of(layout) - ByteOffset{};
}

Task<> S3Blobs::find_objects(BlobKey key, std::vector<std::string>& found)
{
    CO_TRY(auto const segments, co_await depot_.segments.find_segments(key));
    auto names = std::set{depot_.names.of(key)};
    for (auto const& segment : segments)
        names.insert(depot_.names.of(key, segment.object));
    for (auto& stray : depot_.strays.of(key))
        names.insert(std::move(stray));
    found.assign(names.begin(), names.end());
    co_return Result<>{};
}

Task<std::vector<BlobKey>> S3Blobs::erase(std::vector<BlobKey> keys)
{
    // First the uploads: nothing may come to be once the objects are gone.
    CO_TRY(auto const begun, co_await abort_direct(depot_, keys));
    auto names = std::vector<std::vector<std::string>>(keys.size());
    auto const look = [&](std::size_t index) { return find_objects(keys[index], names[index]); };
    CO_TRY(co_await run_at_once(keys.size(), kAtOnce, look));
    auto all = std::vector<std::string>{};
    for (auto const& of_one : names)
        all.insert(all.end(), of_one.begin(), of_one.end());
    CO_TRY(auto const left, co_await depot_.objects.erase(std::move(all), has_versions_));
    auto const stays = std::set(left.begin(), left.end());
    auto gone = std::vector<BlobKey>{};
    for (auto index = std::size_t{0}; index < keys.size(); ++index)
        if (!begun.contains(keys[index]) && !is_any_of(stays, depot_.names.of(keys[index])))
            gone.push_back(keys[index]);
    CO_TRY(co_await depot_.segments.remove_segments(gone));
    CO_TRY(co_await depot_.direct.remove_direct_uploads(gone));
    co_return gone;
}

Task<std::vector<BlobKey>> S3Blobs::list()
{
    CO_TRY(auto const names, co_await depot_.objects.list(depot_.names.prefix()));
    auto keys = std::set<BlobKey>{};
    auto strays = Strays::Names{};
    for (auto const& name : names) {
        auto const parsed = depot_.names.parse(name);
        if (!parsed)
            continue;
        keys.insert(parsed->first);
        if (parsed->second != kWhole)
            strays[parsed->first].push_back(name);
    }
    depot_.strays.replace(std::move(strays));
    auto const aborted = co_await sweep_multiparts(depot_, wall_now() - kOldUpload);
    if (!aborted)
        log::warning("multiparts_not_aborted", aborted.error().detail);
    co_return std::vector(keys.begin(), keys.end());
}

Result<> S3Blobs::check_room_for(ByteCount)
{
    return depot_.client.check();
}

std::optional<std::string> S3Blobs::direct_link(BlobKey key, DirectDownload const& how) const
{
    if (depot_.client.settings().transfer != Transfer::direct)
        return std::nullopt;
    auto call = Call{"GET", depot_.names.of(key)};
    call.query = {{"response-content-disposition", how.disposition}, {"response-content-type", how.media_type}};
    return depot_.client.presigned(std::move(call), how.now, std::chrono::duration_cast<Seconds>(how.lifetime));
}

DirectUploads* S3Blobs::direct_uploads()
{
    return depot_.client.settings().transfer == Transfer::direct ? &direct_ : nullptr;
}

}  // namespace fleeting::s3
