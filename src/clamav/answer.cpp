#include "clamav/answer.hpp"

#include <algorithm>

namespace fleeting::clamav {
namespace {

constexpr auto kMostName = std::size_t{128};

/// As it may stand in a log.
std::string printable(std::string_view text)
{
    auto shown = std::string{text.substr(0, kMostName)};
    std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
}

}  // namespace

Result<Verdict> parse_answer(std::string_view answer)
{
    constexpr auto kOurs = std::string_view{"stream: "};
    constexpr auto kFound = std::string_view{" FOUND"};
    if (answer.size() > kMostAnswerBytes)
        return fail(Errc::unavailable, "clamd's answer is too long");
    if (answer == "INSTREAM size limit exceeded. ERROR")
        return Verdict{Verdict::Kind::too_large, {}};
    if (answer == "stream: OK")
        return Verdict{};
    if (answer.starts_with(kOurs) && answer.ends_with(kFound) && answer.size() > kOurs.size() + kFound.size())
        return Verdict{Verdict::Kind::infected,
                       printable(answer.substr(kOurs.size(), answer.size() - kOurs.size() - kFound.size()))};
    return fail(Errc::unavailable, "clamd said: " + printable(answer));
}

}  // namespace fleeting::clamav
