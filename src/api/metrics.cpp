#include "api/metrics.hpp"

#include <algorithm>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace fleeting::api {

struct Metrics::Impl {
    std::vector<Reading> readings;
    mutable std::mutex mutex;
    Lateness late;
    prometheus::Registry registry;
    prometheus::Histogram& lateness =
        prometheus::BuildHistogram()
            .Name("fleeting_room_erase_lateness_seconds")
            .Help("From a room's deadline to its rows being gone.")
            .Register(registry)
            .Add({}, prometheus::Histogram::BucketBoundaries{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60});
};

Metrics::Metrics(std::vector<Reading> readings) : impl_(std::make_unique<Impl>())
{
    impl_->readings = std::move(readings);
}

Metrics::~Metrics() = default;

void Metrics::room_erased(Milliseconds lateness)
{
    impl_->lateness.Observe(static_cast<double>(lateness.count()) / 1000);
    auto const lock = std::scoped_lock{impl_->mutex};
    auto& late = impl_->late;
    ++late.count;
    late.over_1s += lateness > Seconds{1} ? 1 : 0;
    late.sum += lateness;
    late.last = lateness;
    late.worst = std::max(late.worst, lateness);
}

std::string Metrics::text()
{
    auto families = impl_->registry.Collect();
    for (auto const& reading : impl_->readings) {
        auto family = prometheus::MetricFamily{
            reading.name, reading.help, reading.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge, {}};
        auto metric = prometheus::ClientMetric{};
        (reading.is_counter ? metric.counter.value : metric.gauge.value) = reading.read();
        family.metric.push_back(std::move(metric));
        families.push_back(std::move(family));
    }
    return prometheus::TextSerializer{}.Serialize(families);
}

Lateness Metrics::lateness() const
{
    auto const lock = std::scoped_lock{impl_->mutex};
    return impl_->late;
}

std::vector<std::pair<std::string, double>> Metrics::figures() const
{
    auto all = std::vector<std::pair<std::string, double>>{};
    for (auto const& reading : impl_->readings)
        all.emplace_back(reading.name, reading.read());
    return all;
}

static Task<http::Response> get_metrics(Metrics& metrics)
{
    auto response = http::text_response(200, metrics.text());
    response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    co_return response;
}

void add_metrics_routes(http::Router& router, Metrics& metrics)
{
    router.add(http::Method::get, "/metrics", [&metrics](http::Request&) { return get_metrics(metrics); });
    router.add(http::Method::get, "/healthz",
               [](http::Request&) -> Task<http::Response> { co_return http::json_response(200, R"({"status":"ok"})"); });
}

}  // namespace fleeting::api
