// code objects: a VM's view of a Proto.
#include "vm/bytecode/code.h"

#include "vm/bytecode/positions.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/interp/cache.h"
#include "vm/objects/bytes.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

static Value const_value(VM *vm, const ProtoConst *c, ProtoUnit *unit)
{
    switch ((ProtoConstKind)c->kind) {
    case PROTO_NONE: return ASY_NONE;
    case PROTO_TRUE: return ASY_TRUE;
    case PROTO_FALSE: return ASY_FALSE;
    case PROTO_ELLIPSIS: return ASY_ELLIPSIS;
    case PROTO_INT: return asy_int_from_i64(vm, c->i);
    case PROTO_BIGINT: return asy_int_parse(vm, c->text, c->count, (int)c->base);
    case PROTO_FLOAT: return asy_from_double(c->f);
    case PROTO_COMPLEX: return asy_complex_new(vm, c->f2, c->f);
    case PROTO_STR: {
        StrObj *s = c->intern ? asy_intern(vm, c->text, c->count) : asy_str_new(vm, c->text, c->count);
        return s ? asy_from_obj(s) : ASY_ERR;
    }
    case PROTO_BYTES: return asy_bytes_value(vm, c->text, c->count);
    case PROTO_TUPLE: {
        TupleObj *t = asy_tuple_alloc(vm, c->count);
        if (!t) return ASY_ERR;
        for (uint32_t i = 0; i < c->count; i++) {
            Value v = const_value(vm, &c->items[i], unit);
            if (asy_is_err(v)) {
                asy_release_obj(vm, t);
                return ASY_ERR;
            }
            t->items[i] = v;
        }
        return asy_from_obj(t);
    }
    case PROTO_FROZENSET: {
        SetObj *s = asy_set_new(vm, vm->types.frozenset);
        if (!s) return ASY_ERR;
        for (uint32_t i = 0; i < c->count; i++) {
            Value v = const_value(vm, &c->items[i], unit);
            bool ok = !asy_is_err(v) && asy_set_add(vm, s, v);
            if (!asy_is_err(v)) asy_release(vm, v);
            if (!ok) {
                asy_release_obj(vm, s);
                return ASY_ERR;
            }
        }
        return asy_from_obj(s);
    }
    case PROTO_CODE: {
        CodeObj *code = asy_code_new(vm, c->proto, unit);
        return code ? asy_from_obj(code) : ASY_ERR;
    }
    }
    return asy_raise(vm, EXC_SystemError, "unknown kind of constant");
}

static StrObj **intern_names(VM *vm, const ProtoName *names, uint32_t n)
{
    StrObj **out = asy_mem_alloc(vm, n * sizeof *out);
    if (!out) return (void)asy_raise_memory(vm), NULL;
    memset(out, 0, n * sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = asy_intern(vm, names[i].text, names[i].size);
        if (out[i]) continue;
        while (i-- > 0) asy_release_obj(vm, out[i]);
        asy_mem_free(vm, out, n * sizeof *out);
        return NULL;
    }
    return out;
}

