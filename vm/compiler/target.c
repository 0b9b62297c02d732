// Assignment, augmented and annotated assignment, deletion: what is done to a target.
//
// The value lies in a local or in the topmost temporary; targets that need more operands push them above.
#include "vm/compiler/unit.h"

// UNPACK leaves the first item on top, so that targets take them in order.
static void unpack(Func *f, const AstPlace *at, const ExprList *targets, Slot from)
{
    uint32_t star = UINT32_MAX;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->items[i]->kind != EXPR_Starred) continue;
        if (star != UINT32_MAX) {
            asy_compile_error(f->c, at, "multiple starred expressions in assignment");
            return;
        }
        if (i >= 256 || targets->count - i - 1 >= INT32_MAX >> 8) {
            asy_compile_error(f->c, at, "too many expressions in star-unpacking assignment");
            return;
        }
        star = i;
    }
    asy_emit_unpack(f, at, from, targets->count, star);
    for (uint32_t i = 0; i < targets->count; i++) {
        const Expr *target = targets->items[i];
        asy_assign(f, i == star ? target->Starred.value : target, asy_emit_top(f, 0));
    }
}

void asy_assign(Func *f, const Expr *target, Slot from)
{
    if (f->c->failed) return;
    switch ((ExprKind)target->kind) {
    case EXPR_Name: asy_var_store(f, &target->at, target->Name.id, from); return;
    case EXPR_Attribute: {
        if (!asy_var_check(f, &target->at, target->Attribute.attr, CTX_Store)) return;
        Slot object = asy_expr(f, target->Attribute.value, TO_ANY);
        AstPlace at = asy_attribute_place(target, target->at);
        asy_emit(f, &at, OP_STORE_ATTR, 0, object, from, asy_emit_name(f, asy_compile_mangle(f->c, f->private, target->Attribute.attr)));
        return;
    }
    case EXPR_Subscript: {
        Slot object = asy_expr_operand(f, target->Subscript.value, target->Subscript.slice);
        Slot index = asy_expr(f, target->Subscript.slice, TO_ANY);
        asy_emit(f, &target->at, OP_STORE_ITEM, 0, object, index, from);
        return;
    }
    case EXPR_Tuple: unpack(f, &target->at, &target->Tuple.elts, from); return;
    case EXPR_List: unpack(f, &target->at, &target->List.elts, from); return;
    case EXPR_Starred: asy_compile_error(f->c, &target->at, "starred assignment target must be in a list or tuple"); return;
    default: break;
    }
    assert(false);      // the parser lets nothing else be assigned to
}

static const ExprList *target_items(const Expr *e)
{
    return e->kind == EXPR_Tuple ? &e->Tuple.elts : e->kind == EXPR_List ? &e->List.elts : NULL;
}

// a, b = c, d without a tuple between: all values first, then the targets. Stores to plain locals may happen in
// any order, so they take the values from the top; other targets get copies, two or three values at most.
static bool assign_pairwise(Func *f, const Expr *target, const Expr *value)
{
    const ExprList *to = target_items(target), *from = value->kind == EXPR_Tuple || value->kind == EXPR_List ? target_items(value) : NULL;
    if (!to || !from || to->count != from->count || to->count == 0 || to->count > 16) return false;
    bool plain = true;
    for (uint32_t i = 0; i < to->count; i++) {
        const Expr *t = to->items[i];
        if (t->kind == EXPR_Starred || from->items[i]->kind == EXPR_Starred) return false;
        if (t->kind != EXPR_Name || !slot_is_plain(asy_var_target(f, t->Name.id))) plain = false;
        for (uint32_t j = 0; plain && j < i; j++)
            if (to->items[j]->Name.id == t->Name.id) plain = false;
    }
    if (!plain && to->count > 3) return false;
    for (uint32_t i = 0; i < to->count; i++) asy_expr(f, from->items[i], TO_TEMP);
    if (plain) {
        for (uint32_t i = 0; i < to->count; i++) asy_local_use(f, asy_var_target(f, to->items[i]->Name.id));
        for (uint32_t i = to->count; i-- > 0;) asy_assign(f, to->items[i], asy_emit_top(f, 0));
        return true;
    }
    for (uint32_t i = 0; i + 1 < to->count; i++) {
        Slot copy = asy_emit(f, &value->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, to->count - 1 - i), 0);
        asy_assign(f, to->items[i], copy);
    }
    asy_assign(f, to->items[to->count - 1], asy_emit_top(f, 0));
    for (uint32_t i = 0; i + 1 < to->count; i++) asy_emit_drop(f, &value->at);
    return true;
}

