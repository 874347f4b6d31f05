#pragma once

#include "domain/events.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace fleeting {

/// An event as all subscribers of its room have it, with the text in which they pass it on: made once for all of them, and gone
/// with the event. Thread-safe.
class SharedEvent {
public:
    explicit SharedEvent(Event event) : event_(std::move(event)) {}

    [[nodiscard]] std::uint64_t version() const { return event_.version; }
    [[nodiscard]] auto const& what() const { return event_.what; }
    /// What `make` gives, which must depend on the event and on `id` alone.
    [[nodiscard]] std::shared_ptr<std::string const> text(std::optional<std::uint64_t> id,
                                                          std::function<std::string()> const& make) const
    {
        auto const lock = std::scoped_lock{mutex_};
        // Nearly always the same id: only who was told in another order asks for another.
        if (!text_ || id_ != id) {
            text_ = std::make_shared<std::string const>(make());
            id_ = id;
        }
        return text_;
    }

private:
    Event event_;
    mutable std::mutex mutex_;
    mutable std::optional<std::uint64_t> id_;
    mutable std::shared_ptr<std::string const> text_;
};

}  // namespace fleeting
