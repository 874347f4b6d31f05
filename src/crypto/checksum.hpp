#pragma once

#include "base/checksum.hpp"
#include "base/units.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace fleeting::crypto {

/// SHA-1 in hex, for who names texts by it; it proves nothing.
std::string sha1_hex(std::string_view text);

/// Holds the bytes of one request to what its client stated.
class Checksum {
public:
    explicit Checksum(StatedChecksum stated);
    Checksum(Checksum&&) noexcept;
    Checksum& operator=(Checksum&&) noexcept;
    ~Checksum();

    void update(Bytes bytes);
    /// Whether all that came is what was stated. Call once.
    [[nodiscard]] bool matches();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fleeting::crypto
