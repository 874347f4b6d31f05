#include "service/digest_follower.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

namespace fleeting {
namespace {

constexpr auto kBuffer = std::size_t{256} << 10;
// What one upload gets before the next one's turn.
constexpr auto kSlice = std::uint64_t{8} << 20;
// A worker is woken for no less, but at an upload's end.
constexpr auto kWorthWaking = ByteCount{1ULL << 20};

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
    for (auto i = std::size_t{0}; i < threads; ++i)
        threads_.emplace_back([this] { loop(); });
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
    arrived_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable())
            thread.join();
    waiting_.clear();
}

void DigestWorkers::push(std::shared_ptr<DigestFollower> follower)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (stopping_)
            return;
        waiting_.push_back(std::move(follower));
    }
    arrived_.notify_one();
}

void DigestWorkers::loop()
{
    constexpr auto kLowest = 19;
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowest) != 0)
        log::warning("digest_priority", "can't be lowered");
    while (true) {
        auto follower = std::shared_ptr<DigestFollower>{};
        {
            auto lock = std::unique_lock{mutex_};
            arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (stopping_)
                return;
            follower = std::move(waiting_.front());
            waiting_.pop_front();
        }
        if (follower->work())
            push(std::move(follower));
    }
}

}  // namespace fleeting
