#pragma once

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <mutex>
#include <unordered_map>

namespace fleeting::http {

/// Whom limits take for one: of IPv6 the /64, all of which a single host has; of IPv4 the address.
inline boost::asio::ip::address network_of(boost::asio::ip::address const& address)
{
    if (!address.is_v6())
        return address;
    auto bytes = address.to_v6().to_bytes();
    std::ranges::fill(bytes.begin() + bytes.size() / 2, bytes.end(), 0);
    return boost::asio::ip::address_v6{bytes};
}

/// How many connections each network has open. Thread-safe.
class AddressBook {
public:
    /// Counts one more; false (and not counted) above `most`.
    bool enter(boost::asio::ip::address const& address, std::size_t most)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto& count = counts_[network_of(address)];
        if (count >= most)
            return false;
        ++count;
        return true;
    }
    void leave(boost::asio::ip::address const& address)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto const found = counts_.find(network_of(address));
        if (found != counts_.end() && --found->second == 0)
            counts_.erase(found);
    }

private:
    std::mutex mutex_;
    std::unordered_map<boost::asio::ip::address, std::size_t> counts_;
};

}  // namespace fleeting::http
