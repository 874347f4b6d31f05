// GET …/archive.zip: the room, or a selection of it, as one ZIP. docs/protocol.md has its layout.

#include "api/api.hpp"
#include "api/body_sink.hpp"
#include "domain/sizes.hpp"
#include "http/content_disposition.hpp"
#include "http/range.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <map>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

/// So many digits of an id's end may stand for it (it begins with a time): hardly a room has two files that share them, and of
/// 1,600 files such ends fit into a request's head.
constexpr auto kShortestId = std::size_t{8};

/// The ids that the request names, whole or by their ends.
std::vector<std::string_view> named_ids(Request const& request)
{
    auto named = std::vector<std::string_view>{};
    auto ids = request.find_query("ids").value_or("");
    auto id = std::string_view{};
    while (http::take_element(ids, id))
        named.push_back(id);
    return named;
}

bool is_end_of_id(std::string_view id)
{
    return id.size() >= kShortestId && id.size() <= FileId{}.raw.size() * 2 &&
           id.find_first_not_of("0123456789abcdef") == id.npos;
}

/// The room's files by the last digits of their ids.
using FilesByEnd = std::multimap<std::string, FileId, std::less<>>;

FilesByEnd by_end(std::vector<FileEntry> const& files)
{
    auto found = FilesByEnd{};
    for (auto const& file : files)
        found.emplace(file.id.hex().substr(FileId{}.raw.size() * 2 - kShortestId), file.id);
    return found;
}

/// The one file whose id ends so. errors: not_found where there is none or more than one
Result<FileId> id_ending(std::string_view end, FilesByEnd const& files)
{
    auto const [first, last] = files.equal_range(end.substr(end.size() - kShortestId));
    auto const fits = [&](auto const& file) { return file.second.hex().ends_with(end); };
    if (std::count_if(first, last, fits) != 1)
        return fail_field(Errc::not_found, "ids", "not the end of one file's id");
    return std::find_if(first, last, fits)->second;
}

/// The files that the ids name, in that order.
Task<std::vector<FileId>> chosen_files(ApiContext const& context, Admission const& admission, std::vector<std::string_view> named)
{
    if (!std::ranges::all_of(named, is_end_of_id))
        co_return fail_field(Errc::invalid_request, "ids", "not ids of files");
    auto files = FilesByEnd{};
    // The room is read only where ids were cut.
    if (std::ranges::any_of(named, [](auto id) { return !FileId::parse(id); })) {
        CO_TRY(auto const all, co_await context.parts.uploads.list(admission.room.id));
        files = by_end(all);
    }
    auto chosen = std::vector<FileId>{};
    for (auto const id : named) {
        auto whole = FileId::parse(id);
        CO_TRY(auto const found, whole ? std::move(whole) : id_ending(id, files));
        chosen.push_back(found);
    }
    co_return chosen;
}

/// All of the wish but whose files it is of.
Result<ArchiveWish> wish_of(Request const& request)
{
    auto wish = ArchiveWish{};
    for (auto const& [name, value] : request.query) {
        if ((name != "ids" && name != "at" && name != "tag") || !request.find_query(name))
            return fail_field(Errc::invalid_request, "ids", "unknown parameter, or one twice");
    }
    if (request.find_query("ids") && named_ids(request).empty())
        return fail_field(Errc::invalid_request, "ids", "names none");
    if (auto const at = request.find_query("at")) {
        TRY(auto const version, parse_size(*at, "at"));
        wish.at = version.value;
    }
    return wish;
}

/// The address under which these very bytes stay to be had, also when files are added to the room.
std::string fixed_address(ApiContext const& context, Request const& request, Admission const& admission, Archive const& archive)
{
    auto address = context.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) +
                                   "/archive.zip?at=" + std::to_string(archive.version) + "&tag=" + archive.tag);
    if (auto const ids = request.find_query("ids"))
        address += "&ids=" + std::string{*ids};
    return address;
}

Task<> write_archive(ApiContext const& context, std::shared_ptr<Archive const> archive, http::ByteRange range,
                     http::BodyWriter& writer)
{
    auto sink = BodySink{writer};
    co_return co_await context.parts.archives.send(archive, range.first, range.count, sink);
}

Response zip_response(ApiContext const& context, Request const& request, Admission const& admission,
                      std::shared_ptr<Archive const> archive)
{
    auto const representation = http::Representation{archive->layout.size(), '"' + archive->tag + '"'};
    auto selected = http::select_range(request, representation);
    if (auto* answer = std::get_if<Response>(&selected))
        return std::move(*answer);
    auto const range = std::get<http::ByteRange>(selected);
    auto response = Response{};
    http::describe_range(response, range, representation);
    response.cutoff = archive->gone;
    response.headers.set("Content-Type", "application/zip");
    auto const write = [&context, archive, range](http::BodyWriter& writer) {
        return write_archive(context, archive, range, writer);
    };
    response.body = http::StreamBody{write, range.count, true};
    if (range.first + range.count == ByteOffset{representation.size.value})
        response.on_sent = [&takings = context.parts.takings, room = admission.room.id, archive, session = admission.session.id](
                               net::any_io_executor const& executor) { takings.record(executor, room, archive->blobs, session); };
    return response;
}

Task<Response> get_archive(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto wish, wish_of(request));
    CO_TRY(wish.ids, co_await chosen_files(context, admission, named_ids(request)));
    CO_TRY(auto const archive, co_await context.parts.archives.lay_out(admission, std::move(wish)));
    if (auto const tag = request.find_query("tag"); tag && *tag != archive->tag)
        co_return http::problem_response(
            {410, "archive_changed", "A file of this archive has been removed; ask for a new archive.", "tag", 0});
    auto response = zip_response(context, request, admission, archive);
    response.headers.set("Content-Location", fixed_address(context, request, admission, *archive));
    response.headers.set("Content-Disposition", http::content_disposition(admission.room.display_name + ".zip"));
    response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
    response.headers.set("Cache-Control", "private, no-store, no-transform");
    co_return response;
}

}  // namespace

void add_archive_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/archive.zip",
               [&context](Request& request) { return get_archive(context, request); });
}

}  // namespace fleeting::api
