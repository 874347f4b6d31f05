#include "s3/strays.hpp"

namespace fleeting::s3 {
namespace {

constexpr auto kMost = std::size_t{65'536};

}  // namespace

void Strays::add(BlobKey key, std::vector<std::string> names)
{
    auto const lock = std::scoped_lock{mutex_};
    if (names.empty() || count_ + names.size() > kMost)
        return;
    count_ += names.size();
    auto& known = names_[key];
    known.insert(known.end(), names.begin(), names.end());
}

void Strays::replace(Names names)
{
    auto const lock = std::scoped_lock{mutex_};
    names_ = std::move(names);
    count_ = 0;
}

std::vector<std::string> Strays::of(BlobKey key) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = names_.find(key);
    return found == names_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace fleeting::s3
