// Printing exceptions as sys.excepthook does: tracebacks with carets, chains, notes, groups.
//
// Everything printed comes from objects that script can change and whose __str__ is script, so what is
// being printed is held by the printer, and an error on the way is shown in its place, never raised. What
// cannot be made for want of memory ends the printing with what is there.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/source_lines.h"
#include "vm/objects/str.h"
#include "vm/objects/suggestion.h"
#include "vm/objects/traceback.h"
#include "vm/objects/traceback_anchors.h"
#include "vm/objects/traceback_format.h"
#include "vm/objects/unicode.h"

enum {                          // CPython's
    REPEATS_SHOWN = 3,
    LINES_MAX = 1000,
    GROUP_WIDTH_MAX = 15,
    GROUP_DEPTH_MAX = 10,
};

typedef struct Printer {
    VM *vm;
    StrBuilder out;
    int depth;                  // of exception groups
    bool need_close;            // the frame around the last part is still open
    ListObj *seen;              // exceptions printed: chains do not repeat them
} Printer;

// ---- lines ----

// The indentation and bar of groups, in front of a line.
static bool margin_with(Printer *p, char bar)
{
    if (!p->depth) return true;
    return asy_builder_fill(&p->out, ' ', (size_t)(2 * p->depth)) && asy_builder_char(&p->out, (uint32_t)bar) && asy_builder_char(&p->out, ' ');
}

static bool margin(Printer *p) { return margin_with(p, '|'); }

static bool line(Printer *p, const char *text) { return margin(p) && asy_builder_c(&p->out, text) && asy_builder_char(&p->out, '\n'); }

// ---- one line of a traceback ----

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

static size_t count(const char *from, size_t bytes) { return asy_utf8_count(from, bytes); }

typedef struct Carets {
    size_t from, to;            // bytes of the source line
    bool anchored;
    size_t left, right;         // bytes: [left, right) gets ^, the rest ~
} Carets;

// Where to point in a line whose text begins at `begin` and ends at `end`. False: nowhere.
static bool carets_find(VM *vm, const StrObj *s, size_t begin, size_t end, const Position *at, Carets *out)
{
    if (!at->line || !at->end_line || at->col < 0 || at->end_col < 0) return false;
    out->from = (size_t)at->col;
    out->to = at->line == at->end_line ? (size_t)at->end_col : end;
    if (out->to > end) out->to = end;
    if (out->from >= out->to) return false;
    out->anchored = asy_traceback_anchors(vm, s->data + out->from, out->to - out->from, &out->left, &out->right);
    if (out->anchored) {
        out->left += out->from;
        out->right += out->from;
    }
    // An underlined line as a whole would say nothing.
    return out->anchored || out->from > begin || out->to < end;
}

// Columns that text takes on a terminal.
static size_t columns(const char *from, size_t bytes)
{
    size_t n = 0;
    for (const char *end = from + bytes; from < end; n++) n += asy_unicode_is_wide(asy_utf8_next(&from));
    return n;
}

static bool carets_print(Printer *p, const StrObj *s, size_t begin, const Carets *c)
{
    if (!margin(p) || !asy_builder_c(&p->out, "    ")) return false;
    size_t blank = c->from > begin ? columns(s->data + begin, c->from - begin) : 0;
    if (!asy_builder_fill(&p->out, ' ', blank)) return false;
    size_t from = c->from > begin ? c->from : begin;
    bool ok;
    if (c->anchored) {
        ok = asy_builder_fill(&p->out, '~', columns(s->data + from, c->left - from)) &&
             asy_builder_fill(&p->out, '^', columns(s->data + c->left, c->right - c->left)) &&
             asy_builder_fill(&p->out, '~', columns(s->data + c->right, c->to - c->right));
    } else {
        ok = asy_builder_fill(&p->out, '^', columns(s->data + from, c->to - from));
    }
    return ok && asy_builder_char(&p->out, '\n');
}

