#pragma once

#include "support/source_path.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <string>

namespace fleeting::test {

/// The cases of `tests/vectors/<name>`.
inline boost::json::array read_vectors(std::string const& name)
{
    auto file = std::ifstream{source_path("tests/vectors/" + name)};
    auto const text = std::string{std::istreambuf_iterator<char>{file}, {}};
    return boost::json::parse(text).as_array();
}

inline std::string text_of(boost::json::value const& value)
{
    return {value.as_string().data(), value.as_string().size()};
}

}  // namespace fleeting::test
