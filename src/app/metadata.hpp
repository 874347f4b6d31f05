#pragma once

#include "app/settings.hpp"
#include "ports/metadata_store.hpp"

#include <functional>
#include <memory>

namespace fleeting::app {

/// The metadata store of this server, whichever it is, and how to end it: what is asked is finished, nothing is asked after it.
struct Metadata {
    std::unique_ptr<MetadataStore> store;
    std::function<void()> stop;
};

/// PostgreSQL where its address is set, else SQLite in the data folder. errors: unavailable, with what to do
Result<Metadata> open_metadata(Settings const& settings);

}  // namespace fleeting::app
