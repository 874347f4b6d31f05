#pragma once

#include "async/task.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/recent.hpp"

#include <variant>
#include <vector>

namespace fleeting {

/// Who has taken which file: a member who was sent all of it. Thread-safe.
class Takings {
public:
    Takings(MetadataStore& store, EventBus& bus) : store_(store), bus_(bus) {}

    /// Whether it was recorded lately. Asks no database, so the way of a download may.
    [[nodiscard]] bool is_known(BlobKey blob, TokenHash session) { return known_.find({blob, session}).has_value(); }
    /// Records it behind the caller, on `executor`'s thread and the database's, and tells the room what is new.
    void record(net::any_io_executor const& executor, RoomId room, std::vector<BlobKey> blobs, TokenHash session);

private:
    struct Pair {
        BlobKey blob;
        TokenHash session;
        friend bool operator==(Pair const&, Pair const&) = default;
    };
    struct PairHash {
        std::size_t operator()(Pair const& pair) const
        {
            return std::hash<BlobKey>{}(pair.blob) ^ std::hash<TokenHash>{}(pair.session);
        }
    };

    Task<> mark(RoomId room, std::vector<BlobKey> blobs, TokenHash session);
    net::awaitable<void> write(RoomId room, std::vector<BlobKey> blobs, TokenHash session);

    MetadataStore& store_;
    EventBus& bus_;
    Recent<std::monostate, Pair, PairHash> known_{1 << 13};  // 1.5 MiB; who isn't among them costs one more look by the database
};

}  // namespace fleeting
