// _random: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and read as CPython does, so that the same seed
// gives the same numbers.
#include "stdlib/lib.h"
#include "vm/core/shape.h"

enum { MT_N = 624, MT_M = 397 };

typedef struct RandomObj {
    ObjHeader head;
    uint32_t index;
    uint32_t state[MT_N];
} RandomObj;
static RandomObj *rng(Value v) { return asy_as(RandomObj, v); }

static uint32_t next32(RandomObj *r)
{
    if (r->index >= MT_N) {
        for (int i = 0; i < MT_N; i++) {
            uint32_t y = (r->state[i] & 0x80000000U) | (r->state[(i + 1) % MT_N] & 0x7FFFFFFFU);
            r->state[i] = r->state[(i + MT_M) % MT_N] ^ (y >> 1) ^ (y & 1 ? 0x9908B0DFU : 0);
        }
        r->index = 0;
    }
    uint32_t y = r->state[r->index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680U;
    y ^= (y << 15) & 0xEFC60000U;
    return y ^ (y >> 18);
}

static void init_number(RandomObj *r, uint32_t seed)
{
    r->state[0] = seed;
    for (uint32_t i = 1; i < MT_N; i++) r->state[i] = 1812433253U * (r->state[i - 1] ^ (r->state[i - 1] >> 30)) + i;
    r->index = MT_N;
}
static void init_array(RandomObj *r, const uint32_t *key, size_t n)
{
    init_number(r, 19650218U);
    size_t i = 1, j = 0;
    for (size_t k = MT_N > n ? MT_N : n; k; k--) {
        r->state[i] = (r->state[i] ^ ((r->state[i - 1] ^ (r->state[i - 1] >> 30)) * 1664525U)) + key[j] + (uint32_t)j;
        if (++i >= MT_N) r->state[0] = r->state[MT_N - 1], i = 1;
        if (++j >= n) j = 0;
    }
    for (size_t k = MT_N - 1; k; k--) {
        r->state[i] = (r->state[i] ^ ((r->state[i - 1] ^ (r->state[i - 1] >> 30)) * 1566083941U)) - (uint32_t)i;
        if (++i >= MT_N) r->state[0] = r->state[MT_N - 1], i = 1;
    }
    r->state[0] = 0x80000000U;
}

static bool seed(VM *vm, RandomObj *r, Value v)
{
    if (asy_absent(v)) {
        uint32_t key[MT_N];
        if (!vm->scheduler.entropy(vm->scheduler.ud, key, sizeof key)) {
            int64_t now = vm->scheduler.wall_ns(vm->scheduler.ud);
            memset(key, 0, sizeof key);
            memcpy(key, &now, sizeof now);
        }
        init_array(r, key, MT_N);
        return true;
    }
    Value n;
    if (asy_is_integer(vm, v)) n = asy_absolute(vm, v);
    else {
        int64_t hash;
        if (!asy_hash(vm, v, &hash)) return false;
        n = asy_int_from_u64(vm, (uint64_t)hash);
    }
    if (asy_is_err(n)) return false;
    size_t bits = asy_int_bit_length(vm, n), words = bits ? (bits + 31) / 32 : 1;
    uint32_t *key = asy_mem_alloc(vm, words * sizeof *key);
    bool ok = key && asy_int_to_bytes(vm, n, (uint8_t *)key, words * sizeof *key, true, false);
    if (!key) asy_raise_memory(vm);
    if (ok) init_array(r, key, words);
    asy_mem_free(vm, key, words * sizeof *key);
    asy_release(vm, n);
    return ok;
}

static Value random_new(VM *vm, Type *type, Args a)
{
    (void)a;
    RandomObj *r = asy_object_alloc(vm, type);
    if (!r) return ASY_ERR;
    init_number(r, 5489U);
    return asy_from_obj(r);
}
static bool random_init(VM *vm, Value self, Args a)
{
    if (a.n > 1) {
        asy_raise(vm, EXC_TypeError, "Random() takes at most 1 argument (%u given)", a.n);
        return false;
    }
    return seed(vm, rng(self), a.n ? a.v[0] : ASY_NIL);
}
static Value random_seed(VM *vm, Args a) { return seed(vm, rng(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }
static Value random_random(VM *vm, Args a)
{
    (void)vm;
    uint32_t high = next32(rng(a.self)) >> 5, low = next32(rng(a.self)) >> 6;
    return asy_from_double((high * 67108864.0 + low) * (1.0 / 9007199254740992.0));
}
static Value random_getrandbits(VM *vm, Args a)
{
    int64_t k;
    if (!asy_to_i64(vm, a.v[0], &k)) return ASY_ERR;
    if (k < 0) return asy_raise(vm, EXC_ValueError, "number of bits must be non-negative");
    if (k == 0) return asy_from_small(0);
    if (k > INT32_MAX) return asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C int");
    RandomObj *r = rng(a.self);
    if (k <= 32) return asy_from_small(next32(r) >> (32 - k));
    size_t words = (size_t)(k - 1) / 32 + 1;
    uint32_t *w = asy_mem_alloc(vm, words * sizeof *w);
    if (!w) return asy_raise_memory(vm);
    for (size_t i = 0; i < words; i++, k -= 32) {
        w[i] = next32(r);
        if (k < 32) w[i] >>= 32 - k;
    }
    Value v = asy_int_from_bytes(vm, (const uint8_t *)w, words * sizeof *w, true, false);
    asy_mem_free(vm, w, words * sizeof *w);
    return v;
}
static Value random_getstate(VM *vm, Args a)
{
    RandomObj *r = rng(a.self);
    TupleObj *t = asy_tuple_alloc(vm, MT_N + 1);
    if (!t) return ASY_ERR;
    for (int i = 0; i < MT_N; i++) t->items[i] = asy_from_small(r->state[i]);
    t->items[MT_N] = asy_from_small(r->index);
    return asy_from_obj(t);
}
static Value random_setstate(VM *vm, Args a)
{
    if (!asy_is_tuple(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "state vector must be a tuple");
    TupleObj *t = asy_as_tuple(a.v[0]);
    if (t->size != MT_N + 1) return asy_raise(vm, EXC_ValueError, "state vector is the wrong size");
    uint32_t state[MT_N];
    int64_t n;
    for (int i = 0; i < MT_N; i++) {
        if (!asy_to_i64(vm, t->items[i], &n)) return ASY_ERR;
        state[i] = (uint32_t)n;
    }
    if (!asy_to_i64(vm, t->items[MT_N], &n)) return ASY_ERR;
    if (n < 0 || n > MT_N) return asy_raise(vm, EXC_ValueError, "invalid state");
    memcpy(rng(a.self)->state, state, sizeof state);
    rng(a.self)->index = (uint32_t)n;
    return ASY_NONE;
}
static const MethodDef methods[] = {
    { "random", random_random, "()", 0, "random() -> x in the interval [0, 1)." },
    { "seed", random_seed, "(n=None, /)", 0, "seed([n]) -> None.  Defaults to use urandom and falls back to a combination of the current time and the process identifier." },
    { "getstate", random_getstate, "()", 0, "getstate() -> tuple containing the current state." },
    { "setstate", random_setstate, "(state, /)", 0, "setstate(state) -> None.  Restores generator state." },
    { "getrandbits", random_getrandbits, "(k, /)", 0, "getrandbits(k) -> x.  Generates an int with k random bits." },
    { 0 },
};
static const TypeDef random_type = {
    .name = "_random.Random",
    .size = sizeof(RandomObj),
    .flags = TYPE_BASE,
    .doc = "Random() -> create a random number generator with its own internal state.",
    .methods = methods,
    .slots = { .new = random_new, .init = random_init },
};
static bool module_init(VM *vm, Value m) { return asy_module_add_type(vm, m, &random_type) != NULL; }
const ModuleDef asy_module__random = { "_random", "Module implements the Mersenne Twister random number generator.", NULL, module_init };
