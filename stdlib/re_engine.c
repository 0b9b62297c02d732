// Running patterns: PCRE2's codes of a pattern, and scans of a subject. PCRE2's memory comes from the VM's allocator, but for
// what its compiler to machine code takes. A match that takes long is stopped now and then, so that signals and limits are
// seen, and begun again with a larger allowance.
//
// A pattern begins with one code, which is interpreted, and anchored by an option where match() and fullmatch() want it. Once
// it is hot it gets a code of its own for each kind of use, compiled to machine code where that can be had: with the anchors
// in it, and for subjects of ASCII without UTF-8 and Unicode properties, which cannot make a difference there.
#include "base/utf8.h"
#include "stdlib/re.h"
#include "vm/objects/str_impl.h"

enum {
    HOT = 16,                   // matches, and what they went through; arbitrary: compiling costs about as much
    HEAT_SHIFT = 12,            // bytes of subject that count like one more match
    MATCH_LIMIT = 5000000,      // arbitrary: about a tenth of a second
    JIT_STACK_MIN = 64 << 10, JIT_STACK_MAX = 16 << 20,
};

// ---- PCRE2's memory ----

enum { BLOCK_HEADER = 16 };     // room for the size in front, keeping the alignment
static void *block_new(size_t size, void *vm)
{
    if (size > SIZE_MAX - BLOCK_HEADER) return NULL;
    char *p = asy_mem_alloc(vm, size + BLOCK_HEADER);
    if (!p) return NULL;
    memcpy(p, &size, sizeof size);
    return p + BLOCK_HEADER;
}
static void block_free(void *block, void *vm)
{
    if (!block) return;
    char *p = (char *)block - BLOCK_HEADER;
    size_t size;
    memcpy(&size, p, sizeof size);
    asy_mem_free(vm, p, size + BLOCK_HEADER);
}

// ---- codes ----

static Value compile_failed(VM *vm, RePattern *re, int error)
{
    char message[256];
    switch (error) {
    case PCRE2_ERROR_HEAP_FAILED: return asy_raise_memory(vm);
    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH:
        return asy_re_raise(vm, "look-behind requires fixed-width pattern", ASY_NONE, -1);
    case PCRE2_ERROR_TOO_MANY_CONDITION_BRANCHES:
        return asy_re_raise(vm, "conditional backref with more than two branches", re->pattern, -1);
    default:
        if (pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message) < 0) message[0] = 0;
        return asy_re_raise(vm, message, re->pattern, -1);
    }
}

static uint32_t compile_options(const RePattern *re, ReMode mode, bool ascii)
{
    uint32_t options = PCRE2_ALT_CIRCUMFLEX;
    if (!re->bytes && !ascii) options |= PCRE2_UTF | PCRE2_NO_UTF_CHECK | (re->flags & RE_ASCII ? 0 : PCRE2_UCP);
    if (re->flags & RE_IGNORECASE) options |= PCRE2_CASELESS;
    if (re->flags & RE_MULTILINE) options |= PCRE2_MULTILINE;
    if (re->flags & RE_DOTALL) options |= PCRE2_DOTALL;
    if (mode != RE_SEARCH) options |= PCRE2_ANCHORED;
    if (mode == RE_FULLMATCH) options |= PCRE2_ENDANCHORED;
    return options;
}

static pcre2_code *compile_code(const RePattern *re, pcre2_general_context *memory, uint32_t options, int *error)
{
    pcre2_compile_context *how = pcre2_compile_context_create(memory);
    pcre2_code *code = NULL;
    size_t at;
    *error = PCRE2_ERROR_HEAP_FAILED;
    if (how) {
        pcre2_set_newline(how, PCRE2_NEWLINE_LF);
        if (options & PCRE2_UTF) pcre2_set_compile_extra_options(how, PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES);
        code = pcre2_compile((PCRE2_SPTR)re->text, re->text_size, options, error, &at, how);
    }
    pcre2_compile_context_free(how);
    return code;
}

// Whether the text means the same on ASCII with and without UTF-8: it has no characters that might be equal to ASCII ones
// but for their case, nor what a code without UTF-8 refuses.
static bool is_plain_ascii(const char *text, size_t size)
{
    if (!asy_utf8_is_ascii(text, size)) return false;
    for (const char *p = text, *end = text + size; (p = memmem(p, (size_t)(end - p), "\\x{", 3)); p += 3) {
        if (end - p < 6 || (p[4] != '}' && p[5] != '}')) return false;
    }
    return true;
}

