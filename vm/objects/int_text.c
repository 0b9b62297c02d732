// Integers as text: reading digits of any base, and writing them.
//
// Bases that are a power of two are linear. Decimal is quadratic, which is why both ways are limited to
// vm->int_digits_max digits (sys.set_int_max_str_digits); past a few thousand they look at limits on the way.
#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/str.h"

typedef unsigned __int128 Wide;

enum { LONG_TEXT = 20000 };     // digits; quadratic work on more looks at limits and signals

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

static unsigned log2_of(int base) { return (unsigned)__builtin_ctz((unsigned)base); }
static bool is_power_of_two(int base) { return (base & (base - 1)) == 0; }

// ---- reading ----

// Digits only (and underscores, already checked), `count` of them.
static Value read_bits(VM *vm, const char *text, size_t size, size_t count, int base)
{
    unsigned width = log2_of(base), bits = 0;
    IntObj *o = asy_int_alloc(vm, count * width / DIGIT_BITS + 1);
    if (!o) return ASY_ERR;
    Wide pending = 0;
    size_t n = 0;
    for (size_t i = size; i-- > 0;) {
        if (text[i] == '_') continue;
        pending |= (Wide)(unsigned)digit_value(text[i]) << bits;
        bits += width;
        if (bits < DIGIT_BITS) continue;
        o->digits[n++] = (mp_digit)pending & DIGIT_MASK;
        pending >>= DIGIT_BITS;
        bits -= DIGIT_BITS;
    }
    o->digits[n++] = (mp_digit)pending;
    o->used = (uint32_t)n;
    return asy_int_finish(vm, o);
}

// Horner's scheme, as many digits at once as fit one of ours.
static Value read_digits(VM *vm, const char *text, size_t size, size_t count, int base)
{
    size_t chunk_max = 0;
    for (Wide p = (Wide)base; p < (Wide)1 << DIGIT_BITS; p *= (unsigned)base) chunk_max++;
    // log2(36) < 5.17; a digit of ours holds at least 11 of any base
    IntObj *o = asy_int_alloc(vm, count / chunk_max * (chunk_max > 17 ? 1 : 2) + 2);
    if (!o) return ASY_ERR;
    size_t n = 0, in_chunk = 0, chunks = 0;
    mp_digit chunk = 0, scale = 1;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && text[i] == '_') continue;
        if (i < size) {
            chunk = chunk * (unsigned)base + (unsigned)digit_value(text[i]);
            scale *= (unsigned)base;
            if (++in_chunk < chunk_max) continue;
        }
        mp_digit carry = chunk;
        for (size_t k = 0; k < n; k++) {
            Wide t = (Wide)o->digits[k] * scale + carry;
            o->digits[k] = (mp_digit)t & DIGIT_MASK;
            carry = (mp_digit)(t >> DIGIT_BITS);
        }
        if (carry) o->digits[n++] = carry;
        chunk = 0;
        scale = 1;
        in_chunk = 0;
        if (count > LONG_TEXT && (++chunks & 255) == 0 && !asy_check_pending(vm)) {
            asy_release_obj(vm, o);
            return ASY_ERR;
        }
    }
    o->used = (uint32_t)n;
    return asy_int_finish(vm, o);
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Skips 0x, 0o, 0b where the base allows it and decides base 0. False: "010".
static bool read_prefix(const char **text, const char *end, int *base)
{
    const char *s = *text;
    bool zero = end - s >= 1 && s[0] == '0';
    char letter = zero && end - s >= 2 ? (char)(s[1] | 0x20) : 0;
    int named = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (named && (*base == named || *base == 0)) {
        *base = named;
        s += 2;
        if (s < end && *s == '_') s++;
        *text = s;
        return true;
    }
    if (*base) return true;
    *base = 10;
    if (!zero) return true;
    for (; s < end; s++)        // only zeros may begin with a zero
        if (*s != '0' && *s != '_') return false;
    return true;
}

