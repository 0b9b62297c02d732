// Binding the arguments of types that are called (new_args.h).
#include "vm/objects/new_args.h"

#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static const char *plural(uint32_t n) { return n == 1 ? "" : "s"; }

static uint32_t keyword_count(Args args) { return asy_is_nil(args.kwnames) ? 0 : (uint32_t)asy_as_tuple(args.kwnames)->size; }

static bool bind_keyword(VM *vm, const char *function, const char *const *names, uint32_t count, uint32_t positional_only,
                         StrObj *name, Value value, Value *out)
{
    for (uint32_t i = positional_only; i < count; i++) {
        if (!asy_str_is(name, names[i])) continue;
        if (!asy_is_nil(out[i])) {
            asy_raise(vm, EXC_TypeError, "argument for %s() given by name ('%s') and position (%u)", function, names[i], i + 1);
            return false;
        }
        out[i] = value;
        return true;
    }
    asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", name, function);
    return false;
}

bool asy_new_args(VM *vm, const char *function, const char *const *names, uint32_t count, uint32_t positional_only,
                  uint32_t required, Args args, Value *out)
{
    uint32_t keywords = keyword_count(args);
    if (keywords && positional_only == count) return asy_no_keywords(vm, function, args);
    if (args.n + keywords > count) {
        asy_raise(vm, EXC_TypeError, "%s() takes at most %u %sargument%s (%u given)", function, count,
                  args.n ? "" : "keyword ", plural(count), args.n + keywords);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) out[i] = i < args.n ? args.v[i] : ASY_NIL;
    for (uint32_t k = 0; k < keywords; k++) {
        StrObj *name = asy_as_str(asy_as_tuple(args.kwnames)->items[k]);
        if (!bind_keyword(vm, function, names, count, positional_only, name, args.v[args.n + k], out)) return false;
    }
    for (uint32_t i = 0; i < required; i++) {
        if (!asy_is_nil(out[i])) continue;
        if (i < positional_only) {
            asy_raise(vm, EXC_TypeError, "%s() takes at least %u positional argument%s (%u given)", function, required, plural(required),
                      args.n);
        } else {
            asy_raise(vm, EXC_TypeError, "%s() missing required argument '%s' (pos %u)", function, names[i], i + 1);
        }
        return false;
    }
    return true;
}

bool asy_no_keywords(VM *vm, const char *function, Args args)
{
    if (!keyword_count(args)) return true;
    asy_raise(vm, EXC_TypeError, "%s() takes no keyword arguments", function);
    return false;
}
