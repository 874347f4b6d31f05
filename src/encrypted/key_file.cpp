#include "encrypted/key_file.hpp"

#include "base/little_endian.hpp"
#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

namespace fleeting::encrypted {
namespace {

constexpr auto kName = "keys";
constexpr auto kSlotSize = std::size_t{128};
constexpr auto kFirstLine = std::string_view{"fleeting keys 1\n"};
enum class Kind : std::uint8_t { free = 0, key = 1, stretch = 2, part = 3 };

std::vector<std::byte> begin_slot(Kind kind, std::uint32_t number)
{
    auto bytes = std::vector<std::byte>{static_cast<std::byte>(kind), {}, {}, {}};
    append_little_endian(bytes, number);
    return bytes;
}

void append(std::vector<std::byte>& bytes, Bytes more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

template <class Id>
Id take_id(Bytes& bytes)
{
    auto id = Id{};
    std::ranges::copy(bytes.first(id.raw.size()), id.raw.begin());
    bytes = bytes.subspan(id.raw.size());
    return id;
}

Result<> write_all_blocking(int file, std::uint64_t at, Bytes bytes)
{
    auto const count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    // A slot lies in one page, so it is written whole or not at all.
    return count == static_cast<ssize_t>(bytes.size()) ? Result<>{} : fail(disk::errno_error("writing the key file"));
}

/// All of a file; short only where it ends.
Result<std::vector<std::byte>> read_file_blocking(int file)
{
    auto bytes = std::vector<std::byte>(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END))));
    for (auto done = std::size_t{0}; done < bytes.size();) {
        auto const count = ::pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(disk::errno_error("reading the key file"));
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

}  // namespace

Result<std::unique_ptr<KeyFile>> KeyFile::open(disk::Descriptor const& folder, bool sync)
{
    auto file = disk::Descriptor{::openat(folder.get(), kName, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file)
        return fail(disk::errno_error("opening the key file"));
    auto keys = std::unique_ptr<KeyFile>{new KeyFile{std::move(file), sync}};
    TRY(keys->load_blocking());
    if (::fsync(folder.get()) != 0)
        return fail(disk::sync_error("syncing the data folder"));
    return keys;
}

bool KeyFile::is_in(disk::Descriptor const& folder)
{
    return ::faccessat(folder.get(), kName, F_OK, 0) == 0;
}

Result<> KeyFile::load_blocking()
{
    TRY(auto const bytes, read_file_blocking(file_.get()));
    if (bytes.empty()) {
        auto first = std::vector<std::byte>{};
        append(first, std::as_bytes(std::span{kFirstLine}));
        return write_slot(0, std::move(first));
    }
    auto const line = std::as_bytes(std::span{kFirstLine});
    if (bytes.size() < kSlotSize || !std::ranges::equal(Bytes{bytes}.first(line.size()), line))
        return fail(Errc::unavailable, "the file keys in the data folder is no key file, or of a newer version");
    end_ = bytes.size() / kSlotSize;
    // First the keys: a slot of another kind belongs to one.
    for (auto const of_keys : {true, false})
        for (auto slot = std::size_t{1}; slot < end_; ++slot) {
            auto const here = Bytes{bytes}.subspan(slot * kSlotSize, kSlotSize);
            if ((here[0] == static_cast<std::byte>(Kind::key)) == of_keys)
                load_slot(slot, here);
        }
    for (auto& [blob, all] : stretches_)
        std::ranges::sort(all, {}, [](PlacedStretch const& one) { return one.stretch.number; });
    return {};
}

void KeyFile::load_slot(std::size_t slot, Bytes bytes)
{
    auto const kind = static_cast<Kind>(bytes[0]);
    bytes = bytes.subspan(4);
    auto const number = take_little_endian<std::uint32_t>(bytes);
    if (kind == Kind::key) {
        auto entry = RoomEntry{.room = take_id<RoomId>(bytes)};
        entry.secret = crypto::HmacKey{take_id<Sha256>(bytes).raw};
        entry.slots.push_back(slot);
        numbers_[entry.room] = number;
        keys_.insert_or_assign(number, std::move(entry));
        return;
    }
    auto const owner = keys_.find(number);
    if (kind == Kind::free || owner == keys_.end()) {
        free_.push_back(slot);
        return;
    }
    auto const blob = take_id<BlobKey>(bytes);
    auto const place = take_little_endian<std::uint32_t>(bytes);
    owner->second.slots.push_back(slot);
    owner->second.blobs.push_back(blob);
    if (kind == Kind::stretch) {
        stretches_[blob].push_back({{ByteOffset{take_little_endian<std::uint64_t>(bytes)}, place}, slot});
        return;
    }
    auto& parts = parts_[blob];
    parts.resize(std::max<std::size_t>(parts.size(), place + 1));
    parts[place].key = take_id<BlobKey>(bytes);
    parts[place].size = {take_little_endian<std::uint64_t>(bytes)};
    parts[place].is_sealed = bytes[0] != std::byte{0};
}

/// Of a key that needs no more to be kept.
std::optional<std::uint32_t> KeyFile::sure_number_of(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const known = numbers_.find(room);
    if (known == numbers_.end() || (sync_ && keys_.at(known->second).turn > synced_))
        return std::nullopt;
    return known->second;
}

Task<std::uint32_t> KeyFile::number_for(RoomId room)
{
    if (auto const number = sure_number_of(room))
        co_return *number;
    co_return co_await pool_.run([&] { return number_for_blocking(room); });
}

Result<std::uint32_t> KeyFile::number_for_blocking(RoomId room)
{
    auto number = std::uint32_t{0};
    auto turn = std::uint64_t{0};
    {
        auto const lock = std::scoped_lock{mutex_};
        if (auto const known = numbers_.find(room); known != numbers_.end()) {
            number = known->second;
            turn = keys_.at(number).turn;
        } else {
            do
                number = crypto::random_below(0xffff'ffff);
            while (keys_.contains(number));
            auto const secret = crypto::random_id<Sha256>();
            auto entry = RoomEntry{.room = room, .secret = crypto::HmacKey{secret.raw}};
            auto bytes = begin_slot(Kind::key, number);
            append(bytes, room.raw);
            append(bytes, secret.raw);
            TRY(write_slot(take_slot(entry), std::move(bytes)));
            turn = entry.turn = written_;
            numbers_.emplace(room, number);
            keys_.emplace(number, std::move(entry));
        }
    }
    if (sync_) {
        TRY(sync_blocking(turn));
    }
    return number;
}

bool KeyFile::has_key(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    return numbers_.contains(room);
}

std::optional<crypto::HmacKey> KeyFile::find(std::uint32_t number) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = keys_.find(number);
    return found == keys_.end() ? std::nullopt : std::optional{found->second.secret};
}

std::vector<RoomId> KeyFile::rooms() const
{
    auto const lock = std::scoped_lock{mutex_};
    auto rooms = std::vector<RoomId>{};
    rooms.reserve(numbers_.size());
    for (auto const& [room, number] : numbers_)
        rooms.push_back(room);
    return rooms;
}

Task<> KeyFile::erase(std::vector<RoomId> rooms)
{
    co_return co_await pool_.run([&] { return erase_blocking(rooms); });
}

Result<> KeyFile::erase_blocking(std::vector<RoomId> const& rooms)
{
    auto turn = std::uint64_t{0};
    {
        auto const lock = std::scoped_lock{mutex_};
        for (auto const& room : rooms) {
            auto const known = numbers_.find(room);
            if (known == numbers_.end())
                continue;
            auto const entry = keys_.find(known->second);
            for (auto const slot : entry->second.slots) {
                TRY(write_slot(slot, {}));
            }
            turn = written_;
            // What fails from here on leaves no key behind but on the medium; the next start finds it there, and the sweep erases
            // it.
            drop(entry->second);
            keys_.erase(entry);
            numbers_.erase(known);
        }
    }
    return turn == 0 ? Result<>{} : sync_blocking(turn);
}

void KeyFile::drop(RoomEntry const& entry)
{
    free_.insert(free_.end(), entry.slots.begin(), entry.slots.end());
    for (auto const& blob : entry.blobs) {
        stretches_.erase(blob);
        parts_.erase(blob);
    }
}

Task<std::uint32_t> KeyFile::begin_stretch(BlobKey blob, ByteOffset begin)
{
    co_return co_await pool_.run([&] { return begin_stretch_blocking(blob, begin); });
}

Result<std::uint32_t> KeyFile::begin_stretch_blocking(BlobKey const& blob, ByteOffset begin)
{
    auto number = std::uint32_t{1};
    auto turn = std::uint64_t{0};
    {
        auto const lock = std::scoped_lock{mutex_};
        TRY(auto* const entry, entry_of(blob));
        auto& all = stretches_[blob];
        if (all.empty())
            entry->blobs.push_back(blob);
        else
            number = all.back().stretch.number + 1;
        auto const first = std::ranges::find_if(all, [&](PlacedStretch const& one) { return one.stretch.begin >= begin; });
        // The slot of one that is of no use any more: many cuts at one place take one.
        auto const slot = first != all.end() ? first->slot : take_slot(*entry);
        auto bytes = begin_slot(Kind::stretch, key_number_of(blob));
        append(bytes, blob.raw);
        append_little_endian(bytes, number);
        append_little_endian(bytes, begin.value);
        TRY(write_slot(slot, std::move(bytes)));
        for (auto at = first; at != all.end(); ++at)
            if (at->slot != slot) {
                TRY(write_slot(at->slot, {}));
                free_.push_back(at->slot);
                std::erase(entry->slots, at->slot);
            }
        all.erase(first, all.end());
        all.push_back({{begin, number}, slot});
        turn = written_;
    }
    TRY(sync_blocking(turn));
    return number;
}

std::vector<Stretch> KeyFile::stretches_of(BlobKey const& blob) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto stretches = std::vector<Stretch>{};
    if (auto const found = stretches_.find(blob); found != stretches_.end())
        for (auto const& one : found->second)
            stretches.push_back(one.stretch);
    return stretches;
}

Task<> KeyFile::keep_parts(BlobKey whole, std::vector<JoinedPart> parts)
{
    co_return co_await pool_.run([&] { return keep_parts_blocking(whole, parts); });
}

Result<> KeyFile::keep_parts_blocking(BlobKey const& whole, std::vector<JoinedPart> const& parts)
{
    auto turn = std::uint64_t{0};
    {
        auto const lock = std::scoped_lock{mutex_};
        TRY(auto* const entry, entry_of(whole));
        entry->blobs.push_back(whole);
        for (auto place = std::size_t{0}; place < parts.size(); ++place) {
            auto bytes = begin_slot(Kind::part, key_number_of(whole));
            append(bytes, whole.raw);
            append_little_endian(bytes, static_cast<std::uint32_t>(place));
            append(bytes, parts[place].key.raw);
            append_little_endian(bytes, parts[place].size.value);
            bytes.push_back(std::byte{parts[place].is_sealed});
            TRY(write_slot(take_slot(*entry), std::move(bytes)));
        }
        parts_[whole] = parts;
        turn = written_;
    }
    return sync_ ? sync_blocking(turn) : Result<>{};
}

std::vector<JoinedPart> KeyFile::parts_of(BlobKey const& whole) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = parts_.find(whole);
    return found == parts_.end() ? std::vector<JoinedPart>{} : found->second;
}