// True if assigning to `target` reads or changes nothing but its own place once the value is there.
static bool is_place_simple(const Expr *target) { return target->kind == EXPR_Name; }

void asy_assign_stmt(Func *f, const Stmt *s)
{
    const ExprList *targets = &s->Assign.targets;
    const Expr *value = s->Assign.value;
    if (targets->count == 1) {
        const Expr *target = targets->items[0];
        if (target->kind == EXPR_Name) {
            Slot to = asy_var_target(f, target->Name.id);
            asy_var_store(f, &target->at, target->Name.id, asy_expr(f, value, to == TO_TEMP ? TO_ANY : to));
            return;
        }
        if (assign_pairwise(f, target, value)) return;
        if (target_items(target)) {
            asy_assign(f, target, asy_expr(f, value, TO_ANY));
            return;
        }
        // The value may be read in place, after the target's own parts, unless they rebind it.
        Slot from = asy_expr_operand(f, value, target);
        asy_assign(f, target, from);
        return;
    }
    // Several targets: a plain local that comes first can be read again for the others.
    Slot from = asy_expr(f, value, TO_TEMP);
    for (uint32_t i = 0; i + 1 < targets->count; i++) {
        Slot copy = is_place_simple(targets->items[i]) && slot_is_plain(asy_var_target(f, targets->items[i]->Name.id))
                        ? TO_ANY : asy_emit(f, &s->at, OP_COPY, 0, TO_TEMP, from, 0);
        if (copy == TO_ANY) {
            copy = asy_var_target(f, targets->items[i]->Name.id);
            asy_local_use(f, copy);
            asy_emit(f, &s->at, OP_COPY, 0, copy, from, 0);
        } else {
            asy_assign(f, targets->items[i], copy);
        }
    }
    asy_assign(f, targets->items[targets->count - 1], from);
}

// -- augmented assignment

static Slot augment(Func *f, const Stmt *s, Slot left, Slot want)
{
    ProtoConst k;
    Operator op = s->AugAssign.op;
    if ((op == BIN_Add || op == BIN_Sub) && s->AugAssign.value->kind == EXPR_Constant && asy_fold(f, s->AugAssign.value, &k) &&
        k.kind == PROTO_INT && k.i <= INT16_MAX)
        return asy_emit(f, &s->at, op == BIN_Add ? OP_ADD_I : OP_SUB_I, X_INPLACE, want, left, (uint16_t)k.i);
    Slot right = asy_expr(f, s->AugAssign.value, TO_ANY);
    return asy_emit(f, &s->at, asy_binary_ops[op], X_INPLACE, want, left, right);
}

void asy_augassign_stmt(Func *f, const Stmt *s)
{
    const Expr *target = s->AugAssign.target, *value = s->AugAssign.value;
    switch ((ExprKind)target->kind) {
    case EXPR_Name: {
        if (!asy_var_check(f, &target->at, target->Name.id, CTX_Store)) return;
        Expr load = *target;
        load.Name.ctx = CTX_Load;
        Slot left = asy_expr_operand(f, &load, value);
        Slot to = asy_var_target(f, target->Name.id);
        Slot result = augment(f, s, left, to);
        asy_var_store(f, &target->at, target->Name.id, result);
        return;
    }
    case EXPR_Attribute: {
        if (!asy_var_check(f, &target->at, target->Attribute.attr, CTX_Store)) return;
        Slot object = asy_expr_operand(f, target->Attribute.value, value);
        uint32_t name = asy_emit_name(f, asy_compile_mangle(f->c, f->private, target->Attribute.attr));
        AstPlace at = asy_attribute_place(target, target->at);
        Slot copy = slot_is_temp(object) ? asy_emit(f, &target->at, OP_COPY, 0, TO_TEMP, object, 0) : object;
        Slot left = asy_emit(f, &at, OP_LOAD_ATTR, 0, TO_TEMP, copy, name);
        Slot result = augment(f, s, left, TO_TEMP);
        asy_emit(f, &at, OP_STORE_ATTR, 0, object, result, name);
        return;
    }
    case EXPR_Subscript: {
        const Expr *slice = target->Subscript.slice;
        // Both are read again after the value was computed: what may be rebound until then is copied.
        bool simple_value = value->kind == EXPR_Name || value->kind == EXPR_Constant;
        Slot object = asy_expr_operand(f, target->Subscript.value, simple_value ? slice : value);
        Slot index = asy_expr_operand(f, slice, value);
        Slot object_copy = slot_is_temp(object) ? asy_emit(f, &target->at, OP_COPY, 0, TO_TEMP, object, 0) : object;
        Slot index_copy = slot_is_temp(index) ? asy_emit(f, &target->at, OP_COPY, 0, TO_TEMP, index, 0) : index;
        Slot left = asy_emit(f, &target->at, OP_LOAD_ITEM, 0, TO_TEMP, object_copy, index_copy);
        Slot result = augment(f, s, left, TO_TEMP);
        asy_emit(f, &target->at, OP_STORE_ITEM, 0, object, index, result);
        return;
    }
    default: break;
    }
    assert(false);      // the parser lets nothing else be augmented
}

