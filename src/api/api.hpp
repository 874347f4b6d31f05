#pragma once

#include "api/member_lists.hpp"
#include "base/clock.hpp"
#include "http/assets.hpp"
#include "http/router.hpp"
#include "service/archive_service.hpp"
#include "service/direct_upload_service.hpp"
#include "service/download_service.hpp"
#include "service/previews.hpp"
#include "service/receipts.hpp"
#include "service/room_service.hpp"
#include "service/takings.hpp"
#include "service/upload_service.hpp"

#include <functional>
#include <string>
#include <vector>

namespace fleeting::api {

struct ApiSettings {
    std::string base_path;                       ///< "" or "/files"
    std::vector<std::string> allowed_origins;    ///< beside our own
    std::vector<std::string> allowed_hosts;      ///< empty: any
    bool hsts = true;                            ///< over TLS
    std::vector<std::string> security_contacts;  ///< URIs
};

/// What handlers work with; all of it outlives the router.
struct ApiParts {
    RoomService& rooms;
    MemberLists& members;
    UploadService& uploads;
    DirectUploadService& direct;
    DownloadService& downloads;
    ArchiveService& archives;
    Takings& takings;
    Previews& previews;
    Receipts& receipts;
    BlockList const& blocks;
    MetadataStore& store;
    EventBus& bus;
    Clock const& clock;
    std::function<http::Asset const*(std::string_view path)> find_asset;
    std::function<Task<>()> check_ready;
};

/// Everything the HTTP side holds.
struct ApiContext {
    ApiParts parts;
    ApiSettings settings;

    /// Who is asking, in the room `name`; from here on the request is cut at the room's deadline.
    [[nodiscard]] Task<Admission> admit(http::Request& request, std::string name) const;
    /// `path` behind the base path.
    [[nodiscard]] std::string address(std::string_view path) const { return settings.base_path + std::string{path}; }
};

/// Adds every route. `context` outlives `router`.
void add_routes(http::Router& router, ApiContext const& context);

// The parts of it, a file each.
void add_room_routes(http::Router& router, ApiContext const& context);
void add_upload_routes(http::Router& router, ApiContext const& context);
void add_direct_upload_routes(http::Router& router, ApiContext const& context);
void add_download_routes(http::Router& router, ApiContext const& context);
void add_preview_routes(http::Router& router, ApiContext const& context);
void add_archive_routes(http::Router& router, ApiContext const& context);
void add_receipt_routes(http::Router& router, ApiContext const& context);
void add_plain_routes(http::Router& router, ApiContext const& context);
void add_form_routes(http::Router& router, ApiContext const& context);
void add_event_routes(http::Router& router, ApiContext const& context);
void add_page_routes(http::Router& router, ApiContext const& context);
void set_rules(http::Router& router, ApiContext const& context);

/// The room with its files and members: the body of `GET /api/v1/rooms/{room}` and of a `snapshot` event.
struct Snapshot {
    std::string json;
    std::uint64_t version = 0;
};
/// session   whose it is, kept by the caller
Task<Snapshot> snapshot_of(ApiContext const& context, Session const& session);

}  // namespace fleeting::api