int asy_int_scan(VM *vm, const char *text, size_t size, int base, Value *out)
{
    const char *s = text, *end = text + size;
    while (s < end && is_blank(*s)) s++;
    while (end > s && is_blank(end[-1])) end--;
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (!read_prefix(&s, end, &base)) return 0;
    size_t count = 0;
    for (const char *c = s; c < end; c++) {
        if (*c == '_') {
            if (c == s || c + 1 == end || c[-1] == '_') return 0;
            continue;
        }
        if (digit_value(*c) >= base) return 0;
        count++;
    }
    if (count == 0) return 0;
    Value v;
    if (count <= 11) {
        int64_t i = 0;
        for (const char *c = s; c < end; c++)
            if (*c != '_') i = i * base + digit_value(*c);
        v = asy_int_from_i64(vm, negative ? -i : i);
        negative = false;
    } else if (is_power_of_two(base)) {
        v = read_bits(vm, s, (size_t)(end - s), count, base);
    } else {
        if (vm->int_digits_max && count > vm->int_digits_max) {
            asy_raise(vm, EXC_ValueError,
                      "Exceeds the limit (%u digits) for integer string conversion: value has %zu digits; "
                      "use sys.set_int_max_str_digits() to increase the limit",
                      vm->int_digits_max, count);
            return -1;
        }
        v = read_digits(vm, s, (size_t)(end - s), count, base);
    }
    if (asy_is_err(v)) return -1;
    if (negative) {
        Value minus = asy_int_binary(vm, BIN_SUB, asy_from_small(0), v);
        asy_release(vm, v);
        if (asy_is_err(minus)) return -1;
        v = minus;
    }
    *out = v;
    return 1;
}

Value asy_int_parse(VM *vm, const char *digits, size_t size, int base)
{
    Value out;
    int got = asy_int_scan(vm, digits, size, base, &out);
    if (got > 0) return out;
    if (got == 0) {
        StrObj *text = asy_str_decode(vm, digits, size, "replace");
        if (text) asy_raise(vm, EXC_ValueError, "invalid literal for int() with base %d: %R", base, asy_from_obj(text));
        asy_release_obj(vm, text);
    }
    return ASY_ERR;
}

// ---- writing ----

