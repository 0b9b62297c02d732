// str: making, comparing, joining and indexing text; its type's slots. Methods are in str_methods.c,
// str_split.c, str_case.c; formatting in str_percent.c and str_format.c.
//
// A string's bytes stand behind its header, or, when it was grown or taken over from a builder, in a
// buffer of `capacity` bytes. Subclasses always have a buffer: behind their header come attributes.
// Short ASCII text, which is most of it, has a header without what only the others need (STR_BRIEF).
// data[size] is NUL. The flags STR_ASCII and STR_SURROGATES are exact. One-character strings up to
// U+00FF and the empty string exist once per VM; of other characters, the VM keeps some.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/memory/heap_inline.h"
#include "vm/objects/codecs.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/new_args.h"
#include "vm/objects/search.h"
#include "vm/objects/slice.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/types.h"

enum {
    STR_SIZE_MAX_SHIFT = 62,
    BRIEF_SIZE = offsetof(StrObj, capacity),
    INLINE_MAX = HEAP_SMALL_MAX - sizeof(StrObj) - 1,   // longer text has a buffer
    GROW_MIN = 256,
    GROW_DOUBLES_MAX = 1 << 24,
    SHORT_SLICE = 32,           // code points whose end is sooner counted than looked up
};
static const size_t str_size_max = (size_t)1 << STR_SIZE_MAX_SHIFT;

// ---- making ----

uint32_t asy_str_scan(const char *utf8, size_t size, bool ascii)
{
    if (ascii || asy_utf8_ascii_prefix(utf8, size) == size) return STR_ASCII;
    // ED A0..BF xx is a surrogate; ED 80..9F xx is not, and ED is never a tail byte.
    const char *at = utf8, *end = utf8 + size;
    while ((at = memchr(at, 0xED, (size_t)(end - at)))) {
        if ((unsigned char)at[1] >= 0xA0) return STR_SURROGATES;
        at++;
    }
    return 0;
}

static StrObj *alloc_buffered(VM *vm, size_t size, uint32_t flags)
{
    char *data = size < str_size_max ? asy_mem_alloc(vm, size + 1) : NULL;
    if (!data) {
        asy_raise_memory(vm);
        return NULL;
    }
    StrObj *s = asy_str_adopt(vm, data, size, size + 1, flags);
    if (!s) asy_mem_free(vm, data, size + 1);
    return s;
}

ASY_INLINE StrObj *str_alloc(VM *vm, size_t size, uint32_t flags)
{
    if (ASY_UNLIKELY(size > INLINE_MAX)) return alloc_buffered(vm, size, flags);
    bool brief = flags & STR_ASCII;
    size_t head = brief ? BRIEF_SIZE : sizeof(StrObj);
    StrObj *s = (StrObj *)(void *)asy_heap_take(vm, head + size + 1);
    if (ASY_UNLIKELY(!s)) {
        asy_raise_memory(vm);
        return NULL;
    }
    s->head.refs = 1;
    s->head.flags |= flags | (brief ? STR_BRIEF : 0);
    s->head.type = vm->types.str;
    s->size = size;
    s->data = (char *)s + head;     // all else is zero
    return s;
}

StrObj *asy_str_alloc(VM *vm, size_t size, uint32_t flags) { return str_alloc(vm, size, flags); }

StrObj *asy_str_adopt(VM *vm, char *data, size_t size, size_t capacity, uint32_t flags)
{
    assert(size < capacity);
    StrObj *s = asy_object_alloc(vm, vm->types.str);
    if (!s) return NULL;
    s->head.flags |= flags;
    s->size = size;
    s->data = data;
    s->capacity = capacity;
    data[size] = '\0';
    return s;
}

ASY_INLINE StrObj *str_copy(VM *vm, const char *utf8, size_t size, uint32_t flags)
{
    StrObj *s = str_alloc(vm, size, flags);
    if (s) asy_str_copy_text(s->data, utf8, size);
    return s;
}

static StrObj *shared_empty(VM *vm)
{
    if (asy_is_nil(vm->empty_str)) {
        StrObj *s = asy_str_alloc(vm, 0, STR_ASCII);
        if (!s) return NULL;
        vm->empty_str = asy_from_obj(s);
    }
    return asy_retain_obj(asy_as_str(vm->empty_str));
}

