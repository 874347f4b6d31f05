#pragma once

#include "http/body.hpp"
#include "service/byte_sink.hpp"

namespace fleeting::api {

/// A response's body as the service layer fills it.
class BodySink final : public ByteSink {
public:
    explicit BodySink(http::BodyWriter& writer) : writer_(writer) {}
    Task<> write(Bytes bytes) override { return writer_.write(bytes); }
    Task<> send(BlobReader const& blob, ByteOffset from, ByteCount count) override;
    [[nodiscard]] bool is_peer_gone() override { return writer_.is_peer_gone(); }

private:
    Task<> send_read(BlobReader const& blob, ByteOffset from, ByteCount count);

    http::BodyWriter& writer_;
};

}  // namespace fleeting::api
