#include "s3/breaker.hpp"

#include "base/log.hpp"

namespace fleeting::s3 {
namespace {

// Where a third of all calls fail, some five in a row do too.
constexpr auto kMostFailures = 6;
constexpr auto kBetweenProbes = Milliseconds{500};

}  // namespace

Result<> Breaker::check() const
{
    auto const lock = std::scoped_lock{mutex_};
    return is_open_ ? fail(Error{Errc::unavailable, "the store of blobs is away", {}, 1}) : Result<>{};
}

void Breaker::succeeded()
{
    auto const lock = std::scoped_lock{mutex_};
    failures_ = 0;
    if (std::exchange(is_open_, false))
        log::info("blob_store_back");
}

void Breaker::refused()
{
    count(1);
}

void Breaker::hung()
{
    count(2);
}

void Breaker::count(int failures)
{
    auto const lock = std::scoped_lock{mutex_};
    failures_ += failures;
    if (failures_ >= kMostFailures && !std::exchange(is_open_, true))
        log::warning("blob_store_away", "calls to it fail at once until a probe is answered");
}

bool Breaker::wants_probe(Deadline now)
{
    auto const lock = std::scoped_lock{mutex_};
    if (failures_ == 0 || now < next_probe_)
        return false;
    next_probe_ = now + kBetweenProbes;
    return true;
}

}  // namespace fleeting::s3