static bool source_print(Printer *p, StrObj *filename, int number, const Position *at)
{
    Value text = asy_source_get_line(p->vm, filename, number);
    if (asy_is_err(text)) {
        asy_error_clear(p->vm);
        return true;
    }
    if (asy_is_none(text)) return true;
    StrObj *s = asy_as_str(text);
    size_t begin = 0, end = s->size;
    while (begin < end && is_blank(s->data[begin])) begin++;
    while (end > begin && is_blank(s->data[end - 1])) end--;
    Carets carets;
    bool ok = margin(p) && asy_builder_c(&p->out, "    ") && asy_builder_bytes(&p->out, s->data + begin, end - begin) &&
              asy_builder_char(&p->out, '\n');
    if (ok && at && carets_find(p->vm, s, begin, end, at, &carets)) ok = carets_print(p, s, begin, &carets);
    asy_release(p->vm, text);
    return ok;
}

static int line_number(const TracebackObj *tb, const Position *at)
{
    if (tb->lineno > 0) return tb->lineno;
    return (int)(at->line ? at->line : tb->code->proto->firstlineno);
}

static bool repeats_print(Printer *p, size_t repeats)
{
    if (repeats <= REPEATS_SHOWN) return true;
    size_t more = repeats - REPEATS_SHOWN;
    return margin(p) && asy_builder_format(&p->out, "  [Previous line repeated %zu more time%s]\n", more, more == 1 ? "" : "s");
}

static int64_t lines_max(VM *vm)
{
    int64_t limit = LINES_MAX;
    StrObj *key = asy_intern_c(vm, "tracebacklimit");
    if (key && vm->sys_dict) {
        Value v = asy_dict_get_str(vm, vm->sys_dict, key);
        if (asy_is_integer(vm, v) && !asy_int_as_i64(vm, v, &limit)) limit = LINES_MAX;
    }
    asy_release_obj(vm, key);
    asy_error_clear(vm);
    return limit;
}

static bool traceback_print(Printer *p, const TracebackObj *tb, int64_t limit)
{
    int64_t depth = 0;
    for (const TracebackObj *at = tb; at; at = at->next) depth++;
    for (; depth > limit; depth--) tb = tb->next;
    const TracebackObj *first = NULL;   // of a run of equal lines
    int first_number = 0;
    size_t repeats = 0;
    for (; tb; tb = tb->next) {
        Position at = asy_traceback_position(tb);
        int number = line_number(tb, &at);
        StrObj *file = asy_traceback_filename(tb), *name = asy_traceback_name(tb);
        bool same = first && number == first_number && asy_str_equal(file, asy_traceback_filename(first)) &&
                    asy_str_equal(name, asy_traceback_name(first));
        if (!same) {
            if (!repeats_print(p, repeats)) return false;
            first = tb;
            first_number = number;
            repeats = 0;
        }
        if (++repeats > REPEATS_SHOWN) continue;
        if (!margin(p) || !asy_builder_format(&p->out, "  File \"%U\", line %d, in %U\n", file, number, name)) return false;
        if (!source_print(p, file, number, tb->lineno > 0 && at.line != (uint32_t)tb->lineno ? NULL : &at)) return false;
    }
    return repeats_print(p, repeats);
}

bool asy_traceback_format(VM *vm, StrBuilder *out, const TracebackObj *tb)
{
    Printer p = { .vm = vm };
    asy_builder_init(&p.out, vm);
    bool ok = traceback_print(&p, tb, INT64_MAX) && asy_builder_bytes(out, p.out.data, p.out.size);
    asy_builder_free(&p.out);
    return ok;
}

// ---- SyntaxError: where and what ----

typedef struct SyntaxPlace {
    Value filename;             // str, or NIL for "<string>"
    int64_t line, offset, end_line, end_offset;     // offsets: -1 none
    Value text;                 // str or NIL
} SyntaxPlace;

static bool optional_number(VM *vm, Value v, int64_t *out)
{
    if (asy_is_nil(v) || asy_is_none(v)) return true;
    return asy_is_integer(vm, v) && asy_int_as_i64(vm, v, out);
}

