// Handlers of the loop: moving values, cells and names, attributes and items.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- moving
    CASE(NOP) : NEXT(1);
    CASE(MOVE) : {
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        SET(ip->a, v);
        CALLEE();
        NEXT(1);
    }
    CASE(COPY) : {
        Value v = asy_retain(R[ip->b]);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(DROP) : {
        TAKE(ip->a, v);
        RELEASE(v);
        NEXT(1);
    }
    CASE(LOAD_CONST) : {
        Value v = asy_retain(code->consts[(uint32_t)asy_instr_wide(*ip)]);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(LOAD_INT) : {
        SET(ip->a, asy_from_small(asy_instr_wide(*ip)));
        NEXT(1);
    }
    CASE(LOAD_NIL) : {
        SET(ip->a, ASY_NIL);
        NEXT(1);
    }
    CASE(CHECK_BOUND) : {
        if (ASY_UNLIKELY(asy_is_unbound(R[ip->a]))) {
            SAVE();
            asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        NEXT(1);
    }
    CASE(DELETE_LOCAL) : {
        if (ASY_UNLIKELY(asy_is_unbound(R[ip->a]))) {
            SAVE();
            asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        SET(ip->a, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(CLEAR_LOCAL) : {
        SET(ip->a, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(SAVE_LOCAL) : {
        Value v = R[ip->b];
        R[ip->b] = ASY_UNBOUND;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(RESTORE_LOCAL) : {
        Value v = R[ip->b];
        R[ip->b] = ASY_UNBOUND;
        SET(ip->a, v);
        NEXT(1);
    }
    // -- cells and names
    CASE(MAKE_CELL) : {
        SAVE();
        Value cell = asy_cell_new(vm, R[ip->a]);
        if (asy_is_err(cell)) goto raise;
        SET(ip->a, cell);
        NEXT(1);
    }
    CASE(COPY_FREE) : {
        TupleObj *closure = frame->func->closure;
        for (uint32_t i = 0; i < ip->b; i++) R[ip->a + i] = asy_retain(closure->items[i]);
        NEXT(1);
    }
    CASE(LOAD_CELL) : {
        Value v = asy_as(CellObj, R[ip->b])->value;
        if (ASY_UNLIKELY(asy_is_unbound(v))) {
            SAVE();
            if (ip->x & X_FREE) asy_slow_unbound_free(vm, NAME_AT(ip->c));
            else asy_slow_unbound_local(vm, NAME_AT(ip->c));
            goto raise;
        }
        asy_retain(v);
        SET(ip->a, v);
        CALLEE();
        NEXT(1);
    }
    CASE(STORE_CELL) : {
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        asy_set(vm, &asy_as(CellObj, R[ip->a])->value, v);
        NEXT(1);
    }
    CASE(DELETE_CELL) : {
        CellObj *cell = asy_as(CellObj, R[ip->a]);
        if (ASY_UNLIKELY(asy_is_unbound(cell->value))) {
            SAVE();
            if (ip->x & X_FREE) asy_slow_unbound_free(vm, NAME_AT(ip->b));
            else asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        asy_set(vm, &cell->value, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(LOAD_GLOBAL) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_load_global(vm, frame, code)) DISPATCH();
        Value v = asy_slow_load_global(vm, frame, NAME_AT(ip->b));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        CALLEE();
        NEXT(2);
    }
    CASE(LOAD_GLOBAL_MODULE) : {
        const Cache *c = CACHE();
        DictObj *globals = frame->func->globals;
        if (ASY_UNLIKELY(globals->layout != c->global.layout)) goto miss;
        Value v = asy_retain(globals->entries[c->global.entry].value);
        SET(ip->a, v);
        CALLEE();
        NEXT(2);
    }
    CASE(LOAD_GLOBAL_BUILTIN) : {
        const Cache *c = CACHE();
        FunctionObj *f = frame->func;
        if (ASY_UNLIKELY(f->globals->layout != c->global.layout ||
                         f->builtins->layout != c->global.builtins_layout)) {
            goto miss;
        }
        Value v = asy_retain(f->builtins->entries[c->global.entry].value);
        SET(ip->a, v);
        CALLEE();
        NEXT(2);
    }
    CASE(STORE_GLOBAL) : {
        SAVE();
        if (!asy_dict_set_str(vm, frame->func->globals, NAME_AT(ip->a), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DELETE_GLOBAL) : {
        SAVE();
        int gone = asy_dict_delete_str(vm, frame->func->globals, NAME_AT(ip->a));
        if (gone <= 0) {
            if (gone == 0) asy_raise_name(vm, NAME_AT(ip->a));
            goto raise;
        }
        NEXT(1);
    }
    CASE(LOAD_NAME) : {
        SAVE();
        Value v = asy_slow_load_name(vm, frame, R[ip->c], NAME_AT(ip->b));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        CALLEE();
        NEXT(2);
    }
    CASE(STORE_NAME) : {
        SAVE();
        if (!asy_slow_store_name(vm, R[ip->c], NAME_AT(ip->a), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DELETE_NAME) : {
        SAVE();
        if (!asy_slow_delete_name(vm, R[ip->b], NAME_AT(ip->a))) goto raise;
        NEXT(1);
    }
    CASE(LOAD_NAME_OR_CELL) : {
        SAVE();
        Value v = asy_slow_name_or_cell(vm, R[ip->c], NAME_AT(ip->b), asy_as(CellObj, R[EXT.a]));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    // -- attributes and items
    CASE(LOAD_ATTR) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_load_attr(vm, frame, code, R[ip->b])) DISPATCH();
        Value v = asy_getattr(vm, R[ip->b], NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_ATTR_SLOT) : {
        Value o = R[ip->b];
        const void *key = attr_key(o);
        const AttrWay *w = CACHE()->attr.ways;
        if (ASY_UNLIKELY(w->key != key)) {
            // Another shape at this site: it gets a way of its own while there is room.
            if (!key) goto miss;
            for (int i = 1;; i++) {
                if (i == ATTR_WAYS || !w[i].key) goto load_attr_new_way;
                if (w[i].key == key) {
                    w += i;
                    break;
                }
            }
        }
        Value v;
        if (ASY_LIKELY(w->kind == ATTR_SLOT)) {
            v = asy_retain(INSTANCE_ATTRS(o)->values[w->slot]);
        } else if (w->kind == ATTR_MEMBER) {
            v = *MEMBER_AT(o, w->slot);
            if (ASY_UNLIKELY(asy_is_nil(v))) goto load_attr_general;
            asy_retain(v);
        } else if (w->kind == ATTR_CLASS) {
            v = asy_retain(w->owner->dict->entries[w->slot].value);
        } else if (w->kind == ATTR_METHOD) {
            SAVE();
            v = asy_method_new(vm, w->value, o);
            if (asy_is_err(v)) goto raise;
        } else {    // ATTR_GETTER: a property's script function
            FunctionObj *get = asy_as(FunctionObj, w->value);
            if (ASY_UNLIKELY(get->code->simple_args != 1)) goto load_attr_general;
            SAVE();
            if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
            Frame *getter = asy_frame_take(vm, frame, get->code);
            if (ASY_UNLIKELY(!getter)) goto raise;
            if (ip->x & X_B) R[ip->b] = ASY_NIL;
            else asy_retain(o);
            move_args(getter->slots, &o, 1, get->code->nlocals);
            ENTER_CALL(getter, asy_retain_obj(get));
        }
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    load_attr_new_way:
        SAVE();
        if (asy_cache_load_attr(vm, frame, code, o)) DISPATCH();
    load_attr_general:
        SAVE();
        v = asy_getattr(vm, o, NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_ATTR_MODULE) : {
        const Cache *c = CACHE();
        Value o = R[ip->b];
        if (ASY_UNLIKELY(!asy_is_obj(o) || asy_as_obj(o)->type != vm->types.module ||
                         asy_as(ModuleObj, o)->dict->layout != c->module.layout)) {
            goto miss;
        }
        Value v = asy_retain(asy_as(ModuleObj, o)->dict->entries[c->module.entry].value);
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(STORE_ATTR) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_store_attr(vm, frame, code, R[ip->a])) DISPATCH();
        if (!asy_setattr(vm, R[ip->a], NAME_AT(ip->c), R[ip->b])) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        NEXT(2);
    }
    CASE(STORE_ATTR_SLOT) : {
        Value o = R[ip->a];
        const void *key = attr_key(o);
        const StoreWay *w = CACHE()->store.ways;
        if (ASY_UNLIKELY(w->key != key)) {
            if (!key) goto miss;
            for (int i = 1;; i++) {
                if (i == ATTR_WAYS || !w[i].key) goto store_attr_new_way;
                if (w[i].key == key) {
                    w += i;
                    break;
                }
            }
        }
        Value *field, old;
        if (ASY_LIKELY(w->kind == STORE_SLOT)) {
            field = &INSTANCE_ATTRS(o)->values[w->slot];
        } else if (w->kind == STORE_MEMBER) {
            field = MEMBER_AT(o, w->slot);
        } else {
            Attrs *attrs = INSTANCE_ATTRS(o);
            if (ASY_UNLIKELY(w->slot >= attrs->capacity)) goto store_attr_general;
            field = &attrs->values[w->slot];
            attrs->shape = w->to;
            Value v = R[ip->b];
            if (ip->x & X_B) R[ip->b] = ASY_NIL;
            else asy_retain(v);
            *field = v;
            CONSUME(X_A, ip->a);
            NEXT(2);
        }
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        old = *field;
        *field = v;
        CONSUME(X_A, ip->a);
        RELEASE(old);
        NEXT(2);
    store_attr_new_way:
        SAVE();
        if (asy_cache_store_attr(vm, frame, code, o)) DISPATCH();
    store_attr_general:
        SAVE();
        if (!asy_setattr(vm, o, NAME_AT(ip->c), R[ip->b])) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        NEXT(2);
    }
    CASE(DELETE_ATTR) : {
        SAVE();
        if (!asy_setattr(vm, R[ip->a], NAME_AT(ip->b), ASY_NIL)) goto raise;
        CONSUME(X_A, ip->a);
        NEXT(1);
    }
    CASE(LOAD_METHOD) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_load_method(vm, frame, code, R[ip->b])) DISPATCH();
        goto load_method_general;
    }
load_method_general: {
    SAVE();
    Value self;
    Value func = asy_load_method(vm, R[ip->b], NAME_AT(ip->c), &self);
    if (asy_is_err(func)) goto raise;
    if (!asy_is_nil(self)) {
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(self);
    } else {
        CONSUME(X_B, ip->b);
    }
    R[ip->a] = func;
    R[ip->a + 1] = self;
    NEXT(2);
}
    CASE(LOAD_METHOD_SHAPE) : {
        Value o = R[ip->b];
        const void *key = attr_key(o);
        const AttrWay *w = CACHE()->attr.ways;
        if (ASY_UNLIKELY(w->key != key)) {
            if (!key) goto miss;
            for (int i = 1;; i++) {
                if (i == ATTR_WAYS || !w[i].key) {
                    SAVE();
                    if (asy_cache_load_method(vm, frame, code, o)) DISPATCH();
                    goto miss;
                }
                if (w[i].key == key) {
                    w += i;
                    break;
                }
            }
        }
        Value func, self = ASY_NIL;
        if (ASY_LIKELY(w->kind == ATTR_METHOD)) {
            func = asy_retain(w->value);
            if (ip->x & X_B) R[ip->b] = ASY_NIL;
            else asy_retain(o);
            R[ip->a] = func;
            R[ip->a + 1] = o;
            NEXT(2);
        }
        switch ((AttrKind)w->kind) {
        case ATTR_SLOT: func = INSTANCE_ATTRS(o)->values[w->slot]; break;
        case ATTR_CLASS: func = w->owner->dict->entries[w->slot].value; break;
        case ATTR_STATIC: func = w->value; break;
        case ATTR_CLASSMETHOD:
            func = w->value;
            self = asy_from_obj(asy_as_obj(o)->type);
            break;
        case ATTR_OF_CLASS:
        case ATTR_OF_CLASS_BOUND:
            if (w->owner != asy_as(Type, o)) goto load_method_general;
            func = w->value;
            if (w->kind == ATTR_OF_CLASS_BOUND) self = o;
            break;
        default:        // ATTR_MEMBER
            func = *MEMBER_AT(o, w->slot);
            if (ASY_UNLIKELY(asy_is_nil(func))) goto load_method_general;
            break;
        }
        asy_retain(func);
        asy_retain(self);
        CONSUME(X_B, ip->b);
        R[ip->a] = func;
        R[ip->a + 1] = self;
        NEXT(2);
    }
    CASE(LOAD_METHOD_MODULE) : {
        const Cache *c = CACHE();
        Value o = R[ip->b];
        if (ASY_UNLIKELY(!asy_is_obj(o) || asy_as_obj(o)->type != vm->types.module ||
                         asy_as(ModuleObj, o)->dict->layout != c->module.layout)) {
            goto miss;
        }
        Value v = asy_retain(asy_as(ModuleObj, o)->dict->entries[c->module.entry].value);
        CONSUME(X_B, ip->b);
        R[ip->a] = v;
        R[ip->a + 1] = ASY_NIL;
        NEXT(2);
    }
    CASE(LOAD_SUPER_ATTR) : {
        SAVE();
        Value self = ASY_NIL;
        Value v = asy_slow_super_attr(vm, &R[ip->b], NAME_AT(ip->c), ip->x & X_METHOD, &self);
        if (asy_is_err(v)) goto raise;
        asy_retain(self);
        for (uint32_t i = 0; i < 3; i++) {
            TAKE(ip->b + i, dead);
            RELEASE(dead);
        }
        SET(ip->a, v);
        if (ip->x & X_METHOD) R[ip->a + 1] = self;
        NEXT(2);
    }
    CASE(LOAD_ITEM) : {
        Value o = R[ip->b], k = R[ip->c];
        if (asy_is_obj(o) && asy_is_int(k)) {
            Type *t = asy_as_obj(o)->type;
            if (t == vm->types.list) {
                ListObj *l = asy_as_list(o);
                int64_t i = asy_as_small(k);
                if (i < 0) i += (int64_t)l->size;
                if (ASY_LIKELY((uint64_t)i < l->size)) {
                    result = asy_retain(l->items[i]);
                    CONSUME(X_B, ip->b);
                    SET(ip->a, result);
                    NEXT(1);
                }
            } else if (t == vm->types.tuple) {
                TupleObj *l = asy_as_tuple(o);
                int64_t i = asy_as_small(k);
                if (i < 0) i += (int64_t)l->size;
                if (ASY_LIKELY((uint64_t)i < l->size)) {
                    result = asy_retain(l->items[i]);
                    CONSUME(X_B, ip->b);
                    SET(ip->a, result);
                    NEXT(1);
                }
            }
        }
        SAVE();
        if (asy_is_obj(o) && asy_as_obj(o)->type == vm->types.dict) {
            Value found;
            if (!asy_dict_get(vm, asy_as_dict(o), k, &found)) goto raise;
            if (ASY_UNLIKELY(asy_is_nil(found))) {
                asy_raise_kind(vm, EXC_KeyError, k);
                goto raise;
            }
            result = asy_retain(found);
        } else {
            result = asy_getitem(vm, o, k);
            if (asy_is_err(result)) goto raise;
        }
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(LOAD_ITEM_I) : {
        Value o = R[ip->b];
        int16_t i = (int16_t)ip->c;
        if (asy_is_obj(o)) {
            Type *t = asy_as_obj(o)->type;
            if (t == vm->types.list) {
                ListObj *l = asy_as_list(o);
                if (ASY_LIKELY((size_t)i < l->size)) FINISH(asy_retain(l->items[i]));
            } else if (t == vm->types.tuple) {
                TupleObj *l = asy_as_tuple(o);
                if (ASY_LIKELY((size_t)i < l->size)) FINISH(asy_retain(l->items[i]));
            }
        }
        SAVE();
        Value v = asy_getitem(vm, o, asy_from_small(i));
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(LOAD_SLICE) : {
        SAVE();
        Value *w = &R[ip->b];
        result = asy_slow_load_slice(vm, w[0], w[1], w[2]);
        if (asy_is_err(result)) goto raise;
        for (uint32_t i = 0; i < 3; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(STORE_ITEM) : {
        Value o = R[ip->a], k = R[ip->b];
        if (asy_is_obj(o) && asy_as_obj(o)->type == vm->types.list && asy_is_int(k)) {
            ListObj *l = asy_as_list(o);
            int64_t i = asy_as_small(k);
            if (i < 0) i += (int64_t)l->size;
            if (ASY_LIKELY((uint64_t)i < l->size)) {
                Value v = R[ip->c];
                if (ip->x & X_C) R[ip->c] = ASY_NIL;
                else asy_retain(v);
                Value old = l->items[i];
                l->items[i] = v;
                CONSUME(X_A, ip->a);
                RELEASE(old);
                NEXT(1);
            }
        }
        SAVE();
        bool ok = asy_is_obj(o) && asy_as_obj(o)->type == vm->types.dict
                      ? asy_dict_set(vm, asy_as_dict(o), k, R[ip->c])
                      : asy_setitem(vm, o, k, R[ip->c]);
        if (!ok) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    CASE(DELETE_ITEM) : {
        SAVE();
        if (!asy_setitem(vm, R[ip->a], R[ip->b], ASY_NIL)) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(BUILD_SLICE) : {
        SAVE();
        Value *w = &R[ip->b];
        result = asy_slice_new(vm, w[0], w[1], ip->c == 3 ? w[2] : ASY_NONE);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
