#pragma once

#include "async/blocking_pool.hpp"
#include "base/clock.hpp"
#include "ports/blob_store.hpp"
#include "ports/metadata_store.hpp"
#include "service/archive_stream.hpp"
#include "service/deliveries.hpp"
#include "service/room_service.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace fleeting {

/// What of a room to put together.
struct ArchiveWish {
    std::vector<FileId> ids;          ///< empty: every complete file
    std::optional<std::uint64_t> at;  ///< as the room was at that version, so that files added since don't change it
};

/// The room as one ZIP. Thread-safe.
class ArchiveService {
public:
    /// pool   lays archives out, so that one of a hundred thousand files keeps nobody waiting
    ArchiveService(MetadataStore& store, BlobStore& blobs, Clock const& clock, BlockingPool& pool, Deliveries& deliveries)
        : store_(store), blobs_(blobs), clock_(clock), pool_(pool), deliveries_(deliveries)
    {
    }

    /// Different ones that a session may have laid out at once: each is an entry a file in memory, as long as it is sent.
    static constexpr auto kMostOfASession = std::size_t{8};

    /// A room that is downloaded by many at once is laid out, and in memory, once.
    /// errors    not_found (an id that is no complete file of the room), rate_limited (kMostOfASession), busy
    Task<std::shared_ptr<Archive const>> lay_out(Admission const& admission, ArchiveWish wish);
    /// Sends `count` of its bytes from `from`. errors: not_found (a file was removed meanwhile), those of the sink
    Task<> send(std::shared_ptr<Archive const> archive, ByteOffset from, ByteCount count, ByteSink& sink);

private:
    /// Of whom, and what lives as long as it is made, then sent.
    struct Running {
        TokenHash session;
        std::weak_ptr<void const> making;
        std::weak_ptr<Archive const> archive;
        [[nodiscard]] bool is_over() const { return making.expired() && archive.expired(); }
    };

    std::shared_ptr<Archive const> find(Sha256 const& key);
    /// Enters that one is being made; what it returns is held until it is.
    Result<std::shared_ptr<void const>> begin(Sha256 const& key, TokenHash const& session);
    void keep(Sha256 const& key, std::shared_ptr<Archive const> const& archive);

    MetadataStore& store_;
    BlobStore& blobs_;
    Clock const& clock_;
    BlockingPool& pool_;
    Deliveries& deliveries_;
    std::mutex mutex_;
    std::map<Sha256, Running> running_;
};

}  // namespace fleeting
