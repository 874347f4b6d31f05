#pragma once

#include "crypto/running_sha256.hpp"
#include "s3/budget.hpp"

#include <algorithm>

#include <memory>

namespace fleeting::s3 {

/// What one call of a writer may bring.
inline constexpr auto kLeastBuffer = std::size_t{256} << 10;
/// What a segment is, where memory allows.
inline constexpr auto kMostBuffer = std::size_t{8} << 20;

/// Bytes of a blob that aren't stored yet. Begins small, so that small files cost little, and grows once from the budget.
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(ByteOffset at) : at_(at) {}
    Buffer(Buffer&&) noexcept = default;
    Buffer& operator=(Buffer&&) noexcept = default;

    [[nodiscard]] ByteOffset at() const { return at_; }
    [[nodiscard]] ByteOffset end() const { return at_ + ByteCount{size_}; }
    [[nodiscard]] bool is_empty() const { return size_ == 0; }
    [[nodiscard]] Bytes bytes() const { return {bytes_.get(), size_}; }
    /// SHA-256 of them in hex; nothing where they weren't only appended.
    [[nodiscard]] std::string digest() const { return is_cut_ ? std::string{} : digest_.digest().hex(); }
    [[nodiscard]] bool has_room(std::size_t count) const { return count <= std::max(capacity_, kLeastBuffer) - size_; }

    /// False where the budget has nothing left, or it is as large as it may be.
    bool grow(Budget& budget);
    /// digests   whether `digest` will be asked for. The caller has seen that there is room.
    void append(Bytes bytes, bool digests);
    /// Drops what lies behind `end`, which lies within.
    void cut(ByteOffset end);

private:
    void reserve(std::size_t capacity);

    ByteOffset at_;
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    Budget::Grant grant_;
    crypto::RunningSha256 digest_;
    bool is_cut_ = false;
};

}  // namespace fleeting::s3
