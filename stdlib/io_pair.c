// io.BufferedRWPair: a reader and a writer as one stream.
#include "stdlib/io.h"

typedef struct Pair {
    Stream stream;
    Value reader, writer;       // NIL: not initialised
} Pair;

static Pair *pair_of(VM *vm, Value self)
{
    Pair *p = asy_as(Pair, self);
    if (!asy_is_nil(p->writer)) return p;
    asy_raise(vm, EXC_ValueError, "I/O operation on uninitialized object");
    return NULL;
}

static bool able(VM *vm, Value stream, StrObj *method, const char *text)
{
    int yes = asy_io_ask(vm, stream, method);
    if (yes == 0) asy_io_unsupported(vm, text);
    return yes > 0;
}

static Value over(VM *vm, const TypeDef *def, Value raw, int64_t size)
{
    Type *type = asy_type_ready(vm, def);
    Value n = type ? asy_int_from_i64(vm, size) : ASY_ERR;
    Value stream = asy_is_err(n) ? ASY_ERR : asy_call2(vm, asy_from_obj(type), raw, n);
    asy_release(vm, n);
    return stream;
}

static bool pair_init(VM *vm, Value self, Args a)
{
    int64_t size = IO_BUFFER_SIZE;
    Pair *p = asy_as(Pair, self);
    asy_args_of_subclass(asy_as_obj(self)->type, asy_type_ready(vm, &asy_buffered_pair_type), true, &a);
    if (!asy_args_positional(vm, "BufferedRWPair", a, 2, 3) || (a.n == 3 && !asy_to_ssize(vm, a.v[2], &size))) return false;
    if (!able(vm, a.v[0], asy_name(vm, readable), "File or stream is not readable.") ||
        !able(vm, a.v[1], asy_name(vm, writable), "File or stream is not writable.")) {
        return false;
    }
    Value reader = over(vm, &asy_buffered_reader_type, a.v[0], size);
    Value writer = asy_is_err(reader) ? ASY_ERR : over(vm, &asy_buffered_writer_type, a.v[1], size);
    if (asy_is_err(writer)) {
        asy_release(vm, reader);
        return false;
    }
    asy_set(vm, &p->reader, reader);
    asy_set(vm, &p->writer, writer);
    return true;
}

// Calls the method of one of the two with the same arguments. `side` is an offset of Pair.
static Value forward(VM *vm, Args a, size_t side, StrObj *name)
{
    Pair *p = pair_of(vm, a.self);
    if (!p) return ASY_ERR;
    Value to = asy_retain(*(Value *)(void *)((char *)p + side));
    Value r = asy_call_method(vm, to, name, a.v, a.n);
    asy_release(vm, to);
    return r;
}
#define FORWARD(id, side) \
    static Value pair_##id(VM *vm, Args a) { return forward(vm, a, offsetof(Pair, side), asy_name(vm, id)); }
FORWARD(read, reader)
FORWARD(peek, reader)
FORWARD(read1, reader)
FORWARD(readinto, reader)
FORWARD(readable, reader)
FORWARD(write, writer)
FORWARD(flush, writer)
FORWARD(writable, writer)

static Value pair_readinto1(VM *vm, Args a)
{
    StrObj *name = asy_intern_c(vm, "readinto1");
    Value r = name ? forward(vm, a, offsetof(Pair, reader), name) : ASY_ERR;
    asy_release_obj(vm, name);
    return r;
}

static Value pair_close(VM *vm, Args a)
{
    Pair *p = pair_of(vm, a.self);
    if (!p) return ASY_ERR;
    Value writer = asy_retain(p->writer), reader = asy_retain(p->reader), failed = ASY_NIL;
    if (!asy_io_do(vm, writer, asy_name(vm, close))) failed = asy_error_fetch(vm);
    asy_io_try(vm, reader, asy_name(vm, close));
    asy_release(vm, writer);
    asy_release(vm, reader);
    return asy_io_both(vm, failed) ? ASY_NONE : ASY_ERR;
}

static Value pair_isatty(VM *vm, Args a)
{
    Pair *p = pair_of(vm, a.self);
    int yes = p ? asy_io_ask(vm, p->writer, asy_name(vm, isatty)) : -1;
    if (yes == 0) yes = asy_io_ask(vm, p->reader, asy_name(vm, isatty));
    return yes < 0 ? ASY_ERR : asy_from_bool(yes);
}

static Value pair_closed(VM *vm, Value self)
{
    Pair *p = asy_as(Pair, self);
    if (asy_is_nil(p->writer)) return asy_raise(vm, EXC_RuntimeError, "the BufferedRWPair object is being garbage-collected");
    return asy_getattr(vm, p->writer, asy_name(vm, closed));
}

static void pair_trace(Tracer *t, ObjHeader *o)
{
    asy_stream_trace(t, o);
    asy_trace_value(t, ((Pair *)(void *)o)->reader);
    asy_trace_value(t, ((Pair *)(void *)o)->writer);
}
static void pair_clear(VM *vm, ObjHeader *o)
{
    asy_stream_clear(vm, o);
    asy_clear(vm, &((Pair *)(void *)o)->reader);
    asy_clear(vm, &((Pair *)(void *)o)->writer);
}

static const MethodDef methods[] = {
    { "read", pair_read, NULL, NATIVE_RAW, NULL },
    { "peek", pair_peek, NULL, NATIVE_RAW, NULL },
    { "read1", pair_read1, NULL, NATIVE_RAW, NULL },
    { "readinto", pair_readinto, NULL, NATIVE_RAW, NULL },
    { "readinto1", pair_readinto1, NULL, NATIVE_RAW, NULL },
    { "write", pair_write, NULL, NATIVE_RAW, NULL },
    { "flush", pair_flush, NULL, NATIVE_RAW, NULL },
    { "readable", pair_readable, NULL, NATIVE_RAW, NULL },
    { "writable", pair_writable, NULL, NATIVE_RAW, NULL },
    { "close", pair_close, "()", 0, "Close the writer, then the reader." },
    { "isatty", pair_isatty, "()", 0, NULL },
    { 0 },
};
static const GetSetDef getset[] = { { "closed", pair_closed, NULL, NULL }, { 0 } };
const TypeDef asy_buffered_pair_type = {
    .name = "_io.BufferedRWPair",
    .base = &asy_io_buffered_base_type,
    .size = sizeof(Pair),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Two raw streams as one with buffers: one that is read, and one that is written. (One file that is both is for\n"
           "BufferedRandom.)",
    .signature = "(reader, writer, buffer_size=8192, /)",
    .trace = pair_trace,
    .clear = pair_clear,
    .methods = methods,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = pair_init },
};
