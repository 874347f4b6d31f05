#pragma once

#include "base/result.hpp"

#include <string>
#include <utility>

namespace fleeting::disk {

/// An open file descriptor; closes it when it goes.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// `errno` as an Error: storage_full for a full disk or quota, not_found for an absent file, else unavailable.
Error errno_error(std::string doing);
/// `errno` of a sync: always unavailable. Even where the disk was full, bytes that had been taken may be lost.
Error sync_error(std::string doing);

}  // namespace fleeting::disk
