#include "encrypted/encrypted_blobs.hpp"

#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"
#include "encrypted/encrypted_reader.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

Result<std::vector<std::byte>> read_stored_blocking(BlobReader const& stored, ByteOffset at, std::size_t count)
{
    auto bytes = std::vector<std::byte>(count);
    TRY(stored.read_blocking(at, bytes));
    return bytes;
}

/// How long a part lies in a whole.
ByteCount stored_length(JoinedPart const& part)
{
    if (!is_encrypted(part.key))
        return part.size;
    return part.is_sealed ? sealed_length(part.size) : ByteCount{stored_at({part.size.value}).value};
}

}  // namespace

Task<BlobKey> EncryptedBlobs::name_blob(BlobKey fresh, RoomId room)
{
    if (!encrypts_ && (keys_ == nullptr || !keys_->has_key(room)))
        co_return fresh;
    CO_TRY(auto const number, co_await keys_->number_for(room));
    co_return encrypted_name(fresh, number);
}

bool EncryptedBlobs::needs_length_to_seal(BlobKey key) const
{
    return is_encrypted(key);
}

Result<crypto::HmacKey> EncryptedBlobs::room_key_of(BlobKey const& key) const
{
    auto const found = keys_ == nullptr ? std::nullopt : keys_->find(key_number_of(key));
    if (!found)
        return fail(Errc::not_found, "the key of the blob's room is erased");
    return *found;
}

Result<std::shared_ptr<BlobCipher const>> EncryptedBlobs::cipher_of(BlobKey const& key, Bytes header) const
{
    TRY(auto const room, room_key_of(key));
    auto cipher = BlobCipher::of(room, key, header);
    return cipher ? std::make_shared<BlobCipher const>(*std::move(cipher)) : nullptr;
}

Result<FoundBlob> EncryptedBlobs::look_blocking(BlobKey const& key, BlobReader const& stored) const
{
    auto found = FoundBlob{};
    TRY(found.stored, stored.length_blocking());
    if (found.stored.value < kHeader)
        return found;
    TRY(auto const header, read_stored_blocking(stored, {}, kHeader));
    TRY(found.cipher, cipher_of(key, header));
    if (!found.cipher)
        return found;
    auto const read = [&](ByteOffset at, MutableBytes out) { return stored.read_blocking(at, out); };
    TRY(auto const end, end_of_blocking(*found.cipher, read, found.stored));
    found.size = end.size;
    found.is_sealed = end.is_sealed;
    return found;
}

Task<FoundBlob> EncryptedBlobs::look(BlobKey key)
{
    CO_TRY(auto const stored, co_await stored_.open_reader(key));
    co_return co_await pool_.run([&] { return look_blocking(key, *stored); });
}

Task<std::unique_ptr<BlobWriter>> EncryptedBlobs::open_writer(BlobKey key)
{
    CO_TRY(auto stored, co_await stored_.open_writer(key));
    if (!is_encrypted(key))
        co_return stored;
    CO_TRY(room_key_of(key));
    CO_TRY(auto found, co_await look(key));
    co_return std::make_unique<EncryptedWriter>(*keys_, pool_, key, std::move(stored), std::move(found));
}

Task<> EncryptedBlobs::put(BlobKey key, Bytes bytes, bool sync)
{
    if (!is_encrypted(key))
        co_return co_await stored_.put(key, bytes, sync);
    CO_TRY(auto const room, room_key_of(key));
    auto cipher = std::make_shared<BlobCipher const>(room, key, crypto::random_id<Salt>());
    auto const sealed = sealed_blob(std::move(cipher), bytes);
    co_return co_await stored_.put(key, sealed, sync);
}

Result<JoinedPart> EncryptedBlobs::join_blocking(BlobPart const& part, BlobReader const& stored, BlobPart& stored_part) const
{
    auto joined = JoinedPart{part.key, part.size, false};
    if (is_encrypted(part.key)) {
        TRY(auto const found, look_blocking(part.key, stored));
        if (!found.cipher || found.size < part.size)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        joined.is_sealed = found.is_sealed && found.size == part.size;
    }
    stored_part = {part.key, stored_length(joined)};
    return joined;
}

