#include "http/structured_fields.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <charconv>

namespace fleeting::http {
namespace {

constexpr auto kMostDigits = std::size_t{15};
constexpr auto kMostMembers = std::size_t{32};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/// Reads a field from its front. Every `take_…` leaves the rest as it was where it answers false or nothing.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool take(char c)
    {
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    template <class Predicate>
    std::string_view take_while(Predicate is_wanted)
    {
        auto const end = std::ranges::find_if_not(rest_, is_wanted);
        auto const taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    void skip(std::string_view characters)
    {
        take_while([=](char c) { return characters.find(c) != std::string_view::npos; });
    }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

    std::optional<std::string_view> take_key()
    {
        if (rest_.empty() || (!is_lower(rest_[0]) && rest_[0] != '*'))
            return std::nullopt;
        return take_while([](char c) { return is_lower(c) || is_digit(c) || std::string_view{"_-.*"}.contains(c); });
    }
    std::optional<bool> take_boolean()
    {
        if (!take('?') || (!rest_.starts_with('0') && !rest_.starts_with('1')))
            return std::nullopt;
        return !take('0') && take('1');
    }
    std::optional<std::int64_t> take_integer()
    {
        auto const is_negative = take('-');
        auto const digits = take_while(is_digit);
        auto value = std::int64_t{0};
        if (digits.empty() || digits.size() > kMostDigits || rest_.starts_with('.'))
            return std::nullopt;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return is_negative ? -value : value;
    }
    std::optional<std::vector<std::byte>> take_bytes()
    {
        if (!take(':'))
            return std::nullopt;
        auto const encoded = take_while([](char c) { return c != ':'; });
        auto decoded = parse_base64(encoded);
        return take(':') && decoded ? std::optional{*std::move(decoded)} : std::nullopt;
    }
    bool skip_string()
    {
        if (!take('"'))
            return false;
        while (!rest_.empty() && rest_[0] != '"')
            rest_.remove_prefix(std::min(rest_[0] == '\\' ? 2UZ : 1UZ, rest_.size()));
        return take('"');
    }
    /// A bare item of any type.
    bool skip_item()
    {
        if (rest_.empty())
            return false;
        switch (rest_[0]) {
        case '?': return take_boolean().has_value();
        case ':': return take_bytes().has_value();
        case '"': return skip_string();
        default: break;
        }
        // Numbers, dates and tokens: nothing here depends on them.
        return !take_while([](char c) { return c > ' ' && c < 0x7F && !std::string_view{",;\"()="}.contains(c); }).empty();
    }
    bool skip_inner_list()
    {
        if (!take('('))
            return false;
        for (skip(" "); !take(')'); skip(" "))
            if (!skip_item() || !skip_parameters() || !(rest_.starts_with(' ') || rest_.starts_with(')')))
                return false;
        return true;
    }
    bool skip_parameters()
    {
        while (take(';')) {
            skip(" ");
            if (!take_key() || (take('=') && !skip_item()))
                return false;
        }
        return true;
    }

private:
    std::string_view rest_;
};

bool take_member(Reader& reader, ByteSequences& members)
{
    auto const key = reader.take_key();
    if (!key)
        return false;
    if (!reader.take('='))
        return reader.skip_parameters();
    auto probe = reader;
    if (auto bytes = probe.take_bytes()) {
        members.insert_or_assign(std::string{*key}, *std::move(bytes));
        reader = probe;
        return reader.skip_parameters();
    }
    return (reader.skip_inner_list() || reader.skip_item()) && reader.skip_parameters();
}

}  // namespace

std::optional<bool> parse_sf_boolean(std::string_view field)
{
    auto reader = Reader{field};
    auto const value = reader.take_boolean();
    return value && reader.skip_parameters() && reader.is_at_end() ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_sf_size(std::string_view field)
{
    auto reader = Reader{field};
    auto const value = reader.take_integer();
    if (!value || *value < 0 || !reader.skip_parameters() || !reader.is_at_end())
        return std::nullopt;
    return static_cast<std::uint64_t>(*value);
}

std::optional<ByteSequences> parse_sf_byte_sequences(std::string_view field)
{
    auto reader = Reader{field};
    auto members = ByteSequences{};
    for (auto count = std::size_t{0}; count < kMostMembers; ++count) {
        if (!take_member(reader, members))
            return std::nullopt;
        reader.skip(" \t");
        if (reader.is_at_end())
            return members;
        if (!reader.take(','))
            return std::nullopt;
        reader.skip(" \t");
    }
    return std::nullopt;
}

std::string to_sf_bytes(Bytes bytes)
{
    return ':' + to_base64(bytes) + ':';
}

}  // namespace fleeting::http