ASY_COLD static StrObj *char_new(VM *vm, uint32_t c)
{
    char bytes[4];
    size_t size = asy_utf8_encode(bytes, c);
    StrObj *s = str_copy(vm, bytes, size, c < 0x80 ? STR_ASCII : asy_utf8_is_surrogate(c) ? STR_SURROGATES : 0);
    if (s && c >= 0x80) s->length = 1;
    return s;
}

ASY_COLD static StrObj *shared_char_new(VM *vm, uint32_t c)
{
    vm->latin1[c] = char_new(vm, c);
    return vm->latin1[c] ? asy_retain_obj(vm->latin1[c]) : NULL;
}

ASY_INLINE StrObj *shared_char(VM *vm, uint32_t c)
{
    StrObj *s = vm->latin1[c];
    return ASY_LIKELY(s != NULL) ? asy_retain_obj(s) : shared_char_new(vm, c);
}

// A character beyond U+00FF: the one kept in its place, if it is this one.
static StrObj *kept_char(VM *vm, uint32_t c)
{
    StrObj **place = &vm->chars[c % STR_CHARS_KEPT], *s = *place;
    if (s) {
        const char *at = s->data;
        if (asy_utf8_next(&at) == c) return asy_retain_obj(s);
    }
    StrObj *made = char_new(vm, c);
    if (!made) return NULL;
    *place = asy_retain_obj(made);
    asy_release_obj(vm, s);
    return made;
}

StrObj *asy_str_from_char(VM *vm, uint32_t c) { return c < 256 ? shared_char(vm, c) : kept_char(vm, c); }

StrObj *asy_str_make(VM *vm, const char *utf8, size_t size, uint32_t flags)
{
    if (ASY_UNLIKELY(size <= 4)) {
        if (size == 0) return shared_empty(vm);
        if (size == asy_utf8_sequence(utf8[0])) return asy_str_from_char(vm, asy_utf8_next(&utf8));
    }
    return str_copy(vm, utf8, size, flags);
}

StrObj *asy_str_new(VM *vm, const char *utf8, size_t size)
{
    return asy_str_make(vm, utf8, size, asy_str_scan(utf8, size, false));
}

StrObj *asy_str_from_c(VM *vm, const char *utf8) { return asy_str_new(vm, utf8, strlen(utf8)); }

Value asy_str_value(VM *vm, const char *utf8)
{
    StrObj *s = asy_str_from_c(vm, utf8);
    return s ? asy_from_obj(s) : ASY_ERR;
}

Value asy_str_subclass_new(VM *vm, Type *type, const StrObj *content)
{
    StrObj *s = asy_object_alloc(vm, type);
    if (!s) return ASY_ERR;
    s->data = asy_mem_alloc(vm, content->size + 1);
    if (!s->data) {
        asy_release_obj(vm, s);
        return asy_raise_memory(vm);
    }
    s->capacity = content->size + 1;
    s->size = content->size;
    memcpy(s->data, content->data, content->size + 1);
    s->head.flags |= content->head.flags & STR_TEXT_FLAGS;
    s->hash = content->hash;
    return asy_from_obj(s);
}

StrObj *asy_str_exact(VM *vm, StrObj *s)
{
    if (s->head.type == vm->types.str) return asy_retain_obj(s);
    return asy_str_make(vm, s->data, s->size, s->head.flags & STR_TEXT_FLAGS);
}

static void str_free(VM *vm, ObjHeader *o)
{
    StrObj *s = (StrObj *)(void *)o;
    if (ASY_UNLIKELY(o->flags & STR_INTERNED)) asy_intern_forget(vm, s);
    if (o->flags & STR_BRIEF) return;
    if (s->index) asy_str_index_free(vm, s);
    if (s->capacity) asy_mem_free(vm, s->data, s->capacity);
}

// ---- comparing ----

uint64_t asy_str_hash(VM *vm, StrObj *s)
{
    if (ASY_UNLIKELY(!s->hash)) s->hash = asy_hash_bytes(vm, s->data, s->size);
    return s->hash;
}

bool asy_str_is(const StrObj *a, const char *text)
{
    size_t size = strlen(text);
    return a->size == size && memcmp(a->data, text, size) == 0;
}

static Value str_compare(VM *vm, Value a, Value b, Comparison op)
{
    (void)vm;
    if (!asy_is_str(vm, a) || !asy_is_str(vm, b)) return ASY_NOTIMPLEMENTED;
    const StrObj *x = asy_as_str(a), *y = asy_as_str(b);
    if (op == CMP_EQ) return asy_from_bool(asy_str_equal(x, y));
    if (op == CMP_NE) return asy_from_bool(!asy_str_equal(x, y));
    int order = asy_str_compare(x, y);
    switch (op) {
    case CMP_LT: return asy_from_bool(order < 0);
    case CMP_LE: return asy_from_bool(order <= 0);
    case CMP_GT: return asy_from_bool(order > 0);
    default: return asy_from_bool(order >= 0);
    }
}

