#include "app/settings.hpp"

#include <algorithm>
#include <cctype>

namespace fleeting::app {
namespace {

constexpr auto kPrefix = std::string_view{"FLEETING_"};

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

Result<> apply(Settings& settings, std::string const& key, std::string const& value)
{
    auto const knob = std::ranges::find(knobs(), key, &Knob::key);
    if (knob == knobs().end())
        return fail_field(Errc::invalid_request, key,
                          "there is no setting --" + key + " (" + variable_of(key) + "); `fleeting settings` lists them");
    if (!knob->set(settings, value))
        return fail_field(Errc::invalid_request, key,
                          "--" + key + " (" + variable_of(key) + ") can't be \"" + value + "\": " + knob->range);
    return {};
}

Result<> check_together(Settings const& settings)
{
    auto const& limits = settings.rooms.limits;
    if (limits.ttl_min > limits.ttl_default || limits.ttl_default > limits.ttl_max)
        return fail_field(Errc::invalid_request, "room-ttl", "room-ttl must lie between room-ttl-min and room-ttl-max");
    if (settings.server.tls_certificate_file.empty() != settings.server.tls_key_file.empty())
        return fail_field(Errc::invalid_request, "tls-key", "tls-certificate and tls-key are needed together");
    auto const& base = settings.server.base_path;
    if (!base.empty() && (!base.starts_with('/') || base.ends_with('/')))
        return fail_field(Errc::invalid_request, "base-path", "base-path begins with a slash and doesn't end with one");
    return {};
}

}  // namespace

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

Result<Settings> make_settings(std::vector<Values> const& sources)
{
    auto settings = Settings{};
    for (auto const& values : sources)
        for (auto const& [key, value] : values) {
            TRY(apply(settings, key, value));
        }
    TRY(check_together(settings));
    settings.api.base_path = settings.server.base_path;
    return settings;
}

std::string settings_page()
{
    auto page = std::string{
        "# Settings\n\nMade by `fleeting settings`; don't edit. A flag (`--listen`) wins over its variable (`FLEETING_LISTEN`), "
        "that over the file named by `--config` or `FLEETING_CONFIG`, that over `.env` in the working directory.\n"
        "An unknown key or a bad value stops the start.\n\n| flag | variable | default | accepts | meaning |\n|---|---|---|---|---|\n"};
    auto const defaults = Settings{};
    for (auto const& knob : knobs()) {
        auto const value = knob.get(defaults);
        page += "| `--" + knob.key + "` | `" + variable_of(knob.key) + "` | " + (value.empty() ? "" : "`" + value + "`") + " | " +
                knob.range + " | " + knob.meaning + " |\n";
    }
    return page;
}

std::string summary_of(Settings const& settings)
{
    auto text = std::string{};
    for (auto const& knob : knobs())
        text += (text.empty() ? "" : " ") + knob.key + "=" + knob.get(settings);
    return text;
}

}  // namespace fleeting::app
