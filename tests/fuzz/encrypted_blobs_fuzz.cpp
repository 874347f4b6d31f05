// What an encrypted blob goes through: writes, cuts, restarts, torn writes and seals, in any order, against the text it should
// be. Then what is stored is altered: it may be refused, never read as another text where a tag holds it.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"
#include "encrypted/encrypted_blobs.hpp"

#include "../support/memory_blobs.hpp"

#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>

using namespace fleeting;

namespace {

/// One key file for all runs, in memory where there is such a folder.
encrypted::KeyFile& keys()
{
    static auto const kept = [] {
        auto const base =
            std::filesystem::exists("/dev/shm") ? std::filesystem::path{"/dev/shm"} : std::filesystem::temp_directory_path();
        auto const folder = base / ("fleeting-fuzz-" + crypto::random_id<RoomId>().hex());
        std::filesystem::create_directories(folder);
        auto opened = *encrypted::KeyFile::open(disk::Descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY)}, false);
        std::filesystem::remove_all(folder);
        return opened;
    }();
    return *kept;
}

void must(bool holds)
{
    if (!holds)
        std::abort();
}

class Run {
public:
    Run() : blobs_(stored_, &keys(), pool_, true)
    {
        key_ = *run_blocking(blobs_.name_blob(crypto::ordered_id<BlobKey>(Instant{}), room_));
        open();
    }
    ~Run() { must(run_blocking(keys().erase({room_})).has_value()); }

    void step(std::uint8_t what, std::uint16_t how_much)
    {
        switch (what % 6) {
        case 0: write(how_much, false); break;
        case 1: write(std::size_t{how_much} * 3, false); break;
        case 2: cut(how_much); break;
        case 3: open(); break;
        case 4: write(how_much, true); break;
        case 5: must(run_blocking(writer_->seal(false)).has_value()); break;
        default: break;
        }
        check();
    }
    void alter(std::uint16_t where)
    {
        must(run_blocking(writer_->seal(false)).has_value());
        auto& bytes = stored_.stored(key_);
        auto const seal = bytes.size() - encrypted::kTag;
        auto const at = std::size_t{where} * 7 % seal;
        bytes[at] ^= std::byte{0x10};
        must(text_.empty() || !read());
    }

private:
    /// What a restart does: bytes of a write that failed were acknowledged to nobody.
    void open()
    {
        writer_ = *run_blocking(blobs_.open_writer(key_));
        must(run_blocking(writer_->truncate({text_.size()})).has_value());
    }
    void write(std::size_t count, bool is_torn)
    {
        auto piece = std::string(count, static_cast<char>('a' + text_.size() % 26));
        must(run_blocking(writer_->ready()).has_value());
        stored_.takes = is_torn ? static_cast<std::int64_t>(count / 2) : -1;
        auto const written = writer_->write_blocking({text_.size()}, std::as_bytes(std::span{piece}));
        stored_.takes = -1;
        if (written)
            text_ += piece;
        must(written.has_value() || is_torn);
    }
    void cut(std::size_t to)
    {
        to = std::min(to * 5 % (text_.size() + 1), text_.size());
        must(run_blocking(writer_->truncate({to})).has_value());
        text_.resize(to);
    }
    std::optional<std::string> read()
    {
        auto reader = run_blocking(blobs_.open_reader(key_));
        auto text = std::string(text_.size(), '\0');
        if (!reader || !(*reader)->read_blocking({}, std::as_writable_bytes(std::span{text})))
            return std::nullopt;
        return text;
    }
    void check() { must(text_.empty() || read() == text_); }

    BlockingPool pool_{"fuzz", 1, 10};
    MemoryBlobs stored_;
    encrypted::EncryptedBlobs blobs_;
    RoomId room_ = crypto::random_id<RoomId>();
    BlobKey key_;
    std::string text_;
    std::unique_ptr<BlobWriter> writer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    constexpr auto kMost = std::size_t{40};
    auto run = Run{};
    for (auto at = std::size_t{0}; at + 3 <= size && at < 3 * kMost; at += 3)
        run.step(bytes[at], static_cast<std::uint16_t>(bytes[at + 1] | bytes[at + 2] << 8));
    run.alter(static_cast<std::uint16_t>(size == 0 ? 0 : bytes[size - 1] * 257));
    return 0;
}
