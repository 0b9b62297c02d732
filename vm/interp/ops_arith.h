// Handlers of the loop: operators, comparisons and jumps, and the shared tails that finish an instruction.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- operators
#define ARITHMETIC(NAME, OPERATION, INT_OP, FLOAT_OP)                                              \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (ASY_LIKELY(asy_both_int(b, c))) {                                                      \
            int64_t r;                                                                             \
            if (ASY_LIKELY(!INT_OP(asy_as_small(b), asy_as_small(c), &r) && asy_int_fits(r))) {    \
                SET(ip->a, asy_from_small(r));                                                     \
                NEXT(1);                                                                           \
            }                                                                                      \
        } else if (asy_is_float(b) && asy_is_float(c)) {                                           \
            SET(ip->a, asy_from_double(asy_as_double(b) FLOAT_OP asy_as_double(c)));               \
            NEXT(1);                                                                               \
        } else if (both_numbers(b, c)) {                                                           \
            SET(ip->a, asy_from_double(number_of(b) FLOAT_OP number_of(c)));                       \
            NEXT(1);                                                                               \
        }                                                                                          \
        result.bits = OPERATION;                                                                   \
        goto binary_slow;                                                                          \
    }
    ARITHMETIC(ADD, BIN_ADD, __builtin_add_overflow, +)
    ARITHMETIC(SUB, BIN_SUB, __builtin_sub_overflow, -)
    ARITHMETIC(MUL, BIN_MUL, __builtin_mul_overflow, *)
    CASE(MATMUL) : result.bits = BIN_MATMUL;
    goto binary_slow;
    CASE(TRUEDIV) : {
        Value b = R[ip->b], c = R[ip->c];
        if (both_numbers(b, c) && ASY_LIKELY(number_of(c) != 0)) {
            SET(ip->a, asy_from_double(number_of(b) / number_of(c)));
            NEXT(1);
        }
        result.bits = BIN_TRUEDIV;
        goto binary_slow;
    }
    CASE(FLOORDIV) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) != 0)) {
            int64_t q = floor_div(asy_as_small(b), asy_as_small(c));
            if (ASY_LIKELY(asy_int_fits(q))) {
                SET(ip->a, asy_from_small(q));
                NEXT(1);
            }
        }
        result.bits = BIN_FLOORDIV;
        goto binary_slow;
    }
    CASE(MOD) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) != 0)) {
            int64_t d = asy_as_small(c), r = asy_as_small(b) % d;
            if (r != 0 && (r < 0) != (d < 0)) r += d;
            SET(ip->a, asy_from_small(r));
            NEXT(1);
        }
        result.bits = BIN_MOD;
        goto binary_slow;
    }
    CASE(POW) : result.bits = BIN_POW;
    goto binary_slow;
    CASE(LSHIFT) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c)) {
            int64_t v = asy_as_small(b), n = asy_as_small(c);
            if (n >= 0 && n < 40 && v >= -(INT64_C(1) << 9) && v < INT64_C(1) << 9) {
                SET(ip->a, asy_from_small((int64_t)((uint64_t)v << n)));
                NEXT(1);
            }
        }
        result.bits = BIN_LSHIFT;
        goto binary_slow;
    }
    CASE(RSHIFT) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) >= 0)) {
            int64_t n = asy_as_small(c);
            SET(ip->a, asy_from_small(asy_as_small(b) >> (n > 63 ? 63 : n)));
            NEXT(1);
        }
        result.bits = BIN_RSHIFT;
        goto binary_slow;
    }
#define BITWISE(NAME, OPERATION, C_OP)                                                             \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (asy_both_int(b, c)) {                                                                  \
            SET(ip->a, asy_from_small(asy_as_small(b) C_OP asy_as_small(c)));                      \
            NEXT(1);                                                                               \
        }                                                                                          \
        result.bits = OPERATION;                                                                   \
        goto binary_slow;                                                                          \
    }
    BITWISE(AND, BIN_AND, &)
    BITWISE(OR, BIN_OR, |)
    BITWISE(XOR, BIN_XOR, ^)

