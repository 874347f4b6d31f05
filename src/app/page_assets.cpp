#include "app/page_assets.hpp"

#include "app/embedded_assets.hpp"
#include "crypto/sha256.hpp"

#include <fstream>
#include <iterator>
#include <libdeflate.h>

namespace fleeting::app {
namespace {

constexpr auto kPlaceholder = std::string_view{"%BASE%"};

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
        {".woff2", "font/woff2"},
        {".json", "application/json"},
        {".png", "image/png"},
    });
    for (auto const& [ending, type] : kTypes)
        if (path.ends_with(ending))
            return type;
    return "application/octet-stream";
}

}  // namespace

PageAssets::PageAssets(std::string const& base_path, std::string web_dir) : base_path_(base_path), web_dir_(std::move(web_dir))
{
    add_embedded(base_path);
}

PageAssets::Owned PageAssets::with_base(Bytes page, std::string const& base_path)
{
    auto text = std::string{reinterpret_cast<char const*>(page.data()), page.size()};
    for (auto at = text.find(kPlaceholder); at != std::string::npos; at = text.find(kPlaceholder, at + base_path.size()))
        text.replace(at, kPlaceholder.size(), base_path);
    auto owned = Owned{bytes_of(text), {}, {}};
    owned.gzip = gzipped(owned.identity);
    owned.etag = crypto::sha256(owned.identity).hex();
    return owned;
}

void PageAssets::add_embedded(std::string const& base_path)
{
    for (auto const& asset : embedded_assets()) {
        auto served = http::Asset{asset.media_type, asset.etag, asset.identity, asset.gzip, asset.brotli, asset.is_hashed};
        if (asset.path == "index.html") {
            auto const& owned = owned_.emplace_back(with_base(asset.identity, base_path));
            served = http::Asset{asset.media_type, owned.etag, owned.identity, owned.gzip, {}, false};
        }
        assets_.emplace(asset.path, served);
    }
}

http::Asset const* PageAssets::find(std::string_view path) const
{
    if (!web_dir_.empty() && path != "openapi.json")
        return read(path);
    auto const found = assets_.find(path);
    return found == assets_.end() ? nullptr : &found->second;
}

http::Asset const* PageAssets::read(std::string_view path) const
{
    thread_local auto owned = Owned{};
    thread_local auto asset = http::Asset{};
    auto file = std::ifstream{web_dir_ + "/" + std::string{path}, std::ios::binary};
    if (path.find("..") != std::string_view::npos || !file)
        return nullptr;
    auto const text = std::string{std::istreambuf_iterator<char>{file}, {}};
    owned = with_base(bytes_of(text), path == "index.html" ? base_path_ : std::string{kPlaceholder});
    asset = http::Asset{media_type_of(path), owned.etag, owned.identity, {}, {}, false};
    return &asset;
}

}  // namespace fleeting::app
