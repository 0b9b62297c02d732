# libasy.a and libasy.so: the same objects, once with everything linked in, once with shared
# libraries.
get_property(layers GLOBAL PROPERTY ASY_LAYERS)
get_property(deps GLOBAL PROPERTY ASY_LAYER_DEPS)
list(REMOVE_DUPLICATES deps)
list(TRANSFORM layers REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

if(ASY_LTO AND CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # Clang's LTO objects are bitcode, which only the same clang can link; so they are optimised
    # together here, and the archive holds the one machine-code object that comes out. (gcc's are
    # fat, see AsyCompiler.)
    set(whole "${CMAKE_BINARY_DIR}/asy_whole.o")
    add_custom_command(OUTPUT "${whole}"
        COMMAND "${CMAKE_C_COMPILER}" -r -nostdlib -O3 -flto -fuse-ld=lld -o "${whole}" ${objects}
        DEPENDS ${objects} COMMAND_EXPAND_LISTS COMMENT "Optimising libasy as a whole" VERBATIM)
    add_library(asy_static STATIC "${whole}")
    set_source_files_properties("${whole}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
else()
    add_library(asy_static STATIC ${objects})
endif()
add_library(asy_shared SHARED ${objects})
set_target_properties(asy_static asy_shared PROPERTIES OUTPUT_NAME asy LINKER_LANGUAGE C)
set_target_properties(asy_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
foreach(library asy_static asy_shared)
    target_include_directories(${library} INTERFACE
        "$<BUILD_INTERFACE:${ASY_VISIBLE}/public>"
        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    target_link_libraries(${library} PRIVATE Threads::Threads dl m)
endforeach()
foreach(dep IN LISTS deps)
    target_link_libraries(asy_static PRIVATE $<BUILD_INTERFACE:asy_dep_${dep}_bundled>)
    target_link_libraries(asy_shared PRIVATE $<BUILD_INTERFACE:asy_dep_${dep}>)
endforeach()
if(NOT ASY_SANITIZE)      # whose runtime the program brings
    target_link_options(asy_shared PRIVATE -Wl,--no-undefined)
endif()

# asy_internal: for tests of the insides. The archive, and the headers of every layer.
add_library(asy_internal INTERFACE)
target_link_libraries(asy_internal INTERFACE asy_static asy_base asy_own_code)
foreach(name lexer parser vm runtime stdlib)
    target_include_directories(asy_internal INTERFACE
        "${ASY_VISIBLE}/${name}" "${ASY_GENERATED}/${name}")
endforeach()
