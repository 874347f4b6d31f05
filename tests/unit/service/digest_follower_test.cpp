#include "service/digest_follower.hpp"

#include "async/run_blocking.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <semaphore>

namespace fleeting {
namespace {

constexpr auto kSize = ByteOffset{20ULL << 20};

/// Zeros, and how the threads that asked for them were scheduled.
struct Zeros {
    std::mutex mutex;
    std::vector<int> policies;

    Result<> read(MutableBytes out)
    {
        std::ranges::fill(out, std::byte{0});
        auto const lock = std::scoped_lock{mutex};
        policies.push_back(::sched_getscheduler(0));
        return {};
    }
};

Sha256 digest_of_zeros()
{
    return crypto::sha256(std::vector<std::byte>(kSize.value));
}

TEST(DigestFollower, RunsOnlyWhereACoreIsIdleWhileNobodyWaits)
{
    auto zeros = Zeros{};
    auto workers = DigestWorkers{1};
    auto const follower = std::make_shared<DigestFollower>(
        workers, [&](ByteOffset, MutableBytes out) { return zeros.read(out); }, crypto::RunningSha256{});
    follower->advance(kSize);
    EXPECT_EQ(run_blocking(follower->wait(kSize, Milliseconds{60'000})).value(), digest_of_zeros());
    workers.stop();
    EXPECT_EQ(std::ranges::count(zeros.policies, SCHED_IDLE), std::ssize(zeros.policies));
}

TEST(DigestFollower, RunsLikeOthersOnceSomebodyWaits)
{
    auto zeros = Zeros{};
    auto held = std::counting_semaphore<4>{0};
    auto workers = DigestWorkers{1};
    auto const busy = std::make_shared<DigestFollower>(
        workers,
        [&](ByteOffset, MutableBytes) -> Result<> {
            held.acquire();
            return {};
        },
        crypto::RunningSha256{});
    busy->advance(ByteOffset{1ULL << 20});  // has the only idle thread
    auto const follower = std::make_shared<DigestFollower>(
        workers, [&](ByteOffset, MutableBytes out) { return zeros.read(out); }, crypto::RunningSha256{});
    follower->advance(kSize);
    EXPECT_EQ(run_blocking(follower->finish(kSize)).value(), digest_of_zeros());
    EXPECT_EQ(std::ranges::count(zeros.policies, SCHED_OTHER), std::ssize(zeros.policies));
    busy->cancel();
    held.release(4);
}

}  // namespace
}  // namespace fleeting
