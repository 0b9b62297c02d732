# Installation: the binary, the header, both libraries, and how pkg-config and find_package(asy)
# find them.
include(CMakePackageConfigHelpers)

set_target_properties(asy_shared PROPERTIES EXPORT_NAME asy)
set_target_properties(asy_static PROPERTIES EXPORT_NAME static)
add_library(asy::asy ALIAS asy_shared)
add_library(asy::static ALIAS asy_static)

install(TARGETS asy_shared asy_static EXPORT asyTargets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET asy)
    install(TARGETS asy RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(FILES include/asy.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/asy")
install(EXPORT asyTargets NAMESPACE asy:: DESTINATION "${config_folder}")
configure_package_config_file(cmake/asyConfig.cmake.in "${CMAKE_BINARY_DIR}/asyConfig.cmake"
    INSTALL_DESTINATION "${config_folder}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/asyConfigVersion.cmake"
    COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_BINARY_DIR}/asyConfig.cmake" "${CMAKE_BINARY_DIR}/asyConfigVersion.cmake"
    DESTINATION "${config_folder}")

file(RELATIVE_PATH ASY_PC_UP "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file(cmake/asy.pc.in "${CMAKE_BINARY_DIR}/asy.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/asy.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
