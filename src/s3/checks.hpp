#pragma once

#include "s3/client.hpp"

namespace fleeting::s3 {

/// What is to be known of a bucket.
struct BucketFacts {
    bool has_versions = false;
    std::vector<std::string> advice;  ///< what isn't as it should be and could not be set: a line each, with what to run
};

/// Looks, in this order, whether the store answers and takes our keys, the bucket is there, the clocks agree, we may write, read
/// and erase, and nobody else may read. Sets CORS and a lifecycle rule where there is none and it may; those that are there must
/// let pages upload, and end what is left. errors    unavailable: one line that says what to do
Task<BucketFacts> check_bucket(Client& client);

}  // namespace fleeting::s3
