// The math module: the C library's functions with Python's errors, and exact ones on integers.
#include <float.h>
#include <math.h>

#include "stdlib/lib.h"

static Value domain(VM *vm) { return asy_raise(vm, EXC_ValueError, "math domain error"); }
static Value range(VM *vm) { return asy_raise(vm, EXC_OverflowError, "math range error"); }

// A result: NaN from no NaN is a domain error; infinity from finite arguments overflow or, where the function has a pole
// there, a domain error.
static Value checked(VM *vm, double r, bool had_nan, bool had_inf, bool overflows)
{
    if (isnan(r) && !had_nan) return domain(vm);
    if (isinf(r) && !had_inf) return overflows ? range(vm) : domain(vm);
    return asy_from_double(r);
}

#define ONE(name, f, overflows)                                                                    \
    static Value math_##name(VM *vm, Args a)                                                       \
    {                                                                                              \
        double x;                                                                                  \
        if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;                                        \
        return checked(vm, f(x), isnan(x), isinf(x), overflows);                                   \
    }
ONE(acos, acos, false) ONE(acosh, acosh, false) ONE(asin, asin, false) ONE(asinh, asinh, false) ONE(atan, atan, false)
ONE(atanh, atanh, false) ONE(cbrt, cbrt, false) ONE(cos, cos, false) ONE(cosh, cosh, true) ONE(erf, erf, false)
ONE(erfc, erfc, false) ONE(exp, exp, true) ONE(exp2, exp2, true) ONE(expm1, expm1, true) ONE(fabs, fabs, false)
ONE(sin, sin, false) ONE(sinh, sinh, true) ONE(sqrt, sqrt, false) ONE(tan, tan, false) ONE(tanh, tanh, false)
ONE(log1p, log1p, false)

static Value math_gamma(VM *vm, Args a)
{
    double x;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    if (x == 0 || (isinf(x) && x < 0) || (isfinite(x) && x < 0 && floor(x) == x)) return domain(vm);
    double r = tgamma(x);
    // small whole arguments exactly, as CPython gives them
    if (floor(x) == x && x <= 23 && x >= 1) {
        r = 1;
        for (int i = 2; i < (int)x; i++) r *= i;
    }
    return checked(vm, r, isnan(x), isinf(x), true);
}
static Value math_lgamma(VM *vm, Args a)
{
    double x;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    if (isinf(x)) return asy_from_double(HUGE_VAL);
    if (x <= 0 && floor(x) == x) return domain(vm);
    int sign;
    return checked(vm, x == 1 || x == 2 ? 0.0 : lgamma_r(x, &sign), isnan(x), false, true);
}

#define TWO_ARGUMENTS(x, y)                                                                        \
    double x, y;                                                                                   \
    if (!asy_to_double(vm, a.v[0], &x) || !asy_to_double(vm, a.v[1], &y)) return ASY_ERR
