#pragma once

#include "base/result.hpp"
#include "base/units.hpp"
#include "disk/descriptor.hpp"

#include <algorithm>
#include <atomic>
#include <optional>

namespace fleeting::disk {

/// What must stay free: the smaller of both, so that a small disk is of use too.
struct DiskFloor {
    ByteCount bytes{1ULL << 30};
    unsigned percent = 5;

    /// What that comes to on a disk of `total`.
    [[nodiscard]] ByteCount of(ByteCount total) const { return std::min(bytes, ByteCount{total.value / 100 * percent}); }
};

/// Free space above the floor, asked from the kernel at most four times a second. Thread-safe.
class FreeSpace {
public:
    /// folder   must outlive this
    FreeSpace(Descriptor const& folder, DiskFloor floor) : folder_(folder), floor_(floor) {}
    /// errors    storage_full
    Result<> check_room_for(ByteCount more);

private:
    [[nodiscard]] std::optional<std::int64_t> measure() const;

    Descriptor const& folder_;
    DiskFloor floor_;
    std::atomic<std::int64_t> above_floor_{0};
    std::atomic<std::int64_t> measured_at_ms_{-1'000'000};
};

}  // namespace fleeting::disk
