// Constant folding: what an expression is worth, if that can be said without running it.
//
// Nothing is folded that could raise, and nothing that needs more than 64-bit integers: the program computes
// that itself, with the same result. Tuples of constants are constants.
#include <stdlib.h>

#include "vm/compiler/unit.h"

#define FOLD_TEXT_MAX 4096      // bytes a folded concatenation or repetition may have; CPython's

ProtoConst asy_const_of(Compiler *c, const Constant *k)
{
    (void)c;
    ProtoConst result = { .kind = PROTO_NONE };
    switch (k->kind) {
    case CONST_NONE: break;
    case CONST_TRUE: result.kind = PROTO_TRUE; break;
    case CONST_FALSE: result.kind = PROTO_FALSE; break;
    case CONST_ELLIPSIS: result.kind = PROTO_ELLIPSIS; break;
    case CONST_INT:
        result.kind = PROTO_INT;
        result.i = k->as.integer;
        break;
    case CONST_BIG_INT:
        result.kind = PROTO_BIGINT;
        result.count = k->len;
        result.base = k->base;
        result.text = k->as.bytes;
        break;
    case CONST_FLOAT:
        result.kind = PROTO_FLOAT;
        result.f = k->as.number;
        break;
    case CONST_IMAG:
        result.kind = PROTO_COMPLEX;
        result.f = k->as.number;
        break;
    case CONST_STR: case CONST_BYTES:
        result.kind = k->kind == CONST_STR ? PROTO_STR : PROTO_BYTES;
        result.count = k->len;
        result.text = k->len ? k->as.bytes : "";
        break;
    }
    return result;
}

bool asy_const_truth(const ProtoConst *k)
{
    switch ((ProtoConstKind)k->kind) {
    case PROTO_NONE: case PROTO_FALSE: return false;
    case PROTO_INT: return k->i != 0;
    case PROTO_FLOAT: return k->f != 0;
    case PROTO_COMPLEX: return k->f != 0 || k->f2 != 0;
    case PROTO_STR: case PROTO_BYTES: case PROTO_TUPLE: case PROTO_FROZENSET: return k->count != 0;
    case PROTO_TRUE: case PROTO_ELLIPSIS: case PROTO_BIGINT: case PROTO_CODE: break;
    }
    return true;
}

static bool as_int(const ProtoConst *k, int64_t *out)
{
    if (k->kind == PROTO_INT) *out = k->i;
    else if (k->kind == PROTO_TRUE || k->kind == PROTO_FALSE) *out = k->kind == PROTO_TRUE;
    else return false;
    return true;
}

static bool as_double(const ProtoConst *k, double *out)
{
    int64_t i;
    if (k->kind == PROTO_FLOAT) {
        *out = k->f;
        return true;
    }
    // Integers that a double holds exactly; others convert when the program runs.
    if (!as_int(k, &i) || i > (INT64_C(1) << 53) || i < -(INT64_C(1) << 53)) return false;
    *out = (double)i;
    return true;
}

static bool fold_ints(Operator op, int64_t a, int64_t b, ProtoConst *out)
{
    int64_t r;
    switch (op) {
    case BIN_Add:
        if (__builtin_add_overflow(a, b, &r)) return false;
        break;
    case BIN_Sub:
        if (__builtin_sub_overflow(a, b, &r)) return false;
        break;
    case BIN_Mult:
        if (__builtin_mul_overflow(a, b, &r)) return false;
        break;
    case BIN_FloorDiv: case BIN_Mod: {
        if (b == 0 || (a == INT64_MIN && b == -1)) return false;
        int64_t q = a / b, m = a % b;
        if (m && (m < 0) != (b < 0)) q--, m += b;
        r = op == BIN_Mod ? m : q;
        break;
    }
    case BIN_Pow:
        if (b < 0 || b > 63) return false;
        r = 1;
        for (int64_t i = 0; i < b; i++)
            if (__builtin_mul_overflow(r, a, &r)) return false;
        break;
    case BIN_LShift:
        if (b < 0 || b > 62 || a > (INT64_MAX >> b) || a < (INT64_MIN >> b)) return false;
        r = (int64_t)((uint64_t)a << b);
        break;
    case BIN_RShift:
        if (b < 0) return false;
        r = a >> (b > 63 ? 63 : b);
        break;
    case BIN_BitAnd: r = a & b; break;
    case BIN_BitOr: r = a | b; break;
    case BIN_BitXor: r = a ^ b; break;
    case BIN_Div:
        if (b == 0 || llabs(a) > (INT64_C(1) << 53) || llabs(b) > (INT64_C(1) << 53)) return false;
        *out = (ProtoConst){ .kind = PROTO_FLOAT, .f = (double)a / (double)b };
        return true;
    default: return false;
    }
    *out = (ProtoConst){ .kind = PROTO_INT, .i = r };
    return true;
}

