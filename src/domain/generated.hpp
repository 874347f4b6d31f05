#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting {

/// Uniform in [0, bound); from the system's random source in production (`crypto::random_below`), fixed in tests.
using RandomBelow = std::function<std::uint32_t(std::uint32_t bound)>;

/// `calm-otter-42`: speakable, ASCII, a valid room name.
std::string generate_room_name(RandomBelow const& random_below);
/// The words passwords are made of: ASCII, distinct, at least 7,000.
std::vector<std::string_view> const& password_words();
/// Four of `password_words` joined by `-`: at least 51 bits.
std::string generate_password(RandomBelow const& random_below);
/// `Calm Otter`: for a member who gave none.
std::string generate_nickname(RandomBelow const& random_below);

}  // namespace fleeting
