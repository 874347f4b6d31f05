// Uploads by the IETF's draft, whose interim responses (104) some proxies take for the answer.

#include "app/doctor_room.hpp"

namespace fleeting::app {
namespace {

constexpr auto kCure =
    "(nginx: proxy_set_header Upload-Draft-Interop-Version \"\"; Caddy: header_up -Upload-Draft-Interop-Version; Apache: RequestHeader "
    "unset Upload-Draft-Interop-Version; Varnish: unset req.http.Upload-Draft-Interop-Version, or pipe)";

class DraftLook {
public:
    DraftLook(Doors const& doors, OwnRoom const& room) : doors_(doors), room_(room) {}
    void examine();

private:
    Result<Answer> upload(bool is_http_1_1, bool wants_interim);
    bool ends(bool is_http_1_1);

    Doors const& doors_;
    OwnRoom const& room_;
    int files_ = 0;
};

Result<Answer> DraftLook::upload(bool is_http_1_1, bool wants_interim)
{
    auto ask =
        Ask{"PUT", room_.files + "draft-" + std::to_string(++files_), {room_.bearer, "Upload-Complete: ?1"}, "as it was sent"};
    if (wants_interim)
        ask.fields.emplace_back("Upload-Draft-Interop-Version: 8");
    ask.is_http_1_1 = is_http_1_1;
    ask.patience = Milliseconds{5'000};
    return doors_.through.ask_blocking(ask);
}

bool DraftLook::ends(bool is_http_1_1)
{
    auto const put = upload(is_http_1_1, true);
    if (put && put->status == 201)
        return true;
    auto const how = put ? told(*put) : put.error().detail;
    auto const plain = upload(is_http_1_1, false);
    if (plain && plain->status == 201)
        doors_.findings.mend("draft", "an upload by the IETF's draft doesn't end with 201 (" + how +
                                          "), as interim responses (104) don't pass: let the proxy take the header that asks for "
                                          "them " +
                                          kCure);
    else
        doors_.findings.note("draft", "can't be told: no PUT ends with 201 (" + how + ")");
    return false;
}

void DraftLook::examine()
{
    if (ends(false) && ends(true))
        doors_.findings.well("draft", "uploads by the IETF's draft end with their answer");
}

}  // namespace

void examine_drafts(Doors const& doors, OwnRoom const& room)
{
    DraftLook{doors, room}.examine();
}

}  // namespace fleeting::app
