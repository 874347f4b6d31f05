#include "app/command_line.hpp"

#include "app/admin_command.hpp"
#include "app/admin_token.hpp"
#include "app/descriptors.hpp"
#include "app/doctor.hpp"
#include "app/inherited.hpp"
#include "app/node.hpp"
#include "app/pepper_file.hpp"
#include "app/sandboxing.hpp"
#include "crypto/random.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/stat.h>

namespace fleeting::app {
namespace {

constexpr auto kDrain = Milliseconds{8'000};
constexpr auto kCannot = 1;
constexpr auto kMisused = 2;

int complain(int code, std::string const& text)
{
    std::cerr << "fleeting: " << text << '\n';
    return code;
}

Result<Values> read_settings_file(std::string const& name)
{
    auto ignored = std::error_code{};
    auto const is_folder = std::filesystem::is_directory(name, ignored);
    auto file = std::ifstream{name};
    if (!file || is_folder)
        return fail(Errc::invalid_request, "can't read the settings file " + name + ": " +
                                               std::generic_category().message(is_folder ? EISDIR : errno) +
                                               "; the user that this runs as must be able to");
    auto const text = std::string{std::istreambuf_iterator<char>{file}, {}};
    return parse_settings_file(text, name);
}

Result<Settings> gather(Values const& flags, std::string config, char const* const* environment)
{
    if (auto const* named = std::getenv("FLEETING_CONFIG"); config.empty() && named != nullptr)
        config = named;
    auto sources = std::vector<Values>{};
    if (std::filesystem::exists(".env")) {
        TRY(sources.emplace_back(), read_settings_file(".env"));
    }
    if (!config.empty()) {
        TRY(sources.emplace_back(), read_settings_file(config));
    }
    sources.push_back(values_of_environment(environment));
    sources.push_back(flags);
    return make_settings(sources);
}

/// What a server process gives up or takes once, before it opens anything.
void set_up_process()
{
    std::signal(SIGPIPE, SIG_IGN);
    ::umask(077);
    ::prctl(PR_SET_DUMPABLE, 0);  // keys and passwords don't go into core dumps
}

/// What stands in files of its own, as long as every file can be read.
Result<> read_secrets(Settings& settings)
{
    TRY(settings.admin_token, admin_token_of(settings));
    TRY(settings.rooms.pepper, pepper_of(settings));
    return {};
}

int serve(Settings settings)
{
    set_up_process();
    log::set_up(settings.log_level, settings.log_format);
    crypto::set_up();
    log::info("settings", summary_of(settings));
    if (auto const fits = fit_into_descriptors(settings, raise_descriptor_limit()); !fits)
        return complain(kCannot, fits.error().detail);
    auto signals = sigset_t{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread starts: they all inherit it
    if (auto const read = read_secrets(settings); !read)
        return complain(kMisused, read.error().detail);
    auto inherited = take_inherited_listener();
    if (!inherited)
        return complain(kMisused, inherited.error().detail);
    settings.server.inherited = *inherited;
    give_up_the_rest(settings);
    auto const listen = settings.server.listen;
    auto const admin_listen = settings.admin_listen;
    auto node = Node::open(std::move(settings));
    if (!node)
        return complain(kCannot, node.error().detail);
    (*node)->start();
    log::info("listening", listen.substr(0, listen.rfind(':') + 1) + std::to_string((*node)->port()) +
                               " metrics_port=" + std::to_string((*node)->metrics_port()));
    if (admin_listen != "off")
        log::info("admin_listening", http::unix_path_of(admin_listen) ? admin_listen
                                                                      : admin_listen.substr(0, admin_listen.rfind(':') + 1) +
                                                                            std::to_string((*node)->admin_port()));
    auto received = 0;
    sigwait(&signals, &received);
    log::info("draining", "a second signal stops at once");
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    (*node)->stop(kDrain);
    log::info("stopped");
    return (*node)->has_failed() ? kCannot : 0;
}

int diagnose(Settings const& settings, DoctorWish const& wish)
{
    crypto::set_up();
    log::set_up(log::Level::error, settings.log_format);
    auto findings = Findings{std::cout};
    examine(settings, wish, findings);
    return findings.are_well() ? 0 : kCannot;
}

CLI::App* add_doctor_command(CLI::App& app, DoctorWish& wish)
{
    auto* const doctor = app.add_subcommand(
        "doctor",
        "Look whether what the settings name can be used, and whether the proxy in front lets all pass: what to do, a line each.");
    doctor->add_option("URL", wish.url, "The address that members type. A room is opened there, and ended again.");
    doctor->add_option("--connect-to", wish.connect_to, "The host to connect to in place of the URL's.")->type_name("HOST");
    doctor->add_option("--ca-file", wish.ca_file, "Who vouches for the certificate there.")->type_name("FILE");
    return doctor;
}

int steer(CLI::App const& admin, Settings const& settings, AdminWish const& wish)
{
    auto const done = run_admin(admin, settings, wish, std::cout);
    if (done)
        return 0;
    return complain(done.error().code == Errc::invalid_request ? kMisused : kCannot, done.error().detail);
}

/// group   under what `--help` lists them; empty: not at all
void add_flags(CLI::App& command, Values& flags, std::string const& group)
{
    for (auto const& knob : knobs()) {
        auto const take = [&flags, key = knob.key](std::string const& value) { flags[key] = value; };
        if (knob.is_secret) {
            auto const refuse = [key = knob.key](std::string const&) {
                throw CLI::ValidationError("--" + key, "is no flag, as everybody on a machine sees those: set " + name_of(key));
            };
            command.add_option_function<std::string>("--" + knob.key, refuse)->group("");
            continue;
        }
        command.add_option_function<std::string>("--" + knob.key, take, knob.meaning + " Takes " + knob.accepts() + ".")
            ->type_name("")
            ->group(group);
    }
}

/// Those of a command that needs the server's settings to find it. All there are would bury its own few.
void add_flags_unlisted(CLI::App& command, Values& flags)
{
    add_flags(command, flags, "");
    command.footer("Takes the server's settings too, which `fleeting serve --help` lists: here mostly by --config.");
}

std::string names_of(std::vector<CLI::App const*> const& commands)
{
    auto names = std::string{};
    for (auto const* command : commands)
        (names += names.empty() ? "" : ", ") += command->get_name();
    return names;
}

/// What is wrong with the subcommand that was named, or wasn't; nothing where one is there.
std::optional<std::string> wrong_command(CLI::App const& app, std::string const& name)
{
    if (auto const parsed = app.get_subcommands(); !parsed.empty())
        return wrong_command(*parsed.front(), name + " " + parsed.front()->get_name());
    auto const all = names_of(app.get_subcommands([](CLI::App const*) { return true; }));
    if (all.empty())
        return std::nullopt;
    auto const hint = all + " (" + name + " --help)";
    auto const rest = app.remaining();
    return rest.empty() ? "a subcommand is missing: " + hint
                        : "\"" + rest.front() + "\" is no subcommand of " + name + ": there are " + hint;
}

/// The exit code, where the line says all that there is to do, or is wrong.
std::optional<int> parse_line(CLI::App& app, int count, char** arguments)
{
    try {
        app.parse(count, arguments);
        return std::nullopt;
    } catch (CLI::RequiredError const& e) {
        if (auto const wrong = wrong_command(app, "fleeting"))
            return complain(kMisused, *wrong);
        return app.exit(e) == 0 ? 0 : kMisused;
    } catch (CLI::ParseError const& e) {
        return app.exit(e) == 0 ? 0 : kMisused;
    }
}

int print_settings(bool as_markdown, Result<Settings> const& settings)
{
    if (!as_markdown && !settings)
        return complain(kMisused, settings.error().detail);
    std::cout << (as_markdown ? settings_page() : settings_file(*settings));
    return 0;
}

int run(int count, char** arguments, char const* const* environment, std::string_view version)
{
    auto app = CLI::App{"Fleeting Files: rooms with a name and a password, where files are handed over and then are gone."};
    app.set_version_flag("--version", "fleeting " + std::string{version});
    app.require_subcommand(1);
    auto flags = Values{};
    auto config = std::string{};
    auto as_markdown = false;
    auto* const serving = app.add_subcommand("serve", "Run the server.");
    auto* const listing = app.add_subcommand("settings", "Print every setting with the value it has here.");
    auto wish = AdminWish{};
    auto* const steering = add_admin_command(app, wish);
    auto doctor_wish = DoctorWish{};
    auto* const examining = add_doctor_command(app, doctor_wish);
    listing->add_flag("--markdown", as_markdown, "Print docs/configuration.md instead.");
    for (auto* const command : {serving, listing, examining, steering})
        command->add_option("--config", config, "A file of FLEETING_KEY=value lines.")->type_name("FILE");
    add_flags(*serving, flags, "Settings");
    for (auto* const command : {listing, examining, steering})
        add_flags_unlisted(*command, flags);
    if (auto const code = parse_line(app, count, arguments))
        return *code;
    auto settings = gather(flags, config, environment);
    if (*listing)
        return print_settings(as_markdown, settings);
    if (!settings)
        return complain(kMisused, settings.error().detail);
    if (*examining)
        return diagnose(*settings, doctor_wish);
    if (*steering)
        return steer(*steering, *settings, wish);
    settings->version = version;
    return serve(*std::move(settings));
}

}  // namespace

int run_command_line(int count, char** arguments, char const* const* environment, std::string_view version)
{
    try {
        return run(count, arguments, environment, version);
    } catch (std::exception const& e) {
        return complain(kCannot, e.what());
    }
}

}  // namespace fleeting::app