CodeObj *asy_code_new(VM *vm, const Proto *p, ProtoUnit *unit)
{
    CodeObj *code = asy_object_alloc(vm, vm->types.code);
    if (!code) return NULL;
    code->proto = p;
    code->unit = unit;
    if (unit) unit->refs++;
    code->code = (Instr *)(uintptr_t)p->code;      // constant until warm; never written through
    code->flags = p->flags;
    code->nlocals = (uint16_t)p->nlocals;
    code->nslots = (uint16_t)p->nslots;
    code->argcount = (uint16_t)p->argcount;
    code->posonly = (uint16_t)p->posonly;
    code->kwonly = (uint16_t)p->kwonly;
    bool simple = !(p->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) && !p->kwonly && p->argcount < SIMPLE_SUSPENDS - 1;
    unsigned suspends = p->flags & CODE_SUSPENDS ? SIMPLE_SUSPENDS : 0;
    code->simple_args = simple ? (uint16_t)(p->argcount | suspends) : NOT_SIMPLE;
    code->nparams = (uint16_t)(p->argcount + p->kwonly + !!(p->flags & CODE_VARARGS) + !!(p->flags & CODE_VARKEYWORDS));
    code->name = asy_intern(vm, p->name.text, p->name.size);
    code->qualname = code->name ? asy_intern(vm, p->qualname.text, p->qualname.size) : NULL;
    code->filename = code->qualname ? asy_intern(vm, p->filename.text, p->filename.size) : NULL;
    if (!code->filename) goto failed;
    if (p->nnames && !(code->names = intern_names(vm, p->names, p->nnames))) goto failed;
    if (p->nlocals && !(code->locals = intern_names(vm, p->locals, p->nlocals))) goto failed;
    if (p->nconsts) {
        code->consts = asy_mem_alloc(vm, p->nconsts * sizeof(Value));
        if (!code->consts) {
            asy_raise_memory(vm);
            goto failed;
        }
        memset(code->consts, 0, p->nconsts * sizeof(Value));
        for (uint32_t i = 0; i < p->nconsts; i++) {
            Value v = const_value(vm, &p->consts[i], unit);
            if (asy_is_err(v)) goto failed;
            code->consts[i] = v;
        }
    }
    return code;
failed:
    asy_release_obj(vm, code);
    return NULL;
}

static CodeObj *code_of(Value v) { return asy_as(CodeObj, v); }

static void code_trace(Tracer *t, ObjHeader *o)
{
    CodeObj *code = (CodeObj *)(void *)o;
    if (code->consts) {
        for (uint32_t i = 0; i < code->proto->nconsts; i++) asy_trace_value(t, code->consts[i]);
    }
    if (code->names) {
        for (uint32_t i = 0; i < code->proto->nnames; i++) asy_trace_header(t, (ObjHeader *)(void *)code->names[i]);
    }
    if (code->locals) {
        for (uint32_t i = 0; i < code->proto->nlocals; i++) asy_trace_header(t, (ObjHeader *)(void *)code->locals[i]);
    }
    asy_trace_header(t, (ObjHeader *)(void *)code->name);
    asy_trace_header(t, (ObjHeader *)(void *)code->qualname);
    asy_trace_header(t, (ObjHeader *)(void *)code->filename);
}

// Code is immutable: a cycle through it goes through something the collector can clear instead.
static void code_clear(VM *vm, ObjHeader *o) { (void)vm, (void)o; }

static void free_names(VM *vm, StrObj **names, uint32_t n)
{
    if (!names) return;
    for (uint32_t i = 0; i < n; i++) asy_release_obj(vm, names[i]);
    asy_mem_free(vm, names, n * sizeof *names);
}

static void code_free(VM *vm, ObjHeader *o)
{
    CodeObj *code = (CodeObj *)(void *)o;
    asy_code_cool(vm, code);
    const Proto *p = code->proto;
    if (code->consts) {
        for (uint32_t i = 0; i < p->nconsts; i++) asy_release(vm, code->consts[i]);
        asy_mem_free(vm, code->consts, p->nconsts * sizeof(Value));
    }
    free_names(vm, code->names, p->nnames);
    free_names(vm, code->locals, p->nlocals);
    asy_release_obj(vm, code->name);
    asy_release_obj(vm, code->qualname);
    asy_release_obj(vm, code->filename);
    asy_proto_unit_release(vm, code->unit);
}

static Value code_repr(VM *vm, Value self)
{
    CodeObj *code = code_of(self);
    StrObj *s = asy_format(vm, "<code object %U at 0x%llx, file \"%U\", line %u>", code->name,
                           asy_heap_number(vm, asy_as_obj(self)), code->filename, code->proto->firstlineno);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value retain_str(StrObj *s) { return asy_from_obj(asy_retain_obj(s)); }
static Value get_name(VM *vm, Value v) { return (void)vm, retain_str(code_of(v)->name); }
static Value get_qualname(VM *vm, Value v) { return (void)vm, retain_str(code_of(v)->qualname); }
static Value get_filename(VM *vm, Value v) { return (void)vm, retain_str(code_of(v)->filename); }
static Value get_argcount(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->argcount); }
static Value get_posonly(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->posonly); }
static Value get_kwonly(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->kwonly); }
static Value get_flags(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->flags & 0xFFFF); }
static Value get_firstlineno(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->proto->firstlineno); }
static Value get_stacksize(VM *vm, Value v) { return (void)vm, asy_from_small(code_of(v)->nslots - code_of(v)->nlocals); }

