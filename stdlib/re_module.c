// _re: the functions of module re that take a pattern as text, and the patterns kept for them.
#include "stdlib/re.h"

enum { KEPT_MAX = 512 };        // CPython's

typedef struct ReShared {       // the VM's
    DictObj *plain;             // pattern of exactly str, without flags: Pattern
    DictObj *others;            // (type, pattern, flags): Pattern
    pcre2_jit_stack *stack;     // see re_engine.c
} ReShared;

// ---- what the VM keeps ----

static void shared_trace(Tracer *t, void *data)
{
    const ReShared *s = data;
    asy_trace_header(t, (ObjHeader *)(void *)s->plain);
    asy_trace_header(t, (ObjHeader *)(void *)s->others);
}

static void shared_close(VM *vm, void *data)
{
    ReShared *s = data;
    DictObj *plain = s->plain, *others = s->others;
    s->plain = s->others = NULL;
    asy_release_obj(vm, plain);
    asy_release_obj(vm, others);
}

// The stack goes after the patterns. A finaliser may have had some kept once more.
static void shared_free(VM *vm, void *data)
{
    ReShared *s = data;
    shared_close(vm, s);
    pcre2_jit_stack_free(s->stack);
    asy_mem_free(vm, s, sizeof *s);
}

// NULL: MemoryError.
static ReShared *shared_get(VM *vm)
{
    ReShared *s = vm->data[VM_DATA_RE];
    if (!s) {
        s = asy_mem_alloc(vm, sizeof *s);
        if (!s) {
            asy_raise_memory(vm);
            return NULL;
        }
        *s = (ReShared){ 0 };
        vm->data[VM_DATA_RE] = s;
        vm->data_trace[VM_DATA_RE] = shared_trace;
        vm->data_close[VM_DATA_RE] = shared_close;
        vm->data_free[VM_DATA_RE] = shared_free;
    }
    if (!s->plain && !(s->plain = asy_dict_new(vm))) return NULL;
    if (!s->others && !(s->others = asy_dict_new(vm))) return NULL;
    return s;
}

pcre2_jit_stack *asy_re_jit_stack(VM *vm, size_t min, size_t max)
{
    ReShared *s = vm->data[VM_DATA_RE];
    if (s && !s->stack) s->stack = pcre2_jit_stack_create(min, max, NULL);
    return s ? s->stack : NULL;
}

// Keeps a pattern, in place of the oldest if there are many.
static bool keep(VM *vm, DictObj *kept, Value key, Value pattern)
{
    if (kept->count >= KEPT_MAX) {
        uint32_t at = 0;
        Value oldest, value;
        if (asy_dict_next(kept, &at, &oldest, &value)) {
            asy_retain(oldest);
            int gone = asy_dict_delete(vm, kept, oldest);
            asy_release(vm, oldest);
            if (gone < 0) return false;
        }
    }
    return asy_dict_set(vm, kept, key, pattern);
}

static Value compile_kept(VM *vm, DictObj *kept, Value key, Value pattern, int64_t flags)
{
    Value made = asy_re_compile(vm, pattern, (uint32_t)flags);
    if (asy_is_err(made) || keep(vm, kept, key, made)) return made;
    asy_release(vm, made);
    return ASY_ERR;
}

// The Pattern of a text, or of a Pattern itself; owned.
static Value pattern_of(VM *vm, Value pattern, Value flags_value)
{
    int64_t flags = 0;
    Value found;
    if (!asy_arg_i64(vm, flags_value, &flags)) return ASY_ERR;
    ReShared *s = shared_get(vm);
    if (!s) return ASY_ERR;
    if (!flags && asy_is_obj(pattern) && asy_as_obj(pattern)->type == vm->types.str) {
        found = asy_dict_get_str(vm, s->plain, asy_as_str(pattern));
        return asy_is_nil(found) ? compile_kept(vm, s->plain, pattern, pattern, 0) : asy_retain(found);
    }
    if (asy_is_obj(pattern) && asy_as_obj(pattern)->type->def == &asy_re_pattern_type) {
        if (flags) return asy_raise(vm, EXC_ValueError, "cannot process flags argument with a compiled pattern");
        return asy_retain(pattern);
    }
    Value number = asy_int_from_i64(vm, flags);
    Value key = asy_is_err(number) ? ASY_ERR : asy_tuple_pack(vm, 3, asy_from_obj(asy_type_of(vm, pattern)), pattern, number);
    asy_release(vm, number);
    if (asy_is_err(key)) return ASY_ERR;
    DictObj *others = asy_retain_obj(s->others);        // hashing may run script
    Value result = ASY_ERR;
    if (asy_dict_get(vm, others, key, &found)) {
        result = asy_is_nil(found) ? compile_kept(vm, others, key, pattern, flags) : asy_retain(found);
    }
    asy_release_obj(vm, others);
    asy_release(vm, key);
    return result;
}

