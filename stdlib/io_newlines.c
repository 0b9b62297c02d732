// Newlines in text that comes in pieces, and io.IncrementalNewlineDecoder, which shows them to script.
#include "stdlib/io.h"

// "\r" that was held back is put in front of the next piece. Takes `text`.
static StrObj *with_pending(VM *vm, StrObj *text)
{
    StrObj *cr = asy_str_from_c(vm, "\r"), *both = cr ? asy_str_concat(vm, cr, text) : NULL;
    asy_release_obj(vm, cr);
    asy_release_obj(vm, text);
    return both;
}

// Notes the kinds of newline in a text that has some \r, and makes \n of them. NULL: MemoryError.
static StrObj *translated(VM *vm, Newlines *n, StrObj *text)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    const char *p = text->data, *end = p + text->size;
    bool ok = true;
    while (ok && p < end) {
        const char *cr = memchr(p, '\r', (size_t)(end - p)), *stop = cr ? cr : end;
        if (memchr(p, '\n', (size_t)(stop - p))) n->seen |= NEWLINE_LF;
        if (n->translate) ok = asy_builder_bytes(&b, p, (size_t)(stop - p)) && (!cr || asy_builder_bytes(&b, "\n", 1));
        if (!cr) break;
        bool pair = cr + 1 < end && cr[1] == '\n';
        n->seen |= pair ? NEWLINE_CRLF : NEWLINE_CR;
        p = cr + (pair ? 2 : 1);
    }
    if (ok && n->translate) return asy_builder_finish(&b);
    asy_builder_free(&b);
    return ok ? asy_retain_obj(text) : NULL;
}

StrObj *asy_newlines_feed(VM *vm, Newlines *n, StrObj *text, bool final)
{
    if (n->pending_cr && (text->size > 0 || final)) {
        if (!(text = with_pending(vm, text))) return NULL;
        n->pending_cr = false;
    }
    if (!final && text->size > 0 && text->data[text->size - 1] == '\r') {
        StrObj *shorter = asy_str_slice_bytes(vm, text, 0, text->size - 1);
        asy_release_obj(vm, text);
        if (!(text = shorter)) return NULL;
        n->pending_cr = true;
    }
    if (!memchr(text->data, '\r', text->size)) {
        if (!(n->seen & NEWLINE_LF) && memchr(text->data, '\n', text->size)) n->seen |= NEWLINE_LF;
        return text;
    }
    StrObj *out = translated(vm, n, text);
    asy_release_obj(vm, text);
    return out;
}

Value asy_newlines_seen(VM *vm, const Newlines *n)
{
    static const char *const kinds[] = { "\r", "\n", "\r\n" };
    TupleObj *t = asy_tuple_alloc(vm, 3);
    if (!t) return ASY_ERR;
    size_t count = 0;
    for (int i = 0; i < 3; i++) {
        if (!(n->seen & 1 << i)) continue;
        Value kind = asy_str_value(vm, kinds[i]);
        if (asy_is_err(kind)) {
            asy_release_obj(vm, t);
            return ASY_ERR;
        }
        t->items[count++] = kind;
    }
    Value out = count == 0 ? ASY_NONE : count == 1 ? asy_retain(t->items[0]) : asy_value_or_err(asy_tuple_from(vm, t->items, count));
    asy_release_obj(vm, t);
    return out;
}

size_t asy_newlines_find(const char *s, size_t from, size_t size, const char *mark)
{
    if (!*mark) {
        const char *lf = memchr(s + from, '\n', size - from), *cr = memchr(s + from, '\r', lf ? (size_t)(lf - s) - from : size - from);
        if (!cr) return lf ? (size_t)(lf - s) + 1 : 0;
        return (size_t)(cr - s) + (cr + 1 < s + size && cr[1] == '\n' ? 2 : 1);
    }
    while (from < size) {
        const char *p = memchr(s + from, *mark, size - from);
        if (!p) return 0;
        from = (size_t)(p - s) + 1;
        if (!mark[1]) return from;
        if (from < size && s[from] == mark[1]) return from + 1;
    }
    return 0;
}

// -- the type

#define NEWLINE_DECODER_FIELDS(V, O, N)                                                            \
    V(decoder) /* of bytes; None: what comes is text; NIL: not initialised */                      \
    V(errors)                                                                                      \
    N(Newlines, newlines)
ASY_OBJECT(NewlineDecoder, NEWLINE_DECODER_FIELDS);
ASY_OBJECT_TRACE(NewlineDecoder, NEWLINE_DECODER_FIELDS)

static NewlineDecoder *decoder_of(VM *vm, Value self)
{
    NewlineDecoder *d = asy_as(NewlineDecoder, self);
    if (!asy_is_nil(d->decoder)) return d;
    asy_raise(vm, EXC_ValueError, "IncrementalNewlineDecoder.__init__() not called");
    return NULL;
}

