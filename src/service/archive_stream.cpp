#include "service/archive_stream.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// What is gathered of headers before it is sent.
constexpr auto kBatch = std::size_t{32} << 10;
// Opened in one hop.
constexpr auto kReadersAhead = std::size_t{16};

}  // namespace

/// What lies between two offsets of an archive, whatever it is made of there.
class ArchiveStream::Window {
public:
    Window(ByteOffset from, ByteCount count, ByteSink& sink) : at_(from), end_(from + count), sink_(sink) {}

    [[nodiscard]] bool is_full() const { return at_ == end_; }
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

Task<std::shared_ptr<BlobReader const>> ArchiveStream::reader_of(std::size_t index)
{
    if (index - readers_begin_ >= readers_.size()) {
        auto const begin = archive_.blobs.begin() + static_cast<std::ptrdiff_t>(index);
        auto const count = std::min(kReadersAhead, archive_.blobs.size() - index);
        auto keys = std::vector<BlobKey>(begin, begin + static_cast<std::ptrdiff_t>(count));
        CO_TRY(readers_, co_await blobs_.open_readers(std::move(keys)));
        readers_begin_ = index;
    }
    auto reader = std::move(readers_[index - readers_begin_]);
    if (!reader)
        co_return fail(Errc::not_found, "a file was removed meanwhile");
    co_return reader;
}

Task<> ArchiveStream::send_entry(std::size_t index, Window& window)
{
    auto const& layout = archive_.layout;
    auto const header = layout.local_header(index);
    CO_TRY(co_await window.write(layout.begin_of(index), header));
    auto const part = window.overlap(layout.begin_of(index) + ByteCount{header.size()}, layout.entries()[index].size);
    if (part.count.value == 0)
        co_return Result<>{};
    CO_TRY(auto const blob, co_await reader_of(index));
    co_return co_await window.send(*blob, part);
}

Task<> ArchiveStream::send_directory(Window& window)
{
    auto const& layout = archive_.layout;
    auto at = layout.directory_begin();
    for (auto i = std::size_t{0}; i < layout.entries().size() && !window.is_full(); ++i) {
        auto const header = layout.directory_header(i);
        CO_TRY(co_await window.write(at, header));
        at = at + ByteCount{header.size()};
    }
    CO_TRY(co_await window.write(at, layout.end_records()));
    co_return co_await window.flush();
}

Task<> ArchiveStream::send(ByteOffset from, ByteCount count)
{
    auto window = Window{from, count, sink_};
    for (auto i = archive_.layout.entry_at(from); i < archive_.layout.entries().size() && !window.is_full(); ++i) {
        CO_TRY(co_await send_entry(i, window));
    }
    co_return co_await send_directory(window);
}

}  // namespace fleeting