// ---- functions ----

// The pattern's method for the arguments behind it.
static Value call_method(VM *vm, Args a, uint32_t flags_at, NativeFn method, Value x, Value y, Value z)
{
    Value pattern = pattern_of(vm, a.v[0], a.v[flags_at]);
    if (asy_is_err(pattern)) return ASY_ERR;
    Value v[3] = { x, y, z };
    Value result = method(vm, (Args){ .self = pattern, .v = v, .n_word = 3, .kwnames = ASY_NIL });
    asy_release(vm, pattern);
    return result;
}

static Value re_match(VM *vm, Args a) { return call_method(vm, a, 2, asy_re_pattern_match, a.v[1], ASY_NIL, ASY_NIL); }
static Value re_fullmatch(VM *vm, Args a) { return call_method(vm, a, 2, asy_re_pattern_fullmatch, a.v[1], ASY_NIL, ASY_NIL); }
static Value re_search(VM *vm, Args a) { return call_method(vm, a, 2, asy_re_pattern_search, a.v[1], ASY_NIL, ASY_NIL); }
static Value re_findall(VM *vm, Args a) { return call_method(vm, a, 2, asy_re_pattern_findall, a.v[1], ASY_NIL, ASY_NIL); }
static Value re_finditer(VM *vm, Args a) { return call_method(vm, a, 2, asy_re_pattern_finditer, a.v[1], ASY_NIL, ASY_NIL); }
static Value re_split(VM *vm, Args a) { return call_method(vm, a, 3, asy_re_split, a.v[1], a.v[2], ASY_NIL); }
static Value re_sub(VM *vm, Args a) { return call_method(vm, a, 4, asy_re_sub, a.v[1], a.v[2], a.v[3]); }
static Value re_subn(VM *vm, Args a) { return call_method(vm, a, 4, asy_re_subn, a.v[1], a.v[2], a.v[3]); }
static Value re_compile(VM *vm, Args a) { return pattern_of(vm, a.v[0], a.v[1]); }

static Value re_purge(VM *vm, Args a)
{
    (void)a;
    if (vm->data[VM_DATA_RE]) shared_close(vm, vm->data[VM_DATA_RE]);
    return ASY_NONE;
}

static const MethodDef functions[] = {
    { "compile", re_compile, "(pattern, flags=0)", 0, "The Pattern of this text." },
    { "findall", re_findall, "(pattern, string, flags=0)", 0,
      "All matches as text, or as their group or groups if the pattern has any." },
    { "finditer", re_finditer, "(pattern, string, flags=0)", 0, "An iterator over all matches." },
    { "fullmatch", re_fullmatch, "(pattern, string, flags=0)", 0, "A Match of the whole string, or None." },
    { "match", re_match, "(pattern, string, flags=0)", 0, "A Match at the start of the string, or None." },
    { "purge", re_purge, "()", 0, "Forgets the patterns that were kept." },
    { "search", re_search, "(pattern, string, flags=0)", 0, "The first Match anywhere in the string, or None." },
    { "split", re_split, "(pattern, string, maxsplit=0, flags=0)", 0,
      "The pieces between the matches, with the pattern's groups among them." },
    { "sub", re_sub, "(pattern, repl, string, count=0, flags=0)", 0,
      "The string with its matches replaced by repl, a template or a function of the Match." },
    { "subn", re_subn, "(pattern, repl, string, count=0, flags=0)", 0, "What sub returns, and the number of replacements." },
    { 0 },
};

static bool re_init(VM *vm, Value m)
{
    return asy_module_add_type(vm, m, &asy_re_pattern_type) && asy_module_add_type(vm, m, &asy_re_match_type);
}

const ModuleDef asy_module__re = { "_re", "Regular expressions.", functions, re_init };
