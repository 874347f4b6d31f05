#pragma once

#include "async/signal.hpp"
#include "base/ids.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace fleeting {

/// How far an upload has come, for whoever downloads it behind its writer. Thread-safe.
class Growth {
public:
    enum class Phase : std::uint8_t { growing, complete, gone };
    struct State {
        ByteOffset offset;  ///< bytes that may be read
        Phase phase = Phase::growing;
        std::uint64_t seen = 0;  ///< for `wait`
    };

    [[nodiscard]] State state() const;
    /// Bytes up to `offset` are stored, its writer says. Never goes back.
    void reach(ByteOffset offset);
    /// The same as a reader finds it in the store. Without effect where a writer has said something: it knows which of the
    /// bytes there still wait for their checksum.
    void reach_unless_led(ByteOffset offset);
    void complete(ByteOffset size);
    /// It was removed: who reads must fail, not end.
    void vanish();
    /// Waits for news after `state`, at most for `patience`.
    net::awaitable<void> wait(State state, Milliseconds patience) { return changed_.wait(state.seen, patience); }

private:
    void become(ByteOffset offset, Phase phase, bool is_writer);

    mutable std::mutex mutex_;
    ByteOffset offset_;
    bool is_led_ = false;
    Phase phase_ = Phase::growing;
    Signal changed_;
};

/// The one `Growth` of each upload that somebody writes or reads now. Thread-safe.
class Growths {
public:
    std::shared_ptr<Growth> of(FileId id);
    /// Nothing where nobody holds it.
    std::shared_ptr<Growth> find(FileId id);

private:
    std::mutex mutex_;
    std::unordered_map<FileId, std::weak_ptr<Growth>> growths_;
    std::size_t sweep_at_ = 64;
};

}  // namespace fleeting
