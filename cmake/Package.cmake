# What an installation holds (cmake --install), and the Debian package that CPack makes of it: script/package.
#
# The unit, the settings and the samples have one source in deploy/; only paths differ in a package.
set(package "${CMAKE_BINARY_DIR}/package")
set(doc share/doc/fleeting)

# package_file(OUT IN WHAT WITH...): IN with each WHAT replaced by the WITH behind it. Configures anew when IN changes.
function(package_file out in)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${in}")
    file(READ "${CMAKE_SOURCE_DIR}/${in}" text)
    while(ARGN)
        list(POP_FRONT ARGN what with)
        string(FIND "${text}" "${what}" found)
        if(found EQUAL -1)
            message(FATAL_ERROR "${in} holds no \"${what}\" that the package could adapt")
        endif()
        string(REPLACE "${what}" "${with}" text "${text}")
    endwhile()
    file(CONFIGURE OUTPUT "${package}/${out}" CONTENT "${text}" @ONLY)
endfunction()

package_file(fleeting.service deploy/fleeting.service
    "# systemd unit. Put the binary at /usr/local/bin/fleeting, this file at /etc/systemd/system/fleeting.service, your settings\n# (FLEETING_KEY=value lines, see .env.example) into /etc/fleeting.env, and run: systemctl enable --now fleeting\n"
    "# Settings are in /etc/fleeting.env. To change what is here: systemctl edit fleeting\n"
    /usr/local/bin/ /usr/bin/)
package_file(fleeting.env deploy/.env.example
    "copy to .env beside where the server starts, or name it by --config, and change what you\n# need. docs/configuration.md says what each takes."
    "copy what you want otherwise to /etc/fleeting.env without the #, then:\n#   systemctl restart fleeting\n# /usr/share/doc/fleeting/configuration.md says what each takes."
    ./data /var/lib/fleeting "\nFLEETING_" "\n#FLEETING_")
package_file(fleeting.8 deploy/debian/fleeting.8)


# A package made twice of one commit is the same: its times are the commit's, which script/package tells.
set(epoch "$ENV{SOURCE_DATE_EPOCH}")
if(NOT epoch)
    set(epoch 0)
endif()
execute_process(COMMAND date --utc --rfc-email "--date=@${epoch}" OUTPUT_VARIABLE package_date OUTPUT_STRIP_TRAILING_WHITESPACE)
package_file(changelog.Debian deploy/debian/changelog)
configure_file("${CMAKE_SOURCE_DIR}/CHANGELOG.md" "${package}/changelog" COPYONLY)
foreach(name changelog changelog.Debian fleeting.8)
    execute_process(COMMAND gzip --best --no-name --force --keep "${package}/${name}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()

install(TARGETS fleeting RUNTIME DESTINATION bin)
install(FILES "${package}/fleeting.service" deploy/fleeting.socket DESTINATION lib/systemd/system)
# The operator's own file never changes with a version: each new setting would have dpkg ask what to do with it.
install(FILES deploy/debian/fleeting.env DESTINATION /etc PERMISSIONS OWNER_READ OWNER_WRITE)
install(FILES "${package}/fleeting.env" DESTINATION ${doc}/examples)
install(FILES "${package}/fleeting.8.gz" DESTINATION share/man/man8)
install(FILES "${package}/changelog.gz" "${package}/changelog.Debian.gz" deploy/debian/copyright
    docs/licences/scowl.txt docs/configuration.md docs/operating.md
    docs/operations.md DESTINATION ${doc})
install(DIRECTORY deploy/ DESTINATION ${doc}/examples PATTERN debian EXCLUDE PATTERN fleeting.service EXCLUDE PATTERN fleeting.socket EXCLUDE PATTERN .env.example EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)  # for /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME fleeting)
set(CPACK_PACKAGE_CONTACT "Fleeting Files contributors <fleeting@invalid.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "rooms with a name and a password for files that are gone soon")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "People open a room in the browser or by curl, hand over files, and at the\nroom's deadline all of it is erased. Uploads resume after anything;\ndownloads come by links that work for ten seconds.\n.\nOne program with its own web page, one folder, no other service.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS clamav-daemon)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(control "${CMAKE_SOURCE_DIR}/deploy/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${control}/conffiles" "${control}/postinst" "${control}/prerm" "${control}/postrm")
include(CPack)
