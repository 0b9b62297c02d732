// generator and coroutine objects: methods, attributes, and what happens when they are dropped.
#include "vm/objects/generator.h"

#include "vm/core/abstract.h"
#include "vm/interp/chain.h"
#include "vm/interp/import.h"
#include "vm/interp/run.h"
#include "vm/objects/async_generator.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_notes.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

Value asy_generator_name(VM *vm, Frame *f, bool qualified)
{
    FrameNote *note = f->head.flags & FRAME_HAS_NOTE ? asy_frame_note(vm, f) : NULL;
    if (note) {
        Value v = qualified ? note->qualname : note->name;
        if (!asy_is_nil(v)) return asy_retain(v);
    }
    if (!f->func) return asy_from_obj(asy_retain_obj(asy_name(vm, empty)));
    return asy_retain(qualified ? f->func->qualname : f->func->name);
}

Value asy_generator_repr(VM *vm, Value self)
{
    Frame *f = asy_as_frame(self);
    Value name = asy_generator_name(vm, f, true);
    StrObj *s = asy_format(vm, "<%s object %S at 0x%llx>", asy_type_name(f->head.type), name,
                           asy_heap_number(vm, &f->head));
    asy_release(vm, name);
    return s ? asy_from_obj(s) : ASY_ERR;
}

Value asy_generator_iter(VM *vm, Value self)
{
    (void)vm;
    return asy_retain(self);
}

// A step's outcome as a method gives it: a value, or StopIteration.
static Value outcome(VM *vm, SendResult r, Value out)
{
    if (r == SEND_YIELD) return out;
    if (r == SEND_RETURN) {
        asy_raise_stop(vm, out);
        asy_release(vm, out);
    }
    return ASY_ERR;
}

Value asy_generator_next(VM *vm, Value self)
{
    Value out;
    SendResult r = asy_gen_send(vm, asy_as_frame(self), ASY_NONE, &out);
    if (r == SEND_YIELD) return out;
    if (r == SEND_ERROR) return ASY_ERR;
    if (asy_is_none(out)) return ASY_DONE;
    asy_raise_stop(vm, out);
    asy_release(vm, out);
    return ASY_ERR;
}

Value asy_generator_send(VM *vm, Args a)
{
    Value out;
    SendResult r = asy_gen_send(vm, asy_as_frame(a.self), a.v[0], &out);
    return outcome(vm, r, out);
}

// The exception that throw(type[, value[, tb]]) means; new reference.
Value asy_throw_argument(VM *vm, Value type, Value value, Value tb)
{
    if (!asy_is_nil(value) || !asy_is_nil(tb)) {
        if (!asy_warn(vm, EXC_DeprecationWarning, 1,
                      "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.")) {
            return ASY_ERR;
        }
    }
    if (!asy_is_nil(tb) && !asy_is_none(tb) && asy_type_of(vm, tb) != vm->types.traceback) {
        return asy_raise(vm, EXC_TypeError, "throw() third argument must be a traceback object");
    }
    Value exc;
    if (asy_is_exception(vm, type)) {
        if (!asy_is_nil(value) && !asy_is_none(value)) {
            return asy_raise(vm, EXC_TypeError, "instance exception may not have a separate value");
        }
        exc = asy_retain(type);
    } else if (asy_is_obj(type) && asy_as_obj(type)->type->flags & TYPE_TYPE &&
               asy_as(Type, type)->flags & TYPE_EXCEPTION) {
        if (asy_is_nil(value) || asy_is_none(value)) exc = asy_call0(vm, type);
        else if (asy_is_exception(vm, value)) exc = asy_retain(value);
        else if (asy_is_tuple(vm, value)) exc = asy_call_tuple(vm, type, value, ASY_NIL);
        else exc = asy_call1(vm, type, value);
    } else {
        return asy_raise(vm, EXC_TypeError, "exceptions must be classes or instances deriving from BaseException, not %T", type);
    }
    if (!asy_is_err(exc) && !asy_is_nil(tb) && !asy_is_none(tb)) asy_set(vm, &asy_as_exc(exc)->traceback, asy_retain(tb));
    return exc;
}

static Value generator_throw(VM *vm, Args a)
{
    Value exc = asy_throw_argument(vm, a.v[0], a.v[1], a.v[2]);
    if (asy_is_err(exc)) return ASY_ERR;
    Value out;
    SendResult r = asy_gen_throw(vm, asy_as_frame(a.self), exc, &out);
    asy_release(vm, exc);
    return outcome(vm, r, out);
}

static Value generator_close(VM *vm, Args a)
{
    Value result;
    return asy_gen_close(vm, asy_as_frame(a.self), &result) ? ASY_NONE : ASY_ERR;
}

// -- attributes

