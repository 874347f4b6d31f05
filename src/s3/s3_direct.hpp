#pragma once

#include "ports/direct_uploads.hpp"
#include "s3/depot.hpp"

#include <set>

namespace fleeting::s3 {

/// Direct uploads as multipart uploads whose parts go by presigned PUT. The node does no more than begin and complete them.
class S3Direct final : public DirectUploads {
public:
    explicit S3Direct(Depot& depot) : depot_(depot) {}

    Task<std::string> begin(BlobKey blob) override;
    [[nodiscard]] std::string link_to(DirectUpload const& upload, PartLink const& part) const override;
    Task<> complete(DirectUpload const& upload, std::vector<DirectPart> const& parts) override;
    [[nodiscard]] std::string source() const override { return depot_.client.address(); }

private:
    Depot& depot_;
};

/// Ends what clients began to upload of those blobs: no link to a part works any more. Returns those of them that the store
/// didn't end. errors: unavailable (the list of uploads)
Task<std::set<BlobKey>> abort_direct(Depot& depot, std::vector<BlobKey> blobs);
/// Ends the multipart uploads from before `before` that nobody goes on with: compositions that a node died in, and direct
/// uploads that no file is named with. Those of files live as long as their room.
Task<> sweep_multiparts(Depot& depot, Instant before);

}  // namespace fleeting::s3
