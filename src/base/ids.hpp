#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace fleeting {

/// `bytes` as lower-case hex digits.
std::string to_hex(Bytes bytes);
/// Exactly `out.size()` bytes from lower-case hex; false for anything else.
bool parse_hex(std::string_view text, MutableBytes out);

/// N raw bytes that mean something; `Tag` keeps a file's id from being passed as a room's.
template <class Tag, std::size_t N>
struct FixedBytes {
    std::array<std::byte, N> raw{};

    friend auto operator<=>(FixedBytes const&, FixedBytes const&) = default;
    [[nodiscard]] Bytes bytes() const { return raw; }
    [[nodiscard]] MutableBytes mutable_bytes() { return raw; }
    [[nodiscard]] std::string hex() const { return to_hex(raw); }

    /// From lower-case hex of exactly 2·N digits; `not_found` otherwise, as an id nobody made names nothing.
    static Result<FixedBytes> parse(std::string_view text)
    {
        auto id = FixedBytes{};
        if (!parse_hex(text, id.raw))
            return fail(Errc::not_found, "malformed id");
        return id;
    }
    /// From exactly N raw bytes (a database's blob).
    static Result<FixedBytes> of(Bytes bytes)
    {
        if (bytes.size() != N)
            return fail(Errc::unavailable, "stored id has the wrong length");
        auto id = FixedBytes{};
        std::ranges::copy(bytes, id.raw.begin());
        return id;
    }
};

using RoomId = FixedBytes<struct RoomIdTag, 16>;
using FileId = FixedBytes<struct FileIdTag, 16>;
using BlobKey = FixedBytes<struct BlobKeyTag, 16>;            ///< names a blob in its store; says nothing of the file
using SessionToken = FixedBytes<struct SessionTokenTag, 32>;  ///< secret: leaves the process once, to its member
using TokenHash = FixedBytes<struct TokenHashTag, 32>;        ///< SHA-256 of a token: what is stored; also the session's id
using OpenerId = FixedBytes<struct OpenerIdTag, 16>;          ///< whose network opened a room, told apart and not told
/// Who may see a receipt: SHA-256 of their session's id and the room's name, as neither is kept.
using HolderId = FixedBytes<struct HolderIdTag, 32>;
/// What shows that a device was in a room before: a keyed hash of the room's id, in its cookie and nowhere else.
using KnownMark = FixedBytes<struct KnownMarkTag, 32>;
using Sha256 = FixedBytes<struct Sha256Tag, 32>;

}  // namespace fleeting

template <class Tag, std::size_t N>
struct std::hash<fleeting::FixedBytes<Tag, N>> {
    std::size_t operator()(fleeting::FixedBytes<Tag, N> const& id) const noexcept
    {
        return std::hash<std::string_view>{}({reinterpret_cast<char const*>(id.raw.data()), N});
    }
};
