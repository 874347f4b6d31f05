// The one table of settings. A row says what a knob accepts and why; nothing else in the program knows its name.

#include "app/knob_values.hpp"
#include "app/settings.hpp"

namespace fleeting::app {
namespace {

constexpr auto kHour = Milliseconds{3'600'000};

/// How a row reaches its member: `[](Settings& s) -> T& { return s.x; }`.
template <class T>
using Member = T& (*)(Settings&);

template <class T>
T const& read(Member<T> member, Settings const& settings)
{
    return member(const_cast<Settings&>(settings));
}

Knob text(std::string key, Member<std::string> member, std::string range, std::string meaning)
{
    auto set = [member](Settings& s, std::string_view value) {
        member(s) = value;
        return true;
    };
    return {std::move(key), std::move(range), std::move(meaning), set, [member](Settings const& s) { return read(member, s); }};
}

Knob list(std::string key, Member<std::vector<std::string>> member, std::string range, std::string meaning)
{
    auto set = [member](Settings& s, std::string_view value) {
        member(s) = parse_list(value);
        return true;
    };
    return {std::move(key), std::move(range), std::move(meaning), set,
            [member](Settings const& s) { return format_list(read(member, s)); }};
}

template <class T>
Knob count(std::string key, Member<T> member, std::uint64_t low, std::uint64_t high, std::string why, std::string meaning)
{
    auto set = [=](Settings& s, std::string_view value) {
        auto const parsed = parse_count(value);
        if (parsed && *parsed >= low && *parsed <= high)
            member(s) = static_cast<T>(*parsed);
        return parsed && *parsed >= low && *parsed <= high;
    };
    auto range = std::to_string(low) + " to " + std::to_string(high) + why;
    return {std::move(key), std::move(range), std::move(meaning), set,
            [member](Settings const& s) { return std::to_string(read(member, s)); }};
}

Knob bytes(std::string key, Member<ByteCount> member, ByteCount low, ByteCount high, std::string why, std::string meaning)
{
    auto set = [=](Settings& s, std::string_view value) {
        auto const parsed = parse_bytes(value);
        if (parsed && *parsed >= low.value && *parsed <= high.value)
            member(s) = ByteCount{*parsed};
        return parsed && *parsed >= low.value && *parsed <= high.value;
    };
    auto range = format_bytes(low.value) + " to " + format_bytes(high.value) + why;
    return {std::move(key), std::move(range), std::move(meaning), set,
            [member](Settings const& s) { return format_bytes(read(member, s).value); }};
}

template <class T>
Knob duration(std::string key, Member<T> member, Milliseconds low, Milliseconds high, std::string why, std::string meaning)
{
    auto set = [=](Settings& s, std::string_view value) {
        auto const parsed = parse_duration(value);
        if (parsed && *parsed >= low && *parsed <= high)
            member(s) = std::chrono::duration_cast<T>(*parsed);
        return parsed && *parsed >= low && *parsed <= high;
    };
    auto range = format_duration(low) + " to " + format_duration(high) + why;
    return {std::move(key), std::move(range), std::move(meaning), set,
            [member](Settings const& s) { return format_duration(read(member, s)); }};
}

Knob rate(std::string key, Member<RatePolicy> member, std::string meaning)
{
    auto set = [member](Settings& s, std::string_view value) {
        auto const parsed = parse_rate(value);
        if (parsed)
            member(s) = *parsed;
        return parsed.has_value();
    };
    return {std::move(key), "burst/period, like 10/60s", std::move(meaning), set,
            [member](Settings const& s) { return format_rate(read(member, s)); }};
}

template <class T>
Knob choice(std::string key, Member<T> member, std::vector<std::pair<std::string, T>> values, std::string meaning)
{
    auto range = std::string{};
    for (auto const& [name, value] : values)
        (range += range.empty() ? "" : ", ") += name;
    auto set = [=](Settings& s, std::string_view text) {
        for (auto const& [name, value] : values)
            if (name == text) {
                member(s) = value;
                return true;
            }
        return false;
    };
    auto get = [=](Settings const& s) {
        for (auto const& [name, value] : values)
            if (value == read(member, s))
                return name;
        return std::string{};
    };
    return {std::move(key), std::move(range), std::move(meaning), set, get};
}

std::vector<Knob> network_knobs()
{
    return {
        text(
            "listen", [](Settings& s) -> std::string& { return s.server.listen; }, "address:port, port 0 for any",
            "Where members reach the server."),
        text(
            "metrics-listen", [](Settings& s) -> std::string& { return s.metrics_listen; }, "address:port, or off",
            "Where /metrics is; keep it away from the internet."),
        text(
            "base-path", [](Settings& s) -> std::string& { return s.server.base_path; },
            "empty, or /path without a slash at its end", "The path a proxy serves this under."),
        list(
            "trusted-proxies", [](Settings& s) -> std::vector<std::string>& { return s.server.trusted_proxies; }, "CIDRs",
            "Proxies whose X-Forwarded-For and -Proto are believed."),
        list(
            "allowed-origins", [](Settings& s) -> std::vector<std::string>& { return s.api.allowed_origins; },
            "origins like https://files.example", "Origins that may change things beside the server's own."),
        list(
            "allowed-hosts", [](Settings& s) -> std::vector<std::string>& { return s.api.allowed_hosts; },
            "host or host:port; empty for any", "Names the server answers to."),
        text(
            "tls-certificate", [](Settings& s) -> std::string& { return s.server.tls_certificate_file; },
            "a PEM file; empty for plain HTTP", "Certificate chain for TLS."),
        text(
            "tls-key", [](Settings& s) -> std::string& { return s.server.tls_key_file; }, "a PEM file", "Private key for TLS."),
        choice<bool>(
            "hsts", [](Settings& s) -> bool& { return s.api.hsts; }, {{"on", true}, {"off", false}},
            "Over TLS, tell browsers to come by TLS only."),
        count<unsigned>(
            "threads", [](Settings& s) -> unsigned& { return s.server.threads; }, 0, 256, "; 0 is one a core", "I/O threads."),
        duration<Milliseconds>(
            "header-timeout", [](Settings& s) -> Milliseconds& { return s.server.header_timeout; }, Milliseconds{100}, kHour, "",
            "How long a request's head may take."),
        duration<Milliseconds>(
            "keep-alive-timeout", [](Settings& s) -> Milliseconds& { return s.server.keep_alive_timeout; }, Milliseconds{100},
            kHour, "", "How long an idle connection stays."),
        duration<Milliseconds>(
            "body-grace", [](Settings& s) -> Milliseconds& { return s.server.body_grace; }, Milliseconds{100}, kHour, "",
            "How long a body may be as slow as it likes."),
        bytes(
            "body-min-rate", [](Settings& s) -> ByteCount& { return s.server.body_min_rate; }, {1}, {1ULL << 30}, "",
            "Bytes a second a body needs on average after the grace."),
        duration<Milliseconds>(
            "write-stall", [](Settings& s) -> Milliseconds& { return s.server.write_stall; }, Milliseconds{100}, kHour, "",
            "How long a receiver may take nothing."),
        count<std::size_t>(
            "connections-per-address", [](Settings& s) -> std::size_t& { return s.server.connections_per_address; }, 1, 1'000'000,
            "", "Connections one address may hold open."),
        count<std::size_t>(
            "max-connections", [](Settings& s) -> std::size_t& { return s.server.max_connections; }, 1, 1'000'000, "",
            "Connections in all; idle ones give way."),
    };
}

std::vector<Knob> room_knobs()
{
    constexpr auto kWeek = kHour * 24 * 7;
    return {
        duration<Seconds>(
            "room-ttl", [](Settings& s) -> Seconds& { return s.rooms.limits.ttl_default; }, Milliseconds{1000}, kWeek, "",
            "A room's lifetime where none is asked for."),
        duration<Seconds>(
            "room-ttl-min", [](Settings& s) -> Seconds& { return s.rooms.limits.ttl_min; }, Milliseconds{1000}, kWeek, "",
            "The shortest lifetime."),
        duration<Seconds>(
            "room-ttl-max", [](Settings& s) -> Seconds& { return s.rooms.limits.ttl_max; }, Milliseconds{1000}, kWeek,
            "; a room isn't an archive", "The longest lifetime, extensions included."),
        bytes(
            "file-size-limit", [](Settings& s) -> ByteCount& { return s.rooms.limits.file_size; }, {1}, {kMaxSize}, "",
            "The largest file."),
        bytes(
            "room-size-limit", [](Settings& s) -> ByteCount& { return s.rooms.limits.room_size; }, {1}, {kMaxSize}, "",
            "Bytes a room may hold."),
        count<std::uint32_t>(
            "file-count-limit", [](Settings& s) -> std::uint32_t& { return s.rooms.limits.file_count; }, 1, 1'000'000, "",
            "Files a room may hold."),
        rate(
            "rate-join-room", [](Settings& s) -> RatePolicy& { return s.rooms.rates.join_room; },
            "Wrong passwords a room takes."),
        rate(
            "rate-join-network", [](Settings& s) -> RatePolicy& { return s.rooms.rates.join_network; },
            "Wrong passwords an address (IPv6: a /64) may try; the /24 (/48) around it ten times as many."),
        rate(
            "rate-create-hour", [](Settings& s) -> RatePolicy& { return s.rooms.rates.create_hour; },
            "Rooms an address may open in a short time."),
        rate(
            "rate-create-day", [](Settings& s) -> RatePolicy& { return s.rooms.rates.create_day; },
            "Rooms an address may open in a day."),
        count<std::uint64_t>(
            "event-streams", [](Settings& s) -> std::uint64_t& { return s.event_streams; }, 1, 1000, "",
            "Event streams a session may hold open."),
    };
}

std::vector<Knob> machine_knobs()
{
    return {
        text(
            "data-dir", [](Settings& s) -> std::string& { return s.data_dir; }, "a folder that is ours alone",
            "Where the database and the files are."),
        bytes(
            "disk-floor", [](Settings& s) -> ByteCount& { return s.disk_floor.bytes; }, {0}, {kMaxSize}, "",
            "Uploads are refused when less than this would stay free (or less than disk-floor-percent, whichever is smaller)."),
        count<unsigned>(
            "disk-floor-percent", [](Settings& s) -> unsigned& { return s.disk_floor.percent; }, 0, 100, "",
            "The same, as a share of the disk."),
        choice<bool>(
            "sync-uploads", [](Settings& s) -> bool& { return s.uploads.sync; }, {{"on", true}, {"off", false}},
            "Acknowledged bytes are on the disk, so that a power cut loses none; off: they survive a crash of the process only."),
        count<std::uint64_t>(
            "password-memory-kib", [](Settings& s) -> std::uint64_t& { return s.rooms.password_cost.memory_kib; }, 8192,
            1'048'576, "; less is guessed too fast", "Memory one password check takes (Argon2id), in KiB."),
        count<std::uint64_t>(
            "password-passes", [](Settings& s) -> std::uint64_t& { return s.rooms.password_cost.passes; }, 1, 10, "",
            "Passes over that memory."),
        count<std::uint64_t>(
            "hash-workers", [](Settings& s) -> std::uint64_t& { return s.hash_workers; }, 1, 64, "", "Password checks at once."),
        count<std::uint64_t>(
            "hash-queue", [](Settings& s) -> std::uint64_t& { return s.hash_queue; }, 1, 10'000, "",
            "Password checks that may wait; above it the answer is 503."),
        count<std::uint64_t>(
            "linked-files", [](Settings& s) -> std::uint64_t& { return s.linked_files; }, 1, 100'000,
            "; each is an open descriptor", "Files kept open between downloads."),
        text(
            "web-dir", [](Settings& s) -> std::string& { return s.web_dir; }, "a folder; empty for the page in the binary",
            "For work on the page: a built page, read on each request."),
        choice<log::Level>(
            "log-level", [](Settings& s) -> log::Level& { return s.log_level; },
            {{"debug", log::Level::debug},
             {"info", log::Level::info},
             {"warning", log::Level::warning},
             {"error", log::Level::error}},
            "What is logged."),
        choice<log::Format>(
            "log-format", [](Settings& s) -> log::Format& { return s.log_format; },
            {{"human", log::Format::human}, {"json", log::Format::json}}, "How it is logged, to standard error."),
    };
}

}  // namespace

std::vector<Knob> const& knobs()
{
    static auto const table = [] {
        auto all = network_knobs();
        for (auto const& more : {room_knobs(), machine_knobs()})
            all.insert(all.end(), more.begin(), more.end());
        return all;
    }();
    return table;
}

}  // namespace fleeting::app
