# What every file of ours is compiled with. Flags of single files stand with their folder.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)                  # computed gotos, POSIX declarations
set(CMAKE_C_VISIBILITY_PRESET hidden)       # only what is marked ASY_API leaves libasy.so
set(CMAKE_POSITION_INDEPENDENT_CODE ON)     # the same objects make both libraries
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # Args (vm/core/native.h) is passed by value. gcc copies it in halves of 16 bytes right after storing its 8-byte
    # fields, which no processor forwards: a third of the time of a native call. In words it is (also when linking: LTO).
    string(APPEND CMAKE_C_FLAGS " -mtune-ctrl=^sse_unaligned_load_optimal,^sse_unaligned_store_optimal")
    # The interpreter's loop is entered once and its handlers run millions of times, but each is guessed to be rare and
    # made small: such a copy would be a `rep movs`, which takes as long as all the rest of a native call.
    string(APPEND CMAKE_C_FLAGS " --param=hot-bb-frequency-fraction=1000000")
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(ASY_DEBUG_FLAGS "-Og -g" CACHE STRING "Flags of a Debug build")
set(CMAKE_C_FLAGS_DEBUG "${ASY_DEBUG_FLAGS}")

# The compiler cache is told to write paths below the build folder relative to it, so that build
# folders of the same sources and flags share what one of them has compiled.
find_program(ASY_CCACHE ccache)
if(ASY_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER
        env "CCACHE_BASEDIR=${CMAKE_BINARY_DIR}" CCACHE_NOHASHDIR=1 "${ASY_CCACHE}")
endif()

# asy_own_code: linked by targets made of our own files, so that generated and foreign code can be
# told apart.
add_library(asy_own_code INTERFACE)
target_compile_options(asy_own_code INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wno-missing-braces
    $<$<BOOL:${ASY_WERROR}>:-Werror>
    # Half optimised, gcc cannot see which paths are taken together; release builds keep the warning.
    $<$<AND:$<CONFIG:Debug>,$<C_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>
    -ffp-contract=off                       # a*b+c rounds twice, as it does in CPython
    -fno-semantic-interposition)
if(CMAKE_BUILD_TYPE STREQUAL "Release")         # what is installed does not say where it was built
    target_compile_options(asy_own_code INTERFACE "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
endif()
target_compile_definitions(asy_own_code INTERFACE _GNU_SOURCE)     # POSIX, memmem, memrchr
if(ASY_STRESS)
    target_compile_definitions(asy_own_code INTERFACE ASY_STRESS=1)
endif()

if(ASY_SANITIZE)
    add_compile_options(
        -fsanitize=${ASY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${ASY_SANITIZE})
endif()

if(ASY_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(ASY_LTO)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        # Fat objects: libasy.a can be linked by any compiler, with or without LTO.
        add_compile_options(-flto=auto -ffat-lto-objects)
        add_link_options(-flto=auto)
        set(CMAKE_AR "${CMAKE_C_COMPILER_AR}")
        set(CMAKE_RANLIB "${CMAKE_C_COMPILER_RANLIB}")
    else()
        add_compile_options(-flto)
        add_link_options(-flto -fuse-ld=lld)
        set(CMAKE_AR "${CMAKE_C_COMPILER_AR}")
        set(CMAKE_RANLIB "${CMAKE_C_COMPILER_RANLIB}")
    endif()
endif()
