#include "api/api.hpp"

#include "api/credentials.hpp"

namespace fleeting::api {

Task<Admission> ApiContext::admit(http::Request& request, std::string name) const
{
    CO_TRY(auto admission, co_await parts.rooms.admit(std::move(name), credential_of(request)));
    request.cut_at(admission.cutoff);
    co_return admission;
}

void add_routes(http::Router& router, ApiContext const& context)
{
    set_rules(router, context);
    add_room_routes(router, context);
    add_receipt_routes(router, context);
    add_upload_routes(router, context);
    add_direct_upload_routes(router, context);
    add_download_routes(router, context);
    add_preview_routes(router, context);
    add_archive_routes(router, context);
    add_event_routes(router, context);
    add_page_routes(router, context);
    add_form_routes(router, context);
    add_plain_routes(router, context);
}

}  // namespace fleeting::api
