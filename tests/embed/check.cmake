# Installs BUILD into a folder of its own and builds main.c against it three ways, as an embedder
# would: with find_package(asy) shared and static, and with pkg-config. Each program must print the
# same line.
set(prefix "${BUILD}/tests/embed/prefix")
set(work "${BUILD}/tests/embed/work")
file(REMOVE_RECURSE "${prefix}" "${work}")

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${ARGV}\n${out}")
    endif()
endfunction()

function(expect_line program)
    set(ENV{LD_LIBRARY_PATH} "${prefix}/lib:${prefix}/lib/${arch}")
    execute_process(COMMAND "${program}"
        RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
    if(NOT status EQUAL 0 OR NOT out STREQUAL "hello from asy: 42\n")
        message(FATAL_ERROR "${program}: exit status ${status}\n${out}${err}")
    endif()
    message(STATUS "${program}: ${out}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
file(GLOB_RECURSE pc "${prefix}/*/asy.pc")
get_filename_component(pc_folder "${pc}" DIRECTORY)
get_filename_component(lib_folder "${pc_folder}" DIRECTORY)
file(RELATIVE_PATH arch "${prefix}/lib" "${lib_folder}")

run("${CMAKE_COMMAND}" -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}" -B "${work}"
    "-DCMAKE_C_COMPILER=${CC}" "-DCMAKE_PREFIX_PATH=${prefix}")
run("${CMAKE_COMMAND}" --build "${work}")
expect_line("${work}/embed_shared")
expect_line("${work}/embed_static")

# The README shows this very program.
file(READ "${CMAKE_CURRENT_LIST_DIR}/main.c" shown)
file(READ "${CMAKE_CURRENT_LIST_DIR}/../../README.md" readme)
string(FIND "${readme}" "${shown}" at)
if(at EQUAL -1)
    message(FATAL_ERROR "README.md does not show tests/embed/main.c as it is")
endif()

find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG)
    set(ENV{PKG_CONFIG_PATH} "${pc_folder}")
    execute_process(COMMAND "${PKG_CONFIG}" --cflags --libs "--define-variable=prefix=${prefix}" asy
        OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags)
    run("${CC}" "${CMAKE_CURRENT_LIST_DIR}/main.c" -o "${work}/embed_pc" ${flags})
    expect_line("${work}/embed_pc")
endif()