static Value math_atan2(VM *vm, Args a)
{
    TWO_ARGUMENTS(y, x);
    return asy_from_double(atan2(y, x));
}
static Value math_copysign(VM *vm, Args a)
{
    TWO_ARGUMENTS(x, y);
    return asy_from_double(copysign(x, y));
}
static Value math_fmod(VM *vm, Args a)
{
    TWO_ARGUMENTS(x, y);
    if (isinf(y) && isfinite(x)) return asy_from_double(x);
    return checked(vm, fmod(x, y), isnan(x) || isnan(y), false, false);
}
static Value math_remainder(VM *vm, Args a)
{
    TWO_ARGUMENTS(x, y);
    return checked(vm, remainder(x, y), isnan(x) || isnan(y), false, false);
}
static Value math_pow(VM *vm, Args a)
{
    TWO_ARGUMENTS(x, y);
    double r = pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(r)) return domain(vm);
        if (isinf(r)) return x == 0 ? domain(vm) : range(vm);
    }
    return asy_from_double(r);
}
static Value math_ldexp(VM *vm, Args a)
{
    double x;
    int64_t e;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    if (!asy_is_integer(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "Expected an int as second argument to ldexp.");
    if (!asy_int_as_i64(vm, a.v[1], &e)) e = asy_int_sign(vm, a.v[1]) < 0 ? INT32_MIN : INT32_MAX;
    e = e > INT32_MAX ? INT32_MAX : e < INT32_MIN ? INT32_MIN : e;
    return checked(vm, ldexp(x, (int)e), isnan(x), isinf(x), true);
}
static Value math_frexp(VM *vm, Args a)
{
    double x;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    int e = 0;
    double m = isfinite(x) ? frexp(x, &e) : x;
    return asy_tuple_pack(vm, 2, asy_from_double(m), asy_from_small(e));
}
static Value math_modf(VM *vm, Args a)
{
    double x, whole;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    double part = modf(x, &whole);
    return asy_tuple_pack(vm, 2, asy_from_double(part), asy_from_double(whole));
}
static Value math_nextafter(VM *vm, Args a)
{
    TWO_ARGUMENTS(x, y);
    if (asy_absent(a.v[2])) return asy_from_double(nextafter(x, y));
    int64_t steps;
    if (!asy_to_i64(vm, a.v[2], &steps)) return ASY_ERR;
    if (steps < 0) return asy_raise(vm, EXC_ValueError, "steps must be a non-negative integer");
    // floats of one sign are ordered as their bits: go that far along this order at once
    if (isnan(x) || isnan(y)) return asy_from_double(isnan(x) ? x : y);
    union { double d; int64_t i; } ux = { x }, uy = { y };
    __int128 from = ux.i < 0 ? (__int128)INT64_MIN - ux.i : ux.i, to = uy.i < 0 ? (__int128)INT64_MIN - uy.i : uy.i;
    if (x == y || steps == 0) return asy_from_double(steps == 0 ? x : y);
    __int128 at = from < to ? (from + steps > to ? to : from + steps) : (from - steps < to ? to : from - steps);
    if (at == to) return asy_from_double(y);
    union { int64_t i; double d; } u = { .i = at < 0 ? (int64_t)((__int128)INT64_MIN - at) : (int64_t)at };
    return asy_from_double(u.d);
}
static Value math_ulp(VM *vm, Args a)
{
    double x;
    if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;
    if (isnan(x)) return asy_from_double(x);
    x = fabs(x);
    if (isinf(x)) return asy_from_double(x);
    double up = nextafter(x, INFINITY);
    return asy_from_double(isinf(up) ? x - nextafter(x, -INFINITY) : up - x);
}
#define TEST(name, f)                                                                              \
    static Value math_##name(VM *vm, Args a)                                                       \
    {                                                                                              \
        double x;                                                                                  \
        if (!asy_to_double(vm, a.v[0], &x)) return ASY_ERR;                                        \
        return asy_from_bool(f(x));                                                                \
    }
TEST(isfinite, isfinite) TEST(isinf, isinf) TEST(isnan, isnan)
static Value math_degrees(VM *vm, Args a)
{
    double x;
    return asy_to_double(vm, a.v[0], &x) ? asy_from_double(x * (180.0 / M_PI)) : ASY_ERR;
}
static Value math_radians(VM *vm, Args a)
{
    double x;
    return asy_to_double(vm, a.v[0], &x) ? asy_from_double(x * (M_PI / 180.0)) : ASY_ERR;
}

static Value math_isclose(VM *vm, Args a)
{
    double x, y, rel = 1e-9, abs_tol = 0;
    if (!asy_to_double(vm, a.v[0], &x) || !asy_to_double(vm, a.v[1], &y) || !asy_arg_double(vm, a.v[2], &rel) ||
        !asy_arg_double(vm, a.v[3], &abs_tol)) {
        return ASY_ERR;
    }
    if (rel < 0 || abs_tol < 0) return asy_raise(vm, EXC_ValueError, "tolerances must be non-negative");
    if (x == y) return ASY_TRUE;
    if (isinf(x) || isinf(y)) return ASY_FALSE;
    double diff = fabs(y - x);
    return asy_from_bool(diff <= fabs(rel * y) || diff <= fabs(rel * x) || diff <= abs_tol);
}

// -- rounding

static Value rounded(VM *vm, Value v, StrObj *special, double (*f)(double), const char *what)
{
    if (asy_is_float(v)) return asy_int_from_double(vm, f(asy_as_double(v)));
    Value method = asy_special(vm, v, special);
    if (asy_is_err(method)) return ASY_ERR;
    if (!asy_is_nil(method)) {
        Value r = asy_call0(vm, method);
        asy_release(vm, method);
        return r;
    }
    if (!f) return asy_raise(vm, EXC_TypeError, "type %T doesn't define %s method", v, what);
    double x;
    return asy_to_double(vm, v, &x) ? asy_int_from_double(vm, f(x)) : ASY_ERR;
}
static Value math_floor(VM *vm, Args a) { return rounded(vm, a.v[0], asy_name(vm, __floor__), floor, "__floor__"); }
static Value math_ceil(VM *vm, Args a) { return rounded(vm, a.v[0], asy_name(vm, __ceil__), ceil, "__ceil__"); }
static Value math_trunc(VM *vm, Args a)
{
    if (asy_is_float(a.v[0])) return asy_int_from_double(vm, asy_as_double(a.v[0]));
    return rounded(vm, a.v[0], asy_name(vm, __trunc__), NULL, "__trunc__");
}

// -- logarithms: of integers too large for a float as well

static Value log_of(VM *vm, Value v, double (*f)(double), double of_two)
{
    if (asy_is_integer(vm, v)) {
        if (asy_int_sign(vm, v) <= 0) return domain(vm);
        double x;
        if (asy_int_to_double(vm, v, &x)) return asy_from_double(f(x));
        if (!asy_error_catch(vm, EXC_OverflowError)) return ASY_ERR;
        // x = m * 2^shift with m a float's worth of leading bits
        size_t bits = asy_int_bit_length(vm, v), shift = bits - 64;
        Value s = asy_from_small((int64_t)shift), top = asy_int_binary(vm, BIN_RSHIFT, v, s);
        if (asy_is_err(top)) return ASY_ERR;
        bool ok = asy_int_to_double(vm, top, &x);
        asy_release(vm, top);
        return ok ? asy_from_double(f(x) + (double)shift * of_two) : ASY_ERR;
    }
    double x;
    if (!asy_to_double(vm, v, &x)) return ASY_ERR;
    if (isnan(x) || (isinf(x) && x > 0)) return asy_from_double(x);
    if (x <= 0) return domain(vm);
    return asy_from_double(f(x));
}
static Value math_log(VM *vm, Args a)
{
    Value x = log_of(vm, a.v[0], log, M_LN2);
    if (asy_is_err(x) || asy_is_nil(a.v[1])) return x;
    Value base = log_of(vm, a.v[1], log, M_LN2);
    return asy_is_err(base) ? ASY_ERR : asy_binary(vm, BIN_TRUEDIV, x, base);
}
static Value math_log2(VM *vm, Args a) { return log_of(vm, a.v[0], log2, 1); }
static Value math_log10(VM *vm, Args a) { return log_of(vm, a.v[0], log10, 0.30102999566398119521); }

// -- sums

// Shewchuk's partials: non-overlapping floats whose sum is exact.
static Value math_fsum(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]), result = ASY_ERR;
    if (asy_is_err(it)) return ASY_ERR;
    double local[32], *p = local, special = 0, infs = 0;
    size_t n = 0, capacity = 32;
    bool finite = true;
    for (;;) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) break;
        double x;
        bool ok = !asy_is_err(v) && asy_to_double(vm, v, &x);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (!ok) goto done;
        if (!isfinite(x)) {
            finite = false;
            if (isinf(x)) infs += x;
            special += x;
            continue;
        }
        size_t keep = 0;
        for (size_t i = 0; i < n; i++) {
            double y = p[i];
            if (fabs(x) < fabs(y)) {
                double swap = x;
                x = y;
                y = swap;
            }
            double hi = x + y, lo = y - (hi - x);
            if (lo != 0) p[keep++] = lo;
            x = hi;
        }
        n = keep;
        if (x == 0) continue;
        if (!isfinite(x)) {
            asy_raise(vm, EXC_OverflowError, "intermediate overflow in fsum");
            goto done;
        }
        if (n == capacity) {
            double *grown = asy_mem_alloc(vm, 2 * capacity * sizeof(double));
            if (!grown) {
                asy_raise_memory(vm);
                goto done;
            }
            memcpy(grown, p, n * sizeof(double));
            if (p != local) asy_mem_free(vm, p, capacity * sizeof(double));
            p = grown;
            capacity *= 2;
        }
        p[n++] = x;
    }
    if (!finite) {
        if (isnan(infs)) asy_raise(vm, EXC_ValueError, "-inf + inf in fsum");
        else result = asy_from_double(special);
        goto done;
    }
    double hi = 0;
    if (n) {
        hi = p[--n];
        double lo = 0;
        while (n) {
            double x = hi, y = p[--n];
            hi = x + y;
            lo = y - (hi - x);
            if (lo != 0) break;
        }
        // round half even correctly: the next partial decides a tie
        if (n && ((lo < 0 && p[n - 1] < 0) || (lo > 0 && p[n - 1] > 0))) {
            double y = lo * 2, x = hi + y;
            if (y == x - hi) hi = x;
        }
    }
    result = asy_from_double(hi);
