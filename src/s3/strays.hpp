#pragma once

#include "base/ids.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace fleeting::s3 {

/// Objects of a blob that no list of segments names: of a call that failed or seemed to, or of a node that died. They go when
/// their blob does. Thread-safe.
class Strays {
public:
    using Names = std::map<BlobKey, std::vector<std::string>>;

    /// Past 65,536 of them none is added: the next look at the bucket finds what is there.
    void add(BlobKey key, std::vector<std::string> names);
    /// What a look at the whole bucket has found takes the place of what was known.
    void replace(Names names);
    [[nodiscard]] std::vector<std::string> of(BlobKey key) const;

private:
    mutable std::mutex mutex_;
    Names names_;            // guarded by mutex_
    std::size_t count_ = 0;  // guarded by mutex_; of names that were added since the last look
};

}  // namespace fleeting::s3
