#include "api/json.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <ctime>

namespace fleeting::api {

static constexpr auto kMostJsonBytes = std::size_t{16} << 10;

std::string to_rfc3339(Instant at)
{
    auto const seconds = std::chrono::floor<Seconds>(at);
    auto const time = std::time_t{seconds.time_since_epoch().count()};
    auto parts = std::tm{};
    ::gmtime_r(&time, &parts);
    auto text = std::array<char, 40>{};
    auto const size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    auto const rest = static_cast<int>((at - seconds).count());
    auto const end = std::snprintf(text.data() + size, text.size() - size, ".%03dZ", rest);
    return {text.data(), size + static_cast<std::size_t>(end)};
}

json::object to_json(Room const& room, std::string_view password_mark, std::optional<ByteCount> direct_from)
{
    auto told = json::object{
        {"id", room.id.hex()},
        {"name", room.display_name},
        {"created_at", to_rfc3339(room.created_at)},
        {"expires_at", to_rfc3339(room.expires_at)},
        {"version", room.version},
        {"locked", room.uploads_locked},
        {"door_locked", room.door_locked},
        {"password_mark", password_mark},
        {"used_bytes", room.used.value},
        {"size_limit_bytes", room.size_limit.value},
        {"file_size_limit_bytes", room.file_size_limit.value},
        {"file_count_limit", room.file_count_limit},
    };
    if (direct_from)
        told["direct_upload_from_bytes"] = direct_from->value;
    return told;
}

static json::string_view state_of(FileEntry const& file)
{
    if (file.is_being_checked())
        return "checking";
    return file.is_complete() ? "complete" : "uploading";
}

json::object to_json(FileEntry const& file)
{
    auto taken_by = json::array{};
    for (auto const& session : file.taken_by)
        taken_by.push_back(json::string{member_id(session)});
    auto told = json::object{
        {"id", file.id.hex()},
        {"name", file.name},
        {"size_bytes", file.size.value},
        {"offset_bytes", file.offset.value},
        {"state", state_of(file)},
        {"media_type", file.media_type},
        {"sha256", file.sha256 ? json::value(file.sha256->hex()) : json::value(nullptr)},
        {"uploader", file.uploader},
        {"uploader_id", member_id(file.uploader_id)},
        {"created_at", to_rfc3339(file.created_at)},
        {"taken_by", std::move(taken_by)},
    };
    if (file.is_direct && !file.is_complete())
        told["direct"] = true;
    if (file.scan == Scan::waiting || (file.is_direct && !file.is_complete()))
        told["whole_first"] = true;
    if (file.scan == Scan::skipped)
        told["unchecked"] = true;
    return told;
}

json::array to_json(std::vector<RoomService::Member> const& members)
{
    auto list = json::array{};
    for (auto const& member : members)
        list.push_back(json::object{{"id", member.id},
                                    {"nickname", member.nickname},
                                    {"role", member.role == Role::owner ? "owner" : "member"},
                                    {"present", member.present}});
    return list;
}

json::object to_json(RoomLimits const& limits)
{
    return {
        {"ttl_seconds",
         {{"default", limits.ttl_default.count()}, {"min", limits.ttl_min.count()}, {"max", limits.ttl_max.count()}}},
        {"file_size_limit_bytes", limits.file_size.value},
        {"room_size_limit_bytes", limits.room_size.value},
        {"file_count_limit", limits.file_count},
        {"password_min_chars", 8},
    };
}

Result<JsonFields> JsonFields::parse(std::string_view body)
{
    auto fields = JsonFields{};
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return fields;
    auto error = boost::system::error_code{};
    auto options = json::parse_options{};
    options.max_depth = 4;
    auto value = json::parse(json::string_view{body.data(), body.size()}, error, {}, options);
    if (error || !value.is_object())
        return fail_field(Errc::invalid_request, "body", "not a JSON object");
    fields.object_ = std::move(value.as_object());
    return fields;
}

Result<std::optional<std::string>> JsonFields::take_string(std::string_view name)
{
    auto const found = object_.find({name.data(), name.size()});
    if (found == object_.end())
        return std::optional<std::string>{};
    if (!found->value().is_string())
        return fail_field(Errc::invalid_request, std::string{name}, "not a string");
    auto const& text = found->value().as_string();
    auto taken = std::optional{std::string{text.data(), text.size()}};
    object_.erase(found);
    return taken;
}

Result<std::optional<Seconds>> JsonFields::take_seconds(std::string_view name)
{
    auto const found = object_.find({name.data(), name.size()});
    if (found == object_.end())
        return std::optional<Seconds>{};
    auto const* number = found->value().if_int64();
    constexpr auto kCentury = std::int64_t{100} * 365 * 24 * 3600;
    if (number == nullptr || *number < 0 || *number > kCentury)
        return fail_field(Errc::invalid_request, std::string{name}, "not a number of seconds");
    auto const taken = std::optional{Seconds{*number}};
    object_.erase(found);
    return taken;
}

Result<std::optional<bool>> JsonFields::take_bool(std::string_view name)
{
    auto const found = object_.find({name.data(), name.size()});
    if (found == object_.end())
        return std::optional<bool>{};
    if (!found->value().is_bool())
        return fail_field(Errc::invalid_request, std::string{name}, "not true or false");
    auto const taken = std::optional{found->value().as_bool()};
    object_.erase(found);
    return taken;
}

Result<std::optional<std::uint64_t>> JsonFields::take_number(std::string_view name, std::uint64_t most)
{
    auto const found = object_.find({name.data(), name.size()});
    if (found == object_.end())
        return std::optional<std::uint64_t>{};
    // What fits is parsed as signed.
    auto const* const number = found->value().if_int64();
    if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) > most)
        return fail_field(Errc::invalid_request, std::string{name}, "not such a number");
    auto const taken = std::optional{static_cast<std::uint64_t>(*number)};
    object_.erase(found);
    return taken;
}

