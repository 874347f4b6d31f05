#pragma once

#include "app/settings.hpp"

#include <optional>
#include <sys/types.h>
#include <unistd.h>

namespace fleeting::app {

/// The pepper out of the file of `password-pepper-file`; nothing where none is set.
/// self      who the server runs as
/// errors    invalid_request naming setting, file and what to do: it can't be read, is no file, others can read it, or what is in
///           it is no pepper
Result<std::optional<crypto::Pepper>> pepper_of(Settings const& settings, uid_t self = ::geteuid());

/// Whether others than its owner, root and `self` can read or change a file of that owner and mode. A group may read one of
/// root's, as PostgreSQL has it: so do systemd and Kubernetes hand secrets to a service.
bool is_open_to_others(mode_t mode, uid_t owner, uid_t self);

}  // namespace fleeting::app