static const char LOWER[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static const char UPPER[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

void asy_int_digit_free(VM *vm, DigitText *t)
{
    asy_mem_free(vm, t->buffer, t->capacity);
    t->buffer = NULL;
    t->capacity = 0;
}

static char *text_buffer(VM *vm, DigitText *t, size_t size)
{
    if (size <= sizeof t->local) return t->local;
    char *buffer = asy_mem_alloc(vm, size);
    if (!buffer) asy_raise_memory(vm);
    t->buffer = buffer;
    t->capacity = buffer ? size : 0;
    return buffer;
}

static bool write_small(uint64_t u, int base, const char *letters, DigitText *t)
{
    char *end = t->local + sizeof t->local, *s = end;
    do *--s = letters[u % (unsigned)base];
    while ((u /= (unsigned)base) != 0);
    t->text = s;
    t->size = (size_t)(end - s);
    return true;
}

static bool write_bits(VM *vm, const IntView *v, int base, const char *letters, DigitText *t)
{
    unsigned width = log2_of(base), bits = 0;
    size_t size = (asy_int_view_bits(v) + width - 1) / width;
    char *buffer = text_buffer(vm, t, size);
    if (!buffer) return false;
    Wide pending = 0;
    uint32_t next = 0;
    for (size_t i = size; i-- > 0;) {
        if (bits < width && next < v->n) {
            pending |= (Wide)v->d[next++] << bits;
            bits += DIGIT_BITS;
        }
        buffer[i] = letters[(unsigned)pending & (unsigned)(base - 1)];
        pending >>= width;
        bits = bits < width ? 0 : bits - width;
    }
    t->text = buffer;
    t->size = size;
    return true;
}

static bool raise_limit(VM *vm)
{
    asy_raise(vm, EXC_ValueError,
              "Exceeds the limit (%u digits) for integer string conversion; "
              "use sys.set_int_max_str_digits() to increase the limit",
              vm->int_digits_max);
    return false;
}

// The number in base 10^9, lowest first; half of one of our digits comes in at a time.
static bool write_decimal(VM *vm, const IntView *v, bool limited, DigitText *t)
{
    const uint32_t BILLION = 1000000000u;
    size_t bits = asy_int_view_bits(v);
    // log10(2) is between 0.30102 and 0.30103
    if (limited && vm->int_digits_max && bits / 100000 * 30102 > vm->int_digits_max) return raise_limit(vm);
    size_t room = bits * 30103 / 100000 / 9 + 2, n = 0;
    uint32_t *out = asy_mem_alloc(vm, room * sizeof *out);
    if (!out) {
        asy_raise_memory(vm);
        return false;
    }
    bool ok = true;
    for (size_t half = (size_t)v->n * 2; ok && half-- > 0;) {
        uint64_t carry = half & 1 ? v->d[half / 2] >> 30 : v->d[half / 2] & 0x3FFFFFFF;
        for (size_t k = 0; k < n; k++) {
            uint64_t x = (uint64_t)out[k] << 30 | carry;
            carry = x / BILLION;
            out[k] = (uint32_t)(x - carry * BILLION);
        }
        for (; carry; carry /= BILLION) {
            assert(n < room);
            out[n++] = (uint32_t)(carry % BILLION);
        }
        if (n > LONG_TEXT / 9 && (half & 31) == 0) ok = asy_check_pending(vm);
    }
    assert(n > 0);
    char *buffer = ok ? text_buffer(vm, t, n * 9) : NULL;
    ok = buffer != NULL;
    if (ok) {
        char *s = buffer;
        char first[10];
        int count = 0;
        uint32_t x = out[n - 1];
        do first[count++] = (char)('0' + x % 10);
        while ((x /= 10) != 0);
        while (count) *s++ = first[--count];
        for (size_t k = n - 1; k-- > 0; s += 9) {
            x = out[k];
            for (int i = 8; i >= 0; i--, x /= 10) s[i] = (char)('0' + x % 10);
        }
        t->text = buffer;
        t->size = (size_t)(s - buffer);
        if (limited && vm->int_digits_max && t->size > vm->int_digits_max) ok = raise_limit(vm);
    }
    asy_mem_free(vm, out, room * sizeof *out);
    return ok;
}

bool asy_int_digit_text(VM *vm, Value v, int base, bool upper, bool limited, DigitText *out)
{
    const char *letters = upper ? UPPER : LOWER;
    out->buffer = NULL;
    out->capacity = 0;
    out->text = out->local;
    out->size = 0;
    int64_t i;
    if (asy_int_small(v, &i)) return write_small(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, base, letters, out);
    IntView x;
    asy_int_view(v, &x);
    if (is_power_of_two(base)) return write_bits(vm, &x, base, letters, out);
    assert(base == 10);
    return write_decimal(vm, &x, limited, out);
}

StrObj *asy_int_to_str(VM *vm, Value v, int base, bool prefix)
{
    DigitText t;
    StrObj *out = NULL;
    if (asy_int_digit_text(vm, v, base, false, true, &t)) {
        StrBuilder b;
        asy_builder_init(&b, vm);
        const char *lead = !prefix ? "" : base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        bool ok = asy_int_sign(vm, v) >= 0 || asy_builder_c(&b, "-");
        ok = ok && asy_builder_c(&b, lead) && asy_builder_bytes(&b, t.text, t.size);
        if (ok) out = asy_builder_finish(&b);
        else asy_builder_free(&b);
    }
    asy_int_digit_free(vm, &t);
    return out;
}
