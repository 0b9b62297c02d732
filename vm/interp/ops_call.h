// Handlers of the loop: making functions, calling, returning.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- functions and calls
    CASE(MAKE_FUNCTION) : {
        SAVE();
        CodeObj *co = asy_as(CodeObj, code->consts[(uint32_t)asy_instr_wide(EXT)]);
        result = asy_slow_make_function(vm, frame, co, &R[ip->b], ip->x);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < ip->c; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(2);
    }
    CASE(CALL_GLOBAL) : {
        SAVE();
        Value callee;
        const DictObj *globals = frame->func->globals, *builtins = frame->func->builtins;
        const Cache *c = HAS_CACHE() ? CACHE() : NULL;
        if (ASY_LIKELY(c && c->global.layout == globals->layout && !c->global.builtins_layout)) {
            callee = asy_retain(globals->entries[c->global.entry].value);
        } else if (c && c->global.layout == globals->layout && c->global.builtins_layout == builtins->layout) {
            callee = asy_retain(builtins->entries[c->global.entry].value);
        } else {
            callee = asy_cache_call_global(vm, frame, code, ip);
            if (ASY_UNLIKELY(asy_is_err(callee))) {
                frame->ip = ip + 1;         // its position is the name's, not the call's
                goto raise;
            }
        }
        R[ip->b] = callee;
        R[ip->b + 1] = ASY_NIL;
        goto call;
    }
    CASE(CALL) : {
        SAVE();
        goto call;
    }
