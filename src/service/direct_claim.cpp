#include "service/direct_claim.hpp"

#include "async/signal.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fleeting {
namespace {

/// What the holder and the coroutine that extends share; it outlives whichever frame goes first.
struct Hold {
    DirectUploadStore& store;
    Clock const& clock;
    DirectClaimTimes times;
    BlobKey blob;
    Instant until;
    std::atomic<bool> is_over = false;
    std::atomic<bool> has_ended = false;
    Signal changed = {};
};

/// Says that the work is over, however it ends.
class Work {
public:
    explicit Work(std::shared_ptr<Hold> hold) : hold_(std::move(hold)) {}
    ~Work()
    {
        hold_->is_over = true;
        hold_->changed.give();
    }
    Work(Work const&) = delete;
    Work& operator=(Work const&) = delete;

private:
    std::shared_ptr<Hold> hold_;
};

/// False where it is lost: it has run out, or is another's.
net::awaitable<bool> extend(Hold& hold)
{
    auto const now = hold.clock.now();
    if (now >= hold.until)
        co_return false;
    auto const later = now + hold.times.lifetime;
    auto const extended = co_await hold.store.extend_direct_claim(hold.blob, hold.until, later);
    if (extended)
        hold.until = later;
    // A database that is away may be back before the claim has run out.
    co_return extended || extended.error().code != Errc::upload_busy;
}

net::awaitable<void> keep(std::shared_ptr<Hold> hold)
{
    auto is_ours = true;
    while (is_ours && !hold->is_over) {
        auto const seen = hold->changed.count();
        if (!hold->is_over)
            co_await hold->changed.wait(seen, hold->times.extended_each);
        if (!hold->is_over)
            is_ours = co_await extend(*hold);
    }
    hold->has_ended = true;
    hold->changed.give();
}

}  // namespace

Task<DirectClaim> DirectClaim::take(DirectUploadStore& store, Clock const& clock, DirectClaimTimes times, BlobKey blob)
{
    auto const now = clock.now();
    auto const until = now + times.lifetime;
    CO_TRY(co_await store.claim_direct_upload(blob, now, until));
    co_return DirectClaim{store, clock, times, blob, until};
}

Task<> DirectClaim::hold_during(Task<> work)
{
    auto const hold = std::make_shared<Hold>(*store_, *clock_, times_, blob_, until_);
    net::co_spawn(co_await net::this_coro::executor, keep(hold), net::detached);
    auto done = Result<>{};
    {
        auto const at_work = Work{hold};
        done = co_await std::move(work);
    }
    // One that is being extended is given back under its new name only.
    for (auto seen = hold->changed.count(); !hold->has_ended; seen = hold->changed.count())
        co_await hold->changed.wait(seen, Milliseconds{1'000});
    until_ = hold->until;
    co_return done;
}

Task<> DirectClaim::release(bool forget_parts)
{
    return store_->release_direct_upload(blob_, until_, forget_parts);
}

}  // namespace fleeting