binary_slow: {
    SAVE();
    BinaryOp op = (BinaryOp)result.bits;
    bool inplace = ip->x & X_INPLACE;
    Value b = R[ip->b], c = R[ip->c];
    if (op == BIN_ADD && !(ip->x & X_B) && asy_is_obj(b) && asy_is_obj(c) && asy_as_obj(b)->type == vm->types.str &&
        asy_as_obj(c)->type == vm->types.str && ip->a == ip->b && b.bits != c.bits) {
        // s += t and s = s + t on a local that is the sole reference grow in place
        if (!asy_str_append(vm, &R[ip->b], asy_as_str(c))) goto raise;
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    result = asy_slow_binary(vm, op, inplace, b, c);
    if (asy_is_err(result)) goto raise;
    CONSUME(X_B, ip->b);
    CONSUME(X_C, ip->c);
    SET(ip->a, result);
    NEXT(1);
}
#define IMMEDIATE(NAME, OPERATION, C_OP)                                                           \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b];                                                                        \
        if (ASY_LIKELY(asy_is_int(b))) {                                                           \
            int64_t r = asy_as_small(b) C_OP(int16_t) ip->c;                                       \
            if (ASY_LIKELY(asy_int_fits(r))) {                                                     \
                SET(ip->a, asy_from_small(r));                                                     \
                NEXT(1);                                                                           \
            }                                                                                      \
        } else if (asy_is_float(b)) {                                                              \
            SET(ip->a, asy_from_double(asy_as_double(b) C_OP(double)(int16_t) ip->c));             \
            NEXT(1);                                                                               \
        }                                                                                          \
        SAVE();                                                                                    \
        Value v = asy_slow_binary(vm, OPERATION, ip->x & X_INPLACE, b, asy_from_small((int16_t)ip->c)); \
        if (asy_is_err(v)) goto raise;                                                             \
        FINISH(v);                                                                                 \
    }
    IMMEDIATE(ADD_I, BIN_ADD, +)
    IMMEDIATE(SUB_I, BIN_SUB, -)
#define UNARY(NAME, FUNCTION)                                                                      \
    CASE(NAME) : {                                                                                 \
        SAVE();                                                                                    \
        Value v = FUNCTION(vm, R[ip->b]);                                                          \
        if (asy_is_err(v)) goto raise;                                                             \
        FINISH(v);                                                                                 \
    }
    UNARY(NEGATIVE, asy_negative)
    UNARY(POSITIVE, asy_positive)
    UNARY(INVERT, asy_invert)
    CASE(NOT) : {
        bool truth;
        if (!fast_truth(R[ip->b], &truth)) {
            SAVE();
            int t = asy_truth(vm, R[ip->b]);
            if (t < 0) goto raise;
            truth = t;
        }
        FINISH(asy_from_bool(!truth));
    }
#define COMPARE(NAME, CMP, C_OP)                                                                   \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (asy_both_int(b, c)) {                                                                  \
            SET(ip->a, asy_from_bool(asy_as_small(b) C_OP asy_as_small(c)));                       \
            NEXT(1);                                                                               \
        }                                                                                          \
        if (both_numbers(b, c)) {                                                                  \
            SET(ip->a, asy_from_bool(number_of(b) C_OP number_of(c)));                             \
            NEXT(1);                                                                               \
        }                                                                                          \
        SAVE();                                                                                    \
        result = asy_compare(vm, b, c, CMP);                                                       \
        if (asy_is_err(result)) goto raise;                                                        \
        goto finish_2;                                                                             \
    }
    COMPARE(LT, CMP_LT, <)
    COMPARE(LE, CMP_LE, <=)
    COMPARE(EQ, CMP_EQ, ==)
    COMPARE(NE, CMP_NE, !=)
    COMPARE(GT, CMP_GT, >)
    COMPARE(GE, CMP_GE, >=)
    CASE(IS) : {
        result = asy_from_bool(asy_is(vm, R[ip->b], R[ip->c]) != !!(ip->x & X_NEGATE));
        goto finish_2;
    }
    CASE(IN) : {
        SAVE();
        int in = asy_contains(vm, R[ip->c], R[ip->b]);
        if (in < 0) goto raise;
        result = asy_from_bool(in != !!(ip->x & X_NEGATE));
        goto finish_2;
    }
finish_2:       // result in hand: consume b and c, store
    CONSUME(X_B, ip->b);
    CONSUME(X_C, ip->c);
    SET(ip->a, result);
    NEXT(1);
finish_1:       // result in hand: consume b, store
    CONSUME(X_B, ip->b);
    SET(ip->a, result);
    NEXT(1);
