#include "http/chunked.hpp"

#include "base/units.hpp"

#include <utility>

namespace fleeting::http {
namespace {

constexpr auto kMaxDigits = 16U;
constexpr auto kMaxExtension = 256U;
constexpr auto kMaxTrailers = 4096U;

int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_control(char c)
{
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

}  // namespace

ChunkedFraming::State ChunkedFraming::advance(std::string_view input, std::size_t& used)
{
    used = 0;
    if (step_ == Step::data && data_left_ == 0)
        step_ = Step::data_cr;
    while (step_ != Step::done && step_ != Step::bad && step_ != Step::data) {
        if (used == input.size())
            return State::more;
        step_ = step(input[used++]);
    }
    return step_ == Step::data ? State::data : step_ == Step::done ? State::done : State::malformed;
}

ChunkedFraming::Step ChunkedFraming::step(char c)
{
    switch (step_) {
    case Step::size: return after_size_digit(c);
    case Step::extension:
        if (c == '\r')
            return Step::size_lf;
        return is_control(c) || ++extension_bytes_ > kMaxExtension ? Step::bad : Step::extension;
    case Step::size_lf: return c == '\n' ? after_size_line() : Step::bad;
    case Step::data_cr: return c == '\r' ? Step::data_lf : Step::bad;
    case Step::data_lf: return c == '\n' ? Step::size : Step::bad;
    case Step::trailer_start: return c == '\r' ? Step::end_lf : in_trailer(c);
    case Step::trailer: return in_trailer(c);
    case Step::trailer_lf: return c == '\n' ? Step::trailer_start : Step::bad;
    case Step::end_lf: return c == '\n' ? Step::done : Step::bad;
    case Step::data:
    case Step::done:
    case Step::bad: break;
    }
    return Step::bad;
}

ChunkedFraming::Step ChunkedFraming::after_size_digit(char c)
{
    if (auto const digit = hex_of(c); digit >= 0) {
        if (++digits_ > kMaxDigits || size_ > kMaxSize / 16)
            return Step::bad;
        size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
        return Step::size;
    }
    if (digits_ == 0)
        return Step::bad;
    if (c == '\r')
        return Step::size_lf;
    extension_bytes_ = 0;
    return c == ';' ? Step::extension : Step::bad;
}

ChunkedFraming::Step ChunkedFraming::after_size_line()
{
    digits_ = 0;
    data_left_ = std::exchange(size_, 0);
    return data_left_ == 0 ? Step::trailer_start : Step::data;
}

ChunkedFraming::Step ChunkedFraming::in_trailer(char c)
{
    if (c == '\r')
        return Step::trailer_lf;
    return is_control(c) || ++trailer_bytes_ > kMaxTrailers ? Step::bad : Step::trailer;
}

}  // namespace fleeting::http
