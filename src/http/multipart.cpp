#include "http/multipart.hpp"

#include "http/content_disposition.hpp"
#include "http/headers.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace fleeting::http {
namespace {

constexpr auto kBuffer = std::size_t{64} << 10;
constexpr auto kMostHead = std::size_t{8} << 10;
constexpr auto kMostField = std::size_t{64} << 10;
constexpr auto kMostParts = std::size_t{1000};
constexpr auto kMostBoundary = std::size_t{70};
constexpr auto kLineBreak = std::string_view{"\r\n"};

/// Reads the lines of a part's head; nothing where one is malformed, or none says that it is part of a form.
std::optional<FormPart> parse_part_head(std::string_view lines)
{
    auto part = FormPart{};
    auto is_form_data = false;
    while (!lines.empty()) {
        auto const end = std::min(lines.find(kLineBreak), lines.size());
        auto const line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + kLineBreak.size(), lines.size()));
        auto const colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || !is_field_value(line.substr(colon + 1)))
            return std::nullopt;
        auto const [name, value] = std::pair{line.substr(0, colon), trimmed(line.substr(colon + 1))};
        if (equal_ignoring_case(name, "Content-Type"))
            part.media_type = value;
        if (!equal_ignoring_case(name, "Content-Disposition"))
            continue;
        is_form_data = starts_with_ignoring_case(value, "form-data;");
        auto file_name = readable_file_name_of(value, Escapes::percent);
        if (!file_name)
            return std::nullopt;
        part.file_name = *std::move(file_name);
    }
    return is_form_data ? std::optional{std::move(part)} : std::nullopt;
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type)
{
    constexpr auto kBoundaryBytes =
        std::string_view{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=?"};
    auto parameter = std::string_view{};
    if (!take_element(content_type, parameter, ';') || !equal_ignoring_case(parameter, "multipart/form-data"))
        return std::nullopt;
    if (!take_element(content_type, parameter, ';') || !starts_with_ignoring_case(parameter, "boundary="))
        return std::nullopt;
    auto boundary = parameter.substr(parameter.find('=') + 1);
    if (boundary.size() > 2 && boundary.starts_with('"') && boundary.ends_with('"'))
        boundary = boundary.substr(1, boundary.size() - 2);
    auto const is_valid = !boundary.empty() && boundary.size() <= kMostBoundary &&
                          boundary.find_first_not_of(kBoundaryBytes) == std::string_view::npos;
    return is_valid ? std::optional{std::string{boundary}} : std::nullopt;
}

MultipartFraming::MultipartFraming(std::string_view boundary)
    : delimiter_("\r\n--" + std::string{boundary}), buffer_(std::make_unique_for_overwrite<char[]>(kBuffer))
{
    // The first boundary has no line break in front of it; with one it is like all others.
    std::ranges::copy(kLineBreak, buffer_.get());
    end_ = kLineBreak.size();
}

MutableBytes MultipartFraming::space()
{
    if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    return std::as_writable_bytes(std::span{buffer_.get() + end_, kBuffer - end_});
}

MultipartFraming::State MultipartFraming::advance()
{
    switch (place_) {
    case Place::boundary: return advance_boundary();
    case Place::head: return advance_head();
    case Place::body: return advance_body();
    case Place::end: return State::done;
    }
    return State::malformed;
}

MultipartFraming::State MultipartFraming::advance_boundary()
{
    auto const here = held();
    auto const known = std::min(here.size(), delimiter_.size());
    if (here.substr(0, known) != std::string_view{delimiter_}.substr(0, known))
        return State::malformed;
    if (here.size() < delimiter_.size() + 2)
        return State::needs_more;
    auto const behind = here.substr(delimiter_.size(), 2);
    took(delimiter_.size() + behind.size());
    place_ = behind == "--" ? Place::end : Place::head;
    if (place_ == Place::end)
        return State::done;
    return behind == kLineBreak ? advance_head() : State::malformed;
}

MultipartFraming::State MultipartFraming::advance_head()
{
    auto const end = held().substr(0, kMostHead).find("\r\n\r\n");
    if (end == std::string_view::npos)
        return held().size() < kMostHead ? State::needs_more : State::malformed;
    auto head = parse_part_head(held().substr(0, end));
    if (!head)
        return State::malformed;
    head_ = *std::move(head);
    took(end + 4);
    place_ = Place::body;
    return State::part;
}

MultipartFraming::State MultipartFraming::advance_body()
{
    auto const here = held();
    auto const next = here.find(delimiter_);
    if (next == 0) {
        place_ = Place::boundary;
        return State::part_end;
    }
    // What could be a boundary's beginning waits for the rest of it.
    auto const sure = next != std::string_view::npos ? next : here.size() - std::min(here.size(), delimiter_.size() - 1);
    data_ = here.substr(0, sure);
    return sure > 0 ? State::data : State::needs_more;
}

Task<MultipartFraming::State> MultipartBody::advance()
{
    while (true) {
        state_ = framing_.advance();
        if (state_ == MultipartFraming::State::malformed)
            co_return fail_field(Errc::invalid_request, "body", "malformed multipart");
        if (state_ != MultipartFraming::State::needs_more)
            co_return state_;
        CO_TRY(auto const has_more, co_await body_.ready());
        if (!has_more)
            co_return fail(Errc::body_truncated, "multipart without its end");
        CO_TRY(auto const count, body_.take(framing_.space()));
        framing_.filled(count);
    }
}

Task<std::optional<FormPart>> MultipartBody::next_part()
{
    CO_TRY(co_await skip_field());
    CO_TRY(auto const state, co_await advance());
    if (state == MultipartFraming::State::done)
        co_return std::nullopt;
    if (++parts_ > kMostParts)
        co_return fail_field(Errc::invalid_request, "body", "too many parts");
    co_return std::optional{framing_.head()};
}

Task<> MultipartBody::skip_field()
{
    for (auto left = kMostField; state_ != MultipartFraming::State::part_end;) {
        CO_TRY(auto const has_more, co_await ready());
        if (!has_more)
            break;
        auto const count = framing_.data().size();
        if (count > left)
            co_return fail_field(Errc::invalid_request, "body", "a long field");
        left -= count;
        framing_.took(count);
    }
    co_return Result<>{};
}

Task<bool> MultipartBody::ready()
{
    if (state_ == MultipartFraming::State::part_end)
        co_return false;
    CO_TRY(auto const state, co_await advance());
    co_return state == MultipartFraming::State::data;
}

std::size_t MultipartBody::take(MutableBytes into)
{
    if (state_ != MultipartFraming::State::data)
        return 0;
    auto const count = std::min(into.size(), framing_.data().size());
    std::memcpy(into.data(), framing_.data().data(), count);
    framing_.took(count);
    state_ = MultipartFraming::State::part;  // whether there is more is for `ready` to say
    return count;
}

}  // namespace fleeting::http
