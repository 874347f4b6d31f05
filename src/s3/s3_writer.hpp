#pragma once

#include "async/signal.hpp"
#include "ports/blob_store.hpp"
#include "s3/buffer.hpp"
#include "s3/depot.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace fleeting::s3 {

/// Appends to a blob. Bytes gather in a buffer; a full one becomes a segment, an object of its own, behind the caller, while the
/// next fills. A checkpoint may sync behind a request that goes on writing: what changes the list takes turns. A segment counts
/// once it is in the list that all nodes share, and only who knows the list's end gets it in there.
class S3Writer final : public BlobWriter {
public:
    /// layout    of the blob as it is; empty for a new one
    S3Writer(Depot& depot, BlobKey key, Layout layout);

    Task<> ready() override;
    Result<> write_blocking(ByteOffset at, Bytes bytes) override;
    Result<> read_blocking(ByteOffset at, MutableBytes out) override;
    Task<> truncate(ByteOffset size) override;
    [[nodiscard]] ByteOffset kept_end() const override { return ByteOffset{kept_end_->load()}; }
    Task<> flush() override;
    Task<> sync() override { return flush(); }
    Task<> seal(bool sync) override;

private:
    struct Sending;
    class Turn;

    static net::awaitable<void> send(Depot& depot, BlobKey key, std::shared_ptr<Sending> sending);
    static Task<> store(Depot& depot, BlobKey key, Sending& sending);
    net::awaitable<Turn> take_turn();
    [[nodiscard]] Result<> check() const;
    bool has_room();
    /// In a turn, as all that follows:
    Task<> start_sending();
    Task<> settle();
    Task<> send_rest();
    void restart_at(ByteOffset end);
    Task<> check_list();
    Task<> compose_whole();
    /// In none.
    Task<> read(ByteOffset at, MutableBytes out);

    Depot& depot_;
    BlobKey key_;
    Layout layout_;  ///< what is stored and listed
    std::shared_ptr<Sending> sending_;
    std::shared_ptr<std::atomic<std::uint64_t>> kept_end_;
    bool is_turn_taken_ = false;
    Signal turn_given_;
    mutable std::mutex mutex_;  ///< a pool's thread may write while the I/O thread sends
    Buffer buffer_;             ///< guarded by mutex_
    Result<> health_;           ///< guarded by mutex_; once a segment failed, what follows would leave a gap
};

}  // namespace fleeting::s3
