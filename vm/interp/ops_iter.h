// Handlers of the loop: iteration, unpacking and building containers.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- iteration
    CASE(GET_ITER) : {
        SAVE();
        Value v = asy_iter(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
#define FOR_END()                                                                                  \
    do {                                                                                           \
        Value dead = R[ip->b];                                                                     \
        R[ip->b] = ASY_NIL;                                                                        \
        RELEASE(dead);                                                                             \
        JUMP_TO(EXT);                                                                              \
        DISPATCH();                                                                                \
    } while (0)
    CASE(FOR_ITER) : {
        Value it = R[ip->b];
        Type *t = asy_as_obj(it)->type;
        if (code->warm && asy_cache_for_iter(vm, frame, code, ip, t)) DISPATCH();
        SAVE();
        if (t == vm->types.generator) goto for_generator;
        Value v = ASY_LIKELY(t->slots.next != NULL) ? t->slots.next(vm, it) : asy_next(vm, it);
        if (ASY_UNLIKELY(asy_is_err(v))) {
            if (!asy_error_catch(vm, EXC_StopIteration)) goto raise;
            v = ASY_DONE;
        }
        if (asy_is_done(v)) FOR_END();
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_RANGE) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.range_iterator)) goto miss;
        RangeIterObj *r = asy_as(RangeIterObj, it);
        if (ASY_UNLIKELY(r->left <= 0)) FOR_END();
        int64_t v = r->next;
        r->left--;
        r->next = (int64_t)((uint64_t)v + (uint64_t)r->step);
        SET(ip->a, asy_from_small(v));
        NEXT(2);
    }
    CASE(FOR_LIST) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.list_iterator)) goto miss;
        ListIterObj *l = asy_as(ListIterObj, it);
        if (ASY_UNLIKELY(!l->list || l->index >= l->list->size)) FOR_END();
        Value v = asy_retain(l->list->items[l->index++]);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_TUPLE) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.tuple_iterator)) goto miss;
        TupleIterObj *l = asy_as(TupleIterObj, it);
        if (ASY_UNLIKELY(!l->tuple || l->index >= l->tuple->size)) FOR_END();
        Value v = asy_retain(l->tuple->items[l->index++]);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_NATIVE) : {
        Value it = R[ip->b];
        const Type *t = asy_as_obj(it)->type;
        if (ASY_UNLIKELY(!(t->flags & TYPE_STATIC) || t == vm->types.generator)) goto miss;
        SAVE();
        Value v = t->slots.next(vm, it);
        if (ASY_UNLIKELY(asy_is_err(v))) {
            if (!asy_error_catch(vm, EXC_StopIteration)) goto raise;
            v = ASY_DONE;
        }
        if (asy_is_done(v)) FOR_END();
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_GENERATOR) : {
        if (ASY_UNLIKELY(asy_as_obj(R[ip->b])->type != vm->types.generator)) goto miss;
        SAVE();
        goto for_generator;
    }
