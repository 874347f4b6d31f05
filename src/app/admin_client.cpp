#include "app/admin_client.hpp"

#include "app/admin_token.hpp"
#include "http/server.hpp"

#include <boost/json/parse.hpp>
#include <cerrno>
#include <curl/curl.h>
#include <memory>

namespace fleeting::app {
namespace {

namespace json = boost::json;

constexpr auto kPatienceMs = 30'000L;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Fields = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t take(char const* bytes, std::size_t, std::size_t count, void* body)
{
    static_cast<std::string*>(body)->append(bytes, count);
    return count;
}

/// The node's problem as a sentence for the terminal.
std::unexpected<Error> refusal_of(long status, std::string const& body)
{
    auto const kind = status == 404 ? Errc::not_found : Errc::unavailable;
    auto error = boost::system::error_code{};
    auto const problem = json::parse(body, error);
    if (error || !problem.is_object() || !problem.as_object().contains("title"))
        return fail(kind, "the node answered " + std::to_string(status));
    auto const text = [&](char const* name) {
        auto const* const value = problem.as_object().if_contains(name);
        return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
    };
    auto const field = text("field");
    if (text("code") == "invalid_request")
        return fail_field(Errc::invalid_request, field, "the node can't take that " + (field.empty() ? "request" : field));
    return fail(kind, text("title") + " (" + text("code") + (field.empty() ? "" : ", " + field) + ")");
}

/// Where the settings say that the node listens.
Result<> address(CURL* handle, Settings const& settings, std::string const& path)
{
    auto const& listen = settings.admin_listen;
    if (listen == "off" || listen.ends_with(":0"))
        return fail_field(Errc::invalid_request, "admin-listen",
                          "FLEETING_ADMIN_LISTEN is " + listen +
                              " here: set it as the node has it, or name its settings by --config");
    auto const socket = http::unix_path_of(listen);
    auto const url = "http://" + (socket ? "localhost" : listen) + "/admin" + path;
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    if (socket)
        curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, std::string{*socket}.c_str());
    return {};
}

Result<Fields> fields_for(Settings const& settings)
{
    TRY(auto const token, admin_token_of(settings));
    auto* fields = curl_slist_append(nullptr, "Content-Type: application/json");
    if (!token.empty())
        fields = curl_slist_append(fields, ("Authorization: Bearer " + token).c_str());
    return Fields{fields, &curl_slist_free_all};
}

/// Of a socket libcurl says that port 80 of localhost isn't there.
std::string why_unreached(CURL* handle, Settings const& settings, std::string const& trouble)
{
    if (!http::unix_path_of(settings.admin_listen))
        return trouble;
    auto code = 0L;
    curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &code);
    if (code == EACCES)
        return "this user may not use that socket: run this as root or as the server's user";
    if (code == ENOENT || code == ECONNREFUSED)
        return "no server listens there: is it running, with this FLEETING_ADMIN_LISTEN?";
    return trouble;
}

}  // namespace

Result<std::string> call_admin_blocking(Settings const& settings, AdminCall const& call)
{
    auto const handle = Handle{curl_easy_init(), &curl_easy_cleanup};
    auto body = std::string{};
    auto trouble = std::array<char, CURL_ERROR_SIZE>{};
    TRY(address(handle.get(), settings, call.path));
    TRY(auto const fields, fields_for(settings));
    curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");  // a proxy would be shown the token
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, kPatienceMs);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, trouble.data());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, call.method.c_str());
    if (!call.body.empty())
        curl_easy_setopt(handle.get(), CURLOPT_COPYPOSTFIELDS, call.body.c_str());
    if (auto const done = curl_easy_perform(handle.get()); done != CURLE_OK)
        return fail(Errc::unavailable,
                    "no node answers on " + settings.admin_listen + ": " +
                        why_unreached(handle.get(), settings, trouble[0] != '\0' ? trouble.data() : curl_easy_strerror(done)));
    auto status = 0L;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300)
        return refusal_of(status, body);
    return body;
}

}  // namespace fleeting::app
