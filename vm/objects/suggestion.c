// Suggestions: the candidate with the least edit distance, if that is at most about a third of what both
// names have. Distances, limits and the order of candidates are CPython's.
#include "vm/objects/suggestion.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/builtins.h"
#include "vm/objects/dict.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/function.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/traceback.h"

enum { CANDIDATES_MAX = 750, NAME_SIZE_MAX = 40, MOVE_COST = 2, CASE_COST = 1 };    // CPython's

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static size_t substitution(char a, char b) { return a == b ? 0 : lower(a) == lower(b) ? CASE_COST : MOVE_COST; }

// Weighted edit distance; anything above `limit` if it is larger than that.
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size, size_t limit)
{
    while (a_size && b_size && a[0] == b[0]) a++, b++, a_size--, b_size--;
    while (a_size && b_size && a[a_size - 1] == b[b_size - 1]) a_size--, b_size--;
    if (!a_size || !b_size) return (a_size + b_size) * MOVE_COST;
    if (a_size > NAME_SIZE_MAX || b_size > NAME_SIZE_MAX) return limit + 1;
    size_t longer = a_size > b_size ? a_size - b_size : b_size - a_size;
    if (longer * MOVE_COST > limit) return limit + 1;
    size_t row[NAME_SIZE_MAX + 1];      // row[i]: distance of the first i bytes of a to what has been seen of b
    for (size_t i = 0; i <= a_size; i++) row[i] = i * MOVE_COST;
    for (size_t j = 1; j <= b_size; j++) {
        size_t diagonal = row[0], least = SIZE_MAX;
        row[0] = j * MOVE_COST;
        for (size_t i = 1; i <= a_size; i++) {
            size_t replaced = diagonal + substitution(a[i - 1], b[j - 1]);
            size_t moved = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + MOVE_COST;
            diagonal = row[i];
            row[i] = replaced < moved ? replaced : moved;
            if (row[i] < least) least = row[i];
        }
        if (least > limit) return limit + 1;
    }
    return row[a_size];
}

StrObj *asy_suggestion_best(VM *vm, const StrObj *name, const ListObj *candidates)
{
    (void)vm;
    if (candidates->size >= CANDIDATES_MAX) return NULL;
    StrObj *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < candidates->size; i++) {
        if (!asy_is_str(vm, candidates->items[i])) return NULL;
        StrObj *item = asy_as_str(candidates->items[i]);
        if (asy_str_equal(item, name)) continue;
        size_t limit = (name->size + item->size + 3) * MOVE_COST / 6;
        if (best && limit > best_distance - 1) limit = best_distance - 1;
        size_t d = distance(name->data, name->size, item->data, item->size, limit);
        if (d > limit || d >= best_distance) continue;
        best = item;
        best_distance = d;
    }
    return best;
}

// Best of what is iterated over, owned; NULL: none.
static StrObj *best_of(VM *vm, const StrObj *name, Value names)
{
    ListObj *list = asy_to_list(vm, names);
    if (!list) return NULL;
    StrObj *best = asy_suggestion_best(vm, name, list);
    if (best) asy_retain_obj(best);
    asy_release_obj(vm, list);
    return best;
}

static StrObj *best_of_dir(VM *vm, const StrObj *name, Value object)
{
    Value names = asy_dir(vm, object);
    if (asy_is_err(names)) return NULL;
    StrObj *best = best_of(vm, name, names);
    asy_release(vm, names);
    return best;
}

static StrObj *best_local(VM *vm, const StrObj *name, const CodeObj *code)
{
    ListObj *list = asy_list_new(vm, code->nlocals);
    for (uint32_t i = 0; list && i < code->nlocals; i++) {
        if (code->proto->local_kinds[i] & LOCAL_HIDDEN || !code->locals[i]->size) continue;
        if (asy_list_append(vm, list, asy_from_obj(code->locals[i]))) continue;
        asy_release_obj(vm, list);
        return NULL;
    }
    StrObj *best = list ? asy_suggestion_best(vm, name, list) : NULL;
    if (best) asy_retain_obj(best);
    asy_release_obj(vm, list);
    return best;
}

