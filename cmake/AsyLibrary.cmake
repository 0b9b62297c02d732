# libasy.a and libasy.so: the same objects, once with everything linked in, once with shared libraries.
get_property(layers GLOBAL PROPERTY ASY_LAYERS)
get_property(deps GLOBAL PROPERTY ASY_LAYER_DEPS)
list(REMOVE_DUPLICATES deps)
list(TRANSFORM layers REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

add_library(asy_static STATIC ${objects})
add_library(asy_shared SHARED ${objects})
set_target_properties(asy_static asy_shared PROPERTIES OUTPUT_NAME asy LINKER_LANGUAGE C)
set_target_properties(asy_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
foreach(library asy_static asy_shared)
    target_include_directories(${library} INTERFACE
        "$<BUILD_INTERFACE:${ASY_VISIBLE}/public>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    target_link_libraries(${library} PRIVATE Threads::Threads dl m)
endforeach()
foreach(dep IN LISTS deps)
    target_link_libraries(asy_static PRIVATE $<BUILD_INTERFACE:asy_dep_${dep}_bundled>)
    target_link_libraries(asy_shared PRIVATE $<BUILD_INTERFACE:asy_dep_${dep}>)
endforeach()
target_link_options(asy_shared PRIVATE $<$<NOT:$<BOOL:${ASY_SANITIZE}>>:-Wl,--no-undefined>)

# asy_internal: for tests of the insides. The archive, and the headers of every layer.
add_library(asy_internal INTERFACE)
target_link_libraries(asy_internal INTERFACE asy_static asy_base asy_own_code)
foreach(name lexer parser vm runtime stdlib)
    target_include_directories(asy_internal INTERFACE "${ASY_VISIBLE}/${name}" "${ASY_GENERATED}/${name}")
endforeach()