for_generator: {
    Frame *gen = asy_as_frame(R[ip->b]);
    if (gen->state == FRAME_DONE) FOR_END();
    Frame *leaf = asy_chain_enter(vm, gen, frame, ENTRY_FOR);
    if (!leaf) goto raise;
    value = ASY_NONE;
    LOAD_FRAME(leaf);
    goto deliver_sent;
}
    CASE(UNPACK) : {
        Value seq = R[ip->b];
        uint32_t n = ip->c;
        Value *to = &R[ip->a];
        if (asy_is_obj(seq) && asy_as_obj(seq)->type == vm->types.tuple && asy_as_tuple(seq)->size == n) {
            TupleObj *t = asy_as_tuple(seq);
            bool consumed = ip->x & X_B;
            if (consumed) R[ip->b] = ASY_NIL;
            for (uint32_t i = 0; i < n; i++) to[n - 1 - i] = asy_retain(t->items[i]);
            if (consumed) RELEASE(seq);
            NEXT(1);
        }
        SAVE();
        Value items[8], *room = n <= 8 ? items : asy_mem_alloc(vm, n * sizeof(Value));
        if (!room) {
            asy_raise_memory(vm);
            goto raise;
        }
        bool ok = asy_slow_unpack(vm, seq, n, -1, room);
        if (ok) {
            CONSUME(X_B, ip->b);
            for (uint32_t i = 0; i < n; i++) to[i] = room[i];
        }
        if (room != items) asy_mem_free(vm, room, n * sizeof(Value));
        if (!ok) goto raise;
        NEXT(1);
    }
    CASE(UNPACK_EX) : {
        SAVE();
        uint32_t n = (uint32_t)ip->c + 1 + EXT.a;
        Value items[8], *room = n <= 8 ? items : asy_mem_alloc(vm, n * sizeof(Value));
        if (!room) {
            asy_raise_memory(vm);
            goto raise;
        }
        bool ok = asy_slow_unpack(vm, R[ip->b], ip->c, EXT.a, room);
        if (ok) {
            CONSUME(X_B, ip->b);
            for (uint32_t i = 0; i < n; i++) R[ip->a + i] = room[i];
        }
        if (room != items) asy_mem_free(vm, room, n * sizeof(Value));
        if (!ok) goto raise;
        NEXT(2);
    }
    // -- building
    CASE(BUILD_TUPLE) : {
        SAVE();
        uint32_t n = ip->c;
        TupleObj *t = asy_tuple_alloc(vm, n);
        if (!t) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < n; i++) {
            t->items[i] = w[i];
            w[i] = ASY_NIL;
        }
        SET(ip->a, asy_from_obj(t));
        NEXT(1);
    }
    CASE(BUILD_LIST) : {
        SAVE();
        uint32_t n = ip->c;
        ListObj *l = asy_list_new(vm, n);
        if (!l) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < n; i++) {
            l->items[i] = w[i];
            w[i] = ASY_NIL;
        }
        l->size = n;
        SET(ip->a, asy_from_obj(l));
        NEXT(1);
    }
    CASE(BUILD_SET) : {
        SAVE();
        result = asy_slow_set_from(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
    CASE(BUILD_MAP) : {
        SAVE();
        result = asy_slow_dict_from(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < 2u * ip->c; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(BUILD_STRING) : {
        SAVE();
        result = asy_slow_build_string(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
    CASE(FORMAT) : {
        SAVE();
        result = asy_slow_format(vm, R[ip->b], ip->x & X_SPEC ? R[ip->c] : ASY_NIL, ip->x & X_CONV_MASK);
        if (asy_is_err(result)) goto raise;
        CONSUME(X_B, ip->b);
        if (ip->x & X_SPEC) CONSUME(X_C, ip->c);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(LIST_APPEND) : {
        Value v = R[ip->b];
        SAVE();
        if (ip->x & X_B) {
            R[ip->b] = ASY_NIL;
            if (!asy_list_append_owned(vm, asy_as_list(R[ip->a]), v)) goto raise;
        } else if (!asy_list_append(vm, asy_as_list(R[ip->a]), v)) {
            goto raise;
        }
        NEXT(1);
    }
    CASE(SET_ADD) : {
        SAVE();
        if (!asy_set_add(vm, asy_as_set(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(MAP_ADD) : {
        SAVE();
        if (!asy_dict_set(vm, asy_as_dict(R[ip->a]), R[ip->b], R[ip->c])) goto raise;
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    CASE(LIST_EXTEND) : {
        SAVE();
        if (!asy_slow_list_extend(vm, asy_as_list(R[ip->a]), R[ip->b], ASY_NIL)) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(SET_UPDATE) : {
        SAVE();
        if (!asy_set_update(vm, asy_as_set(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DICT_UPDATE) : {
        SAVE();
        if (!asy_slow_dict_update(vm, asy_as_dict(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DICT_MERGE) : {
        SAVE();
        if (!asy_slow_dict_merge(vm, asy_as_dict(R[ip->a]), R[ip->b], R[ip->c])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(STAR_ARGS) : {
        SAVE();
        Value v = asy_slow_star_args(vm, R[ip->b], R[ip->c]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(LIST_TO_TUPLE) : {
        SAVE();
        TupleObj *t = asy_list_to_tuple(vm, asy_as_list(R[ip->b]));
        if (!t) goto raise;
        FINISH(asy_from_obj(t));
    }