static bool str_hash(VM *vm, Value self, int64_t *hash)
{
    *hash = (int64_t)asy_str_hash(vm, asy_as_str(self));
    return true;
}

// ---- joining ----

static uint32_t joined_flags(const StrObj *a, const StrObj *b)
{
    return (a->head.flags & b->head.flags & STR_ASCII) | ((a->head.flags | b->head.flags) & STR_SURROGATES);
}

StrObj *asy_str_concat(VM *vm, StrObj *a, StrObj *b)
{
    if (!a->size) return asy_str_exact(vm, b);
    if (!b->size) return asy_str_exact(vm, a);
    StrObj *s = str_alloc(vm, a->size + b->size, joined_flags(a, b));
    if (!s) return NULL;
    asy_str_copy_text(s->data, a->data, a->size);
    asy_str_copy_text(s->data + a->size, b->data, b->size);
    return s;
}

// Text that is being built by `s += t` grows in the room that its block has, and gets a buffer with more of it once
// it is worth it, as long as nobody else can see it.
static bool append_in_place(VM *vm, StrObj *s, const StrObj *b)
{
    size_t size = s->size + b->size;
    asy_str_index_free(vm, s);
    s->length = 0;
    if (size >= s->capacity) {
        size_t capacity = size < GROW_DOUBLES_MAX ? size * 2 : size + size / 4;
        char *data = asy_mem_resize(vm, s->data, s->capacity, capacity);
        if (!data) {
            asy_raise_memory(vm);
            return false;
        }
        s->data = data;
        s->capacity = capacity;
    }
    // `b` is not `s`: that would be a second reference.
    asy_str_copy_text(s->data + s->size, b->data, b->size);
    s->data[size] = '\0';
    uint32_t flags = joined_flags(s, b);
    s->head.flags = (s->head.flags & ~(uint32_t)STR_TEXT_FLAGS) | flags;
    s->size = size;
    s->hash = 0;
    return true;
}

static bool append_in_block(StrObj *s, const StrObj *b)
{
    size_t room = asy_heap_block_size(&s->head) - BRIEF_SIZE - 1, size = s->size + b->size;
    if (size > room || !asy_str_is_ascii(b)) return false;
    asy_str_copy_text(s->data + s->size, b->data, b->size);
    s->data[size] = '\0';
    s->size = size;
    s->hash = 0;
    return true;
}

bool asy_str_append(VM *vm, Value *a, StrObj *b)
{
    StrObj *s = asy_as_str(*a);
    if (!b->size && s->head.type == vm->types.str) return true;
    bool sole = s->head.refs == 1 && s->head.type == vm->types.str && s != b && !(s->head.flags & STR_INTERNED);
    if (sole && (s->head.flags & STR_BRIEF ? append_in_block(s, b) : s->capacity != 0)) {
        return s->head.flags & STR_BRIEF || append_in_place(vm, s, b);
    }
    StrObj *joined;
    size_t size = s->size + b->size;
    if (sole && size >= GROW_MIN && size < str_size_max) {
        char *data = asy_mem_alloc(vm, size * 2);
        joined = data ? asy_str_adopt(vm, data, size, size * 2, joined_flags(s, b)) : NULL;
        if (!joined) {
            asy_mem_free(vm, data, data ? size * 2 : 0);
            if (!data) asy_raise_memory(vm);
            return false;
        }
        memcpy(data, s->data, s->size);
        memcpy(data + s->size, b->data, b->size);
    } else {
        joined = asy_str_concat(vm, s, b);
        if (!joined) return false;
    }
    *a = asy_from_obj(joined);
    asy_release_obj(vm, s);
    return true;
}

static Value str_concat(VM *vm, Value a, Value b)
{
    if (!asy_is_str(vm, a)) return ASY_NOTIMPLEMENTED;
    if (!asy_is_str(vm, b)) {
        return asy_raise(vm, EXC_TypeError, "can only concatenate str (not \"%.200T\") to str", b);
    }
    StrObj *s = asy_str_concat(vm, asy_as_str(a), asy_as_str(b));
    return s ? asy_from_obj(s) : ASY_ERR;
}

