// Frame objects; see frame_object.h.
#include "vm/objects/frame_object.h"

#include "vm/core/abstract.h"
#include "vm/interp/chain.h"
#include "vm/objects/dict.h"
#include "vm/objects/frame_notes.h"
#include "vm/objects/str.h"

Value asy_frame_object(VM *vm, Frame *f)
{
    if (!asy_frame_suspends(vm, f)) return asy_from_obj(asy_retain_obj(f));
    FrameNote *note = asy_frame_note_make(vm, f);
    if (!note) return ASY_ERR;
    f->head.flags |= FRAME_HAS_NOTE;
    if (note->proxy) return asy_from_obj(asy_retain_obj(note->proxy));
    FrameProxy *p = asy_object_alloc(vm, vm->types.frame_proxy);
    if (!p) return ASY_ERR;
    p->frame = asy_retain_obj(f);
    note = asy_frame_note(vm, f);
    note->proxy = p;
    return asy_from_obj(p);
}

Frame *asy_frame_of_object(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return NULL;
    Type *t = asy_as_obj(v)->type;
    if (t == vm->types.frame) return asy_as_frame(v);
    if (t == vm->types.frame_proxy) return asy_as(FrameProxy, v)->frame;
    return NULL;
}

Value asy_frame_locals(VM *vm, Frame *f)
{
    if (!f->func) {
        DictObj *d = asy_dict_new(vm);
        return d ? asy_from_obj(d) : ASY_ERR;
    }
    const CodeObj *code = f->func->code;
    if (code->flags & CODE_NAMESPACE && !asy_is_unbound(f->slots[0])) return asy_retain(f->slots[0]);
    DictObj *d = asy_dict_new(vm);
    if (!d) return ASY_ERR;
    for (uint32_t i = 0; i < code->nlocals; i++) {
        uint8_t kind = code->proto->local_kinds[i];
        if (kind & LOCAL_HIDDEN) continue;
        Value v = f->slots[i];
        if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.cell && kind & (LOCAL_CELL | LOCAL_FREE)) {
            v = asy_as(CellObj, v)->value;
        }
        if (asy_is_unbound(v) || asy_is_nil(v)) continue;
        if (!asy_dict_set_str(vm, d, code->locals[i], v)) {
            asy_release_obj(vm, d);
            return ASY_ERR;
        }
    }
    return asy_from_obj(d);
}

static Frame *frame_of(VM *vm, Value v) { return asy_frame_of_object(vm, v); }

static Value get_back(VM *vm, Value v)
{
    Frame *f = frame_of(vm, v);
    if (f->state == FRAME_DONE || !f->back) return ASY_NONE;
    if (asy_frame_suspends(vm, f) && !asy_chain_running(vm, f)) return ASY_NONE;
    return asy_frame_object(vm, f->back);
}
static Value get_code(VM *vm, Value v)
{
    Frame *f = frame_of(vm, v);
    return f->func ? asy_from_obj(asy_retain_obj(f->func->code)) : ASY_NONE;
}
static Value get_globals(VM *vm, Value v)
{
    Frame *f = frame_of(vm, v);
    return f->func ? asy_from_obj(asy_retain_obj(f->func->globals)) : ASY_NONE;
}
static Value get_builtins(VM *vm, Value v)
{
    Frame *f = frame_of(vm, v);
    return f->func ? asy_from_obj(asy_retain_obj(f->func->builtins)) : ASY_NONE;
}
static Value get_locals(VM *vm, Value v) { return asy_frame_locals(vm, frame_of(vm, v)); }
static Value get_lineno(VM *vm, Value v)
{
    int line = asy_frame_line(frame_of(vm, v));
    return line ? asy_from_small(line) : ASY_NONE;
}
static Value get_lasti(VM *vm, Value v)
{
    Frame *f = frame_of(vm, v);
    return asy_from_small(f->func && f->ip ? (int64_t)asy_frame_word(f) : -1);
}

static Value frame_clear_method(VM *vm, Args a)
{
    Frame *f = frame_of(vm, a.self);
    if (f->state == FRAME_RUNNING || asy_chain_running(vm, f)) {
        return asy_raise(vm, EXC_RuntimeError, "cannot clear an executing frame");
    }
    if (f->state == FRAME_SUSPENDED) {      // 3.12: clearing a suspended generator's frame closes it
        Value result;
        if (!asy_gen_close(vm, f, &result)) asy_error_unraisable(vm, asy_from_obj(f), NULL);
        return ASY_NONE;
    }
    asy_frame_clear_slots(vm, f);
    return ASY_NONE;
}

Value asy_frame_object_repr(VM *vm, Value self)
{
    Frame *f = frame_of(vm, self);
    if (!f->func) {
        StrObj *s = asy_format(vm, "<frame at 0x%llx>", asy_heap_number(vm, asy_as_obj(self)));
        return s ? asy_from_obj(s) : ASY_ERR;
    }
    const CodeObj *code = f->func->code;
    Value file = asy_repr(vm, asy_from_obj(code->filename));
    if (asy_is_err(file)) return ASY_ERR;
    StrObj *s = asy_format(vm, "<frame at 0x%llx, file %S, line %d, code %U>", asy_heap_number(vm, asy_as_obj(self)), file,
                           asy_frame_line(f), code->name);
    asy_release(vm, file);
    return s ? asy_from_obj(s) : ASY_ERR;
}

const MethodDef asy_frame_object_methods[] = {
    { "clear", frame_clear_method, "()", 0, "Clears the references the frame holds." },
    { 0 },
};
const GetSetDef asy_frame_object_getset[] = {
    { "f_back", get_back, NULL, NULL },         { "f_code", get_code, NULL, NULL },
    { "f_globals", get_globals, NULL, NULL },   { "f_builtins", get_builtins, NULL, NULL },
    { "f_locals", get_locals, NULL, NULL },     { "f_lineno", get_lineno, NULL, NULL },
    { "f_lasti", get_lasti, NULL, NULL },       { 0 },
};

static void proxy_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, (ObjHeader *)(void *)((FrameProxy *)(void *)o)->frame); }
static void proxy_clear(VM *vm, ObjHeader *o)
{
    FrameProxy *p = (FrameProxy *)(void *)o;
    Frame *f = p->frame;
    if (!f) return;
    p->frame = NULL;
    FrameNote *note = asy_frame_note(vm, f);
    if (note && note->proxy == p) note->proxy = NULL;
    asy_release_obj(vm, f);
}

const TypeDef asy_frame_proxy_type = {
    .name = "frame",
    .size = sizeof(FrameProxy),
    .flags = TYPE_DISALLOW_NEW,
    .trace = proxy_trace,
    .clear = proxy_clear,
    .methods = asy_frame_object_methods,
    .getset = asy_frame_object_getset,
    .slots = { .repr = asy_frame_object_repr },
};
