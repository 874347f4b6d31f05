// The one table of settings: key, what it accepts, why no more, and a sentence for operators. Nothing else in the program knows
// a key's name.

#include "app/knob_checks.hpp"
#include "app/knob_kinds.hpp"
#include "app/s3_knobs.hpp"

namespace fleeting::app {
namespace {

constexpr auto kSecond = Milliseconds{1'000};
constexpr auto kTenth = Milliseconds{100};
constexpr auto kHour = Milliseconds{3'600'000};
constexpr auto kWeek = kHour * 24 * 7;
constexpr auto kMost = ByteCount{kMaxSize};

std::vector<Knob> address_knobs()
{
    return {
        {"listen",
         text("address:port, like 127.0.0.1:8000 or [::]:8000; port 0 for any", is_endpoint,
              [](auto& s) -> auto& { return s.server.listen; }),
         "an address, not a name: a name may mean several", "Where members reach the server."},
        {"metrics-listen",
         text("address:port, port 0 for any, or off", is_endpoint_or_off, [](auto& s) -> auto& { return s.metrics_listen; }), "",
         "Where `/metrics` is; keep it away from the internet."},
        {"admin-listen",
         text("off, a loopback address:port like 127.0.0.1:9091, or unix:/path", is_admin_listen,
              [](auto& s) -> auto& { return s.admin_listen; }),
         "it can end rooms: whoever isn't on this machine comes by SSH",
         "Where the operator's page and `fleeting admin` are served."},
        {"admin-token",
         text("24 to 256 printable ASCII characters without spaces, or empty", is_token_or_empty,
              [](auto& s) -> auto& { return s.admin_token; }),
         "a shorter one can be guessed",
         "What opens the operator's interface. A Unix socket (0600) needs none; an address doesn't start without.", true},
        {"admin-token-file", text("a file, or empty", is_anything, [](auto& s) -> auto& { return s.admin_token_file; }),
         "instead of admin-token", "A file whose first line is the token."},
        {"base-path",
         text("empty, or /path of letters, digits, - _ . ~ without a slash at its end", is_base_path,
              [](auto& s) -> auto& { return s.server.base_path; }),
         "it stands in addresses and in the page as it is", "The path a proxy serves this under."},
        {"trusted-proxies",
         ranges("addresses or CIDRs, like 127.0.0.1,10.0.0.0/8", [](auto& s) -> auto& { return s.server.trusted_proxies; }),
         "anybody else may write what they like into those headers",
         "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."},
        {"allowed-origins",
         list("origins like https://files.example", is_origin, [](auto& s) -> auto& { return s.api.allowed_origins; }),
         "browsers send nothing behind host and port", "Origins whose pages may change things, beside the server's own."},
        {"allowed-hosts", list("host or host:port; empty for any", is_host, [](auto& s) -> auto& { return s.api.allowed_hosts; }),
         "", "The `Host` values the server answers to. Set it where the server has a name: it stops DNS rebinding."},
        {"security-contact",
         list("mailto:, https: or tel: addresses", is_contact, [](auto& s) -> auto& { return s.api.security_contacts; }),
         "RFC 9116 wants addresses that can be followed",
         "Whom `/.well-known/security.txt` tells to write to about a weakness or about abuse; every page has a link to the first of them. Without it there is neither."},
        {"tls-certificate",
         text("a PEM file; empty for plain HTTP", is_anything, [](auto& s) -> auto& { return s.server.tls_certificate_file; }),
         "", "Certificate chain for TLS."},
        {"tls-key",
         text("a PEM file; together with tls-certificate", is_anything, [](auto& s) -> auto& { return s.server.tls_key_file; }),
         "", "The certificate's private key."},
        {"hsts", choice<bool>({{"on", true}, {"off", false}}, [](auto& s) -> auto& { return s.api.hsts; }), "",
         "Over TLS, tell browsers to come to this name, and to names below it, by TLS only, for two years."},
    };
}

std::vector<Knob> connection_knobs()
{
    return {
        {"threads", count(0, 256, [](auto& s) -> auto& { return s.server.threads; }),
         "0 is one a core; many more than cores only take turns", "I/O threads."},
        {"header-timeout", duration(kTenth, kHour, [](auto& s) -> auto& { return s.server.header_timeout; }),
         "a slow head holds a connection and earns nothing", "How long a request's head may take."},
        {"keep-alive-timeout", duration(kTenth, kHour, [](auto& s) -> auto& { return s.server.keep_alive_timeout; }),
         "an idle connection holds a descriptor", "How long a connection stays open between requests."},
        {"body-grace", duration(kTenth, kHour, [](auto& s) -> auto& { return s.server.body_grace; }),
         "a stalled upload holds a connection", "How long a body may be as slow as it likes."},
        {"body-min-rate", bytes({1}, {1ULL << 30}, [](auto& s) -> auto& { return s.server.body_min_rate; }),
         "0 would let a body last for ever", "Bytes a second that a body needs on average, after the grace."},
        {"write-stall", duration(kTenth, kHour, [](auto& s) -> auto& { return s.server.write_stall; }),
         "a receiver that stopped holds a file open", "How long a receiver may take no byte at all."},
        {"connections-per-address", count(1, 1'000'000, [](auto& s) -> auto& { return s.server.connections_per_address; }),
         "a school or an office may come from one address",
         "Connections one address (IPv6: one /64) may hold open; those of trusted proxies aren't counted."},
        {"max-connections", count(1, 1'000'000, [](auto& s) -> auto& { return s.server.max_connections; }),
         "the process's limit of open files bounds it as well", "Connections in all; above it idle ones give way."},
    };
}

std::vector<Knob> room_knobs()
{
    return {
        {"room-ttl", duration(kSecond, kWeek, [](auto& s) -> auto& { return s.rooms.limits.ttl_default; }),
         "between room-ttl-min and room-ttl-max", "A room's lifetime where none is asked for."},
        {"room-ttl-min", duration(kSecond, kWeek, [](auto& s) -> auto& { return s.rooms.limits.ttl_min; }),
         "seconds are for tests", "The shortest lifetime."},
        {"room-ttl-max", duration(kSecond, kWeek, [](auto& s) -> auto& { return s.rooms.limits.ttl_max; }),
         "a room isn't an archive", "The longest lifetime, extensions included."},
        {"file-size-limit", bytes({1}, kMost, [](auto& s) -> auto& { return s.rooms.limits.file_size; }),
         "JSON's numbers are exact up to there", "The largest file."},
        {"room-size-limit", bytes({1}, kMost, [](auto& s) -> auto& { return s.rooms.limits.room_size; }),
         "JSON's numbers are exact up to there", "Bytes the files of a room may have together."},
        {"file-count-limit", count(1, 1'000'000, [](auto& s) -> auto& { return s.rooms.limits.file_count; }),
         "every open page holds the whole list", "Files a room may hold."},
        {"member-count-limit", count(1, 100'000, [](auto& s) -> auto& { return s.rooms.limits.member_count; }),
         "every open page holds the whole list", "Members a room may have; who leaves makes place."},
        {"event-streams-per-session", count(1, 1'000, [](auto& s) -> auto& { return s.event_streams_per_session; }),
         "each is a connection", "Event streams (open pages) a session may have."},
        {"rate-join-room", rate([](auto& s) -> auto& { return s.rooms.rates.join_room; }), "",
         "Wrong passwords for one room. `10/60s` is ten at once, then one more every 60 s."},
        {"rate-join-known", rate([](auto& s) -> auto& { return s.rooms.rates.join_known; }), "",
         "Wrong passwords for one room from all browsers that were in it before, while `rate-join-room` is used up: strangers keep "
         "none of them out."},
        {"rate-join-network", rate([](auto& s) -> auto& { return s.rooms.rates.join_network; }), "",
         "Wrong passwords from one address (IPv6: one /64); the /24 (/48) around it may try ten times as many. Raise it where "
         "a school or an office comes from one address."},
        {"rate-create-hour", rate([](auto& s) -> auto& { return s.rooms.rates.create_hour; }), "",
         "Rooms one address may open in a short time."},
        {"rate-create-day", rate([](auto& s) -> auto& { return s.rooms.rates.create_day; }), "",
         "Rooms one address may open in a day."},
        {"rooms-per-address", count(1, 1'000'000, [](auto& s) -> auto& { return s.rooms.rates.alive; }),
         "each holds a name and may hold room-size-limit", "Rooms one address (IPv6: one /64) may have open at once."},
    };
}

std::vector<Knob> password_knobs()
{
    return {
        {"password-memory",
         bytes(
             {8ULL << 20}, {1ULL << 30}, [](auto& s) -> auto& { return s.rooms.password_cost.memory_kib; }, 1024),
         "less is guessed too fast; hash-workers times as much must be free",
         "Memory that checking one password takes (Argon2id)."},
        {"password-passes", count(1, 10, [](auto& s) -> auto& { return s.rooms.password_cost.passes; }),
         "each costs a join about 50 ms more", "Passes over that memory."},
        {"password-pepper-file", text("a file, or empty", is_anything, [](auto& s) -> auto& { return s.password_pepper_file; }),
         "nobody but the server and root may be able to read it",
         "A file whose one line, 32 to 1024 printable ASCII characters without spaces, is mixed into each password before it is "
         "hashed, so that who has a copy of the database without it can't try passwords on that. The same on all nodes; with "
         "another one nobody comes by password into the rooms there are."},
        {"hash-workers", count(1, 64, [](auto& s) -> auto& { return s.hash_workers; }), "each takes password-memory",
         "Passwords checked at once."},
        {"hash-queue", count(1, 10'000, [](auto& s) -> auto& { return s.hash_queue; }), "who waits long has gone",
         "Password checks that may wait; above it the answer is 503."},
        {"hash-patience", duration(kTenth, kHour, [](auto& s) -> auto& { return s.hash_patience; }),
         "who waited longer has given up", "How long a password check may wait before it is answered 503 unmade."},
    };
}

std::vector<Knob> storage_knobs()
{
    return {
        {"data-dir", text("a folder", is_not_empty, [](auto& s) -> auto& { return s.data_dir; }),
         "it must be ours alone: nobody else may write into it", "Where the database and the files are."},
        {"tombstone-dir", text("a folder, or empty", is_anything, [](auto& s) -> auto& { return s.tombstone_dir; }),
         "it must be ours alone: nobody else may write into it",
         "Where it is remembered, apart from the database, which rooms have ended, so that a restored backup revives none. Empty: "
         "`tombstones` in data-dir, where there is one."},
        {"database-url",
         text("empty for SQLite in data-dir, or postgresql://user:password@host/database", is_database_url,
              [](auto& s) -> auto& { return s.database_url; }),
         "", "PostgreSQL, 15 or later, for all that isn't a file's bytes.", true},
        {"database-connections", count(1, 100, [](auto& s) -> auto& { return s.database_connections; }),
         "each is a process of PostgreSQL's, and one thread serves them all",
         "Connections to PostgreSQL that this node opens at most. All nodes together must stay below its `max_connections`."},
        {"redis-url",
         text("empty for one node alone, or redis://[[user]:password@]host[:port][/database], or unix://[[user]:password@]/path",
              is_redis_url, [](auto& s) -> auto& { return s.redis_url; }),
         "a password is percent-encoded", "Redis 7 or Valkey, for events and limits of several nodes on one `database-url`.",
         true},
        {"disk-floor-bytes", bytes({0}, kMost, [](auto& s) -> auto& { return s.disk_floor.bytes; }),
         "0 lets uploads fill the disk",
         "Uploads are refused where less than this would stay free, or less than `disk-floor-percent`: the smaller of both counts. "
         "Downloads, removals and expiry go on."},
        {"disk-floor-percent", count(0, 99, [](auto& s) -> auto& { return s.disk_floor.percent; }),
         "at 100 no upload would ever pass", "The same, as a share of the disk."},
        {"sync-uploads", choice<bool>({{"on", true}, {"off", false}}, [](auto& s) -> auto& { return s.uploads.sync; }), "",
         "On: a file is told complete once it is on the disk, so that a power cut loses none, and an upload goes on near where it "
         "was. Off: files, and what else the database was told, survive a crash of the process, not of the machine."},
        {"storage-encryption",
         choice<bool>({{"on", true}, {"off", false}}, [](auto& s) -> auto& { return s.storage_encryption; }),
         "files in a bucket are the bucket's to encrypt",
         "On: files in data-dir are encrypted, each room's under a key of its own that is written over when the room ends, before "
         "anything else of it is erased. Rooms keep what they began with."},
        {"linked-files", count(1, 100'000, [](auto& s) -> auto& { return s.linked_files; }), "each is an open descriptor",
         "Files kept open between downloads."},
        {"web-dir", text("a folder; empty for the page in the binary", is_anything, [](auto& s) -> auto& { return s.web_dir; }),
         "", "For work on the page: a built page that is read anew for each request."},
    };
}

std::vector<Knob> scan_knobs()
{
    return {
        {"scan-socket",
         text("empty, /path of a Unix socket, or host:port", is_scan_socket, [](auto& s) -> auto& { return s.scan_socket; }),
         "clamd believes whoever reaches it: no address that others can listen at",
         "ClamAV's clamd. With it a file can be had once it is found clean, an infected one is removed, and nobody downloads behind "
         "an upload. All nodes alike."},
        {"scan-limit", bytes({1}, {4ULL << 30}, [](auto& s) -> auto& { return s.scan.most; }),
         "no more than clamd's own `StreamMaxLength`, which Debian sets to 25M", "The largest file that is scanned."},
        {"scan-larger", choice<bool>({{"refuse", false}, {"offer", true}}, [](auto& s) -> auto& { return s.scan.offers_larger; }),
         "", "Larger files. refuse: none is taken. offer: everybody can have them, with a mark that they weren't checked."},
    };
}

std::vector<Knob> process_knobs()
{
    using log::Format;
    using log::Level;
    return {
        {"sandbox", choice<bool>({{"on", true}, {"off", false}}, [](auto& s) -> auto& { return s.sandbox; }), "",
         "On: the process gives up files, ports and system calls that it doesn't need, as far as the kernel lets it (Landlock, "
         "seccomp); the log tells how far. Off: for tracing it, or where a library needs more."},
        {"log-level",
         choice<Level>({{"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}},
                       [](auto& s) -> auto& { return s.log_level; }),
         "", "What is logged: this and what is worse."},
        {"log-format",
         choice<Format>({{"human", Format::human}, {"json", Format::json}}, [](auto& s) -> auto& { return s.log_format; }), "",
         "How it is logged, to standard error."},
    };
}

}  // namespace

std::vector<Knob> const& knobs()
{
    static auto const table = [] {
        auto all = std::vector<Knob>{};
        for (auto const part :
             {address_knobs, connection_knobs, room_knobs, password_knobs, storage_knobs, s3_knobs, scan_knobs, process_knobs})
            for (auto& knob : part())
                all.push_back(std::move(knob));
        return all;
    }();
    return table;
}

}  // namespace fleeting::app
