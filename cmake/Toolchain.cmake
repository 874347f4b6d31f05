# Compiler settings that hold for everything, and the libraries: all Debian packages, found once, here.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
include(CheckPIESupported)
check_pie_supported()
find_program(CCACHE ccache)
if(CCACHE)
    # Paths are hashed from the source folder on, so that a fresh clone elsewhere finds what another one compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
endif()
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")

set(FLEETING_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, or empty")
option(FLEETING_FUZZ "Build the fuzz targets as fuzzers (else they replay their corpora)" OFF)

# Reading the value of an error must stop the program in every build, so libstdc++'s assertions are always on.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion)
add_compile_options(-Werror -Werror=switch -Werror=unused-result)
if(FLEETING_SANITIZE)
    add_compile_options(-fsanitize=${FLEETING_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${FLEETING_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_definitions(_FORTIFY_SOURCE=3)
    add_compile_options(-fstack-protector-strong)
endif()
if(FLEETING_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-fuse-ld=lld -Wl,-z,relro,-z,now)

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)

# Asio is compiled once, not in every unit; its TLS half is a file of its own, so that only who uses it carries it.
add_library(asio_impl STATIC "${CMAKE_SOURCE_DIR}/cmake/asio.cpp" "${CMAKE_SOURCE_DIR}/cmake/asio_ssl.cpp")
# A request is some eight coroutines deep: as many frames are kept for the next one instead of going back to the allocator.
target_compile_definitions(asio_impl PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
target_include_directories(asio_impl SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_link_libraries(asio_impl PUBLIC Threads::Threads PRIVATE OpenSSL::SSL)
