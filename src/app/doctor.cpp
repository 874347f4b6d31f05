#include "app/doctor.hpp"

#include "app/metadata.hpp"
#include "app/sandboxing.hpp"
#include "async/run_blocking.hpp"
#include "s3/checks.hpp"

#include <ostream>

namespace fleeting::app {
namespace {

bool examine_database(Settings const& settings, std::ostream& out)
{
    if (settings.database_url.empty()) {
        out << "database: SQLite in " << settings.data_dir << '\n';
        return true;
    }
    auto const metadata = open_metadata(settings);
    out << "database: PostgreSQL, " << (metadata ? "can be used" : metadata.error().detail) << '\n';
    return metadata.has_value();
}

bool examine_bucket(Settings const& settings, std::ostream& out)
{
    if (settings.s3.bucket.empty()) {
        out << "files: in " << settings.data_dir << '\n';
        return true;
    }
    auto client = s3::Client{settings.s3};
    auto const facts = run_blocking(s3::check_bucket(client));
    out << "files: " << (facts ? "the bucket " + settings.s3.bucket + " can be used" : facts.error().detail) << '\n';
    for (auto const& line : facts ? facts->advice : std::vector<std::string>{})
        out << "files: " << line << '\n';
    return facts.has_value();
}

}  // namespace

bool examine(Settings const& settings, std::ostream& out)
{
    out << "sandbox: " << outlook_of(settings) << '\n';
    auto const has_database = examine_database(settings, out);
    return examine_bucket(settings, out) && has_database;
}

}  // namespace fleeting::app
