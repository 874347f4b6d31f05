#pragma once

#include "http/body.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// What the head of a form's part tells.
struct FormPart {
    std::optional<std::string> file_name;  ///< nothing: a field, not a file; empty: no file was chosen
    std::string media_type;
};

/// The boundary of a `multipart/form-data` media type; nothing for any other, or one that isn't well-formed. source: RFC 2046
/// §5.1.1
std::optional<std::string> form_boundary(std::string_view content_type);

/// The framing of `multipart/form-data` (RFC 7578) as browsers and curl write it: no preamble, no padding behind a boundary.
/// Bytes come in as the network cuts them; that must not matter. Knows no I/O.
class MultipartFraming {
public:
    /// What stands next in the body.
    enum class State : std::uint8_t { needs_more, part, data, part_end, done, malformed };

    explicit MultipartFraming(std::string_view boundary);

    /// Where more bytes go; never empty after `needs_more`.
    MutableBytes space();
    void filled(std::size_t count) { end_ += count; }

    /// After `part` its head is in `head`; after `data` some of its bytes are in `data`; after `part_end` the next part may come.
    State advance();
    FormPart const& head() const { return head_; }
    std::string_view data() const { return data_; }
    void took(std::size_t count) { begin_ += count; }

private:
    enum class Place : std::uint8_t { boundary, head, body, end };

    State advance_boundary();
    State advance_head();
    State advance_body();
    [[nodiscard]] std::string_view held() const { return {buffer_.get() + begin_, end_ - begin_}; }

    std::string delimiter_;  ///< with the line break in front of it, which is no data
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    Place place_ = Place::boundary;
    FormPart head_;
    std::string_view data_;
};

/// A form as it comes, part by part. On the connection's thread.
class MultipartBody {
public:
    /// body   outlives it
    MultipartBody(BodyReader& body, std::string_view boundary) : body_(body), framing_(boundary) {}

    /// The next part; nothing at the form's end. What the last one still has is skipped: a field may be small only.
    /// errors    invalid_request (malformed, too many parts), body_truncated, cancelled
    Task<std::optional<FormPart>> next_part();
    /// Whether bytes of the part can be taken, or its end was reached (false). errors: as `next_part`
    Task<bool> ready();
    /// What is there of the part, without waiting. After `ready`.
    std::size_t take(MutableBytes into);

private:
    Task<MultipartFraming::State> advance();
    Task<> skip_field();

    BodyReader& body_;
    MultipartFraming framing_;
    MultipartFraming::State state_ = MultipartFraming::State::part_end;
    std::size_t parts_ = 0;
};

}  // namespace fleeting::http
