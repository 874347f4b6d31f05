# Tests beside tests/CMakeLists.txt: the tools' own; and the benchmarks' load generator.

function(fleeting_tool_test name)
    add_test(NAME ${name} COMMAND Python3::Interpreter ${ARGN} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES LABELS tools)
endfunction()
fleeting_tool_test(layers tools/check_layers.py)
fleeting_tool_test(layers_self tools/check_layers.py --self-test)
fleeting_tool_test(sizes tools/check_sizes.py)
fleeting_tool_test(sizes_self tools/check_sizes.py --self-test)
fleeting_tool_test(tools tools/tools_test.py)

add_subdirectory("${CMAKE_SOURCE_DIR}/bench" bench)
