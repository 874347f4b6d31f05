#pragma once

#include <string>
#include <string_view>

namespace fleeting::test {

/// Where `path` of the checkout is, from wherever the test runs.
std::string source_path(std::string_view path);

}  // namespace fleeting::test
