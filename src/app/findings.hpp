#pragma once

#include <ostream>
#include <string_view>

namespace fleeting::app {

/// What a look at the machine finds, a line each: how it is, what it is about, and what to do.
class Findings {
public:
    /// out   outlives this
    explicit Findings(std::ostream& out) : out_(out) {}

    void well(std::string_view what, std::string_view text) { tell("well", what, text); }
    /// Worth knowing; it works all the same.
    void note(std::string_view what, std::string_view text) { tell("note", what, text); }
    /// Members would notice.
    void mend(std::string_view what, std::string_view text)
    {
        tell("mend", what, text);
        are_well_ = false;
    }
    /// Nothing to mend.
    [[nodiscard]] bool are_well() const { return are_well_; }

private:
    void tell(std::string_view how, std::string_view what, std::string_view text)
    {
        out_ << how << "  " << what << ": " << text << std::endl;  // one after the other, as they are found
    }

    std::ostream& out_;
    bool are_well_ = true;
};

}  // namespace fleeting::app
