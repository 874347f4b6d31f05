#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace fleeting::log {
namespace {

auto chosen_format = Format::human;

spdlog::level::level_enum to_spdlog(Level level)
{
    switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string json_escaped(std::string_view text)
{
    auto out = std::string{};
    for (auto const c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += ' ';
        else
            out += c;
    }
    return out;
}

}  // namespace

void set_up(Level level, Format format)
{
    chosen_format = format;
    auto logger = spdlog::stderr_logger_mt("fleeting");
    logger->set_pattern(format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                               : "%Y-%m-%d %H:%M:%S.%e %-7l %v",
                        format == Format::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
    logger->set_level(to_spdlog(level));
    spdlog::set_default_logger(std::move(logger));
}

bool writes(Level level)
{
    return spdlog::should_log(to_spdlog(level));
}

void write(Level level, std::string_view event, std::string_view detail, std::string_view trace)
{
    auto const spd = to_spdlog(level);
    if (chosen_format == Format::json)
        spdlog::log(spd, R"("event":"{}","detail":"{}"{}{}{})", json_escaped(event), json_escaped(detail),
                    trace.empty() ? "" : R"(,"trace_id":")", trace, trace.empty() ? "" : R"(")");
    else
        spdlog::log(spd, "{} {}{}{}", event, detail, trace.empty() ? "" : " trace_id=", trace);
}

}  // namespace fleeting::log
