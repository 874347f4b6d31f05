#include "domain/zip_layout.hpp"

#include <algorithm>
#include <chrono>

namespace fleeting {
namespace {

constexpr auto kMax32 = std::uint64_t{0xFFFFFFFF};
constexpr auto kMax16 = std::size_t{0xFFFF};
constexpr auto kVersionPlain = 20U;
constexpr auto kVersionZip64 = 45U;
constexpr auto kMadeByUnix = 3U << 8;
constexpr auto kUtf8Names = 1U << 11;
constexpr auto kRegularFile = 0100644U << 16;
constexpr auto kTimeExtraSize = std::size_t{9};

/// Little-endian numbers, one behind the other.
class Record {
public:
    Record& u16(std::uint64_t value) { return put(value, 2); }
    Record& u32(std::uint64_t value) { return put(value, 4); }
    Record& u64(std::uint64_t value) { return put(value, 8); }
    Record& text(std::string_view bytes)
    {
        bytes_ += bytes;
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
    Record& put(std::uint64_t value, int bytes)
    {
        for (auto i = 0; i < bytes; ++i)
            bytes_ += static_cast<char>(value >> (8 * i));
        return *this;
    }
    std::string bytes_;
};

struct DosTime {
    unsigned date;
    unsigned time;
};

/// MS-DOS can tell 1980 to 2107, in steps of two seconds; the extra field tells it exactly.
DosTime dos_time_of(Instant at)
{
    using namespace std::chrono;
    auto const day = floor<days>(at);
    auto const date = year_month_day{day};
    auto const year = static_cast<int>(date.year());
    if (year < 1980 || year > 2107)
        return {(1U << 5) | 1U, 0};
    auto const time = hh_mm_ss{floor<seconds>(at - day)};
    return {(static_cast<unsigned>(year - 1980) << 9) | (static_cast<unsigned>(date.month()) << 5) |
                static_cast<unsigned>(date.day()),
            (static_cast<unsigned>(time.hours().count()) << 11) | (static_cast<unsigned>(time.minutes().count()) << 5) |
                (static_cast<unsigned>(time.seconds().count()) / 2)};
}

bool is_large(ZipEntry const& entry)
{
    return entry.size.value >= kMax32;
}

/// Extended timestamp (0x5455): modification time as Unix seconds, 32 bits.
void put_time_extra(Record& record, ZipEntry const& entry)
{
    auto const seconds = std::chrono::floor<Seconds>(entry.modified_at).time_since_epoch().count();
    auto const bounded = std::clamp<std::int64_t>(seconds, 0, 0x7FFFFFFF);
    record.u16(0x5455).u16(kTimeExtraSize - 4).text("\x01").u32(static_cast<std::uint64_t>(bounded));
}

std::uint64_t capped(std::uint64_t value)
{
    return std::min(value, kMax32);
}

std::size_t local_extra_size(ZipEntry const& entry)
{
    return kTimeExtraSize + (is_large(entry) ? 20 : 0);
}

std::uint64_t local_size(ZipEntry const& entry)
{
    return 30 + entry.name.size() + local_extra_size(entry) + entry.size.value;
}

/// Bytes of the Zip64 extra field in the central directory, its header not counted; 0 where none is needed.
std::size_t directory_zip64_size(ZipEntry const& entry, ByteOffset begin)
{
    return (is_large(entry) ? 16U : 0U) + (begin.value >= kMax32 ? 8U : 0U);
}

std::uint64_t directory_size(ZipEntry const& entry, ByteOffset begin)
{
    auto const zip64 = directory_zip64_size(entry, begin);
    return 46 + entry.name.size() + kTimeExtraSize + (zip64 > 0 ? zip64 + 4 : 0);
}

}  // namespace

ZipLayout::ZipLayout(std::vector<ZipEntry> entries) : entries_(std::move(entries))
{
    begins_.reserve(entries_.size());
    for (auto const& entry : entries_) {
        begins_.push_back(directory_);
        directory_ = directory_ + ByteCount{local_size(entry)};
        directory_size_ = directory_size_ + ByteCount{directory_size(entry, begins_.back())};
    }
    size_ = ByteCount{directory_.value} + directory_size_ + ByteCount{end_records().size()};
}

std::size_t ZipLayout::entry_at(ByteOffset at) const
{
    if (at >= directory_)
        return entries_.size();
    return static_cast<std::size_t>(std::ranges::upper_bound(begins_, at) - begins_.begin()) - 1;
}

std::string ZipLayout::local_header(std::size_t index) const
{
    auto const& entry = entries_[index];
    auto const when = dos_time_of(entry.modified_at);
    auto record = Record{};
    record.u32(0x04034b50).u16(is_large(entry) ? kVersionZip64 : kVersionPlain).u16(kUtf8Names).u16(0);
    record.u16(when.time).u16(when.date).u32(entry.crc32).u32(capped(entry.size.value)).u32(capped(entry.size.value));
    record.u16(entry.name.size()).u16(local_extra_size(entry)).text(entry.name);
    put_time_extra(record, entry);
    if (is_large(entry))
        record.u16(1).u16(16).u64(entry.size.value).u64(entry.size.value);
    return record.take();
}

std::string ZipLayout::directory_header(std::size_t index) const
{
    auto const& entry = entries_[index];
    auto const begin = begins_[index];
    auto const when = dos_time_of(entry.modified_at);
    auto const zip64 = directory_zip64_size(entry, begin);
    auto const version = zip64 > 0 ? kVersionZip64 : kVersionPlain;
    auto record = Record{};
    record.u32(0x02014b50).u16(kMadeByUnix | kVersionZip64).u16(version).u16(kUtf8Names).u16(0);
    record.u16(when.time).u16(when.date).u32(entry.crc32).u32(capped(entry.size.value)).u32(capped(entry.size.value));
    record.u16(entry.name.size()).u16(kTimeExtraSize + (zip64 > 0 ? zip64 + 4 : 0)).u16(0).u16(0).u16(0);
    record.u32(kRegularFile).u32(capped(begin.value)).text(entry.name);
    put_time_extra(record, entry);
    if (zip64 > 0)
        record.u16(1).u16(zip64);
    if (is_large(entry))
        record.u64(entry.size.value).u64(entry.size.value);
    if (begin.value >= kMax32)
        record.u64(begin.value);
    return record.take();
}

std::string ZipLayout::end_records() const
{
    auto record = Record{};
    auto const count = entries_.size();
    auto const needs_zip64 = count >= kMax16 || directory_.value >= kMax32 || directory_size_.value >= kMax32;
    if (needs_zip64) {
        auto const end64 = directory_ + directory_size_;
        record.u32(0x06064b50).u64(44).u16(kMadeByUnix | kVersionZip64).u16(kVersionZip64).u32(0).u32(0);
        record.u64(count).u64(count).u64(directory_size_.value).u64(directory_.value);
        record.u32(0x07064b50).u32(0).u64(end64.value).u32(1);
    }
    auto const shown = std::min(count, kMax16);
    record.u32(0x06054b50).u16(0).u16(0).u16(shown).u16(shown);
    record.u32(capped(directory_size_.value)).u32(capped(directory_.value)).u16(0);
    return record.take();
}

}  // namespace fleeting