done:
    if (p != local) asy_mem_free(vm, p, capacity * sizeof(double));
    asy_release(vm, it);
    return result;
}

static Value math_prod(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]);
    if (asy_is_err(it)) return ASY_ERR;
    Value result = asy_is_nil(a.v[1]) ? asy_from_small(1) : asy_retain(a.v[1]);
    while (!asy_is_err(result)) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) break;
        Value next = asy_is_err(v) ? ASY_ERR : asy_binary(vm, BIN_MUL, result, v);
        asy_release(vm, result);
        if (!asy_is_err(v)) asy_release(vm, v);
        result = next;
    }
    asy_release(vm, it);
    return result;
}

// A sum kept in three floats, so that it is rounded once at the end (Ogita, Rump and Oishi 2005, dot products).
typedef struct Triple {
    double hi, lo, tiny;
} Triple;
static double two_sum(double a, double b, double *error)
{
    double s = a + b, z = s - a;
    *error = (a - (s - z)) + (b - z);
    return s;
}
static void triple_add_product(Triple *t, double x, double y)
{
    double p = x * y, pe = fma(x, y, -p), e1, e2, e3;
    double hi = two_sum(t->hi, p, &e1), lo = two_sum(t->lo, pe, &e2);
    double mid = two_sum(lo, e1, &e3);
    *t = (Triple){ hi, mid, t->tiny + e2 + e3 };
}
static double triple_value(const Triple *t)
{
    double e1, e2;
    double lo = two_sum(t->lo, t->tiny, &e1), hi = two_sum(t->hi, lo, &e2);
    return hi + (e2 + e1);
}

