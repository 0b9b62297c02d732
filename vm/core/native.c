// Native functions: their signatures, how arguments are bound to them, and what is said when they do not fit.
//
// A signature is parsed when its function is first called. CPython has several argument parsers that word the same
// mistake differently; which one a function would have there follows from its signature (checked against 3.12):
//   ()              list.clear() takes no arguments (1 given)
//   (x, /)          list.append() takes exactly one argument (2 given)
//   (x, y=0, /)     pop expected at most 1 argument, got 2
//   with keywords   sum() takes at most 2 arguments (3 given), 'x' is an invalid keyword argument for sum()
#include "vm/core/native.h"

#include <stdarg.h>
#include <string.h>

#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/core/vm.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/float.h"
#include "vm/objects/function.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"

// ---- signatures ----

typedef struct Token {
    const char *text;
    size_t size;                // of the whole parameter, default included
    size_t name_size;
} Token;

// The next parameter, without its comma; false at the closing parenthesis. Defaults may hold brackets and quotes.
static bool next_parameter(const char **at, Token *out)
{
    const char *p = *at;
    while (*p == ' ' || *p == ',') p++;
    if (*p == ')' || !*p) return false;
    const char *start = p;
    size_t name_size = 0;
    int depth = 0;
    char quote = 0;
    for (; *p && (depth > 0 || quote || (*p != ',' && *p != ')')); p++) {
        if (quote) {
            if (*p == quote) quote = 0;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '(' || *p == '[' || *p == '{') {
            depth++;
        } else if (*p == ')' || *p == ']' || *p == '}') {
            depth--;
        } else if (*p == '=' && name_size == 0) {
            name_size = (size_t)(p - start);
        }
    }
    size_t size = (size_t)(p - start);
    *out = (Token){ start, size, name_size ? name_size : size };
    *at = p;
    return true;
}

static bool is_token(Token t, const char *text) { return t.size == strlen(text) && memcmp(t.text, text, t.size) == 0; }

static const NativeParams *params_parse(VM *vm, const MethodDef *def)
{
    const char *signature = def->signature ? def->signature : "()";
    assert(signature[0] == '(');
    uint32_t count = 0;
    Token t;
    for (const char *at = signature + 1; next_parameter(&at, &t);) count += !is_token(t, "/") && !is_token(t, "*");
    assert(count <= NATIVE_PARAMS_MAX);
    size_t size = sizeof(NativeParams) + count * sizeof(NativeParam);
    NativeParams *p = asy_mem_alloc(vm, size);
    if (!p) {
        asy_raise_memory(vm);
        return NULL;
    }
    memset(p, 0, size);
    p->def = def;
    p->varargs = p->varkw = -1;
    bool keyword_only = false, has_default = false;
    for (const char *at = signature + 1; next_parameter(&at, &t);) {
        if (is_token(t, "/")) {
            p->positional_only = p->count;
            continue;
        }
        if (is_token(t, "*")) {
            keyword_only = true;
            continue;
        }
        NativeParam *param = &p->params[p->count];
        size_t stars = t.text[0] != '*' ? 0 : t.text[1] == '*' ? 2 : 1;
        param->name = asy_intern(vm, t.text + stars, t.name_size - stars);
        if (!param->name) {
            while (p->count-- > 0) asy_release_obj(vm, p->params[p->count].name);
            asy_mem_free(vm, p, size);
            return NULL;
        }
        if (t.name_size < t.size) {
            param->default_text = t.text + t.name_size + 1;
            param->default_size = (uint32_t)(t.size - t.name_size - 1);
        }
        if (stars == 1) {
            p->varargs = (int32_t)p->count;
            keyword_only = true;
        } else if (stars == 2) {
            p->varkw = (int32_t)p->count;
        } else if (!keyword_only) {
            p->positional++;
            has_default |= param->default_text != NULL;
            if (!has_default) p->required++;
        }
        p->count++;
    }
    p->simple = p->positional_only == p->count;
    p->next = vm->native_params;
    vm->native_params = p;
    return p;
}

const NativeParams *asy_native_params(VM *vm, const MethodDef *def)
{
    assert(!(def->flags & NATIVE_RAW));
    return params_parse(vm, def);
}

void asy_native_params_close(VM *vm)
{
    while (vm->native_params) {
        NativeParams *p = vm->native_params;
        vm->native_params = p->next;
        for (uint32_t i = 0; i < p->count; i++) asy_release_obj(vm, p->params[i].name);
        asy_mem_free(vm, p, sizeof(NativeParams) + p->count * sizeof(NativeParam));
    }
}