Result<KeyFile::RoomEntry*> KeyFile::entry_of(BlobKey const& blob)
{
    auto const found = keys_.find(key_number_of(blob));
    if (found == keys_.end())
        return fail(Errc::not_found, "the key of the blob's room is erased");
    return &found->second;
}

std::size_t KeyFile::take_slot(RoomEntry& entry)
{
    auto const slot = free_.empty() ? end_++ : free_.back();
    if (!free_.empty())
        free_.pop_back();
    entry.slots.push_back(slot);
    return slot;
}

Result<> KeyFile::write_slot(std::size_t slot, std::vector<std::byte> bytes)
{
    bytes.resize(kSlotSize);
    auto const written = write_all_blocking(file_.get(), slot * kSlotSize, bytes);
    ::explicit_bzero(bytes.data(), bytes.size());
    ++written_;
    return written;
}

Result<> KeyFile::sync_blocking(std::uint64_t turn)
{
    auto const lock = std::scoped_lock{sync_mutex_};
    if (has_failed_)
        return fail(Errc::unavailable, "an earlier sync of the key file failed");
    if (synced_ >= turn)
        return {};
    auto last = std::uint64_t{0};
    {
        auto const inner = std::scoped_lock{mutex_};
        last = written_;
    }
    if (::fdatasync(file_.get()) != 0) {
        // The kernel tells of a lost page once.
        has_failed_ = true;
        return fail(disk::sync_error("syncing the key file"));
    }
    synced_ = last;
    return {};
}

}  // namespace fleeting::encrypted