// Floats (and integers among them) are summed exactly as long as they are finite; anything else by the operators.
static Value math_sumprod(VM *vm, Args a)
{
    Value p = asy_iter(vm, a.v[0]), q = asy_is_err(p) ? ASY_ERR : asy_iter(vm, a.v[1]), total = asy_from_small(0);
    Triple floats = { 0, 0, 0 };
    bool have_floats = false;
    bool ok = !asy_is_err(q);
    while (ok) {
        Value x = asy_next(vm, p), y = asy_is_err(x) ? ASY_ERR : asy_next(vm, q);
        if (asy_is_done(x) && asy_is_done(y)) break;
        ok = !asy_is_err(y);
        if (ok && (asy_is_done(x) || asy_is_done(y))) {
            asy_raise(vm, EXC_ValueError, "Inputs are not the same length");
            ok = false;
        }
        bool numbers = ok && (asy_is_float(x) || asy_is_int(x)) && (asy_is_float(y) || asy_is_int(y)) &&
                       (asy_is_float(x) || asy_is_float(y));
        if (numbers) {
            double dx = asy_is_float(x) ? asy_as_double(x) : (double)asy_as_small(x);
            double dy = asy_is_float(y) ? asy_as_double(y) : (double)asy_as_small(y);
            Triple next = floats;
            triple_add_product(&next, dx, dy);
            numbers = isfinite(next.hi);
            if (numbers) floats = next, have_floats = true;
        }
        if (ok && !numbers) {
            Value product = asy_binary(vm, BIN_MUL, x, y);
            Value next = asy_is_err(product) ? ASY_ERR : asy_binary(vm, BIN_ADD, total, product);
            if (!asy_is_err(product)) asy_release(vm, product);
            ok = !asy_is_err(next);
            if (ok) {
                asy_release(vm, total);
                total = next;
            }
        }
        if (asy_is_obj(x)) asy_release(vm, x);
        if (asy_is_obj(y)) asy_release(vm, y);
    }
    if (ok && have_floats) {
        Value sum = asy_binary(vm, BIN_ADD, total, asy_from_double(triple_value(&floats)));
        asy_release(vm, total);
        total = sum;
    }
    if (!asy_is_err(p)) asy_release(vm, p);
    if (!asy_is_err(q)) asy_release(vm, q);
    if (ok) return total;
    asy_release(vm, total);
    return ASY_ERR;
}

