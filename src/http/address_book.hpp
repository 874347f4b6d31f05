#pragma once

#include <boost/asio/ip/address.hpp>
#include <mutex>
#include <unordered_map>

namespace fleeting::http {

/// How many connections each address has open. Thread-safe.
class AddressBook {
public:
    /// Counts one more; false (and not counted) above `most`.
    bool enter(boost::asio::ip::address const& address, std::size_t most)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto& count = counts_[address];
        if (count >= most)
            return false;
        ++count;
        return true;
    }
    void leave(boost::asio::ip::address const& address)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto const found = counts_.find(address);
        if (found != counts_.end() && --found->second == 0)
            counts_.erase(found);
    }

private:
    std::mutex mutex_;
    std::unordered_map<boost::asio::ip::address, std::size_t> counts_;
};

}  // namespace fleeting::http
