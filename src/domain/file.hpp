#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

enum class FileState : std::uint8_t { uploading = 0, complete = 1 };

/// What a virus scanner has to do with a file. While it is `waiting` none of its bytes leave.
enum class Scan : std::uint8_t {
    none = 0,     ///< nothing is scanned here
    waiting = 1,  ///< not found clean yet
    clean = 2,
    skipped = 3  ///< too large for the scanner, and offered all the same
};

/// The room's record of a file. While `uploading` it is also the upload (its id is the upload's).
struct FileEntry {
    FileId id;
    RoomId room_id;
    std::string name;  ///< NFC, relative, `/` between folders; unique in its room
    ByteCount size;    ///< stated length; while `length_known` is false, what has been reserved so far
    bool length_known = true;
    ByteOffset offset;       ///< bytes stored so far; equals `size` when complete
    std::string media_type;  ///< as the uploader stated it, checked for form only; never served as Content-Type
    FileState state = FileState::uploading;
    BlobKey blob;
    std::optional<Sha256> sha256;        ///< known when complete, or a little later
    std::optional<std::uint32_t> crc32;  ///< set when complete
    std::string uploader;                ///< nickname
    TokenHash uploader_id;               ///< session id of the uploader
    Instant created_at;
    std::optional<Instant> completed_at;
    bool is_partial = false;              ///< a part of a file that is put together later (tus concatenation): in no list
    bool is_direct = false;               ///< its bytes go, or went, to the store past this server (ADR 16)
    std::optional<Sha256> stated_sha256;  ///< what the uploader says it will come to; it is held to it
    /// Bytes from here on wait for their checksum: after a crash they don't count.
    std::optional<ByteOffset> unverified_from;
    std::optional<Instant> modified_at;   ///< of the uploader's own file, where told
    std::string metadata;                 ///< raw `Upload-Metadata`; written with the row, read by `find_metadata` alone
    std::string concatenated_from;        ///< ids of the partial uploads it was made of, with spaces between; or empty
    std::uint64_t completed_version = 0;  ///< the room's version that its completion made
    std::vector<TokenHash>
        taken_by;  ///< sessions that have all of it; read by `list_files` and what answers with a `FileChange` of a complete file
    Scan scan = Scan::none;

    [[nodiscard]] bool is_complete() const { return state == FileState::complete; }
    [[nodiscard]] bool is_being_checked() const { return is_complete() && scan == Scan::waiting; }
};

/// How far an upload surely is, and where its digests stood then: a restart reads back only what follows.
struct HashCheckpoint {
    ByteOffset offset;
    std::vector<std::byte> state;  ///< opaque (service/checkpoint.hpp); empty at offset 0
};

/// What a ZIP of a room needs to know of a file.
struct ArchiveEntry {
    BlobKey blob;
    std::string name;
    ByteCount size;
    std::uint32_t crc32 = 0;
    Instant modified_at;
};

/// A blob that must still be erased: the outbox row written with the removal of its file.
struct Purge {
    BlobKey blob;
    Instant not_before;
    std::uint32_t attempts = 0;
};

}  // namespace fleeting
