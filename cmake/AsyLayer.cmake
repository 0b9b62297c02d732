# Layers: one folder, one object library, and headers only of the layers left of it.
#
# Includes are written from the root of the repository ("vm/core/value.h", "base/arena.h", "asy.h").
# With -I of the root every folder would see every other; so each layer contributes a folder of the
# build tree that holds one link to its sources, and linking a layer brings its links and those of
# the layers it stands on.

set(ASY_VISIBLE "${CMAKE_BINARY_DIR}/visible")
set(ASY_GENERATED "${CMAKE_BINARY_DIR}/generated")

function(asy_visible_link layer name target)
    file(MAKE_DIRECTORY "${ASY_VISIBLE}/${layer}")
    if(NOT IS_SYMLINK "${ASY_VISIBLE}/${layer}/${name}")
        file(CREATE_LINK "${target}" "${ASY_VISIBLE}/${layer}/${name}" SYMBOLIC)
    endif()
endfunction()

# asy_public sees asy.h and nothing else; asy_base adds include/base.
function(asy_base_layer)
    asy_visible_link(public asy.h "${CMAKE_SOURCE_DIR}/include/asy.h")
    asy_visible_link(base base "${CMAKE_SOURCE_DIR}/include/base")
    add_library(asy_public INTERFACE)
    target_include_directories(asy_public INTERFACE "${ASY_VISIBLE}/public")
    add_library(asy_base INTERFACE)
    target_include_directories(asy_base INTERFACE "${ASY_VISIBLE}/base")
    target_link_libraries(asy_base INTERFACE asy_public)
endfunction()

# asy_layer(vm AFTER parser DEPENDS tommath utf8proc): target asy_vm of every .c below this folder,
# plus what asy_layer_sources adds. A folder that holds no source yet makes an empty library.
function(asy_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "AFTER" "DEPENDS;EXCLUDE")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
    foreach(file IN LISTS arg_EXCLUDE)
        list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    endforeach()
    set(generated "${ASY_GENERATED}/${name}")
    file(MAKE_DIRECTORY "${generated}/${name}")
    if(NOT sources)
        set(sources "${generated}/${name}/empty.c")
        file(CONFIGURE OUTPUT "${sources}" CONTENT "typedef int asy_empty_${name};\n")
    endif()
    asy_visible_link(${name} ${name} "${CMAKE_CURRENT_SOURCE_DIR}")
    add_library(asy_${name} OBJECT ${sources})
    target_include_directories(asy_${name} PUBLIC "${ASY_VISIBLE}/${name}" "${generated}")
    target_link_libraries(asy_${name} PUBLIC asy_${arg_AFTER} PRIVATE asy_own_code)
    foreach(dep IN LISTS arg_DEPENDS)
        target_link_libraries(asy_${name} PRIVATE asy_dep_${dep})
        set_property(GLOBAL APPEND PROPERTY ASY_LAYER_DEPS ${dep})
    endforeach()
    set_property(GLOBAL APPEND PROPERTY ASY_LAYERS asy_${name})
endfunction()
