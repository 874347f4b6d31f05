#pragma once

#include "encrypted/encrypted_writer.hpp"
#include "encrypted/key_file.hpp"
#include "ports/blob_store.hpp"

namespace fleeting::encrypted {

/// `BlobStore` over another one: each blob is encrypted under its room's key, which is erased before anything else of the room
/// (ADR 19). Blobs that were stored as they are stay so, and a room that has a key goes on with it. Thread-safe.
class EncryptedBlobs final : public BlobStore {
public:
    /// stored     this node alone writes it; outlives this, as do the others
    /// keys       nothing where there are none: what is encrypted can't be read then, and nothing new is
    /// encrypts   what comes new
    EncryptedBlobs(BlobStore& stored, KeyFile* keys, BlockingPool& pool, bool encrypts)
        : stored_(stored), keys_(keys), pool_(pool), encrypts_(encrypts && keys != nullptr)
    {
    }

    Task<BlobKey> name_blob(BlobKey fresh, RoomId room) override;
    Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) override;
    Task<> put(BlobKey key, Bytes bytes, bool sync) override;
    Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync) override;
    Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) override;
    Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) override;
    Task<ByteCount> size_of(BlobKey key) override;
    Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) override { return stored_.erase(std::move(keys)); }
    Task<std::vector<BlobKey>> list() override { return stored_.list(); }
    Result<> check_room_for(ByteCount more) override { return stored_.check_room_for(more); }
    [[nodiscard]] bool is_shared() const override { return stored_.is_shared(); }
    [[nodiscard]] std::optional<std::string> direct_link(BlobKey, DirectDownload const&) const override { return std::nullopt; }
    [[nodiscard]] bool needs_length_to_seal(BlobKey key) const override;
    Task<> erase_keys(std::vector<RoomId> rooms) override;
    [[nodiscard]] std::vector<RoomId> keyed_rooms() const override;
    [[nodiscard]] bool lacks_key(BlobKey const& key) const override;

private:
    /// errors    not_found: it is erased, or the key file is gone
    [[nodiscard]] Result<crypto::HmacKey> room_key_of(BlobKey const& key) const;
    [[nodiscard]] Result<std::shared_ptr<BlobCipher const>> cipher_of(BlobKey const& key, Bytes header) const;
    Result<FoundBlob> look_blocking(BlobKey const& key, BlobReader const& stored) const;
    Task<FoundBlob> look(BlobKey key);
    Result<JoinedPart> join_blocking(BlobPart const& part, BlobReader const& stored, BlobPart& stored_part) const;
    Result<std::vector<OpenPart>> open_parts_blocking(std::vector<JoinedPart> const& joined, BlobReader const& stored) const;
    Result<std::shared_ptr<BlobReader const>> reader_blocking(BlobKey const& key, std::shared_ptr<BlobReader const> stored) const;

    BlobStore& stored_;
    KeyFile* keys_;
    BlockingPool& pool_;
    bool encrypts_;
};

}  // namespace fleeting::encrypted
