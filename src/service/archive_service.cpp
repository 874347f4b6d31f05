#include "service/archive_service.hpp"

#include "base/base64.hpp"
#include "base/little_endian.hpp"
#include "crypto/running_sha256.hpp"
#include "domain/portable_names.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// What is gathered of headers before it is sent.
constexpr auto kBatch = std::size_t{32} << 10;

/// Names the bytes that this layout gives.
std::string tag_of(ZipLayout const& layout, std::vector<BlobKey> const& blobs)
{
    auto digest = crypto::RunningSha256{};
    auto const& entries = layout.entries();
    auto numbers = std::vector<std::byte>{};
    for (auto i = std::size_t{0}; i < entries.size(); ++i) {
        numbers.clear();
        append_little_endian(numbers, std::uint64_t{entries[i].name.size()});
        append_little_endian(numbers, entries[i].size.value);
        append_little_endian(numbers, static_cast<std::uint64_t>(entries[i].modified_at.time_since_epoch().count()));
        digest.update(numbers);
        digest.update(std::as_bytes(std::span{entries[i].name}));
        digest.update(blobs[i].bytes());
    }
    return to_base64url(digest.digest().bytes().first(16));
}

std::vector<ZipEntry> zip_entries_of(std::vector<ArchiveEntry>& rows)
{
    auto names = PortableNames{};
    for (auto& row : rows) {
        row.name = portable_name(row.name);
        names.add_folders_of(row.name);
    }
    auto entries = std::vector<ZipEntry>{};
    entries.reserve(rows.size());
    for (auto& row : rows)
        entries.push_back({names.unique(std::move(row.name)), row.size, row.crc32, row.modified_at});
    return entries;
}

/// Sends what lies between two offsets of an archive, whatever it is made of there.
class Window {
public:
    Window(ByteOffset from, ByteCount count, ByteSink& sink) : at_(from), end_(from + count), sink_(sink) {}

    [[nodiscard]] bool is_full() const { return at_ == end_; }
    [[nodiscard]] ByteOffset at() const { return at_; }
    /// `bytes` stand at `begin`; what the window has of them goes out with the next full batch.
    Task<> write(ByteOffset begin, std::string_view bytes)
    {
        if (auto const part = overlap(begin, ByteCount{bytes.size()}); part.count.value > 0) {
            batch_ += bytes.substr(part.skip.value, part.count.value);
            at_ = at_ + part.count;
        }
        if (batch_.size() >= kBatch || is_full())
            co_return co_await flush();
        co_return Result<>{};
    }
    /// How many bytes of what stands at `begin` come before the window's place, and how many of it are wanted.
    struct Part {
        ByteCount skip;
        ByteCount count;
    };
    [[nodiscard]] Part overlap(ByteOffset begin, ByteCount size) const
    {
        if (at_ < begin || at_ >= begin + size)
            return {};
        auto const end = std::min(end_, begin + size);
        return {at_ - begin, end - at_};
    }
    Task<> send(BlobReader const& blob, Part part)
    {
        CO_TRY(co_await flush());
        CO_TRY(co_await sink_.send(blob, ByteOffset{part.skip.value}, part.count));
        at_ = at_ + part.count;
        co_return Result<>{};
    }
    Task<> flush()
    {
        auto const bytes = std::exchange(batch_, {});
        co_return co_await sink_.write(std::as_bytes(std::span{bytes}));
    }

private:
    ByteOffset at_;
    ByteOffset end_;
    ByteSink& sink_;
    std::string batch_;
};

}  // namespace

Task<std::shared_ptr<Archive const>> ArchiveService::lay_out(Admission const& admission, ArchiveWish wish)
{
    auto const wanted = wish.ids.size();
    auto const version = wish.at.value_or(admission.room.version);
    CO_TRY(auto rows, co_await store_.list_archive(admission.room.id, version, std::move(wish.ids), clock_.now()));
    if (wanted > 0 && rows.size() != wanted)
        co_return fail_field(Errc::not_found, "ids", "not a complete file of this room");
    auto blobs = std::vector<BlobKey>{};
    blobs.reserve(rows.size());
    for (auto const& row : rows)
        blobs.push_back(row.blob);
    auto layout = ZipLayout{zip_entries_of(rows)};
    auto tag = tag_of(layout, blobs);
    co_return std::make_shared<Archive const>(Archive{std::move(layout), std::move(blobs), std::move(tag), version});
}

Task<> ArchiveService::send(std::shared_ptr<Archive const> archive, ByteOffset from, ByteCount count, ByteSink& sink)
{
    auto const& layout = archive->layout;
    auto const& entries = layout.entries();
    auto window = Window{from, count, sink};
    for (auto i = layout.entry_at(from); i < entries.size() && !window.is_full(); ++i) {
        auto const header = layout.local_header(i);
        CO_TRY(co_await window.write(layout.begin_of(i), header));
        auto const part = window.overlap(layout.begin_of(i) + ByteCount{header.size()}, entries[i].size);
        if (part.count.value > 0) {
            CO_TRY(auto const blob, co_await blobs_.open_reader(archive->blobs[i]));
            CO_TRY(co_await window.send(*blob, part));
        }
    }
    auto at = layout.directory_begin();
    for (auto i = std::size_t{0}; i < entries.size() && !window.is_full(); ++i) {
        auto const header = layout.directory_header(i);
        CO_TRY(co_await window.write(at, header));
        at = at + ByteCount{header.size()};
    }
    CO_TRY(co_await window.write(at, layout.end_records()));
    co_return co_await window.flush();
}

}  // namespace fleeting
