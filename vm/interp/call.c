// Binding arguments of script functions, and the TypeErrors of calls that do not fit (CPython's words).
#include "vm/interp/call.h"

#include <stdio.h>

#include "vm/core/abstract.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// "f() takes 2 positional arguments but 3 were given", and its variants.
static void raise_too_many(VM *vm, FunctionObj *f, uint32_t given, uint32_t kwonly_given)
{
    const CodeObj *co = f->code;
    uint32_t ndefaults = asy_is_nil(f->defaults) ? 0 : (uint32_t)asy_as_tuple(f->defaults)->size;
    uint32_t max = co->argcount;
    bool plural = ndefaults ? true : max != 1;
    char takes[64];
    if (ndefaults) snprintf(takes, sizeof takes, "from %u to %u", max - ndefaults, max);
    else snprintf(takes, sizeof takes, "%u", max);
    char extra[96] = "";
    if (kwonly_given) {
        snprintf(extra, sizeof extra, " positional argument%s (and %u keyword-only argument%s)", given != 1 ? "s" : "",
                 kwonly_given, kwonly_given != 1 ? "s" : "");
    }
    asy_raise(vm, EXC_TypeError, "%S() takes %s positional argument%s but %u%s %s given", f->qualname, takes,
              plural ? "s" : "", given, extra, given == 1 && !kwonly_given ? "was" : "were");
}

// "f() missing 2 required positional arguments: 'a' and 'b'"
static void raise_missing(VM *vm, FunctionObj *f, const Value *slots, uint32_t from, uint32_t to, const char *kind)
{
    const CodeObj *co = f->code;
    uint32_t missing = 0, done = 0;
    for (uint32_t i = from; i < to; i++) missing += asy_is_unbound(slots[i]);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_format(&b, "%S() missing %u required %s argument%s: ", f->qualname, missing, kind,
                                 missing != 1 ? "s" : "");
    for (uint32_t i = from; ok && i < to; i++) {
        if (!asy_is_unbound(slots[i])) continue;
        const char *sep = done == 0 ? "" : done + 1 < missing ? ", " : missing == 2 ? " and " : ", and ";
        ok = asy_builder_format(&b, "%s'%U'", sep, co->locals[i]);
        done++;
    }
    if (!ok) {
        asy_builder_free(&b);
        return;
    }
    StrObj *text = asy_builder_finish(&b);
    if (!text) return;
    asy_raise_kind(vm, EXC_TypeError, asy_from_obj(text));
    asy_release_obj(vm, text);
}

static bool same_name(const StrObj *a, Value b)
{
    return asy_from_obj(a).bits == b.bits || asy_str_equal(a, asy_as_str(b));
}

// Positional-only parameters that were given by keyword, for the message.
static bool raise_posonly(VM *vm, FunctionObj *f, Value kwnames)
{
    const CodeObj *co = f->code;
    TupleObj *names = asy_as_tuple(kwnames);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool any = false, ok = true;
    for (uint32_t p = 0; ok && p < co->posonly; p++) {
        for (size_t k = 0; ok && k < names->size; k++) {
            if (!same_name(co->locals[p], names->items[k])) continue;
            if (!any) {
                ok = asy_builder_format(&b, "%S() got some positional-only arguments passed as keyword arguments: '",
                                        f->qualname);
            } else {
                ok = asy_builder_c(&b, ", ");
            }
            ok = ok && asy_builder_str(&b, co->locals[p]);
            any = true;
        }
    }
    ok = ok && (!any || asy_builder_c(&b, "'"));
    if (!ok || !any) {
        asy_builder_free(&b);
        return !ok;
    }
    StrObj *text = asy_builder_finish(&b);
    if (!text) return true;
    asy_raise_kind(vm, EXC_TypeError, asy_from_obj(text));
    asy_release_obj(vm, text);
    return true;
}

