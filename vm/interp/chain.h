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
ASY_CHECKED Frame *asy_chain_enter(VM *vm, Frame *root, Frame *driver, Entry entry);
// The leaf has suspended: records it in its root and restores the thread. Returns the root.
Frame *asy_chain_suspend(VM *vm, Frame *leaf);
// Running `parent` starts to drive `child`: links and returns the frame to continue in. NULL: exception.
ASY_CHECKED Frame *asy_chain_link(VM *vm, Frame *parent, Frame *child, Entry kind);
// The running leaf has ended: takes it out of the chain; it is DONE. Returns the frame that drove or awaited it
// (NULL: C) and in *entry how. The thread's state is that of the one returned.
Frame *asy_chain_end(VM *vm, Frame *leaf, Entry *entry);
// A suspended frame becomes a root of its own.
void asy_chain_unlink(VM *vm, Frame *f);
// The frame is being cleared: a child it is linked to becomes a root.
void asy_chain_detach(VM *vm, Frame *f);
