// Runs every file of the folders named on the command line through the fuzz target once.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size);

int main(int count, char** arguments)
{
    auto replayed = 0;
    for (auto i = 1; i < count; ++i)
        for (auto const& entry : std::filesystem::directory_iterator{arguments[i]}) {
            auto file = std::ifstream{entry.path(), std::ios::binary};
            auto const bytes = std::vector<char>{std::istreambuf_iterator<char>{file}, {}};
            LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
            ++replayed;
        }
    std::printf("%d inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;  // an empty corpus proves nothing
}
