#include "s3/answers.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <pugixml.hpp>

namespace fleeting::s3 {
namespace {

using Document = pugi::xml_document;

/// The document's root, which must have that name. `document` keeps it.
Result<pugi::xml_node> root_of(Document& document, std::string_view xml, char const* name)
{
    // pugixml knows no entities but XML's own five and fetches nothing.
    auto const parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed)
        return fail(Errc::unavailable, std::string{"the store's XML: "} + parsed.description());
    auto const root = document.document_element();
    if (std::string_view{root.name()} == name)
        return root;
    auto const failure = error_of(xml);
    return fail(Errc::unavailable, "the store answered " + (failure.code.empty() ? std::string{root.name()} : failure.code) +
                                       " for " + name + " " + failure.message);
}

std::string text_of(pugi::xml_node node, char const* name)
{
    return node.child_value(name);
}

/// How one kind of listing names its elements.
struct ListingNames {
    char const* root;
    std::vector<char const*> entries;
    char const* id;
    char const* next_key;
    char const* next_id;
};

Result<Page> parse_page(std::string_view xml, ListingNames const& names)
{
    auto document = Document{};
    TRY(auto const root, root_of(document, xml, names.root));
    auto page = Page{};
    for (auto const* const name : names.entries)
        for (auto const node : root.children(name))
            page.entries.push_back({text_of(node, "Key"), text_of(node, names.id), text_of(node, "Initiated")});
    page.is_last = text_of(root, "IsTruncated") != "true";
    page.next_key = text_of(root, names.next_key);
    page.next_id = text_of(root, names.next_id);
    // Without it the next page would be the first again, for ever.
    if (!page.is_last && page.next_key.empty())
        return fail(Errc::unavailable, "the store's listing doesn't say where it goes on");
    return page;
}

}  // namespace

StoreError error_of(std::string_view xml)
{
    auto document = Document{};
    if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8))
        return {};
    auto const root = document.child("Error");
    return {text_of(root, "Code"), text_of(root, "Message")};
}

Result<Page> parse_objects(std::string_view xml)
{
    return parse_page(xml, {"ListBucketResult", {"Contents"}, "", "NextContinuationToken", ""});
}

Result<Page> parse_uploads(std::string_view xml)
{
    return parse_page(xml, {"ListMultipartUploadsResult", {"Upload"}, "UploadId", "NextKeyMarker", "NextUploadIdMarker"});
}

Result<Page> parse_versions(std::string_view xml)
{
    return parse_page(xml,
                      {"ListVersionsResult", {"Version", "DeleteMarker"}, "VersionId", "NextKeyMarker", "NextVersionIdMarker"});
}

Result<std::string> parse_upload_id(std::string_view xml)
{
    auto document = Document{};
    TRY(auto const root, root_of(document, xml, "InitiateMultipartUploadResult"));
    auto id = text_of(root, "UploadId");
    return id.empty() ? fail(Errc::unavailable, "a multipart upload without an id") : Result<std::string>{std::move(id)};
}

Result<std::string> parse_copied_etag(std::string_view xml)
{
    auto document = Document{};
    TRY(auto const root, root_of(document, xml, "CopyPartResult"));
    auto etag = text_of(root, "ETag");
    return etag.empty() ? fail(Errc::unavailable, "a copied part without an ETag") : Result<std::string>{std::move(etag)};
}

Result<> parse_completed(std::string_view xml)
{
    auto document = Document{};
    TRY(root_of(document, xml, "CompleteMultipartUploadResult"));
    return {};
}

Result<std::vector<std::string>> parse_delete_errors(std::string_view xml)
{
    auto document = Document{};
    TRY(auto const root, root_of(document, xml, "DeleteResult"));
    auto keys = std::vector<std::string>{};
    for (auto const node : root.children("Error"))
        if (text_of(node, "Code") != "NoSuchKey")
            keys.push_back(text_of(node, "Key"));
    return keys;
}

Result<bool> parse_versioning(std::string_view xml)
{
    auto document = Document{};
    TRY(auto const root, root_of(document, xml, "VersioningConfiguration"));
    return !text_of(root, "Status").empty();
}

bool has_abort_rule(std::string_view xml)
{
    auto document = Document{};
    auto const root = root_of(document, xml, "LifecycleConfiguration");
    if (!root)
        return false;
    for (auto const rule : root->children("Rule"))
        if (text_of(rule, "Status") == "Enabled" && rule.child("AbortIncompleteMultipartUpload"))
            return true;
    return false;
}

namespace {

/// pattern    with at most one `*`, as CORS rules have it
bool covers(std::string_view pattern, std::string_view word)
{
    auto const star = pattern.find('*');
    if (star == std::string_view::npos)
        return equal_ignoring_case(pattern, word);
    auto const tail = pattern.substr(star + 1);
    return word.size() >= star + tail.size() && equal_ignoring_case(pattern.substr(0, star), word.substr(0, star)) &&
           equal_ignoring_case(tail, word.substr(word.size() - tail.size()));
}

bool has_one(pugi::xml_node rule, char const* name, std::string_view word)
{
    return std::ranges::any_of(rule.children(name), [&](pugi::xml_node node) { return covers(node.text().get(), word); });
}

}  // namespace

bool lets_pages_upload(std::string_view xml)
{
    auto document = Document{};
    auto const root = root_of(document, xml, "CORSConfiguration");
    return root && std::ranges::any_of(root->children("CORSRule"), [](pugi::xml_node rule) {
               return has_one(rule, "AllowedMethod", "PUT") && has_one(rule, "AllowedHeader", "content-md5") &&
                      has_one(rule, "ExposeHeader", "ETag");
           });
}

std::string escape_xml(std::string_view text)
{
    auto escaped = std::string{};
    for (auto const c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else
            escaped += c;
    }
    return escaped;
}

}  // namespace fleeting::s3
