#pragma once

#include "service/growth.hpp"
#include "service/open_upload.hpp"
#include "service/recent.hpp"

#include <mutex>
#include <unordered_map>
#include <vector>

namespace fleeting {

/// Blobs whose row isn't written yet, so that none of them is taken for an orphan. Thread-safe.
class NascentBlobs {
public:
    /// Names `key` while it lives.
    class Birth {
    public:
        Birth(NascentBlobs& blobs, BlobKey key) : blobs_(blobs), key_(key)
        {
            auto const lock = std::scoped_lock{blobs_.mutex_};
            blobs_.keys_.push_back(key_);
        }
        ~Birth()
        {
            auto const lock = std::scoped_lock{blobs_.mutex_};
            std::erase(blobs_.keys_, key_);
        }
        Birth(Birth const&) = delete;
        Birth& operator=(Birth const&) = delete;

    private:
        NascentBlobs& blobs_;
        BlobKey key_;
    };
    /// Ask after listing the store and before asking for rows: then a blob that is in none of them is an orphan.
    [[nodiscard]] std::vector<BlobKey> list()
    {
        auto const lock = std::scoped_lock{mutex_};
        return keys_;
    }

private:
    std::mutex mutex_;
    std::vector<BlobKey> keys_;
};

/// The uploads this process has at hand. Thread-safe.
class LiveUploads {
public:
    Growths growths;
    Recent<UploadState> parked{256};
    NascentBlobs nascent;

    /// A complete file whose digest follows.
    void enter_digest(FileId id, RoomId room, std::shared_ptr<DigestFollower> follower);
    void leave_digest(FileId id);

    /// How far an upload has come, where one of these knows; else 0.
    ByteOffset offset_of(FileId id);

    /// Another node goes on with the upload: what was parked here is old.
    void let_go(FileId id);
    /// The file is gone: who reads behind its writer must fail, and nothing keeps its bytes.
    void forget(FileId id);
    void forget_room(RoomId room);

private:
    struct Digest {
        RoomId room;
        std::shared_ptr<DigestFollower> follower;
    };
    std::mutex mutex_;
    std::unordered_map<FileId, Digest> digests_;
};

}  // namespace fleeting
