// A blob's pieces become one object.

#include "async/at_once.hpp"
#include "base/log.hpp"
#include "s3/depot.hpp"
#include "s3/plan.hpp"

namespace fleeting::s3 {
namespace {

constexpr auto kPartsAtOnce = std::size_t{6};
constexpr auto kMostParts = std::size_t{10'000};

/// Read and put it takes two calls, and copying it four. One of several stretches is read anyway.
bool is_small(PlannedPart const& part)
{
    return part.size() > 1 || size_of(part) < kLeastPart;
}

Task<std::vector<std::byte>> read_part(Depot& depot, PlannedPart const& part)
{
    auto bytes = std::vector<std::byte>(size_of(part).value);
    CO_TRY(co_await read_from(depot, part, bytes));
    co_return bytes;
}

/// One multipart upload, as far as it is.
struct Composition {
    Depot& depot;
    std::string object;
    std::vector<PlannedPart> parts;
    std::string upload_id = {};
    std::vector<std::string> etags = {};

    Task<> make_part(std::size_t index)
    {
        auto const& part = parts[index];
        if (part.size() == 1) {
            CO_TRY(etags[index], co_await depot.objects.copy_part(object, upload_id, index + 1, part.front()));
            co_return Result<>{};
        }
        CO_TRY(auto const bytes, co_await read_part(depot, part));
        CO_TRY(etags[index], co_await depot.objects.put_part(object, upload_id, index + 1, bytes));
        co_return Result<>{};
    }
    Task<> make_all()
    {
        etags.resize(parts.size());
        auto const make = [this](std::size_t index) { return make_part(index); };
        CO_TRY(co_await run_at_once(parts.size(), kPartsAtOnce, make));
        co_return co_await complete();
    }
    Task<> complete()
    {
        auto size = ByteCount{};
        for (auto const& part : parts)
            size = size + size_of(part);
        auto const completed = co_await depot.objects.complete_multipart(object, upload_id, etags);
        // A first try that got no answer may have done it, and the upload is gone then.
        if (!completed && completed.error().code != Errc::not_found)
            co_return completed;
        CO_TRY(auto const stored, co_await depot.objects.size_of(object));
        co_return stored == size ? Result<>{} : fail(Errc::unavailable, "an object has another size than its parts");
    }
};

}  // namespace

Task<> compose(Depot& depot, std::string object, std::vector<Range> ranges)
{
    auto composition = Composition{depot, std::move(object), plan_parts(ranges)};
    auto const& parts = composition.parts;
    if (parts.size() > kMostParts)
        co_return fail(Errc::file_too_large, "a blob of more than 10000 parts");
    if (parts.empty() || (parts.size() == 1 && is_small(parts.front()))) {
        CO_TRY(auto const bytes, co_await read_part(depot, parts.empty() ? PlannedPart{} : parts.front()));
        co_return co_await depot.objects.put(composition.object, bytes);
    }
    CO_TRY(composition.upload_id, co_await depot.objects.begin_multipart(composition.object));
    auto const made = co_await composition.make_all();
    // What can't be aborted now is found by the sweep.
    if (!made && !co_await depot.objects.abort_multipart(composition.object, composition.upload_id))
        log::debug("multipart_left", made.error().detail);
    co_return made;
}

}  // namespace fleeting::s3
