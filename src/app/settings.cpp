#include "app/settings.hpp"

#include "app/knob_values.hpp"

#include <algorithm>
#include <cctype>

namespace fleeting::app {
namespace {

constexpr auto kPrefix = std::string_view{"FLEETING_"};

constexpr auto kPageHead = std::string_view{R"(# Settings

Printed by `fleeting settings --markdown`; change `src/app/knobs.cpp`, not this page.

A flag (`--room-ttl 1h`) wins over its variable (`FLEETING_ROOM_TTL=1h`), that over the file named by `--config` or
`FLEETING_CONFIG`, that over `.env` in the working directory, that over the default. Both files hold `FLEETING_KEY=value` lines;
`#` begins a comment line. An unknown key or a bad value stops the start with exit code 2 and a sentence that names the key, the
value, the range, and how it is written.

Sizes are written as `512KiB`, `2GiB` or `5GB`, durations as `250ms`, `10s`, `30min` or `24h`, lists with commas. A rate is
`burst/period`: `10/60s` lets ten through at once, then one more every 60 s.

| flag | variable | default | accepts | meaning |
|---|---|---|---|---|
)"};

std::string variable_of(std::string_view key)
{
    auto name = std::string{kPrefix};
    for (auto const c : key)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

/// The key a variable stands for; FLEETING_NONSENSE becomes `nonsense`, which make_settings then refuses by name.
std::string key_of(std::string_view variable)
{
    variable.remove_prefix(kPrefix.size());
    auto key = std::string{};
    for (auto const c : variable)
        key += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return key;
}

std::string_view trimmed(std::string_view text)
{
    auto const begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::string_view unquoted(std::string_view text)
{
    return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

Result<> apply_by_key(Settings& settings, std::string const& key, std::string const& value)
{
    auto const knob = std::ranges::find(knobs(), key, &Knob::key);
    if (knob == knobs().end())
        return fail_field(Errc::invalid_request, key, "there is no setting " + name_of(key) + "; `fleeting settings` lists them");
    return apply(*knob, settings, value);
}

/// Whoever is on this machine reaches a loopback address; a socket of 0600 only we do.
Result<> check_admin(Settings const& settings)
{
    auto const has_token = !settings.admin_token.empty() || !settings.admin_token_file.empty();
    if (!settings.admin_token.empty() && !settings.admin_token_file.empty())
        return fail_field(Errc::invalid_request, "admin-token",
                          name_of("admin-token") + " and " + name_of("admin-token-file") + " can't both be set");
    if (settings.admin_listen != "off" && !http::unix_path_of(settings.admin_listen) && !has_token)
        return fail_field(Errc::invalid_request, "admin-token",
                          name_of("admin-listen") + " on an address needs " + name_of("admin-token") + " or " +
                              name_of("admin-token-file") + ": `openssl rand -hex 32` makes one");
    return {};
}

/// What no row can check on its own.
Result<> check_together(Settings const& settings)
{
    auto const& limits = settings.rooms.limits;
    auto const ttl = format_duration(limits.ttl_default);
    auto const range =
        format_duration(limits.ttl_min) + " (room-ttl-min) to " + format_duration(limits.ttl_max) + " (room-ttl-max)";
    if (limits.ttl_min > limits.ttl_default || limits.ttl_default > limits.ttl_max)
        return fail_field(Errc::invalid_request, "room-ttl", name_of("room-ttl") + " can't be \"" + ttl + "\": " + range);
    if (settings.server.tls_certificate_file.empty() != settings.server.tls_key_file.empty())
        return fail_field(Errc::invalid_request, "tls-key",
                          name_of("tls-certificate") + " and " + name_of("tls-key") + " are needed together");
    return check_admin(settings);
}

}  // namespace

std::string name_of(std::string const& key)
{
    auto const knob = std::ranges::find(knobs(), key, &Knob::key);
    if (knob != knobs().end() && knob->is_secret)
        return variable_of(key);
    return "--" + key + " (" + variable_of(key) + ")";
}

Values values_of_environment(char const* const* environment)
{
    auto values = Values{};
    for (; *environment != nullptr; ++environment) {
        auto const entry = std::string_view{*environment};
        auto const equals = entry.find('=');
        if (entry.starts_with(kPrefix) && equals != std::string_view::npos && entry.substr(0, equals) != "FLEETING_CONFIG")
            values.emplace(key_of(entry.substr(0, equals)), entry.substr(equals + 1));
    }
    return values;
}

Result<Values> parse_settings_file(std::string_view text, std::string_view file_name)
{
    auto values = Values{};
    for (auto number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        auto const line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with('#'))
            continue;
        auto const equals = line.find('=');
        if (equals == std::string_view::npos || !line.starts_with(kPrefix))
            return fail(Errc::invalid_request,
                        std::string{file_name} + ":" + std::to_string(number) + ": not FLEETING_KEY=value");
        values.insert_or_assign(key_of(trimmed(line.substr(0, equals))), std::string{unquoted(trimmed(line.substr(equals + 1)))});
    }
    return values;
}

Result<> apply(Knob const& knob, Settings& settings, std::string const& value)
{
    if (knob.kind.set(settings, value))
        return {};
    auto const& spelling = knob.kind.spelling;
    auto const written = spelling.empty() ? spelling : ", written as " + spelling;
    auto const shown = knob.is_secret ? std::string{"what it is"} : "\"" + value + "\"";
    return fail_field(Errc::invalid_request, knob.key,
                      name_of(knob.key) + " can't be " + shown + ": " + knob.accepts() + written);
}

Result<Settings> make_settings(std::vector<Values> const& sources)
{
    auto settings = Settings{};
    for (auto const& values : sources)
        for (auto const& [key, value] : values) {
            TRY(apply_by_key(settings, key, value));
        }
    TRY(check_together(settings));
    settings.api.base_path = settings.server.base_path;
    return settings;
}

std::string settings_page()
{
    auto page = std::string{kPageHead};
    auto const defaults = Settings{};
    for (auto const& knob : knobs()) {
        auto const value = knob.shown(defaults);
        page += knob.is_secret ? "| – " : "| `--" + knob.key + "` ";
        page += "| `" + variable_of(knob.key) + "` | " + (value.empty() ? "" : "`" + value + "`");
        page += " | " + knob.accepts() + " | " + knob.meaning + " |\n";
    }
    return page;
}

std::string settings_file(Settings const& settings)
{
    auto text = std::string{};
    for (auto const& knob : knobs()) {
        auto const value = knob.shown(settings);
        // A masked one says that there is one, and isn't to be read back.
        text += (knob.is_secret && !value.empty() ? "# " : "") + variable_of(knob.key) + "=" + value + "\n";
    }
    return text;
}

std::string summary_of(Settings const& settings)
{
    auto text = std::string{};
    for (auto const& knob : knobs())
        text += (text.empty() ? "" : " ") + knob.key + "=" + knob.shown(settings);
    return text;
}

}  // namespace fleeting::app
