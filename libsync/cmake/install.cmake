# What `cmake --install` puts down: both libraries, the public headers, find_package(linli) and linli.pc.
include(CMakePackageConfigHelpers)

install(TARGETS linli EXPORT linli_targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS linli_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY include/linli DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/linli)
install(EXPORT linli_targets NAMESPACE linli:: DESTINATION ${config_dir} FILE linli-targets.cmake)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/linli-config-version.cmake
    COMPATIBILITY SameMinorVersion)

# A static link needs what the shared library already names: by pkg-config where there is a .pc file, else by -l.
set(LINLI_REQUIRES)
set(LINLI_LIBS_PRIVATE -pthread)
foreach(dep IN LISTS linli_deps)
    if(LINLI_PC_${dep})
        list(APPEND LINLI_REQUIRES ${LINLI_PC_${dep}})
    else()
        list(APPEND LINLI_LIBS_PRIVATE ${LINLI_LIB_${dep}})
    endif()
endforeach()
set(LINLI_PKGS "${LINLI_REQUIRES}")
string(REPLACE ";" " " LINLI_PKGS "${LINLI_PKGS}")
string(REPLACE ";" ", " LINLI_REQUIRES "${LINLI_REQUIRES}")
string(REPLACE ";" " " LINLI_LIBS_PRIVATE "${LINLI_LIBS_PRIVATE}")

# Relative to where linli.pc lies, so that an installed tree can be moved.
file(RELATIVE_PATH LINLI_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)

configure_file(cmake/linli-config.cmake.in linli-config.cmake @ONLY)
configure_file(cmake/linli.pc.in linli.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linli-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/linli-config-version.cmake
    DESTINATION ${config_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linli.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
