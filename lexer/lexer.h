// The lexer: from a Source to the tokens of Python 3.12, one at a time.
//
// lexer.re scans one lexeme; layout.c makes lines and blocks of them (indentation, brackets, soft
// keywords, `with (`); literal.c decodes what literals mean. A token allocates nothing: names are
// interned, strings stay where they are in the source. Errors are sticky: after TOK_ERROR only
// TOK_ERROR comes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/diag.h"
#include "lexer/names.h"
#include "lexer/source.h"

typedef enum TokenKind {
#define TOKEN(name, spelling) TOK_##name,
#include "lexer/token.def"
    TOK__COUNT
} TokenKind;

// Flags of STRING, FSTRING_START and FSTRING_MIDDLE (an FSTRING_MIDDLE has those of its string).
enum {
    STRING_RAW = 1,         // r
    STRING_BYTES = 2,       // b
    STRING_UNICODE = 4,     // u
    STRING_FORMAT = 8,      // f
    STRING_TRIPLE = 16,     // three quotes
    STRING_ESCAPES = 32,    // holds a backslash (STRING and FSTRING_MIDDLE)
};

typedef struct Token {
    TokenKind kind;
    uint8_t level;    // brackets open behind this token (a ( counts itself, a ) does not)
    Place place;
    union {
        const Name *name;    // NAME, keywords and soft keywords
        struct {
            uint8_t flags;     // STRING_*
            uint8_t prefix;    // bytes of the prefix letters
            uint8_t quotes;    // 1 or 3, of the opening quotes (0 for FSTRING_MIDDLE)
        } string;
        struct {
            uint8_t base;        // 2, 8, 10 or 16
            bool is_float;       // has a point or an exponent
            bool imaginary;      // ends in j
            bool underscores;    // holds some
        } number;
    } as;
} Token;

// Looks up the character of a Unicode name (for "\N{...}"); false if there is none of that name.
typedef bool LexerNameLookup(void *ud, const char *name, size_t len, uint32_t *code_point);

typedef struct LexerOptions {
    LexerNameLookup *name_lookup;    // NULL: every \N{...} is an unknown name
    void *name_lookup_ud;
    uint32_t int_digits_max;    // decimal digits an integer may have; 0: any number. CPython: 4300
} LexerOptions;

#define LEXER_INDENTS_MAX  100    // CPython's
#define LEXER_BRACKETS_MAX 200    // CPython's
#define LEXER_FSTRINGS_MAX 149    // CPython's
#define LEXER_FIELDS_MAX                                                                           \
    3    // CPython's: a field, one in its format specification, one in that one's

// One level of indentation, measured with tabs to 8 and with tabs of 1: the two must order alike.
typedef struct LexerIndent {
    uint32_t col, alt_col;
} LexerIndent;

typedef struct LexerBracket {
    Place place;    // of the opening bracket
    char open;      // ( [ {
} LexerBracket;

// An f-string being read. The { of its open replacement fields are brackets as well.
typedef struct LexerFString {
    Place start;          // its prefix and opening quotes
    uint8_t flags;        // STRING_*
    uint8_t fields;       // replacement fields open now, nested through format specifications
    bool in_text;         // reading literal text (or a format specification), not an expression
    uint32_t brackets;    // depth of brackets outside of it
    uint32_t field_brackets[LEXER_FIELDS_MAX];    // depth with the { of each open field
} LexerFString;

// Where statements begin, for soft keywords.
typedef enum LexerStart {
    LEXER_INSIDE,          // within a statement
    LEXER_LINE_START,      // before the first token of a logical line
    LEXER_SIMPLE_START,    // behind ; or a colon outside brackets
    LEXER_BEHIND_WITH,     // behind the keyword `with`
} LexerStart;

// Whether an error further on is preferred to a syntax error of the parser's
// (asy_lexer_check_rest).
typedef enum LexerErrorRank {
    LEXER_ERROR_STRONG,      // always
    LEXER_ERROR_UNCLOSED,    // a bracket: if opened on an earlier line
    LEXER_ERROR_WEAK,        // never
} LexerErrorRank;

// The fields belong to lexer.re, fstring.c and layout.c.
typedef struct Lexer {
    const Source *source;
    Arena *arena;
    Names *names;
    Diagnostics *diag;
    LexerOptions options;

    // Scanning: where the next lexeme comes from.
    const char *cursor;        // next byte
    const char *line_start;    // of the line the cursor is on
    const char *text_end;      // of the source
    uint32_t line;
    bool at_line_start;    // a physical line begins here, and its indentation counts
    bool ended;            // ENDMARKER was made
    int32_t pending;       // INDENT (> 0) or DEDENT (< 0) tokens to come
    uint32_t indent_count, bracket_count, fstring_count;
    LexerIndent indents[LEXER_INDENTS_MAX];
    LexerBracket brackets[LEXER_BRACKETS_MAX];
    LexerFString fstrings[LEXER_FSTRINGS_MAX];

    bool failed;    // `error` is set; behind the queue comes TOK_ERROR
    LexerErrorRank error_rank;
    Diag error;    // moved to diag when TOK_ERROR is handed out

    // Handing out: soft keywords are decided here, by looking along the line.
    Token *queue;    // tokens read ahead, in the arena
    uint32_t queue_at, queue_len, queue_cap;
    LexerStart start;
    bool match_header;    // a match statement's header is being handed out: its block holds cases
    uint32_t block_depth, bracket_depth;    // as far as handed out
    bool match_blocks[LEXER_INDENTS_MAX];
} Lexer;

// Starts reading `source`. All pointers must outlive the lexer; there is nothing to free. Does not
// fail.
void asy_lexer_init(Lexer *lexer, const Source *source, Arena *arena, Names *names,
                    Diagnostics *diag, const LexerOptions *options);

// The next token. At the end ENDMARKER, again and again; TOK_ERROR when the text is wrong or
// memory is out (diag->error is then set; it stays so).
void asy_lexer_next(Lexer *lexer, Token *token);

// After a syntax error of the parser's: reads the rest of the text and says whether it holds a
// lexical error that CPython prefers over the parser's (an unterminated string anywhere behind; a
// bracket never closed if it was opened on a line before `line`, the line of the last token the
// parser took). If so (or if memory runs out) diag->error is that error and the result true; else
// diag is as it was. Ends the lexer.
ASY_CHECKED bool asy_lexer_check_rest(Lexer *lexer, uint32_t line);

// How a syntax error names a token: "'('", "name", "end of file" ...; static.
const char *asy_token_spelling(TokenKind kind);

// The text of a keyword or operator, "" for others; static.
const char *asy_token_text(TokenKind kind);

// "NAME", "LPAR" ... as in token.def; static.
const char *asy_token_name(TokenKind kind);
