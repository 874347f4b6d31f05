#include "postgres/parameters.hpp"

#include <algorithm>
#include <bit>

namespace fleeting::postgres {
namespace {

constexpr auto kByteaType = std::int32_t{17};  // its oid in pg_type.dat

template <class Integer>
std::array<char, sizeof(Integer)> big_endian(Integer value)
{
    auto bytes = std::bit_cast<std::array<char, sizeof(Integer)>>(value);
    if constexpr (std::endian::native == std::endian::little)
        std::ranges::reverse(bytes);
    return bytes;
}

void append(std::string& out, std::int32_t value)
{
    auto const bytes = big_endian(value);
    out.append(bytes.data(), bytes.size());
}

}  // namespace

void Parameters::add(std::int64_t value)
{
    auto const bytes = big_endian(value);
    put(bytes.data(), bytes.size());
}

void Parameters::add(bool flag)
{
    auto const byte = static_cast<char>(flag);
    put(&byte, 1);
}

void Parameters::put(char const* start, std::size_t length)
{
    values_.push_back({bytes_.size(), static_cast<int>(length)});
    bytes_.append(start, length);
}

// array_recv: dimensions, whether there are nulls, type, and for each dimension its length and first index.
std::string Parameters::array_head(std::size_t count)
{
    auto array = std::string{};
    append(array, count == 0 ? 0 : 1);
    append(array, 0);
    append(array, kByteaType);
    if (count == 0)
        return array;
    append(array, static_cast<std::int32_t>(count));
    append(array, 1);
    return array;
}

void Parameters::add_element(std::string& array, Bytes element)
{
    append(array, static_cast<std::int32_t>(element.size()));
    array.append(reinterpret_cast<char const*>(element.data()), element.size());
}

std::vector<char const*> Parameters::starts() const
{
    auto starts = std::vector<char const*>{};
    starts.reserve(values_.size());
    for (auto const& value : values_)
        starts.push_back(value.length == kNull ? nullptr : bytes_.data() + value.start);
    return starts;
}

std::vector<int> Parameters::lengths() const
{
    auto lengths = std::vector<int>{};
    lengths.reserve(values_.size());
    for (auto const& value : values_)
        lengths.push_back(value.length);
    return lengths;
}

}  // namespace fleeting::postgres
