#pragma once

#include "api/api.hpp"
#include "api/html.hpp"

#include <string>
#include <vector>

namespace fleeting::api {

/// Sets what every page of ours comes with: its Content-Security-Policy and the like.
/// store   where it sends bytes as well, as a source of that policy
void set_page_rules(http::Response& response, std::string_view store = {});

/// The pages for browsers without JavaScript: a room as links and forms, and the way into it.
class FormPages {
public:
    explicit FormPages(ApiContext const& context) : context_(context) {}

    /// status    of the answer
    /// room      its name is filled in
    /// problem   a sentence on what went wrong, or empty
    [[nodiscard]] http::Response door(int status, std::string const& room, std::string const& problem) const;
    [[nodiscard]] http::Response room(Admission const& admission, std::vector<FileEntry> const& files) const;
    /// A refusal with the way back to `path`.
    [[nodiscard]] http::Response refusal(Error const& error, std::string const& path) const;
    /// `/lab-7/` behind the base path.
    [[nodiscard]] std::string address_of(std::string const& room) const;

private:
    [[nodiscard]] http::Response page(int status, std::string title, Html content) const;
    [[nodiscard]] Html file(Admission const& admission, FileEntry const& file) const;
    [[nodiscard]] Html files(Admission const& admission, std::vector<FileEntry> const& files) const;

    ApiContext const& context_;
};

}  // namespace fleeting::api