static bool fold_bools(Operator op, const ProtoConst *a, const ProtoConst *b, ProtoConst *out)
{
    bool x = a->kind == PROTO_TRUE, y = b->kind == PROTO_TRUE, r;
    if ((a->kind != PROTO_TRUE && a->kind != PROTO_FALSE) || (b->kind != PROTO_TRUE && b->kind != PROTO_FALSE)) return false;
    if (op == BIN_BitAnd) r = x && y;
    else if (op == BIN_BitOr) r = x || y;
    else if (op == BIN_BitXor) r = x != y;
    else return false;
    *out = (ProtoConst){ .kind = r ? PROTO_TRUE : PROTO_FALSE };
    return true;
}

static bool fold_floats(Operator op, double a, double b, ProtoConst *out)
{
    double r;
    switch (op) {
    case BIN_Add: r = a + b; break;
    case BIN_Sub: r = a - b; break;
    case BIN_Mult: r = a * b; break;
    case BIN_Div:
        if (b == 0) return false;
        r = a / b;
        break;
    default: return false;
    }
    *out = (ProtoConst){ .kind = PROTO_FLOAT, .f = r };
    return true;
}

// 1+2j and its like: the real number of a sum with a complex one has imaginary part 0.
static bool fold_complex(Operator op, const ProtoConst *a, const ProtoConst *b, ProtoConst *out)
{
    double ar = 0, ai = 0, br = 0, bi = 0;
    if (op != BIN_Add && op != BIN_Sub) return false;
    if (a->kind == PROTO_COMPLEX) ar = a->f2, ai = a->f;
    else if (!as_double(a, &ar)) return false;
    if (b->kind == PROTO_COMPLEX) br = b->f2, bi = b->f;
    else if (!as_double(b, &br)) return false;
    *out = op == BIN_Add ? (ProtoConst){ .kind = PROTO_COMPLEX, .f2 = ar + br, .f = ai + bi }
                         : (ProtoConst){ .kind = PROTO_COMPLEX, .f2 = ar - br, .f = ai - bi };
    return true;
}

static bool fold_concat(Func *f, const ProtoConst *a, const ProtoConst *b, ProtoConst *out)
{
    uint64_t size = (uint64_t)a->count + b->count;
    if (size > FOLD_TEXT_MAX) return false;
    char *text = asy_compile_alloc(f->c, size + 1);
    if (!text) return false;
    memcpy(text, a->text, a->count);
    memcpy(text + a->count, b->text, b->count);
    *out = (ProtoConst){ .kind = a->kind, .count = (uint32_t)size, .text = text };
    return true;
}

static bool fold_repeat(Func *f, const ProtoConst *a, int64_t times, ProtoConst *out)
{
    if (times < 0) times = 0;
    if (a->count && times > FOLD_TEXT_MAX / (int64_t)a->count) return false;
    size_t size = a->count * (size_t)(a->count ? times : 0);
    char *text = asy_compile_alloc(f->c, size + 1);
    if (!text) return false;
    for (size_t at = 0; at < size; at += a->count) memcpy(text + at, a->text, a->count);
    *out = (ProtoConst){ .kind = a->kind, .count = (uint32_t)size, .text = text };
    return true;
}

static bool fold_binary(Func *f, const Expr *e, ProtoConst *out)
{
    ProtoConst a, b;
    int64_t x, y;
    double p, q;
    // The right side is looked at first: in a long chain it is the short one.
    if (!asy_fold(f, e->BinOp.right, &b) || !asy_fold(f, e->BinOp.left, &a)) return false;
    Operator op = e->BinOp.op;
    if (fold_bools(op, &a, &b, out)) return true;
    if (as_int(&a, &x) && as_int(&b, &y)) return fold_ints(op, x, y, out);
    if (a.kind == PROTO_COMPLEX || b.kind == PROTO_COMPLEX) return fold_complex(op, &a, &b, out);
    if (as_double(&a, &p) && as_double(&b, &q)) return fold_floats(op, p, q, out);
    bool text_a = a.kind == PROTO_STR || a.kind == PROTO_BYTES, text_b = b.kind == PROTO_STR || b.kind == PROTO_BYTES;
    if (op == BIN_Add && text_a && a.kind == b.kind) return fold_concat(f, &a, &b, out);
    if (op == BIN_Mult && text_a && as_int(&b, &y)) return fold_repeat(f, &a, y, out);
    if (op == BIN_Mult && text_b && as_int(&a, &x)) return fold_repeat(f, &b, x, out);
    return false;
}

