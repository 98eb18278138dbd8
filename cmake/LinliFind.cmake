# linli_find(NAME HEADER LIBRARY [AT_LEAST VERSION] PKG...) makes the imported target linli_dep_NAME, from pkg-config under
# one of the names PKG, else by looking for the header and the library (upstream LMDB and libcsv ship no .pc file, and then say
# no version). What is older than VERSION is an error: it lacks mends that Linli relies on.
# The .pc name or -l flag that was found is left in LINLI_PC_NAME / LINLI_LIB_NAME for linli.pc, and what was found is a
# component of linli.cdx.json in the build folder, a bill of materials in the form of CycloneDX.
function(linli_find name header library)
    cmake_parse_arguments(PARSE_ARGV 3 find "" AT_LEAST "")
    set(target linli_dep_${name})
    if(TARGET ${target})
        return()
    endif()
    foreach(pkg IN LISTS find_UNPARSED_ARGUMENTS)
        pkg_check_modules(LINLI_${name}_${pkg} QUIET IMPORTED_TARGET ${pkg})
        if(LINLI_${name}_${pkg}_FOUND)
            add_library(${target} INTERFACE IMPORTED GLOBAL)
            target_link_libraries(${target} INTERFACE PkgConfig::LINLI_${name}_${pkg})
            set(LINLI_PC_${name} ${pkg} CACHE INTERNAL "pkg-config name of ${name}")
            set(version ${LINLI_${name}_${pkg}_VERSION})
            if(find_AT_LEAST AND version VERSION_LESS find_AT_LEAST)
                message(FATAL_ERROR "${name} ${version} is too old: ${find_AT_LEAST} or newer is needed")
            endif()
            linli_component(library ${name} ${version})
            return()
        endif()
    endforeach()
    find_path(LINLI_${name}_INCLUDE ${header})
    find_library(LINLI_${name}_LIBRARY ${library})
    if(NOT LINLI_${name}_INCLUDE OR NOT LINLI_${name}_LIBRARY)
        message(FATAL_ERROR "${name} was not found (header ${header}, library ${library}); "
                            "tests/run installs what Debian packages provide")
    endif()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} INTERFACE ${LINLI_${name}_INCLUDE})
    target_link_libraries(${target} INTERFACE ${LINLI_${name}_LIBRARY})
    set(LINLI_LIB_${name} -l${library} CACHE INTERNAL "link flag of ${name}")
    linli_component(library ${name} unknown)
endfunction()

function(linli_component type name version)
    set_property(GLOBAL APPEND_STRING PROPERTY linli_components
        "    {\"type\": \"${type}\", \"name\": \"${name}\", \"version\": \"${version}\"},\n")
endfunction()

# At the end of the configuration: what was found, as a bill of materials.
function(linli_bill_of_materials file)
    get_property(components GLOBAL PROPERTY linli_components)
    string(REGEX REPLACE ",\n$" "" components "${components}")
    file(WRITE ${file} "{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n"
        "  \"metadata\": {\"component\": {\"type\": \"library\", \"name\": \"linli\", \"version\": \"${PROJECT_VERSION}\"}},\n"
        "  \"components\": [\n${components}\n  ]\n}\n")
endfunction()
