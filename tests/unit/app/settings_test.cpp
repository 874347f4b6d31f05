#include "app/settings.hpp"
#include "support/source_path.hpp"

#include <array>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>

namespace fleeting::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Settings made_from(std::vector<Values> const& sources)
{
    auto settings = make_settings(sources);
    EXPECT_TRUE(settings) << settings.error().detail;
    return *std::move(settings);
}

std::string refusal_of(std::vector<Values> const& sources)
{
    auto const settings = make_settings(sources);
    return settings ? "accepted" : settings.error().detail;
}

Knob const& knob_called(std::string_view key)
{
    return *std::ranges::find(knobs(), key, &Knob::key);
}

std::string text_of(std::string const& file_name)
{
    auto file = std::ifstream{file_name};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// The order: flag, environment, file, default.

TEST(Settings, AreTheDefaultsWhereNothingIsSaid)
{
    auto const settings = made_from({});
    EXPECT_EQ(settings.server.listen, "127.0.0.1:8000");
    EXPECT_EQ(settings.metrics_listen, "127.0.0.1:9090");
    EXPECT_EQ(settings.rooms.limits.ttl_default, std::chrono::minutes{30});
    EXPECT_EQ(settings.rooms.password_cost.memory_kib, 46U * 1024);
}

TEST(Settings, TakeTheStrongestSource)
{
    auto const file = Values{{"threads", "1"}, {"hash-queue", "1"}, {"linked-files", "1"}};
    auto const environment = Values{{"threads", "2"}, {"hash-queue", "2"}};
    auto const flags = Values{{"threads", "3"}};
    auto const settings = made_from({file, environment, flags});
    EXPECT_EQ(settings.server.threads, 3U);
    EXPECT_EQ(settings.hash_queue, 2U);
    EXPECT_EQ(settings.linked_files, 1U);
}

TEST(Settings, ReadVariablesWithTheirPrefixOnly)
{
    auto const environment =
        std::array{"PATH=/bin", "FLEETING_ROOM_TTL_MIN=1s", "FLEETING_CONFIG=/etc/fleeting", static_cast<char const*>(nullptr)};
    EXPECT_THAT(values_of_environment(environment.data()), testing::ElementsAre(testing::Pair("room-ttl-min", "1s")));
}

TEST(Settings, GiveTheBasePathToServerAndHandlersAlike)
{
    auto const settings = made_from({{{"base-path", "/files"}}});
    EXPECT_EQ(settings.server.base_path, "/files");
    EXPECT_EQ(settings.api.base_path, "/files");
}

// Files.

TEST(SettingsFile, HoldsLinesCommentsAndQuotes)
{
    auto const values = parse_settings_file("# ours\n\n FLEETING_THREADS = 2\r\nFLEETING_DATA_DIR=\"/var/lib/a b\"\n", "x");
    ASSERT_TRUE(values) << values.error().detail;
    EXPECT_THAT(*values, testing::ElementsAre(testing::Pair("data-dir", "/var/lib/a b"), testing::Pair("threads", "2")));
}

TEST(SettingsFile, IsRefusedWithTheLineThatIsNoSetting)
{
    for (auto const* line : {"THREADS=2", "FLEETING_THREADS 2", "export FLEETING_THREADS=2"}) {
        auto const values = parse_settings_file("FLEETING_THREADS=1\n" + std::string{line}, "our.env");
        ASSERT_FALSE(values) << line;
        EXPECT_THAT(values.error().detail, HasSubstr("our.env:2")) << line;
    }
}

TEST(SettingsFile, ThatIsPrintedIsReadBack)
{
    auto const settings = made_from({{{"room-ttl", "90s"}, {"trusted-proxies", "10.0.0.0/8,::1"}, {"sync-uploads", "off"}}});
    auto const values = parse_settings_file(settings_file(settings), "printed");
    ASSERT_TRUE(values) << values.error().detail;
    EXPECT_EQ(summary_of(made_from({*values})), summary_of(settings));
}

TEST(SettingsFile, ThatIsPrintedHasSecretsAsComments)
{
    auto const settings = made_from({{{"admin-token", std::string(32, 'x')}}});
    EXPECT_THAT(settings_file(settings), HasSubstr("\n# FLEETING_ADMIN_TOKEN=***\n"));
    EXPECT_TRUE(parse_settings_file(settings_file(settings), "printed"));
}

// Refusals name the key, the value and the range.

TEST(Settings, RefuseASecretByItsVariable)
{
    EXPECT_THAT(refusal_of({{{"admin-token", "short"}}}), StartsWith("FLEETING_ADMIN_TOKEN can't be"));
}

TEST(Settings, RefuseAnUnknownKeyByName)
{
    EXPECT_THAT(refusal_of({{{"frobnicate", "1"}}}), AllOf(HasSubstr("--frobnicate"), HasSubstr("FLEETING_FROBNICATE")));
    auto const environment = std::array{"FLEETING_LISTEN_ADDRESS=x", static_cast<char const*>(nullptr)};
    EXPECT_THAT(refusal_of({values_of_environment(environment.data())}), HasSubstr("FLEETING_LISTEN_ADDRESS"));
}

TEST(Settings, RefuseABadValueNamingKeyValueRangeAndSpelling)
{
    EXPECT_EQ(refusal_of({{{"room-ttl-max", "30d"}}}),
              "--room-ttl-max (FLEETING_ROOM_TTL_MAX) can't be \"30d\": 1s to 168h (a room "
              "isn't an archive), written as 250ms, 10s, 30min or 24h");
    EXPECT_THAT(refusal_of({{{"file-size-limit", "5G"}}}), HasSubstr("\"5G\": 1 byte to 9007199GB"));
    EXPECT_THAT(refusal_of({{{"file-size-limit", "5G"}}}), HasSubstr(", written as 512KiB, 2GiB or 5GB"));
    EXPECT_THAT(refusal_of({{{"rate-join-room", "10/min"}}}), HasSubstr(", written as 10/60s"));
    EXPECT_THAT(refusal_of({{{"threads", "x"}}}), Not(HasSubstr("written")));
}

struct Refused {
    char const* key;
    char const* value;
};

class EveryBadValue : public testing::TestWithParam<Refused> {};

TEST_P(EveryBadValue, IsRefused)
{
    auto const [key, value] = GetParam();
    EXPECT_THAT(refusal_of({{{key, value}}}),
                AllOf(HasSubstr(key), HasSubstr("\"" + std::string{value} + "\""), HasSubstr(knob_called(key).kind.range)));
}

INSTANTIATE_TEST_SUITE_P(Settings, EveryBadValue,
                         testing::ValuesIn(std::to_array<Refused>({
                             {"listen", "8000"},
                             {"listen", "localhost:8000"},
                             {"listen", "127.0.0.1:65536"},
                             {"listen", "127.0.0.1:"},
                             {"listen", "::1:80"},
                             {"listen", ""},
                             {"metrics-listen", "on"},
                             {"base-path", "files"},
                             {"base-path", "/files/"},
                             {"base-path", "/"},
                             {"base-path", "/a//b"},
                             {"base-path", "/../b"},
                             {"base-path", "/\"><script>"},
                             {"trusted-proxies", "proxy.example"},
                             {"trusted-proxies", "10.0.0.0/33"},
                             {"allowed-origins", "files.example"},
                             {"allowed-origins", "https://files.example/"},
                             {"allowed-origins", "*"},
                             {"security-contact", "security@files.example"},
                             {"security-contact", "mailto:"},
                             {"security-contact", "mailto:ä@files.example"},
                             {"security-contact", "http://files.example/"},
                             {"allowed-hosts", "https://files.example"},
                             {"allowed-hosts", "files.example:http"},
                             {"hsts", "yes"},
                             {"threads", "-1"},
                             {"threads", "257"},
                             {"threads", "two"},
                             {"threads", "1.5"},
                             {"threads", " 2"},
                             {"threads", ""},
                             {"header-timeout", "10"},
                             {"header-timeout", "0s"},
                             {"header-timeout", "2h"},
                             {"keep-alive-timeout", "1 min"},
                             {"body-grace", "-1s"},
                             {"body-min-rate", "0"},
                             {"body-min-rate", "1kb"},
                             {"write-stall", "99999999999999999999s"},
                             {"connections-per-address", "0"},
                             {"max-connections", "0"},
                             {"room-ttl", "0s"},
                             {"room-ttl-min", "999ms"},
                             {"room-ttl-min", "1500ms"},
                             {"room-ttl-max", "169h"},
                             {"file-size-limit", "0"},
                             {"file-size-limit", "-1"},
                             {"file-size-limit", "5 GiB"},
                             {"file-size-limit", "9007199254740992"},
                             {"room-size-limit", "18446744073709551617"},
                             {"file-count-limit", "0"},
                             {"event-streams-per-session", "0"},
                             {"rate-join-room", "10"},
                             {"rate-join-room", "0/60s"},
                             {"rate-join-network", "10/60"},
                             {"rate-create-hour", "10/0s"},
                             {"rate-create-day", "ten/1h"},
                             {"rate-create-day", "10/1h/2"},
                             {"password-memory", "46"},
                             {"password-memory", "7MiB"},
                             {"password-memory", "8388609"},
                             {"password-passes", "0"},
                             {"hash-workers", "0"},
                             {"hash-queue", "0"},
                             {"data-dir", ""},
                             {"disk-floor-bytes", "-1"},
                             {"disk-floor-percent", "100"},
                             {"sync-uploads", "maybe"},
                             {"linked-files", "0"},
                             {"log-level", "trace"},
                             {"log-format", "xml"},
                         })));

TEST(Settings, RefuseADefaultLifetimeOutsideItsBounds)
{
    EXPECT_THAT(refusal_of({{{"room-ttl-max", "10min"}}}), AllOf(HasSubstr("room-ttl"), HasSubstr("30min"), HasSubstr("10min")));
    EXPECT_THAT(refusal_of({{{"room-ttl", "5s"}}}), AllOf(HasSubstr("\"5s\""), HasSubstr("1min")));
    EXPECT_EQ(made_from({{{"room-ttl", "5s"}, {"room-ttl-min", "1s"}}}).rooms.limits.ttl_default, Seconds{5});
}

TEST(Settings, RefuseHalfATlsPair)
{
    EXPECT_THAT(refusal_of({{{"tls-key", "/k.pem"}}}), AllOf(HasSubstr("tls-certificate"), HasSubstr("tls-key")));
    EXPECT_THAT(refusal_of({{{"tls-certificate", "/c.pem"}}}), HasSubstr("tls-key"));
}

TEST(Settings, KeepWhatWasThereWhenAValueIsRefused)
{
    auto settings = Settings{};
    EXPECT_FALSE(knob_called("threads").kind.set(settings, "1000"));
    EXPECT_EQ(settings.server.threads, Settings{}.server.threads);
}

// Secrets.

TEST(Settings, NeverShowASecret)
{
    auto const kind = KnobKind{"32 bytes, hex", [](Settings&, std::string_view) { return false; },
                               [](Settings const&) { return std::string{"hunter2"}; }};
    auto const secret = Knob{"pepper", kind, "", "Mixed into every password.", true};
    EXPECT_EQ(secret.shown(Settings{}), "***");
    EXPECT_EQ(knob_called("database-url").shown(Settings{}), "") << "whether there is one is no secret";
    auto settings = Settings{};
    auto const refused = apply(secret, settings, "hunter3");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, AllOf(HasSubstr("FLEETING_PEPPER"), HasSubstr("32 bytes"), Not(HasSubstr("hunter3"))));
}

