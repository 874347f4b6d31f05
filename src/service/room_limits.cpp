#include "service/room_limits.hpp"

#include "crypto/sha256.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace fleeting {
namespace {

struct Networks {
    std::string narrow;
    std::string wide;
};

Networks networks_of(std::string const& address)
{
    auto error = boost::system::error_code{};
    auto const parsed = net::ip::make_address(address, error);
    if (error)
        return {"unknown", "unknown"};
    if (parsed.is_v4())
        return {parsed.to_string(), net::ip::make_network_v4(parsed.to_v4(), 24).canonical().to_string()};
    return {net::ip::make_network_v6(parsed.to_v6(), 64).canonical().to_string(),
            net::ip::make_network_v6(parsed.to_v6(), 48).canonical().to_string()};
}

}  // namespace

std::vector<RateCharge> guess_charges(RoomRates const& rates, std::string const& name_key, std::string const& network)
{
    auto const [narrow, wide] = networks_of(network);
    auto const room = crypto::sha256(std::as_bytes(std::span{name_key})).hex();
    auto const around = RatePolicy{rates.join_network.burst * 10, rates.join_network.period / 10};
    return {{"guess:room:" + room, rates.join_room}, {"guess:net:" + narrow, rates.join_network}, {"guess:wide:" + wide, around}};
}

std::vector<RateCharge> known_charges(RoomRates const& rates, std::string const& name_key, std::string const& network)
{
    auto charges = guess_charges(rates, name_key, network);
    charges.front() = {"guess:known:" + crypto::sha256(std::as_bytes(std::span{name_key})).hex(), rates.join_known};
    return charges;
}

std::vector<RateCharge> create_charges(RoomRates const& rates, std::string const& network)
{
    auto const narrow = networks_of(network).narrow;
    return {{"create:hour:" + narrow, rates.create_hour}, {"create:day:" + narrow, rates.create_day}};
}

OpenerId opener_of(crypto::HmacKey const& key, std::string const& network)
{
    auto const narrow = networks_of(network).narrow;
    auto const mac = crypto::hmac_sha256(key, std::as_bytes(std::span{narrow}));
    auto opener = OpenerId{};
    std::ranges::copy(std::span{mac}.first(opener.raw.size()), opener.raw.begin());
    return opener;
}

}  // namespace fleeting
