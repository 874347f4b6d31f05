#pragma once

#include "ports/blob_store.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace fleeting {

/// A blob store in memory that a test can look into, and break. One thread at a time.
class MemoryBlobs final : public BlobStore {
public:
    using Stored = std::vector<std::byte>;

    /// Bytes that the next write takes before it fails; -1: all.
    std::int64_t takes = -1;

    Stored& stored(BlobKey key) { return *blobs_.at(key); }

    Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) override
    {
        auto& blob = blobs_[key];
        if (!blob)
            blob = std::make_shared<Stored>();
        co_return std::make_unique<Writer>(*this, blob);
    }
    Task<> put(BlobKey key, Bytes bytes, bool) override
    {
        blobs_[key] = std::make_shared<Stored>(bytes.begin(), bytes.end());
        co_return Result<>{};
    }
    Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool) override
    {
        auto whole = std::make_shared<Stored>();
        for (auto const& part : parts) {
            auto const found = blobs_.find(part.key);
            if (found == blobs_.end() || found->second->size() < part.size.value)
                co_return fail(Errc::not_found, "no such part");
            whole->insert(whole->end(), found->second->begin(),
                          found->second->begin() + static_cast<std::ptrdiff_t>(part.size.value));
        }
        blobs_[key] = std::move(whole);
        co_return Result<>{};
    }
    Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) override
    {
        auto const found = blobs_.find(key);
        if (found == blobs_.end())
            co_return fail(Errc::not_found, "no such blob");
        co_return std::make_shared<Reader>(found->second);
    }
    Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) override
    {
        auto readers = std::vector<std::shared_ptr<BlobReader const>>{};
        for (auto const& key : keys)
            readers.push_back(blobs_.contains(key) ? std::make_shared<Reader>(blobs_[key]) : nullptr);
        co_return readers;
    }
    Task<ByteCount> size_of(BlobKey key) override
    {
        if (!blobs_.contains(key))
            co_return fail(Errc::not_found, "no such blob");
        co_return ByteCount{blobs_[key]->size()};
    }
    Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) override
    {
        for (auto const& key : keys)
            blobs_.erase(key);
        co_return keys;
    }
    Task<std::vector<BlobKey>> list() override
    {
        auto keys = std::vector<BlobKey>{};
        for (auto const& [key, blob] : blobs_)
            keys.push_back(key);
        co_return keys;
    }
    Result<> check_room_for(ByteCount) override { return {}; }
    [[nodiscard]] bool is_shared() const override { return false; }
    [[nodiscard]] std::optional<std::string> direct_link(BlobKey, DirectDownload const&) const override { return std::nullopt; }

private:
    static Result<> read_from(Stored const& stored, ByteOffset at, MutableBytes out)
    {
        if (at.value + out.size() > stored.size())
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        std::ranges::copy(Bytes{stored}.subspan(at.value, out.size()), out.begin());
        return {};
    }
    class Reader final : public BlobReader {
    public:
        explicit Reader(std::shared_ptr<Stored> stored) : stored_(std::move(stored)) {}
        [[nodiscard]] std::optional<FilePart> part_at(ByteOffset) const override { return std::nullopt; }
        Task<> read(ByteOffset at, MutableBytes out) const override { co_return read_blocking(at, out); }
        [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const override
        {
            return read_from(*stored_, at, out);
        }
        [[nodiscard]] Result<ByteCount> length_blocking() const override { return ByteCount{stored_->size()}; }

    private:
        std::shared_ptr<Stored> stored_;
    };
    class Writer final : public BlobWriter {
    public:
        Writer(MemoryBlobs& store, std::shared_ptr<Stored> stored) : store_(store), stored_(std::move(stored)) {}
        Task<> ready() override { co_return Result<>{}; }
        Result<> write_blocking(ByteOffset at, Bytes bytes) override
        {
            auto const is_torn = store_.takes >= 0 && static_cast<std::size_t>(store_.takes) < bytes.size();
            auto const taken = is_torn ? bytes.first(static_cast<std::size_t>(store_.takes)) : bytes;
            stored_->resize(std::max<std::size_t>(stored_->size(), at.value + taken.size()));
            std::ranges::copy(taken, stored_->begin() + static_cast<std::ptrdiff_t>(at.value));
            return is_torn ? fail(Errc::storage_full, "no room") : Result<>{};
        }
        Result<> read_blocking(ByteOffset at, MutableBytes out) override { return read_from(*stored_, at, out); }
        Task<> truncate(ByteOffset size) override
        {
            stored_->resize(size.value);
            co_return Result<>{};
        }
        [[nodiscard]] ByteOffset kept_end() const override { return ByteOffset{kMaxSize}; }
        Task<> flush() override { co_return Result<>{}; }
        Task<> sync() override { co_return Result<>{}; }
        Task<> seal(bool) override { co_return Result<>{}; }

    private:
        MemoryBlobs& store_;
        std::shared_ptr<Stored> stored_;
    };

    std::map<BlobKey, std::shared_ptr<Stored>> blobs_;
};

}  // namespace fleeting
