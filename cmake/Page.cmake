# The page: built by npm into a folder, and that folder linked into the binary (fleeting_page).
set(FLEETING_WEB_DIST "" CACHE PATH "A folder with the built page; empty = build it with npm")
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(page_dist "${FLEETING_WEB_DIST}")
set(page_stamp "")
if(NOT page_dist AND EXISTS "${CMAKE_SOURCE_DIR}/web/package.json")
    find_program(NPM npm)
    if(NOT NPM)
        message(FATAL_ERROR "npm isn't here: run script/bootstrap, or give a built page by -DFLEETING_WEB_DIST=folder")
    endif()
    set(page_dist "${CMAKE_BINARY_DIR}/web-dist")
    set(page_stamp "${page_dist}/manifest.json")
    set(npm_stamp "${CMAKE_SOURCE_DIR}/web/node_modules/.package-lock.json")
    file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/web/src/*")
    add_custom_command(OUTPUT "${npm_stamp}"
        COMMAND "${NPM}" ci --no-audit --no-fund --silent
        DEPENDS "${CMAKE_SOURCE_DIR}/web/package-lock.json"
        WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}/web" COMMENT "Installing the page's packages")
    add_custom_command(OUTPUT "${page_stamp}"
        COMMAND "${NPM}" run --silent build -- --outdir "${page_dist}"
        DEPENDS "${npm_stamp}" ${page_sources} "${CMAKE_SOURCE_DIR}/web/build.mjs" "${CMAKE_SOURCE_DIR}/web/package.json"
        WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}/web" COMMENT "Building the page")
elseif(page_dist)
    set(page_stamp "${page_dist}/manifest.json")
endif()

set(page_generated "${CMAKE_BINARY_DIR}/page")
set(openapi "${CMAKE_SOURCE_DIR}/docs/openapi.json")
file(MAKE_DIRECTORY "${page_generated}")
add_custom_command(OUTPUT "${page_generated}/embedded_assets.cpp" "${page_generated}/embedded_assets.S"
    COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tools/embed_assets.py"
        "--dist=${page_dist}" "--openapi=${openapi}" "--out=${page_generated}"
    DEPENDS "${CMAKE_SOURCE_DIR}/tools/embed_assets.py" ${page_stamp} "${openapi}"
    COMMENT "Embedding the page")
add_library(fleeting_page STATIC "${page_generated}/embedded_assets.cpp" "${page_generated}/embedded_assets.S")
target_include_directories(fleeting_page PUBLIC "${CMAKE_SOURCE_DIR}/src")
