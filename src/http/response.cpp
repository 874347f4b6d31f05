#include "http/response.hpp"

namespace fleeting::http {
namespace {

Response with_text(int status, std::string_view media_type, std::string text)
{
    auto response = Response{};
    response.status = status;
    response.headers.set("Content-Type", media_type);
    response.body = std::move(text);
    return response;
}

}  // namespace

Response no_content()
{
    auto response = Response{};
    response.status = 204;
    return response;
}

Response json_response(int status, std::string json)
{
    return with_text(status, "application/json; charset=utf-8", std::move(json));
}

Response text_response(int status, std::string text)
{
    return with_text(status, "text/plain; charset=utf-8", std::move(text));
}

Response problem_response(Problem const& problem)
{
    // Code, title and field are ours and need no escaping.
    auto json = R"({"type":")" + std::string{problem.type} + R"(","title":")" + std::string{problem.title} + R"(","status":)" +
                std::to_string(problem.status) + R"(,"code":")" + std::string{problem.code} + '"';
    if (!problem.field.empty())
        json += R"(,"field":")" + problem.field + '"';
    if (problem.retry_after_seconds > 0)
        json += R"(,"retry_after_seconds":)" + std::to_string(problem.retry_after_seconds);
    if (!problem.members.empty())
        json += ',' + problem.members;
    auto response = with_text(problem.status, "application/problem+json", json + "}\n");
    if (problem.retry_after_seconds > 0)
        response.headers.set("Retry-After", std::to_string(problem.retry_after_seconds));
    return response;
}

}  // namespace fleeting::http
