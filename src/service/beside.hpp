#pragma once

#include "async/blocking_pool.hpp"
#include "base/units.hpp"
#include "service/open_upload.hpp"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <vector>

namespace fleeting {

/// A few large buffers for the whole process: what uploads that are stored beside their reading borrow. Thread-safe.
class Slabs {
public:
    using Slab = std::unique_ptr<std::byte[]>;
    static constexpr auto kSize = std::size_t{512} << 10;

    explicit Slabs(std::size_t most) : left_(most) {}
    /// Nothing when all are lent out.
    Slab borrow();
    void give_back(Slab slab);

private:
    std::mutex mutex_;
    std::size_t left_;
    std::vector<Slab> free_;
};

/// Stores one slab of an upload in the pool while its connection's thread reads the next: SHA-256 is the limit of an upload, so
/// it gets a core of its own. On one thread, but for the work itself. `join` before it goes.
class Beside {
public:
    Beside(net::any_io_executor home, BlockingPool& pool, Slabs& slabs, OpenUpload& upload);
    Beside(Beside const&) = delete;
    Beside& operator=(Beside const&) = delete;

    /// Starts storing the first `count` bytes of `slab`; none may be running.
    void start(Slabs::Slab slab, std::size_t count);
    /// Waits for what runs and moves the upload's offset by it. Nothing running: returns at once.
    Task<> join();

private:
    net::awaitable<void> work();

    BlockingPool& pool_;
    Slabs& slabs_;
    OpenUpload& upload_;
    net::any_io_executor home_;
    net::steady_timer done_;
    Slabs::Slab slab_;
    std::size_t count_ = 0;
    bool is_running_ = false;
    Result<> outcome_;
};

}  // namespace fleeting
