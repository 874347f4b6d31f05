#pragma once

#include "base/clock.hpp"
#include "domain/zip_layout.hpp"
#include "ports/blob_store.hpp"
#include "ports/metadata_store.hpp"
#include "service/byte_sink.hpp"
#include "service/room_service.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

/// Complete files of a room as one ZIP, laid out but not made.
struct Archive {
    ZipLayout layout;
    std::vector<BlobKey> blobs;  ///< one for each entry of the layout
    std::string tag;             ///< the same for the same bytes: what `ETag` and a fixed address say
    std::uint64_t version = 0;   ///< of the room, that it was made at
};

/// What of a room to put together.
struct ArchiveWish {
    std::vector<FileId> ids;          ///< empty: every complete file
    std::optional<std::uint64_t> at;  ///< as the room was at that version, so that files added since don't change it
};

/// The room as one ZIP. Thread-safe.
class ArchiveService {
public:
    ArchiveService(MetadataStore& store, BlobStore& blobs, Clock const& clock) : store_(store), blobs_(blobs), clock_(clock) {}

    /// errors    not_found (an id that is no complete file of the room)
    Task<std::shared_ptr<Archive const>> lay_out(Admission const& admission, ArchiveWish wish);
    /// Sends `count` of its bytes from `from`. errors: not_found (a file was removed meanwhile), those of the sink
    Task<> send(std::shared_ptr<Archive const> archive, ByteOffset from, ByteCount count, ByteSink& sink);

private:
    MetadataStore& store_;
    BlobStore& blobs_;
    Clock const& clock_;
};

}  // namespace fleeting