// The table itself.

TEST(Settings, TakeBackEveryValueTheyShow)
{
    auto const defaults = Settings{};
    for (auto const& knob : knobs()) {
        auto settings = Settings{};
        EXPECT_TRUE(knob.kind.set(settings, knob.kind.get(defaults))) << knob.key;
        EXPECT_EQ(summary_of(settings), summary_of(defaults)) << knob.key;
    }
}

TEST(Settings, HaveOneRowForEachKey)
{
    auto keys = std::vector<std::string>{};
    for (auto const& knob : knobs())
        keys.push_back(knob.key);
    std::ranges::sort(keys);
    EXPECT_TRUE(std::ranges::adjacent_find(keys) == keys.end());
}

TEST(Settings, ArePrintedOnThePageInDocs)
{
    EXPECT_EQ(text_of(test::source_path("docs/configuration.md")), settings_page())
        << "docs/configuration.md is stale: run fleeting settings --markdown > docs/configuration.md";
}

TEST(Settings, OfTheExampleFileAreTheDefaults)
{
    auto const values = parse_settings_file(text_of(test::source_path("deploy/.env.example")), ".env.example");
    ASSERT_TRUE(values) << values.error().detail;
    EXPECT_FALSE(values->empty());
    EXPECT_EQ(summary_of(made_from({*values})), summary_of(Settings{}));
}

}  // namespace
}  // namespace fleeting::app
