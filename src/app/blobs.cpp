#include "app/blobs.hpp"

#include "disk/disk_blobs.hpp"
#include "encrypted/encrypted_blobs.hpp"
#include "s3/s3_blobs.hpp"

namespace fleeting::app {
namespace {

constexpr auto kBucketsEncrypt =
    "FLEETING_STORAGE_ENCRYPTION is for files in a data folder: members take files of a bucket past this server, as they lie there. Set it "
    "off, and have the bucket encrypt";

std::vector<api::Reading> readings_of(s3::S3Blobs const& blobs)
{
    auto const of = [](std::atomic<std::uint64_t> const& value) {
        return [&value] { return static_cast<double>(value.load()); };
    };
    auto const& calls = blobs.calls();
    auto const& traffic = blobs.traffic();
    return {
        {"fleeting_s3_calls_total", "Calls to the object store, each try counted.", true, of(calls.calls)},
        {"fleeting_s3_failures_total", "Calls that got no answer, or a 5xx.", true, of(calls.failures)},
        {"fleeting_s3_calls_waiting", "Calls running or waiting.", false, of(traffic.waiting)},
        {"fleeting_s3_sent_bytes_total", "Bytes of bodies sent to the object store.", true, of(traffic.sent_bytes)},
        {"fleeting_s3_received_bytes_total", "Bytes of bodies that came from it.", true, of(traffic.received_bytes)},
    };
}

Result<Blobs> open_bucket(Settings const& settings, std::optional<disk::Descriptor> folder, MetadataStore& metadata)
{
    TRY(check_encryption(settings));
    TRY(auto store, s3::S3Blobs::open(settings.s3, metadata, metadata));
    auto& blobs = *store;
    return Blobs{.store = std::move(store),
                 .stop = [&blobs] { blobs.stop(); },
                 .waiting = [] { return std::size_t{0}; },
                 .check = [&blobs] { return blobs.check_room_for({}); },
                 .readings = readings_of(blobs),
                 .folder = std::move(folder)};
}

void encrypt(Blobs& blobs, std::unique_ptr<encrypted::KeyFile> keys, BlockingPool& pool, bool encrypts)
{
    blobs.stored = std::move(blobs.store);
    blobs.keys = std::move(keys);
    blobs.store = std::make_unique<encrypted::EncryptedBlobs>(*blobs.stored, blobs.keys.get(), pool, encrypts);
    blobs.stop = [keys = blobs.keys.get(), stop = std::move(blobs.stop)] {
        if (keys != nullptr)
            keys->stop();
        stop();
    };
}

}  // namespace

bool needs_data_folder(Settings const& settings)
{
    return settings.s3.bucket.empty() || settings.database_url.empty();
}

Result<> check_encryption(Settings const& settings)
{
    return settings.storage_encryption && !settings.s3.bucket.empty() ? fail(Errc::unavailable, kBucketsEncrypt) : Result<>{};
}

Result<Blobs> open_blobs(Settings const& settings, std::optional<disk::Descriptor> folder, BlockingPool& disk_pool,
                         MetadataStore& metadata)
{
    if (!settings.s3.bucket.empty())
        return open_bucket(settings, std::move(folder), metadata);
    auto keys = std::unique_ptr<encrypted::KeyFile>{};
    if (settings.storage_encryption || encrypted::KeyFile::is_in(*folder)) {
        TRY(keys, encrypted::KeyFile::open(*folder, settings.uploads.sync));
    }
    TRY(auto store, disk::DiskBlobs::open(*std::move(folder), settings.disk_floor, disk_pool, settings.uploads.sync));
    auto& blobs = *store;
    auto made = Blobs{.store = std::move(store),
                      .stop = [&blobs] { blobs.stop(); },
                      .waiting = [&blobs] { return blobs.waiting(); },
                      .check = [] { return Result<>{}; }};
    // Without keys too: what is encrypted isn't handed out as it lies there.
    encrypt(made, std::move(keys), disk_pool, settings.storage_encryption);
    return made;
}

}  // namespace fleeting::app
