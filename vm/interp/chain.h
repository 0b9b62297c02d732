// Await chains (docs/frames.md): who awaits whom among frames, and what wakes.
//
// The SEND instruction is the truth; a link only caches it. Links own nothing.
#pragma once
#include "vm/interp/interp.h"

ASY_INLINE bool asy_chain_linked(const Frame *f) { return f->entry >= ENTRY_AWAIT; }
ASY_INLINE Frame *asy_chain_root(Frame *f) { return asy_chain_linked(f) ? f->root : f; }
// The slot of a frame suspended at (or executing) SEND; NULL at any other instruction.
ASY_INLINE Value *asy_chain_delegate(Frame *f)
{
    return f->func && (f->state == FRAME_SUSPENDED || f->state == FRAME_RUNNING) && f->ip->op == OP_SEND ? &f->slots[f->ip->b] : NULL;
}
// The child `f` is linked to, or NULL.
Frame *asy_chain_child(VM *vm, Frame *f);
// The innermost frame of f's chain.
Frame *asy_chain_leaf(VM *vm, Frame *f);
// Is it, or what it is linked to, running?
bool asy_chain_running(VM *vm, Frame *f);

// Makes `root` run for `driver` (NULL: C): returns the leaf to continue in, now RUNNING, with the thread's
// handled exception and depth set up. NULL: exception ("generator already executing", RecursionError).
// A frame that is linked under another is unlinked first.
ASY_CHECKED Frame *asy_chain_enter_any(VM *vm, Frame *root, Frame *driver, Entry entry);

// `root`, alone or with the chain that ends in `leaf`, goes on under `driver` (NULL: C).
ASY_INLINE void asy_chain_start(VM *vm, Frame *root, Frame *leaf, Frame *driver, Entry entry)
{
    Thread *th = vm->thread;
    th->depth += leaf->depth;
    root->back = driver ? driver : th->frame;
    root->entry = (uint8_t)entry;
    root->handled.up = th->handled;
    th->handled = &leaf->handled;
    leaf->state = FRAME_RUNNING;
    th->frame = leaf;
    // the driver's unused frames go on being used below this one
    if (driver && !asy_frame_suspends(vm, driver)) {
        th->pool = driver->next;
        driver->next = NULL;
    }
}

// The thread's state is the driver's again.
ASY_INLINE void asy_chain_leave(VM *vm, Frame *root)
{
    Thread *th = vm->thread;
    Frame *driver = root->back;
    th->handled = root->handled.up;
    root->handled.up = NULL;
    if (root->entry != ENTRY_C && !asy_frame_suspends(vm, driver)) {
        driver->next = th->pool;
        th->pool = NULL;
    }
    th->frame = driver;
    root->back = NULL;
    root->entry = ENTRY_NONE;
}

// A generator that awaits and yields from nothing is all of its chain: no search for root and leaf.
ASY_INLINE Frame *asy_chain_enter(VM *vm, Frame *root, Frame *driver, Entry entry)
{
    bool alone = root->entry == ENTRY_NONE && (root->state == FRAME_CREATED || (root->state == FRAME_SUSPENDED && !root->leaf));
    if (ASY_UNLIKELY(!alone || vm->thread->depth >= vm->limits.depth)) return asy_chain_enter_any(vm, root, driver, entry);
    asy_chain_start(vm, root, root, driver, entry);
    return root;
}

// The leaf has suspended: records it in its root and restores the thread.
ASY_INLINE void asy_chain_suspend(VM *vm, Frame *leaf)
{
    Frame *root = asy_chain_root(leaf);
    leaf->state = FRAME_SUSPENDED;
    root->leaf = leaf == root ? NULL : leaf;
    vm->thread->depth -= leaf->depth;
    asy_chain_leave(vm, root);
}
// Running `parent` starts to drive `child`: links and returns the frame to continue in. NULL: exception.
ASY_CHECKED Frame *asy_chain_link_any(VM *vm, Frame *parent, Frame *child, Entry kind);
ASY_INLINE Frame *asy_chain_link(VM *vm, Frame *parent, Frame *child, Entry kind)
{
    Thread *th = vm->thread;
    if (child->state != FRAME_CREATED || child->entry != ENTRY_NONE || th->depth >= vm->limits.depth) {
        return asy_chain_link_any(vm, parent, child, kind);
    }
    // not begun: a chain of one
    Frame *root = asy_chain_root(parent);
    child->back = parent;
    child->entry = (uint8_t)kind;
    child->root = root;
    child->handled.up = !asy_is_nil(parent->handled.exc) || parent == root ? &parent->handled : parent->handled.up;
    child->depth = parent->depth + 1;
    th->depth++;
    parent->state = FRAME_SUSPENDED;
    child->state = FRAME_RUNNING;
    th->handled = &child->handled;
    th->frame = child;
    return child;
}
// The running leaf has ended: takes it out of the chain; it is DONE. Returns the frame that drove or awaited it
// (NULL: C) and in *entry how. The thread's state is that of the one returned.
Frame *asy_chain_end(VM *vm, Frame *leaf, Entry *entry);
// A suspended frame becomes a root of its own.
void asy_chain_unlink(VM *vm, Frame *f);
// The frame is being cleared: a child it is linked to becomes a root.
void asy_chain_detach(VM *vm, Frame *f);
