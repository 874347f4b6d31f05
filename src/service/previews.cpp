#include "service/previews.hpp"

#include "domain/sniffing.hpp"

#include <algorithm>
#include <vector>

namespace fleeting {
namespace {

Task<std::vector<std::byte>> beginning_of(LinkedFile const& file, std::size_t most)
{
    auto bytes = std::vector<std::byte>(std::min<std::uint64_t>(most, file.file.size.value));
    CO_TRY(co_await file.reader->read(ByteOffset{0}, bytes));
    co_return bytes;
}

Task<std::string_view> look_at(std::shared_ptr<LinkedFile const> file)
{
    CO_TRY(auto const beginning, co_await beginning_of(*file, kSniffedBytes));
    if (auto const type = sniffed_type(beginning))
        co_return *type;
    if (file->file.size.value > kMostTextBytes)
        co_return std::string_view{};
    CO_TRY(auto const text, co_await beginning_of(*file, kMostTextBytes));
    co_return std::string_view{is_plain_text(text) ? "text/plain; charset=utf-8" : ""};
}

}  // namespace

Task<std::string_view> Previews::type_of(std::shared_ptr<LinkedFile const> file)
{
    if (!file->reader)
        co_return fail(Errc::not_previewable, "still going up");
    auto type = known_.find(file->file.id);
    if (!type) {
        CO_TRY(type, co_await look_at(file));
        known_.keep(file->file.id, file->file.room_id, *type);
    }
    if (type->empty())
        co_return fail(Errc::not_previewable, "neither of a kind that is shown, nor text");
    co_return *type;
}

}  // namespace fleeting