bool asy_call_bind(VM *vm, FunctionObj *f, Value *slots, const Value *v, uint32_t n, Value kwnames)
{
    const CodeObj *co = f->code;
    uint32_t argcount = co->argcount, nparams = argcount + co->kwonly;
    uint32_t varargs = nparams, varkw = nparams + !!(co->flags & CODE_VARARGS);
    TupleObj *names = asy_is_nil(kwnames) ? NULL : asy_as_tuple(kwnames);
    DictObj *rest = NULL;
    for (uint32_t i = 0; i < co->nlocals; i++) slots[i] = ASY_UNBOUND;

    uint32_t direct = n < argcount ? n : argcount;
    for (uint32_t i = 0; i < direct; i++) slots[i] = asy_retain(v[i]);
    if (co->flags & CODE_VARARGS) {
        TupleObj *t = asy_tuple_from(vm, v + direct, n - direct);
        if (!t) goto failed;
        slots[varargs] = asy_from_obj(t);
    }
    if (co->flags & CODE_VARKEYWORDS) {
        rest = asy_dict_new(vm);
        if (!rest) goto failed;
        slots[varkw] = asy_from_obj(rest);
    }
    for (size_t k = 0; names && k < names->size; k++) {
        Value key = names->items[k], value = v[n + k];
        if (ASY_UNLIKELY(!asy_is_str(vm, key))) {
            asy_raise(vm, EXC_TypeError, "%S() keywords must be strings", f->qualname);
            goto failed;
        }
        uint32_t i = co->posonly;
        for (; i < nparams; i++) {      // interned names first: the usual case
            if (asy_from_obj(co->locals[i]).bits == key.bits) break;
        }
        if (ASY_UNLIKELY(i == nparams)) {
            for (i = co->posonly; i < nparams; i++) {
                if (asy_str_equal(co->locals[i], asy_as_str(key))) break;
            }
        }
        if (i == nparams) {
            if (rest) {
                if (!asy_dict_set(vm, rest, key, value)) goto failed;
                continue;
            }
            if (co->posonly && raise_posonly(vm, f, kwnames)) goto failed;
            asy_raise(vm, EXC_TypeError, "%S() got an unexpected keyword argument '%S'", f->qualname, key);
            goto failed;
        }
        if (ASY_UNLIKELY(!asy_is_unbound(slots[i]))) {
            asy_raise(vm, EXC_TypeError, "%S() got multiple values for argument '%S'", f->qualname, key);
            goto failed;
        }
        slots[i] = asy_retain(value);
    }
    if (ASY_UNLIKELY(n > argcount && !(co->flags & CODE_VARARGS))) {
        uint32_t kwonly_given = 0;
        for (uint32_t i = argcount; i < nparams; i++) kwonly_given += !asy_is_unbound(slots[i]);
        raise_too_many(vm, f, n, kwonly_given);
        goto failed;
    }
    if (n < argcount) {
        uint32_t ndefaults = asy_is_nil(f->defaults) ? 0 : (uint32_t)asy_as_tuple(f->defaults)->size;
        uint32_t required = argcount > ndefaults ? argcount - ndefaults : 0;
        for (uint32_t i = n; i < required; i++) {
            if (ASY_UNLIKELY(asy_is_unbound(slots[i]))) {
                raise_missing(vm, f, slots, 0, required, "positional");
                goto failed;
            }
        }
        for (uint32_t i = n > required ? n : required; i < argcount; i++) {
            if (asy_is_unbound(slots[i])) slots[i] = asy_retain(asy_as_tuple(f->defaults)->items[i + ndefaults - argcount]);
        }
    }
    for (uint32_t i = argcount; i < nparams; i++) {
        if (!asy_is_unbound(slots[i])) continue;
        Value value = ASY_NIL;
        if (!asy_is_nil(f->kwdefaults)) value = asy_dict_get_str(vm, asy_as_dict(f->kwdefaults), co->locals[i]);
        if (!asy_is_nil(value)) slots[i] = asy_retain(value);
        else if (asy_error_pending(vm)) goto failed;
    }
    for (uint32_t i = argcount; i < nparams; i++) {
        if (ASY_UNLIKELY(asy_is_unbound(slots[i]))) {
            raise_missing(vm, f, slots, argcount, nparams, "keyword-only");
            goto failed;
        }
    }
    return true;
failed:
    for (uint32_t i = 0; i < co->nlocals; i++) {
        Value dead = slots[i];
        slots[i] = ASY_NIL;
        asy_release(vm, dead);
    }
    return false;
}

