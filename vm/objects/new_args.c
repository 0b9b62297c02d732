// Binding the arguments of types that are called (new_args.h).
#include "vm/objects/new_args.h"

#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static const char *plural(uint32_t n) { return n == 1 ? "" : "s"; }

static uint32_t keyword_count(Args args) { return asy_is_nil(args.kwnames) ? 0 : (uint32_t)asy_as_tuple(args.kwnames)->size; }

// The first keyword that has no use: of no parameter, or of one that was given by position.
static bool refuse_keyword(VM *vm, const char *function, const char *const *names, uint32_t count, uint32_t positional_only, Args args)
{
    for (uint32_t k = 0; k < keyword_count(args); k++) {
        StrObj *name = asy_as_str(asy_as_tuple(args.kwnames)->items[k]);
        uint32_t i = positional_only;
        while (i < count && !asy_str_is(name, names[i])) i++;
        if (i == count) {
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", name, function);
            return false;
        }
        if (i < args.n) {
            asy_raise(vm, EXC_TypeError, "argument for %s() given by name ('%s') and position (%u)", function, names[i], i + 1);
            return false;
        }
    }
    return true;
}

bool asy_new_args(VM *vm, const char *function, const char *const *names, uint32_t count, uint32_t positional_only,
                  uint32_t required, Args args, Value *out)
{
    uint32_t keywords = keyword_count(args), used = 0;
    if (!keywords && args.n >= required && args.n <= count) {
        for (uint32_t i = 0; i < count; i++) out[i] = i < args.n ? args.v[i] : ASY_NIL;
        return true;
    }
    if (keywords && positional_only == count) return asy_no_keywords(vm, function, args);
    if (args.n + keywords > count) {
        asy_raise(vm, EXC_TypeError, "%s() takes at most %u %sargument%s (%u given)", function, count,
                  args.n ? "" : "keyword ", plural(count), args.n + keywords);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        out[i] = i < args.n ? args.v[i] : ASY_NIL;
        for (uint32_t k = 0; k < keywords && asy_is_nil(out[i]) && i >= positional_only; k++) {
            if (!asy_str_is(asy_as_str(asy_as_tuple(args.kwnames)->items[k]), names[i])) continue;
            out[i] = args.v[args.n + k];
            used++;
        }
        if (i >= required || !asy_is_nil(out[i])) continue;
        if (i < positional_only) {
            asy_raise(vm, EXC_TypeError, "%s() takes at least %u positional argument%s (%u given)", function, required, plural(required),
                      args.n);
        } else {
            asy_raise(vm, EXC_TypeError, "%s() missing required argument '%s' (pos %u)", function, names[i], i + 1);
        }
        return false;
    }
    return used == keywords || refuse_keyword(vm, function, names, count, positional_only, args);
}

bool asy_no_keywords(VM *vm, const char *function, Args args)
{
    if (!keyword_count(args)) return true;
    asy_raise(vm, EXC_TypeError, "%s() takes no keyword arguments", function);
    return false;
}