Value asy_native_text_signature(VM *vm, const MethodDef *def, bool has_self, bool is_class)
{
    const char *text = def->signature;
    if (!text) {
        if (def->flags & NATIVE_RAW) return ASY_NONE;
        text = "()";
    }
    if (!has_self) return asy_str_value(vm, text);
    // The receiver is positional-only, which takes a "/" of its own unless the signature has one.
    const char *self = is_class ? "$type" : "$self";
    bool slash = strstr(text, "/") != NULL;
    bool empty = text[1] == ')';
    StrObj *s = asy_format(vm, "(%s%s%s%s", self, slash ? "" : ", /", empty ? "" : ", ", text + 1);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// ---- what is said when arguments do not fit ----

typedef struct Callee {
    const MethodDef *def;
    const NativeParams *params;
    Value self;
    Type *owner;
} Callee;

// "list.append", "math.sqrt", "len": with what it belongs to, unless that is builtins.
static StrObj *callee_name(VM *vm, const Callee *c)
{
    Type *owner = c->owner;
    if (!owner && asy_is_nil(c->self)) return asy_str_from_c(vm, c->def->name);
    if (!owner && asy_is_module(vm, c->self)) {
        Value module = asy_module_name(vm, c->self);
        if (asy_is_nil(module) || asy_str_is(asy_as_str(module), "builtins")) return asy_str_from_c(vm, c->def->name);
        return asy_format(vm, "%U.%s", asy_as_str(module), c->def->name);
    }
    if (!owner) {
        owner = asy_class_of(vm, c->self);
        if (owner->flags & TYPE_TYPE) owner = asy_as(Type, c->self);
    }
    return asy_format(vm, "%U.%s", owner->qualname, c->def->name);
}

ASY_COLD static void raise_named(VM *vm, const Callee *c, const char *rest, uint32_t given)
{
    StrObj *name = callee_name(vm, c);
    if (!name) return;
    StrObj *tail = asy_format(vm, rest, given);
    if (tail) asy_raise(vm, EXC_TypeError, "%U() takes %U", name, tail);
    asy_release_obj(vm, tail);
    asy_release_obj(vm, name);
}

static const char *plural(uint32_t n) { return n == 1 ? "" : "s"; }

// Positional arguments given to a function that takes no keywords, when they are too many or too few.
ASY_COLD static void raise_count(VM *vm, const Callee *c, uint32_t n)
{
    const NativeParams *p = c->params;
    const char *name = c->def->name;
    if (p->simple && p->count == 0) {
        raise_named(vm, c, "no arguments (%u given)", n);
    } else if (p->simple && p->count == 1 && p->required == 1) {
        raise_named(vm, c, "exactly one argument (%u given)", n);
    } else {
        uint32_t limit = n < p->required ? p->required : p->positional;
        const char *how = p->required == p->positional && p->varargs < 0 ? "" : n < p->required ? "at least " : "at most ";
        asy_raise(vm, EXC_TypeError, "%s expected %s%u argument%s, got %u", name, how, limit, plural(limit), n);
    }
}

ASY_COLD static void raise_too_many(VM *vm, const Callee *c, uint32_t n, uint32_t keywords)
{
    const NativeParams *p = c->params;
    const char *name = c->def->name;
    uint32_t most = p->positional;
    if (n + keywords > p->count) {
        asy_raise(vm, EXC_TypeError, "%s() takes at most %u %sargument%s (%u given)", name, p->count,
                  n == 0 ? "keyword " : "", plural(p->count), n + keywords);
    } else if (most == 0) {
        asy_raise(vm, EXC_TypeError, "%s() takes no positional arguments", name);
    } else {
        asy_raise(vm, EXC_TypeError, "%s() takes %s %u positional argument%s (%u given)", name,
                  p->required < most ? "at most" : "exactly", most, plural(most), n);
    }
}

// ---- binding ----

// Keyword arguments into out[]; what fits no parameter into **kwargs, if there is one.
static bool bind_keywords(VM *vm, const Callee *c, uint32_t n, const Value *values, Value kwnames, Value *out)
{
    const NativeParams *p = c->params;
    TupleObj *names = asy_as_tuple(kwnames);
    for (size_t k = 0; k < names->size; k++) {
        StrObj *name = asy_as_str(names->items[k]);
        uint32_t i = p->positional_only;
        for (; i < p->count; i++) {
            if ((int32_t)i == p->varargs || (int32_t)i == p->varkw) continue;
            if (p->params[i].name == name || asy_str_equal(p->params[i].name, name)) break;
        }
        if (i == p->count) {
            if (p->varkw >= 0) {
                if (!asy_dict_set(vm, asy_as_dict(out[p->varkw]), names->items[k], values[k])) return false;
                continue;
            }
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", name, c->def->name);
            return false;
        }
        if (i < n && i < p->positional) {
            asy_raise(vm, EXC_TypeError, "argument for %s() given by name ('%U') and position (%u)", c->def->name, name,
                      i + 1);
            return false;
        }
        out[i] = values[k];
    }
    return true;
}

// Everything but the collecting *args and **kwargs, which are in out[] already.
static bool bind(VM *vm, const Callee *c, const Value *v, uint32_t n, Value kwnames, Value *out)
{
    const NativeParams *p = c->params;
    uint32_t keywords = asy_is_nil(kwnames) ? 0 : (uint32_t)asy_as_tuple(kwnames)->size;
    bool by_position = p->varkw < 0 && p->positional_only + (p->varargs >= 0) == p->count;
    if (by_position && keywords) {
        raise_named(vm, c, "no keyword arguments", 0);
        return false;
    }
    if (by_position && (n < p->required || (n > p->positional && p->varargs < 0))) {
        raise_count(vm, c, n);
        return false;
    }
    if (n > p->positional && p->varargs < 0) {
        raise_too_many(vm, c, n, keywords);
        return false;
    }
    uint32_t least = p->required < p->positional_only ? p->required : p->positional_only;
    if (n < least) {
        if (p->varargs >= 0) {
            raise_count(vm, c, n);
        } else {
            asy_raise(vm, EXC_TypeError, "%s() takes %s %u positional argument%s (%u given)", c->def->name,
                      least < p->positional ? "at least" : "exactly", least, plural(least), n);
        }
        return false;
    }
    if (p->varargs < 0 && p->varkw < 0 && n + keywords > p->count) {
        raise_too_many(vm, c, n, keywords);
        return false;
    }
    for (uint32_t i = 0; i < n && i < p->positional; i++) out[i] = v[i];
    if (keywords && !bind_keywords(vm, c, n, v + n, kwnames, out)) return false;
    for (uint32_t i = 0; i < p->count; i++) {
        if (!asy_is_nil(out[i]) || p->params[i].default_text) continue;
        asy_raise(vm, EXC_TypeError, "%s() missing required argument '%U' (pos %u)", c->def->name, p->params[i].name,
                  i + 1);
        return false;
    }
    return true;
}

Value asy_native_call(VM *vm, const MethodDef *def, const NativeParams **params, Value self, Type *owner, const Value *v,
                      uint32_t n, Value kwnames)
{
    if (ASY_UNLIKELY((char *)__builtin_frame_address(0) < vm->thread->c_stack_limit) && !asy_check_c_stack(vm, "")) {
        return ASY_ERR;
    }
    if (def->flags & NATIVE_RAW) return def->fn(vm, (Args){ self, v, n, kwnames });
    const NativeParams *p = *params;
    if (ASY_UNLIKELY(!p)) {
        *params = p = asy_native_params(vm, def);
        if (!p) return ASY_ERR;
    }
    if (ASY_LIKELY(n == p->count && n == p->positional && asy_is_nil(kwnames))) {
        return def->fn(vm, (Args){ self, v, n, ASY_NIL });
    }
    Value out[NATIVE_PARAMS_MAX];
    for (uint32_t i = 0; i < p->count; i++) out[i] = ASY_NIL;
    if (p->positional == p->count && asy_is_nil(kwnames) && n >= p->required && n < p->count) {
        for (uint32_t i = 0; i < n; i++) out[i] = v[i];
        return def->fn(vm, (Args){ self, out, p->count, ASY_NIL });
    }
    Value result = ASY_ERR;
    Callee callee = { def, p, self, owner };
    if (p->varargs >= 0) {
        bool extra = n > p->positional;
        TupleObj *rest = asy_tuple_from(vm, extra ? v + p->positional : v, extra ? n - p->positional : 0);
        if (!rest) return ASY_ERR;
        out[p->varargs] = asy_from_obj(rest);
    }
    if (p->varkw >= 0) {
        DictObj *rest = asy_dict_new(vm);
        if (!rest) goto done;
        out[p->varkw] = asy_from_obj(rest);
    }
    if (bind(vm, &callee, v, n, kwnames, out)) result = def->fn(vm, (Args){ self, out, p->count, ASY_NIL });
done:
    if (p->varargs >= 0) asy_release(vm, out[p->varargs]);
    if (p->varkw >= 0) asy_release(vm, out[p->varkw]);
    return result;
}

// ---- conversions of single arguments ----

bool asy_arg_i64(VM *vm, Value v, int64_t *out) { return asy_is_nil(v) || asy_to_i64(vm, v, out); }

bool asy_arg_size(VM *vm, Value v, int64_t *out) { return asy_is_nil(v) || asy_to_size_clamped(vm, v, out); }

bool asy_arg_double(VM *vm, Value v, double *out) { return asy_is_nil(v) || asy_to_double(vm, v, out); }

bool asy_arg_bool(VM *vm, Value v, bool *out)
{
    if (asy_is_nil(v)) return true;
    int truth = asy_truth(vm, v);
    if (truth < 0) return false;
    *out = truth == 1;
    return true;
}

bool asy_arg_str(VM *vm, Value v, const char *what, StrObj **out)
{
    if (asy_is_nil(v)) return true;
    if (!asy_is_str(vm, v)) {
        asy_raise(vm, EXC_TypeError, "%s must be str, not %T", what, v);
        return false;
    }
    *out = asy_as_str(v);
    return true;
}
