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
    net::co_spawn(executor, write(room, std::move(blobs), session), net::detached);
}

net::awaitable<void> Takings::write(RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    for (auto begin = blobs.begin(); begin != blobs.end();) {
        auto const end = begin + std::min(blobs.end() - begin, std::ptrdiff_t{kMostAtOnce});
        auto const marked = co_await mark(room, std::vector(begin, end), session);
        if (!marked) {
            log::warning("taking_failed", marked.error().detail);
            co_return;
        }
        begin = end;
    }
}

Task<> Takings::mark(RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    std::erase_if(blobs, [&](BlobKey const& blob) { return is_known(blob, session); });
    if (blobs.empty())
        co_return Result<>{};
    // Before they are: who takes it twice at once is recorded once.
    for (auto const& blob : blobs)
        known_.keep({blob, session}, room, {});
    auto taking = co_await store_.mark_taken(room, blobs, session);
    if (!taking) {
        for (auto const& blob : blobs)
            known_.forget({blob, session});
        co_return fail(taking.error());
    }
    if (!taking->files.empty())
        bus_.publish(room, Event{taking->room_version, FilesTaken{std::move(taking->files), session}});
    co_return Result<>{};
}

}  // namespace fleeting