// False: the attributes are no place, and the error is printed like any other.
static bool syntax_place(VM *vm, const ExcSyntax *e, SyntaxPlace *out)
{
    *out = (SyntaxPlace){ .filename = ASY_NIL, .offset = -1, .end_offset = -1, .text = ASY_NIL };
    if (!asy_is_integer(vm, e->lineno) || !asy_int_as_i64(vm, e->lineno, &out->line)) return false;
    out->end_line = out->line;
    if (!optional_number(vm, e->offset, &out->offset) || !optional_number(vm, e->end_lineno, &out->end_line) ||
        !optional_number(vm, e->end_offset, &out->end_offset)) {
        return false;
    }
    if (asy_is_str(vm, e->filename)) out->filename = e->filename;
    else if (!asy_is_none(e->filename) && !asy_is_nil(e->filename)) return false;
    if (asy_is_str(vm, e->text)) out->text = e->text;
    return true;
}

static bool syntax_text_print(Printer *p, const SyntaxPlace *place)
{
    const StrObj *s = asy_as_str(place->text);
    const char *at = s->data, *end = at + s->size;
    int64_t offset = place->offset - 1, end_offset = place->end_offset - 1;     // from 0 now
    while (end > at && end[-1] == '\n') end--;
    // Text of several lines: on to the one that is meant.
    for (const char *nl; (nl = memchr(at, '\n', (size_t)(end - at)));) {
        int64_t length = (int64_t)count(at, (size_t)(nl - at)) + 1;
        if (length - 1 >= offset) break;
        at = nl + 1;
        offset -= length;
        end_offset -= length;
    }
    for (; at < end && is_blank(*at); at++, offset--, end_offset--) {}
    if (!asy_builder_c(&p->out, "    ") || !asy_builder_bytes(&p->out, at, (size_t)(end - at)) || !asy_builder_char(&p->out, '\n')) return false;
    if (place->offset < 0 || offset < 0) return true;
    int64_t length = (int64_t)count(at, (size_t)(end - at));
    if (place->end_line != place->line) end_offset = length;
    if (end_offset > length) end_offset = length;
    size_t carets = end_offset > offset ? (size_t)(end_offset - offset) : 1;
    if (offset > length) offset = length;
    return asy_builder_c(&p->out, "    ") && asy_builder_fill(&p->out, ' ', (size_t)offset) && asy_builder_fill(&p->out, '^', carets) &&
           asy_builder_char(&p->out, '\n');
}

static bool syntax_print(Printer *p, const SyntaxPlace *place)
{
    if (!margin(p)) return false;
    bool ok = asy_is_nil(place->filename)
                  ? asy_builder_format(&p->out, "  File \"<string>\", line %lld\n", place->line)
                  : asy_builder_format(&p->out, "  File \"%U\", line %lld\n", asy_as_str(place->filename), place->line);
    return ok && (asy_is_nil(place->text) || syntax_text_print(p, place));
}

// ---- type, message, notes ----

static bool type_print(Printer *p, Type *type)
{
    VM *vm = p->vm;
    Value module = asy_getattr_opt(vm, asy_from_obj(type), asy_name(vm, __module__));
    bool ok = true;
    if (!asy_is_str(vm, module)) {
        asy_error_clear(vm);
        ok = asy_builder_c(&p->out, "<unknown>.");
    } else if (!asy_str_is(asy_as_str(module), "builtins") && !asy_str_is(asy_as_str(module), "__main__")) {
        ok = asy_builder_str(&p->out, asy_as_str(module)) && asy_builder_char(&p->out, '.');
    }
    asy_release(vm, module);
    return ok && asy_builder_str(&p->out, type->qualname ? type->qualname : type->name);
}

static bool message_print(Printer *p, Value exc, Value message)
{
    VM *vm = p->vm;
    if (!margin(p) || !type_print(p, asy_type_of(vm, exc))) return false;
    Value text = asy_str(vm, message);
    bool ok;
    if (asy_is_err(text)) {
        asy_error_clear(vm);
        ok = asy_builder_c(&p->out, ": <exception str() failed>");
    } else {
        ok = !asy_as_str(text)->size || (asy_builder_c(&p->out, ": ") && asy_builder_str(&p->out, asy_as_str(text)));
    }
    asy_release(vm, text);
    StrObj *suggestion = ok ? asy_suggestion_for(vm, exc) : NULL;
    if (suggestion) ok = asy_builder_str(&p->out, suggestion);
    asy_release_obj(vm, suggestion);
    return ok && asy_builder_char(&p->out, '\n');
}