static Value get_name(VM *vm, Value self) { return asy_generator_name(vm, asy_as_frame(self), false); }
static Value get_qualname(VM *vm, Value self) { return asy_generator_name(vm, asy_as_frame(self), true); }

static bool set_name_field(VM *vm, Value self, Value v, bool qualified)
{
    if (asy_is_nil(v) || !asy_is_str(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__%sname__ must be set to a string object", qualified ? "qual" : "");
        return false;
    }
    FrameNote *note = asy_frame_note_make(vm, asy_as_frame(self));
    if (!note) return false;
    asy_as_frame(self)->head.flags |= FRAME_HAS_NOTE;
    asy_set(vm, qualified ? &note->qualname : &note->name, asy_retain(v));
    return true;
}
static bool set_name(VM *vm, Value self, Value v) { return set_name_field(vm, self, v, false); }
static bool set_qualname(VM *vm, Value self, Value v) { return set_name_field(vm, self, v, true); }

static Value get_frame(VM *vm, Value self)
{
    Frame *f = asy_as_frame(self);
    return f->state == FRAME_DONE ? ASY_NONE : asy_frame_object(vm, f);
}

static Value get_running(VM *vm, Value self) { return asy_from_bool(asy_chain_running(vm, asy_as_frame(self))); }

static Value get_suspended(VM *vm, Value self)
{
    Frame *f = asy_as_frame(self);
    return asy_from_bool(f->state == FRAME_SUSPENDED && !asy_chain_running(vm, f));
}

static Value get_code(VM *vm, Value self)
{
    (void)vm;
    Frame *f = asy_as_frame(self);
    return f->func ? asy_from_obj(asy_retain_obj(f->func->code)) : ASY_NONE;
}

// What it awaits or delegates to; None while that runs.
static Value get_delegate(VM *vm, Value self)
{
    Frame *f = asy_as_frame(self);
    Value *slot = f->state == FRAME_SUSPENDED && !asy_chain_running(vm, f) ? asy_chain_delegate(f) : NULL;
    return slot && !asy_is_nil(*slot) ? asy_retain(*slot) : ASY_NONE;
}

static Value get_origin(VM *vm, Value self)
{
    FrameNote *note = asy_frame_note(vm, asy_as_frame(self));
    return note && !asy_is_nil(note->origin) ? asy_retain(note->origin) : ASY_NONE;
}

static Value get_ag_running(VM *vm, Value self)
{
    (void)vm;
    return asy_from_bool(asy_as_frame(self)->head.flags & FRAME_AG_RUNNING);
}

Value asy_generator_dunder_next(VM *vm, Args a)
{
    Value out;
    SendResult r = asy_gen_send(vm, asy_as_frame(a.self), ASY_NONE, &out);
    return outcome(vm, r, out);
}

const MethodDef asy_generator_methods[] = {
    { "__next__", asy_generator_dunder_next, "()", 0, "Implement next(self)." },
    { "send", asy_generator_send, "(value, /)", 0,
      "Resumes with 'value' as the result of the yield expression; returns the next yielded value." },
    { "throw", generator_throw, "(type, value=None, tb=None, /)", 0,
      "Raises an exception inside; returns the next yielded value." },
    { "close", generator_close, "()", 0, "Raises GeneratorExit inside." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
const MethodDef asy_coroutine_methods[] = {
    { "send", asy_generator_send, "(value, /)", 0,
      "Resumes with 'value' as the result of the await; returns what it suspends with." },
    { "throw", generator_throw, "(type, value=None, traceback=None, /)", 0,
      "Raises an exception inside; returns what it suspends with." },
    { "close", generator_close, "()", 0, "Raises GeneratorExit inside." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

#define COMMON_ATTRIBUTES(prefix, delegate)                                                        \
    { "__name__", get_name, set_name, "name of the function it was made by" },                     \
    { "__qualname__", get_qualname, set_qualname, "qualified name of the function" },              \
    { prefix "_frame", get_frame, NULL, "its frame, None once it has ended" },                     \
    { prefix "_suspended", get_suspended, NULL, "whether it is suspended" },                       \
    { prefix "_code", get_code, NULL, "its code" },                                                \
    { prefix delegate, get_delegate, NULL, "what it delegates to, or None" }
const GetSetDef asy_generator_getset[] = {
    COMMON_ATTRIBUTES("gi", "_yieldfrom"),
    { "gi_running", get_running, NULL, "whether it is running" },
    { 0 },
};
const GetSetDef asy_coroutine_getset[] = {
    COMMON_ATTRIBUTES("cr", "_await"),
    { "cr_running", get_running, NULL, "whether it is running" },
    { "cr_origin", get_origin, NULL, "where it was made, if that is tracked" },
    { 0 },
};
const GetSetDef asy_async_generator_getset[] = {
    COMMON_ATTRIBUTES("ag", "_await"),
    { "ag_running", get_ag_running, NULL, "whether an asend or athrow is under way" },
    { 0 },
};

// -- coroutine.__await__

typedef struct CoroutineWrapper {
    ObjHeader head;
    Value coroutine;
} CoroutineWrapper;

Value asy_coroutine_await(VM *vm, Value self)
{
    CoroutineWrapper *w = asy_object_alloc(vm, vm->types.coroutine_wrapper);
    if (!w) return ASY_ERR;
    w->coroutine = asy_retain(self);
    return asy_from_obj(w);
}

static Value wrapper_next(VM *vm, Value self)
{
    return asy_generator_next(vm, asy_as(CoroutineWrapper, self)->coroutine);
}
static Value wrapper_send(VM *vm, Args a)
{
    a.self = asy_as(CoroutineWrapper, a.self)->coroutine;
    return asy_generator_send(vm, a);
}
static Value wrapper_throw(VM *vm, Args a)
{
    a.self = asy_as(CoroutineWrapper, a.self)->coroutine;
    return generator_throw(vm, a);
}
static Value wrapper_close(VM *vm, Args a)
{
    a.self = asy_as(CoroutineWrapper, a.self)->coroutine;
    return generator_close(vm, a);
}
static void wrapper_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((CoroutineWrapper *)(void *)o)->coroutine); }
static void wrapper_clear(VM *vm, ObjHeader *o) { asy_clear(vm, &((CoroutineWrapper *)(void *)o)->coroutine); }
static const MethodDef wrapper_methods[] = {
    { "send", wrapper_send, "(value, /)", 0, "Sends into the coroutine." },
    { "throw", wrapper_throw, "(type, value=None, traceback=None, /)", 0, "Raises inside the coroutine." },
    { "close", wrapper_close, "()", 0, "Closes the coroutine." },
    { 0 },
};
const TypeDef asy_coroutine_wrapper_type = {
    .name = "coroutine_wrapper",
    .size = sizeof(CoroutineWrapper),
    .flags = TYPE_DISALLOW_NEW,
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .trace = wrapper_trace,
    .clear = wrapper_clear,
    .methods = wrapper_methods,
    .slots = { .iter = asy_generator_iter, .next = wrapper_next },
};

// -- being dropped (frames.md, Temporaries 7)

bool asy_generator_needs_finalize(VM *vm, Frame *f)
{
    if (f->state == FRAME_DONE || !f->func) return false;
    if (f->state == FRAME_CREATED) return f->head.type == vm->types.coroutine;
    if (f->state != FRAME_SUSPENDED) return false;
    if (f->head.type == vm->types.async_generator) return true;
    if (asy_chain_delegate(f)) return true;
    uint32_t word = asy_frame_word(f);
    const Proto *p = f->func->code->proto;
    for (uint32_t i = 0; i < p->nhandlers; i++) {
        if (word >= p->handlers[i].start && word < p->handlers[i].end) return true;
    }
    return false;
}

// "coroutine 'f' was never awaited", by the warnings module so that filters and -W apply.
static void warn_never_awaited(VM *vm, Frame *f)
{
    Value warn = asy_import_attr(vm, "warnings", "_warn_unawaited_coroutine");
    if (!asy_is_err(warn)) {
        Value r = asy_call1(vm, warn, asy_from_obj(f));
        asy_release(vm, warn);
        if (!asy_is_err(r)) {
            asy_release(vm, r);
            return;
        }
        asy_error_unraisable(vm, asy_from_obj(f), NULL);
        return;
    }
    asy_error_clear(vm);
    Value name = asy_generator_name(vm, f, true);
    if (!asy_warn(vm, EXC_RuntimeWarning, 1, "coroutine '%S' was never awaited", name)) {
        asy_error_unraisable(vm, asy_from_obj(f), NULL);
    }
    asy_release(vm, name);
}

void asy_generator_finalize(VM *vm, Frame *f)
{
    if (f->state == FRAME_DONE) return;
    if (f->head.type == vm->types.async_generator && f->state == FRAME_SUSPENDED) {
        Value hook = asy_retain(asy_async_generator_finalizer(vm, f));
        if (!asy_is_nil(hook)) {
            Value r = asy_call1(vm, hook, asy_from_obj(f));
            if (asy_is_err(r)) asy_error_unraisable(vm, asy_from_obj(f), NULL);
            asy_release(vm, r);
            asy_release(vm, hook);
            return;
        }
    }
    if (f->head.type == vm->types.coroutine && f->state == FRAME_CREATED) {
        warn_never_awaited(vm, f);
        f->state = FRAME_DONE;
        return;
    }
    Value result;
    if (!asy_gen_close(vm, f, &result)) asy_error_unraisable(vm, asy_from_obj(f), NULL);
}

void asy_generator_forget(VM *vm, Frame *f)
{
    if (f->head.flags & FRAME_HAS_NOTE) asy_frame_note_drop(vm, f);
}