enum { MOVING_MAX = 16 };       // keywords; arbitrary

bool asy_call_bind_moving(FunctionObj *f, Value *slots, Value *v, uint32_t n, const TupleObj *names)
{
    const CodeObj *co = f->code;
    uint32_t argcount = co->argcount, nparams = argcount + co->kwonly, nkw = (uint32_t)names->size;
    if (co->flags & (CODE_VARARGS | CODE_VARKEYWORDS) || n > argcount || nkw > MOVING_MAX) return false;
    const TupleObj *defaults = asy_is_nil(f->defaults) ? NULL : asy_as_tuple(f->defaults);
    uint32_t first_default = argcount - (defaults ? (uint32_t)defaults->size : 0);
    uint16_t to[MOVING_MAX];
    uint64_t given = 0;         // parameters from n on
    for (uint32_t k = 0; k < nkw; k++) {
        uint32_t i = n + k;     // where it is if the keywords stand in order
        if (i >= nparams || asy_from_obj(co->locals[i]).bits != names->items[k].bits) {
            for (i = n; i < nparams && asy_from_obj(co->locals[i]).bits != names->items[k].bits;) i++;
        }
        if (i >= nparams || i < co->posonly || i - n >= 64 || given >> (i - n) & 1) return false;
        given |= UINT64_C(1) << (i - n);
        to[k] = (uint16_t)i;
    }
    for (uint32_t i = n; i < nparams; i++) {
        if (i - n < 64 && given >> (i - n) & 1) continue;
        if (i >= argcount || i < first_default) return false;
    }
    for (uint32_t i = 0; i < n; i++) slots[i] = v[i], v[i] = ASY_NIL;
    for (uint32_t i = n; i < co->nlocals; i++) slots[i] = ASY_UNBOUND;
    for (uint32_t k = 0; k < nkw; k++) slots[to[k]] = v[n + k], v[n + k] = ASY_NIL;
    for (uint32_t i = n > first_default ? n : first_default; i < argcount; i++) {
        if (asy_is_unbound(slots[i])) slots[i] = asy_retain(defaults->items[i - first_default]);
    }
    return true;
}

bool asy_call_bind_tuple(VM *vm, FunctionObj *f, Value *slots, Value self, const TupleObj *args, Value kwargs)
{
    DictObj *keywords = asy_is_nil(kwargs) || asy_as_dict(kwargs)->count == 0 ? NULL : asy_as_dict(kwargs);
    if (asy_is_nil(self) && !keywords) return asy_call_bind(vm, f, slots, args->items, (uint32_t)args->size, ASY_NIL);
    size_t n = args->size + !asy_is_nil(self), total = n + (keywords ? keywords->count : 0);
    Value local[12], *v = local;
    if (total > sizeof local / sizeof *local) {
        v = asy_mem_alloc(vm, total * sizeof(Value));
        if (!v) return asy_raise_memory(vm), false;
    }
    size_t given = 0;
    if (!asy_is_nil(self)) v[given++] = self;
    for (size_t i = 0; i < args->size; i++) v[given++] = args->items[i];
    TupleObj *names = keywords ? asy_tuple_alloc(vm, keywords->count) : NULL;
    bool ok = !keywords || names;
    size_t k = 0;
    for (uint32_t i = 0; names && i < keywords->used; i++) {
        Value key = keywords->entries[i].key;
        if (asy_is_nil(key)) continue;
        if (!asy_is_str(vm, key)) {
            asy_raise(vm, EXC_TypeError, "keywords must be strings");
            ok = false;
        }
        names->items[k++] = asy_retain(key);
        v[given++] = keywords->entries[i].value;
    }
    ok = ok && asy_call_bind(vm, f, slots, v, (uint32_t)n, names ? asy_from_obj(names) : ASY_NIL);
    asy_release_obj(vm, names);
    if (v != local) asy_mem_free(vm, v, total * sizeof(Value));
    return ok;
}
