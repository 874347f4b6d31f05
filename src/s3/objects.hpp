#pragma once

#include "s3/answers.hpp"
#include "s3/client.hpp"

namespace fleeting::s3 {

/// A stretch of an object.
struct Range {
    std::string object;
    ByteOffset begin;
    ByteCount size;
};

/// The operations on objects that a store of blobs needs. Names are whole object keys. Thread-safe.
class Objects {
public:
    explicit Objects(Client& client) : client_(client) {}

    /// payload_hash   SHA-256 of `bytes` in hex where it is known already, else empty
    Task<> put(std::string object, Bytes bytes, std::string payload_hash = {});
    /// errors    not_found
    Task<ByteCount> size_of(std::string object);
    /// Exactly `range.size` bytes into `out`. errors: not_found, unavailable (also for fewer, or others, than asked)
    Task<> read(Range range, MutableBytes out);
    /// Returns those that are not gone now. `all_versions`: with every version that the bucket has kept of them, and of
    /// what is called as one of them and a dot: a blob's segments that were erased before it.
    Task<std::vector<std::string>> erase(std::vector<std::string> objects, bool all_versions);
    /// Every object key that begins with `prefix`.
    Task<std::vector<std::string>> list(std::string prefix);

    Task<std::string> begin_multipart(std::string object);
    /// Both return the part's ETag.
    Task<std::string> put_part(std::string object, std::string upload_id, std::size_t number, Bytes bytes);
    Task<std::string> copy_part(std::string object, std::string upload_id, std::size_t number, Range from);
    /// errors    not_found (no such upload, or no more), parts_missing (the store has others)
    Task<> complete_multipart(std::string object, std::string upload_id, std::vector<std::string> etags);
    Task<> abort_multipart(std::string object, std::string upload_id);
    /// What began before `before`.
    Task<std::vector<Listed>> list_multiparts(std::string prefix, Instant before);

private:
    using Parse = Result<Page> (*)(std::string_view);
    Task<std::vector<Listed>> list_pages(Pairs query, Parse parse, std::string next_key, std::string next_id);
    Task<std::vector<Listed>> versions_of(std::vector<std::string> const& objects);
    Task<std::vector<std::string>> erase_batch(std::span<Listed const> batch);

    Client& client_;
};

}  // namespace fleeting::s3
