// Handlers of the loop: yielding, awaiting and delegating; switches of frames along await chains.
//
// No unit of its own: interp.c includes it inside the loop, whose rules and macros stand there.
    // -- generators and coroutines
    CASE(YIELD) : {
        SAVE();
        result = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(result);
        if (frame->head.type == vm->types.async_generator) {
            // a plain yield of an async generator ends the asend that drives it with this result
            frame->state = FRAME_SUSPENDED;
            Entry entry;
            Frame *gen = frame;
            Frame *to = asy_chain_end(vm, gen, &entry);
            gen->state = FRAME_SUSPENDED;
            if (entry == ENTRY_C) {
                *out = result;
                return SEND_RETURN;
            }
            LOAD_FRAME(to);
            asy_asend_finished(vm, R[ip->b]);
            goto send_done;
        }
        goto yielded;
    }
yielded: { // `result` (owned) goes to whoever drives the root of this chain
    Frame *root = asy_chain_root(frame);
    Entry entry = (Entry)root->entry;
    Frame *driver = root->back;
    asy_chain_suspend(vm, frame);
    if (entry == ENTRY_C) {
        *out = result;
        return SEND_YIELD;
    }
    LOAD_FRAME(driver);
    if (entry == ENTRY_FOR) {
        SET(ip->a, result);
        NEXT(2);
    }
    goto call_done;
}
deliver_sent: { // `value` (owned) is what the frame at a suspension receives
    if (ASY_UNLIKELY(!(frame->head.flags & FRAME_STARTED))) {
        frame->head.flags |= FRAME_STARTED;
        RELEASE(value);
        DISPATCH();
    }
    if (ip->op == OP_YIELD) {
        SET(ip->a, value);
        NEXT(1);
    }
    assert(ip->op == OP_SEND);
    goto send_unlinked;
}
    CASE(GET_AWAITABLE) : {
        SAVE();
        Value v = R[ip->b];
        if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.coroutine && !asy_chain_delegate(asy_as_frame(v))) {
            if (ip->x & X_B) R[ip->b] = ASY_NIL;
            else asy_retain(v);
            SET(ip->a, v);
            NEXT(1);
        }
        v = asy_slow_awaitable(vm, v, ip->c);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(GET_YIELD_FROM) : {
        SAVE();
        Value v = asy_slow_yield_from(vm, frame, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(SEND) : {
        SAVE();
        Value d = R[ip->b];
        Type *t = asy_is_obj(d) ? asy_as_obj(d)->type : NULL;
        if (t == vm->types.coroutine || t == vm->types.generator) {
            Frame *child = asy_as_frame(d);
            if (ASY_UNLIKELY(child->state == FRAME_DONE)) {
                if (t == vm->types.coroutine) {
                    asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited coroutine");
                    goto raise;
                }
                result = ASY_NONE;
                goto send_done;
            }
            Frame *leaf = asy_chain_link(vm, frame, child, ip->c ? ENTRY_YIELD_FROM : ENTRY_AWAIT);
            if (!leaf) goto raise;
            LOAD_FRAME(leaf);
            value = ASY_NONE;
            goto deliver_sent;
        }
        Frame *agen = asy_asend_frame(vm, d);
        if (agen) {
            AsendObj *a = asy_as(AsendObj, d);
            if (!asy_asend_begin(vm, a)) goto raise;
            value = asy_is_nil(a->value) ? ASY_NONE : a->value;
            a->value = ASY_NIL;
            bool fresh = agen->state == FRAME_CREATED;
            Frame *leaf = asy_chain_link(vm, frame, agen, ENTRY_AWAIT);
            if (!leaf) {
                RELEASE(value);
                asy_asend_end(vm, a);
                goto raise;
            }
            if (fresh && !asy_is_none(value)) {
                RELEASE(value);
                value = ASY_NONE;
            }
            LOAD_FRAME(leaf);
            goto deliver_sent;
        }
        Value sent;
        SendResult r = asy_send(vm, d, ASY_NONE, true, &sent);
        result = sent;
        if (r == SEND_RETURN) goto send_done;
        if (r == SEND_ERROR) goto raise;
        goto yielded;
    }
send_unlinked: { // the frame is suspended at SEND with a delegate that is no linked frame; `value` is sent to it
    Value sent;
    SendResult r = asy_send(vm, R[ip->b], value, false, &sent);
    RELEASE(value);
    result = sent;
    if (r == SEND_RETURN) goto send_done;
    if (r == SEND_ERROR) goto raise;
    goto yielded;
}
send_done: { // the delegate in slot b has ended with `result`
    TAKE(ip->b, dead);
    RELEASE(dead);
    SET(ip->a, result);
    NEXT(1);
}
    CASE(GET_AITER) : {
        SAVE();
        Value v = asy_slow_aiter(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(GET_ANEXT) : {
        SAVE();
        Value v = asy_slow_anext(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(END_ASYNC_FOR) : {
        Value exc = R[ip->a + 2];
        if (asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[EXC_StopAsyncIteration])) {
            Value iterator = R[ip->a], saved = R[ip->a + 1];
            R[ip->a] = R[ip->a + 1] = R[ip->a + 2] = ASY_NIL;
            RELEASE(exc);
            asy_set(vm, &th->handled->exc, saved);
            RELEASE(iterator);
            NEXT(1);
        }
        SAVE();
        R[ip->a + 2] = ASY_NIL;
        Value saved = R[ip->a + 1];
        R[ip->a + 1] = ASY_NIL;
        asy_set(vm, &th->handled->exc, saved);
        th->exc = exc;
        goto reraise;
    }
