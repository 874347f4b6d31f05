#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace fleeting {

/// How many random histories a test lives through, and which: HISTORIES and SEED say so, else `few` of any.
class Histories {
public:
    explicit Histories(std::uint64_t few) : count_(number_of("HISTORIES", few)), seed_(number_of("SEED", std::random_device{}()))
    {
        random_.seed(seed_);
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    void tell(std::string const& what) const { std::cout << "figure: " << what << ": " << count_ << ", seed " << seed_ << '\n'; }

private:
    static std::uint64_t number_of(char const* variable, std::uint64_t otherwise)
    {
        auto const* const text = std::getenv(variable);
        return text != nullptr ? std::stoull(text) : otherwise;
    }

    std::uint64_t count_;
    std::uint64_t seed_;
    std::mt19937_64 random_;
};

}  // namespace fleeting