bool asy_re_prepare(VM *vm, RePattern *re, const StrBuilder *text)
{
    int error;
    re->text = asy_mem_alloc(vm, text->size + 1);
    if (re->text) {
        if (text->size) memcpy(re->text, text->data, text->size);
        re->text_size = text->size;
        re->ascii = !re->bytes && is_plain_ascii(text->data, text->size);
        re->memory = pcre2_general_context_create(block_new, block_free, vm);
    }
    re->context = re->memory ? pcre2_match_context_create(re->memory) : NULL;
    if (!re->context) {
        asy_raise_memory(vm);
        return false;
    }
    pcre2_set_depth_limit(re->context, UINT32_MAX);
    pcre2_set_heap_limit(re->context, UINT32_MAX);
    pcre2_set_match_limit(re->context, MATCH_LIMIT);
    re->code = compile_code(re, re->memory, compile_options(re, RE_SEARCH, false), &error);
    if (!re->code) (void)compile_failed(vm, re, error);
    return re->code != NULL;
}

void asy_re_forget(VM *vm, RePattern *re)
{
    pcre2_match_data_free(re->spare);
    for (int i = 0; i < RE_USES; i++) pcre2_code_free(re->hot[i].code);
    pcre2_code_free(re->code);
    pcre2_match_context_free(re->context);
    pcre2_general_context_free(re->memory);
    asy_mem_free(vm, re->text, re->text ? re->text_size + 1 : 0);
}

// The code of a hot pattern for this use; without memory for it the general one goes on.
static ReHot *hot_code(RePattern *re, ReMode mode, bool ascii)
{
    ReHot *hot = &re->hot[mode * 2 + ascii];
    if (!hot->made) {
        int error;
        hot->made = true;
        hot->code = compile_code(re, re->memory, compile_options(re, mode, ascii), &error);
        hot->machine = hot->code && pcre2_jit_compile(hot->code, PCRE2_JIT_COMPLETE) == 0;
    }
    return hot->code ? hot : NULL;
}

// ---- scanning ----

bool asy_re_scan_open(VM *vm, ReScan *scan, RePattern *re, Value string, int64_t pos, int64_t endpos)
{
    *scan = (ReScan){ .re = re, .string = string };
    bool is_str = asy_is_str(vm, string);
    if (!is_str && !asy_has_buffer(vm, string)) {
        asy_raise(vm, EXC_TypeError, "expected string or bytes-like object, got '%T'", string);
        return false;
    }
    if (is_str && re->bytes) {
        asy_raise(vm, EXC_TypeError, "cannot use a bytes pattern on a string-like object");
        return false;
    }
    if (!is_str && !re->bytes) {
        asy_raise(vm, EXC_TypeError, "cannot use a string pattern on a bytes-like object");
        return false;
    }
    if (!is_str && !asy_get_buffer(vm, string, &scan->view)) return false;
    StrObj *s = is_str ? asy_as_str(string) : NULL;
    int64_t length = (int64_t)(s ? (pos <= 0 && endpos == INT64_MAX ? s->size : asy_str_length(vm, s)) : scan->view.size);
    pos = pos < 0 ? 0 : pos > length ? length : pos;
    scan->data = s ? s->data : scan->view.data ? (const char *)scan->view.data : "";
    scan->pos = pos;
    if (s && endpos == INT64_MAX) {
        scan->end = s->size;
        scan->endpos = -1;              // counted when somebody asks
    } else {
        scan->endpos = endpos = endpos < 0 ? 0 : endpos > length ? length : endpos;
        scan->end = s ? asy_str_offset(vm, s, (size_t)endpos) : (size_t)endpos;
    }
    scan->at = s ? asy_str_offset(vm, s, (size_t)pos) : (size_t)pos;
    scan->ascii = s && re->ascii && asy_str_is_ascii(s);
    scan->match = re->spare;
    re->spare = NULL;
    if (!scan->match && !(scan->match = pcre2_match_data_create_from_pattern(re->code, NULL))) {
        if (!is_str) asy_release_buffer(vm, &scan->view);
        asy_raise_memory(vm);
        return false;
    }
    asy_retain_obj(re);
    asy_retain(string);
    return true;
}

