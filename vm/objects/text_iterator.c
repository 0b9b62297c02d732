// Iterators of bytes, bytearray and str.
#include "vm/core/abstract.h"
#include "base/utf8.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/iter.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/types.h"

// ---- bytes_iterator, bytearray_iterator ----

#define BYTES_ITER_FIELDS(V, O, N) V(sequence) /* NIL: exhausted */ N(size_t, index)
ASY_OBJECT(BytesIter, BYTES_ITER_FIELDS);
ASY_OBJECT_TRACE(BytesIter, BYTES_ITER_FIELDS)

static Value bytes_iter_next(VM *vm, Value self)
{
    BytesIter *it = asy_as(BytesIter, self);
    if (asy_is_nil(it->sequence)) return ASY_DONE;
    Span s = asy_bytes_span(vm, it->sequence);
    if (it->index < s.size) return asy_from_small(s.data[it->index++]);
    asy_clear(vm, &it->sequence);
    return ASY_DONE;
}

static Value bytes_iter_length_hint(VM *vm, Args a)
{
    const BytesIter *it = asy_as(BytesIter, a.self);
    size_t size = asy_is_nil(it->sequence) ? 0 : asy_bytes_span(vm, it->sequence).size;
    return asy_from_small(size > it->index ? (int64_t)(size - it->index) : 0);
}

static Value bytes_iter_reduce(VM *vm, Args a)
{
    const BytesIter *it = asy_as(BytesIter, a.self);
    if (!asy_is_nil(it->sequence)) return asy_iter_reduce(vm, "iter", it->sequence, asy_from_small((int64_t)it->index));
    return asy_iter_reduce(vm, "iter", vm->empty_tuple, ASY_NIL);
}

static Value bytes_iter_setstate(VM *vm, Args a)
{
    BytesIter *it = asy_as(BytesIter, a.self);
    int64_t index;
    if (!asy_to_size_clamped(vm, a.v[0], &index)) return ASY_ERR;
    if (!asy_is_nil(it->sequence)) it->index = index < 0 ? 0 : (size_t)index;
    return ASY_NONE;
}

static const MethodDef bytes_iter_methods[] = {
    { "__length_hint__", bytes_iter_length_hint, "()", 0, NULL },
    { "__reduce__", bytes_iter_reduce, "()", 0, NULL },
    { "__setstate__", bytes_iter_setstate, "(state, /)", 0, NULL },
    { 0 },
};

static const TypeDef bytes_iterator_type = {
    .name = "bytes_iterator",
    .size = sizeof(BytesIter),
    .flags = TYPE_DISALLOW_NEW,
    .trace = BytesIter_trace,
    .clear = BytesIter_clear,
    .methods = bytes_iter_methods,
    .slots = { .iter = asy_iter_self, .next = bytes_iter_next },
};
static const TypeDef bytearray_iterator_type = {
    .name = "bytearray_iterator",
    .size = sizeof(BytesIter),
    .flags = TYPE_DISALLOW_NEW,
    .trace = BytesIter_trace,
    .clear = BytesIter_clear,
    .methods = bytes_iter_methods,
    .slots = { .iter = asy_iter_self, .next = bytes_iter_next },
};

Value asy_bytes_iter(VM *vm, Value self)
{
    Type *type = asy_type_ready(vm, asy_is_bytes(vm, self) ? &bytes_iterator_type : &bytearray_iterator_type);
    BytesIter *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->sequence = asy_retain(self);
    return asy_from_obj(it);
}

// ---- str_iterator ----

static void str_iter_clear(VM *vm, ObjHeader *o)
{
    StrIterObj *it = (StrIterObj *)(void *)o;
    StrObj *s = it->str;
    it->str = NULL;
    asy_release_obj(vm, s);
}

static Value str_iter_next(VM *vm, Value self)
{
    StrIterObj *it = asy_as(StrIterObj, self);
    StrObj *s = it->str;
    if (!s) return ASY_DONE;
    if (it->offset == s->size) {
        str_iter_clear(vm, &it->head);
        return ASY_DONE;
    }
    const char *from = s->data + it->offset, *at = from;
    uint32_t c = asy_utf8_next(&at);
    StrObj *one = asy_str_from_char(vm, c);
    if (!one) return ASY_ERR;
    it->offset += (size_t)(at - from);
    return asy_from_obj(one);
}

static Value str_iter_length_hint(VM *vm, Args a)
{
    const StrIterObj *it = asy_as(StrIterObj, a.self);
    (void)vm;
    return asy_from_small(it->str ? (int64_t)asy_utf8_count(it->str->data + it->offset, it->str->size - it->offset) : 0);
}

static Value str_iter_reduce(VM *vm, Args a)
{
    const StrIterObj *it = asy_as(StrIterObj, a.self);
    if (!it->str) return asy_iter_reduce(vm, "iter", asy_from_obj(asy_name(vm, empty)), ASY_NIL);
    return asy_iter_reduce(vm, "iter", asy_from_obj(it->str), asy_from_small((int64_t)asy_str_position(vm, it->str, it->offset)));
}

static Value str_iter_setstate(VM *vm, Args a)
{
    StrIterObj *it = asy_as(StrIterObj, a.self);
    int64_t index;
    if (!asy_to_size_clamped(vm, a.v[0], &index)) return ASY_ERR;
    if (!it->str) return ASY_NONE;
    int64_t length = (int64_t)asy_str_length(vm, it->str);
    it->offset = asy_str_offset(vm, it->str, (size_t)(index < 0 ? 0 : index > length ? length : index));
    return ASY_NONE;
}

static const MethodDef str_iter_methods[] = {
    { "__length_hint__", str_iter_length_hint, "()", 0, NULL },
    { "__reduce__", str_iter_reduce, "()", 0, NULL },
    { "__setstate__", str_iter_setstate, "(state, /)", 0, NULL },
    { 0 },
};

Value asy_str_iter(VM *vm, Value self)
{
    StrIterObj *it = asy_object_alloc(vm, vm->types.str_iterator);
    if (!it) return ASY_ERR;
    it->str = asy_str_exact(vm, asy_as_str(self));
    if (!it->str) {
        asy_release_obj(vm, it);
        return ASY_ERR;
    }
    return asy_from_obj(it);
}

// An exact str holds no references, so this is no container for the collector.
const TypeDef asy_str_iterator_type = {
    .name = "str_iterator",
    .size = sizeof(StrIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .clear = str_iter_clear,
    .methods = str_iter_methods,
    .slots = { .iter = asy_iter_self, .next = str_iter_next },
};
