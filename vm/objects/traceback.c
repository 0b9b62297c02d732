// Traceback objects; see traceback.h.
#include "vm/objects/traceback.h"

#include "vm/core/abstract.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/list.h"

ASY_OBJECT_TRACE(TracebackObj, TRACEBACK_FIELDS)

bool asy_traceback_add(VM *vm, Value exc, Frame *frame)
{
    if (!frame->func) return true;
    Value fo = asy_frame_object(vm, frame);
    if (asy_is_err(fo)) return false;
    TracebackObj *tb = asy_object_alloc(vm, vm->types.traceback);
    if (!tb) {
        asy_release(vm, fo);
        return false;
    }
    tb->frame = fo;
    tb->code = asy_retain_obj(frame->func->code);
    tb->word = asy_frame_word(frame);
    tb->lineno = -1;            // found when asked
    Exc *e = asy_as_exc(exc);
    if (asy_is_obj(e->traceback)) {
        tb->next = asy_as_traceback(e->traceback);     // moved
    }
    e->traceback = asy_from_obj(tb);
    return true;
}

Position asy_traceback_position(const TracebackObj *tb) { return asy_code_position(tb->code->proto, tb->word); }
StrObj *asy_traceback_name(const TracebackObj *tb) { return tb->code->name; }
StrObj *asy_traceback_filename(const TracebackObj *tb) { return tb->code->filename; }

static int line_of(TracebackObj *tb)
{
    if (tb->lineno < 0) {
        Position p = asy_traceback_position(tb);
        tb->lineno = (int)(p.line ? p.line : tb->code->proto->firstlineno);
    }
    return tb->lineno;
}

static TracebackObj *tb_of(Value v) { return asy_as_traceback(v); }
static Value get_next(VM *vm, Value v)
{
    (void)vm;
    TracebackObj *next = tb_of(v)->next;
    return next ? asy_from_obj(asy_retain_obj(next)) : ASY_NONE;
}
static bool set_next(VM *vm, Value self, Value v)
{
    if (asy_is_nil(v)) {
        asy_raise(vm, EXC_TypeError, "can't delete tb_next attribute");
        return false;
    }
    TracebackObj *tb = tb_of(self), *next = NULL;
    if (!asy_is_none(v)) {
        if (asy_type_of(vm, v) != vm->types.traceback) {
            asy_raise(vm, EXC_TypeError, "expected traceback object, got '%T'", v);
            return false;
        }
        next = tb_of(v);
        for (const TracebackObj *t = next; t; t = t->next) {
            if (t == tb) {
                asy_raise(vm, EXC_ValueError, "traceback loop detected");
                return false;
            }
        }
        asy_retain_obj(next);
    }
    TracebackObj *old = tb->next;
    tb->next = next;
    asy_release_obj(vm, old);
    return true;
}
static Value get_frame(VM *vm, Value v) { return (void)vm, asy_retain(tb_of(v)->frame); }
static Value get_lineno(VM *vm, Value v) { return (void)vm, asy_from_small(line_of(tb_of(v))); }
static Value get_lasti(VM *vm, Value v) { return (void)vm, asy_from_small((int64_t)tb_of(v)->word * 8); }
// asy adds: (line, end line, column, end column) of the failing instruction, for traceback's carets.
static Value get_position(VM *vm, Value v)
{
    Position p = asy_traceback_position(tb_of(v));
    return asy_tuple_pack(vm, 4, p.line ? asy_from_small(p.line) : ASY_NONE, p.end_line ? asy_from_small(p.end_line) : ASY_NONE,
                          p.col >= 0 ? asy_from_small(p.col) : ASY_NONE, p.end_col >= 0 ? asy_from_small(p.end_col) : ASY_NONE);
}

static Value traceback_new(VM *vm, Type *type, Args a)
{
    if (a.n != 4) return asy_raise(vm, EXC_TypeError, "traceback() takes exactly 4 arguments (%u given)", a.n);
    Frame *f = asy_frame_of_object(vm, a.v[1]);
    if (!asy_is_none(a.v[0]) && asy_type_of(vm, a.v[0]) != vm->types.traceback) {
        return asy_raise(vm, EXC_TypeError, "expected traceback object or None, got '%T'", a.v[0]);
    }
    if (!f || !f->func) return asy_raise(vm, EXC_TypeError, "traceback() argument 'tb_frame' must be frame, not %T", a.v[1]);
    int64_t lasti, lineno;
    if (!asy_to_i64(vm, a.v[2], &lasti) || !asy_to_i64(vm, a.v[3], &lineno)) return ASY_ERR;
    TracebackObj *tb = asy_object_alloc(vm, type);
    if (!tb) return ASY_ERR;
    tb->frame = asy_retain(a.v[1]);
    tb->code = asy_retain_obj(f->func->code);
    int64_t word = lasti / 8;
    tb->word = word >= 0 && word < tb->code->proto->code_words ? (uint32_t)word : 0;
    tb->lineno = (int)lineno;
    if (!asy_is_none(a.v[0])) tb->next = asy_retain_obj(tb_of(a.v[0]));
    return asy_from_obj(tb);
}

static const GetSetDef traceback_getset[] = {
    { "tb_next", get_next, set_next, NULL },   { "tb_frame", get_frame, NULL, NULL },
    { "tb_lineno", get_lineno, NULL, NULL },   { "tb_lasti", get_lasti, NULL, NULL },
    { "tb_position", get_position, NULL, NULL }, { 0 },
};

const TypeDef asy_traceback_type = {
    .name = "traceback",
    .size = sizeof(TracebackObj),
    .doc = "Create a new traceback object.",
    .trace = TracebackObj_trace,
    .clear = TracebackObj_clear,
    .getset = traceback_getset,
    .slots = { .new = traceback_new },
};
