#pragma once

#include "app/settings.hpp"

#include <memory>

namespace fleeting::app {

/// One running server: every part, built from the settings and wired together. The only place that names a backend.
class Node {
public:
    /// errors    unavailable, with what to do: port in use, data folder not ours, a database from the future …
    static Result<std::unique_ptr<Node>> open(Settings settings);
    ~Node();

    /// Serves from here on.
    void start();
    /// Tells the load balancer, lets requests run for at most `patience`, and stops. Blocks; idempotent.
    void stop(Milliseconds patience);
    /// Whether it has asked for its end itself, by SIGTERM to this process: the log says why.
    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] std::uint16_t port() const;
    /// 0 where metrics are off.
    [[nodiscard]] std::uint16_t metrics_port() const;
    /// 0 where there is no operator's interface, or it is a Unix socket.
    [[nodiscard]] std::uint16_t admin_port() const;

private:
    struct Parts;
    explicit Node(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace fleeting::app
