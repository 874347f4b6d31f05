#pragma once

#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct redisReader;

namespace fleeting::redis {

/// What Redis answers (RESP 2).
struct Reply {
    enum class Kind : std::uint8_t { nothing, status, error, text, integer, array };
    Kind kind = Kind::nothing;
    std::string text;  ///< of a status, an error or a text
    std::int64_t integer = 0;
    std::vector<Reply> items;

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
};

/// Replies out of a byte stream, by hiredis's reader. Bounded: a server that lies costs no memory.
class ReplyReader {
public:
    ReplyReader();

    /// errors    unavailable: not RESP, or larger than anything we ask for. Of no use afterwards.
    Result<> feed(Bytes bytes);
    /// The next whole reply, or nothing yet. errors: as `feed`
    Result<std::optional<Reply>> next();

private:
    struct Free {
        void operator()(redisReader* reader) const;
    };
    std::unique_ptr<redisReader, Free> reader_;
    std::size_t fed_ = 0;  ///< since the last whole reply
};

/// A command as it goes over the wire.
std::string to_command(std::vector<std::string> const& words);

}  // namespace fleeting::redis