static Value names_where(VM *vm, CodeObj *code, uint32_t mask, uint32_t wanted, bool params_too)
{
    const Proto *p = code->proto;
    ListObj *l = asy_list_new(vm, p->nlocals);
    if (!l) return ASY_ERR;
    for (uint32_t i = 0; i < p->nlocals; i++) {
        bool take = (p->local_kinds[i] & mask) == wanted || (params_too && i < code->nparams);
        if (!take || !asy_list_append(vm, l, asy_from_obj(code->locals[i]))) {
            if (!take) continue;
            asy_release_obj(vm, l);
            return ASY_ERR;
        }
    }
    TupleObj *t = asy_list_to_tuple(vm, l);
    asy_release_obj(vm, l);
    return t ? asy_from_obj(t) : ASY_ERR;
}
static Value get_varnames(VM *vm, Value v)
{
    return names_where(vm, code_of(v), LOCAL_CELL | LOCAL_FREE | LOCAL_HIDDEN, LOCAL_PLAIN, true);
}
static Value get_cellvars(VM *vm, Value v) { return names_where(vm, code_of(v), LOCAL_CELL, LOCAL_CELL, false); }
static Value get_freevars(VM *vm, Value v) { return names_where(vm, code_of(v), LOCAL_FREE, LOCAL_FREE, false); }
static Value get_nlocals(VM *vm, Value v)
{
    Value t = get_varnames(vm, v);
    if (asy_is_err(t)) return ASY_ERR;
    int64_t n = (int64_t)asy_as_tuple(t)->size;
    asy_release(vm, t);
    return asy_from_small(n);
}
static Value get_names(VM *vm, Value v)
{
    CodeObj *code = code_of(v);
    TupleObj *t = asy_tuple_alloc(vm, code->proto->nnames);
    if (!t) return ASY_ERR;
    for (uint32_t i = 0; i < code->proto->nnames; i++) t->items[i] = retain_str(code->names[i]);
    return asy_from_obj(t);
}
static Value get_consts(VM *vm, Value v)
{
    CodeObj *code = code_of(v);
    TupleObj *t = asy_tuple_from(vm, code->consts, code->proto->nconsts);
    return t ? asy_from_obj(t) : ASY_ERR;
}
// The instruction words: for comparing and hashing code, no bytecode of CPython's.
static Value get_code(VM *vm, Value v)
{
    const Proto *p = code_of(v)->proto;
    return asy_bytes_value(vm, p->code, p->code_words * sizeof(Instr));
}

static Value optional_int(int64_t i, bool there) { return there ? asy_from_small(i) : ASY_NONE; }

static Value co_positions(VM *vm, Args a)
{
    const Proto *p = code_of(a.self)->proto;
    ListObj *l = asy_list_new(vm, p->code_words);
    if (!l) return ASY_ERR;
    for (uint32_t i = 0; i < p->code_words; i += asy_op_info[p->code[i].op].words) {
        Position at = asy_code_position(p, i);
        Value row = asy_tuple_pack(vm, 4, optional_int(at.line, at.line > 0), optional_int(at.end_line, at.end_line > 0),
                                   optional_int(at.col, at.col >= 0), optional_int(at.end_col, at.end_col >= 0));
        if (asy_is_err(row) || !asy_list_append_owned(vm, l, row)) {
            asy_release_obj(vm, l);
            return ASY_ERR;
        }
    }
    Value it = asy_iter(vm, asy_from_obj(l));
    asy_release_obj(vm, l);
    return it;
}

