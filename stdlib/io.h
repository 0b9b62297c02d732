// The io module's types and what they share.
//
// Every stream begins with a Stream. The layers are CPython's: FileIO (a descriptor), the buffered types over anything
// raw, TextIOWrapper over anything buffered. Where the layer below is exactly one of ours it is called as C, else by its
// methods; script may be anywhere below or above.
#pragma once
#include "stdlib/lib.h"
#include "vm/core/shape.h"
#include "vm/objects/attributes.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/new_args.h"

enum { IO_BUFFER_SIZE = 8192 };     // io.DEFAULT_BUFFER_SIZE

typedef struct Stream {
    ObjHeader head;
    Attrs attrs;
    bool closed;                // _IOBase's own; types that have it from elsewhere show a `closed` of theirs
    bool finalizing;            // it is being closed because nobody refers to it any more
} Stream;
#define asy_as_stream(v) asy_as(Stream, v)

extern const TypeDef asy_io_base_type, asy_io_raw_base_type, asy_io_buffered_base_type, asy_io_text_base_type;
extern const TypeDef asy_file_io_type, asy_buffered_reader_type, asy_buffered_writer_type, asy_buffered_random_type,
    asy_buffered_pair_type, asy_text_io_type, asy_newline_decoder_type, asy_string_io_type, asy_bytes_io_type,
    asy_bytes_io_buffer_type;

// Standard streams as sys.stdin, stdout, stderr (and with __ names). False: exception.
ASY_CHECKED bool asy_io_init(VM *vm);
// Puts open into builtins.
ASY_CHECKED bool asy_io_add_open(VM *vm);
// Writes out what is pending in sys.stdout and sys.stderr; errors are reported, not raised.
void asy_io_finish(VM *vm);

// -- io_base.c

void asy_stream_trace(Tracer *t, ObjHeader *o);     // for types that begin with a Stream
void asy_stream_clear(VM *vm, ObjHeader *o);
Value asy_stream_finalizing(VM *vm, Value self);    // getter of `_finalizing`
Value asy_stream_reduce(VM *vm, Args a);            // __reduce__ and __reduce_ex__: "cannot pickle 'FileIO' instances"
#define STREAM_REDUCE                                                                              \
    { "__reduce__", asy_stream_reduce, "()", 0, NULL }, { "__reduce_ex__", asy_stream_reduce, "(protocol, /)", 0, NULL }
// Whether the object is of exactly this native type, so that its functions may be called without asking it.
ASY_INLINE bool asy_io_is_exact(Value v, const TypeDef *def)
{
    return asy_is_obj(v) && asy_as_obj(v)->type->def == def && asy_as_obj(v)->type->flags & TYPE_STATIC;
}
Value asy_io_unsupported(VM *vm, const char *what);     // raises io.UnsupportedOperation
Value asy_io_closed_error(VM *vm);                      // "I/O operation on closed file."
// BlockingIOError(err, text, written).
Value asy_io_would_block(VM *vm, int err, const char *text, int64_t written);
// stream.closed; the truth of stream.name(): 1, 0, -1.
ASY_CHECKED int asy_io_closed(VM *vm, Value stream);
ASY_CHECKED int asy_io_ask(VM *vm, Value stream, StrObj *name);
// Calls stream.name() for its effect.
ASY_CHECKED bool asy_io_do(VM *vm, Value stream, StrObj *name);
void asy_io_try(VM *vm, Value stream, StrObj *name);    // the same; what it raises stays pending
// A size argument: None or absent is -1. "argument should be integer or None, not 'str'".
ASY_CHECKED bool asy_io_size(VM *vm, Value v, int64_t *out);
// What _IOBase.close does: flush, then closed, even if flushing failed.
ASY_CHECKED bool asy_io_base_close(VM *vm, Value self);
// Two steps of which the second is to be done although the first failed with `first` (owned; NIL: it did not): the
// second's exception, if one is pending, gets it as context; else it is raised again. True: neither failed.
bool asy_io_both(VM *vm, Value first);
// A memoryview on [from, to) of a bytearray, for streams below that are script.
ASY_CHECKED Value asy_io_view(VM *vm, ByteArrayObj *b, size_t from, size_t to);
// An object whose writable bytes are asked for; false: "readinto() argument must be read-write bytes-like object, ...".
ASY_CHECKED bool asy_io_writable_buffer(VM *vm, Value v, const char *what, BufferView *out);

// -- io_file.c

// A path as str or bytes, by __fspath__ if it is neither. New reference.
ASY_CHECKED Value asy_io_path(VM *vm, Value path);
// New FileIO as calling the type makes it (opener NIL: none).
ASY_CHECKED Value asy_file_io_open(VM *vm, Value file, const char *mode, bool closefd, Value opener);
// FileIO over a standard descriptor, whose output goes to the host.
ASY_CHECKED Value asy_file_io_standard(VM *vm, int fd);
int64_t asy_file_io_block_size(Value file);
bool asy_file_io_closed(Value file);
// What a read or write has come to, besides a count: an exception, or it would block.
enum { IO_FAILED = -1, IO_BLOCKED = -2 };
// Functions of an exact FileIO. Bytes read or written, 0 at the end, or the above.
ASY_CHECKED int64_t asy_file_io_read(VM *vm, Value file, uint8_t *to, size_t size);
ASY_CHECKED int64_t asy_file_io_write(VM *vm, Value file, const uint8_t *from, size_t size);

// -- io_buffered.c

// The functions of exact BufferedReader, BufferedWriter and BufferedRandom that text streams use.
ASY_CHECKED Value asy_buffered_read1(VM *vm, Value self, size_t size);
ASY_CHECKED bool asy_buffered_write(VM *vm, Value self, const uint8_t *data, size_t size);
ASY_CHECKED bool asy_buffered_flush(VM *vm, Value self);
ASY_CHECKED int asy_buffered_closed(VM *vm, Value self);        // 1, 0, -1: raised

// -- io_newlines.c: newlines of the kinds \r, \n and \r\n in text that comes in pieces

enum { NEWLINE_CR = 1, NEWLINE_LF = 2, NEWLINE_CRLF = 4 };
typedef struct Newlines {
    bool translate;             // all become \n
    bool pending_cr;            // a \r at the end of a piece, that a \n may follow
    uint8_t seen;               // NEWLINE_*
} Newlines;
// The next piece as it is to be given out, owned: `text` (owned) itself where nothing changes. NULL: MemoryError.
ASY_CHECKED StrObj *asy_newlines_feed(VM *vm, Newlines *n, StrObj *text, bool final);
// The kinds seen: None, a str, or a tuple.
ASY_CHECKED Value asy_newlines_seen(VM *vm, const Newlines *n);
// Byte behind the first newline in s[from, size), 0: none. `mark` "": any kind (a \r at the very end counts).
size_t asy_newlines_find(const char *s, size_t from, size_t size, const char *mark);

// -- io_text.c

// New TextIOWrapper; encoding and errors NIL: the usual ones.
ASY_CHECKED Value asy_text_io_new(VM *vm, Value buffer, Value encoding, Value errors, Value newline, bool line_buffering,
                                  bool write_through);
// Writes out what an exact TextIOWrapper has not handed down yet.
ASY_CHECKED bool asy_text_io_flush(VM *vm, Value self);
