// Annotations: evaluated, or under `from __future__ import annotations` kept as text.
#include "vm/compiler/unit.h"
#include "vm/compiler/unparse.h"

Slot asy_annotation(Func *f, const Expr *e, Slot want)
{
    if (!f->c->annotations_future) return asy_expr(f, e, want);
    Buf text;
    asy_buf_init(&text, f->c->allocator);
    asy_unparse_expr(&text, e);
    Slot result = TO_TEMP;
    if (text.failed) {
        asy_compile_no_memory(f->c);
    } else {
        ProtoConst k = { .kind = PROTO_STR, .text = text.bytes ? text.bytes : "", .count = (uint32_t)text.len };
        result = asy_emit_const(f, &e->at, &k, want);
    }
    asy_buf_free(&text);
    return result;
}
