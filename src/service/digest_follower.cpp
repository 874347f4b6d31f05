#include "service/digest_follower.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fleeting {
namespace {

constexpr auto kBuffer = std::size_t{256} << 10;
// What one upload gets before the next one's turn.
constexpr auto kSlice = std::uint64_t{8} << 20;
// A worker is woken for no less, but at an upload's end.
constexpr auto kWorthWaking = ByteCount{1ULL << 20};

// For the thread that calls. A thread that is merely nice keeps its core for some milliseconds when a transfer's thread wakes up
// (docs/adr/0008); and it can't come back from idle without a privilege, which is why there are threads of both kinds.
void run_when_idle()
{
    auto const none = sched_param{};
    if (::sched_setscheduler(0, SCHED_IDLE, &none) != 0)
        log::warning("digest_priority", "can't be lowered");
}

void run_nicely()
{
    constexpr auto kLowest = 19;
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowest) != 0)
        log::warning("digest_priority", "can't be lowered");
}

}  // namespace

DigestFollower::DigestFollower(DigestWorkers& workers, ReadBack read_back, crypto::RunningSha256 const& begin)
    : workers_(workers), read_back_(std::move(read_back)), digest_(begin), target_(begin.offset())
{
}

void DigestFollower::advance(ByteOffset end)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (end <= target_ && (is_queued_ || target_ == digest_.offset()))
            return;
        target_ = std::max(target_, end);
        if (is_queued_ || failure_ || target_ - digest_.offset() < kWorthWaking)
            return;
        is_queued_ = true;
    }
    workers_.push(shared_from_this());
}

bool DigestFollower::digest_here(ByteOffset at, Bytes bytes)
{
    auto const lock = std::scoped_lock{mutex_};
    if (is_queued_ || digest_.offset() != at)
        return false;
    digest_.update(bytes);
    target_ = std::max(target_, digest_.offset());
    return true;
}

Result<> DigestFollower::read_to(crypto::RunningSha256& digest, ByteOffset end) const
{
    thread_local auto buffer = std::vector<std::byte>(kBuffer);
    while (digest.offset() < end) {
        auto const part = MutableBytes{buffer}.first(std::min<std::uint64_t>(kBuffer, (end - digest.offset()).value));
        TRY(read_back_(digest.offset(), part));
        digest.update(part);
    }
    return {};
}

Result<std::optional<Sha256>> DigestFollower::digest_at(ByteOffset end)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (failure_)
            return fail(*failure_);
        if (digest_.offset() == end)
            return std::optional{digest_.digest()};
        target_ = std::max(target_, end);
        if (std::exchange(is_queued_, true))
            return std::optional<Sha256>{};
    }
    workers_.push(shared_from_this());
    return std::optional<Sha256>{};
}

Task<std::optional<Sha256>> DigestFollower::wait(ByteOffset end, Milliseconds patience)
{
    auto const self = shared_from_this();
    auto const until = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto const seen = moved_.count();
        CO_TRY(auto const digest, digest_at(end));
        auto const left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
        if (digest || left <= Milliseconds{0})
            co_return digest;
        co_await moved_.wait(seen, left);
    }
}

Task<Sha256> DigestFollower::finish(ByteOffset end)
{
    constexpr auto kLookAgain = Milliseconds{10'000};
    {
        auto const lock = std::scoped_lock{mutex_};
        is_awaited_ = true;
    }
    workers_.hurry(shared_from_this());
    while (true) {
        CO_TRY(auto const digest, co_await wait(end, kLookAgain));
        if (digest)
            co_return *digest;
    }
}

ByteOffset DigestFollower::offset() const
{
    auto const lock = std::scoped_lock{mutex_};
    return digest_.offset();
}

std::vector<std::byte> DigestFollower::save() const
{
    auto const lock = std::scoped_lock{mutex_};
    return digest_.save();
}

void DigestFollower::cancel()
{
    {
        auto const lock = std::scoped_lock{mutex_};
        failure_ = Error{Errc::cancelled, "the file is gone", {}, 0};
    }
    moved_.give();
}

bool DigestFollower::is_awaited() const
{
    auto const lock = std::scoped_lock{mutex_};
    return is_awaited_;
}

bool DigestFollower::work()
{
    auto digest = crypto::RunningSha256{};
    auto end = ByteOffset{};
    {
        auto const lock = std::scoped_lock{mutex_};
        digest = digest_;
        end = {std::min(target_.value, digest.offset().value + kSlice)};
        if (failure_)
            return is_queued_ = false;
    }
    auto const outcome = read_to(digest, end);
    {
        auto const lock = std::scoped_lock{mutex_};
        digest_ = digest;
        if (!outcome)
            failure_ = outcome.error();
        is_queued_ = outcome && digest_.offset() < target_;
        if (is_queued_)
            return true;
    }
    moved_.give();
    return false;
}

DigestWorkers::DigestWorkers(std::size_t threads)
{
    for (auto i = std::size_t{0}; i < threads; ++i) {
        threads_.emplace_back([this] { run_when_idle(), run(idle_); });
        threads_.emplace_back([this] { run_nicely(), run(awaited_); });
    }
}

DigestWorkers::~DigestWorkers()
{
    stop();
}

void DigestWorkers::stop()
{
    {
        auto const lock = std::scoped_lock{mutex_};
        stopping_ = true;
    }
    for (auto* const lane : {&idle_, &awaited_})
        lane->arrived.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable())
            thread.join();
    for (auto* const lane : {&idle_, &awaited_})
        lane->waiting.clear();
}

void DigestWorkers::push(Follower follower)
{
    auto const lock = std::scoped_lock{mutex_};
    if (stopping_)
        return;
    auto& lane = follower->is_awaited() ? awaited_ : idle_;
    lane.waiting.push_back(std::move(follower));
    lane.arrived.notify_one();
}

void DigestWorkers::hurry(Follower const& follower)
{
    auto const lock = std::scoped_lock{mutex_};
    if (std::erase(idle_.waiting, follower) == 0)
        return;
    awaited_.waiting.push_back(follower);
    awaited_.arrived.notify_one();
}

void DigestWorkers::run(Lane& lane)
{
    while (auto const follower = next(lane))
        if (follower->work())
            push(follower);
}

DigestWorkers::Follower DigestWorkers::next(Lane& lane)
{
    auto lock = std::unique_lock{mutex_};
    lane.arrived.wait(lock, [&] { return stopping_ || !lane.waiting.empty(); });
    if (stopping_)
        return nullptr;
    auto follower = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    return follower;
}

}  // namespace fleeting
