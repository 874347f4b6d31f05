#pragma once

#include "app/settings.hpp"
#include "sandbox/sandbox.hpp"

namespace fleeting::app {

/// What a server with these settings needs of the machine.
sandbox::Profile profile_of(Settings const& settings);
/// Gives up all else, unless the settings keep it, and logs what is gone. Before the first thread starts.
void give_up_the_rest(Settings const& settings);
/// A line for operators about what a start gives up.
std::string outlook_of(Settings const& settings);

}  // namespace fleeting::app
