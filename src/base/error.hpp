#pragma once

#include "base/units.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fleeting {

/// Everything that a client, a peer, a policy or a lost machine can cause. Closed and protocol-neutral: one exhaustive
/// switch in `api/problems.cpp` maps it to a status and a stable public code. A bug is never an `Errc`.
enum class Errc {
    invalid_request,    ///< malformed in a way no better code names; `field` says where
    invalid_name,       ///< room, file or nickname breaks the rules
    invalid_password,   ///< a new password breaks the rules (too short, NUL, too long)
    name_taken,         ///< a live room has this name
    not_admitted,       ///< unknown room or wrong password: never told apart
    door_locked,        ///< the owner lets nobody new in
    no_session,         ///< no session, or one that belongs to another room
    room_ended,         ///< the session's room has reached its end; `ended_at` says when
    forbidden,          ///< the session may not do this (not the owner, not the uploader)
    not_found,          ///< no such file or upload in this room
    not_erased_yet,     ///< the room has no receipt yet: it lives, or bytes of it are still being erased
    not_previewable,    ///< the file is no kind that a page shows
    room_full,          ///< the byte quota of the room is used up
    file_too_large,     ///< larger than one file may be
    too_many_files,     ///< the file quota of the room is used up
    too_many_members,   ///< as many are in the room as may be
    storage_full,       ///< the disk is below its floor
    uploads_locked,     ///< the owner has locked uploads
    offset_conflict,    ///< the offset isn't the stored one
    checksum_mismatch,  ///< bytes differ from the digest that was stated
    length_conflict,    ///< more bytes than the stated length, or two lengths that differ
    upload_complete,    ///< an upload that takes no more
    direct_upload,      ///< its bytes go to the store, not to this server
    no_direct_uploads,  ///< no client can reach the store past this server
    parts_missing,      ///< a direct upload's parts aren't all there
    not_whole_yet,      ///< a file that can be read only once it is complete
    being_checked,      ///< a file that the virus scanner hasn't found clean yet
    file_infected,      ///< a file that was removed, as the virus scanner found something
    upload_busy,        ///< another request holds the upload
    body_truncated,     ///< the peer went away or stalled in the middle of a body
    link_expired,       ///< a signed link past its window
    link_invalid,       ///< a signed link that isn't ours, not for this caller, or altered
    rate_limited,       ///< too many tries; `retry_after_seconds` says when
    busy,               ///< a bounded pool is full; try again
    draining,           ///< this node takes no new rooms, as its operator wants it empty
    address_blocked,    ///< the operator turns the caller's network away; `range` says which
    content_blocked,    ///< the operator keeps no file of that SHA-256
    too_many_blocks,    ///< the operator's list is full
    no_admin_token,     ///< the operator's interface, asked without its token
    cross_site,         ///< an unsafe request from another origin
    cancelled,          ///< this side is shutting down, or the room reached its end in the middle
    unavailable,        ///< a lost machine: disk, database, network; the cause is for the log
};

/// A failure as a value. The public text comes from `code` and `field` alone; `detail` is for the log and never leaves it.
struct Error {
    Errc code{};
    std::string detail;                       ///< private: for the log
    std::string field;                        ///< public: name of the request's field at fault, or empty
    int retry_after_seconds = 0;              ///< public: 0 = not told
    std::optional<Instant> ended_at = {};     ///< public: when the room ended, with `room_ended`
    std::optional<unsigned> tries_left = {};  ///< public: with `not_admitted`, where few are
    std::string range = {};                   ///< public: the blocked range, with `address_blocked`

    /// The same error, its detail prefixed by what this layer was doing.
    [[nodiscard]] Error while_doing(std::string_view what) &&
    {
        detail = std::string{what} + ": " + detail;
        return std::move(*this);
    }
};

}  // namespace fleeting
