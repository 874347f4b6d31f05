#pragma once

#include "ports/blob_store.hpp"
#include "s3/depot.hpp"
#include "s3/s3_direct.hpp"

#include <memory>

namespace fleeting::s3 {

/// `BlobStore` in a bucket that any number of nodes share. A whole blob is one object; one that is being written is a list of
/// segments (ADR 14). Prefix and bucket are one installation's alone: its sweep erases what its database doesn't know.
/// Thread-safe.
class S3Blobs final : public BlobStore {
public:
    /// Looks whether the bucket is there, ours to write, and private. Both stores outlive this.
    /// errors    unavailable, with what to do
    static Result<std::unique_ptr<S3Blobs>> open(Settings settings, SegmentStore& segments, DirectUploadStore& direct);

    Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) override;
    Task<> put(BlobKey key, Bytes bytes, bool sync) override;
    Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync) override;
    Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) override;
    Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) override;
    Task<ByteCount> size_of(BlobKey key) override;
    Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) override;
    Task<std::vector<BlobKey>> list() override;
    Result<> check_room_for(ByteCount more) override;
    [[nodiscard]] bool is_shared() const override { return true; }
    [[nodiscard]] std::optional<std::string> direct_link(BlobKey key, DirectDownload const& how) const override;
    [[nodiscard]] DirectUploads* direct_uploads() override;

    [[nodiscard]] CallStats const& calls() const { return depot_.client.stats(); }
    [[nodiscard]] HttpStats const& traffic() const { return depot_.client.traffic(); }
    /// Fails what is under way; nothing may be asked after it. Idempotent.
    void stop() { depot_.client.stop(); }

private:
    S3Blobs(Settings settings, SegmentStore& segments, DirectUploadStore& direct) : depot_(std::move(settings), segments, direct)
    {
    }
    Task<> open_if_there(BlobKey key, std::shared_ptr<BlobReader const>& reader);
    Task<> find_objects(BlobKey key, std::vector<std::string>& found);

    Depot depot_;
    S3Direct direct_{depot_};
    bool has_versions_ = false;
};

}  // namespace fleeting::s3
