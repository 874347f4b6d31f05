#pragma once

#include "base/units.hpp"
#include "http/router.hpp"

#include <functional>
#include <memory>
#include <string>

namespace fleeting::api {

/// A figure read when somebody asks: its name, its help, whether it only grows, and how to read it.
struct Reading {
    std::string name;
    std::string help;
    bool is_counter = true;
    std::function<double()> read;
};

/// What operators watch, in Prometheus' text format. Thread-safe.
class Metrics {
public:
    explicit Metrics(std::vector<Reading> readings);
    ~Metrics();

    /// How late a room's rows went after its deadline.
    void room_erased(Milliseconds lateness);
    [[nodiscard]] std::string text();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `/metrics` and `/healthz`, for a listener of their own. `metrics` outlives `router`.
void add_metrics_routes(http::Router& router, Metrics& metrics);

}  // namespace fleeting::api