// Euclidean norm without overflow: scaled by the largest.
static double norm(const double *v, size_t n, double max, bool nan)
{
    if (isinf(max)) return max;
    if (nan) return NAN;
    if (max == 0 || n <= 1) return max;
    double scale = ldexp(1.0, -ilogb(max)), sum = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        double x = v[i] * scale, square = x * x, low = fma(x, x, -square), old = sum;
        sum += square;
        lost += (square - (sum - old)) + low;
    }
    double root = sqrt(sum + lost);
    // one step of correction in doubled precision
    double x = root * root, e = fma(root, root, -x);
    root += ((sum - x) + (lost - e)) / (2 * root);
    return root / scale;
}
static Value math_hypot(VM *vm, Args a)
{
    double local[16], *v = a.n <= 16 ? local : asy_mem_alloc(vm, a.n * sizeof(double)), max = 0;
    if (!v) return asy_raise_memory(vm);
    bool nan = false, ok = true;
    for (uint32_t i = 0; ok && i < a.n; i++) {
        ok = asy_to_double(vm, a.v[i], &v[i]);
        if (!ok) break;
        v[i] = fabs(v[i]);
        nan = nan || isnan(v[i]);
        if (v[i] > max) max = v[i];
    }
    Value r = ok ? asy_from_double(norm(v, a.n, max, nan)) : ASY_ERR;
    if (v != local) asy_mem_free(vm, v, a.n * sizeof(double));
    return r;
}
static Value math_dist(VM *vm, Args a)
{
    TupleObj *p = asy_to_tuple(vm, a.v[0]), *q = p ? asy_to_tuple(vm, a.v[1]) : NULL;
    Value r = ASY_ERR;
    if (q && p->size != q->size) {
        asy_raise(vm, EXC_ValueError, "both points must have the same number of dimensions");
    } else if (q) {
        size_t n = p->size;
        double *v = asy_mem_alloc(vm, (n + 1) * sizeof(double)), max = 0;
        bool nan = false, ok = v != NULL;
        for (size_t i = 0; ok && i < n; i++) {
            double x, y;
            ok = asy_to_double(vm, p->items[i], &x) && asy_to_double(vm, q->items[i], &y);
            if (!ok) break;
            v[i] = fabs(x - y);
            nan = nan || isnan(v[i]);
            if (v[i] > max) max = v[i];
        }
        if (!v) asy_raise_memory(vm);
        else if (ok) r = asy_from_double(norm(v, n, max, nan));
        asy_mem_free(vm, v, (n + 1) * sizeof(double));
    }
    asy_release_obj(vm, p);
    asy_release_obj(vm, q);
    return r;
}

// -- integers

