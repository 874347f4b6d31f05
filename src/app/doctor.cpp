#include "app/doctor.hpp"

#include "app/blobs.hpp"
#include "app/knob_values.hpp"
#include "app/metadata.hpp"
#include "app/sandboxing.hpp"
#include "async/run_blocking.hpp"
#include "clamav/clamd.hpp"
#include "redis/client.hpp"
#include "s3/checks.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

namespace fleeting::app {
namespace {

constexpr auto kRedisPatience = Milliseconds{2'000};

/// Only read: a server may have it open, and what root would make beside it that server couldn't write.
void examine_file(std::string const& name, Findings& findings)
{
    auto file = std::ifstream{name, std::ios::binary};
    auto head = std::array<char, 16>{};
    auto const count = file.read(head.data(), head.size()).gcount();
    if (count > 0 && std::string_view{head.data(), static_cast<std::size_t>(count)} != std::string_view{"SQLite format 3\0", 16})
        return findings.mend("database", name + " is no database: move it away, or restore it");
    findings.well("database", "SQLite, " + name + (count > 0 ? "" : ", which isn't there yet or can't be read by this user"));
}

void examine_database(Settings const& settings, Findings& findings)
{
    if (settings.database_url.empty())
        return examine_file(settings.data_dir + "/fleeting.db", findings);
    if (auto const metadata = open_metadata(settings); !metadata)
        return findings.mend("database", "PostgreSQL, " + metadata.error().detail);
    findings.well("database", "PostgreSQL, can be used");
}

void examine_bucket(Settings const& settings, Findings& findings)
{
    if (settings.s3.bucket.empty())
        return findings.well("files", "in " + settings.data_dir);
    if (auto const encrypts = check_encryption(settings); !encrypts)
        return findings.mend("files", encrypts.error().detail);
    auto client = s3::Client{settings.s3};
    auto const facts = run_blocking(s3::check_bucket(client));
    if (!facts)
        return findings.mend("files", facts.error().detail);
    findings.well("files", "the bucket " + settings.s3.bucket + " can be used");
    for (auto const& line : facts->advice)
        findings.note("files", line);
}

void examine_redis(Settings const& settings, Findings& findings)
{
    if (settings.redis_url.empty())
        return;
    if (settings.database_url.empty())
        return findings.mend("redis", "it is for several nodes, and these need a database that they share: set "
                                      "FLEETING_DATABASE_URL too, or neither");
    auto address = redis::parse_address(settings.redis_url);
    if (!address)
        return findings.mend("redis", address.error().detail);
    auto client = redis::Client{*std::move(address), {"fleeting:events", [](std::string const&) {}, [] {}}};
    client.start();
    auto const until = std::chrono::steady_clock::now() + kRedisPatience;
    while (!client.is_connected() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(Milliseconds{20});
    if (client.is_connected())
        findings.well("redis", "answers");
    else
        findings.mend("redis",
                      "doesn't answer: is it running, and do address, user and password hold? Until then limits are each "
                      "node's own, and events come up to two seconds late");
    client.stop();
}

void examine_scanner(Settings const& settings, Findings& findings)
{
    if (settings.scan_socket.empty())
        return;
    auto const address = clamav::parse_address(settings.scan_socket);
    auto const version = address ? clamav::Clamd{*address}.version_blocking() : fail(address.error());
    if (!version)
        return findings.mend("virus scan",
                             version.error().detail +
                                 "; nobody can have a file until it answers: start clamd, and let this user reach " +
                                 settings.scan_socket);
    findings.well("virus scan", *version + " answers");
    findings.note("virus scan",
                  "clamd's StreamMaxLength must be no less than scan-limit, " + format_bytes(settings.scan.most.value));
}

}  // namespace

void examine(Settings const& settings, DoctorWish const& wish, Findings& findings)
{
    findings.well("sandbox", outlook_of(settings));
    examine_start(settings, findings);
    examine_database(settings, findings);
    examine_bucket(settings, findings);
    examine_redis(settings, findings);
    examine_scanner(settings, findings);
    examine_machine(settings, findings);
    if (wish.url.empty())
        findings.note("proxy", "not looked at: name the address that members type, like fleeting doctor https://files.example");
    else
        examine_way_in(settings, wish, findings);
}

}  // namespace fleeting::app
