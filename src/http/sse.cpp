#include "http/sse.hpp"

namespace fleeting::http {

std::string to_sse(std::string_view event, std::string_view json, std::optional<std::uint64_t> id)
{
    auto text = std::string{};
    if (id)
        text += "id: " + std::to_string(*id) + "\n";
    (((text += "event: ") += event) += "\ndata: ") += json;
    return text += "\n\n";
}

std::string_view sse_heartbeat()
{
    return ": \n\n";
}

}  // namespace fleeting::http
