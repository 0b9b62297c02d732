// Codecs: text to bytes and back, by the name of an encoding and the name of an error handler.
#pragma once
#include "vm/objects/bytes.h"
#include "vm/objects/str.h"

typedef struct Codec Codec;

// The codec of this name ("UTF-8", "latin1", "windows-1252", ...); NULL without an exception if there is none.
const Codec *asy_codec_find(const char *name, size_t size);
const char *asy_codec_name(const Codec *codec);             // "utf-8", as codecs.lookup(name).name says
// Text of bytes: a str. `data` must stay valid while script runs. encoding NULL: utf-8; errors NULL: strict.
// UnicodeDecodeError, LookupError, or what a registered handler raises.
ASY_CHECKED Value asy_codec_decode(VM *vm, const uint8_t *data, size_t size, StrObj *encoding, StrObj *errors);
// The same, where more may follow: an incomplete sequence at the end is left, *consumed says how much was taken.
ASY_CHECKED Value asy_codec_decode_partial(VM *vm, const Codec *codec, const uint8_t *data, size_t size, StrObj *errors,
                                           size_t *consumed);
// Bytes of text: a bytes object. UnicodeEncodeError, ...
ASY_CHECKED Value asy_codec_encode(VM *vm, StrObj *text, StrObj *encoding, StrObj *errors);
// codecs.register_error, lookup_error: script's own handlers by name; the built-in ones are found as functions.
ASY_CHECKED bool asy_codec_register_error(VM *vm, StrObj *name, Value handler);
ASY_CHECKED Value asy_codec_lookup_error(VM *vm, StrObj *name);
// What a built-in handler answers to a UnicodeError: the tuple (replacement, position to go on).
ASY_CHECKED Value asy_codec_handle(VM *vm, const char *handler, Value exc);
