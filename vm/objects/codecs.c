// Codecs by name, and the way in: fast for text that needs no converting at all.
#include "vm/objects/codecs.h"

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/codec_impl.h"
#include "vm/objects/dict.h"
#include "vm/objects/str_impl.h"

enum { NAME_MAX_SIZE = 32 };

// Lower case, with '_' for runs of '-', '_' and ' '. False: too long for any codec.
static bool normalize(const char *name, size_t size, char out[NAME_MAX_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (c == '-' || c == ' ') c = '_';
        if (c == '_' && n && out[n - 1] == '_') continue;
        if (n == NAME_MAX_SIZE - 1) return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

static const Codec *find_in(const Codec *table, const char *name)
{
    for (; table->name; table++) {
        for (const char *const *alias = table->aliases; *alias; alias++) {
            if (strcmp(*alias, name) == 0) return table;
        }
    }
    return NULL;
}

const Codec *asy_codec_find(const char *name, size_t size)
{
    // The names that programs use, as they mostly spell them.
    if (size == 5 && asy_text_equal(name, "utf-8", 5)) return &asy_codecs_utf[0];
    if (size == 4 && asy_text_equal(name, "utf8", 4)) return &asy_codecs_utf[0];
    if (size == 5 && asy_text_equal(name, "ascii", 5)) return &asy_codecs_single[0];
    if ((size == 7 && asy_text_equal(name, "latin-1", 7)) || (size == 6 && asy_text_equal(name, "latin1", 6))) return &asy_codecs_single[1];
    char normal[NAME_MAX_SIZE];
    if (!normalize(name, size, normal)) return NULL;
    const Codec *codec = find_in(asy_codecs_utf, normal);
    if (!codec) codec = find_in(asy_codecs_single, normal);
    return codec ? codec : find_in(asy_codecs_escape, normal);
}

const char *asy_codec_name(const Codec *codec) { return codec->name; }

static const char *const byte_codecs[] = { "hex", "hex_codec", "base64", "base64_codec", "base_64", "bz2", "bz2_codec", "quopri",
    "quopri_codec", "quoted_printable", "quotedprintable", "uu", "uu_codec", "zip", "zlib", "zlib_codec", "rot13", "rot_13" };

// There is no codec of this name.
ASY_COLD static void raise_unknown(VM *vm, StrObj *name, const char *verb)
{
    if (memchr(name->data, '\0', name->size)) {
        asy_raise(vm, EXC_ValueError, "embedded null character");
        return;
    }
    char normal[NAME_MAX_SIZE] = "";
    if (normalize(name->data, name->size, normal)) {
        for (size_t i = 0; i < sizeof byte_codecs / sizeof byte_codecs[0]; i++) {
            if (strcmp(normal, byte_codecs[i]) != 0) continue;
            asy_raise(vm, EXC_LookupError, "'%U' is not a text encoding; use codecs.%s() to handle arbitrary codecs", name, verb);
            return;
        }
    }
    asy_raise(vm, EXC_LookupError, "unknown encoding: %U", name);
}

// The module codecs, if script has imported it: it knows the codecs that script registered. Borrowed; NIL.
static Value script_codecs(VM *vm)
{
    StrObj *name = asy_intern_c(vm, "codecs");
    Value module = name ? asy_dict_get_str(vm, vm->modules, name) : ASY_NIL;
    asy_release_obj(vm, name);
    asy_error_clear(vm);
    return module;
}

// codecs._encode_text and _decode_text: with the checks of what such a codec gives.
static Value by_script(VM *vm, Value module, const char *function, Value subject, StrObj *encoding, StrObj *errors)
{
    StrObj *name = asy_intern_c(vm, function);
    if (!name) return ASY_ERR;
    asy_retain(module);
    Value args[] = { subject, asy_from_obj(encoding), errors ? asy_from_obj(errors) : ASY_NONE };
    Value r = asy_call_method(vm, module, name, args, 3);
    asy_release(vm, module);
    asy_release_obj(vm, name);
    return r;
}

static Value decode(VM *vm, const Codec *codec, const uint8_t *data, size_t size, StrObj *errors, size_t *consumed)
{
    if (codec->keeps_ascii && !consumed && asy_utf8_is_ascii((const char *)data, size)) {
        StrObj *ascii = asy_str_make(vm, (const char *)data, size, STR_ASCII);
        return ascii ? asy_from_obj(ascii) : ASY_ERR;
    }
    Decoding d = { .vm = vm, .data = data, .size = size, .encoding = codec->name, .errors = errors, .partial = consumed, .consumed = size };
    asy_builder_init(&d.out, vm);
    if (!codec->decode(&d, codec)) {
        asy_builder_free(&d.out);
        return ASY_ERR;
    }
    if (consumed) *consumed = d.consumed;
    StrObj *s = asy_builder_finish(&d.out);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// UTF-8 that is valid is copied at once; the decoder is for the rest.
static Value decode_utf8(VM *vm, const uint8_t *data, size_t size, StrObj *errors)
{
    const char *text = (const char *)data;
    size_t ascii = asy_utf8_ascii_prefix(text, size);
    if (ascii == size || asy_utf8_valid(text + ascii, size - ascii)) {
        StrObj *s = asy_str_make(vm, text, size, ascii == size ? STR_ASCII : 0);
        return s ? asy_from_obj(s) : ASY_ERR;
    }
    return decode(vm, &asy_codecs_utf[0], data, size, errors, NULL);
}

Value asy_codec_decode(VM *vm, const uint8_t *data, size_t size, StrObj *encoding, StrObj *errors)
{
    if (errors && memchr(errors->data, '\0', errors->size)) return asy_raise(vm, EXC_ValueError, "embedded null character");
    const Codec *codec = encoding ? asy_codec_find(encoding->data, encoding->size) : &asy_codecs_utf[0];
    if (codec == &asy_codecs_utf[0]) return decode_utf8(vm, data, size, errors);
    if (codec) return decode(vm, codec, data, size, errors, NULL);
    Value module = script_codecs(vm);
    if (!asy_is_nil(module)) {
        Value bytes = asy_bytes_value(vm, data, size);
        if (asy_is_err(bytes)) return ASY_ERR;
        Value text = by_script(vm, module, "_decode_text", bytes, encoding, errors);
        asy_release(vm, bytes);
        return text;
    }
    raise_unknown(vm, encoding, "decode");
    return ASY_ERR;
}

Value asy_codec_decode_partial(VM *vm, const Codec *codec, const uint8_t *data, size_t size, StrObj *errors, size_t *consumed)
{
    return decode(vm, codec, data, size, errors, consumed);
}

StrObj *asy_str_decode(VM *vm, const char *bytes, size_t size, const char *errors)
{
    StrObj *handler = errors ? asy_str_from_c(vm, errors) : NULL;
    if (errors && !handler) return NULL;
    Value text = decode_utf8(vm, (const uint8_t *)bytes, size, handler);
    asy_release_obj(vm, handler);
    return asy_is_err(text) ? NULL : asy_as_str(text);
}

Value asy_codec_encode(VM *vm, StrObj *text, StrObj *encoding, StrObj *errors)
{
    if (errors && memchr(errors->data, '\0', errors->size)) return asy_raise(vm, EXC_ValueError, "embedded null character");
    const Codec *codec = encoding ? asy_codec_find(encoding->data, encoding->size) : &asy_codecs_utf[0];
    if (!codec) {
        Value module = script_codecs(vm);
        if (!asy_is_nil(module)) return by_script(vm, module, "_encode_text", asy_from_obj(text), encoding, errors);
        raise_unknown(vm, encoding, "encode");
        return ASY_ERR;
    }
    if (codec->keeps_ascii && asy_str_is_ascii(text)) return asy_bytes_value(vm, text->data, text->size);
    if (codec == &asy_codecs_utf[0] && !(text->head.flags & STR_SURROGATES)) return asy_bytes_value(vm, text->data, text->size);
    Encoding e = { .vm = vm, .text = text, .encoding = codec->name, .errors = errors };
    asy_bytes_builder_init(&e.out, vm);
    if (!codec->encode(&e, codec)) {
        asy_bytes_builder_free(&e.out);
        return ASY_ERR;
    }
    return asy_bytes_builder_finish(&e.out);
}
