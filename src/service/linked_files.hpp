#pragma once

#include "base/cutoff.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"
#include "service/growth.hpp"
#include "service/recent.hpp"

#include <memory>

namespace fleeting {

/// A file with what its download needs. While a complete one is kept no SQL is asked again.
struct LinkedFile {
    FileEntry file;
    std::shared_ptr<BlobReader const> reader;  ///< null while it is going up
    std::shared_ptr<Growth> growth;            ///< null once it is complete
    std::shared_ptr<Cutoff const> cutoff;
    std::shared_ptr<Cutoff const> gone;  ///< passes when the file is taken away from those who download it
    std::string etag;                    ///< strong, with quotes: a file's bytes never change, so its id says which they are
    std::string repr_digest;             ///< `sha-256=:…:` (RFC 9530); empty while it isn't known
};

/// Complete, open files that links were made for lately: least recently used go first. Thread-safe.
class LinkedFiles {
public:
    explicit LinkedFiles(std::size_t most) : files_(most) {}
    /// Nothing where it isn't kept, or its room's cutoff has passed.
    std::shared_ptr<LinkedFile const> find(FileId id, Instant now);
    void keep(std::shared_ptr<LinkedFile const> file);
    void forget(FileId id) { files_.forget(id); }
    void forget_room(RoomId room) { files_.forget_room(room); }

private:
    Recent<std::shared_ptr<LinkedFile const>> files_;
};

}  // namespace fleeting