static Value math_gcd(VM *vm, Args a)
{
    Value r = asy_from_small(0);
    for (uint32_t i = 0; i < a.n && !asy_is_err(r); i++) {
        Value v = asy_index(vm, a.v[i]), next = asy_is_err(v) ? ASY_ERR : asy_int_gcd(vm, r, v);
        if (!asy_is_err(v)) asy_release(vm, v);
        asy_release(vm, r);
        r = next;
    }
    return r;
}
static Value math_lcm(VM *vm, Args a)
{
    Value r = asy_from_small(1);
    for (uint32_t i = 0; i < a.n && !asy_is_err(r); i++) {
        Value v = asy_index(vm, a.v[i]), next = ASY_ERR;
        if (!asy_is_err(v) && asy_int_sign(vm, v) == 0) next = asy_from_small(0);
        else if (!asy_is_err(v)) {
            if (asy_int_sign(vm, r) == 0) next = asy_from_small(0);
            else {
                Value g = asy_int_gcd(vm, r, v);
                Value part = asy_is_err(g) ? ASY_ERR : asy_int_binary(vm, BIN_FLOORDIV, r, g);
                Value product = asy_is_err(part) ? ASY_ERR : asy_int_binary(vm, BIN_MUL, part, v);
                next = asy_is_err(product) ? ASY_ERR : asy_absolute(vm, product);
                if (!asy_is_err(g)) asy_release(vm, g);
                if (!asy_is_err(part)) asy_release(vm, part);
                if (!asy_is_err(product)) asy_release(vm, product);
            }
        }
        if (!asy_is_err(v)) asy_release(vm, v);
        asy_release(vm, r);
        r = next;
    }
    return r;
}

// Product of from..to, by halves so that large numbers meet late.
static Value product(VM *vm, int64_t from, int64_t to)
{
    if (to - from < 8) {
        Value r = asy_from_small(1);
        for (int64_t i = from; i <= to && !asy_is_err(r); i++) {
            Value f = asy_int_from_i64(vm, i), next = asy_is_err(f) ? ASY_ERR : asy_int_binary(vm, BIN_MUL, r, f);
            asy_release(vm, r);
            if (!asy_is_err(f)) asy_release(vm, f);
            r = next;
        }
        return r;
    }
    if (!asy_check_pending(vm)) return ASY_ERR;
    int64_t mid = from + (to - from) / 2;
    Value a = product(vm, from, mid), b = asy_is_err(a) ? ASY_ERR : product(vm, mid + 1, to);
    Value r = asy_is_err(b) ? ASY_ERR : asy_int_binary(vm, BIN_MUL, a, b);
    if (!asy_is_err(a)) asy_release(vm, a);
    if (!asy_is_err(b)) asy_release(vm, b);
    return r;
}
static bool whole_argument(VM *vm, Value v, int64_t *out, const char *negative, const char *large)
{
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return false;
    bool fits = asy_int_as_i64(vm, i, out);
    int sign = asy_int_sign(vm, i);
    asy_release(vm, i);
    if (sign < 0) asy_raise(vm, EXC_ValueError, "%s", negative);
    else if (!fits) asy_raise(vm, EXC_OverflowError, "%s", large);
    return fits && sign >= 0;
}
static Value math_factorial(VM *vm, Args a)
{
    int64_t n;
    if (!whole_argument(vm, a.v[0], &n, "factorial() not defined for negative values",
                        "factorial() argument should not exceed 9223372036854775807")) {
        return ASY_ERR;
    }
    return product(vm, 2, n);
}
static Value falling(VM *vm, int64_t n, int64_t k) { return k == 0 ? asy_from_small(1) : product(vm, n - k + 1, n); }
static Value math_perm(VM *vm, Args a)
{
    int64_t n, k;
    if (asy_absent(a.v[1])) return math_factorial(vm, a);
    if (!whole_argument(vm, a.v[0], &n, "n must be a non-negative integer", "n must not exceed 9223372036854775807") ||
        !whole_argument(vm, a.v[1], &k, "k must be a non-negative integer", "k must not exceed 9223372036854775807")) {
        return ASY_ERR;
    }
    return k > n ? asy_from_small(0) : falling(vm, n, k);
}
static Value math_comb(VM *vm, Args a)
{
    int64_t n, k;
    if (!whole_argument(vm, a.v[0], &n, "n must be a non-negative integer", "n must not exceed 9223372036854775807") ||
        !whole_argument(vm, a.v[1], &k, "k must be a non-negative integer", "min(n - k, k) must not exceed 9223372036854775807")) {
        return ASY_ERR;
    }
    if (k > n) return asy_from_small(0);
    if (k > n - k) k = n - k;
    Value top = falling(vm, n, k), bottom = asy_is_err(top) ? ASY_ERR : product(vm, 2, k);
    Value r = asy_is_err(bottom) ? ASY_ERR : asy_int_binary(vm, BIN_FLOORDIV, top, bottom);
    if (!asy_is_err(top)) asy_release(vm, top);
    if (!asy_is_err(bottom)) asy_release(vm, bottom);
    return r;
}

