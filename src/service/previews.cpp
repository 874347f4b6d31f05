#include "service/previews.hpp"

#include "domain/sniffing.hpp"

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace fleeting {
namespace {

Result<std::vector<std::byte>> beginning_blocking(LinkedFile const& file, std::size_t most)
{
    auto bytes = std::vector<std::byte>(std::min<std::uint64_t>(most, file.file.size.value));
    auto filled = std::size_t{0};
    while (filled < bytes.size()) {
        auto const read =
            ::pread(file.reader->descriptor(), bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
        if (read <= 0)
            return fail(Errc::unavailable, "a blob is shorter than its file");
        filled += static_cast<std::size_t>(read);
    }
    return bytes;
}

Result<std::string_view> looked_at_blocking(LinkedFile const& file)
{
    TRY(auto const beginning, beginning_blocking(file, kSniffedBytes));
    if (auto const type = sniffed_type(beginning))
        return *type;
    if (file.file.size.value > kMostTextBytes)
        return std::string_view{};
    TRY(auto const text, beginning_blocking(file, kMostTextBytes));
    return std::string_view{is_plain_text(text) ? "text/plain; charset=utf-8" : ""};
}

}  // namespace

Task<std::string_view> Previews::type_of(std::shared_ptr<LinkedFile const> file)
{
    if (!file->reader)
        co_return fail(Errc::not_previewable, "still going up");
    auto type = known_.find(file->file.id);
    if (!type) {
        CO_TRY(type, co_await disk_pool_.run([&] { return looked_at_blocking(*file); }));
        known_.keep(file->file.id, file->file.room_id, *type);
    }
    if (type->empty())
        co_return fail(Errc::not_previewable, "neither of a kind that is shown, nor text");
    co_return *type;
}

}  // namespace fleeting
