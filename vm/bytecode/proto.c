// The life of compiled code that no VM has seen yet.
#include "vm/bytecode/code.h"

void asy_proto_unit_release(VM *vm, ProtoUnit *unit)
{
    (void)vm;           // the unit knows its allocator: it may outlive the VM that compiled it
    if (!unit || --unit->refs) return;
    AsyAllocator allocator = unit->allocator;
    asy_arena_free(&unit->arena);
    asy_free(&allocator, unit, sizeof *unit);
}
