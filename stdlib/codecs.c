// _codecs: the built-in codecs and the table of error handlers, for codecs.asy.
#include "stdlib/lib.h"
#include "vm/objects/codecs.h"

static bool text_argument(VM *vm, Value v, StrObj **out)
{
    *out = NULL;
    return asy_absent(v) || asy_arg_str(vm, v, "argument", out);
}

static Value codecs_find(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "encoding", &name)) return ASY_ERR;
    const Codec *codec = asy_codec_find(name->data, name->size);
    return codec ? asy_str_value(vm, asy_codec_name(codec)) : ASY_NONE;
}

static Value codecs_encode(VM *vm, Args a)
{
    StrObj *text, *name, *errors;
    if (!asy_arg_str(vm, a.v[0], "encode() argument 1", &text) || !asy_arg_str(vm, a.v[1], "encoding", &name) ||
        !text_argument(vm, a.v[2], &errors)) {
        return ASY_ERR;
    }
    return asy_codec_encode(vm, text, name, errors);
}

// (text, bytes taken): without `final` an incomplete sequence at the end is left.
static Value codecs_decode(VM *vm, Args a)
{
    StrObj *name, *errors;
    if (!asy_arg_str(vm, a.v[1], "encoding", &name) || !text_argument(vm, a.v[2], &errors)) return ASY_ERR;
    const Codec *codec = asy_codec_find(name->data, name->size);
    if (!codec) return asy_raise(vm, EXC_LookupError, "unknown encoding: %U", name);
    BufferView view;
    if (!asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    size_t taken = view.size;
    Value text = asy_truth(vm, a.v[3]) ? asy_codec_decode(vm, view.data, view.size, name, errors)
                                       : asy_codec_decode_partial(vm, codec, view.data, view.size, errors, &taken);
    asy_release_buffer(vm, &view);
    if (asy_is_err(text)) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, text, asy_from_small((int64_t)taken));
    asy_release(vm, text);
    return pair;
}

static Value codecs_register_error(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "register_error() argument 1", &name)) return ASY_ERR;
    if (!asy_is_callable(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "handler must be callable");
    return asy_codec_register_error(vm, name, a.v[1]) ? ASY_NONE : ASY_ERR;
}

static Value codecs_lookup_error(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "lookup_error() argument", &name)) return ASY_ERR;
    return asy_codec_lookup_error(vm, name);
}

static const MethodDef functions[] = {
    { "find", codecs_find, "(encoding, /)", 0, "The name of a built-in codec, or None." },
    { "encode", codecs_encode, "(text, encoding, errors=None, /)", 0, "Text as bytes." },
    { "decode", codecs_decode, "(data, encoding, errors, final, /)", 0, "Bytes as text, and how many were taken." },
    { "register_error", codecs_register_error, "(errors, handler, /)", 0,
      "Register the specified error handler under the name errors." },
    { "lookup_error", codecs_lookup_error, "(name, /)", 0, "lookup_error(errors) -> handler" },
    { 0 },
};
const ModuleDef asy_module__codecs = { "_codecs", "The built-in codecs.", functions, NULL };
