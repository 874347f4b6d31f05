#include "api/form_pages.hpp"

#include "api/form_templates.hpp"
#include "api/human_size.hpp"
#include "api/problems.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

std::string time_left(Milliseconds left)
{
    auto const minutes = std::chrono::ceil<std::chrono::minutes>(left).count();
    return minutes < 120 ? std::to_string(minutes) + " min"
                         : std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string size_of(FileEntry const& file)
{
    if (file.is_being_checked())
        return human_size(file.size) + ", being checked for viruses";
    if (file.scan == Scan::skipped)
        return human_size(file.size) + ", not checked for viruses";
    if (file.is_complete())
        return human_size(file.size);
    return human_size({file.offset.value}) + (file.length_known ? " of " + human_size(file.size) : "") + " so far";
}

}  // namespace

std::string FormPages::address_of(std::string const& room) const
{
    return context_.address("/" + http::percent_encoded(room) + "/");
}

http::Response FormPages::page(int status, std::string title, Html content) const
{
    auto const& contacts = context_.settings.security_contacts;
    auto const report = contacts.empty() ? Html{} : filled(templates::kReport, {{"contact", contacts.front()}});
    auto const html = filled(templates::kFrame, {{"title", title + " · Fleeting Files"},
                                                 {"base", context_.settings.base_path},
                                                 {"content", std::move(content)},
                                                 {"report", report}});
    auto response = http::text_response(status, html.text());
    response.headers.set("Content-Type", "text/html; charset=utf-8").set("Cache-Control", "no-store");
    // A browser that knows no Sec-Fetch-Site says by these fields that a form was ours.
    response.headers.set("Referrer-Policy", "same-origin");
    set_page_rules(response);
    return response;
}

http::Response FormPages::door(int status, std::string const& room, std::string const& problem) const
{
    auto const told = problem.empty() ? Html{} : filled(templates::kProblem, {{"title", problem}});
    return page(status, room.empty() ? "Enter" : room,
                filled(templates::kDoor, {{"problem", told}, {"base", context_.settings.base_path}, {"name", room}}));
}

http::Response FormPages::refusal(Error const& error, std::string const& path) const
{
    auto const problem = to_problem(error);
    auto const told = filled(templates::kProblem, {{"title", std::string{problem.title}}});
    auto response = page(problem.status, "That didn’t work", filled(templates::kRefusal, {{"problem", told}, {"back", path}}));
    response.close = to_response(error).close;
    return response;
}

Html FormPages::file(Admission const& admission, FileEntry const& file) const
{
    auto const address = address_of(admission.room.display_name);
    auto const is_ours = admission.is_owner() || file.uploader_id == admission.session.id;
    auto remove = Html{};
    if (is_ours)
        remove = filled(templates::kRemove, {{"address", address}, {"id", file.id.hex()}, {"name", file.name}});
    return filled(templates::kFile, {{"link", address + http::percent_encoded(file.name, "/")},
                                     {"name", file.name},
                                     {"size", size_of(file)},
                                     {"uploader", file.uploader},
                                     {"remove", std::move(remove)}});
}

Html FormPages::files(Admission const& admission, std::vector<FileEntry> const& files) const
{
    if (files.empty())
        return filled(templates::kNoFiles);
    auto rows = Html{};
    for (auto const& entry : files)
        rows += file(admission, entry);
    auto archive = context_.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) + "/archive.zip");
    return filled(templates::kFiles, {{"rows", std::move(rows)}, {"archive", std::move(archive)}});
}

http::Response FormPages::room(Admission const& admission, std::vector<FileEntry> const& entries) const
{
    auto const address = address_of(admission.room.display_name);
    auto const upload =
        admission.room.uploads_locked ? filled(templates::kLocked) : filled(templates::kUpload, {{"address", address}});
    return page(200, admission.room.display_name,
                filled(templates::kRoom, {{"room", admission.room.display_name},
                                          {"left", time_left(admission.room.expires_at - context_.parts.clock.now())},
                                          {"nickname", admission.session.nickname},
                                          {"address", address},
                                          {"files", files(admission, entries)},
                                          {"upload", upload}}));
}

}  // namespace fleeting::api
