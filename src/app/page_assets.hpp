#pragma once

#include "http/assets.hpp"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::app {

/// The page as it is served: from the binary, `%BASE%` in index.html replaced by the base path; or, for work on the page, from
/// a folder that is read anew for each request.
class PageAssets {
public:
    /// report   where to report abuse, a URI; or empty
    PageAssets(std::string const& base_path, std::string web_dir, std::string const& report = {});
    /// Nothing where there is no such file. Thread-safe; what it returns lives as long as this.
    [[nodiscard]] http::Asset const* find(std::string_view path) const;
    /// The same, always of the binary.
    [[nodiscard]] http::Asset const* find_embedded(std::string_view path) const;

private:
    struct Owned {
        std::vector<std::byte> identity;
        std::vector<std::byte> gzip;
        std::string etag;
    };
    void add_embedded();
    [[nodiscard]] http::Asset const* read(std::string const& path) const;
    [[nodiscard]] Owned filled_in(Bytes page) const;
    static Owned owned(std::vector<std::byte> bytes);

    std::string base_path_;
    std::string web_dir_;
    std::string report_;  ///< a field of the page's head, or empty
    std::deque<Owned> owned_;
    std::map<std::string, http::Asset, std::less<>> assets_;

    /// A file of the folder as it once was, kept for the responses that may still be sending it.
    struct Version {
        Owned owned;
        http::Asset asset;
    };
    mutable std::mutex mutex_;
    mutable std::map<std::string, Version> versions_;  ///< by path and ETag; guarded by mutex_
};

}  // namespace fleeting::app
