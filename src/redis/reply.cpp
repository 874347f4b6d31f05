#include "redis/reply.hpp"

#include <algorithm>
#include <hiredis/hiredis.h>

namespace fleeting::redis {
namespace {

// A message is 64 KiB at most, and several may have come at once.
constexpr auto kMostUnread = std::size_t{1} << 20;
constexpr auto kMostItems = 1024;

redisReplyObjectFunctions bounded_functions(redisReplyObjectFunctions const& defaults)
{
    static auto const create_array = defaults.createArray;
    auto functions = defaults;
    // hiredis would allocate what the length says before a single item has come.
    functions.createArray = [](redisReadTask const* task, int count) -> void* {
        return count > kMostItems ? nullptr : create_array(task, count);
    };
    return functions;
}

Reply to_reply(redisReply const& raw)
{
    auto reply = Reply{};
    switch (raw.type) {
    case REDIS_REPLY_STATUS: reply.kind = Reply::Kind::status; break;
    case REDIS_REPLY_ERROR: reply.kind = Reply::Kind::error; break;
    case REDIS_REPLY_STRING: reply.kind = Reply::Kind::text; break;
    case REDIS_REPLY_INTEGER: reply.kind = Reply::Kind::integer; break;
    case REDIS_REPLY_ARRAY: reply.kind = Reply::Kind::array; break;
    default: break;
    }
    if (raw.str != nullptr)
        reply.text.assign(raw.str, raw.len);
    reply.integer = raw.integer;
    for (auto i = std::size_t{0}; i < raw.elements; ++i)
        reply.items.push_back(to_reply(*raw.element[i]));
    return reply;
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const
{
    redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate())
{
    static auto bounded = bounded_functions(*reader_->fn);
    reader_->fn = &bounded;
}

Result<> ReplyReader::feed(Bytes bytes)
{
    fed_ += bytes.size();
    if (fed_ > kMostUnread ||
        redisReaderFeed(reader_.get(), reinterpret_cast<char const*>(bytes.data()), bytes.size()) != REDIS_OK)
        return fail(Errc::unavailable, "redis: a reply that is larger than any we ask for");
    return {};
}

Result<std::optional<Reply>> ReplyReader::next()
{
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK)
        return fail(Errc::unavailable, std::string{"redis: "} + reader_->errstr);
    if (raw == nullptr)
        return std::optional<Reply>{};
    auto const owned = std::unique_ptr<void, decltype(&freeReplyObject)>{raw, &freeReplyObject};
    fed_ = 0;
    return std::optional{to_reply(*static_cast<redisReply const*>(raw))};
}

std::string to_command(std::vector<std::string> const& words)
{
    auto starts = std::vector<char const*>{};
    auto lengths = std::vector<std::size_t>{};
    for (auto const& word : words) {
        starts.push_back(word.data());
        lengths.push_back(word.size());
    }
    char* formatted = nullptr;
    auto const size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), starts.data(), lengths.data());
    auto const owned = std::unique_ptr<char, decltype(&redisFreeCommand)>{formatted, &redisFreeCommand};
    return size < 0 ? std::string{} : std::string{formatted, static_cast<std::size_t>(size)};
}

}  // namespace fleeting::redis
