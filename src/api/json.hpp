#pragma once

#include "domain/file.hpp"
#include "domain/room.hpp"
#include "service/room_service.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::api {

namespace json = boost::json;

/// RFC 3339 in UTC with milliseconds.
std::string to_rfc3339(Instant at);

json::object to_json(Room const& room);
json::object to_json(FileEntry const& file);
json::array to_json(std::vector<RoomService::Member> const& members);
json::object to_json(RoomLimits const& limits);

/// A request body's JSON object, read field by field; what is asked for is taken out, so that `finish` can refuse the rest.
class JsonFields {
public:
    /// An empty body is an empty object. errors: invalid_request
    static Result<JsonFields> parse(std::string_view body);
    /// errors    invalid_request with the field's name
    Result<std::optional<std::string>> take_string(std::string_view name);
    Result<std::optional<Seconds>> take_seconds(std::string_view name);
    Result<std::optional<bool>> take_bool(std::string_view name);
    /// Refuses a field nobody asked for. errors: invalid_request with its name
    Result<> finish() const;

private:
    json::object object_;
};

}  // namespace fleeting::api