// "self.name" if the frame has a self with such an attribute.
static StrObj *best_of_self(VM *vm, StrObj *name, Frame *frame)
{
    Value locals = asy_frame_locals(vm, frame);
    if (asy_is_err(locals)) return NULL;
    StrObj *key = asy_intern_c(vm, "self"), *attribute = asy_intern_str(vm, name), *result = NULL;
    Value self = key && attribute && asy_is_dict(vm, locals) ? asy_retain(asy_dict_get_str(vm, asy_as_dict(locals), key)) : ASY_NIL;
    if (!asy_is_nil(self)) {
        Value found = asy_getattr_opt(vm, self, attribute);
        if (!asy_is_nil(found) && !asy_is_err(found)) result = asy_format(vm, "self.%U", name);
        asy_release(vm, found);
    }
    asy_release(vm, self);
    asy_release_obj(vm, key);
    asy_release_obj(vm, attribute);
    asy_release(vm, locals);
    return result;
}

// Names the frame of the innermost traceback line could have meant: its own, then global, then built in.
static StrObj *best_name(VM *vm, StrObj *name, Value traceback)
{
    if (!asy_is_obj(traceback)) return NULL;
    const TracebackObj *tb = asy_as_traceback(traceback);
    while (tb->next) tb = tb->next;
    Frame *frame = asy_frame_of_object(vm, tb->frame);
    if (!frame || !frame->func) return NULL;
    StrObj *best = best_of_self(vm, name, frame);
    if (!best) best = best_local(vm, name, tb->code);
    if (!best) best = best_of(vm, name, asy_from_obj(frame->func->globals));
    if (!best) best = best_of(vm, name, asy_from_obj(frame->func->builtins));
    return best;
}

static bool is_stdlib_module(VM *vm, StrObj *name)
{
    StrObj *key = asy_intern_c(vm, "stdlib_module_names");
    if (!key || !vm->sys_dict) {
        asy_release_obj(vm, key);
        return false;
    }
    Value names = asy_dict_get_str(vm, vm->sys_dict, key);
    asy_release_obj(vm, key);
    if (asy_is_nil(names)) return false;
    asy_retain(names);
    bool found = asy_contains(vm, names, asy_from_obj(name)) > 0;
    asy_release(vm, names);
    return found;
}

static StrObj *for_name_error(VM *vm, StrObj *name, Value traceback)
{
    StrObj *best = best_name(vm, name, traceback), *text = NULL;
    bool module = is_stdlib_module(vm, name);
    if (best && module) text = asy_format(vm, ". Did you mean: '%U'? Or did you forget to import '%U'?", best, name);
    else if (best) text = asy_format(vm, ". Did you mean: '%U'?", best);
    else if (module) text = asy_format(vm, ". Did you forget to import '%U'?", name);
    asy_release_obj(vm, best);
    return text;
}

StrObj *asy_suggestion_for(VM *vm, Value exc)
{
    const Type *type = asy_type_of(vm, exc);
    StrObj *best = NULL, *text = NULL;
    Value name = ASY_NIL, object = ASY_NIL;
    if (asy_type_is_subtype(type, vm->exc[EXC_NameError])) {
        name = asy_retain(asy_as(ExcName, exc)->name);
        if (asy_is_str(vm, name)) text = for_name_error(vm, asy_as_str(name), asy_as_exc(exc)->traceback);
    } else if (asy_type_is_subtype(type, vm->exc[EXC_AttributeError])) {
        name = asy_retain(asy_as(ExcAttribute, exc)->name);
        object = asy_retain(asy_as(ExcAttribute, exc)->obj);
        if (asy_is_str(vm, name) && !asy_is_nil(object)) best = best_of_dir(vm, asy_as_str(name), object);
    } else if (asy_type_is_subtype(type, vm->exc[EXC_ImportError]) && vm->modules) {
        name = asy_retain(asy_as(ExcImport, exc)->name_from);
        Value module = asy_as(ExcImport, exc)->name;
        if (asy_is_str(vm, name) && asy_is_str(vm, module)) object = asy_retain(asy_dict_get_str(vm, vm->modules, asy_as_str(module)));
        if (!asy_is_nil(object)) best = best_of_dir(vm, asy_as_str(name), object);
    }
    if (best) text = asy_format(vm, ". Did you mean: '%U'?", best);
    asy_release_obj(vm, best);
    asy_release(vm, name);
    asy_release(vm, object);
    asy_error_clear(vm);
    return text;
}
