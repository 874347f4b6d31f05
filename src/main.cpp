#include "app/command_line.hpp"

#include <unistd.h>

int main(int count, char** arguments)
{
    return fleeting::app::run_command_line(count, arguments, environ, FLEETING_VERSION);
}
