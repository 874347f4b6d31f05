#pragma once

#include "http/request.hpp"
#include "service/byte_source.hpp"

namespace fleeting::api {

/// A request's body as the service layer takes it.
class BodySource : public ByteSource {
public:
    explicit BodySource(http::Request& request) : request_(request) {}
    [[nodiscard]] std::optional<ByteCount> length() const override { return request_.body().length(); }
    Task<bool> ready() override { return request_.body().ready(); }
    Result<std::size_t> take(MutableBytes into) override { return request_.body().take(into); }
    MutableBytes scratch() override { return http::thread_scratch(); }
    [[nodiscard]] std::function<void()> canceller() const override { return request_.canceller(); }

private:
    http::Request& request_;
};

}  // namespace fleeting::api
