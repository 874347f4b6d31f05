#include "http/date.hpp"

#include <array>
#include <ctime>

namespace fleeting::http {
namespace {

using Text = std::array<char, 32>;

std::size_t write_date(std::time_t at, Text& into)
{
    auto parts = std::tm{};
    ::gmtime_r(&at, &parts);
    return std::strftime(into.data(), into.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

}  // namespace

std::string to_http_date(Instant at)
{
    auto text = Text{};
    auto const size = write_date(std::chrono::floor<Seconds>(at).time_since_epoch().count(), text);
    return {text.data(), size};
}

std::string_view date_now()
{
    thread_local auto made_at = std::time_t{-1};
    thread_local auto text = Text{};
    thread_local auto size = std::size_t{0};
    auto const now = std::time(nullptr);
    if (now != made_at) {
        size = write_date(now, text);
        made_at = now;
    }
    return {text.data(), size};
}

}  // namespace fleeting::http
