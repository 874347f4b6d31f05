#pragma once

#include "service/linked_files.hpp"
#include "service/recent.hpp"

#include <memory>
#include <string_view>

namespace fleeting {

/// As what a complete file may be shown in a page, by its own bytes. Thread-safe.
class Previews {
public:
    /// The media type. A file is looked at once: its beginning, and all of what could be a short text.
    /// errors    not_previewable, unavailable, busy
    Task<std::string_view> type_of(std::shared_ptr<LinkedFile const> file);

private:
    Recent<std::string_view> known_{1024};  ///< empty: not to be shown
};

}  // namespace fleeting
