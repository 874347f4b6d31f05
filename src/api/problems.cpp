#include "api/problems.hpp"

#include "api/json.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"

#include <array>
#include <atomic>

namespace fleeting::api {
namespace {

using http::Problem;

constexpr auto kCodes = static_cast<std::size_t>(Errc::unavailable) + 1;

/// By their place in `Errc`.
std::array<std::atomic<std::uint64_t>, kCodes> told{};

/// The one place where an error meets HTTP; -Werror=switch keeps it whole.
Problem problem_of(Errc code)
{
    switch (code) {
    case Errc::invalid_request: return {400, "invalid_request", "The request isn't valid.", {}, 0};
    case Errc::invalid_name: return {400, "invalid_name", "That name can't be used.", {}, 0};
    case Errc::invalid_password: return {400, "invalid_password", "A password needs 8 to 1,024 bytes.", {}, 0};
    case Errc::name_taken: return {409, "name_taken", "A room with that name is open; choose another.", {}, 0};
    case Errc::not_admitted: return {401, "not_admitted", "That name and password open no room.", {}, 0};
    case Errc::door_locked: return {403, "door_locked", "The owner lets nobody new in.", {}, 0};
    case Errc::no_session: return {401, "no_session", "Enter the room first.", {}, 0};
    case Errc::room_ended: return {410, "room_ended", "The room has closed and its files are deleted.", {}, 0};
    case Errc::forbidden: return {403, "forbidden", "Only the owner, or who uploaded the file, may do that.", {}, 0};
    case Errc::not_found: return {404, "not_found", "There is nothing here.", {}, 0};
    case Errc::not_erased_yet: return {409, "not_erased_yet", "The room isn't erased yet; ask again after its end.", {}, 1};
    case Errc::not_previewable: return {415, "not_previewable", "This file can't be shown; download it instead.", {}, 0};
    case Errc::room_full: return {507, "room_full", "The room has no space left; remove something first.", {}, 0};
    case Errc::file_too_large: return {413, "file_too_large", "The file is larger than one file may be.", {}, 0};
    case Errc::too_many_files: return {507, "too_many_files", "The room holds as many files as it may; remove one first.", {}, 0};
    case Errc::too_many_members: return {403, "too_many_members", "As many are in the room as may be.", {}, 0};
    case Errc::storage_full: return {507, "storage_full", "The server's disk is full; try again later.", {}, 30};
    case Errc::uploads_locked: return {403, "uploads_locked", "The owner has locked uploads.", {}, 0};
    case Errc::offset_conflict:
        return {409, "offset_conflict", "The upload stands at another offset; ask for it and go on there.", {}, 0};
    case Errc::checksum_mismatch:
        return {460, "checksum_mismatch", "The bytes differ from their checksum; send them again.", {}, 0};
    case Errc::length_conflict: return {400, "length_conflict", "The bytes and the lengths told don't agree.", {}, 0};
    case Errc::upload_complete: return {400, "upload_complete", "The upload is complete and takes no more.", {}, 0};
    case Errc::direct_upload: return {409, "direct_upload", "The bytes of this upload go straight to the store.", {}, 0};
    case Errc::no_direct_uploads: return {404, "no_direct_uploads", "Uploads go through this server; use tus or PUT.", {}, 0};
    case Errc::parts_missing: return {409, "parts_missing", "Parts are missing; ask which are there and send the rest.", {}, 0};
    case Errc::not_whole_yet:
        return {409, "not_whole_yet", "The file is still going up; it can be read once it is complete.", {}, 0};
    case Errc::being_checked:
        return {409, "being_checked", "The file is being checked for viruses; it can be had once it is found clean.", {}, 2};
    case Errc::file_infected: return {410, "file_infected", "A virus was found in that file; it has been removed.", {}, 0};
    case Errc::upload_busy: return {423, "upload_busy", "Another request holds this upload; try again.", {}, 1};
    case Errc::body_truncated: return {400, "body_truncated", "The body ended early; ask for the offset and go on.", {}, 0};
    case Errc::link_expired: return {403, "link_expired", "The link worked for 10 seconds; ask for a new one.", {}, 0};
    case Errc::link_invalid: return {403, "link_invalid", "The link isn't valid for you.", {}, 0};
    case Errc::rate_limited: return {429, "rate_limited", "Too many tries; wait and try again.", {}, 1};
    case Errc::busy: return {503, "busy", "The server is busy; try again.", {}, 1};
    case Errc::draining: return {503, "draining", "This server is being emptied and opens no rooms; try again.", {}, 5};
    case Errc::address_blocked: return {403, "address_blocked", "This server's operator has blocked your network.", {}, 0};
    case Errc::content_blocked: return {403, "content_blocked", "This server's operator has blocked that file.", {}, 0};
    case Errc::too_many_blocks: return {409, "too_many_blocks", "The list of blocks is full; remove one first.", {}, 0};
    case Errc::no_admin_token: return {401, "no_admin_token", "Show the token of FLEETING_ADMIN_TOKEN as Bearer.", {}, 0};
    case Errc::cross_site: return {403, "cross_site", "Another site may not do this.", {}, 0};
    case Errc::cancelled: return {503, "cancelled", "The request was ended.", {}, 0};
    case Errc::unavailable: return {503, "unavailable", "The server can't do this now; try again.", {}, 5};
    }
    return {500, "internal", "The server has a bug; it has been logged.", {}, 0};
}

/// By its public code, as most have no detail. Never the field: it may be of the client's own naming.
void tell_refusal(std::string_view code, std::string_view detail)
{
    if (log::writes(log::Level::debug))
        log::debug("refused", std::string{code} + (detail.empty() ? "" : ": ") + std::string{detail});
}

}  // namespace

http::Problem to_problem(Error const& error)
{
    auto problem = problem_of(error.code);
    // A lost machine is what people ask the operator about, and what the log has a line of at every level.
    auto const trace = error.code == Errc::unavailable ? fresh_trace_id() : std::string{};
    if (!trace.empty())
        log::error("unavailable", error.detail, trace);
    else
        tell_refusal(problem.code, error.detail);
    told[static_cast<std::size_t>(error.code)].fetch_add(1, std::memory_order_relaxed);
    problem.field = error.field;
    if (error.retry_after_seconds > 0)
        problem.retry_after_seconds = error.retry_after_seconds;
    if (error.ended_at)
        problem.members = R"("ended_at":")" + to_rfc3339(*error.ended_at) + '"';
    if (error.tries_left)
        problem.members = R"("tries_left":)" + std::to_string(*error.tries_left);
    if (!error.range.empty())
        problem.members = R"("range":")" + error.range + '"';
    if (!trace.empty())
        problem.members = R"("trace_id":")" + trace + '"';
    return problem;
}

std::vector<std::pair<std::string_view, std::uint64_t>> refusals()
{
    auto all = std::vector<std::pair<std::string_view, std::uint64_t>>{};
    for (auto code = std::size_t{0}; code < kCodes; ++code)
        all.emplace_back(problem_of(static_cast<Errc>(code)).code, told[code].load(std::memory_order_relaxed));
    return all;
}

http::Response to_response(Error const& error)
{
    auto response = http::problem_response(to_problem(error));
    response.close = error.code == Errc::body_truncated || error.code == Errc::cancelled;
    return response;
}

}  // namespace fleeting::api
