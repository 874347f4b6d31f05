#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <memory>
#include <optional>
#include <string>

namespace fleeting {

/// What a scanner says of a file.
struct Verdict {
    enum class Kind : std::uint8_t { clean, infected, too_large };
    Kind kind = Kind::clean;
    std::string found;  ///< the scanner's name for it, printable ASCII; of an infected one alone

    friend bool operator==(Verdict const&, Verdict const&) = default;
};

/// One file on its way through the scanner. A call stops the thread for a second or two at most, and says whether it is done: one
/// that isn't is made again, with the same bytes. Used by one thread at a time.
class FileScan {
public:
    virtual ~FileScan() = default;
    /// The file's next bytes. errors: unavailable (the scanner is gone)
    virtual Result<bool> send_blocking(Bytes bytes) = 0;
    /// There are no more. errors: as of `send_blocking`
    virtual Result<bool> end_blocking() = 0;
    /// Waits for what the scanner says. errors: unavailable (it is gone, or couldn't scan the file)
    virtual Result<bool> hear_blocking() = 0;
    /// What it has said, which may be before it had all bytes: it takes no more then.
    [[nodiscard]] virtual std::optional<Verdict> verdict() const = 0;
};

/// Looks for viruses. Thread-safe.
class Scanner {
public:
    virtual ~Scanner() = default;
    /// May stop the thread, for seconds at most. errors: unavailable (there is nobody to ask)
    virtual Result<std::unique_ptr<FileScan>> begin_blocking() = 0;
};

}  // namespace fleeting
