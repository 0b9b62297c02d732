// Values, functions and modules of the host: the data part of include/asy.h.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lexer/lexer.h"
#include "lexer/tokens_dump.h"
#include "parser/ast_dump.h"
#include "parser/parser.h"
#include "stdlib/host.h"
#include "vm/bytecode/disasm.h"
#include "vm/compiler/compiler.h"
#include "vm/core/abstract.h"
#include "vm/interp/import.h"
#include "vm/interp/interp.h"
#include "vm/objects/bytes.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"

#define V asy_host_value
#define W asy_host_wrap

// Ends a call that failed: the exception becomes the failure that asy_failure shows.
static AsyValue failed(VM *vm)
{
    asy_host_forget(vm);
    (void)asy_host_end(vm, ASY_ERR);
    return W(ASY_ERR);
}
static AsyValue given(VM *vm, Value v) { return asy_is_err(v) ? failed(vm) : W(v); }
static bool done(VM *vm, bool ok)
{
    if (!ok) (void)failed(vm);
    return ok;
}

AsyValue asy_keep(AsyVM *vm, AsyValue v) { return (void)vm, W(asy_retain(V(v))); }
void asy_drop(AsyVM *vm, AsyValue v) { asy_release(vm, V(v)); }
bool asy_is_failure(AsyValue v) { return asy_is_err(V(v)); }
bool asy_is_absent(AsyValue v) { return asy_is_nil(V(v)); }
bool asy_is_none_value(AsyValue v) { return asy_is_none(V(v)); }
AsyValue asy_make_none(void) { return W(ASY_NONE); }
AsyValue asy_make_bool(bool b) { return W(asy_from_bool(b)); }
AsyValue asy_make_int(AsyVM *vm, int64_t i) { return given(vm, asy_int_from_i64(vm, i)); }
AsyValue asy_make_float(double d) { return W(asy_from_double(d)); }
AsyValue asy_make_text(AsyVM *vm, const char *utf8, size_t size)
{
    StrObj *s = asy_str_decode(vm, utf8, size, NULL);
    return given(vm, s ? asy_from_obj(s) : ASY_ERR);
}
AsyValue asy_make_bytes(AsyVM *vm, const void *data, size_t size) { return given(vm, asy_bytes_value(vm, data, size)); }
AsyValue asy_make_list(AsyVM *vm, const AsyValue *items, size_t n)
{
    ListObj *l = asy_list_from(vm, (const Value *)(const void *)items, n);
    return given(vm, l ? asy_from_obj(l) : ASY_ERR);
}
AsyValue asy_make_tuple(AsyVM *vm, const AsyValue *items, size_t n)
{
    TupleObj *t = asy_tuple_from(vm, (const Value *)(const void *)items, n);
    return given(vm, t ? asy_from_obj(t) : ASY_ERR);
}
AsyValue asy_make_dict(AsyVM *vm)
{
    DictObj *d = asy_dict_new(vm);
    return given(vm, d ? asy_from_obj(d) : ASY_ERR);
}

bool asy_get_bool(AsyVM *vm, AsyValue v, bool *out)
{
    int t = asy_truth(vm, V(v));
    if (t >= 0) *out = t;
    return done(vm, t >= 0);
}
bool asy_get_int(AsyVM *vm, AsyValue v, int64_t *out) { return done(vm, asy_to_i64(vm, V(v), out)); }
bool asy_get_float(AsyVM *vm, AsyValue v, double *out) { return done(vm, asy_to_double(vm, V(v), out)); }

