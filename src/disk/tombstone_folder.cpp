#include "disk/tombstone_folder.hpp"

#include "base/log.hpp"
#include "disk/folder.hpp"

#include <array>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

/// Ends the name of a file that is still being written, or that a crash left so.
constexpr auto kUnfinished = std::string_view{".part"};

std::int64_t to_ms(Instant at)
{
    return at.time_since_epoch().count();
}

std::optional<Instant> parse_ms(std::string_view text)
{
    auto ms = std::int64_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return Instant{Milliseconds{ms}};
}

/// Until when a file counts; nothing where it is none of ours, or wasn't written to its end.
std::optional<Instant> until_of(std::string_view name)
{
    auto const dash = name.find('-');
    if (dash == std::string_view::npos || !RoomId::parse(name.substr(dash + 1)))
        return std::nullopt;
    return parse_ms(name.substr(0, dash));
}

/// The name that a file has or would have had in the end.
std::string_view finished(std::string_view name)
{
    return name.ends_with(kUnfinished) ? name.substr(0, name.size() - kUnfinished.size()) : name;
}

std::optional<EndedMark> parse_mark(std::string_view line)
{
    auto const space = line.find(' ');
    if (space == std::string_view::npos)
        return std::nullopt;
    auto const room = RoomId::parse(line.substr(0, space));
    auto const ended_at = parse_ms(line.substr(space + 1));
    return room && ended_at ? std::optional{EndedMark{*room, *ended_at}} : std::nullopt;
}

std::string to_text(std::vector<EndedMark> const& marks)
{
    auto text = std::string{};
    for (auto const& [room, ended_at] : marks)
        text += room.hex() + ' ' + std::to_string(to_ms(ended_at)) + '\n';
    return text;
}

Result<> write_all_blocking(Descriptor const& file, std::string_view text)
{
    while (!text.empty()) {
        auto const written = ::write(file.get(), text.data(), text.size());
        if (written < 0)
            return fail(errno_error("writing a tombstone"));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<TombstoneFolder>> TombstoneFolder::open(std::filesystem::path const& folder, BlockingPool& pool, bool sync)
{
    TRY(auto opened, open_own_folder(folder, kTombstoneFolder));
    return std::unique_ptr<TombstoneFolder>{new TombstoneFolder{std::move(opened), pool, sync}};
}

Task<> TombstoneFolder::keep(std::vector<EndedMark> marks, Instant until)
{
    if (marks.empty())
        co_return Result<>{};
    auto const name = std::to_string(to_ms(until)) + '-' + marks.front().room.hex();
    auto const text = to_text(marks);
    co_return co_await pool_.run([&] { return write_blocking(name, text); });
}

Result<> TombstoneFolder::write_blocking(std::string const& name, std::string_view text) const
{
    auto const unfinished = name + std::string{kUnfinished};
    constexpr auto kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    auto const file = Descriptor{::openat(folder_.get(), unfinished.c_str(), kFlags, 0600)};
    if (!file)
        return fail(errno_error("making a tombstone"));
    TRY(write_all_blocking(file, text));
    if (sync_ && ::fsync(file.get()) != 0)
        return fail(sync_error("syncing a tombstone"));
    if (::renameat(folder_.get(), unfinished.c_str(), folder_.get(), name.c_str()) != 0)
        return fail(errno_error("naming a tombstone"));
    if (sync_ && ::fsync(folder_.get()) != 0)
        return fail(sync_error("syncing the tombstones"));
    return {};
}

Result<std::vector<std::string>> TombstoneFolder::names_blocking() const
{
    auto* const folder = ::fdopendir(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder == nullptr)
        return fail(errno_error("listing tombstones"));
    auto names = std::vector<std::string>{};
    while (auto const* entry = ::readdir(folder))
        names.emplace_back(entry->d_name);
    ::closedir(folder);
    return names;
}

Result<std::string> TombstoneFolder::read_blocking(std::string const& name) const
{
    auto const file = Descriptor{::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file)
        return fail(errno_error("opening a tombstone"));
    auto text = std::string{};
    auto part = std::array<char, 16 << 10>{};
    while (auto const size = ::read(file.get(), part.data(), part.size())) {
        if (size < 0)
            return fail(errno_error("reading a tombstone"));
        text.append(part.data(), static_cast<std::size_t>(size));
    }
    return text;
}

Task<std::vector<EndedMark>> TombstoneFolder::list()
{
    co_return co_await pool_.run([&]() -> Result<std::vector<EndedMark>> {
        auto marks = std::vector<EndedMark>{};
        TRY(auto const names, names_blocking());
        for (auto const& name : names) {
            if (!until_of(name))
                continue;
            TRY(auto const text, read_blocking(name));
            auto lines = std::istringstream{text};
            for (auto line = std::string{}; std::getline(lines, line);)
                if (auto const mark = parse_mark(line))
                    marks.push_back(*mark);
                else
                    log::warning("tombstone_unreadable", name);
        }
        return marks;
    });
}

Task<> TombstoneFolder::forget(Instant now)
{
    co_return co_await pool_.run([&]() -> Result<> {
        TRY(auto const names, names_blocking());
        for (auto const& name : names)
            if (auto const until = until_of(finished(name));
                until && *until <= now && ::unlinkat(folder_.get(), name.c_str(), 0) != 0)
                return fail(errno_error("removing a tombstone"));
        return {};
    });
}

}  // namespace fleeting::disk
