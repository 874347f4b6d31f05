# fleeting_precompile(TARGET OWNER header...): with FLEETING_PCH, TARGET has what OWNER has precompiled: these headers and what
# most units include. Release does without, so that a missing #include fails there.
function(fleeting_precompile target owner)
    if(NOT FLEETING_PCH)
        return()
    elseif(target STREQUAL owner)
        target_precompile_headers(${target} PRIVATE <algorithm> <array> <chrono> <expected> <filesystem> <functional> <map> <memory>
            <mutex> <optional> <set> <string> <thread> <unordered_map> <vector> <boost/asio/as_tuple.hpp> <boost/asio/co_spawn.hpp>
            <boost/asio/detached.hpp> <boost/asio/io_context.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>
            <boost/asio/use_awaitable.hpp> <boost/asio/use_future.hpp> ${ARGN})
    else()
        target_precompile_headers(${target} REUSE_FROM ${owner})
    endif()
    if(NOT target STREQUAL asio_impl)
        target_link_libraries(${target} PUBLIC asio_impl)  # its headers have globals
    endif()
endfunction()

# fleeting_module(NAME DEPENDS module... LIBRARIES target...): the library of src/NAME. What it may include is what it
# depends on; tools/check_layers.py holds the same table against every #include.
function(fleeting_module name)
    cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
    list(TRANSFORM arg_DEPENDS PREPEND fleeting_)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
    if(sources)
        add_library(fleeting_${name} STATIC ${sources})
        fleeting_precompile(fleeting_${name} asio_impl)
        set(scope PUBLIC)
    else()
        add_library(fleeting_${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(fleeting_${name} ${scope} "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(fleeting_${name} ${scope} ${arg_DEPENDS} ${arg_LIBRARIES})
    add_library(fleeting::${name} ALIAS fleeting_${name})
endfunction()

# fleeting_executable(NAME SOURCE module...)
function(fleeting_executable name source)
    add_executable(${name} ${source})
    list(TRANSFORM ARGN PREPEND fleeting_)
    target_link_libraries(${name} PRIVATE ${ARGN})
    target_compile_definitions(${name} PRIVATE FLEETING_VERSION="${PROJECT_VERSION}")
endfunction()

# fleeting_test(NAME MODULES module... SOURCES file...): one GoogleTest executable and one ctest entry; nothing without sources.
function(fleeting_test name)
    cmake_parse_arguments(arg "" "" "MODULES;SOURCES" ${ARGN})
    if(NOT arg_SOURCES)
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    list(TRANSFORM arg_MODULES PREPEND fleeting_)
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(${name} PRIVATE ${arg_MODULES} source_path GTest::gmock GTest::gtest_main)
    fleeting_precompile(${name} unit_base <gtest/gtest.h> <gmock/gmock.h>)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
endfunction()
