#pragma once

#include "disk/shard.hpp"
#include "ports/blob_store.hpp"

#include <string>
#include <vector>

namespace fleeting::disk {

/// Into how many files a blob may be put together: each is a descriptor while it is read.
constexpr auto kMostPieces = std::size_t{8};

/// A blob lies in one file, `<key>`, or, put together from others without a copy, in several, its pieces: `<key>.0`, `<key>.1`
/// and so on, the last one with `.end` behind its name.
std::string piece_name(BlobKey const& key, std::size_t index, bool is_last);
/// errors    not_found, storage_full, unavailable (also for a symlink)
Result<Descriptor> open_file(Shard const& shard, std::string const& name, int flags);
/// Removes every file of a blob, also of one that was never put together to its end. False where one couldn't be.
bool remove_files(Shard const& shard, BlobKey const& key);

/// The files of a blob, open for reading. Thread-safe.
class Pieces {
public:
    /// errors    not_found (also where the last piece is missing), unavailable
    static Result<Pieces> open_blocking(Shard const& shard, BlobKey const& key);

    /// `at` is not behind the end.
    [[nodiscard]] FilePart part_at(ByteOffset at) const;
    /// Of a blob in one file what it is now: that one may still grow.
    [[nodiscard]] Result<ByteCount> size_blocking() const;
    [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const;

private:
    struct Piece {
        Descriptor file;
        ByteOffset begin;
        ByteOffset end;  ///< of a blob in one file: as far as there may be bytes
    };
    Result<> add_blocking(Descriptor file);

    std::vector<Piece> pieces_;
};

}  // namespace fleeting::disk
