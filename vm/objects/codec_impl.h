// What the codecs share: the job being done, and what to do about parts that cannot be converted.
#pragma once
#include "vm/objects/bytes_impl.h"
#include "vm/objects/codecs.h"

// How surrogates are spelled, for the handler surrogatepass.
typedef enum CodecUnit { UNIT_NONE, UNIT_UTF8, UNIT_UTF16_LE, UNIT_UTF16_BE, UNIT_UTF32_LE, UNIT_UTF32_BE } CodecUnit;

typedef struct Decoding {
    VM *vm;
    const uint8_t *data;
    size_t size;
    const char *encoding;       // for messages
    StrObj *errors;             // NULL: strict
    CodecUnit unit;
    bool partial;               // leave an incomplete sequence at the end
    size_t consumed;            // set by the decoder: size, unless partial
    StrBuilder out;
} Decoding;

typedef struct Encoding Encoding;
struct Encoding {
    VM *vm;
    StrObj *text;
    const char *encoding;
    StrObj *errors;
    CodecUnit unit;
    bool one_by_one;            // report unencodable characters singly, not as a run
    const char *reason;         // "ordinal not in range(128)"
    bool (*can)(const Encoding *e, uint32_t c);
    bool (*put)(Encoding *e, uint32_t c);       // c can be encoded; false: MemoryError
    const uint16_t *table;      // of a charmap: what bytes 128 to 255 stand for
    BytesBuilder out;
};

struct Codec {
    const char *name;           // as codecs.lookup shows it
    const char *const *aliases; // normalised: lower case, '_'; ends with NULL
    bool (*decode)(Decoding *d, const Codec *codec);
    bool (*encode)(Encoding *e, const Codec *codec);
    const uint16_t *table;
    bool keeps_ascii;           // ASCII text and its bytes are the same
};
extern const Codec asy_codecs_utf[], asy_codecs_single[], asy_codecs_escape[];     // end with a NULL name

// data[start, end) cannot be decoded: appends what the handler gives, *next is where to go on. False: raised.
ASY_CHECKED bool asy_decoding_error(Decoding *d, size_t start, size_t end, const char *reason, size_t *next);
// The usual encoder: every character by can and put, the rest by the handler.
ASY_CHECKED bool asy_encoding_run(Encoding *e);
