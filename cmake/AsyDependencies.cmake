# The libraries we stand on, all in Debian 12. Two targets each: asy_dep_X is the shared one, used
# by libasy.so; asy_dep_X_bundled is the archive where there is one (and ASY_STATIC_DEPS is on),
# used by `asy` and libasy.a. Loading nine shared objects would cost more than the rest of start-up.

find_package(Threads REQUIRED)

# name, header, package to install, shared library, archive, what the archive needs in turn
function(asy_dependency name header package shared archive)
    find_path(ASY_${name}_INCLUDE ${header})
    find_library(ASY_${name}_SHARED NAMES ${shared})
    find_library(ASY_${name}_ARCHIVE NAMES ${archive})
    mark_as_advanced(ASY_${name}_INCLUDE ASY_${name}_SHARED ASY_${name}_ARCHIVE)
    if(NOT ASY_${name}_INCLUDE OR NOT ASY_${name}_SHARED)
        message(FATAL_ERROR "${name} is missing: apt-get install ${package} (or scripts/setup)")
    endif()
    add_library(asy_dep_${name} INTERFACE)
    target_include_directories(asy_dep_${name} SYSTEM INTERFACE "${ASY_${name}_INCLUDE}")
    target_link_libraries(asy_dep_${name} INTERFACE "${ASY_${name}_SHARED}")
    add_library(asy_dep_${name}_bundled INTERFACE)
    target_include_directories(asy_dep_${name}_bundled SYSTEM INTERFACE "${ASY_${name}_INCLUDE}")
    if(ASY_STATIC_DEPS AND ASY_${name}_ARCHIVE)
        target_link_libraries(asy_dep_${name}_bundled INTERFACE "${ASY_${name}_ARCHIVE}")
        foreach(library IN LISTS ARGN)
            find_library(ASY_ARCHIVE_${library} NAMES "lib${library}.a" ${library})
            mark_as_advanced(ASY_ARCHIVE_${library})
            target_link_libraries(asy_dep_${name}_bundled INTERFACE "${ASY_ARCHIVE_${library}}")
        endforeach()
    else()
        target_link_libraries(asy_dep_${name}_bundled INTERFACE "${ASY_${name}_SHARED}")
    endif()
endfunction()

asy_dependency(uv       uv.h       libuv1-dev      uv       "libuv_a.a;libuv.a")
asy_dependency(tommath  tommath.h  libtommath-dev  tommath  libtommath.a)
asy_dependency(pcre2    pcre2.h    libpcre2-dev    pcre2-8  libpcre2-8.a)
asy_dependency(utf8proc utf8proc.h libutf8proc-dev utf8proc libutf8proc.a)
asy_dependency(edit     histedit.h libedit-dev     edit     libedit.a tinfo bsd md)

find_program(ASY_RE2C re2c)
find_program(ASY_BISON bison)
if(NOT ASY_RE2C OR NOT ASY_BISON)
    message(FATAL_ERROR "re2c and bison are needed: apt-get install re2c bison (or scripts/setup)")
endif()
