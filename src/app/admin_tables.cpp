#include "app/admin_tables.hpp"

#include "api/human_size.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace fleeting::app {
namespace {

namespace json = boost::json;

using Row = std::vector<std::string>;

std::uint64_t number(json::object const& from, std::string_view name)
{
    return from.at(name).to_number<std::uint64_t>();
}

std::string text(json::object const& from, std::string_view name)
{
    return std::string{from.at(name).as_string()};
}

std::string size(json::object const& from, std::string_view name)
{
    return api::human_size(ByteCount{number(from, name)});
}

/// `1 room`, `2 rooms`.
std::string count(json::object const& from, std::string_view name, std::string_view thing)
{
    auto const many = number(from, name);
    return std::to_string(many) + " " + std::string{thing} + (many == 1 ? "" : "s");
}

/// `1:05:09`, `5:09`.
std::string clock(json::object const& from, std::string_view name)
{
    auto const total = std::max<std::int64_t>(0, from.at(name).to_number<std::int64_t>());
    auto const two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    auto const minutes = total / 60;
    auto const rest = ":" + two(total % 60);
    return minutes < 60 ? std::to_string(minutes) + rest : std::to_string(minutes / 60) + ":" + two(minutes % 60) + rest;
}

std::string locks(json::object const& room)
{
    auto const uploads = room.at("locked").as_bool();
    auto const door = room.at("door_locked").as_bool();
    return uploads && door ? "uploads, door" : uploads ? "uploads" : door ? "door" : "";
}

/// Columns as wide as what is in them; the first to the left, numbers to the right.
void write_table(std::vector<Row> const& rows, std::ostream& out)
{
    auto widths = std::vector<std::size_t>(rows.front().size());
    for (auto const& row : rows)
        for (auto i = std::size_t{0}; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    for (auto const& row : rows) {
        auto line = row[0] + std::string(widths[0] - row[0].size(), ' ');
        for (auto i = std::size_t{1}; i < row.size(); ++i)
            line += "  " + std::string(widths[i] - row[i].size(), ' ') + row[i];
        out << line << '\n';
    }
}

void write_totals(json::object const& total, std::ostream& out)
{
    out << count(total, "rooms", "room") << ", " << count(total, "files", "file") << ", " << size(total, "used_bytes") << "; "
        << count(total, "blobs_to_erase", "blob") << " to erase";
    if (auto const late = number(total, "oldest_late_ms"); late > 0)
        out << ", the oldest " << late << " ms late";
    out << '\n';
}

void write_engines(json::object const& health, std::ostream& out)
{
    for (auto const& value : health.at("engines").as_array()) {
        auto const& engine = value.as_object();
        out << text(engine, "name") << ": "
            << (engine.at("well").as_bool() ? "well, answers in " + std::to_string(number(engine, "answered_in_ms")) + " ms"
                                            : text(engine, "trouble"))
            << '\n';
    }
    if (auto const* const disk = health.at("disk").if_object())
        out << "disk: " << size(*disk, "free_bytes") << " of " << size(*disk, "total_bytes") << " free, floor "
            << size(*disk, "floor_bytes") << '\n';
}

}  // namespace

void write_rooms(json::object const& answer, std::ostream& out)
{
    auto rows = std::vector<Row>{{"ROOM", "AGE", "LEFT", "USED", "OF", "FILES", "UPLOADS", "MEMBERS", "LOCKED"}};
    for (auto const& value : answer.at("rooms").as_array()) {
        auto const& room = value.as_object();
        rows.push_back({text(room, "id"), clock(room, "age_seconds"), clock(room, "left_seconds"), size(room, "used_bytes"),
                        size(room, "size_limit_bytes"), std::to_string(number(room, "files")),
                        std::to_string(number(room, "uploads")), std::to_string(number(room, "members")), locks(room)});
    }
    write_table(rows, out);
    write_totals(answer.at("total").as_object(), out);
}

void write_blocks(json::object const& answer, std::ostream& out)
{
    if (answer.at("blocks").as_array().empty()) {
        out << "nothing is blocked\n";
        return;
    }
    auto rows = std::vector<Row>{{"SINCE", "BLOCKED"}};
    for (auto const& value : answer.at("blocks").as_array())
        rows.push_back({text(value.as_object(), "created_at"), text(value.as_object(), "block")});
    write_table(rows, out);
}

void write_health(json::object const& health, std::ostream& out)
{
    out << "node: " << (health.at("ready").as_bool() ? "ready" : "not ready, " + text(health, "not_ready_because"))
        << ", version " << text(health, "version") << ", up " << clock(health, "up_seconds") << '\n';
    write_engines(health, out);
    auto const& late = health.at("lateness").as_object();
    out << "erasure: " << count(late, "rooms", "room") << " ended, rows gone " << number(late, "mean_ms")
        << " ms after their deadline, " << number(late, "worst_ms") << " ms at worst, " << number(late, "over_1s")
        << " later than a second\n";
    if (auto const* const total = health.at("total").if_object())
        write_totals(*total, out);
    for (auto const& [code, count] : health.at("limits_hit").as_object())
        out << "refused: " << std::string_view{code} << " " << count.to_number<std::uint64_t>() << '\n';
}

}  // namespace fleeting::app
