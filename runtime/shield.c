// shield: a future of the same result as another, whose cancellation does not reach that one.
//
// Two native callbacks tie them: the inner future's tells the outer one how it has ended; the outer one's, should it end
// first, takes that callback away.
#include "runtime/combine.h"
#include "runtime/loop.h"
#include "runtime/task.h"

bool asy_shield_inner_done(VM *vm, Value outer, Value inner)
{
    int cancelled = asy_any_cancelled(vm, inner), given_up = cancelled < 0 ? -1 : asy_any_cancelled(vm, outer);
    if (given_up < 0) return false;
    if (cancelled) return given_up || asy_any_cancel(vm, outer, ASY_NIL) >= 0;
    Value exc = asy_any_exception(vm, inner);       // also when nobody wants it: it is not reported as lost then
    bool ok = !asy_is_err(exc);
    if (ok && !given_up && !asy_is_none(exc)) {
        ok = asy_any_set_exception(vm, outer, exc);
    } else if (ok && !given_up) {
        Value result = asy_any_result(vm, inner);
        ok = !asy_is_err(result) && asy_any_set_result(vm, outer, result);
        asy_release(vm, result);
    }
    asy_release(vm, exc);
    return ok;
}

bool asy_shield_outer_done(VM *vm, Value inner, Value outer)
{
    int done = asy_any_done(vm, inner);
    return done > 0 || (done == 0 && asy_future_remove_any(vm, inner, CB_SHIELD, outer));
}

// loop.create_future()
static Value create_future(VM *vm, Value loop)
{
    if (asy_loop_plain(vm, loop, LOOP_CREATE_FUTURE) && !asy_as_loop(loop)->debug) {
        FutureObj *f = asy_future_new(vm, asy_rt(vm)->types.future, loop);
        return f ? asy_from_obj(f) : ASY_ERR;
    }
    return asy_call_method0(vm, loop, rt_name(asy_rt(vm), create_future));
}

static Value shield_function(VM *vm, Args a)
{
    Value inner = asy_ensure_future(vm, a.v[0], ASY_NIL);
    if (asy_is_err(inner)) return ASY_ERR;
    int done = asy_any_done(vm, inner);
    if (done > 0) return inner;
    Value loop = done < 0 ? ASY_ERR : asy_any_loop(vm, inner);
    Value outer = asy_is_err(loop) ? ASY_ERR : create_future(vm, loop);
    if (!asy_is_err(outer) &&
        !(asy_future_add_any(vm, inner, CB_SHIELD, outer) && asy_future_add_any(vm, outer, CB_SHIELD_OUTER, inner))) {
        asy_release(vm, outer);
        outer = ASY_ERR;
    }
    asy_release(vm, loop);
    asy_release(vm, inner);
    return outer;
}

const MethodDef asy_shield_functions[] = {
    { "shield", shield_function, "(arg)", 0, "A future of the same result, whose cancellation does not reach arg." },
    { 0 },
};
