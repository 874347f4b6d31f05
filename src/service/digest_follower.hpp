#pragma once

#include "async/signal.hpp"
#include "crypto/running_sha256.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace fleeting {

class DigestWorkers;

/// The SHA-256 of an upload, computed behind its writer: an upload is never slower for it, and on any network that SHA-256
/// keeps up with it is ready at the last byte. docs/adr/0008 has the figures. Thread-safe; held by shared_ptr.
class DigestFollower : public std::enable_shared_from_this<DigestFollower> {
public:
    /// Reads exactly `out.size()` stored bytes from `at`; may stop the thread.
    using ReadBack = std::function<Result<>(ByteOffset at, MutableBytes out)>;
    /// begin    where the digest stood; bytes behind it are read back
    DigestFollower(DigestWorkers& workers, ReadBack read_back, crypto::RunningSha256 const& begin);

    /// Bytes up to `end` are stored: a worker goes on to there.
    void advance(ByteOffset end);
    /// Digests `bytes`, which are stored at `at`, on this thread, where nothing before them is outstanding.
    bool digest_here(ByteOffset at, Bytes bytes);
    /// The digest once it has come to `end`; nothing where that takes longer than `patience`.
    /// errors    unavailable (the bytes can't be read), cancelled
    Task<std::optional<Sha256>> wait(ByteOffset end, Milliseconds patience);
    /// As above, however long it takes, and ahead of those that nobody waits for.
    Task<Sha256> finish(ByteOffset end);
    /// Where it stands.
    [[nodiscard]] ByteOffset offset() const;
    /// `crypto::RunningSha256::save` of where it stands.
    [[nodiscard]] std::vector<std::byte> save() const;
    /// The file is gone: stops reading it.
    void cancel();

private:
    friend class DigestWorkers;
    [[nodiscard]] bool is_awaited() const;
    /// One slice of the work. True if there is more.
    bool work();
    /// The digest, if it has come to `end`; if not, has a worker go there.
    Result<std::optional<Sha256>> digest_at(ByteOffset end);
    [[nodiscard]] Result<> read_to(crypto::RunningSha256& digest, ByteOffset end) const;

    DigestWorkers& workers_;
    ReadBack read_back_;
    mutable std::mutex mutex_;
    crypto::RunningSha256 digest_;
    ByteOffset target_;
    bool is_queued_ = false;
    bool is_awaited_ = false;
    std::optional<Error> failure_;
    Signal moved_;
};

/// Threads that digest what uploads have stored. Transfers come first: where nobody waits for a digest, they run only while a
/// core has nothing else to do; where somebody does, as the nicest. Takes turns among the uploads.
class DigestWorkers {
public:
    /// threads    of either kind
    explicit DigestWorkers(std::size_t threads);
    ~DigestWorkers();
    /// Ends the threads; what isn't digested then is at the next start. Idempotent.
    void stop();

private:
    friend class DigestFollower;
    using Follower = std::shared_ptr<DigestFollower>;
    struct Lane {
        std::condition_variable arrived;
        std::deque<Follower> waiting;
    };
    void push(Follower follower);
    /// Somebody waits for it now.
    void hurry(Follower const& follower);
    void run(Lane& lane);
    /// The next of the lane, once there is one; nothing at the end.
    Follower next(Lane& lane);

    std::mutex mutex_;
    Lane idle_;
    Lane awaited_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace fleeting
