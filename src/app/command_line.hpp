#pragma once

#include "app/settings.hpp"

namespace fleeting::app {

/// Runs `fleeting …` and returns the process's exit code: 0, 1 (this machine can't), 2 (the command line or a setting is wrong).
int run_command_line(int count, char** arguments, char const* const* environment, std::string_view version);

}  // namespace fleeting::app
