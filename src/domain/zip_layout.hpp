#pragma once

#include "base/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fleeting {

/// A regular file in a ZIP, stored as it is.
struct ZipEntry {
    std::string name;  ///< portable, `/` between folders
    ByteCount size;
    std::uint32_t crc32 = 0;
    Instant modified_at;
};

/// Where every byte of a ZIP is, known before a byte of it is made: stored entries, so that sizes, names and CRCs alone decide.
/// Zip64 where a size, an offset or the count needs it. docs/protocol.md has the layout. source: PKWARE APPNOTE 6.3.10
class ZipLayout {
public:
    explicit ZipLayout(std::vector<ZipEntry> entries);

    [[nodiscard]] ByteCount size() const { return size_; }
    [[nodiscard]] std::vector<ZipEntry> const& entries() const { return entries_; }

    /// The entry whose header or bytes are at `at`; entries().size() where `at` is behind all of them.
    [[nodiscard]] std::size_t entry_at(ByteOffset at) const;
    /// Where the header of entry `index` begins; its file's bytes follow at once.
    [[nodiscard]] ByteOffset begin_of(std::size_t index) const { return begins_[index]; }
    [[nodiscard]] std::string local_header(std::size_t index) const;
    /// Where the central directory begins: behind the last entry.
    [[nodiscard]] ByteOffset directory_begin() const { return directory_; }
    [[nodiscard]] std::string directory_header(std::size_t index) const;
    /// What ends the archive, behind the central directory.
    [[nodiscard]] std::string end_records() const;

private:
    std::vector<ZipEntry> entries_;
    std::vector<ByteOffset> begins_;
    ByteOffset directory_;
    ByteCount directory_size_;
    ByteCount size_;
};

}  // namespace fleeting
