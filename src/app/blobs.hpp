#pragma once

#include "api/metrics.hpp"
#include "app/settings.hpp"
#include "async/blocking_pool.hpp"
#include "disk/folder.hpp"
#include "encrypted/key_file.hpp"
#include "ports/blob_store.hpp"
#include "ports/metadata_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fleeting::app {

/// The blob store of this server, whichever it is.
struct Blobs {
    std::unique_ptr<BlobStore> stored = {};         ///< under `store`, where that encrypts
    std::unique_ptr<encrypted::KeyFile> keys = {};  ///< the same
    std::unique_ptr<BlobStore> store;
    std::function<void()> stop;                   ///< ends what is asked; nothing is asked after it
    std::function<std::size_t()> waiting;         ///< work on the disk
    std::function<Result<>()> check;              ///< errors: unavailable, where it is known to be away
    std::vector<api::Reading> readings = {};      ///< its own
    std::optional<disk::Descriptor> folder = {};  ///< the data folder, held where the store doesn't
};

/// A bucket where one is set, else the data folder, encrypted where that is wished for or was before.
///
/// folder    of the data, locked; nothing where nothing here lies in it
/// errors    unavailable, with what to do
Result<Blobs> open_blobs(Settings const& settings, std::optional<disk::Descriptor> folder, BlockingPool& disk_pool,
                         MetadataStore& metadata);

/// Whether anything is kept in the data folder.
bool needs_data_folder(Settings const& settings);

/// errors    unavailable, with what to do: files of a bucket are to be encrypted here
Result<> check_encryption(Settings const& settings);

}  // namespace fleeting::app