finish_window: { // result in hand: consume the c temporaries at b, store
    Value *w = &R[ip->b];
    for (uint32_t i = 0; i < ip->c; i++) {
        Value dead = w[i];
        w[i] = ASY_NIL;
        RELEASE(dead);
    }
    SET(ip->a, result);
    NEXT(1);
}
    // -- jumps
    CASE(JUMP) : {
        JUMP_TO(*ip);
        DISPATCH();
    }
    CASE(JUMP_BACK) : {
        if (ASY_UNLIKELY(vm->pending)) {
            SAVE();
            if (!asy_slow_pending(vm)) goto raise;
        }
        if (ASY_UNLIKELY(!code->warm && ++code->back_edges == WARM_BACK_EDGES)) {
            // this very activation goes on in the warm copy
            SAVE();
            uint32_t word = asy_frame_word(frame);
            if (asy_code_warm(vm, code)) ip = frame->ip = code->code + word;
        }
        JUMP_TO(*ip);
        DISPATCH();
    }
    CASE(JUMP_IF) : {
        bool truth;
        Value v = R[ip->a];
        if (!fast_truth(v, &truth)) {
            SAVE();
            int t = asy_truth(vm, v);
            if (t < 0) goto raise;
            truth = t;
            CONSUME(X_A, ip->a);
        }
        if (truth != !!(ip->x & X_NEGATE)) JUMP_TO(*ip);
        else ip++;
        DISPATCH();
    }
    CASE(JUMP_IF_KEEP) : {
        bool truth;
        if (!fast_truth(R[ip->a], &truth)) {
            SAVE();
            int t = asy_truth(vm, R[ip->a]);
            if (t < 0) goto raise;
            truth = t;
        }
        if (truth != !!(ip->x & X_NEGATE)) {
            JUMP_TO(*ip);
            DISPATCH();
        }
        TAKE(ip->a, dead);
        RELEASE(dead);
        NEXT(1);
    }
    CASE(JUMP_IF_NONE) : {
        bool none = asy_is_none(R[ip->a]);
        CONSUME(X_A, ip->a);
        if (none != !!(ip->x & X_NEGATE)) JUMP_TO(*ip);
        else ip++;
        DISPATCH();
    }
#define FUSED_END(condition)                                                                       \
    if ((condition) != !!(ip->x & X_NEGATE)) JUMP_TO(EXT);                                         \
    else ip += 2;                                                                                  \
    DISPATCH()
#define JUMP_COMPARE(NAME, CMP, C_OP)                                                              \
    CASE(JUMP_##NAME) : {                                                                          \
        Value a = R[ip->a], b = R[ip->b];                                                          \
        if (ASY_LIKELY(asy_both_int(a, b))) {                                                      \
            FUSED_END(asy_as_small(a) C_OP asy_as_small(b));                                       \
        }                                                                                          \
        if (both_numbers(a, b)) {                                                                  \
            FUSED_END(number_of(a) C_OP number_of(b));                                             \
        }                                                                                          \
        result.bits = CMP;                                                                         \
        goto jump_compare_slow;                                                                    \
    }                                                                                              \
    CASE(JUMP_##NAME##_I) : {                                                                      \
        Value a = R[ip->a];                                                                        \
        if (ASY_LIKELY(asy_is_int(a))) {                                                           \
            FUSED_END(asy_as_small(a) C_OP(int16_t) ip->b);                                        \
        }                                                                                          \
        if (asy_is_float(a)) {                                                                     \
            FUSED_END(asy_as_double(a) C_OP(int16_t) ip->b);                                       \
        }                                                                                          \
        result.bits = CMP | 16;                                                                    \
        goto jump_compare_slow;                                                                    \
    }
    JUMP_COMPARE(LT, CMP_LT, <)
    JUMP_COMPARE(LE, CMP_LE, <=)
    JUMP_COMPARE(EQ, CMP_EQ, ==)
    JUMP_COMPARE(NE, CMP_NE, !=)
    JUMP_COMPARE(GT, CMP_GT, >)
    JUMP_COMPARE(GE, CMP_GE, >=)
jump_compare_slow: {
    SAVE();
    Comparison op = (Comparison)(result.bits & 15);
    bool immediate = result.bits & 16;
    Value a = R[ip->a], b = immediate ? asy_from_small((int16_t)ip->b) : R[ip->b];
    int truth;
    if (asy_is_obj(a) && asy_is_obj(b) && (op == CMP_EQ || op == CMP_NE) &&
        asy_as_obj(a)->type == vm->types.str && asy_as_obj(b)->type == vm->types.str) {
        truth = asy_str_equal(asy_as_str(a), asy_as_str(b)) == (op == CMP_EQ);
    } else {
        Value v = asy_compare(vm, a, b, op);
        if (asy_is_err(v)) goto raise;
        bool fast;
        truth = fast_truth(v, &fast) ? fast : asy_truth(vm, v);
        RELEASE(v);
        if (truth < 0) goto raise;
    }
    CONSUME(X_A, ip->a);
    if (!immediate) CONSUME(X_B, ip->b);
    FUSED_END(truth);
}
    CASE(JUMP_IS) : {
        bool same = asy_is(vm, R[ip->a], R[ip->b]);
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        FUSED_END(same);
    }
    CASE(JUMP_IN) : {
        SAVE();
        int in = asy_contains(vm, R[ip->b], R[ip->a]);
        if (in < 0) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        FUSED_END(in);
    }
