#include "encrypted/encrypted_writer.hpp"

#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

// What goes to the store at once.
constexpr auto kPiece = std::size_t{256} << 10;

/// This thread's, for what is on its way to the store.
std::vector<std::byte>& thread_buffer()
{
    thread_local auto buffer = std::vector<std::byte>{};
    buffer.clear();
    return buffer;
}

}  // namespace

EncryptedWriter::EncryptedWriter(KeyFile& keys, BlockingPool& pool, BlobKey key, std::unique_ptr<BlobWriter> stored,
                                 FoundBlob found)
    : keys_(keys), pool_(pool), key_(key), stored_(std::move(stored)), end_{found.size.value}, is_sealed_(found.is_sealed),
      stored_end_(ByteOffset{found.stored.value}), cipher_(std::move(found.cipher))
{
}

std::shared_ptr<BlobCipher const> EncryptedWriter::cipher() const
{
    auto const lock = std::scoped_lock{mutex_};
    return cipher_;
}

Task<> EncryptedWriter::ready()
{
    if (!sealer_) {
        CO_TRY(co_await begin());
    }
    co_return co_await stored_->ready();
}

Task<> EncryptedWriter::begin()
{
    is_sealed_ = false;
    return end_ == ByteOffset{} ? begin_again() : begin_stretch();
}

/// What is behind the end (a seal, a torn write) goes first: nothing may look like bytes of the file.
Task<> EncryptedWriter::cut_stored(ByteOffset end)
{
    if (stored_end_ == end)
        co_return Result<>{};
    CO_TRY(co_await stored_->truncate(end));
    stored_end_ = end;
    co_return Result<>{};
}

/// With a salt of its own, so that it doesn't matter what there was.
Task<> EncryptedWriter::begin_again()
{
    auto const room = keys_.find(key_number_of(key_));
    if (!room)
        co_return fail(Errc::not_found, "the key of the blob's room is erased");
    CO_TRY(co_await cut_stored({}));
    auto stretch = std::uint32_t{0};
    if (!keys_.stretches_of(key_).empty()) {
        CO_TRY(stretch, co_await keys_.begin_stretch(key_, {}));
    }
    auto fresh = std::make_shared<BlobCipher const>(*room, key_, crypto::random_id<Salt>());
    {
        auto const lock = std::scoped_lock{mutex_};
        cipher_ = fresh;
    }
    sealer_.emplace(std::move(fresh), stretch, end_, Bytes{});
    co_return Result<>{};
}

Task<> EncryptedWriter::begin_stretch()
{
    CO_TRY(co_await cut_stored(stored_at(end_)));
    auto const begin = segment_begin(end_);
    auto before = std::vector<std::byte>((end_ - begin).value);
    CO_TRY(co_await pool_.run([&] { return stored_->read_blocking(stored_at(begin), before); }));
    CO_TRY(auto const stretch, co_await keys_.begin_stretch(key_, end_));
    sealer_.emplace(cipher(), stretch, end_, before);
    co_return Result<>{};
}

Result<> EncryptedWriter::write_blocking(ByteOffset at, Bytes bytes)
{
    if (at != end_ || !sealer_)
        return fail(Errc::unavailable, sealer_ ? "an encrypted blob grows at its end only" : "a writer that wasn't ready");
    while (!bytes.empty()) {
        auto const piece = bytes.first(std::min(bytes.size(), kPiece));
        TRY(write_piece_blocking(piece));
        bytes = bytes.subspan(piece.size());
    }
    return {};
}

Result<> EncryptedWriter::write_piece_blocking(Bytes bytes)
{
    auto& out = thread_buffer();
    if (stored_end_ == ByteOffset{})
        out = cipher()->header();
    sealer_->seal(bytes, out);
    TRY(store_blocking(out));
    end_ = sealer_->at();
    return {};
}

/// Of a write that fails nobody knows how much is stored: whatever comes next, comes in a new stretch.
Result<> EncryptedWriter::store_blocking(Bytes bytes)
{
    auto const at = *stored_end_;
    stored_end_.reset();
    if (auto const written = stored_->write_blocking(at, bytes); !written) {
        sealer_.reset();
        return written;
    }
    stored_end_ = at + ByteCount{bytes.size()};
    return {};
}

Result<> EncryptedWriter::read_blocking(ByteOffset at, MutableBytes out)
{
    auto const part = OpenPart{key_, cipher(), {}, {}, {}, false};
    auto const read = [this](ByteOffset from, MutableBytes into) { return stored_->read_blocking(from, into); };
    return read_part_blocking(part, keys_.stretches_of(key_), read, at, out);
}

Task<> EncryptedWriter::truncate(ByteOffset size)
{
    if (size >= end_)
        co_return Result<>{};
    sealer_.reset();
    is_sealed_ = false;
    end_ = size;
    co_return co_await cut_stored(size == ByteOffset{} ? size : stored_at(size));
}

ByteOffset EncryptedWriter::kept_end() const
{
    return is_sealed_ ? end_ : ByteOffset{length_of({stored_->kept_end().value}).value};
}

Task<> EncryptedWriter::seal(bool sync)
{
    if (!is_sealed_) {
        CO_TRY(co_await ready());
        auto out = stored_end_ == ByteOffset{} ? cipher()->header() : std::vector<std::byte>{};
        sealer_->finish(out);
        CO_TRY(store_blocking(out));
        sealer_.reset();
        is_sealed_ = true;
    }
    co_return co_await stored_->seal(sync);
}

}  // namespace fleeting::encrypted
