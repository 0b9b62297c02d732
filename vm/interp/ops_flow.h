// Handlers of the loop: with, exceptions, classes, imports and pattern matching.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- with
    CASE(BEFORE_WITH) :
    CASE(BEFORE_ASYNC_WITH) : {
        SAVE();
        Value exit, entered;
        if (!asy_slow_with(vm, R[ip->b], ip->op == OP_BEFORE_ASYNC_WITH, &exit, &entered)) goto raise;
        CONSUME(X_B, ip->b);
        R[ip->a] = exit;
        R[ip->a + 1] = entered;
        NEXT(1);
    }
    CASE(WITH_EXIT) : {
        SAVE();
        result = asy_call3(vm, R[ip->b], ASY_NONE, ASY_NONE, ASY_NONE);
        if (asy_is_err(result)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(WITH_EXCEPT) : {
        SAVE();
        Value exc = R[ip->c], tb = asy_as_exc(exc)->traceback;
        result = asy_call3(vm, R[ip->b], asy_from_obj(asy_as_obj(exc)->type), exc, asy_is_nil(tb) ? ASY_NONE : tb);
        if (asy_is_err(result)) goto raise;
        SET(ip->a, result);
        NEXT(1);
    }
    // -- exceptions
    CASE(POP_HANDLED) : {
        TAKE(ip->a, saved);
        asy_set(vm, &th->handled->exc, saved);
        NEXT(1);
    }
    CASE(SET_HANDLED) : {
        asy_set(vm, &th->handled->exc, asy_retain(R[ip->a]));
        NEXT(1);
    }
    CASE(MATCH_EXC) : {
        SAVE();
        int match = asy_exc_matches(vm, R[ip->b], R[ip->c]);
        if (match < 0) goto raise;
        CONSUME(X_C, ip->c);
        SET(ip->a, asy_from_bool(match));
        NEXT(1);
    }
    CASE(MATCH_EXC_STAR) : {
        SAVE();
        Value match, rest;
        if (!asy_exc_split(vm, R[ip->b], R[ip->c], &match, &rest)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        CONSUME(X_C, ip->c);
        R[ip->a] = rest;
        R[ip->a + 1] = match;
        NEXT(1);
    }
    CASE(RERAISE_STAR) : {
        SAVE();
        result = asy_exc_group_reraise(vm, R[ip->b], asy_as_list(R[ip->c]));
        if (asy_is_err(result)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        TAKE(ip->c, dead2);
        RELEASE(dead2);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(RAISE) : {
        SAVE();
        unsigned form = ip->c;
        reraise = asy_slow_raise(vm, form ? R[ip->a] : ASY_NIL, form == 2 ? R[ip->b] : ASY_NIL, form);
        if (reraise) goto reraise;
        goto raise;
    }
    CASE(RERAISE) : {
        SAVE();
        TAKE(ip->a, exc);
        assert(asy_is_nil(th->exc));
        th->exc = exc;
        goto reraise;
    }
    // -- classes, modules, scopes
    CASE(LOAD_BUILD_CLASS) : {
        SAVE();
        Value v = asy_dict_get_str(vm, frame->func->builtins, asy_name(vm, __build_class__));
        if (asy_is_nil(v)) {
            if (!asy_error_pending(vm)) asy_raise(vm, EXC_NameError, "__build_class__ not found");
            goto raise;
        }
        asy_retain(v);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(SETUP_ANNOTATIONS) : {
        SAVE();
        if (!asy_slow_setup_annotations(vm, R[ip->a])) goto raise;
        NEXT(1);
    }
    CASE(IMPORT_NAME) : {
        SAVE();
        Value fromlist = code->consts[(uint32_t)asy_instr_wide(EXT)];
        Value v = asy_import_hooked(vm, frame, NAME_AT(ip->b), fromlist, ip->c);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(IMPORT_FROM) : {
        SAVE();
        Value v = asy_import_from(vm, R[ip->b], NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(IMPORT_STAR) : {
        SAVE();
        if (!asy_import_star(vm, R[ip->a], R[ip->b])) goto raise;
        CONSUME(X_A, ip->a);
        NEXT(1);
    }
    CASE(LOAD_ASSERTION_ERROR) : {
        SET(ip->a, asy_from_obj(asy_retain_obj(vm->exc[EXC_AssertionError])));
        NEXT(1);
    }
    CASE(INTRINSIC) : {
        SAVE();
        static const uint8_t lengths[] = {
#define INTRINSIC(name, n, effect) n,
#include "vm/bytecode/intrinsics.def"
        };
        result = asy_slow_intrinsic(vm, frame, ip->c, &R[ip->b]);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < lengths[ip->c]; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(1);
    }
    // -- pattern matching
    CASE(MATCH_SEQUENCE) : {
        SET(ip->a, asy_from_bool(asy_type_of(vm, R[ip->b])->flags & TYPE_MATCH_SEQUENCE));
        NEXT(1);
    }
    CASE(MATCH_MAPPING) : {
        SET(ip->a, asy_from_bool(asy_type_of(vm, R[ip->b])->flags & TYPE_MATCH_MAPPING));
        NEXT(1);
    }
    CASE(MATCH_KEYS) : {
        SAVE();
        Value v = asy_slow_match_keys(vm, R[ip->b], R[ip->c]);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(MATCH_CLASS) : {
        SAVE();
        Value names = code->consts[(uint32_t)asy_instr_wide(EXT)];
        Value v = asy_slow_match_class(vm, R[ip->b], R[ip->c], EXT.a, names);
        if (asy_is_err(v)) goto raise;
        TAKE(ip->c, dead);
        RELEASE(dead);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(GET_LEN) : {
        SAVE();
        int64_t n = asy_length(vm, R[ip->b]);
        if (n < 0) goto raise;
        SET(ip->a, asy_from_small(n));
        NEXT(1);
    }
