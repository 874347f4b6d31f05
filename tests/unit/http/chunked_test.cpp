#include "http/chunked.hpp"

#include "support/vectors.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

struct Outcome {
    std::string verdict = "more";
    std::string body;
    std::size_t rest = 0;
};

Outcome read(std::string_view input, std::size_t piece)
{
    auto framing = ChunkedFraming{};
    auto outcome = Outcome{};
    while (true) {
        auto used = std::size_t{0};
        auto const state = framing.data_left() > 0 ? ChunkedFraming::State::data : framing.advance(input.substr(0, piece), used);
        input.remove_prefix(used);
        if (state == ChunkedFraming::State::malformed || state == ChunkedFraming::State::done) {
            outcome.verdict = state == ChunkedFraming::State::done ? "done" : "malformed";
            outcome.rest = input.size();
            return outcome;
        }
        if (input.empty())
            return outcome;
        if (state == ChunkedFraming::State::data) {
            auto const count = std::min<std::uint64_t>({framing.data_left(), input.size(), piece});
            outcome.body += input.substr(0, count);
            framing.took(count);
            input.remove_prefix(count);
        }
    }
}

TEST(ChunkedFraming, JudgesEveryVectorInPiecesOfEverySize)
{
    for (auto const& value : test::read_vectors("http/chunked.json")) {
        auto const& example = value.as_object();
        auto const bytes = test::text_of(example.at("bytes"));
        for (auto const piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, bytes.size() + 1}) {
            auto const outcome = read(bytes, piece);
            EXPECT_EQ(outcome.verdict, test::text_of(example.at("verdict"))) << example.at("name") << " by " << piece;
            if (outcome.verdict != "done")
                continue;
            EXPECT_EQ(outcome.body, test::text_of(example.at("body"))) << example.at("name");
            EXPECT_EQ(outcome.rest, static_cast<std::size_t>(example.at("rest").as_int64())) << example.at("name");
        }
    }
}

}  // namespace
}  // namespace fleeting::http