static Value co_lines(VM *vm, Args a)
{
    const Proto *p = code_of(a.self)->proto;
    ListObj *l = asy_list_new(vm, 0);
    if (!l) return ASY_ERR;
    for (uint32_t i = 0; i < p->code_words;) {
        uint32_t line = asy_code_position(p, i).line, start = i;
        while (i < p->code_words && asy_code_position(p, i).line == line) i += asy_op_info[p->code[i].op].words;
        Value row = asy_tuple_pack(vm, 3, asy_from_small(start), asy_from_small(i), optional_int(line, line > 0));
        if (asy_is_err(row) || !asy_list_append_owned(vm, l, row)) {
            asy_release_obj(vm, l);
            return ASY_ERR;
        }
    }
    Value it = asy_iter(vm, asy_from_obj(l));
    asy_release_obj(vm, l);
    return it;
}

// What of a code object can be another without other instructions: its names, its file, and whether its generators can
// be awaited (types.coroutine).
static Value code_replace(VM *vm, Args a)
{
    CodeObj *old = code_of(a.self), *code;
    int64_t flags = old->flags;
    if (!asy_is_nil(a.v[3]) && !asy_int_as_i64(vm, a.v[3], &flags)) {
        return asy_raise(vm, EXC_TypeError, "'%T' object cannot be interpreted as an integer", a.v[3]);
    }
    if ((flags ^ old->flags) & ~(int64_t)CODE_ITERABLE_COROUTINE) {
        return asy_raise(vm, EXC_ValueError, "code.replace() can only change CO_ITERABLE_COROUTINE of co_flags");
    }
    static const char *const names[] = { "co_name", "co_qualname", "co_filename" };
    for (uint32_t i = 0; i < 3; i++) {
        if (!asy_is_nil(a.v[i]) && !asy_is_str(vm, a.v[i])) {
            return asy_raise(vm, EXC_TypeError, "replace() argument '%s' must be str, not %T", names[i], a.v[i]);
        }
    }
    code = asy_code_new(vm, old->proto, old->unit);
    if (!code) return ASY_ERR;
    StrObj **const fields[] = { &code->name, &code->qualname, &code->filename };
    StrObj *const now[] = { old->name, old->qualname, old->filename };
    for (uint32_t i = 0; i < 3; i++) {
        StrObj *before = *fields[i];
        *fields[i] = asy_retain_obj(asy_is_nil(a.v[i]) ? now[i] : asy_as_str(a.v[i]));
        asy_release_obj(vm, before);
    }
    code->flags = (uint32_t)flags;
    return asy_from_obj(code);
}

static const MethodDef code_methods[] = {
    { "replace", code_replace, "(*, co_name=None, co_qualname=None, co_filename=None, co_flags=None)", 0, "This code with another name, file or mark." },
    { "co_positions", co_positions, "()", 0, "Iterator of (line, end line, column, end column) of each instruction." },
    { "co_lines", co_lines, "()", 0, "Iterator of (start, end, line)." },
    { 0 },
};
static const GetSetDef code_getset[] = {
    { "co_name", get_name, NULL, NULL },
    { "co_qualname", get_qualname, NULL, NULL },
    { "co_filename", get_filename, NULL, NULL },
    { "co_argcount", get_argcount, NULL, NULL },
    { "co_posonlyargcount", get_posonly, NULL, NULL },
    { "co_kwonlyargcount", get_kwonly, NULL, NULL },
    { "co_nlocals", get_nlocals, NULL, NULL },
    { "co_stacksize", get_stacksize, NULL, NULL },
    { "co_flags", get_flags, NULL, NULL },
    { "co_firstlineno", get_firstlineno, NULL, NULL },
    { "co_varnames", get_varnames, NULL, NULL },
    { "co_cellvars", get_cellvars, NULL, NULL },
    { "co_freevars", get_freevars, NULL, NULL },
    { "co_names", get_names, NULL, NULL },
    { "co_consts", get_consts, NULL, NULL },
    { "co_code", get_code, NULL, NULL },
    { 0 },
};

const TypeDef asy_code_type = {
    .name = "code",
    .size = sizeof(CodeObj),
    .flags = TYPE_WEAKREFS | TYPE_DISALLOW_NEW,
    .trace = code_trace,
    .clear = code_clear,
    .free = code_free,
    .methods = code_methods,
    .getset = code_getset,
    .slots = { .repr = code_repr },
};
