#pragma once

#include "app/settings.hpp"
#include "ports/metadata_store.hpp"

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

}  // namespace fleeting::app
