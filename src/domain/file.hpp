#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

enum class FileState : std::uint8_t { uploading = 0, complete = 1 };

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
    std::optional<Sha256> sha256;        ///< set when complete
    std::optional<std::uint32_t> crc32;  ///< set when complete
    std::string uploader;                ///< nickname
    TokenHash uploader_id;               ///< session id of the uploader
    Instant created_at;
    std::optional<Instant> completed_at;

    [[nodiscard]] bool is_complete() const { return state == FileState::complete; }
};

/// Where the running digests of an upload stood at `offset`: stored with it, so that a restart reads back only what follows.
struct HashCheckpoint {
    ByteOffset offset;
    std::vector<std::byte> state;  ///< opaque, from `crypto::UploadDigest::save`; empty at offset 0
};

/// A blob that must still be erased: the outbox row written with the removal of its file.
struct Purge {
    BlobKey blob;
    Instant not_before;
    std::uint32_t attempts = 0;
};

}  // namespace fleeting