StrObj *asy_str_repeat(VM *vm, StrObj *s, int64_t times)
{
    if (times <= 0 || !s->size) return shared_empty(vm);
    if (times == 1) return asy_str_exact(vm, s);
    if ((uint64_t)times > str_size_max / s->size) {
        asy_raise(vm, EXC_OverflowError, "repeated string is too long");
        return NULL;
    }
    size_t size = s->size * (size_t)times;
    StrObj *result = str_alloc(vm, size, s->head.flags & STR_TEXT_FLAGS);
    if (!result) return NULL;
    if (s->size == 1) {
        memset(result->data, s->data[0], size);
        return result;
    }
    memcpy(result->data, s->data, s->size);
    for (size_t done = s->size; done < size;) {
        size_t more = done < size - done ? done : size - done;
        memcpy(result->data + done, result->data, more);
        done += more;
    }
    return result;
}

static Value str_repeat(VM *vm, Value a, Value b)
{
    int64_t times;
    if (!asy_repeat_count(vm, b, &times)) return ASY_ERR;
    StrObj *s = asy_str_repeat(vm, asy_as_str(a), times);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// ---- parts ----

StrObj *asy_str_slice_bytes(VM *vm, StrObj *s, size_t from, size_t to)
{
    assert(from <= to && to <= s->size);
    if (from == 0 && to == s->size) return asy_str_exact(vm, s);
    uint32_t flags = s->head.flags & STR_TEXT_FLAGS;
    if (flags == STR_SURROGATES) flags = asy_str_scan(s->data + from, to - from, false);
    else if (!flags && asy_utf8_is_ascii(s->data + from, to - from)) flags = STR_ASCII;
    return asy_str_make(vm, s->data + from, to - from, flags);
}

StrObj *asy_str_slice(VM *vm, StrObj *s, size_t start, size_t end)
{
    if (start >= end) return shared_empty(vm);
    if (asy_str_is_ascii(s)) return asy_str_slice_bytes(vm, s, start, end);
    size_t from = asy_str_offset(vm, s, start), to;
    if (end - start <= SHORT_SLICE) to = from + asy_utf8_offset(s->data + from, s->size - from, end - start);
    else to = asy_str_offset(vm, s, end);
    StrObj *part = asy_str_slice_bytes(vm, s, from, to);
    if (part && !asy_str_is_ascii(part)) part->length = end - start;
    return part;
}

static Value str_slice_steps(VM *vm, StrObj *s, const SliceRange *range)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    if (asy_str_is_ascii(s)) {
        char *to = asy_builder_reserve(&out, range->count);
        if (!to) goto failed;
        int64_t at = range->start;
        for (size_t i = 0; i < range->count; i++, at += range->step) to[i] = s->data[at];
        out.size += range->count;
    } else if (range->step == -1) {
        const char *at = s->data + asy_str_offset(vm, s, (size_t)range->start + 1);
        for (size_t i = 0; i < range->count; i++) {
            if (!asy_builder_char(&out, asy_utf8_prev(&at))) goto failed;
        }
    } else {
        int64_t at = range->start;
        for (size_t i = 0; i < range->count; i++, at += range->step) {
            if (!asy_builder_char(&out, asy_str_char_at(vm, s, (size_t)at))) goto failed;
        }
    }
    StrObj *result = asy_builder_finish(&out);
    return result ? asy_from_obj(result) : ASY_ERR;
failed:
    asy_builder_free(&out);
    return ASY_ERR;
}

static Value str_getitem(VM *vm, Value self, Value key)
{
    StrObj *s = asy_as_str(self), *part;
    if (asy_is_slice(vm, key)) {
        SliceRange range;
        if (!asy_slice_unpack(vm, key, &range)) return ASY_ERR;
        asy_slice_adjust(&range, asy_str_length(vm, s));
        if (range.count && range.step != 1) return str_slice_steps(vm, s, &range);
        part = asy_str_slice(vm, s, (size_t)range.start, (size_t)range.start + range.count);
        return part ? asy_from_obj(part) : ASY_ERR;
    }
    int64_t i;
    if (ASY_LIKELY(asy_is_int(key))) {
        i = asy_as_small(key);
    } else {
        Value index = asy_index(vm, key);
        if (asy_is_err(index)) {
            if (!asy_error_catch(vm, EXC_TypeError)) return ASY_ERR;
            return asy_raise(vm, EXC_TypeError, "string indices must be integers, not '%.200T'", key);
        }
        bool fits = asy_int_as_i64(vm, index, &i);
        asy_release(vm, index);
        if (!fits) return asy_raise(vm, EXC_IndexError, "cannot fit '%.200T' into an index-sized integer", key);
    }
    int64_t length = (int64_t)asy_str_length(vm, s);
    if (i < 0) i += length;
    if (i < 0 || i >= length) return asy_raise_index(vm, "string index out of range");
    if (asy_str_is_ascii(s)) part = shared_char(vm, (unsigned char)s->data[i]);
    else part = asy_str_from_char(vm, asy_str_char_at(vm, s, (size_t)i));
    return part ? asy_from_obj(part) : ASY_ERR;
}