// Newton's method from above, beginning with the root of the number's first 62 bits, rounded up.
static Value math_isqrt(VM *vm, Args a)
{
    Value n = asy_index(vm, a.v[0]);
    if (asy_is_err(n)) return ASY_ERR;
    int64_t small;
    if (asy_int_sign(vm, n) < 0) {
        asy_release(vm, n);
        return asy_raise(vm, EXC_ValueError, "isqrt() argument must be nonnegative");
    }
    if (asy_int_as_i64(vm, n, &small)) {
        uint64_t r = (uint64_t)sqrt((double)small);
        while (r * r > (uint64_t)small) r--;
        while ((r + 1) * (r + 1) <= (uint64_t)small) r++;
        asy_release(vm, n);
        return asy_int_from_i64(vm, (int64_t)r);
    }
    int64_t half = ((int64_t)asy_int_bit_length(vm, n) - 61) / 2, top = 0;
    Value one = asy_from_small(1), shift = asy_from_small(half), double_shift = asy_from_small(2 * half);
    Value leading = asy_int_binary(vm, BIN_RSHIFT, n, double_shift);
    if (asy_is_err(leading) || !asy_int_as_i64(vm, leading, &top)) {
        asy_release(vm, n);
        return ASY_ERR;
    }
    asy_release(vm, leading);
    Value start = asy_from_small((int64_t)sqrt((double)top) + 2);
    Value x = asy_int_binary(vm, BIN_LSHIFT, start, shift);
    while (!asy_is_err(x)) {
        Value q = asy_check_pending(vm) ? asy_int_binary(vm, BIN_FLOORDIV, n, x) : ASY_ERR;
        Value sum = asy_is_err(q) ? ASY_ERR : asy_int_binary(vm, BIN_ADD, x, q);
        Value y = asy_is_err(sum) ? ASY_ERR : asy_int_binary(vm, BIN_RSHIFT, sum, one);
        if (!asy_is_err(q)) asy_release(vm, q);
        if (!asy_is_err(sum)) asy_release(vm, sum);
        int less = asy_is_err(y) ? -1 : asy_compare_bool(vm, y, x, CMP_LT);
        if (less <= 0) {
            if (!asy_is_err(y)) asy_release(vm, y);
            if (less < 0) {
                asy_release(vm, x);
                x = ASY_ERR;
            }
            break;
        }
        asy_release(vm, x);
        x = y;
    }
    asy_release(vm, n);
    return x;
}

