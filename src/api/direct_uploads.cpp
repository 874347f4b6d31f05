// …/direct-uploads: uploads whose bytes go from the client to the store, part by part (docs/protocol.md, ADR 16).

#include "api/api.hpp"
#include "api/json.hpp"
#include "domain/sizes.hpp"
#include "http/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr auto kMostLinks = std::size_t{16};

/// Who asks, and for which upload.
struct Asked {
    Admission admission;
    FileId id;
};
Task<Asked> asked_of(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    co_return Asked{std::move(admission), id};
}

Result<std::uint32_t> parse_part_number(std::string_view text)
{
    TRY(auto const number, parse_size(text, "number"));
    if (number.value > std::numeric_limits<std::uint32_t>::max())
        return fail_field(Errc::invalid_request, "number", "no such part");
    return static_cast<std::uint32_t>(number.value);
}

Response standing_response(int status, DirectStanding const& standing)
{
    auto parts = json::array{};
    for (auto const& part : standing.parts)
        parts.push_back(json::object{{"number", part.number}, {"size_bytes", part.size.value}});
    auto const body = json::object{
        {"file", to_json(standing.file)}, {"part_size_bytes", standing.part_size.value}, {"parts", std::move(parts)}};
    return http::json_response(status, json::serialize(body));
}

Result<CreateUpload> wish_of(JsonFields& fields)
{
    auto wish = CreateUpload{};
    TRY(auto name, fields.take_string("name"));
    TRY(auto media_type, fields.take_string("media_type"));
    wish.name = std::move(name).value_or("");
    wish.media_type = std::move(media_type).value_or("");
    TRY(auto const size, fields.take_number("size_bytes", std::numeric_limits<std::int64_t>::max()));
    if (size)
        wish.length = ByteCount{*size};
    TRY(wish.modified_at, fields.take_time("modified_at"));
    TRY(fields.finish());
    return wish;
}

/// Rules for names call the field as tus does.
Error with_our_field(Error error)
{
    if (error.field == "filename")
        error.field = "name";
    return error;
}

Task<Response> create(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto wish, wish_of(fields));
    auto const standing = co_await context.parts.direct.create(admission, std::move(wish));
    if (!standing)
        co_return fail(with_our_field(standing.error()));
    auto response = standing_response(201, *standing);
    response.headers.set("Location", context.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) +
                                                     "/direct-uploads/" + standing->file.id.hex()));
    co_return response;
}

Task<Response> find(ApiContext const& context, Request& request)
{
    CO_TRY(auto const asked, co_await asked_of(context, request));
    CO_TRY(auto const standing, co_await context.parts.direct.find(asked.admission, asked.id));
    co_return standing_response(200, standing);
}

Result<std::vector<PartWish>> wished_parts_of(JsonFields& fields)
{
    TRY(auto parts, fields.take_objects("parts", kMostLinks));
    auto wishes = std::vector<PartWish>{};
    for (auto& part : parts) {
        TRY(auto const number, part.take_number("number", std::numeric_limits<std::uint32_t>::max()));
        TRY(auto md5, part.take_string("md5"));
        TRY(part.finish());
        wishes.push_back({static_cast<std::uint32_t>(number.value_or(0)), std::move(md5).value_or("")});
    }
    TRY(fields.finish());
    return wishes;
}

Task<Response> make_links(ApiContext const& context, Request& request)
{
    CO_TRY(auto const asked, co_await asked_of(context, request));
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto wishes, wished_parts_of(fields));
    CO_TRY(auto const links, co_await context.parts.direct.links(asked.admission, asked.id, wishes));
    auto parts = json::array{};
    for (auto i = std::size_t{0}; i < links.size(); ++i)
        parts.push_back(json::object{
            {"number", wishes[i].number}, {"url", links[i]}, {"headers", json::object{{"Content-MD5", wishes[i].md5}}}});
    co_return http::json_response(200, json::serialize(json::object{{"parts", std::move(parts)}}));
}

Task<Response> record(ApiContext const& context, Request& request)
{
    CO_TRY(auto const asked, co_await asked_of(context, request));
    CO_TRY(auto fields, co_await fields_of(request));
    auto part = DirectPart{};
    CO_TRY(part.number, parse_part_number(request.parameters[2]));
    CO_TRY(auto etag, fields.take_string("etag"));
    CO_TRY(auto const crc32, fields.take_number("crc32", std::numeric_limits<std::uint32_t>::max()));
    CO_TRY(fields.finish());
    if (!crc32)
        co_return fail_field(Errc::invalid_request, "crc32", "missing");
    part.etag = std::move(etag).value_or("");
    part.crc32 = static_cast<std::uint32_t>(*crc32);
    auto const number = part.number;
    CO_TRY(auto const file, co_await context.parts.direct.record(asked.admission, asked.id, std::move(part)));
    co_return http::json_response(200, json::serialize(json::object{{"number", number}, {"offset_bytes", file.offset.value}}));
}

Task<Response> complete(ApiContext const& context, Request& request)
{
    CO_TRY(auto const asked, co_await asked_of(context, request));
    CO_TRY(auto const fields, co_await fields_of(request));
    CO_TRY(fields.finish());
    CO_TRY(auto const file, co_await context.parts.direct.complete(asked.admission, asked.id));
    co_return http::json_response(200, json::serialize(to_json(file)));
}

}  // namespace

void add_direct_upload_routes(http::Router& router, ApiContext const& context)
{
    constexpr auto kUploads = "/api/v1/rooms/{room}/direct-uploads";
    constexpr auto kUpload = "/api/v1/rooms/{room}/direct-uploads/{id}";
    router.add(Method::post, kUploads, [&context](Request& request) { return create(context, request); });
    router.add(Method::get, kUpload, [&context](Request& request) { return find(context, request); });
    router.add(Method::post, std::string{kUpload} + "/links",
               [&context](Request& request) { return make_links(context, request); });
    router.add(Method::put, std::string{kUpload} + "/parts/{number}",
               [&context](Request& request) { return record(context, request); });
    router.add(Method::post, std::string{kUpload} + "/complete",
               [&context](Request& request) { return complete(context, request); });
}

}  // namespace fleeting::api