Task<> EncryptedBlobs::concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync)
{
    if (!is_encrypted(key))
        co_return co_await stored_.concatenate(key, std::move(parts), sync);
    CO_TRY(room_key_of(key));
    std::erase_if(parts, [](BlobPart const& part) { return part.size == ByteCount{}; });
    if (parts.empty())
        co_return co_await put(key, {}, sync);
    auto joined = std::vector<JoinedPart>{};
    auto stored = std::vector<BlobPart>{};
    for (auto const& part : parts) {
        CO_TRY(auto const reader, co_await stored_.open_reader(part.key));
        auto stored_part = BlobPart{};
        CO_TRY(auto const one, co_await pool_.run([&] { return join_blocking(part, *reader, stored_part); }));
        joined.push_back(one);
        stored.push_back(stored_part);
    }
    CO_TRY(co_await keys_->keep_parts(key, std::move(joined)));
    co_return co_await stored_.concatenate(key, std::move(stored), sync);
}

Result<std::vector<OpenPart>> EncryptedBlobs::open_parts_blocking(std::vector<JoinedPart> const& joined,
                                                                  BlobReader const& stored) const
{
    auto parts = std::vector<OpenPart>{};
    auto begin = ByteOffset{};
    auto stored_begin = ByteOffset{};
    for (auto const& part : joined) {
        auto open = OpenPart{part.key, nullptr, begin, stored_begin, part.size, part.is_sealed};
        if (is_encrypted(part.key)) {
            TRY(auto const header, read_stored_blocking(stored, stored_begin, kHeader));
            TRY(open.cipher, cipher_of(part.key, header));
            if (!open.cipher)
                return fail(Errc::unavailable, "a stored blob has no header");
        }
        parts.push_back(std::move(open));
        begin = begin + part.size;
        stored_begin = stored_begin + stored_length(part);
    }
    return parts;
}

Result<std::shared_ptr<BlobReader const>> EncryptedBlobs::reader_blocking(BlobKey const& key,
                                                                          std::shared_ptr<BlobReader const> stored) const
{
    TRY(room_key_of(key));
    auto parts = std::vector<OpenPart>{};
    if (auto const joined = keys_->parts_of(key); !joined.empty()) {
        TRY(parts, open_parts_blocking(joined, *stored));
    } else {
        TRY(auto const found, look_blocking(key, *stored));
        if (!found.cipher && found.stored.value >= kHeader)
            return fail(Errc::unavailable, "a stored blob has no header");
        parts.push_back({key, found.cipher, {}, {}, found.is_sealed ? std::optional{found.size} : std::nullopt, found.is_sealed});
    }
    return std::make_shared<EncryptedReader>(*keys_, std::move(stored), std::move(parts));
}

Task<std::shared_ptr<BlobReader const>> EncryptedBlobs::open_reader(BlobKey key)
{
    CO_TRY(auto stored, co_await stored_.open_reader(key));
    if (!is_encrypted(key))
        co_return stored;
    co_return co_await pool_.run([&] { return reader_blocking(key, std::move(stored)); });
}

Task<std::vector<std::shared_ptr<BlobReader const>>> EncryptedBlobs::open_readers(std::vector<BlobKey> keys)
{
    CO_TRY(auto readers, co_await stored_.open_readers(keys));
    if (std::ranges::none_of(keys, is_encrypted))
        co_return readers;
    co_return co_await pool_.run([&]() -> Result<std::vector<std::shared_ptr<BlobReader const>>> {
        for (auto i = std::size_t{0}; i < keys.size(); ++i)
            if (readers[i] && is_encrypted(keys[i])) {
                auto reader = reader_blocking(keys[i], readers[i]);
                if (!reader && reader.error().code != Errc::not_found)
                    return fail(reader.error());
                readers[i] = reader ? *std::move(reader) : nullptr;
            }
        return std::move(readers);
    });
}

Task<ByteCount> EncryptedBlobs::size_of(BlobKey key)
{
    if (!is_encrypted(key))
        co_return co_await stored_.size_of(key);
    CO_TRY(auto const reader, co_await open_reader(key));
    co_return co_await pool_.run([&] { return reader->length_blocking(); });
}

Task<> EncryptedBlobs::erase_keys(std::vector<RoomId> rooms)
{
    if (keys_ != nullptr)
        co_return co_await keys_->erase(std::move(rooms));
    co_return Result<>{};
}

std::vector<RoomId> EncryptedBlobs::keyed_rooms() const
{
    return keys_ == nullptr ? std::vector<RoomId>{} : keys_->rooms();
}

bool EncryptedBlobs::lacks_key(BlobKey const& key) const
{
    return is_encrypted(key) && !room_key_of(key);
}

}  // namespace fleeting::encrypted