const char *asy_get_text(AsyVM *vm, AsyValue v, size_t *size)
{
    if (!asy_is_str(vm, V(v))) {
        asy_raise(vm, EXC_TypeError, "expected str, got %T", V(v));
        (void)failed(vm);
        return NULL;
    }
    if (size) *size = asy_as_str(V(v))->size;
    return asy_as_str(V(v))->data;
}
const void *asy_get_bytes(AsyVM *vm, AsyValue v, size_t *size)
{
    if (!asy_is_bytes(vm, V(v))) {
        asy_raise(vm, EXC_TypeError, "expected bytes, got %T", V(v));
        (void)failed(vm);
        return NULL;
    }
    if (size) *size = asy_as_bytes(V(v))->size;
    return asy_as_bytes(V(v))->data;
}
AsyValue asy_text_of(AsyVM *vm, AsyValue v) { return given(vm, asy_str(vm, V(v))); }
int64_t asy_length_of(AsyVM *vm, AsyValue v)
{
    int64_t n = asy_length(vm, V(v));
    if (n < 0) (void)failed(vm);
    return n;
}
AsyValue asy_get_item(AsyVM *vm, AsyValue v, AsyValue key) { return given(vm, asy_getitem(vm, V(v), V(key))); }
bool asy_set_item(AsyVM *vm, AsyValue v, AsyValue key, AsyValue value)
{
    return done(vm, asy_setitem(vm, V(v), V(key), V(value)));
}
AsyValue asy_get_attr(AsyVM *vm, AsyValue v, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    Value r = s ? asy_getattr(vm, V(v), s) : ASY_ERR;
    asy_release_obj(vm, s);
    return given(vm, r);
}
bool asy_set_attr(AsyVM *vm, AsyValue v, const char *name, AsyValue value)
{
    StrObj *s = asy_intern_c(vm, name);
    bool ok = s && asy_setattr(vm, V(v), s, V(value));
    asy_release_obj(vm, s);
    return done(vm, ok);
}
AsyValue asy_get_global(AsyVM *vm, const char *name) { return asy_get_attr(vm, W(vm->main_module), name); }
bool asy_set_global(AsyVM *vm, const char *name, AsyValue value)
{
    return asy_set_attr(vm, W(vm->main_module), name, value);
}
AsyValue asy_import_module(AsyVM *vm, const char *name) { return given(vm, asy_import(vm, name)); }

AsyValue asy_evaluate(AsyVM *vm, const char *expression)
{
    CodeObj *code = asy_compile_source(vm, expression, strlen(expression), "<string>", "eval", COMPILE_TOP_AWAIT, 0);
    if (!code) return failed(vm);
    Value r = asy_host_run_main(vm, code);
    asy_release_obj(vm, code);
    return given(vm, r);
}

AsyValue asy_invoke(AsyVM *vm, AsyValue f, const AsyValue *args, size_t n)
{
    return given(vm, asy_call(vm, V(f), (const Value *)(const void *)args, (uint32_t)n, ASY_NIL));
}

AsyValue asy_await(AsyVM *vm, AsyValue awaitable)
{
    Value run = asy_import_attr(vm, "asyncio", "_run_awaitable");
    Value r = asy_is_err(run) ? ASY_ERR : asy_call1(vm, run, V(awaitable));
    if (!asy_is_err(run)) asy_release(vm, run);
    return given(vm, r);
}

AsyValue asy_fail(AsyVM *vm, const char *exception, const char *message)
{
    for (int i = 0; i < EXC__COUNT; i++) {
        if (strcmp(asy_type_name(vm->exc[i]), exception) == 0) {
            asy_raise(vm, (ExcKind)i, "%s", message);
            return W(ASY_ERR);
        }
    }
    asy_raise(vm, EXC_RuntimeError, "%s: %s", exception, message);
    return W(ASY_ERR);
}

// -- host functions: a MethodDef of their own each, kept until the VM has closed

struct HostFunction {
    HostFunction *next;         // first: asy_close walks the list
    MethodDef def;
    AsyFunction f;
    void *ud;
    char text[];                // name and signature
};

// The definition is found again through a capsule-like self: the address of the HostFunction as an int.
static Value host_call(VM *vm, Args a)
{
    int64_t address;
    if (!asy_int_as_i64(vm, a.self, &address)) return asy_raise(vm, EXC_SystemError, "host function without its data");
    const HostFunction *hf = (const HostFunction *)(intptr_t)address;
    Host *h = asy_host(vm);
    Value before = h->exc;
    h->exc = ASY_NIL;
    Value r = V(hf->f(vm, hf->ud, (const AsyValue *)(const void *)a.v, a.n));
    // A call of the API that failed inside has made its exception the failure: if the function fails too, that is why.
    if (asy_is_err(r) && !asy_error_pending(vm)) {
        if (asy_is_nil(h->exc)) asy_raise(vm, EXC_SystemError, "host function %s failed without an exception", hf->def.name);
        else asy_raise_object(vm, h->exc);
    }
    asy_host_forget(vm);
    h->exc = before;
    return r;
}