// Text of several lines, each behind the margin.
static bool lines_print(Printer *p, const StrObj *s)
{
    const char *at = s->data, *end = at + s->size;
    while (at < end) {
        const char *nl = memchr(at, '\n', (size_t)(end - at)), *stop = nl ? nl : end;
        if (!margin(p) || !asy_builder_bytes(&p->out, at, (size_t)(stop - at))) return false;
        if (nl && nl + 1 < end && !asy_builder_char(&p->out, '\n')) return false;
        at = nl ? nl + 1 : end;
    }
    return asy_builder_char(&p->out, '\n');
}

static bool note_print(Printer *p, Value note)
{
    VM *vm = p->vm;
    Value text = asy_str(vm, note);
    if (asy_is_err(text)) {
        asy_error_clear(vm);
        return line(p, "<note str() failed>");
    }
    bool ok = lines_print(p, asy_as_str(text));
    asy_release(vm, text);
    return ok;
}

static bool notes_print(Printer *p, Value exc)
{
    VM *vm = p->vm;
    Value notes = asy_getattr_opt(vm, exc, asy_name(vm, __notes__));
    if (asy_is_err(notes)) asy_error_clear(vm);
    if (asy_is_err(notes) || asy_is_nil(notes) || asy_is_none(notes)) return true;
    bool ok = true;
    if (asy_is_list(vm, notes) || asy_is_tuple(vm, notes)) {
        TupleObj *all = asy_to_tuple(vm, notes);    // a copy: str() of a note may change the list
        if (!all) asy_error_clear(vm);
        for (size_t i = 0; all && ok && i < all->size; i++) ok = note_print(p, all->items[i]);
        asy_release_obj(vm, all);
    } else {
        Value text = asy_repr(vm, notes);
        if (asy_is_err(text)) asy_error_clear(vm);
        ok = margin(p) && (asy_is_err(text) ? asy_builder_c(&p->out, "<__notes__ repr() failed>") : asy_builder_str(&p->out, asy_as_str(text))) &&
             asy_builder_char(&p->out, '\n');
        asy_release(vm, text);
    }
    asy_release(vm, notes);
    return ok;
}

// The last lines of an exception: its place if it is a syntax error, type and message, notes.
static bool only_print(Printer *p, Value exc)
{
    VM *vm = p->vm;
    Value message = exc;
    if (asy_type_is_subtype(asy_type_of(vm, exc), vm->exc[EXC_SyntaxError])) {
        const ExcSyntax *e = asy_as(ExcSyntax, exc);
        SyntaxPlace place;
        if (syntax_place(vm, e, &place)) {
            if (!syntax_print(p, &place)) return false;
            message = asy_is_nil(e->msg) ? ASY_NONE : e->msg;
        }
    }
    asy_retain(message);
    bool ok = message_print(p, exc, message) && notes_print(p, exc);
    asy_release(vm, message);
    return ok;
}

// ---- groups and chains ----

static bool chain_print(Printer *p, Value exc);

static bool is_group(VM *vm, Value exc) { return asy_type_is_subtype(asy_type_of(vm, exc), vm->exc[EXC_BaseExceptionGroup]); }

static bool stack_print(Printer *p, Value exc, const char *title, char bar)
{
    Value traceback = asy_retain(asy_as_exc(exc)->traceback);
    bool ok = true;
    int64_t limit = lines_max(p->vm);
    if (asy_is_obj(traceback) && limit > 0) {
        ok = margin_with(p, bar) && asy_builder_c(&p->out, title) && asy_builder_char(&p->out, '\n') &&
             traceback_print(p, asy_as_traceback(traceback), limit);
    }
    asy_release(p->vm, traceback);
    return ok;
}

