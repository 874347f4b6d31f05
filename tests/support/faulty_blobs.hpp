#pragma once

#include "ports/blob_store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace fleeting {

/// A blob store whose syncs fail as often as it is told. A writer opened after that knows of nothing, as with the kernel.
class FaultyBlobs final : public BlobStore {
public:
    explicit FaultyBlobs(BlobStore& blobs) : blobs_(blobs) {}
    std::atomic<int> syncs_to_fail = 0;
    std::atomic<Errc> sync_error = Errc::unavailable;  ///< how: a seal that has to write may find the disk full
    std::atomic<bool> says_shared = false;             ///< by other nodes too
    std::atomic<int> reads_to_fail = 0;
    std::atomic<int> read_by_writers = 0;  ///< how often a writer was asked for what it stored
    std::function<void()> before_seal;     ///< what another node does meanwhile
    std::function<bool()> keeps;           ///< asked at each erasure: whether nothing goes
    std::atomic<int> put_together = 0;     ///< how often
    std::vector<RoomId> keyed;             ///< the rooms that it says to have keys of
    std::function<void(std::vector<RoomId> const&)> before_keys_go;
    DirectUploads* direct = nullptr;  ///< what it says clients can do

    Task<BlobKey> name_blob(BlobKey fresh, RoomId room) override { return blobs_.name_blob(fresh, room); }
    [[nodiscard]] bool needs_length_to_seal(BlobKey key) const override { return blobs_.needs_length_to_seal(key); }
    Task<> erase_keys(std::vector<RoomId> rooms) override
    {
        if (before_keys_go)
            before_keys_go(rooms);
        for (auto const& room : rooms)
            std::erase(keyed, room);
        co_return co_await blobs_.erase_keys(std::move(rooms));
    }
    [[nodiscard]] std::vector<RoomId> keyed_rooms() const override { return keyed; }
    Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) override
    {
        CO_TRY(auto writer, co_await blobs_.open_writer(key));
        auto const size = co_await blobs_.size_of(key);
        co_return std::make_unique<Writer>(*this, std::move(writer), size ? size->value : 0);
    }
    Task<> put(BlobKey key, Bytes bytes, bool sync) override
    {
        auto stored = co_await blobs_.put(key, bytes, sync);
        co_return sync&& fails() ? lost() : stored;
    }
    Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync) override
    {
        ++put_together;
        return blobs_.concatenate(key, std::move(parts), sync);
    }
    Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) override
    {
        CO_TRY(auto reader, co_await blobs_.open_reader(key));
        co_return std::make_shared<Reader>(*this, std::move(reader));
    }
    Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) override
    {
        return blobs_.open_readers(std::move(keys));
    }
    Task<ByteCount> size_of(BlobKey key) override { return blobs_.size_of(key); }
    Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) override
    {
        if (keeps && keeps())
            keys.clear();
        co_return co_await blobs_.erase(std::move(keys));
    }
    Task<std::vector<BlobKey>> list() override { return blobs_.list(); }
    Result<> check_room_for(ByteCount more) override { return blobs_.check_room_for(more); }
    [[nodiscard]] bool is_shared() const override { return says_shared || blobs_.is_shared(); }
    [[nodiscard]] std::optional<std::string> direct_link(BlobKey key, DirectDownload const& how) const override
    {
        return blobs_.direct_link(key, how);
    }
    [[nodiscard]] DirectUploads* direct_uploads() override { return direct; }

private:
    class Writer final : public BlobWriter {
    public:
        Writer(FaultyBlobs& store, std::unique_ptr<BlobWriter> writer, std::uint64_t end)
            : store_(store), end_(end), writer_(std::move(writer))
        {
        }
        Result<> write_blocking(ByteOffset at, Bytes bytes) override
        {
            TRY(writer_->write_blocking(at, bytes));
            end_ = std::max(end_.load(), at.value + bytes.size());
            return {};
        }
        Result<> read_blocking(ByteOffset at, MutableBytes out) override
        {
            ++store_.read_by_writers;
            return takes_one(store_.reads_to_fail) ? fail(Errc::unavailable, "a read failed") : writer_->read_blocking(at, out);
        }
        Task<> ready() override { return writer_->ready(); }
        Task<> truncate(ByteOffset size) override
        {
            end_ = size.value;
            return writer_->truncate(size);
        }
        [[nodiscard]] ByteOffset kept_end() const override { return store_.says_shared ? ByteOffset{end_} : writer_->kept_end(); }
        Task<> flush() override { return writer_->flush(); }
        Task<> seal(bool sync) override
        {
            if (store_.before_seal)
                store_.before_seal();
            co_return sync ? co_await this->sync() : co_await writer_->seal(false);
        }
        Task<> sync() override
        {
            has_failed_ = has_failed_ || store_.fails();
            co_return has_failed_ ? store_.lost() : co_await writer_->sync();
        }

    private:
        FaultyBlobs& store_;
        std::atomic<std::uint64_t> end_;  ///< as a shared store knows it
        bool has_failed_ = false;
        std::unique_ptr<BlobWriter> writer_;
    };

    class Reader final : public BlobReader {
    public:
        Reader(FaultyBlobs& store, std::shared_ptr<BlobReader const> reader) : store_(store), reader_(std::move(reader)) {}
        [[nodiscard]] std::optional<FilePart> part_at(ByteOffset at) const override { return reader_->part_at(at); }
        Task<> read(ByteOffset at, MutableBytes out) const override { return reader_->read(at, out); }
        [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const override
        {
            return takes_one(store_.reads_to_fail) ? fail(Errc::unavailable, "a read failed") : reader_->read_blocking(at, out);
        }
        [[nodiscard]] ByteCount read_size() const override { return reader_->read_size(); }
        [[nodiscard]] Result<ByteCount> length_blocking() const override { return reader_->length_blocking(); }

    private:
        FaultyBlobs& store_;
        std::shared_ptr<BlobReader const> reader_;
    };

    static bool takes_one(std::atomic<int>& count)
    {
        auto left = count.load();
        while (left > 0 && !count.compare_exchange_weak(left, left - 1)) {
        }
        return left > 0;
    }
    bool fails() { return takes_one(syncs_to_fail); }
    [[nodiscard]] Result<> lost() const { return fail(sync_error, "a sync failed"); }

    BlobStore& blobs_;
};

}  // namespace fleeting
