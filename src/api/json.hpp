#pragma once

#include "domain/file.hpp"
#include "domain/room.hpp"
#include "http/request.hpp"
#include "service/room_service.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::api {

namespace json = boost::json;

/// RFC 3339 in UTC with milliseconds.
std::string to_rfc3339(Instant at);

/// password_mark   of its password's hash
/// direct_from     size from which files are better uploaded straight to the store; nothing where they can't be
json::object to_json(Room const& room, std::string_view password_mark, std::optional<ByteCount> direct_from);
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
    /// Milliseconds since 1970; nothing as well where they say no time in our calendar.
    Result<std::optional<Instant>> take_time(std::string_view name);
    /// A whole number from 0 to `most`.
    Result<std::optional<std::uint64_t>> take_number(std::string_view name, std::uint64_t most);
    /// A list of 1 to `most` objects; it must be there.
    Result<std::vector<JsonFields>> take_objects(std::string_view name, std::size_t most);
    /// Refuses a field nobody asked for. errors: invalid_request with its name
    Result<> finish() const;

private:
    json::object object_;
};

/// The fields of a request's body. errors: those of `parse`, body_truncated, cancelled
Task<JsonFields> fields_of(http::Request& request);

}  // namespace fleeting::api
