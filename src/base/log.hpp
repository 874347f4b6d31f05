#pragma once

#include <string>
#include <string_view>

namespace fleeting::log {

enum class Level { debug, info, warning, error };
enum class Format { human, json };

/// Where lines go (stderr) and how they look. Call once, before the first line and before threads start.
void set_up(Level level, Format format);

/// Whether lines of that level are written: for those that cost something to word.
bool writes(Level level);

/// Thread-safe. Never pass a password, a token, a file's name or a full address.
/// event    one of those that docs/operating.md lists
/// trace    what the client was told to name this by; or empty
void write(Level level, std::string_view event, std::string_view detail = {}, std::string_view trace = {});
inline void debug(std::string_view event, std::string_view detail = {})
{
    write(Level::debug, event, detail);
}
inline void info(std::string_view event, std::string_view detail = {})
{
    write(Level::info, event, detail);
}
inline void warning(std::string_view event, std::string_view detail = {})
{
    write(Level::warning, event, detail);
}
inline void error(std::string_view event, std::string_view detail = {}, std::string_view trace = {})
{
    write(Level::error, event, detail, trace);
}

}  // namespace fleeting::log
