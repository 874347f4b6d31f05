// A room by forms alone, for browsers without JavaScript: POST / enters or opens one, POST /{room}/ adds, removes and leaves.

#include "api/forms.hpp"

#include "api/body_source.hpp"
#include "api/credentials.hpp"
#include "api/form_fields.hpp"
#include "api/form_pages.hpp"
#include "api/problems.hpp"
#include "http/multipart.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr auto kMostFormBytes = std::size_t{16} << 10;

/// One file of a form, as the service layer takes it.
class FormFileSource final : public BodySource {
public:
    FormFileSource(Request& request, http::MultipartBody& form) : BodySource(request), form_(form) {}
    [[nodiscard]] std::optional<ByteCount> length() const override { return std::nullopt; }
    Task<bool> ready() override { return form_.ready(); }
    Result<std::size_t> take(MutableBytes into) override { return form_.take(into); }

private:
    http::MultipartBody& form_;
};

std::string_view content_type_of(Request const& request)
{
    return request.headers.find("Content-Type").value_or("");
}

/// Where a form leads when it is done: by GET, so that looking again doesn't send it again.
Response see_other(std::string const& address)
{
    auto response = Response{};
    response.status = 303;
    response.headers.set("Location", address);
    return response;
}

Task<FormFields> fields_of(Request& request)
{
    CO_TRY(auto const body, co_await http::read_all(request.body(), kMostFormBytes));
    co_return FormFields::parse(content_type_of(request), body);
}

std::optional<std::string> unless_empty(std::string text)
{
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

Task<NewSession> enter_or_open(ApiContext const& context, Request const& request, FormFields const& fields)
{
    auto const action = fields.get("action");
    auto const network = request.peer.to_string();
    auto nickname = unless_empty(fields.get("nickname"));
    if (action == "open")
        co_return co_await context.parts.rooms.create(
            {fields.get("name"), fields.get("password"), std::nullopt, std::move(nickname), network});
    if (action == "enter")
        co_return co_await context.parts.rooms.join(
            {fields.get("name"), fields.get("password"), std::move(nickname), network, known_marks_of(request)});
    co_return fail_field(Errc::invalid_request, "action", "neither enter nor open");
}

Task<Response> post_door(ApiContext const& context, Request& request)
{
    auto const pages = FormPages{context};
    auto const fields = co_await fields_of(request);
    if (!fields)
        co_return pages.refusal(fields.error(), context.address("/?plain"));
    auto const made = co_await enter_or_open(context, request, *fields);
    if (!made) {
        auto const problem = to_problem(made.error());
        co_return pages.door(problem.status, fields->get("name"), std::string{problem.title});
    }
    auto response = see_other(pages.address_of(made->room.display_name) + "?plain");
    give_session(request, response, *made, context.parts.clock.now());
    co_return response;
}

Task<> add_files(ApiContext const& context, Request& request, Admission const& admission, std::string const& boundary)
{
    auto form = http::MultipartBody{request.body(), boundary};
    while (true) {
        CO_TRY(auto part, co_await form.next_part());
        if (!part)
            co_return Result<>{};
        if (!part->file_name || part->file_name->empty())
            continue;  // a field, or nothing was chosen
        auto wish = CreateUpload{.name = *std::move(part->file_name), .media_type = std::move(part->media_type)};
        auto source = FormFileSource{request, form};
        CO_TRY(co_await context.parts.uploads.put(admission, std::move(wish), {}, source));
    }
}

Task<Response> act(ApiContext const& context, Request& request, Admission admission)
{
    auto const address = FormPages{context}.address_of(admission.room.display_name);
    if (auto const boundary = http::form_boundary(content_type_of(request))) {
        CO_TRY(co_await add_files(context, request, admission, *boundary));
        co_return see_other(address + "?plain");
    }
    CO_TRY(auto const fields, co_await fields_of(request));
    auto const action = fields.get("action");
    if (action == "remove") {
        CO_TRY(auto const id, FileId::parse(fields.get("id")));
        CO_TRY(co_await context.parts.uploads.remove(admission, id));
        co_return see_other(address + "?plain");
    }
    if (action != "leave")
        co_return fail_field(Errc::invalid_request, "action", "neither remove nor leave");
    auto const room = admission.room.id;
    request.cut_at(nullptr);  // this one must be answered
    CO_TRY(co_await context.parts.rooms.leave(std::move(admission)));
    auto response = see_other(context.address("/?plain"));
    take_session(request, response, room);
    co_return response;
}

/// Who isn't in the room is shown the way in; all else says what went wrong.
Response told(ApiContext const& context, Request const& request, Error const& error)
{
    auto const pages = FormPages{context};
    auto const& room = request.parameters[0];
    if (error.code == Errc::no_session)
        return pages.door(to_problem(error).status, room, {});
    if (error.code == Errc::room_ended)
        return pages.door(to_problem(error).status, {}, std::string{to_problem(error).title});
    return pages.refusal(error, pages.address_of(room) + "?plain");
}

Task<Response> post_room(ApiContext const& context, Request& request)
{
    auto admission = co_await context.admit(request, request.parameters[0]);
    if (!admission)
        co_return told(context, request, admission.error());
    auto answered = co_await act(context, request, *std::move(admission));
    co_return answered ? *std::move(answered) : told(context, request, answered.error());
}

}  // namespace

Response form_door(ApiContext const& context)
{
    return FormPages{context}.door(200, {}, {});
}

Task<Response> form_room(ApiContext const& context, Request& request)
{
    auto const admission = co_await context.admit(request, request.parameters[0]);
    if (!admission)
        co_return told(context, request, admission.error());
    CO_TRY(auto const files, co_await context.parts.uploads.list(admission->room.id));
    co_return FormPages{context}.room(*admission, files);
}

void add_form_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::post, "/", [&context](Request& request) { return post_door(context, request); });
    router.add(Method::post, "/{room}/", [&context](Request& request) { return post_room(context, request); });
}

}  // namespace fleeting::api