AsyValue asy_make_function(AsyVM *vm, const char *name, const char *signature, AsyFunction f, void *ud)
{
    size_t n = strlen(name) + 1, s = strlen(signature) + 1;
    HostFunction *hf = malloc(sizeof *hf + n + s);
    if (!hf) {
        asy_raise_memory(vm);
        return failed(vm);
    }
    memcpy(hf->text, name, n);
    memcpy(hf->text + n, signature, s);
    hf->def = (MethodDef){ .name = hf->text, .fn = host_call, .signature = hf->text + n };
    hf->f = f;
    hf->ud = ud;
    Host *h = asy_host(vm);
    hf->next = h->functions;
    h->functions = hf;
    Value self = asy_int_from_i64(vm, (int64_t)(intptr_t)hf);
    Value made = asy_is_err(self) ? ASY_ERR : asy_native_new(vm, &hf->def, self, ASY_NIL);
    if (!asy_is_err(self)) asy_release(vm, self);
    return given(vm, made);
}

// -- host modules: filled when they are added; importing finds them in sys.modules

bool asy_add_module(AsyVM *vm, const char *name, bool (*fill)(AsyVM *vm, AsyValue module, void *ud), void *ud)
{
    StrObj *s = asy_intern_c(vm, name);
    Value m = s ? asy_module_new(vm, s, NULL) : ASY_ERR;
    bool ok = !asy_is_err(m) && asy_dict_set_str(vm, vm->modules, s, m);
    if (!asy_is_err(m)) {
        ok = ok && fill(vm, W(m), ud);
        asy_release(vm, m);
    }
    asy_release_obj(vm, s);
    if (!ok && !asy_error_pending(vm)) return false;
    return done(vm, ok);
}

// -- dumps

typedef void Writer(void *ud, const char *bytes, size_t size);

AsyStatus asy_dump(AsyVM *vm, AsyDump what, const char *text, size_t size, const char *filename, Writer *write, void *ud)
{
    asy_host_forget(vm);
    AsyAllocator allocator = asy_mem_allocator(vm);
    // Errors and warnings go the ordinary way: the text is compiled as running it would.
    CodeObj *code = asy_compile_source(vm, text, size, filename, "exec", COMPILE_TOP_AWAIT | COMPILE_SOURCE_IS_FILE, 0);
    if (!code && what == ASY_DUMP_BYTECODE) return asy_host_end(vm, ASY_ERR);
    Buf out;
    asy_buf_init(&out, &allocator);
    bool ok = true;
    if (what == ASY_DUMP_BYTECODE) {
        if (write) asy_disassemble(&out, code->proto);
        ok = !out.failed;
    } else {
        asy_error_clear(vm);
        Arena arena;
        asy_arena_init(&arena, &allocator);
        Diagnostics diag;
        asy_diag_init(&diag, &arena);
        Source source = { 0 };
        Names names;
        const Mod *mod = NULL;
        if (asy_source_init(&source, &allocator, SOURCE_FILE, filename, text, size, &diag) &&
            asy_names_init(&names, &arena)) {
            if (what == ASY_DUMP_TOKENS) ok = asy_tokens_dump(&source, &allocator, &arena, &diag, &out);
            else if ((mod = asy_parse(&allocator, &source, PARSE_EXEC, NULL, &names, &arena, &diag)) != NULL) {
                ok = asy_ast_dump(mod, &out);
            }
        }
        bool wrong = diag.error.kind != DIAG_NONE;
        if (wrong) asy_raise_diag(vm, &diag, filename, &source);
        asy_source_free(&source);
        asy_arena_free(&arena);
        if (wrong) {
            asy_release_obj(vm, code);
            asy_buf_free(&out);
            return asy_host_end(vm, ASY_ERR);
        }
    }
    if (!ok) asy_raise_memory(vm);
    else if (write) write(ud, out.bytes, out.len);
    asy_buf_free(&out);
    asy_release_obj(vm, code);
    return asy_host_end(vm, ok ? ASY_NONE : ASY_ERR);
}
