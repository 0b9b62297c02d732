// What the files of TextIOWrapper share.
#pragma once
#include "stdlib/io.h"
#include "vm/objects/codecs.h"

enum { TEXT_PENDING_MAX = 8 };      // bytes of an unfinished character: four at most

// Where reading stood before the piece of text at hand was decoded; what tell() counts from.
typedef struct TextSnapshot {
    BytesObj *input;            // bytes that made the text, those of an unfinished character before included; NULL: none
    uint64_t flags;             // the decoder's
} TextSnapshot;

typedef struct TextIO {
    Stream stream;
    Value buffer;               // NIL: not initialised, or detached
    Value encoding, errors;     // strs
    const Codec *codec;         // one without state; NULL: decoder and encoder are objects of script
    bool utf8;                  // it is utf-8
    bool ascii_bytes;           // ASCII text is its own bytes
    Value decoder, encoder;
    bool detached;
    bool reads, writes;         // the buffer is readable, writable
    bool native;                // the buffer is exactly one of ours
    bool has_read1, seekable, telling;
    bool line_buffering, write_through;
    bool universal;             // newline None or "": \n, \r and \r\n end lines
    char mark[3];               // what ends lines; "": any
    char written[3];            // stands for \n in what is written; "": itself
    Newlines newlines;
    int64_t chunk_size;
    double bytes_per_char;      // of the last piece
    uint8_t pending[TEXT_PENDING_MAX];      // with `codec`: of a character that is not complete yet
    size_t pending_size;
    StrObj *text;               // decoded; NULL: none
    size_t used;                // bytes of it that have been given out
    TextSnapshot snapshot;
    uint8_t *out;               // encoded, not handed down yet
    size_t out_size, out_capacity;
} TextIO;

ASY_INLINE TextIO *asy_text_io(Value v) { return asy_as(TextIO, v); }

// -- io_text.c

ASY_CHECKED bool asy_text_io_ready(VM *vm, const TextIO *t);        // "underlying buffer has been detached"
ASY_CHECKED bool asy_text_io_open(VM *vm, const TextIO *t);         // ready, and not closed
ASY_CHECKED bool asy_text_io_write_out(VM *vm, TextIO *t);          // hands down what is encoded
void asy_text_io_set_text(VM *vm, TextIO *t, StrObj *text);         // takes it; NULL: none, and no snapshot
void asy_text_io_set_snapshot(VM *vm, TextIO *t, BytesObj *input, uint64_t flags);     // takes the input
// Decodes a piece; new reference.
ASY_CHECKED StrObj *asy_text_io_decode(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool final);
// The decoder's state: bytes of an unfinished character (owned) and its flags.
ASY_CHECKED BytesObj *asy_text_io_state(VM *vm, TextIO *t, uint64_t *flags);
ASY_CHECKED bool asy_text_io_set_state(VM *vm, TextIO *t, BytesObj *pending, uint64_t flags);
ASY_CHECKED bool asy_text_io_reset_decoder(VM *vm, TextIO *t);

// -- io_text_seek.c

Value asy_text_io_tell(VM *vm, Args a);
Value asy_text_io_seek(VM *vm, Args a);
// At position `at` of the buffer, what is written next begins the stream or goes on. False: raised.
ASY_CHECKED bool asy_text_io_place_encoder(VM *vm, TextIO *t, Value at);
