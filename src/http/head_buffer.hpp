#pragma once

#include <cstddef>
#include <memory>

namespace fleeting::http {

/// Where a connection reads heads into: nothing at first, 4 KiB, and as much as a head may have where that isn't enough. The
/// usual 4 KiB come from the thread and go back to it, so that a connection may give them up between two requests at no cost. On
/// one thread.
class HeadBuffer {
public:
    HeadBuffer() = default;
    ~HeadBuffer() { release(); }
    HeadBuffer(HeadBuffer const&) = delete;
    HeadBuffer& operator=(HeadBuffer const&) = delete;

    [[nodiscard]] char* data() const { return bytes_.get(); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// Makes it larger, and keeps the first `used` bytes.
    void grow(std::size_t used);
    void release();

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
};

}  // namespace fleeting::http