static int64_t str_length(VM *vm, Value self) { return (int64_t)asy_str_length(vm, asy_as_str(self)); }

static int str_contains(VM *vm, Value self, Value item)
{
    if (!asy_is_str(vm, item)) {
        asy_raise(vm, EXC_TypeError, "'in <string>' requires string as left operand, not %.200T", item);
        return -1;
    }
    const StrObj *s = asy_as_str(self), *part = asy_as_str(item);
    return asy_search_find(s->data, s->size, part->data, part->size) >= 0;
}

static int str_truth(VM *vm, Value self)
{
    (void)vm;
    return asy_as_str(self)->size != 0;
}

// ---- the type ----

static Value str_repr(VM *vm, Value self)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    if (!asy_builder_quoted(&out, asy_as_str(self), false)) {
        asy_builder_free(&out);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&out);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value str_str(VM *vm, Value self)
{
    StrObj *s = asy_str_exact(vm, asy_as_str(self));
    return s ? asy_from_obj(s) : ASY_ERR;
}

// str(object=''), str(object, encoding, errors)
static Value str_of(VM *vm, const Value *v)
{
    if (asy_is_nil(v[0])) return asy_retain(vm->empty_str);
    if (asy_is_nil(v[1]) && asy_is_nil(v[2])) return asy_str(vm, v[0]);
    StrObj *encoding = NULL, *errors = NULL;
    if (!asy_arg_str(vm, v[1], "str() argument 'encoding'", &encoding)) return ASY_ERR;
    if (!asy_arg_str(vm, v[2], "str() argument 'errors'", &errors)) return ASY_ERR;
    if (asy_is_str(vm, v[0])) return asy_raise(vm, EXC_TypeError, "decoding str is not supported");
    BufferView view;
    if (!asy_has_buffer(vm, v[0])) {
        return asy_raise(vm, EXC_TypeError, "decoding to str: need a bytes-like object, %.80T found", v[0]);
    }
    if (!asy_get_buffer(vm, v[0], &view)) return ASY_ERR;
    Value result = asy_codec_decode(vm, view.data, view.size, encoding, errors);
    asy_release_buffer(vm, &view);
    return result;
}

static Value str_new(VM *vm, Type *type, Args args)
{
    static const char *const names[] = { "object", "encoding", "errors" };
    Value v[3];
    if (args.n == 1 && asy_is_nil(args.kwnames) && type == vm->types.str) return asy_str(vm, args.v[0]);
    if (!asy_new_args(vm, "str", names, 3, 0, 0, args, v)) return ASY_ERR;
    StrObj *empty = shared_empty(vm);       // str_of relies on it
    if (!empty) return ASY_ERR;
    Value content = str_of(vm, v);
    asy_release_obj(vm, empty);
    if (asy_is_err(content) || type == vm->types.str) return content;
    Value result = asy_str_subclass_new(vm, type, asy_as_str(content));
    asy_release(vm, content);
    return result;
}

const TypeDef asy_str_type = {
    .name = "str",
    .size = sizeof(StrObj),
    .flags = TYPE_BASE | TYPE_STR | TYPE_MATCH_SELF,
    .doc = "str(object='') -> str\n"
           "str(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
           "Text of an object, or bytes decoded with an encoding (utf-8) and a way to treat errors (strict).",
    .free = str_free,
    .methods = asy_str_methods,
    .slots = {
        .repr = str_repr,
        .str = str_str,
        .hash = str_hash,
        .compare = str_compare,
        .iter = asy_str_iter,
        .length = str_length,
        .getitem = str_getitem,
        .contains = str_contains,
        .concat = str_concat,
        .repeat = str_repeat,
        .truth = str_truth,
        .mod = asy_str_percent,
        .new = str_new,
    },
};
