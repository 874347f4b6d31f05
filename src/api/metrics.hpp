#pragma once

#include "base/units.hpp"
#include "http/router.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fleeting::api {

/// A figure read when somebody asks: its name, its help, whether it only grows, and how to read it.
struct Reading {
    std::string name;
    std::string help;
    bool is_counter = true;
    std::function<double()> read;
};

/// How late the rows of rooms went after their deadlines, since the start.
struct Lateness {
    std::uint64_t count = 0;
    std::uint64_t over_1s = 0;
    Milliseconds sum{0};
    Milliseconds last{0};
    Milliseconds worst{0};
};

/// What operators watch, in Prometheus' text format. Thread-safe.
class Metrics {
public:
    explicit Metrics(std::vector<Reading> readings);
    ~Metrics();

    /// How late a room's rows went after its deadline.
    void room_erased(Milliseconds lateness);
    [[nodiscard]] std::string text();
    [[nodiscard]] Lateness lateness() const;
    /// Every reading by its name.
    [[nodiscard]] std::vector<std::pair<std::string, double>> figures() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `/metrics` and `/healthz`, for a listener of their own. `metrics` outlives `router`.
void add_metrics_routes(http::Router& router, Metrics& metrics);

}  // namespace fleeting::api
