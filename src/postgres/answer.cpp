#include "postgres/answer.hpp"

#include <string_view>

namespace fleeting::postgres {

Bytes Row::bytes(int column) const
{
    auto const* start = PQgetvalue(result_, row_, first_ + column);
    return std::as_bytes(std::span{start, static_cast<std::size_t>(PQgetlength(result_, row_, first_ + column))});
}

std::string Row::text(int column) const
{
    auto const value = bytes(column);
    return {reinterpret_cast<char const*>(value.data()), value.size()};
}

std::int64_t Row::integer(int column) const
{
    auto value = std::uint64_t{0};
    for (auto const byte : bytes(column))
        value = value << 8U | std::to_integer<std::uint64_t>(byte);
    return static_cast<std::int64_t>(value);
}

bool Row::flag(int column) const
{
    return integer(column) != 0;
}

bool Answer::has_changed() const
{
    // Its declaration takes no const, it changes nothing.
    auto const changed = std::string_view{PQcmdTuples(result_.get())};
    return !changed.empty() && changed != "0";
}

}  // namespace fleeting::postgres
