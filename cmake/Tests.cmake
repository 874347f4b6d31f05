# Tests beside tests/CMakeLists.txt: the real binary over its socket, the tools' own, and the benchmarks' programs.

# Each preset's run speaks to that preset's binary.
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/protocol/*_test.cpp")
if(sources)
    fleeting_test(protocol MODULES app SOURCES ${sources})
    add_dependencies(protocol fleeting)
    set_tests_properties(protocol PROPERTIES LABELS protocol ENVIRONMENT "FLEETING_BINARY=$<TARGET_FILE:fleeting>")
endif()

function(fleeting_tool_test name)
    add_test(NAME ${name} COMMAND Python3::Interpreter ${ARGN} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES LABELS tools)
endfunction()
fleeting_tool_test(layers tools/check_layers.py)
fleeting_tool_test(layers_self tools/check_layers.py --self-test)
fleeting_tool_test(sizes tools/check_sizes.py)
fleeting_tool_test(sizes_self tools/check_sizes.py --self-test)
fleeting_tool_test(tools tools/tools_test.py)

# One program a claim; script/bench runs them.
if(EXISTS "${CMAKE_SOURCE_DIR}/bench/CMakeLists.txt")
    add_subdirectory("${CMAKE_SOURCE_DIR}/bench" bench)
else()
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/*.cpp")
    foreach(source ${sources})
        get_filename_component(name "${source}" NAME_WE)
        fleeting_executable(bench_${name} "${source}" app)
    endforeach()
endif()
