#pragma once

#include "base/cutoff.hpp"
#include "domain/zip_layout.hpp"
#include "ports/blob_store.hpp"
#include "service/byte_sink.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fleeting {

/// Complete files of a room as one ZIP, laid out but not made.
struct Archive {
    ZipLayout layout;
    std::vector<BlobKey> blobs;            ///< one for each entry of the layout
    std::string tag;                       ///< the same for the same bytes: what `ETag` and a fixed address say
    std::uint64_t version = 0;             ///< of the room, that it was made at
    std::shared_ptr<Cutoff const> gone{};  ///< passes when one of the files is taken away from those who download it
};

/// Sends the bytes of an archive, made as they go.
class ArchiveStream {
public:
    /// All of them outlive it.
    ArchiveStream(Archive const& archive, BlobStore& blobs, ByteSink& sink) : archive_(archive), blobs_(blobs), sink_(sink) {}

    /// Sends `count` bytes from `from`. errors: not_found (a file was removed meanwhile), those of the sink
    Task<> send(ByteOffset from, ByteCount count);

private:
    class Window;
    Task<> send_entry(std::size_t index, Window& window);
    Task<> send_directory(Window& window);
    Task<std::shared_ptr<BlobReader const>> reader_of(std::size_t index);

    Archive const& archive_;
    BlobStore& blobs_;
    ByteSink& sink_;
    std::vector<std::shared_ptr<BlobReader const>> readers_;  ///< of the entries from `readers_begin_` on
    std::size_t readers_begin_ = 0;
};

}  // namespace fleeting
