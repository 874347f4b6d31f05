// The receipt of a room that has ended, and the key it is signed with (docs/protocol.md, ADR 17).

#include "api/api.hpp"
#include "api/credentials.hpp"
#include "api/json.hpp"

#include <boost/json/serialize.hpp>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

/// What is signed: of these bytes the signature is made, so they are told as text and never written anew.
std::string statement_of(Tombstone const& tombstone, std::string const& key_id)
{
    return json::serialize(json::object{
        {"kind", "fleeting-receipt-1"},
        {"room", tombstone.room.hex()},
        {"reason", tombstone.reason == EndReason::closed ? "closed" : "expired"},
        {"ended_at", to_rfc3339(tombstone.ended_at)},
        {"rows_erased_at", to_rfc3339(*tombstone.rows_erased_at)},
        {"bytes_erased_at", to_rfc3339(*tombstone.bytes_erased_at)},
        {"late_ms", (*tombstone.bytes_erased_at - tombstone.ended_at).count()},
        {"files", tombstone.files},
        {"bytes", tombstone.bytes.value},
        {"unfinished_uploads", tombstone.unfinished},
        {"key_id", key_id},
    });
}

Task<Response> get_receipt(ApiContext const& context, Request& request)
{
    auto& receipts = context.parts.receipts;
    CO_TRY(auto const tombstone, co_await receipts.find(request.parameters[0], credential_of(request).tokens));
    auto const statement = statement_of(tombstone, receipts.key_id());
    co_return http::json_response(200, json::serialize(json::object{{"statement", statement},
                                                                    {"signature", receipts.sign(statement)},
                                                                    {"public_key", receipts.public_key()}}));
}

Task<Response> get_key(ApiContext const& context, Request&)
{
    auto response = http::text_response(200, context.parts.receipts.public_key());
    response.headers.set("Content-Type", "application/x-pem-file");
    co_return response;
}

}  // namespace

void add_receipt_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/receipt",
               [&context](Request& request) { return get_receipt(context, request); });
    router.add(Method::get, "/api/v1/receipt-key", [&context](Request& request) { return get_key(context, request); });
}

}  // namespace fleeting::api
