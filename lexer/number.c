// What may follow a number. The scanner took the longest literal there is; if it stops before a
// letter, a digit or '_', this finds out what CPython calls that.
#include <string.h>

#include "lexer/scan.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Keywords that may stand directly behind a number, as "1if x else y"; longer words pass here too
// and fail in the parser, except those that have to match in full.
static bool keyword_follows(const char *at)
{
    static const char *const openings[] = { "and", "else", "for", "if", "in", "is", "or", "not" };
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        size_t len = strlen(openings[i]);
        if (strncmp(at, openings[i], len) != 0) continue;
        if (openings[i][0] == 'i') return true;
        char next = at[len];
        return !((next | 0x20) >= 'a' && (next | 0x20) <= 'z') && !is_digit(next) && next != '_' &&
               (unsigned char)next < 0x80;
    }
    return false;
}

// Behind "0x", "0o" or "0b", or behind the digits there: only a single '_' before a digit is right.
static bool fail_in_base(Lexer *lexer, const char *at, const char *kind, bool digits_too)
{
    if (*at == '_') at++;
    if (digits_too && is_digit(*at)) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "invalid digit '%c' in %s literal", *at,
                             kind);
    }
    return asy_scan_fail(lexer, DIAG_SYNTAX, at, "invalid %s literal", kind);
}

// A number that begins with zeros and goes on with `at`, at a digit other than 0 or an '_' before
// one.
static bool fail_leading_zeros(Lexer *lexer, const char *start, const char *at)
{
    const char *zeros_end = *at == '_' ? at + 2 : at + 1;
    while (is_digit(*at) || (*at == '_' && is_digit(at[1]))) at++;
    if (*at == '_') return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "invalid decimal literal");
    // CPython's range ends with the first digit that is not 0.
    return asy_scan_fail_range(
        lexer, asy_scan_place(lexer, start, zeros_end - 1),
        "leading zeros in decimal integer literals are not permitted; use an 0o "
        "prefix for octal integers");
}

bool asy_number_check_end(Lexer *lexer, const char *start, const Token *token)
{
    const char *end = lexer->cursor;
    int base = token->as.number.base;
    const char *kind = base == 16                   ? "hexadecimal"
                       : base == 8                  ? "octal"
                       : base == 2                  ? "binary"
                       : token->as.number.imaginary ? "imaginary"
                                                    : "decimal";
    // "0or" begins an octal number, not a disjunction.
    bool octal = end == start + 1 && *start == '0' && *end == 'o';
    if (!octal && keyword_follows(end)) {
        Place place = asy_scan_place(lexer, start, end);
        if (!asy_diag_warn(lexer->diag, WARNING_SYNTAX, &place, "invalid %s literal", kind)) {
            return asy_scan_failed(lexer);
        }
        return true;
    }
    if (base != 10) return fail_in_base(lexer, end, kind, base != 16);
    if (token->as.number.imaginary) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, end, "invalid imaginary literal");
    }
    char letter = *end | 0x20;
    if (end == start + 1 && *start == '0') {
        if (letter == 'x') return fail_in_base(lexer, end + 1, "hexadecimal", false);
        if (letter == 'o') return fail_in_base(lexer, end + 1, "octal", true);
        if (letter == 'b') return fail_in_base(lexer, end + 1, "binary", true);
    }
    if (!token->as.number.is_float && *start == '0' &&
        (is_digit(*end) || (*end == '_' && is_digit(end[1])))) {
        return fail_leading_zeros(lexer, start, end);
    }
    // "1_" and "1.5_" have been read behind the '_', "1._5" has not; "1e+" up to the sign, "1e"
    // before the e.
    if (*end == '_' && end[-1] != '.') end++;
    else if (letter == 'e' && (end[1] == '+' || end[1] == '-')) end += 2;
    return asy_scan_fail(lexer, DIAG_SYNTAX, end, "invalid decimal literal");
}