static bool parts_print(Printer *p, const TupleObj *parts)
{
    size_t shown = parts->size <= GROUP_WIDTH_MAX ? parts->size : GROUP_WIDTH_MAX + 1;
    p->need_close = false;
    for (size_t i = 0; i < shown; i++) {
        bool last = i == shown - 1, cut = i >= GROUP_WIDTH_MAX;
        if (last) p->need_close = true;     // a group inside may close the frame for us
        if (!asy_builder_fill(&p->out, ' ', (size_t)(2 * p->depth)) || !asy_builder_c(&p->out, i ? "  " : "+-")) return false;
        bool ok = cut ? asy_builder_c(&p->out, "+---------------- ... ----------------\n")
                      : asy_builder_format(&p->out, "+---------------- %zu ----------------\n", i + 1);
        if (!ok) return false;
        p->depth++;
        if (cut) {
            size_t more = parts->size - GROUP_WIDTH_MAX;
            ok = margin(p) && asy_builder_format(&p->out, "and %zu more exception%s\n", more, more > 1 ? "s" : "");
        } else {
            ok = chain_print(p, parts->items[i]);
        }
        if (ok && last && p->need_close) {
            ok = asy_builder_fill(&p->out, ' ', (size_t)(2 * p->depth)) && asy_builder_c(&p->out, "+------------------------------------\n");
            p->need_close = false;
        }
        p->depth--;
        if (!ok) return false;
    }
    return true;
}

static bool group_print(Printer *p, Value exc)
{
    if (p->depth > GROUP_DEPTH_MAX) return margin(p) && asy_builder_format(&p->out, "... (max_group_depth is %d)\n", (int)GROUP_DEPTH_MAX);
    bool top = p->depth == 0;
    if (top) p->depth = 1;
    TupleObj *parts = asy_retain_obj(asy_as_tuple(asy_as(ExcGroup, exc)->exceptions));
    bool ok = stack_print(p, exc, "Exception Group Traceback (most recent call last):", top ? '+' : '|') && only_print(p, exc) &&
              parts_print(p, parts);
    asy_release_obj(p->vm, parts);
    if (top) p->depth = 0;
    return ok;
}

static bool single_print(Printer *p, Value exc)
{
    if (is_group(p->vm, exc)) return group_print(p, exc);
    return stack_print(p, exc, "Traceback (most recent call last):", '|') && only_print(p, exc);
}

static bool is_seen(const Printer *p, Value exc)
{
    for (size_t i = 0; i < p->seen->size; i++) {
        if (asy_same(p->seen->items[i], exc)) return true;
    }
    return false;
}

// An exception behind those that led to it, oldest first.
static bool chain_print(Printer *p, Value exc)
{
    VM *vm = p->vm;
    ListObj *chain = asy_list_new(vm, 0);
    bool ok = chain != NULL;
    while (ok && asy_is_obj(exc)) {
        ok = asy_list_append(vm, chain, exc) && asy_list_append(vm, p->seen, exc);
        const Exc *e = asy_as_exc(exc);
        Value next = asy_is_obj(e->cause) ? e->cause : e->suppress_context ? ASY_NIL : e->context;
        exc = asy_is_obj(next) && !is_seen(p, next) ? next : ASY_NIL;
    }
    for (size_t i = ok ? chain->size : 0; ok && i-- > 0;) {
        ok = single_print(p, chain->items[i]);
        if (!ok || !i) break;
        bool cause = asy_same(asy_as_exc(chain->items[i - 1])->cause, chain->items[i]);
        ok = line(p, "") && line(p, cause ? "The above exception was the direct cause of the following exception:"
                                          : "During handling of the above exception, another exception occurred:") && line(p, "");
    }
    asy_release_obj(vm, chain);
    return ok;
}

StrObj *asy_exc_format(VM *vm, Value exc)
{
    Printer p = { .vm = vm };
    asy_builder_init(&p.out, vm);
    asy_source_forget_files(vm);
    p.seen = asy_list_new(vm, 0);
    bool ok = p.seen && chain_print(&p, exc);
    asy_release_obj(vm, p.seen);
    if (ok) return asy_builder_finish(&p.out);
    asy_builder_free(&p.out);
    return NULL;
}

StrObj *asy_exc_format_only(VM *vm, Value exc)
{
    Printer p = { .vm = vm };
    asy_builder_init(&p.out, vm);
    if (only_print(&p, exc)) return asy_builder_finish(&p.out);
    asy_builder_free(&p.out);
    return NULL;
}
