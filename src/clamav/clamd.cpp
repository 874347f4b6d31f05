#include "clamav/clamd.hpp"

#include "clamav/answer.hpp"
#include "clamav/connection.hpp"

#include <array>
#include <span>

namespace fleeting::clamav {
namespace {

constexpr auto kConnectPatience = Milliseconds{2'000};
constexpr auto kPatience = Milliseconds{1'000};
constexpr auto kVersionPatience = Milliseconds{5'000};

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

/// A new connection's buffer takes that much at once.
Result<> send_command(Connection& connection, std::string_view command)
{
    TRY(auto const taken, connection.send_blocking(bytes_of(command), kPatience));
    return taken == command.size() ? Result<>{} : fail(Errc::unavailable, "clamd takes no command");
}

/// A chunk's length as it goes ahead of it: four bytes, the highest first.
std::array<std::byte, 4> prefix_of(std::size_t size)
{
    auto prefix = std::array<std::byte, 4>{};
    for (auto i = std::size_t{0}; i < prefix.size(); ++i)
        prefix[i] = static_cast<std::byte>(size >> (24 - 8 * i));
    return prefix;
}

class Stream final : public FileScan {
public:
    explicit Stream(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

    Result<bool> send_blocking(Bytes bytes) override { return bytes.empty() ? Result<bool>{true} : send_chunk_blocking(bytes); }
    /// An empty chunk is the end.
    Result<bool> end_blocking() override { return send_chunk_blocking({}); }
    [[nodiscard]] std::optional<Verdict> verdict() const override { return verdict_; }

    Result<bool> hear_blocking() override
    {
        if (verdict_)
            return true;
        TRY(auto const answer, connection_->receive_blocking(kPatience));
        if (!answer)
            return false;
        TRY(verdict_, parse_answer(*answer));
        return true;
    }

private:
    Result<bool> send_chunk_blocking(Bytes bytes)
    {
        if (verdict_)
            return true;
        auto const prefix = prefix_of(bytes.size());
        auto const is_ahead = sent_ < prefix.size();
        auto const rest = is_ahead ? Bytes{prefix}.subspan(sent_) : bytes.subspan(sent_ - prefix.size());
        auto const taken = connection_->send_blocking(rest, kPatience);
        if (!taken) {
            // clamd answers before it hangs up on what is too large.
            auto const heard = hear_blocking();
            return heard && *heard ? Result<bool>{true} : fail(taken.error());
        }
        sent_ += *taken;
        auto const is_done = sent_ == prefix.size() + bytes.size();
        if (is_done)
            sent_ = 0;
        return is_done;
    }

    std::unique_ptr<Connection> connection_;
    std::size_t sent_ = 0;  ///< of the chunk and its prefix
    std::optional<Verdict> verdict_;
};

}  // namespace

Result<std::unique_ptr<FileScan>> Clamd::begin_blocking()
{
    constexpr auto kCommand = std::string_view{"zINSTREAM\0", 10};
    TRY(auto connection, Connection::open_blocking(address_, kConnectPatience));
    TRY(send_command(*connection, kCommand));
    return std::make_unique<Stream>(std::move(connection));
}

Result<std::string> Clamd::version_blocking() const
{
    constexpr auto kCommand = std::string_view{"zVERSION\0", 9};
    TRY(auto connection, Connection::open_blocking(address_, kConnectPatience));
    TRY(send_command(*connection, kCommand));
    TRY(auto const answer, connection->receive_blocking(kVersionPatience));
    if (!answer || answer->empty())
        return fail(Errc::unavailable, "clamd doesn't answer");
    return *answer;
}

}  // namespace fleeting::clamav
