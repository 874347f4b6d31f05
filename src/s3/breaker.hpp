#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <mutex>

namespace fleeting::s3 {

/// Knows when a store is away, so that nobody waits to be told. Calls tell it how they ended; once too many in a row failed it
/// is open, and only probes find out whether the store is back. Thread-safe.
class Breaker {
public:
    /// Errors: unavailable, while it is open.
    [[nodiscard]] Result<> check() const;
    /// The store answered, whatever it said.
    void succeeded();
    /// It answered that it can't, …
    void refused();
    /// … or not at all: that counts double.
    void hung();
    /// Whether it is time to look after a store of which the last call failed; asked once for each probe.
    bool wants_probe(Deadline now);

private:
    void count(int failures);

    mutable std::mutex mutex_;
    int failures_ = 0;
    bool is_open_ = false;
    Deadline next_probe_{};
};

}  // namespace fleeting::s3
