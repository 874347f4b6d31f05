#pragma once

#include "clamav/address.hpp"
#include "ports/scanner.hpp"

#include <string>

namespace fleeting::clamav {

/// ClamAV's daemon. Each file goes through a connection of its own, by INSTREAM.
class Clamd final : public Scanner {
public:
    explicit Clamd(Address address) : address_(std::move(address)) {}
    Result<std::unique_ptr<FileScan>> begin_blocking() override;
    /// Its version and that of its signatures, as `ClamAV 1.4.6/27500/…`. errors: unavailable
    Result<std::string> version_blocking() const;

private:
    Address address_;
};

}  // namespace fleeting::clamav
