#pragma once

#include "s3/objects.hpp"

namespace fleeting::s3 {

/// One part of a multipart upload: a stretch that the store copies, or several that are read and sent.
using PlannedPart = std::vector<Range>;

/// Of a multipart upload's parts but the last. source    Amazon S3, "Multipart upload limits"
inline constexpr auto kLeastPart = ByteCount{5ULL << 20};

/// Cuts `ranges` into parts as S3 wants them: each at least 5 MiB but the last, none above 1 GiB. What is smaller is put
/// together.
std::vector<PlannedPart> plan_parts(std::vector<Range> const& ranges);

ByteCount size_of(PlannedPart const& part);

}  // namespace fleeting::s3