#define F(name, text) { #name, math_##name, "(x, /)", 0, text }
static const MethodDef functions[] = {
    F(acos, "Return the arc cosine (measured in radians) of x."), F(acosh, "Return the inverse hyperbolic cosine of x."),
    F(asin, "Return the arc sine (measured in radians) of x."), F(asinh, "Return the inverse hyperbolic sine of x."),
    F(atan, "Return the arc tangent (measured in radians) of x."), F(atanh, "Return the inverse hyperbolic tangent of x."),
    { "atan2", math_atan2, "(y, x, /)", 0, "Return the arc tangent (measured in radians) of y/x." },
    F(cbrt, "Return the cube root of x."), F(ceil, "Return the ceiling of x as an Integral."),
    { "comb", math_comb, "(n, k, /)", 0, "Number of ways to choose k items from n items without repetition and without order." },
    { "copysign", math_copysign, "(x, y, /)", 0, "Return a float with the magnitude of x but the sign of y." },
    F(cos, "Return the cosine of x (measured in radians)."), F(cosh, "Return the hyperbolic cosine of x."),
    F(degrees, "Convert angle x from radians to degrees."),
    { "dist", math_dist, "(p, q, /)", 0, "Return the Euclidean distance between two points p and q." },
    F(erf, "Error function at x."), F(erfc, "Complementary error function at x."), F(exp, "Return e raised to the power of x."),
    F(exp2, "Return 2 raised to the power of x."), F(expm1, "Return exp(x)-1."), F(fabs, "Return the absolute value of the float x."),
    F(factorial, "Find n!."), F(floor, "Return the floor of x as an Integral."),
    { "fmod", math_fmod, "(x, y, /)", 0, "Return fmod(x, y), according to platform C." },
    F(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    { "fsum", math_fsum, "(seq, /)", 0, "Return an accurate floating point sum of values in the iterable seq." },
    F(gamma, "Gamma function at x."), { "gcd", math_gcd, NULL, NATIVE_RAW, "Greatest Common Divisor." },
    { "hypot", math_hypot, NULL, NATIVE_RAW, "Multidimensional Euclidean distance from the origin to a point." },
    { "isclose", math_isclose, "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", 0, "Determine whether two floating point numbers are close in value." },
    F(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    F(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    F(isnan, "Return True if x is a NaN (not a number), and False otherwise."),
    { "isqrt", math_isqrt, "(n, /)", 0, "Return the integer part of the square root of the input." },
    { "lcm", math_lcm, NULL, NATIVE_RAW, "Least Common Multiple." },
    { "ldexp", math_ldexp, "(x, i, /)", 0, "Return x * (2**i)." }, F(lgamma, "Natural logarithm of absolute value of Gamma function at x."),
    { "log", math_log, "(x, base=None, /)", 0, "Return the logarithm of x to the given base (default e)." },
    F(log10, "Return the base 10 logarithm of x."), F(log1p, "Return the natural logarithm of 1+x (base e)."),
    F(log2, "Return the base 2 logarithm of x."), F(modf, "Return the fractional and integer parts of x."),
    { "nextafter", math_nextafter, "(x, y, /, *, steps=None)", 0, "Return the floating-point value the given number of steps after x towards y." },
    { "perm", math_perm, "(n, k=None, /)", 0, "Number of ways to choose k items from n items without repetition and with order." },
    { "pow", math_pow, "(x, y, /)", 0, "Return x**y (x to the power of y)." },
    { "prod", math_prod, "(iterable, /, *, start=1)", 0, "Calculate the product of all the elements in the input iterable." },
    F(radians, "Convert angle x from degrees to radians."),
    { "remainder", math_remainder, "(x, y, /)", 0, "Difference between x and the closest integer multiple of y." },
    F(sin, "Return the sine of x (measured in radians)."), F(sinh, "Return the hyperbolic sine of x."),
    F(sqrt, "Return the square root of x."),
    { "sumprod", math_sumprod, "(p, q, /)", 0, "Return the sum of products of values from two iterables p and q." },
    F(tan, "Return the tangent of x (measured in radians)."), F(tanh, "Return the hyperbolic tangent of x."),
    F(trunc, "Truncates the Real x to the nearest Integral toward 0."), F(ulp, "Return the value of the least significant bit of the float x."),
    { 0 },
};
static bool math_init(VM *vm, Value m)
{
    return asy_module_add(vm, m, "pi", asy_from_double(M_PI)) && asy_module_add(vm, m, "e", asy_from_double(M_E)) &&
           asy_module_add(vm, m, "tau", asy_from_double(2 * M_PI)) && asy_module_add(vm, m, "inf", asy_from_double(INFINITY)) &&
           asy_module_add(vm, m, "nan", asy_from_double(fabs(NAN)));
}
const ModuleDef asy_module_math = { "math", "This module provides access to the mathematical functions defined by the C standard.",
                                    functions, math_init };
