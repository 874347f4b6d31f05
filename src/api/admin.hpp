#pragma once

#include "api/metrics.hpp"
#include "base/clock.hpp"
#include "http/assets.hpp"
#include "http/router.hpp"
#include "service/operator_service.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

// The operator's interface, on a listener of its own: docs/openapi-admin.json describes it.

namespace fleeting::api {

/// How an engine that this node stands on is: the database, the store of files, Redis, the virus scanner.
struct EngineHealth {
    std::string name;
    bool is_well = false;
    std::string trouble{};  ///< for the operator, where it isn't
    Milliseconds answered_in{0};
};

/// The disk that files are written to.
struct DiskHealth {
    ByteCount free;
    ByteCount total;
    ByteCount floor;  ///< below it uploads are refused
};

struct NodeHealth {
    std::string not_ready_because{};  ///< what /readyz is 503 for; or empty
    std::vector<EngineHealth> engines{};
    std::optional<DiskHealth> disk{};  ///< nothing where files are in a bucket
};

/// What handlers work with; all of it outlives the router.
struct AdminContext {
    OperatorService& service;
    Metrics& metrics;
    Clock const& clock;
    std::function<Task<NodeHealth>()> look;
    std::function<http::Asset const*(std::string_view path)> find_asset;
    std::string version;
    std::chrono::steady_clock::time_point started_at = std::chrono::steady_clock::now();
};

/// Adds every route of the operator's listener, and who may use them. `context` outlives `router`.
void add_admin_routes(http::Router& router, AdminContext const& context);

// A part of it, a file of its own.
void set_admin_rules(http::Router& router, AdminContext const& context);

}  // namespace fleeting::api
