#pragma once

#include "async/blocking_pool.hpp"
#include "disk/descriptor.hpp"
#include "ports/tombstones.hpp"

#include <filesystem>
#include <memory>

namespace fleeting::disk {

/// `TombstoneKeeper` in a folder: each `keep` is a file of its own, named `<until in ms>-<a room's id>`, a line of room and end
/// for each mark. So a backup of the folder laid over it takes nothing away: no file ever changes.
class TombstoneFolder final : public TombstoneKeeper {
public:
    /// Opens `folder`, making it (0700) where it isn't.
    /// sync      marks outlive the machine as well
    /// errors    unavailable, with what to do: not a folder, owned by another, open to others
    static Result<std::unique_ptr<TombstoneFolder>> open(std::filesystem::path const& folder, BlockingPool& pool, bool sync);

    Task<> keep(std::vector<EndedMark> marks, Instant until) override;
    Task<std::vector<EndedMark>> list() override;
    Task<> forget(Instant now) override;

private:
    TombstoneFolder(Descriptor folder, BlockingPool& pool, bool sync) : folder_(std::move(folder)), pool_(pool), sync_(sync) {}

    [[nodiscard]] Result<> write_blocking(std::string const& name, std::string_view text) const;
    [[nodiscard]] Result<std::vector<std::string>> names_blocking() const;
    [[nodiscard]] Result<std::string> read_blocking(std::string const& name) const;

    Descriptor folder_;
    BlockingPool& pool_;
    bool sync_;
};

}  // namespace fleeting::disk
