#pragma once

#include "app/settings.hpp"
#include "ports/metadata_store.hpp"
#include "postgres/sole_lock.hpp"

#include <functional>
#include <memory>

namespace fleeting::app {

/// The metadata store of this server, whichever it is.
struct Metadata {
    std::unique_ptr<MetadataStore> store;
    std::function<void()> stop;             ///< what is asked is finished, nothing is asked after it
    std::function<std::size_t()> queued{};  ///< calls that wait for a connection; empty where there are none to wait for
};

/// PostgreSQL where its address is set, else SQLite in the data folder. errors: unavailable, with what to do
Result<Metadata> open_metadata(Settings const& settings);

/// Where rows are in PostgreSQL and bytes in a folder, what keeps a second such node away, which would list files that it can't
/// read; elsewhere nothing.
///
/// on_lost   another node took the database over; the lock's thread
/// errors    unavailable, with what to do: another node has a folder of its own
Result<std::unique_ptr<postgres::SoleLock>> take_sole_lock(Settings const& settings, std::function<void()> on_lost);

}  // namespace fleeting::app