// -- annotated assignment

// An annotation's target that is not assigned is still evaluated as far as it has parts.
static void evaluate(Func *f, const Expr *e)
{
    Slot value = asy_expr(f, e, TO_ANY);
    if (slot_is_temp(value)) asy_emit_drop(f, &e->at);
}

static void evaluate_slice(Func *f, const Expr *e)
{
    if (e->kind == EXPR_Slice) {
        if (e->Slice.lower) evaluate(f, e->Slice.lower);
        if (e->Slice.upper) evaluate(f, e->Slice.upper);
        if (e->Slice.step) evaluate(f, e->Slice.step);
    } else if (e->kind == EXPR_Tuple) {
        for (uint32_t i = 0; i < e->Tuple.elts.count; i++) evaluate_slice(f, e->Tuple.elts.items[i]);
    } else {
        evaluate(f, e);
    }
}

void asy_annassign_stmt(Func *f, const Stmt *s)
{
    const Expr *target = s->AnnAssign.target, *annotation = s->AnnAssign.annotation;
    Compiler *c = f->c;
    bool namespace = !func_is_functionlike(f);
    if (s->AnnAssign.value) {
        if (target->kind == EXPR_Name) {
            Slot to = asy_var_target(f, target->Name.id);
            asy_var_store(f, &target->at, target->Name.id, asy_expr(f, s->AnnAssign.value, to == TO_TEMP ? TO_ANY : to));
        } else {
            asy_assign(f, target, asy_expr_operand(f, s->AnnAssign.value, target));
        }
    }
    switch ((ExprKind)target->kind) {
    case EXPR_Name:
        if (!asy_var_check(f, &s->at, target->Name.id, CTX_Store)) return;
        if (s->AnnAssign.simple && namespace) {
            Slot value = asy_annotation(f, annotation, TO_TEMP);
            Slot dict = asy_emit(f, &s->at, OP_LOAD_NAME, 0, TO_TEMP, asy_emit_name(f, c->known[KNOWN_annotations]), 0);
            Slot key = asy_emit_str(f, &s->at, asy_compile_mangle(c, f->private, target->Name.id), TO_TEMP);
            asy_emit(f, &s->at, OP_STORE_ITEM, 0, dict, key, value);
            return;
        }
        break;
    case EXPR_Attribute:
        if (!asy_var_check(f, &s->at, target->Attribute.attr, CTX_Store)) return;
        if (!s->AnnAssign.value) evaluate(f, target->Attribute.value);
        break;
    case EXPR_Subscript:
        if (!s->AnnAssign.value) {
            evaluate(f, target->Subscript.value);
            evaluate_slice(f, target->Subscript.slice);
        }
        break;
    default: break;
    }
    if (!c->annotations_future && !s->AnnAssign.simple && namespace) evaluate(f, annotation);
}

// -- deletion

void asy_delete(Func *f, const Expr *target)
{
    if (f->c->failed) return;
    switch ((ExprKind)target->kind) {
    case EXPR_Name: asy_var_delete(f, &target->at, target->Name.id); return;
    case EXPR_Attribute: {
        if (!asy_var_check(f, &target->at, target->Attribute.attr, CTX_Del)) return;
        Slot object = asy_expr(f, target->Attribute.value, TO_ANY);
        AstPlace at = asy_attribute_place(target, target->at);
        asy_emit(f, &at, OP_DELETE_ATTR, 0, object, asy_emit_name(f, asy_compile_mangle(f->c, f->private, target->Attribute.attr)), 0);
        return;
    }
    case EXPR_Subscript: {
        Slot object = asy_expr_operand(f, target->Subscript.value, target->Subscript.slice);
        Slot index = asy_expr(f, target->Subscript.slice, TO_ANY);
        asy_emit(f, &target->at, OP_DELETE_ITEM, 0, object, index, 0);
        return;
    }
    case EXPR_Tuple: case EXPR_List: {
        const ExprList *items = target_items(target);
        for (uint32_t i = 0; i < items->count; i++) asy_delete(f, items->items[i]);
        return;
    }
    default: break;
    }
    assert(false);      // the parser lets nothing else be deleted
}
