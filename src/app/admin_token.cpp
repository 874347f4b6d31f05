#include "app/admin_token.hpp"

#include "app/knob_checks.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace fleeting::app {

Result<std::string> admin_token_of(Settings const& settings)
{
    auto const& name = settings.admin_token_file;
    if (name.empty())
        return settings.admin_token;
    auto token = std::string{};
    errno = 0;
    auto file = std::ifstream{name};
    if (!std::getline(file, token))
        return fail_field(Errc::invalid_request, "admin-token-file",
                          "can't read the token of FLEETING_ADMIN_TOKEN_FILE, " + name + ": " +
                              (errno != 0 ? std::generic_category().message(errno) : "it is empty"));
    if (token.empty() || !is_token_or_empty(token))
        return fail_field(Errc::invalid_request, "admin-token-file",
                          "the first line of " + name + " is no token: 24 to 256 printable ASCII characters without spaces");
    return token;
}

}  // namespace fleeting::app
