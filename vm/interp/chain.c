// Await chains; see chain.h and docs/frames.md.
#include "vm/interp/chain.h"

#include "vm/objects/async_generator.h"

static Frame *delegate_frame(VM *vm, Value v)
{
    if (asy_is_suspending(vm, v)) return asy_as_frame(v);
    return asy_asend_frame(vm, v);
}

Frame *asy_chain_child(VM *vm, Frame *f)
{
    Value *slot = asy_chain_delegate(f);
    if (!slot) return NULL;
    Frame *child = delegate_frame(vm, *slot);
    return child && asy_chain_linked(child) && child->back == f ? child : NULL;
}

Frame *asy_chain_leaf(VM *vm, Frame *f)
{
    if (!asy_chain_linked(f) && f->state == FRAME_SUSPENDED && f->leaf) return f->leaf;
    for (Frame *child; (child = asy_chain_child(vm, f)) != NULL;) f = child;
    return f;
}

bool asy_chain_running(VM *vm, Frame *f)
{
    for (Frame *child; f->state == FRAME_SUSPENDED && (child = asy_chain_child(vm, f)) != NULL;) f = child;
    return f->state == FRAME_RUNNING;
}

static Value raise_executing(VM *vm, Frame *f)
{
    const char *what = f->head.type == vm->types.coroutine         ? "coroutine"
                       : f->head.type == vm->types.async_generator ? "async generator"
                                                                   : "generator";
    return asy_raise(vm, EXC_ValueError, "%s already executing", what);
}

// Sets root, depth and the way to the handled exception of all frames from `f` down.
static void renumber(VM *vm, Frame *f, Frame *root, uint32_t depth)
{
    for (Frame *parent = NULL; f; parent = f, f = asy_chain_child(vm, f), depth++) {
        f->depth = depth;
        if (!parent) continue;
        f->root = root;
        f->handled.up = !asy_is_nil(parent->handled.exc) || parent == root ? &parent->handled
                                                                           : parent->handled.up;
    }
}

void asy_chain_unlink(VM *vm, Frame *f)
{
    if (!asy_chain_linked(f)) return;
    Frame *old_root = f->root, *parent = f->back;
    Frame *leaf = asy_chain_leaf(vm, f);
    old_root->leaf = parent == old_root ? NULL : parent;
    f->entry = ENTRY_NONE;
    f->back = NULL;
    f->handled.up = NULL;
    f->leaf = leaf == f ? NULL : leaf;
    if (leaf == f) f->depth = 1;
    else renumber(vm, f, f, 1);
}

void asy_chain_detach(VM *vm, Frame *f)
{
    Frame *child = asy_chain_child(vm, f);
    if (child) asy_chain_unlink(vm, child);
    if (asy_chain_linked(f)) asy_chain_unlink(vm, f);
}

static bool depth_ok(VM *vm, uint32_t more)
{
    Thread *th = vm->thread;
    if (ASY_LIKELY(th->depth + more <= vm->limits.depth)) return true;
    asy_raise(vm, EXC_RecursionError, "maximum recursion depth exceeded");
    return false;
}

Frame *asy_chain_enter_any(VM *vm, Frame *root, Frame *driver, Entry entry)
{
    if (ASY_UNLIKELY(asy_chain_linked(root))) {
        if (asy_chain_running(vm, root)) return (void)raise_executing(vm, root), NULL;
        asy_chain_unlink(vm, root);
    }
    Frame *leaf = root->state == FRAME_SUSPENDED && root->leaf ? root->leaf : root;
    if (ASY_UNLIKELY(leaf->state == FRAME_RUNNING || root->entry != ENTRY_NONE)) {
        return (void)raise_executing(vm, root), NULL;
    }
    if (!depth_ok(vm, leaf->depth)) return NULL;
    asy_chain_start(vm, root, leaf, driver, entry);
    return leaf;
}

Frame *asy_chain_link_any(VM *vm, Frame *parent, Frame *child, Entry kind)
{
    Thread *th = vm->thread;
    if (ASY_UNLIKELY(child->state == FRAME_RUNNING || asy_chain_linked(child) || child->entry != ENTRY_NONE)) {
        if (asy_chain_running(vm, child) || !asy_chain_linked(child)) {
            return (void)raise_executing(vm, child), NULL;
        }
        asy_chain_unlink(vm, child);
    }
    Frame *leaf = child->state == FRAME_SUSPENDED && child->leaf ? child->leaf : child;
    if (ASY_UNLIKELY(leaf->state == FRAME_RUNNING)) return (void)raise_executing(vm, child), NULL;
    if (!depth_ok(vm, leaf->depth)) return NULL;
    Frame *root = asy_chain_root(parent);
    child->back = parent;
    child->entry = (uint8_t)kind;
    child->root = root;
    child->handled.up = !asy_is_nil(parent->handled.exc) || parent == root ? &parent->handled
                                                                           : parent->handled.up;
    th->depth += leaf->depth;
    if (leaf == child) child->depth = parent->depth + 1;
    else renumber(vm, child, root, parent->depth + 1);
    parent->state = FRAME_SUSPENDED;
    leaf->state = FRAME_RUNNING;
    th->handled = &leaf->handled;
    th->frame = leaf;
    return leaf;
}

Frame *asy_chain_end(VM *vm, Frame *leaf, Entry *entry)
{
    Thread *th = vm->thread;
    *entry = leaf->entry;
    leaf->state = FRAME_DONE;
    Frame *back = leaf->back;
    if (asy_chain_linked(leaf)) {
        th->depth--;
        back->state = FRAME_RUNNING;
        th->handled = &back->handled;
        th->frame = back;
        leaf->back = NULL;
        leaf->entry = ENTRY_NONE;
        leaf->leaf = NULL;
        leaf->depth = 1;
        return back;
    }
    th->depth -= leaf->depth;
    leaf->leaf = NULL;
    asy_chain_leave(vm, leaf);
    return *entry == ENTRY_C ? NULL : back;
}
