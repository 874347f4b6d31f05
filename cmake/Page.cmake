# The page: built by npm into a folder, and that folder linked into the binary (fleeting_web_assets).
#
# The folder holds manifest.json, a list of {path, media_type, hashed, etag, gz, br}, and for each row the file `path`, with
# `path.gz` and `path.br` where gz and br are true. Without web/ the binary carries no page.
set(FLEETING_WEB_DIST "" CACHE PATH "A folder with the built page; empty = build it with npm")
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(page_web "${CMAKE_SOURCE_DIR}/web")
set(page_dist "${FLEETING_WEB_DIST}")
set(page_stamp "")
if(page_dist)
    set(page_stamp "${page_dist}/manifest.json")
    if(NOT EXISTS "${page_stamp}")
        message(FATAL_ERROR "FLEETING_WEB_DIST=${page_dist} holds no manifest.json: it isn't a built page")
    endif()
elseif(EXISTS "${page_web}/package-lock.json")
    find_program(NPM npm)
    if(NOT NPM)
        message(FATAL_ERROR "npm isn't here: run script/bootstrap, or give a built page by -DFLEETING_WEB_DIST=folder")
    endif()
    set(page_dist "${CMAKE_BINARY_DIR}/web-dist")
    set(page_stamp "${page_dist}/manifest.json")
    # npm writes this file last, so it is newer than the lock file exactly when the packages are the lock file's.
    set(npm_stamp "${page_web}/node_modules/.package-lock.json")
    file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS "${page_web}/src/*" "${page_web}/public/*" "${page_web}/static/*")
    file(GLOB page_settings CONFIGURE_DEPENDS "${page_web}/*.mjs" "${page_web}/*.json" "${page_web}/*.html")
    add_custom_command(OUTPUT "${npm_stamp}"
        COMMAND "${NPM}" ci --no-audit --no-fund --loglevel=error
        DEPENDS "${page_web}/package-lock.json"
        WORKING_DIRECTORY "${page_web}" COMMENT "Installing the page's packages")
    add_custom_command(OUTPUT "${page_stamp}"
        COMMAND "${NPM}" run --silent build -- --outdir "${page_dist}"
        DEPENDS "${npm_stamp}" ${page_sources} ${page_settings}
        WORKING_DIRECTORY "${page_web}" COMMENT "Building the page")
endif()

set(page_generated "${CMAKE_BINARY_DIR}/page")
set(openapi "${CMAKE_SOURCE_DIR}/docs/openapi.json")
file(GLOB page_admin CONFIGURE_DEPENDS "${page_web}/admin/*")
list(APPEND page_admin "${CMAKE_SOURCE_DIR}/docs/openapi-admin.json")
file(MAKE_DIRECTORY "${page_generated}")
add_custom_command(OUTPUT "${page_generated}/embedded_assets.cpp" "${page_generated}/embedded_assets.S"
    COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tools/embed_assets.py"
        "--dist=${page_dist}" "--openapi=${openapi}" "--admin=${page_admin}" "--out=${page_generated}"
    DEPENDS "${CMAKE_SOURCE_DIR}/tools/embed_assets.py" ${page_stamp} ${openapi} ${page_admin}
    COMMENT "Embedding the page" VERBATIM)
add_library(fleeting_web_assets STATIC "${page_generated}/embedded_assets.cpp" "${page_generated}/embedded_assets.S")
target_include_directories(fleeting_web_assets PUBLIC "${CMAKE_SOURCE_DIR}/src")
