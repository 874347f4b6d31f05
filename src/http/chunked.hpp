#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fleeting::http {

/// Reads the framing of a chunked body (RFC 9112 §7.1), strictly and in bounds: sizes of at most 16 hex digits, extensions of
/// at most 256 bytes, trailers of at most 4 KiB (dropped). Keeps no bytes.
class ChunkedFraming {
public:
    enum class State : std::uint8_t {
        more,  ///< the input ended inside the framing
        data,  ///< `data_left` bytes of the body come next
        done,  ///< the body has ended
        malformed,
    };

    /// Reads framing from the front of `input` and says how many bytes of it were framing.
    /// Call it again with what follows; in state `data`, only after all data was taken off by `took`.
    State advance(std::string_view input, std::size_t& used);
    /// The caller took `count` bytes of data off the input.
    void took(std::uint64_t count) { data_left_ -= count; }
    [[nodiscard]] std::uint64_t data_left() const { return data_left_; }

private:
    enum class Step : std::uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_lf,
        end_lf,
        done,
        bad
    };
    Step step(char c);
    Step after_size_digit(char c);
    Step after_size_line();
    Step in_trailer(char c);

    Step step_ = Step::size;
    std::uint64_t size_ = 0;  ///< of the chunk whose size line is being read
    std::uint64_t data_left_ = 0;
    unsigned digits_ = 0;
    unsigned extension_bytes_ = 0;
    unsigned trailer_bytes_ = 0;
};

}  // namespace fleeting::http
