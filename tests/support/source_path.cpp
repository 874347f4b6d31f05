#include "support/source_path.hpp"

namespace fleeting::test {

std::string source_path(std::string_view const path)
{
    return std::string{FLEETING_SOURCE_DIR "/"}.append(path);
}

}  // namespace fleeting::test
