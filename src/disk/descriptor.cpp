#include "disk/descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace fleeting::disk {

Descriptor::~Descriptor()
{
    if (fd_ >= 0)
        ::close(fd_);
}

Error errno_error(std::string doing)
{
    auto const code = errno;
    auto const errc = code == ENOSPC || code == EDQUOT ? Errc::storage_full
                      : code == ENOENT                 ? Errc::not_found
                                                       : Errc::unavailable;
    return Error{errc, std::move(doing) + ": " + std::strerror(code), {}, 0};
}

Error sync_error(std::string doing)
{
    auto error = errno_error(std::move(doing));
    error.code = Errc::unavailable;
    return error;
}

}  // namespace fleeting::disk
