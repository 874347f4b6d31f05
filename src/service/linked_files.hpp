#pragma once

#include "base/cutoff.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace fleeting {

/// A complete file, open, with what its download needs: no SQL is asked again while it is kept.
struct LinkedFile {
    FileEntry file;
    std::shared_ptr<BlobReader const> reader;
    std::shared_ptr<Cutoff const> cutoff;
    std::string etag;         ///< strong, with quotes: from the SHA-256
    std::string repr_digest;  ///< `sha-256=:…:` (RFC 9530)
};

/// Open files that links were made for lately: least recently used go first. Thread-safe.
class LinkedFiles {
public:
    explicit LinkedFiles(std::size_t most) : most_(most) {}
    /// Nothing where it isn't kept, or its room's cutoff has passed.
    std::shared_ptr<LinkedFile const> find(FileId id, Instant now);
    void keep(std::shared_ptr<LinkedFile const> file);
    void forget(FileId id);
    void forget_room(RoomId room);

private:
    using Order = std::list<std::shared_ptr<LinkedFile const>>;
    std::size_t most_;
    std::mutex mutex_;
    Order order_;
    std::unordered_map<FileId, Order::iterator> by_id_;
};

}  // namespace fleeting