// One run of PCRE2: its result.
static int run(VM *vm, ReScan *scan, ReMode mode, uint32_t options)
{
    RePattern *re = scan->re;
    PCRE2_SPTR data = (PCRE2_SPTR)scan->data;
    ReHot *hot = NULL;
    if (re->heat < HOT) re->heat += 1 + (uint32_t)((scan->end - scan->at) >> HEAT_SHIFT & 0xFFFF);
    else hot = hot_code(re, mode, scan->ascii);
    if (hot && hot->machine) {
        int got = pcre2_jit_match(hot->code, data, scan->end, scan->at, options, scan->match, re->context);
        if (got != PCRE2_ERROR_JIT_STACKLIMIT) return got;
        // It has had a few kilobytes of the C stack: from now on a stack of its own, and where that is too small, the heap.
        pcre2_jit_stack *stack = asy_re_jit_stack(vm, JIT_STACK_MIN, JIT_STACK_MAX);
        if (stack) {
            pcre2_jit_stack_assign(re->context, NULL, stack);
            got = pcre2_jit_match(hot->code, data, scan->end, scan->at, options, scan->match, re->context);
            if (got != PCRE2_ERROR_JIT_STACKLIMIT) return got;
        }
        options |= PCRE2_NO_JIT;
    }
    options |= PCRE2_NO_UTF_CHECK;
    if (hot) return pcre2_match(hot->code, data, scan->end, scan->at, options, scan->match, re->context);
    if (mode != RE_SEARCH) options |= PCRE2_ANCHORED;
    if (mode == RE_FULLMATCH) options |= PCRE2_ENDANCHORED;
    return pcre2_match(re->code, data, scan->end, scan->at, options, scan->match, re->context);
}

// The run was stopped: it begins again, with more and more.
static int run_longer(VM *vm, ReScan *scan, ReMode mode, uint32_t options)
{
    int got = PCRE2_ERROR_MATCHLIMIT;
    for (uint32_t limit = MATCH_LIMIT; got == PCRE2_ERROR_MATCHLIMIT;) {
        if (!asy_check_pending(vm)) break;
        limit = limit > UINT32_MAX / 8 ? UINT32_MAX : limit * 8;
        pcre2_set_match_limit(scan->re->context, limit);
        got = run(vm, scan, mode, options);
    }
    pcre2_set_match_limit(scan->re->context, MATCH_LIMIT);
    return got;
}

int asy_re_scan_next(VM *vm, ReScan *scan, ReMode mode)
{
    if (scan->at > scan->end) return 0;
    uint32_t options = scan->after_empty ? PCRE2_NOTEMPTY_ATSTART : 0;
    int got = run(vm, scan, mode, options);
    if (ASY_UNLIKELY(got == PCRE2_ERROR_MATCHLIMIT)) got = run_longer(vm, scan, mode, options);
    if (got <= 0) {
        switch (got) {
        case PCRE2_ERROR_NOMATCH: return 0;
        case PCRE2_ERROR_MATCHLIMIT: return -1;         // raised meanwhile
        case PCRE2_ERROR_NOMEMORY: case PCRE2_ERROR_HEAPLIMIT: asy_raise_memory(vm); return -1;
        default: asy_raise(vm, EXC_RuntimeError, "internal error in regular expression engine"); return -1;
        }
    }
    scan->offsets = pcre2_get_ovector_pointer(scan->match);
    scan->after_empty = scan->offsets[0] == scan->offsets[1];
    scan->at = scan->offsets[1];
    return 1;
}

Value asy_re_scan_slice(VM *vm, const ReScan *scan, size_t from, size_t to)
{
    if (scan->re->bytes) return asy_bytes_value(vm, scan->data + from, to - from);
    StrObj *s = asy_as_str(scan->string);
    if (asy_str_is_ascii(s) && to - from < s->size) return asy_value_or_err(asy_str_make(vm, s->data + from, to - from, STR_ASCII));
    return asy_value_or_err(asy_str_slice_bytes(vm, s, from, to));
}

void asy_re_scan_close(VM *vm, ReScan *scan)
{
    if (scan->re->spare) pcre2_match_data_free(scan->match);
    else scan->re->spare = scan->match;
    if (scan->re->bytes) asy_release_buffer(vm, &scan->view);
    asy_release(vm, scan->string);
    asy_release_obj(vm, scan->re);
}
