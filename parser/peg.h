// Ordered choice over tokens: the machine that reads diagnose.def and runs it on a program that is
// wrong.
//
// It goes forward and back over the tokens as CPython's parser does, remembering what CPython's
// remembers, and notes the furthest token looked at: that is where CPython places what it has no
// better word for. An error raised by an action ends everything at once. All its memory is in an
// arena of its own.
#pragma once
#include "base/vec.h"
#include "parser/build.h"

typedef enum PegRuleId {
#define PEG(rule, flags, alternatives) PEG_##rule,
#include "parser/diagnose.def"
    PEG__COUNT
} PegRuleId;

// Kinds of nodes, those of expressions with the words errors have for them.
#define PEG_KINDS(KIND)                                                                            \
    KIND(Group, "")                                                                                \
    KIND(Token, "") KIND(Items, "") KIND(Keyword, "") KIND(DoubleStar, "") KIND(Clause, "")        \
        KIND(Arguments, "") KIND(Attribute, "attribute") KIND(Subscript, "subscript")              \
            KIND(Starred, "starred") KIND(Name, "name") KIND(List, "list") KIND(Tuple, "tuple")    \
                KIND(Lambda, "lambda") KIND(Call, "function call") KIND(BoolOp, "expression")      \
                    KIND(BinOp, "expression") KIND(UnaryOp, "expression") KIND(                    \
                        GeneratorExp, "generator expression") KIND(Yield, "yield expression")      \
                        KIND(Await, "await expression") KIND(ListComp, "list comprehension") KIND( \
                            SetComp, "set comprehension") KIND(DictComp, "dict comprehension")     \
                            KIND(Dict, "dict literal") KIND(Set, "set display")                    \
                                KIND(JoinedStr, "f-string expression") KIND(Constant, "literal")   \
                                    KIND(None, "None") KIND(False, "False") KIND(True, "True")     \
                                        KIND(Ellipsis, "ellipsis") KIND(Compare, "comparison")     \
                                            KIND(IfExp, "conditional expression")                  \
                                                KIND(NamedExpr, "named expression")                \
                                                    KIND(Slice, "slice")

typedef enum PegKind {
#define KIND(name, words) PEG_KIND_##name,
    PEG_KINDS(KIND)
#undef KIND
        PEG_KIND__COUNT
} PegKind;

// Part of the program, tokens [first, last]. Nodes are shared by whoever remembers them: never
// changed.
typedef struct PegNode PegNode;
struct PegNode {
    uint8_t kind;    // of PegKind
    uint32_t first;
    uint32_t last;    // first - 1: empty
    uint32_t count;
    const PegNode **parts;
};

#define PEG_LABELS 4    // a to d

typedef struct Peg Peg;

// What an action makes of its parts: a node, or NULL for "does not match, and neither does any
// later alternative" or, with g->raised, for an error.
typedef const PegNode *PegAction(Peg *g, const PegNode **parts, Span span);

typedef struct PegItem PegItem;
typedef struct PegChoice PegChoice;
typedef struct PegMemo PegMemo;

struct Peg {
    Parser *p;
    Arena arena;
    const PegChoice *rules[PEG__COUNT];
    const char *at;     // in the text of a rule while it is read
    PegMemo **memos;    // for each token what was remembered there, or NULL
    uint32_t base;      // the token reading began with; memos[0] is its
    uint32_t pos;       // the next token
    uint32_t fill;      // behind the last token looked at
    unsigned depth;
    bool mistakes;    // rules with flag x are tried
    bool raised;      // diag has the error; everything returns NULL
    bool lexical;     // and it was the lexer's
};

// Reads diagnose.def. False without memory (diag has the error). asy_peg_free either way.
ASY_CHECKED bool asy_peg_init(Peg *g, Parser *p);
void asy_peg_free(Peg *g);

// Reads `rule` from token `first` on. NULL if it does not match or an error was raised.
const PegNode *asy_peg_read(Peg *g, PegRuleId rule, uint32_t first, bool mistakes);

// For actions.
const PegNode *asy_peg_node(Peg *g, PegKind kind, Span span, const PegNode *const *parts,
                            uint32_t count);
const Token *asy_peg_token(const Peg *g, uint32_t index);
// Whether token `index` stands in brackets: an opening one does, a closing one only if others are
// open.
bool asy_peg_in_brackets(const Peg *g, uint32_t index);

// diagnose_actions.c: the action of that name, and the errors that stand in diagnose.def
// themselves.
PegAction *asy_diagnose_action(const char *name, size_t len);
// `where` as in diagnose.def; `message` with its %k, %t and %n, ends at a backquote. Always NULL.
const PegNode *asy_diagnose_raise(Peg *g, const char *where, const char *message,
                                  const PegNode **parts);
// The last token looked at, with CPython's idea of where tokens without text stand. Always NULL.
const PegNode *asy_diagnose_at_last(Peg *g, DiagKind kind, const char *message);
// That very token; a SyntaxError. Always NULL.
const PegNode *asy_diagnose_at(Peg *g, uint32_t index, const char *message);
