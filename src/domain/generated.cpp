#include "domain/generated.hpp"

#include <string_view>
#include <vector>

namespace fleeting {
namespace {

constexpr auto kPasswordWords = std::string_view{
#include "domain/words/password_words.inc"
};
constexpr auto kAdjectives = std::string_view{
#include "domain/words/adjectives.inc"
};
constexpr auto kAnimals = std::string_view{
#include "domain/words/animals.inc"
};

constexpr auto kPasswordLength = 4;
constexpr auto kNumbers = 100U;

std::vector<std::string_view> split(std::string_view words)
{
    auto list = std::vector<std::string_view>{};
    while (!words.empty()) {
        auto const end = words.find(' ');
        list.push_back(words.substr(0, end));
        words.remove_prefix(end + 1);
    }
    return list;
}

std::string_view draw(std::vector<std::string_view> const& words, RandomBelow const& random_below)
{
    return words[random_below(static_cast<std::uint32_t>(words.size()))];
}

std::vector<std::string_view> const& adjectives()
{
    static auto const list = split(kAdjectives);
    return list;
}

std::vector<std::string_view> const& animals()
{
    static auto const list = split(kAnimals);
    return list;
}

std::string capitalised(std::string_view word)
{
    auto text = std::string{word};
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

}  // namespace

std::vector<std::string_view> const& password_words()
{
    static auto const list = split(kPasswordWords);
    return list;
}

std::string generate_room_name(RandomBelow const& random_below)
{
    auto const adjective = std::string{draw(adjectives(), random_below)};
    auto const animal = std::string{draw(animals(), random_below)};
    return adjective + "-" + animal + "-" + std::to_string(random_below(kNumbers));
}

std::string generate_password(RandomBelow const& random_below)
{
    auto password = std::string{};
    for (auto i = 0; i < kPasswordLength; ++i) {
        password += i > 0 ? "-" : "";
        password += draw(password_words(), random_below);
    }
    return password;
}

std::string generate_nickname(RandomBelow const& random_below)
{
    auto const adjective = capitalised(draw(adjectives(), random_below));
    return adjective + " " + capitalised(draw(animals(), random_below));
}

}  // namespace fleeting
