#pragma once

#include "api/admin.hpp"
#include "app/blobs.hpp"
#include "app/peers.hpp"
#include "app/scans.hpp"

#include <functional>

namespace fleeting::app {

/// What the operator's interface tells of a node; all of it outlives the look.
struct NodeHealthParts {
    Settings const& settings;
    MetadataStore& store;
    Blobs const& blobs;
    Peers const& peers;
    Scans& scans;
    std::function<Task<>()> check_ready;
};

/// Asks each engine that this node stands on, and the disk.
Task<api::NodeHealth> look_at(NodeHealthParts parts);

}  // namespace fleeting::app
