#include "app/pepper_file.hpp"

#include "disk/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace fleeting::app {
namespace {

constexpr auto kShortest = std::size_t{32};
constexpr auto kLongest = std::size_t{1024};

std::string_view without_line_end(std::string_view text)
{
    for (auto const end : {'\n', '\r'})
        if (text.ends_with(end))
            text.remove_suffix(1);
    return text;
}

bool is_pepper(std::string_view text)
{
    return text.size() >= kShortest && text.size() <= kLongest &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::unexpected<Error> refuse(std::string const& name, std::string const& why)
{
    return fail_field(Errc::invalid_request, "password-pepper-file",
                      "--password-pepper-file (FLEETING_PASSWORD_PEPPER_FILE) can't be \"" + name + "\": " + why);
}

Result<disk::Descriptor> open_own_file(std::string const& name, uid_t self)
{
    // Nobody writes to a pipe that isn't one of ours: without O_NONBLOCK we would wait for them.
    auto file = disk::Descriptor{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat found{};
    if (!file || ::fstat(file.get(), &found) != 0)
        return refuse(name,
                      "it can't be read (" + std::generic_category().message(errno) + "); let it be the server's own user's");
    if (!S_ISREG(found.st_mode))
        return refuse(name, "it isn't a plain file");
    if (is_open_to_others(found.st_mode, found.st_uid, self))
        return refuse(name, "others can read or change it; chmod 600 it");
    return file;
}

}  // namespace

bool is_open_to_others(mode_t mode, uid_t owner, uid_t self)
{
    auto const is_roots_for_us = owner == 0 && self != 0;
    return (mode & (is_roots_for_us ? 0027U : 0077U)) != 0;
}

Result<std::optional<crypto::Pepper>> pepper_of(Settings const& settings, uid_t self)
{
    auto pepper = std::optional<crypto::Pepper>{};
    auto const& name = settings.password_pepper_file;
    if (name.empty())
        return pepper;
    TRY(auto const file, open_own_file(name, self));
    auto bytes = std::array<char, kLongest + 3>{};  // a line end, and one more tells a longer file
    auto const count = ::read(file.get(), bytes.data(), bytes.size());
    auto const line = without_line_end({bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))});
    if (is_pepper(line))
        pepper.emplace(std::as_bytes(std::span{line}));
    ::explicit_bzero(bytes.data(), bytes.size());
    if (!pepper)
        return refuse(name, "it doesn't hold one line of 32 to 1024 printable ASCII characters without spaces; "
                            "`head -c 32 /dev/urandom | base64` makes one");
    return pepper;
}

}  // namespace fleeting::app