static bool decoder_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "decoder", "translate", "errors" };
    Value v[3];
    NewlineDecoder *d = asy_as(NewlineDecoder, self);
    if (!asy_new_args(vm, "IncrementalNewlineDecoder", names, 3, 0, 2, a, v)) return false;
    int translate = asy_truth(vm, v[1]);
    if (translate < 0) return false;
    asy_set(vm, &d->decoder, asy_retain(v[0]));
    asy_set(vm, &d->errors, asy_is_nil(v[2]) ? asy_from_obj(asy_retain_obj(asy_name(vm, strict))) : asy_retain(v[2]));
    d->newlines = (Newlines){ .translate = translate };
    return true;
}

static Value decoder_decode(VM *vm, Args a)
{
    NewlineDecoder *d = decoder_of(vm, a.self);
    bool final = false;
    if (!d || !asy_arg_bool(vm, a.v[1], &final)) return ASY_ERR;
    Value text;
    if (asy_is_none(d->decoder)) {
        text = asy_retain(a.v[0]);
    } else {
        Value v[] = { a.v[0], asy_from_bool(final) };
        text = asy_call_method(vm, d->decoder, asy_name(vm, decode), v, 2);
        if (asy_is_err(text)) return ASY_ERR;
    }
    if (!asy_is_str(vm, text)) {
        asy_raise(vm, EXC_TypeError, "decoder should return a string result, not '%.200T'", text);
        asy_release(vm, text);
        return ASY_ERR;
    }
    return asy_value_or_err(asy_newlines_feed(vm, &d->newlines, asy_as_str(text), final));
}

static Value decoder_getstate(VM *vm, Args a)
{
    NewlineDecoder *d = decoder_of(vm, a.self);
    if (!d) return ASY_ERR;
    Value state = ASY_NIL, bytes = vm->empty_bytes;
    uint64_t flag = 0;
    if (!asy_is_none(d->decoder)) {
        state = asy_call_method0(vm, d->decoder, asy_name(vm, getstate));
        if (asy_is_err(state)) return ASY_ERR;
        TupleObj *t = asy_is_tuple(vm, state) ? asy_as_tuple(state) : NULL;
        if (!t || t->size != 2 || !asy_int_low_bits(vm, t->items[1], &flag)) {
            asy_raise(vm, EXC_TypeError, "illegal decoder state");
            asy_release(vm, state);
            return ASY_ERR;
        }
        bytes = t->items[0];
    }
    Value number = asy_int_from_u64(vm, flag << 1 | d->newlines.pending_cr);
    Value out = asy_is_err(number) ? ASY_ERR : asy_tuple_pack(vm, 2, bytes, number);
    asy_release(vm, number);
    asy_release(vm, state);
    return out;
}

static Value decoder_setstate(VM *vm, Args a)
{
    NewlineDecoder *d = decoder_of(vm, a.self);
    uint64_t flag;
    if (!d) return ASY_ERR;
    if (!asy_is_tuple(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "state argument must be a tuple");
    TupleObj *t = asy_as_tuple(a.v[0]);
    if (t->size != 2 || !asy_int_low_bits(vm, t->items[1], &flag))
        return asy_raise(vm, EXC_TypeError, "setstate(): illegal state argument");
    d->newlines.pending_cr = flag & 1;
    if (asy_is_none(d->decoder)) return ASY_NONE;
    Value number = asy_int_from_u64(vm, flag >> 1), state = asy_is_err(number) ? ASY_ERR : asy_tuple_pack(vm, 2, t->items[0], number);
    Value r = asy_is_err(state) ? ASY_ERR : asy_call_method1(vm, d->decoder, asy_name(vm, setstate), state);
    asy_release(vm, number);
    asy_release(vm, state);
    return r;
}

static Value decoder_reset(VM *vm, Args a)
{
    NewlineDecoder *d = decoder_of(vm, a.self);
    if (!d) return ASY_ERR;
    d->newlines.seen = 0;
    d->newlines.pending_cr = false;
    return asy_is_none(d->decoder) ? ASY_NONE : asy_call_method0(vm, d->decoder, asy_name(vm, reset));
}

static Value decoder_newlines(VM *vm, Value self)
{
    NewlineDecoder *d = decoder_of(vm, self);
    return d ? asy_newlines_seen(vm, &d->newlines) : ASY_ERR;
}

static const MethodDef methods[] = {
    { "decode", decoder_decode, "(input, final=False)", 0, "The text of the next piece; a \\r at its end may come with the next." },
    { "getstate", decoder_getstate, "()", 0, "(bytes not decoded yet, a number)." },
    { "setstate", decoder_setstate, "(state, /)", 0, "Go back to a state." },
    { "reset", decoder_reset, "()", 0, "Begin anew." },
    { 0 },
};
static const GetSetDef getset[] = { { "newlines", decoder_newlines, NULL, "The kinds of newline seen so far." }, { 0 } };
const TypeDef asy_newline_decoder_type = {
    .name = "_io.IncrementalNewlineDecoder",
    .size = sizeof(NewlineDecoder),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "A decoder of bytes, or None for text, whose newlines are noted and, with `translate`, all become \\n.",
    .signature = "(decoder, translate, errors='strict')",
    .trace = NewlineDecoder_trace,
    .clear = NewlineDecoder_clear,
    .methods = methods,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = decoder_init },
};
