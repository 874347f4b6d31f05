#pragma once

#include "app/findings.hpp"
#include "app/settings.hpp"

namespace fleeting::app {

/// What `fleeting doctor …` was told.
struct DoctorWish {
    std::string url;         ///< the address that members type; empty: only this machine is looked at
    std::string connect_to;  ///< the host to connect to in place of the URL's; empty: that one
    std::string ca_file;     ///< who vouches for the certificate; empty: the system's authorities
};

/// Looks whether what the settings name can be used, as a start does, at the machine, and at the running server through the proxy
/// in front of it.
void examine(Settings const& settings, DoctorWish const& wish, Findings& findings);

// The parts of it, a file each.
/// What keeps a server with these settings from starting.
void examine_start(Settings const& settings, Findings& findings);
void examine_machine(Settings const& settings, Findings& findings);
/// Opens a room of its own through `wish.url`, and ends it.
void examine_way_in(Settings const& settings, DoctorWish const& wish, Findings& findings);

}  // namespace fleeting::app
