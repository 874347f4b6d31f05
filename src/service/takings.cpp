#include "service/takings.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fleeting {
namespace {

// Of an archive of very many files: others want to write in between.
constexpr auto kMostAtOnce = std::size_t{1000};

}  // namespace

void Takings::record(net::any_io_executor const& executor, RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    std::erase_if(blobs, [&](BlobKey const& blob) { return is_known(blob, session); });
    // Before they are: who takes it twice at once is recorded once.
    for (auto const& blob : blobs)
        known_.keep({blob, session}, room, {});
    if (!blobs.empty())
        net::co_spawn(executor, write(room, std::move(blobs), session), net::detached);
}

net::awaitable<void> Takings::write(RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    for (auto begin = blobs.begin(); begin != blobs.end();) {
        auto const end = begin + std::min(blobs.end() - begin, std::ptrdiff_t{kMostAtOnce});
        auto some = std::vector(begin, end);
        auto taking = co_await store_.mark_taken(room, some, session);
        if (!taking) {
            log::warning("taking_failed", taking.error().detail);
            std::for_each(begin, blobs.end(), [&](BlobKey const& blob) { known_.forget({blob, session}); });
            co_return;
        }
        if (!taking->files.empty())
            bus_.publish(room, Event{taking->room_version, FilesTaken{std::move(taking->files), session}});
        begin = end;
    }
}

}  // namespace fleeting