Result<std::optional<Instant>> JsonFields::take_time(std::string_view name)
{
    constexpr auto kYear9999 = std::int64_t{253'402'300'799'000};
    auto const found = object_.find({name.data(), name.size()});
    if (found == object_.end())
        return std::optional<Instant>{};
    auto const* const number = found->value().if_int64();
    if (number == nullptr)
        return fail_field(Errc::invalid_request, std::string{name}, "not a time");
    auto const taken = *number < 0 || *number > kYear9999 ? std::nullopt : std::optional{Instant{Milliseconds{*number}}};
    object_.erase(found);
    return taken;
}

Result<std::vector<JsonFields>> JsonFields::take_objects(std::string_view name, std::size_t most)
{
    auto const found = object_.find({name.data(), name.size()});
    auto* const list = found == object_.end() ? nullptr : found->value().if_array();
    if (list == nullptr || list->empty() || list->size() > most)
        return fail_field(Errc::invalid_request, std::string{name}, "no list, or none of such a length");
    auto taken = std::vector<JsonFields>{};
    for (auto& item : *list) {
        if (!item.is_object())
            return fail_field(Errc::invalid_request, std::string{name}, "not objects");
        taken.emplace_back().object_ = std::move(item.as_object());
    }
    object_.erase(found);
    return taken;
}

Result<> JsonFields::finish() const
{
    if (object_.empty())
        return {};
    // The name is the client's: only one that needs no escaping is told back.
    auto const name = std::string{object_.begin()->key()};
    auto const is_plain =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos && name.size() <= 40;
    return fail_field(Errc::invalid_request, is_plain ? name : "body", "unknown field");
}

Task<JsonFields> fields_of(http::Request& request)
{
    CO_TRY(auto const body, co_await http::read_all(request.body(), kMostJsonBytes));
    co_return JsonFields::parse(body);
}

}  // namespace fleeting::api
