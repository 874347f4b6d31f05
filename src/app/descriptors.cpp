#include "app/descriptors.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace fleeting::app {
namespace {

constexpr auto kFewest = std::uint64_t{1'024};
// The data folder's 256, uploads that rest (256), the database, listeners, the C library.
constexpr auto kOwn = std::uint64_t{640};
// What is open for a transfer. More at once may find none: they are answered 503.
constexpr auto kTransfers = std::uint64_t{1'024};

}  // namespace

std::uint64_t raise_descriptor_limit()
{
    auto limit = rlimit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return kFewest;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

Result<> fit_into_descriptors(Settings& settings, std::uint64_t limit)
{
    if (limit < kFewest)
        return fail(Errc::unavailable, "only " + std::to_string(limit) + " files may be open at once, and " +
                                           std::to_string(kFewest) + " are needed: raise the limit (ulimit -n, LimitNOFILE)");
    auto const spare = limit - kOwn;
    auto const linked = std::min(settings.linked_files, spare / 4);
    auto const connections =
        std::min<std::uint64_t>(settings.server.max_connections, spare - linked - std::min(kTransfers, spare / 4));
    if (linked < settings.linked_files || connections < settings.server.max_connections)
        log::warning("few_descriptors", std::to_string(limit) + " open files allow " + std::to_string(connections) +
                                            " connections and " + std::to_string(linked) + " files kept open");
    settings.linked_files = linked;
    settings.server.max_connections = connections;
    return {};
}

}  // namespace fleeting::app
