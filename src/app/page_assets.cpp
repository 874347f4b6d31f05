#include "app/page_assets.hpp"

#include "api/html.hpp"
#include "app/embedded_assets.hpp"
#include "crypto/sha256.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <libdeflate.h>

namespace fleeting::app {
namespace {

std::vector<std::byte> bytes_of(std::string_view text)
{
    auto const bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> gzipped(Bytes bytes)
{
    auto const compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>{
        libdeflate_alloc_compressor(9), &libdeflate_free_compressor};
    auto out = std::vector<std::byte>(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()));
    out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
    return out;
}

std::string_view media_type_of(std::string_view path)
{
    constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".webmanifest", "application/manifest+json"},
        {".woff2", "font/woff2"},
        {".json", "application/json"},
        {".png", "image/png"},
    });
    for (auto const& [ending, type] : kTypes)
        if (path.ends_with(ending))
            return type;
    return "application/octet-stream";
}

/// For the page's head, where there is anything to report to.
std::string report_field(std::string const& base_path, std::string const& contact)
{
    constexpr auto kField = std::string_view{R"(<meta name="report" content="{contact}">
<script type="module" src="{base}/report.js"></script>
)"};
    return contact.empty() ? contact : api::filled(kField, {{"contact", contact}, {"base", base_path}}).text();
}

}  // namespace

PageAssets::PageAssets(std::string const& base_path, std::string web_dir, std::string const& report)
    : base_path_(base_path), web_dir_(std::move(web_dir)), report_(report_field(base_path, report))
{
    add_embedded();
}

PageAssets::Owned PageAssets::filled_in(Bytes page) const
{
    auto text = std::string{reinterpret_cast<char const*>(page.data()), page.size()};
    boost::algorithm::replace_all(text, "%BASE%", base_path_);
    if (auto const end = text.find("</head>"); end != std::string::npos)
        text.insert(end, report_);
    return owned(bytes_of(text));
}

PageAssets::Owned PageAssets::owned(std::vector<std::byte> bytes)
{
    auto made = Owned{std::move(bytes), {}, {}};
    made.etag = crypto::sha256(made.identity).hex();
    return made;
}

void PageAssets::add_embedded()
{
    for (auto const& asset : embedded_assets()) {
        auto served = http::Asset{asset.media_type, asset.etag, asset.identity, asset.gzip, asset.brotli, asset.is_hashed};
        if (asset.path == "index.html") {
            auto& page = owned_.emplace_back(filled_in(asset.identity));
            page.gzip = gzipped(page.identity);
            served = http::Asset{asset.media_type, page.etag, page.identity, page.gzip, {}, false};
        }
        assets_.emplace(asset.path, served);
    }
}

http::Asset const* PageAssets::find(std::string_view path) const
{
    if (!web_dir_.empty() && path != "openapi.json")
        return read(std::string{path});
    return find_embedded(path);
}

http::Asset const* PageAssets::find_embedded(std::string_view path) const
{
    auto const found = assets_.find(path);
    return found == assets_.end() ? nullptr : &found->second;
}

http::Asset const* PageAssets::read(std::string const& path) const
{
    auto const file_name = web_dir_ + "/" + path;
    if (path.contains("..") || !std::filesystem::is_regular_file(file_name))
        return nullptr;
    auto file = std::ifstream{file_name, std::ios::binary};
    auto const bytes = bytes_of(std::string{std::istreambuf_iterator<char>{file}, {}});
    auto version = Version{path == "index.html" ? filled_in(bytes) : owned(bytes), {}};
    auto const lock = std::scoped_lock{mutex_};
    auto const [kept, is_new] = versions_.try_emplace(path + " " + version.owned.etag, std::move(version));
    auto& now = kept->second;
    if (is_new)
        now.asset = http::Asset{media_type_of(path), now.owned.etag, now.owned.identity, {}, {}, false};
    return &now.asset;
}

}  // namespace fleeting::app
