// Integers as text: reading digits of any base, and writing them.
//
// Bases that are a power of two are linear. Decimal is quadratic, which is why both ways are limited to
// vm->int_digits_max digits (sys.set_int_max_str_digits); past a few thousand they look at limits on the way.
#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/digits.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/str_impl.h"

typedef unsigned __int128 Wide;

enum { LONG_TEXT = 20000 };     // digits; quadratic work on more looks at limits and signals

enum { NO_DIGIT = 99 };

static unsigned digit_value(char c)
{
    unsigned digit = (unsigned char)c - (unsigned)'0', letter = ((unsigned char)c | 0x20u) - (unsigned)'a';
    return digit < 10 ? digit : letter < 26 ? letter + 10 : NO_DIGIT;
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
        pending |= (Wide)digit_value(text[i]) << bits;
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
            chunk = chunk * (unsigned)base + digit_value(text[i]);
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

// Eight decimal digits at once: whether they are, and their value. The first is the lowest byte; neighbours are joined to
// pairs, pairs to fours, fours to eight, each time in one multiplication.
ASY_INLINE bool are_eight_digits(uint64_t text)
{
    uint64_t above = text + UINT64_C(0x4646464646464646), below = text - UINT64_C(0x3030303030303030);
    return !((above | below) & UINT64_C(0x8080808080808080));
}
ASY_INLINE uint64_t eight_digits(uint64_t text)
{
    text -= UINT64_C(0x3030303030303030);
    text = (text * (10 * 256 + 1)) >> 8 & UINT64_C(0x00FF00FF00FF00FF);
    text = (text * (100 * 65536 + 1)) >> 16 & UINT64_C(0x0000FFFF0000FFFF);
    return (text * (UINT64_C(10000) * 4294967296 + 1)) >> 32;
}
ASY_INLINE uint64_t eight_bytes(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

static bool all_decimal(const char *s, size_t size)
{
    for (; size >= 8; s += 8, size -= 8)
        if (!are_eight_digits(eight_bytes(s))) return false;
    for (; size; s++, size--)
        if (*s < '0' || *s > '9') return false;
    return true;
}

static uint64_t few_decimal(const char *s, size_t size)     // at most 18, all digits
{
    uint64_t u = 0;
    for (; size >= 8; s += 8, size -= 8) u = u * 100000000 + eight_digits(eight_bytes(s));
    for (; size; s++, size--) u = u * 10 + (unsigned)(*s - '0');
    return u;
}

// Horner's scheme as above, for text that is nothing but decimal digits: 16 at a time.
static Value read_decimal(VM *vm, const char *text, size_t size, bool negative)
{
    if (size <= 18) {
        int64_t i = (int64_t)few_decimal(text, size);
        return asy_int_from_i64(vm, negative ? -i : i);
    }
    IntObj *o = asy_int_alloc(vm, size / 18 + 2);       // 18 decimal digits take less than one of ours
    if (!o) return ASY_ERR;
    size_t n = 0, first = size % 16, chunks = 0;
    for (size_t at = 0, take = first ? first : 16; at < size; at += take, take = 16) {
        mp_digit carry = few_decimal(text + at, take);
        for (size_t k = 0; k < n; k++) {
            Wide t = (Wide)o->digits[k] * UINT64_C(10000000000000000) + carry;
            o->digits[k] = (mp_digit)t & DIGIT_MASK;
            carry = (mp_digit)(t >> DIGIT_BITS);
        }
        if (carry) o->digits[n++] = carry;
        if (size > LONG_TEXT && (++chunks & 255) == 0 && !asy_check_pending(vm)) {
            asy_release_obj(vm, o);
            return ASY_ERR;
        }
    }
    o->used = (uint32_t)n;
    o->negative = negative;
    return asy_int_finish(vm, o);
}

static Value raise_text_limit(VM *vm, size_t count)
{
    return asy_raise(vm, EXC_ValueError,
                     "Exceeds the limit (%u digits) for integer string conversion: value has %zu digits; "
                     "use sys.set_int_max_str_digits() to increase the limit",
                     vm->int_digits_max, count);
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
    if (base == 10 && s < end && all_decimal(s, (size_t)(end - s))) {
        size_t size_decimal = (size_t)(end - s);
        if (vm->int_digits_max && size_decimal > vm->int_digits_max) {
            (void)raise_text_limit(vm, size_decimal);
            return -1;
        }
        *out = read_decimal(vm, s, size_decimal, negative);
        return asy_is_err(*out) ? -1 : 1;
    }
    size_t count = 0;
    for (const char *c = s; c < end; c++) {
        if (*c == '_') {
            if (c == s || c + 1 == end || c[-1] == '_') return 0;
            continue;
        }
        if (digit_value(*c) >= (unsigned)base) return 0;
        count++;
    }
    if (count == 0) return 0;
    Value v;
    if (count <= 11) {
        int64_t i = 0;
        for (const char *c = s; c < end; c++)
            if (*c != '_') i = i * base + (int64_t)digit_value(*c);
        v = asy_int_from_i64(vm, negative ? -i : i);
        negative = false;
    } else if (is_power_of_two(base)) {
        v = read_bits(vm, s, (size_t)(end - s), count, base);
    } else {
        if (vm->int_digits_max && count > vm->int_digits_max) {
            (void)raise_text_limit(vm, count);
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

// Room for `size` letters, and before them for what may stand in front.
static char *text_buffer(VM *vm, DigitText *t, size_t size)
{
    if (size + DIGIT_TEXT_LEAD <= sizeof t->local) return t->local + DIGIT_TEXT_LEAD;
    char *buffer = asy_mem_alloc(vm, size + DIGIT_TEXT_LEAD);
    t->buffer = buffer;
    t->capacity = buffer ? size + DIGIT_TEXT_LEAD : 0;
    if (buffer) return buffer + DIGIT_TEXT_LEAD;
    asy_raise_memory(vm);
    return NULL;
}

static void write_small(uint64_t u, int base, const char *letters, DigitText *t)
{
    char *end = t->local + sizeof t->local, *s = end;
    if (base == 10) {
        s = asy_digits_before(end, u);
    } else if (is_power_of_two(base)) {
        unsigned width = log2_of(base), mask = (unsigned)base - 1;
        do *--s = letters[u & mask];
        while ((u >>= width) != 0);
    } else {
        do *--s = letters[u % (unsigned)base];
        while ((u /= (unsigned)base) != 0);
    }
    t->text = s;
    t->size = (size_t)(end - s);
}

// Each of our digits is a whole number of letters: 60 is a multiple of 1 to 5.
static bool write_bits(VM *vm, const IntView *v, int base, const char *letters, DigitText *t)
{
    unsigned width = log2_of(base), mask = (unsigned)base - 1;
    size_t size = (asy_int_view_bits(v) + width - 1) / width;
    char *buffer = text_buffer(vm, t, size);
    if (!buffer) return false;
    char *s = buffer + size;
    for (uint32_t i = 0; i + 1 < v->n; i++) {
        mp_digit d = v->d[i];
        for (unsigned k = 0; k < DIGIT_BITS / width; k++, d >>= width) *--s = letters[d & mask];
    }
    for (mp_digit d = v->d[v->n - 1]; s > buffer; d >>= width) *--s = letters[d & mask];
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

// Eighteen decimal digits are the base in which a number is written: times 2^60 plus a carry, modulo 10^18. The divisor is
// constant, so its reciprocal is too, and a step takes two multiplications. (Moeller and Granlund, "Improved division by
// invariant integers", 2011; both sides are scaled by 2^4 so that the divisor's highest bit is set.)
#define BASE18 UINT64_C(1000000000000000000)

ASY_INLINE uint64_t step_base18(uint64_t high, uint64_t carry, uint64_t *rest)
{
    const uint64_t divisor = BASE18 << 4, reciprocal = (uint64_t)(~(Wide)0 / divisor - ((Wide)1 << 64));
    uint64_t low = carry << 4;                  // (high * 2^60 + carry) * 2^4
    Wide guess = (Wide)reciprocal * high + ((Wide)high << 64 | low);
    uint64_t q = (uint64_t)(guess >> 64) + 1, r = low - q * divisor;
    if (r > (uint64_t)guess) {
        q--;
        r += divisor;
    }
    if (ASY_UNLIKELY(r >= divisor)) {
        q++;
        r -= divisor;
    }
    *rest = r >> 4;
    return q;
}

static bool write_decimal(VM *vm, const IntView *v, bool limited, DigitText *t)
{
    enum { LOCAL = 24 };
    size_t bits = asy_int_view_bits(v);
    // log10(2) is between 0.30102 and 0.30103
    if (limited && vm->int_digits_max && bits / 100000 * 30102 > vm->int_digits_max) return raise_limit(vm);
    size_t room = bits * 30103 / 100000 / 18 + 2, n = 0;
    uint64_t local[LOCAL], *out = room <= LOCAL ? local : asy_mem_alloc(vm, room * sizeof *out);
    if (!out) {
        asy_raise_memory(vm);
        return false;
    }
    bool ok = true;
    for (size_t i = v->n; ok && i-- > 0;) {
        uint64_t carry = v->d[i];
        for (size_t k = 0; k < n; k++) carry = step_base18(out[k], carry, &out[k]);
        while (carry) {
            assert(n < room);
            out[n++] = carry % BASE18;
            carry /= BASE18;
        }
        if (n > LONG_TEXT / 18 && (i & 15) == 0) ok = asy_check_pending(vm);
    }
    assert(n > 0);
    char *buffer = ok ? text_buffer(vm, t, n * 18) : NULL;
    ok = buffer != NULL;
    if (ok) {
        char *end = buffer + n * 18, *s = end;
        for (size_t k = 0; k < n; k++) {
            char *start = s - 18, *first = asy_digits_before(s, out[k]);
            if (k + 1 < n) memset(start, '0', (size_t)(first - start));
            s = k + 1 < n ? start : first;
        }
        t->text = s;
        t->size = (size_t)(end - s);
        if (limited && vm->int_digits_max && t->size > vm->int_digits_max) ok = raise_limit(vm);
    }
    if (out != local) asy_mem_free(vm, out, room * sizeof *out);
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
    if (asy_int_small(v, &i)) {
        write_small(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, base, letters, out);
        return true;
    }
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
        char *s = t.text, *end = t.text + t.size;
        if (prefix && base != 10) {
            *--s = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
            *--s = '0';
        }
        if (asy_int_sign(vm, v) < 0) *--s = '-';
        out = asy_str_make(vm, s, (size_t)(end - s), STR_ASCII);
    }
    asy_int_digit_free(vm, &t);
    return out;
}
