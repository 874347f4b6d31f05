#include "http/multipart.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace fleeting::http {
namespace {

using State = MultipartFraming::State;

struct Outcome {
    std::vector<std::string> parts{};  ///< "name=bytes", or "-=bytes" for a field
    State end = State::needs_more;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

/// Reads the form in pieces of at most `piece` bytes.
Outcome read(std::string_view text, std::size_t piece)
{
    auto framing = MultipartFraming{"XX"};
    auto outcome = Outcome{};
    while (true) {
        outcome.end = framing.advance();
        if (outcome.end == State::part) {
            outcome.parts.push_back(framing.head().file_name.value_or("-") + "=");
        } else if (outcome.end == State::data) {
            outcome.parts.back() += framing.data();
            framing.took(framing.data().size());
        } else if (outcome.end != State::part_end) {
            auto const space = framing.space();
            auto const count = std::min({piece, space.size(), text.size()});
            if (outcome.end != State::needs_more || count == 0)
                return outcome;
            std::memcpy(space.data(), text.data(), count);
            framing.filled(count);
            text.remove_prefix(count);
        }
    }
}

std::string part(std::string const& disposition, std::string const& bytes)
{
    return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\nContent-Type: text/plain\r\n\r\n" + bytes + "\r\n";
}

TEST(Multipart, GivesEveryPartItsBytesHoweverTheyAreCut)
{
    auto const long_one = std::string(200'000, 'z') + "\r\n--X";
    auto const form = part("name=a; filename=\"a b.txt\"", "one") + part("name=\"field\"", "value") +
                      part("name=a; filename=\"\"", "") + part("name=a; filename=\"q%22.txt\"", "\r\n--XY\r\n\r\n--") +
                      part("name=a; filename=big", long_one) + "--XX--\r\n";
    auto const expected = Outcome{{"a b.txt=one", "-=value", "=", "q\".txt=\r\n--XY\r\n\r\n--", "big=" + long_one}, State::done};
    for (auto const piece : {1, 2, 3, 7, 100, 1'000'000})
        EXPECT_EQ(read(form, static_cast<std::size_t>(piece)), expected) << piece;
    EXPECT_EQ(read("--XX--", 1), (Outcome{{}, State::done}));
}

TEST(Multipart, WaitsForWhatIsMissing)
{
    auto const form = part("name=a; filename=a", "bytes") + "--XX--";
    for (auto cut = std::size_t{0}; cut < form.size(); ++cut)
        EXPECT_EQ(read(form.substr(0, cut), 5).end, State::needs_more) << cut;
}

TEST(Multipart, RefusesWhatNoBrowserWrites)
{
    for (auto const* const text : {
             "preamble\r\n--XX\r\n",
             "--XY\r\n",
             "--XX \r\n",
             "--XX\nContent-Disposition: form-data; name=a\n\n",
             "--XX\r\n\r\n\r\n",
             "--XX\r\nContent-Disposition: attachment; filename=a\r\n\r\n",
             "--XX\r\nContent-Type: text/plain\r\n\r\n",
             "--XX\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''../a\r\n\r\n",
             "--XX\r\nContent-Disposition: form-data; name=a; filename=\"a\r\n\r\n",
             "--XX\r\nno colon\r\n\r\n",
             "--XX\r\nContent-Disposition: form-data; name=a\r\n folded\r\n\r\n",
             "--XX\r\nContent-Disposition : form-data; name=a\r\n\r\n",
         })
        EXPECT_EQ(read(text, 3).end, State::malformed) << text;
    EXPECT_EQ(read("--XX\r\nX: " + std::string(10'000, 'a'), 1000).end, State::malformed);
}

TEST(Multipart, FindsItsBoundary)
{
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=----WebKit7MA4"), "----WebKit7MA4");
    EXPECT_EQ(form_boundary("Multipart/Form-Data; Boundary=\"a b\""), std::nullopt) << "a space";
    EXPECT_EQ(form_boundary("multipart/form-data;boundary=\"a\""), "a");
    for (auto const* const other : {"", "multipart/form-data", "multipart/mixed; boundary=a", "multipart/form-data; boundary=",
                                    "multipart/form-data; charset=utf-8", "text/plain; boundary=a"})
        EXPECT_EQ(form_boundary(other), std::nullopt) << other;
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
}

}  // namespace
}  // namespace fleeting::http