call: {
    // window at b: callee, self or NIL, c arguments; ip saved
    Value *w = &R[ip->b];
    Value callee = w[0];
    if (ASY_UNLIKELY(vm->pending)) {
        if (!asy_slow_pending(vm)) goto raise;
    }
    if (ASY_LIKELY(asy_is_obj(callee))) {
        Type *t = asy_as_obj(callee)->type;
        uint32_t n = ip->c;
        Value *args = w + 2;
        if (ASY_LIKELY(t == vm->types.function)) {
        call_function:;
            FunctionObj *f = asy_as(FunctionObj, callee);
            CodeObj *co = f->code;
            if (!asy_is_nil(w[1])) args--, n++;
            if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
            if (ASY_LIKELY(co->simple_args == n)) {
                if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
                Frame *callee_frame = asy_frame_take(vm, frame, co);
                if (ASY_UNLIKELY(!callee_frame)) goto raise;
                move_args(callee_frame->slots, args, n, co->nlocals);
                w[0] = ASY_NIL;
                ENTER_CALL(callee_frame, f);
            }
            if (co->simple_args == (n | SIMPLE_SUSPENDS)) {
                Frame *gen = asy_frame_new_suspending(vm, asy_retain_obj(f));
                if (!gen) goto raise;
                move_args(gen->slots, args, n, co->nlocals);
                f->head.refs--;         // the window's; the frame has its own
                w[0] = ASY_NIL;
                SET(ip->a, asy_from_obj(gen));
                NEXT(2);
            }
            if (co->flags & CODE_SUSPENDS) {
                Frame *gen = asy_frame_new_suspending(vm, asy_retain_obj(f));
                if (!gen) goto raise;
                if (!asy_call_bind(vm, f, gen->slots, args, n, ASY_NIL)) {
                    asy_frame_abandon(vm, gen);
                    goto raise;
                }
                result = asy_from_obj(gen);
                goto call_done;
            }
            if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
            Frame *callee_frame = asy_frame_take(vm, frame, co);
            if (!callee_frame) goto raise;
            const TupleObj *defaults = asy_is_nil(f->defaults) ? NULL : asy_as_tuple(f->defaults);
            if (defaults && co->simple_args != NOT_SIMPLE && n < co->argcount && co->argcount - n <= defaults->size) {
                move_args(callee_frame->slots, args, n, co->nlocals);
                const Value *last = defaults->items + defaults->size - co->argcount;
                for (uint32_t i = n; i < co->argcount; i++) callee_frame->slots[i] = asy_retain(last[i]);
                w[0] = ASY_NIL;
                ENTER_CALL(callee_frame, f);
            }
            if (!asy_call_bind(vm, f, callee_frame->slots, args, n, ASY_NIL)) {
                asy_frame_give_back(vm, frame, callee_frame);
                goto raise;
            }
            asy_retain_obj(f);
            for (uint32_t i = 0; i < 2u + ip->c; i++) {
                Value dead = w[i];
                w[i] = ASY_NIL;
                RELEASE(dead);
            }
            ENTER_CALL(callee_frame, f);
        }
        if (t == vm->types.method && asy_is_nil(w[1])) {
            // a bound method: its parts take the window's first two slots
            MethodObj *m = asy_as(MethodObj, callee);
            w[0] = asy_retain(m->func);
            w[1] = asy_retain(m->self);
            RELEASE(callee);
            callee = w[0];
            t = asy_is_obj(callee) ? asy_as_obj(callee)->type : NULL;
            if (t == vm->types.function) goto call_function;
        }
        if (t == vm->types.builtin) {
            BuiltinObj *b = asy_as(BuiltinObj, callee);
            if (b->def->fn == asy_builtin_next && n == 1 && asy_is_nil(w[1]) && asy_is_obj(w[2]) &&
                asy_as_obj(w[2])->type == vm->types.generator) {
                value = ASY_NONE;
                result = w[2];
                goto next_generator;
            }
            if (ASY_LIKELY(direct_native(b->def, b->params, n)) && asy_is_nil(w[1])) {
                result = b->def->fn(vm, (Args){ b->self, args, n, ASY_NIL });
                if (asy_is_err(result)) goto raise;
                goto call_done;
            }
        } else if (t == vm->types.method_descr) {
            MethodDescrObj *m = asy_as(MethodDescrObj, callee);
            if (!asy_is_nil(w[1]) && asy_is_obj(w[1]) && !(m->def->flags & (NATIVE_CLASS | NATIVE_STATIC)) &&
                asy_type_is_subtype(asy_as_obj(w[1])->type, m->owner)) {
                if (asy_as_obj(w[1])->type == vm->types.generator &&
                    ((m->def->fn == asy_generator_send && n == 1) || (m->def->fn == asy_generator_dunder_next && n == 0))) {
                    value = n ? asy_retain(w[2]) : ASY_NONE;
                    result = w[1];
                    goto next_generator;
                }
                if (ASY_LIKELY(direct_native(m->def, m->params, n))) {
                    result = m->def->fn(vm, (Args){ w[1], args, n, ASY_NIL });
                    if (asy_is_err(result)) goto raise;
                    goto call_done;
                }
            }
        } else if (t == vm->types.type) {
            Type *cls = asy_as(Type, callee);
            if (cls->flags & TYPE_STATIC && cls != vm->types.type && cls->slots.new && asy_is_nil(w[1])) {
                result = cls->slots.new(vm, cls, (Args){ ASY_NIL, args, n, ASY_NIL });
                if (asy_is_err(result)) goto raise;
                const Type *made = asy_class_of(vm, result);
                if (made->slots.init && made->slots.init != vm->types.object->slots.init && asy_type_is_subtype(made, cls) &&
                    !made->slots.init(vm, result, (Args){ ASY_NIL, args, n, ASY_NIL })) {
                    RELEASE(result);
                    goto raise;
                }
                goto call_done;
            }
            // a script class with object.__new__ and a script __init__: the instance takes the callee's slot
            FunctionObj *init = asy_is_nil(w[1]) ? asy_cache_class_init(vm, cls) : NULL;
            if (init && n + 1 == init->code->simple_args) {
                CodeObj *co = init->code;
                if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
                if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
                void *instance = asy_object_alloc(vm, cls);
                if (!instance) goto raise;
                Frame *callee_frame = asy_frame_take(vm, frame, co);
                if (!callee_frame) {
                    asy_release_obj(vm, instance);
                    goto raise;
                }
                w[0] = asy_from_obj(instance);
                w[1] = asy_retain(w[0]);
                move_args(callee_frame->slots, w + 1, n + 1, co->nlocals);
                callee_frame->func = asy_retain_obj(init);
                callee_frame->ip = co->code;
                callee_frame->back = frame;
                callee_frame->entry = ENTRY_INIT;
                callee_frame->state = FRAME_RUNNING;
                th->depth++;
                th->frame = callee_frame;
                RELEASE(callee);
                LOAD_FRAME(callee_frame);
                DISPATCH();
            }
        }
    }
    result = asy_call_self(vm, w[0], w[1], w + 2, ip->c, ASY_NIL);
    if (asy_is_err(result)) goto raise;
    goto call_done;
}
call_done: { // result in hand: releases the window of c arguments at b in ascending order
    Value *w = &R[ip->b];
    for (uint32_t i = 0; i < 2u + ip->c; i++) {
        Value dead = w[i];
        w[i] = ASY_NIL;
        RELEASE(dead);
    }
    SET(ip->a, result);
    NEXT(2);
}
next_generator: { // next(g), g.send(value), g.__next__(): `result` is the generator (borrowed from the window)
    Frame *gen = asy_as_frame(result);
    if (gen->state == FRAME_DONE || (gen->state == FRAME_CREATED && !asy_is_none(value))) {
        Value returned;
        SendResult r = asy_gen_send(vm, gen, value, &returned);
        RELEASE(value);
        if (r == SEND_RETURN) {
            asy_raise_stop(vm, returned);
            RELEASE(returned);
        }
        goto raise;
    }
    Frame *leaf = asy_chain_enter(vm, gen, frame, ENTRY_NEXT);
    if (!leaf) {
        RELEASE(value);
        goto raise;
    }
    LOAD_FRAME(leaf);
    goto deliver_sent;
}
too_deep:
    asy_raise(vm, EXC_RecursionError, "maximum recursion depth exceeded");
    goto raise;
    CASE(CALL_KW) : {
        SAVE();
        Value *w = &R[ip->b];
        Value names = code->consts[(uint32_t)asy_instr_wide(EXT)];
        uint32_t nkw = (uint32_t)asy_as_tuple(names)->size;
        Value callee = w[0];
        if (ASY_UNLIKELY(vm->pending)) {
            if (!asy_slow_pending(vm)) goto raise;
        }
        if (asy_is_function(vm, callee)) {
            FunctionObj *f = asy_as(FunctionObj, callee);
            CodeObj *co = f->code;
            uint32_t n = ip->c - nkw;
            Value *args = w + 2;
            if (!asy_is_nil(w[1])) args--, n++;
            if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
            Frame *callee_frame;
            if (co->flags & CODE_SUSPENDS) {
                callee_frame = asy_frame_new_suspending(vm, asy_retain_obj(f));
                if (!callee_frame) goto raise;
                if (!asy_call_bind(vm, f, callee_frame->slots, args, n, names)) {
                    asy_frame_abandon(vm, callee_frame);
                    goto raise;
                }
                result = asy_from_obj(callee_frame);
                goto call_done;
            }
            if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
            callee_frame = asy_frame_take(vm, frame, co);
            if (!callee_frame) goto raise;
            if (asy_call_bind_moving(f, callee_frame->slots, args, n, asy_as_tuple(names))) {
                w[0] = ASY_NIL;
                ENTER_CALL(callee_frame, f);
            }
            if (!asy_call_bind(vm, f, callee_frame->slots, args, n, names)) {
                asy_frame_give_back(vm, frame, callee_frame);
                goto raise;
            }
            asy_retain_obj(f);
            for (uint32_t i = 0; i < 2u + ip->c; i++) {
                Value dead = w[i];
                w[i] = ASY_NIL;
                RELEASE(dead);
            }
            ENTER_CALL(callee_frame, f);
        }
        result = asy_call_self(vm, callee, w[1], w + 2, ip->c - nkw, names);
        if (asy_is_err(result)) goto raise;
        goto call_done;
    }
    CASE(CALL_EX) : {
        SAVE();
        Value *w = &R[ip->b];
        if (ASY_UNLIKELY(vm->pending)) {
            if (!asy_slow_pending(vm)) goto raise;
        }
        Value callee = w[0], self = ASY_NIL;
        if (asy_is_obj(callee) && asy_as_obj(callee)->type == vm->types.method) {
            self = asy_as(MethodObj, callee)->self;
            callee = asy_as(MethodObj, callee)->func;
        }
        Frame *bound = NULL;
        if (asy_is_function(vm, callee)) {
            FunctionObj *f = asy_as(FunctionObj, callee);
            CodeObj *co = f->code;
            bool suspends = co->flags & CODE_SUSPENDS;
            if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
            if (ASY_UNLIKELY(!suspends && th->depth >= vm->limits.depth)) goto too_deep;
            bound = suspends ? asy_frame_new_suspending(vm, asy_retain_obj(f)) : asy_frame_take(vm, frame, co);
            if (!bound) goto raise;
            if (!asy_call_bind_tuple(vm, f, bound->slots, self, asy_as_tuple(w[2]), w[3])) {
                if (suspends) asy_frame_abandon(vm, bound);
                else asy_frame_give_back(vm, frame, bound);
                goto raise;
            }
            asy_retain_obj(f);
            result = asy_from_obj(bound);
            if (suspends) bound = NULL, asy_release_obj(vm, f);
        } else {
            result = asy_call_tuple(vm, w[0], w[2], w[3]);
            if (asy_is_err(result)) goto raise;
        }
        for (uint32_t i = 0; i < 4; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        if (bound) ENTER_CALL(bound, asy_as(FunctionObj, callee));
        SET(ip->a, result);
        NEXT(2);
    }
    CASE(RETURN) : {
        Value v = R[ip->a];
        // a local is moved out too if nobody else can see the frame
        if (ip->x & X_A || (frame->head.refs == 1 && ip->a < code->nlocals)) R[ip->a] = ASY_NIL;
        else asy_retain(v);
        result = v;
        goto returning;
    }
    CASE(RETURN_CONST) : {
        result = asy_retain(code->consts[(uint32_t)asy_instr_wide(*ip)]);
        goto returning;
    }
returning: {
    SAVE();
    Frame *done = frame;
    Entry entry = (Entry)done->entry;
    if (ASY_LIKELY(entry == ENTRY_CALL)) {
        Frame *back = done->back;
        asy_frame_leave(vm, done, back);
        th->depth--;
        th->frame = back;
        LOAD_FRAME(back);
        SET(ip->a, result);
        NEXT(2);
    }
    if (entry == ENTRY_INIT) {
        Frame *back = done->back;
        bool none = asy_is_none(result);
        if (!none) asy_raise(vm, EXC_TypeError, "__init__() should return None, not '%T'", result);
        RELEASE(result);
        asy_frame_leave(vm, done, back);
        th->depth--;
        th->frame = back;
        LOAD_FRAME(back);
        if (!none) goto raise;
        TAKE(ip->b, instance);
        SET(ip->a, instance);
        NEXT(2);
    }
    if (!asy_frame_suspends(vm, done)) {    // ENTRY_C
        th->depth--;
        *out = result;
        return SEND_RETURN;
    }
    // a generator, coroutine or async generator ends
    Type *type = done->head.type;
    if (entry == ENTRY_AWAIT && type == vm->types.coroutine && done->head.refs == 1 &&
        !(done->head.flags & (FRAME_HAS_NOTE | OBJ_WEAKREFFED))) {
        // an awaited coroutine that only the awaiting SEND knows: nobody sees it end
        Frame *back = done->back;
        assert(asy_same(back->slots[back->ip->b], asy_from_obj(done)));
        (void)asy_chain_end(vm, done, &entry);
        back->slots[back->ip->b] = ASY_NIL;
        asy_frame_discard(vm, done);
        LOAD_FRAME(back);
        SET(ip->a, result);
        NEXT(1);
    }
    asy_retain_obj(done);       // its slots go while it is still whole
    asy_frame_finish(vm, done);
    Frame *to = asy_chain_end(vm, done, &entry);
    if (type == vm->types.async_generator) {
        RELEASE(result);
        asy_raise_kind(vm, EXC_StopAsyncIteration, ASY_NIL);
        asy_release_obj(vm, done);
        if (entry == ENTRY_C) return SEND_ERROR;
        LOAD_FRAME(to);
        if (entry == ENTRY_AWAIT) asy_asend_finished(vm, R[ip->b]);
        goto raise;
    }
    asy_release_obj(vm, done);
    if (entry == ENTRY_C) {
        *out = result;
        return SEND_RETURN;
    }
    LOAD_FRAME(to);
    if (entry == ENTRY_FOR) {
        RELEASE(result);
        FOR_END();
    }
    if (entry == ENTRY_NEXT) {
        asy_raise_stop(vm, result);
        RELEASE(result);
        goto raise;
    }
    goto send_done;
}