static bool fold_unary(Func *f, const Expr *e, ProtoConst *out)
{
    ProtoConst k;
    int64_t i;
    if (!asy_fold(f, e->UnaryOp.operand, &k)) return false;
    switch (e->UnaryOp.op) {
    case UNARY_Not: *out = (ProtoConst){ .kind = asy_const_truth(&k) ? PROTO_FALSE : PROTO_TRUE }; return true;
    case UNARY_USub:
        if (k.kind == PROTO_FLOAT) *out = (ProtoConst){ .kind = PROTO_FLOAT, .f = -k.f };
        else if (k.kind == PROTO_COMPLEX) *out = (ProtoConst){ .kind = PROTO_COMPLEX, .f = -k.f, .f2 = -k.f2 };
        else if (as_int(&k, &i) && i != INT64_MIN) *out = (ProtoConst){ .kind = PROTO_INT, .i = -i };
        else return false;
        return true;
    case UNARY_UAdd:
        if (k.kind == PROTO_FLOAT || k.kind == PROTO_COMPLEX || k.kind == PROTO_BIGINT) *out = k;
        else if (as_int(&k, &i)) *out = (ProtoConst){ .kind = PROTO_INT, .i = i };
        else return false;
        return true;
    case UNARY_Invert:
        if (k.kind != PROTO_INT) return false;      // ~True is left to the program
        *out = (ProtoConst){ .kind = PROTO_INT, .i = ~k.i };
        return true;
    case UNARY__COUNT: break;
    }
    return false;
}

static bool fold_tuple(Func *f, const ExprList *elts, ProtoConst *out)
{
    ProtoConst first;
    if (elts->count && !asy_fold(f, elts->items[elts->count - 1], &first)) return false;
    ProtoConst *items = elts->count ? asy_compile_alloc(f->c, elts->count * sizeof *items) : NULL;
    if (elts->count && !items) return false;
    for (uint32_t i = 0; i < elts->count; i++)
        if (!asy_fold(f, elts->items[i], &items[i])) return false;
    *out = (ProtoConst){ .kind = PROTO_TUPLE, .count = elts->count, .items = items };
    return true;
}

bool asy_fold(Func *f, const Expr *e, ProtoConst *out)
{
    switch ((ExprKind)e->kind) {
    case EXPR_Constant: *out = asy_const_of(f->c, &e->Constant.value); return true;
    case EXPR_Name:
        if (e->Name.ctx != CTX_Load || e->Name.id->len != 9 || memcmp(e->Name.id->bytes, "__debug__", 9) != 0) return false;
        *out = (ProtoConst){ .kind = f->c->options->optimize ? PROTO_FALSE : PROTO_TRUE };
        return true;
    case EXPR_BinOp: return fold_binary(f, e, out);
    case EXPR_UnaryOp: return fold_unary(f, e, out);
    case EXPR_Tuple: return e->Tuple.ctx == CTX_Load && fold_tuple(f, &e->Tuple.elts, out);
    default: return false;
    }
}

bool asy_fold_container(Func *f, const Expr *e, ProtoConst *out)
{
    if (e->kind != EXPR_List && e->kind != EXPR_Set) return false;
    if (!fold_tuple(f, e->kind == EXPR_List ? &e->List.elts : &e->Set.elts, out)) return false;
    if (e->kind == EXPR_Set) out->kind = PROTO_FROZENSET;
    return true;
}

static bool as_number(const ProtoConst *k, double *re, double *im)
{
    int64_t i;
    *im = 0;
    if (k->kind == PROTO_FLOAT) *re = k->f;
    else if (k->kind == PROTO_COMPLEX) *re = k->f2, *im = k->f;
    else if (as_int(k, &i)) *re = (double)i;
    else return false;
    return true;
}

bool asy_const_same_key(const ProtoConst *a, const ProtoConst *b)
{
    double ar, ai, br, bi;
    int64_t x, y;
    if (as_int(a, &x) && as_int(b, &y)) return x == y;
    if (as_number(a, &ar, &ai) && as_number(b, &br, &bi)) return ar == br && ai == bi;
    return asy_const_equal(a, b);
}
