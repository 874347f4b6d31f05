#include "s3/checks.hpp"

#include "base/base64.hpp"
#include "crypto/random.hpp"
#include "crypto/sha256.hpp"
#include "s3/answers.hpp"

#include <ctime>

namespace fleeting::s3 {
namespace {

// A presigned URL lives ten seconds.
constexpr auto kMostSkew = Seconds{5};
// A direct upload lasts as long as its room, which is a week at most.
constexpr auto kLifecycle =
    "<LifecycleConfiguration><Rule><ID>fleeting-abort-multipart</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>8</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
    "</Rule></LifecycleConfiguration>";
constexpr auto kCors = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
                       "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
                       "<MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule></CORSConfiguration>";

std::string place_of(Settings const& settings)
{
    return "the bucket " + settings.bucket + " at " + settings.endpoint;
}

/// What to do about an answer that isn't 2xx.
std::string remedy_for(HttpAnswer const& answer, Settings const& settings)
{
    auto const code = error_of(answer.text).code;
    if (code == "NoSuchBucket" || answer.status == 404)
        return place_of(settings) + " doesn't exist: create it (aws s3api create-bucket --bucket " + settings.bucket +
               "), or set FLEETING_S3_BUCKET";
    if (code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId" || code == "InvalidToken" || code == "ExpiredToken")
        return "the store refuses our keys (" + code + "): set FLEETING_S3_ACCESS_KEY and FLEETING_S3_SECRET_KEY";
    if (code == "RequestTimeTooSkewed")
        return "the clocks of this machine and of the store differ too much: set this one's by NTP";
    if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" || answer.status / 100 == 3)
        return place_of(settings) + " is in another region: set FLEETING_S3_REGION and FLEETING_S3_ENDPOINT";
    return "we may not use " + place_of(settings) + " (" + std::to_string(answer.status) + " " + code +
           "): allow these keys s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on it";
}

Result<> require(HttpAnswer const& answer, Settings const& settings)
{
    return answer.status / 100 == 2 ? Result<>{} : fail(Errc::unavailable, remedy_for(answer, settings));
}

Call listing()
{
    return {"GET", {}, {{"list-type", "2"}, {"max-keys", "1"}}};
}

Call with_body(std::string subresource, std::string_view xml)
{
    auto call = Call{"PUT", {}, {{std::move(subresource), ""}}};
    call.body = std::as_bytes(std::span{xml});
    call.headers.emplace_back("content-md5", to_base64(crypto::md5(call.body)));
    return call;
}

Result<> check_clock(HttpAnswer const& answer)
{
    auto parts = std::tm{};
    auto const date = answer.header("date");
    if (::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr)
        return {};
    auto const theirs = std::chrono::sys_seconds{Seconds{::timegm(&parts)}};
    auto const ahead = std::chrono::floor<Seconds>(std::chrono::system_clock::now()) - theirs;
    if (std::chrono::abs(ahead) <= kMostSkew)
        return {};
    return fail(Errc::unavailable, "this machine's clock is " + std::to_string(ahead.count()) +
                                       " s before the store's, and links live 10 s: set it by NTP");
}

/// Whoever asks without keys gets nothing.
Task<> require_private(Client& client, std::string object)
{
    auto list = listing();
    auto get = Call{"GET", std::move(object)};
    list.is_signed = get.is_signed = false;
    for (auto const& call : {list, get}) {
        CO_TRY(auto const answer, co_await client.ask(call));
        if (answer.status / 100 == 2)
            co_return fail(Errc::unavailable, place_of(client.settings()) +
                                                  " is public, anybody can read every file: block public access "
                                                  "(aws s3api put-public-access-block, or remove its policy and ACL)");
    }
    co_return Result<>{};
}

/// Writes, reads and erases an object as blobs are.
Task<> try_object(Client& client)
{
    auto const object = client.settings().prefix + "fleeting-check-" + crypto::random_id<BlobKey>().hex();
    auto const text = std::string_view{"fleeting"};
    auto put = Call{"PUT", object};
    put.body = std::as_bytes(std::span{text});
    CO_TRY(auto const stored, co_await client.ask(std::move(put)));
    CO_TRY(require(stored, client.settings()));
    auto const is_private = co_await require_private(client, object);
    CO_TRY(auto const read, co_await client.ask(Call{"GET", object}));
    CO_TRY(auto const erased, co_await client.ask(Call{"DELETE", object}));
    CO_TRY(is_private);
    CO_TRY(require(read, client.settings()));
    CO_TRY(require(erased, client.settings()));
    co_return read.text == text ? Result<>{} : fail(Errc::unavailable, "the store gave back other bytes than it was given");
}

bool is_enough(std::string const& subresource, std::string const& xml)
{
    return subresource == "lifecycle" ? has_abort_rule(xml) : lets_pages_upload(xml);
}

/// Sets a configuration where the bucket has none. A line of advice where it may not, or where there is one that isn't enough.
Task<> set_where_missing(Client& client, BucketFacts& facts, std::string subresource, std::string_view xml, std::string advice)
{
    auto const now = co_await client.ask(Call{"GET", {}, {{subresource, ""}}});
    auto const is_missing = now && now->status == 404;
    if (now && now->status == 200 && is_enough(subresource, now->text))
        co_return Result<>{};
    if (is_missing) {
        auto const set = co_await client.run(with_body(subresource, xml));
        if (set)
            co_return Result<>{};
    }
    facts.advice.push_back(std::move(advice));
    co_return Result<>{};
}

Task<> look_after_configuration(Client& client, BucketFacts& facts)
{
    auto const& bucket = client.settings().bucket;
    CO_TRY(co_await set_where_missing(
        client, facts, "lifecycle", kLifecycle,
        "no lifecycle rule ends multipart uploads that were left: aws s3api put-bucket-lifecycle-configuration --bucket " +
            bucket + " with AbortIncompleteMultipartUpload (what is older than an hour the sweep aborts as well)"));
    if (client.settings().transfer == Transfer::direct) {
        CO_TRY(co_await set_where_missing(client, facts, "cors", kCors,
                                          "no CORS rule lets pages upload to the store: aws s3api put-bucket-cors --bucket " +
                                              bucket + " with AllowedMethods GET and PUT, AllowedHeaders *, ExposeHeaders ETag"));
    }
    auto const versioning = co_await client.run(Call{"GET", {}, {{"versioning", ""}}});
    auto const has_versions = versioning ? parse_versioning(versioning->text) : fail(versioning.error());
    // Not knowing is treated as the dearer case.
    facts.has_versions = !has_versions || *has_versions;
    co_return Result<>{};
}

}  // namespace

Task<BucketFacts> check_bucket(Client& client)
{
    auto listed = co_await client.ask(listing());
    if (!listed)
        co_return fail(std::move(listed).error().while_doing("asking the store at " + client.settings().endpoint));
    CO_TRY(require(*listed, client.settings()));
    CO_TRY(check_clock(*listed));
    CO_TRY(co_await try_object(client));
    auto facts = BucketFacts{};
    CO_TRY(co_await look_after_configuration(client, facts));
    co_return facts;
}

}  // namespace fleeting::s3
