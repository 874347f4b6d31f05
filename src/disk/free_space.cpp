#include "disk/free_space.hpp"

#include <chrono>
#include <sys/statvfs.h>

namespace fleeting::disk {

constexpr auto kFreshForMs = 250;

std::optional<std::int64_t> FreeSpace::measure() const
{
    struct statvfs status{};
    if (::fstatvfs(folder_.get(), &status) != 0)
        return std::nullopt;
    auto const unit = static_cast<std::int64_t>(status.f_frsize);
    auto const floor = floor_.of({status.f_blocks * status.f_frsize});
    return static_cast<std::int64_t>(status.f_bavail) * unit - static_cast<std::int64_t>(floor.value);
}

Result<> FreeSpace::check_room_for(ByteCount more)
{
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    auto const now_ms = std::chrono::duration_cast<Milliseconds>(now).count();
    if (now_ms - measured_at_ms_.load() > kFreshForMs) {
        // A kernel that doesn't tell is asked again; what it told last counts meanwhile.
        if (auto const measured = measure()) {
            above_floor_ = *measured;
            measured_at_ms_ = now_ms;
        }
    }
    auto const room = above_floor_.load();
    if (room < 0 || static_cast<std::uint64_t>(room) < more.value)
        return fail(Errc::storage_full, "below the disk floor");
    return {};
}

}  // namespace fleeting::disk
