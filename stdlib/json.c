// _json: reading (json_read.c) and writing (json_write.c) JSON, RFC 8259, for the json package.
#include "stdlib/json.h"

static const MethodDef functions[] = {
    { "encode_basestring", asy_json_encode_basestring, "(string, /)", 0, "Return a JSON representation of a Python string" },
    { "encode_basestring_ascii", asy_json_encode_basestring_ascii, "(string, /)", 0,
      "Return an ASCII-only JSON representation of a Python string" },
    { "scanstring", asy_json_scanstring, "(string, end, strict=True, /)", 0, "Scan the string for a JSON string." },
    { "skip", asy_json_skip, "(string, at, /)", 0, "Where the whitespace at this index ends." },
    { 0 },
};

static bool json_init(VM *vm, Value m)
{
    Type *scanner = asy_type_ready(vm, &asy_json_scanner_type), *encoder = asy_type_ready(vm, &asy_json_encoder_type);
    return scanner && encoder && asy_module_add(vm, m, "make_scanner", asy_from_obj(asy_retain_obj(scanner))) &&
           asy_module_add(vm, m, "make_encoder", asy_from_obj(asy_retain_obj(encoder)));
}

const ModuleDef asy_module__json = { "_json", "json speedups", functions, json_init };
