#include "app/inherited.hpp"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace fleeting {
namespace {

constexpr auto kFirst = 3;  // SD_LISTEN_FDS_START

/// The variable's number, and no variable any more. Negative where there is none.
long take_number(char const* name)
{
    auto const* const value = std::getenv(name);
    auto const text = std::string{value != nullptr ? value : ""};
    ::unsetenv(name);
    auto number = -1L;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : -1L;
}

bool listens_for_streams(int socket)
{
    auto const has = [socket](int option, int wanted) {
        auto value = 0;
        auto size = socklen_t{sizeof value};
        return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
    };
    return has(SO_TYPE, SOCK_STREAM) && has(SO_ACCEPTCONN, 1);
}

}  // namespace

Result<std::optional<int>> take_inherited_listener()
{
    auto const pid = take_number("LISTEN_PID");
    auto const count = take_number("LISTEN_FDS");
    ::unsetenv("LISTEN_FDNAMES");
    if (pid != ::getpid() || count <= 0)
        return std::nullopt;
    if (count > 1)
        return fail(Errc::invalid_request,
                    "LISTEN_FDS: the server takes one socket (one ListenStream= in the socket unit), not " +
                        std::to_string(count));
    if (!listens_for_streams(kFirst))
        return fail(Errc::invalid_request,
                    "LISTEN_FDS: what was handed over doesn't listen for streams (ListenStream=, Accept=no)");
    ::fcntl(kFirst, F_SETFD, FD_CLOEXEC);
    return kFirst;
}

}  // namespace fleeting
