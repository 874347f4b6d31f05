#include "s3/objects.hpp"

#include "base/base64.hpp"
#include "base/log.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <charconv>

namespace fleeting::s3 {
namespace {

// S3's own limit of one DeleteObjects.
constexpr auto kMostInBatch = std::size_t{1'000};
// Pages of a thousand: what a listing may hold in memory.
constexpr auto kMostPages = 1'000;
// The store copies on its own meanwhile, and sends nothing.
constexpr auto kCopyPatience = Milliseconds{120'000};
constexpr auto kTransferPatience = Milliseconds{60'000};

std::string bytes_from_to(Range const& range)
{
    auto const last = range.begin.value + range.size.value - 1;
    return "bytes=" + std::to_string(range.begin.value) + "-" + std::to_string(last);
}

/// `bytes 0-9/100` for what was asked: a store, or something before it, may answer with another stretch.
bool is_that_range(std::string const& content_range, Range const& range)
{
    auto const asked = "bytes " + bytes_from_to(range).substr(6) + "/";
    return content_range.starts_with(asked);
}

std::string delete_request(std::span<Listed const> batch)
{
    auto xml = std::string{"<Delete><Quiet>true</Quiet>"};
    for (auto const& [key, version, initiated] : batch) {
        xml += "<Object><Key>" + escape_xml(key) + "</Key>";
        xml += version.empty() ? "" : "<VersionId>" + escape_xml(version) + "</VersionId>";
        xml += "</Object>";
    }
    return xml + "</Delete>";
}

std::string complete_request(std::vector<std::string> const& etags)
{
    auto xml = std::string{"<CompleteMultipartUpload>"};
    for (auto number = std::size_t{1}; auto const& etag : etags)
        xml += "<Part><PartNumber>" + std::to_string(number++) + "</PartNumber><ETag>" + escape_xml(etag) + "</ETag></Part>";
    return xml + "</CompleteMultipartUpload>";
}

bool is_about_parts(std::string_view code)
{
    return code == "InvalidPart" || code == "InvalidPartOrder" || code == "EntityTooSmall";
}

/// `2026-11-24T15:00:00`: sorts as time does.
std::string iso_time(Instant at)
{
    auto const date = to_amz_date(at);
    return date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 5) + ":" + date.substr(11, 2) + ":" +
           date.substr(13, 2);
}

}  // namespace

Task<> Objects::put(std::string object, Bytes bytes, std::string payload_hash)
{
    auto call = Call{"PUT", std::move(object)};
    call.body = bytes;
    call.payload_hash = client_.signs_bodies() ? std::move(payload_hash) : std::string{};
    call.patience = kTransferPatience;
    CO_TRY(co_await client_.run(std::move(call)));
    co_return Result<>{};
}

Task<ByteCount> Objects::size_of(std::string object)
{
    CO_TRY(auto const answer, co_await client_.run(Call{"HEAD", std::move(object)}));
    auto const text = answer.header("content-length");
    auto size = std::uint64_t{0};
    if (std::from_chars(text.data(), text.data() + text.size(), size).ptr != text.data() + text.size() || text.empty())
        co_return fail(Errc::unavailable, "an object without a length");
    co_return ByteCount{size};
}

Task<> Objects::read(Range range, MutableBytes out)
{
    if (out.empty())
        co_return Result<>{};
    auto call = Call{"GET", range.object};
    call.headers.emplace_back("range", bytes_from_to(range));
    call.into = out;
    call.patience = kTransferPatience;
    CO_TRY(auto const answer, co_await client_.run(std::move(call)));
    if (answer.status != 206 || answer.received.value != out.size() || !is_that_range(answer.header("content-range"), range))
        co_return fail(Errc::unavailable, "the store sent other bytes than it was asked for");
    co_return Result<>{};
}

Task<std::vector<std::string>> Objects::erase(std::vector<std::string> objects, bool all_versions)
{
    auto targets = std::vector<Listed>{};
    for (auto const& object : objects)
        targets.push_back({object, {}, {}});
    if (all_versions) {
        CO_TRY(targets, co_await versions_of(objects));
    }
    auto left = std::vector<std::string>{};
    for (auto rest = std::span<Listed const>{targets}; !rest.empty();) {
        auto const batch = rest.first(std::min(rest.size(), kMostInBatch));
        CO_TRY(auto const failed, co_await erase_batch(batch));
        left.insert(left.end(), failed.begin(), failed.end());
        rest = rest.subspan(batch.size());
    }
    co_return left;
}

Task<std::vector<Listed>> Objects::versions_of(std::vector<std::string> const& objects)
{
    auto all = std::vector<Listed>{};
    for (auto const& object : objects) {
        auto query = Pairs{{"versions", ""}, {"prefix", object}};
        CO_TRY(auto const versions, co_await list_pages(std::move(query), parse_versions, "key-marker", "version-id-marker"));
        auto const is_its = [&](Listed const& found) { return found.key == object || found.key.starts_with(object + '.'); };
        std::ranges::copy_if(versions, std::back_inserter(all), is_its);
    }
    co_return all;
}

Task<std::vector<std::string>> Objects::erase_batch(std::span<Listed const> batch)
{
    auto const xml = delete_request(batch);
    auto call = Call{"POST", {}, {{"delete", ""}}};
    call.body = std::as_bytes(std::span{xml});
    // AWS and older stores insist on it here.
    call.headers.emplace_back("content-md5", to_base64(crypto::md5(call.body)));
    CO_TRY(auto const answer, co_await client_.run(std::move(call)));
    co_return parse_delete_errors(answer.text);
}

Task<std::vector<std::string>> Objects::list(std::string prefix)
{
    auto query = Pairs{{"list-type", "2"}, {"prefix", std::move(prefix)}};
    CO_TRY(auto const entries, co_await list_pages(std::move(query), parse_objects, "continuation-token", ""));
    auto keys = std::vector<std::string>{};
    for (auto const& entry : entries)
        keys.push_back(entry.key);
    co_return keys;
}

Task<std::vector<Listed>> Objects::list_pages(Pairs query, Parse parse, std::string next_key, std::string next_id)
{
    auto all = std::vector<Listed>{};
    auto page = Page{};
    for (auto pages = 0; pages < kMostPages; ++pages) {
        auto call = Call{"GET", {}, query};
        if (!page.next_key.empty())
            call.query.emplace_back(next_key, page.next_key);
        if (!page.next_id.empty())
            call.query.emplace_back(next_id, page.next_id);
        CO_TRY(auto const answer, co_await client_.run(std::move(call)));
        CO_TRY(page, parse(answer.text));
        all.insert(all.end(), page.entries.begin(), page.entries.end());
        if (page.is_last)
            co_return all;
    }
    log::warning("listing_cut", "the store has more under one prefix than a listing may hold: orphans behind it aren't found");
    co_return all;
}

Task<std::string> Objects::begin_multipart(std::string object)
{
    CO_TRY(auto const answer, co_await client_.run(Call{"POST", std::move(object), {{"uploads", ""}}}));
    co_return parse_upload_id(answer.text);
}

Task<std::string> Objects::put_part(std::string object, std::string upload_id, std::size_t number, Bytes bytes)
{
    auto call = Call{"PUT", std::move(object), {{"partNumber", std::to_string(number)}, {"uploadId", std::move(upload_id)}}};
    call.body = bytes;
    call.patience = kTransferPatience;
    CO_TRY(auto const answer, co_await client_.run(std::move(call)));
    auto etag = answer.header("etag");
    co_return etag.empty() ? fail(Errc::unavailable, "a part without an ETag") : Result<std::string>{std::move(etag)};
}

Task<std::string> Objects::copy_part(std::string object, std::string upload_id, std::size_t number, Range from)
{
    auto call = Call{"PUT", std::move(object), {{"partNumber", std::to_string(number)}, {"uploadId", std::move(upload_id)}}};
    call.headers.emplace_back("x-amz-copy-source", "/" + client_.settings().bucket + "/" + uri_encode(from.object, true));
    call.headers.emplace_back("x-amz-copy-source-range", bytes_from_to(from));
    call.patience = call.stall = kCopyPatience;
    CO_TRY(auto const answer, co_await client_.run(std::move(call)));
    co_return parse_copied_etag(answer.text);
}

Task<> Objects::complete_multipart(std::string object, std::string upload_id, std::vector<std::string> etags)
{
    auto const xml = complete_request(etags);
    auto call = Call{"POST", std::move(object), {{"uploadId", std::move(upload_id)}}};
    call.body = std::as_bytes(std::span{xml});
    call.patience = call.stall = kCopyPatience;
    CO_TRY(auto const answer, co_await client_.ask(call));
    if (is_about_parts(error_of(answer.text).code))
        co_return fail(Errc::parts_missing, "the store has other parts");
    co_return answer.status / 100 == 2 ? parse_completed(answer.text) : fail(Client::failure_of(call, answer));
}

Task<> Objects::abort_multipart(std::string object, std::string upload_id)
{
    auto const gone = co_await client_.run(Call{"DELETE", std::move(object), {{"uploadId", std::move(upload_id)}}});
    if (!gone && gone.error().code != Errc::not_found)
        co_return fail(gone.error());
    co_return Result<>{};
}

Task<std::vector<Listed>> Objects::list_multiparts(std::string prefix, Instant before)
{
    auto query = Pairs{{"uploads", ""}, {"prefix", std::move(prefix)}};
    CO_TRY(auto uploads, co_await list_pages(std::move(query), parse_uploads, "key-marker", "upload-id-marker"));
    auto const oldest = iso_time(before);
    std::erase_if(uploads, [&](Listed const& upload) { return upload.initiated.empty() || upload.initiated >= oldest; });
    co_return uploads;
}

}  // namespace fleeting::s3
