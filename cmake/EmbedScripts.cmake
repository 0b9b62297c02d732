# Writes OUTPUT, a C table of the modules under ROOT (SCRIPTS, separated by |) as bytes. Run with cmake -P.
# script/contextlib.asy is module "contextlib", script/json/__init__.asy package "json", script/json/tool.asy "json.tool".
string(REPLACE "|" ";" scripts "${SCRIPTS}")
set(arrays "")
set(rows "")
set(index 0)
foreach(script IN LISTS scripts)
    file(RELATIVE_PATH name "${ROOT}" "${script}")
    string(REGEX REPLACE "\\.asy$" "" name "${name}")
    string(REPLACE "/" "." name "${name}")
    set(is_package false)
    if(name MATCHES "\\.__init__$")
        string(REGEX REPLACE "\\.__init__$" "" name "${name}")
        set(is_package true)
    endif()
    file(READ "${script}" hex HEX)
    string(LENGTH "${hex}" size)
    math(EXPR size "${size} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char script_${index}[] = { ${bytes} 0 };   // ${name}\n")
    string(APPEND rows "    { \"${name}\", ${is_package}, script_${index}, ${size} },\n")
    math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Made from stdlib/script by cmake/EmbedScripts.cmake.
#include \"stdlib/embedded.h\"

${arrays}
const EmbeddedScript asy_embedded_scripts[] = {
${rows}    { 0 },
};
const size_t asy_embedded_script_count = ${index};
")
