#pragma once

#include "async/signal.hpp"
#include "base/clock.hpp"
#include "ports/metadata_store.hpp"
#include "service/block_list.hpp"
#include "service/deliveries.hpp"
#include "service/room_service.hpp"
#include "service/upload_service.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting {

struct OperatorParts {
    MetadataStore& store;
    Clock const& clock;
    RoomService& rooms;
    UploadService& uploads;
    BlockList& blocks;
    Deliveries& deliveries;
    std::function<void()> look_at_rooms;  ///< another node may have ended one
    bool has_others = false;              ///< whether there may be other nodes
    std::string token{};                  ///< empty: whoever reaches the listener, which is a socket that nobody else can open
};

/// What an operator sees and does. They are told how large and how old rooms are and never what is in them, nor what anybody or
/// anything is called (docs/trust.md). What they do is felt on every node within a second: it stands in the database, and each
/// node looks four times a second whether there is news. Thread-safe.
class OperatorService {
public:
    explicit OperatorService(OperatorParts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] bool has_token() const { return !parts_.token.empty(); }
    /// In a time that doesn't tell how much of it is right.
    [[nodiscard]] bool is_token(std::string_view shown) const;

    /// Living rooms, the newest first. errors: unavailable
    Task<std::vector<RoomSummary>> rooms(std::size_t most);
    /// errors    unavailable
    Task<RoomTotals> totals();
    /// Ends a room at once, on every node. errors: not_found
    Task<> end_room(RoomId room);
    /// The same, of the room that somebody has reported by its name. errors: invalid_name, not_found
    Task<> end_room_named(std::string name);

    /// Turns away a file by its SHA-256, or a network: those that are there are removed, those that run are cut. Returns its one
    /// spelling. errors: invalid_request (field "block"), too_many_blocks
    Task<std::string> block(std::string text);
    /// errors    invalid_request (field "block"), not_found
    Task<> unblock(std::string text);
    /// errors    unavailable
    Task<std::vector<Block>> blocks();

    /// This node opens no rooms, or does again, and says so to its load balancer. Any thread.
    void drain(bool drains);
    [[nodiscard]] bool is_draining() const { return parts_.rooms.is_refusing_new(); }

    /// Does what the blocks in the database want: knows them, removes the files, cuts what runs. Once before the first request.
    Task<> apply();
    /// Applies what other nodes wrote; returns after `stop`. Run it on one executor. Never throws.
    net::awaitable<void> run();
    /// Any thread.
    void stop();

private:
    Task<> tell();
    Task<> remove_blocked_files();
    Task<> cut_deliveries();
    Task<bool> has_news();

    OperatorParts parts_;
    std::string news_;  ///< what `run` has seen last
    std::atomic<bool> is_asked_{false};
    std::atomic<bool> stopping_{false};
    Signal woken_;
};

}  // namespace fleeting
