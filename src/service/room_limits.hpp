#pragma once

#include "ports/rate_limiter.hpp"
#include "service/room_service.hpp"

#include <string>
#include <vector>

namespace fleeting {

/// The buckets a guess at `name_key`'s password is charged to: the room, the caller's network (/32 or /64) and the one around
/// it (/24 or /48, ten times as wide). The name is hashed, so that limits in a shared store tell no names.
std::vector<RateCharge> guess_charges(RoomRates const& rates, std::string const& name_key, std::string const& network);
/// As above, of a device that was in the room before: in place of the room's bucket that of all such devices.
std::vector<RateCharge> known_charges(RoomRates const& rates, std::string const& name_key, std::string const& network);
/// The buckets one new room is charged to.
std::vector<RateCharge> create_charges(RoomRates const& rates, std::string const& network);
/// Tells rooms of one network (/32 or /64) apart from others' without telling the network to who reads the database alone.
OpenerId opener_of(crypto::HmacKey const& key, std::string const& network);

}  // namespace fleeting
