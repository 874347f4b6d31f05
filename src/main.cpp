#include "app/command_line.hpp"

#include <unistd.h>

/// jemalloc's settings (jemalloc(3), TUNING). What was freed goes back to the system after half a second and at once, not lazily,
/// so that the memory that is told is the memory that is in use.
extern "C" char const* malloc_conf;
char const* malloc_conf = "dirty_decay_ms:500,muzzy_decay_ms:0";

int main(int count, char** arguments)
{
    return fleeting::app::run_command_line(count, arguments, environ, FLEETING_VERSION);
}
