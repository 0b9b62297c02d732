// What the compiler's own files share: the state of one compilation and of the function being written.
//
// Failing is sticky: the first error (or a failed allocation) sets Compiler.failed, after which everything
// runs on harmlessly and statements end early; nobody checks a result but at the few places that would
// loop or read what is not there. All working memory is in Compiler.work, the result in unit->arena.
//
// Slots while writing are numbers with a kind in the upper bits, so that locals may still be added when
// temporaries are in use; finish.c gives them their places. Temporaries are a stack, and emit.c keeps
// its depth from what opcodes.def says of the operands: nobody else counts.
#pragma once
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "lexer/names.h"
#include "vm/bytecode/code.h"
#include "vm/bytecode/disasm.h"
#include "vm/compiler/compiler.h"
#include "vm/compiler/symtable.h"

typedef uint32_t Slot;
#define SLOT_LOCAL 0x00000000u      // parameters and other plain locals; in NAMESPACE code 0 is the namespace
#define SLOT_HIDDEN 0x10000000u     // the compiler's own
#define SLOT_CELL 0x20000000u       // cells made here that are no parameters
#define SLOT_FREE 0x30000000u
#define SLOT_TEMP 0x40000000u
#define SLOT_KIND 0xF0000000u
#define TO_TEMP 0xF0000000u         // as a destination: the lowest temporary that is free then
#define TO_ANY 0xF0000001u          // as a destination: wherever the value can be read, a local perhaps

static inline bool slot_is_temp(Slot s) { return (s & SLOT_KIND) == SLOT_TEMP; }
static inline bool slot_is_plain(Slot s) { return (s & SLOT_KIND) == SLOT_LOCAL; }

// Names the compiler itself speaks of.
#define KNOWN_NAMES(N)                                                                             \
    N(dot_zero, ".0") N(class_cell, "__class__") N(classdict, "__classdict__")                     \
    N(classcell, "__classcell__") N(classdictcell, "__classdictcell__") N(super, "super")          \
    N(debug, "__debug__") N(module, "__module__") N(name, "__name__")                              \
    N(qualname, "__qualname__") N(doc, "__doc__") N(annotations, "__annotations__")                \
    N(type_params, "__type_params__") N(dot_type_params, ".type_params")                           \
    N(dot_defaults, ".defaults") N(dot_kwdefaults, ".kwdefaults")                                  \
    N(dot_generic_base, ".generic_base") N(lambda, "<lambda>") N(genexpr, "<genexpr>")             \
    N(listcomp, "<listcomp>") N(setcomp, "<setcomp>") N(dictcomp, "<dictcomp>")                    \
    N(module_code, "<module>") N(future, "__future__") N(return_, "return") N(top, "top")          \
    N(empty, "")
typedef enum KnownName {
#define N(id, text) KNOWN_##id,
    KNOWN_NAMES(N)
#undef N
    KNOWN__COUNT
} KnownName;

typedef struct Func Func;

typedef struct Compiler {
    const AsyAllocator *allocator;
    ProtoUnit *unit;
    Arena work;
    Names names;                    // in unit->arena: protos point to their bytes
    const Name *known[KNOWN__COUNT];
    const CompileOptions *options;
    Diagnostics *diag;
    ProtoName filename;
    bool failed;
    bool annotations_future;
    AstPlace future_at;             // the last `from __future__` at the start; lineno 0: none
    uint32_t quiet;                 // > 0: compiling a finally body again, no second warnings
    Symtable symtable;
    Func *func;                     // the one being written
} Compiler;

// Errors. Each sets diag and failed, unless failed already; the result is false. NULL: without a place.
bool asy_compile_error(Compiler *c, const AstPlace *at, const char *format, ...) ASY_PRINTF(3, 4);
bool asy_compile_no_memory(Compiler *c);
void asy_compile_warn(Compiler *c, const AstPlace *at, const char *format, ...) ASY_PRINTF(3, 4);

// The compiler's own Name of the same text; never NULL (without memory some name, and failed).
const Name *asy_compile_name(Compiler *c, const char *bytes, size_t len);
// `name` as it reads inside class `private` (may be NULL): __x becomes _C__x.
const Name *asy_compile_mangle(Compiler *c, const Name *private, const Name *name);
// Memory of the compilation, cleared; NULL and failed without.
void *asy_compile_alloc(Compiler *c, size_t size);
// Doubles an array in c->work; *items and *cap are updated. False without memory.
bool asy_compile_grow(Compiler *c, void *items, uint32_t *cap, uint32_t need, size_t size);

// -- flow.c: what is known at a place in the code.
// Which plain locals are certainly assigned. A bit that is set is sure; all are while unreachable.
typedef struct Flow {
    bool reachable;
    uint64_t *bound;                // Func.flow_words words
} Flow;

typedef struct Label {
    uint32_t instr;                 // index of the instruction it stands before; LABEL_OPEN until placed
    bool used;                      // something jumps there
    uint8_t level;
    uint32_t depth;                 // temporaries there
    uint64_t *bound;                // meet of the states of all jumps to it
} Label;
#define LABEL_OPEN UINT32_MAX

typedef struct CodeHandler {        // one `try`: where to go and what stays alive
    uint32_t label;
    uint32_t depth;
    bool used;
} CodeHandler;
#define NO_HANDLER UINT32_MAX

typedef struct CodeInstr {
    uint8_t op, x;
    uint8_t level;                  // 0: hot; deeper ones are laid out behind, in order of level
    bool ext_slot;                  // ext_a is a slot
    uint32_t a, b, c;               // slots as above, or numbers
    uint32_t ext_a, ext_wide;
    uint32_t target;                // label, or LABEL_OPEN
    uint32_t handler;               // or NO_HANDLER
    AstPlace at, ext_at;            // lineno 0: none
} CodeInstr;

// What a break, continue or return has to undo on its way out, innermost first.
typedef enum BlockKind {
    BLOCK_WHILE, BLOCK_FOR, BLOCK_ASYNC_FOR,
    BLOCK_TRY,                      // the body of try-except
    BLOCK_FINALLY_TRY,              // of try-finally: the finally body has to run
    BLOCK_FINALLY_END,              // the finally body that runs for an exception
    BLOCK_WITH, BLOCK_ASYNC_WITH,
    BLOCK_HANDLER,                  // an except body; `name` is to be unbound
    BLOCK_GROUP_HANDLER,            // except*: nothing may leave it
    BLOCK_VALUE,                    // a return waits for the finally body being written; its value is in `slot`
} BlockKind;
typedef struct Block {
    BlockKind kind;
    struct Block *up;
    uint32_t next, exit;            // loops: labels of continue and break
    uint32_t handler_outside;
    const StmtList *finalbody;
    const Name *name;
    Slot slot;
    const AstPlace *at;
} Block;

// An inlined comprehension being written: its names come before the function's.
typedef struct InlineComp {
    const Scope *scope;
    struct InlineComp *up;
} InlineComp;

typedef enum FuncKind {
    FUNC_MODULE, FUNC_CLASS, FUNC_FUNCTION, FUNC_ASYNC, FUNC_LAMBDA, FUNC_COMPREHENSION,
    FUNC_ALIAS,                     // value of a type alias
    FUNC_TYPE_PARAMS,               // makes type parameters; their bounds
} FuncKind;

typedef struct NameSlot { const Name *name; uint32_t value; } NameSlot;
typedef struct NameMap {            // open addressing; power of two
    NameSlot *slots;
    uint32_t count, mask;
} NameMap;

struct Func {
    Compiler *c;
    Func *up;
    FuncKind kind;
    const Scope *scope;
    const Name *name, *private;
    ProtoName qualname;
    uint32_t flags, argcount, posonly, kwonly, nparams, firstlineno;

    CodeInstr *code;
    uint32_t count, cap;
    CodeInstr scratch;              // written while unreachable
    Label *labels;
    uint32_t label_count, label_cap;
    CodeHandler *handlers;
    uint32_t handler_count, handler_cap;
    uint32_t handler;               // the current one, or NO_HANDLER
    uint8_t level;

    ProtoConst *consts;
    uint32_t const_count, const_cap, *const_index, const_mask;
    const Name **names;
    uint32_t name_count, name_cap;
    NameMap name_map;

    const Name **locals;            // plain ones, by slot
    bool *local_used;               // is in local_order
    uint32_t local_count, local_cap, local_used_cap;
    uint32_t *local_order;          // slots in order of their first use, which co_varnames shows
    uint32_t local_order_count, local_order_cap;
    NameMap local_map, cell_map, free_map;  // cell_map also knows cells that are parameters
    const Name **cells;             // that are no parameters
    uint32_t cell_count;
    const Name **frees;
    uint32_t free_count;
    uint32_t hidden, hidden_max;

    uint32_t depth, depth_max;
    Flow flow;
    uint32_t flow_words;
    uint64_t *deletable;            // locals that some statement unbinds: not sure across a loop's head
    Block *block;
    uint32_t block_count;
    InlineComp *comps;
    bool awaits;

    // finish.c
    uint32_t count_kept, words, *first_instrs, *local_numbers;
};

static inline bool func_is_functionlike(const Func *f) { return f->scope->kind != SCOPE_MODULE && f->scope->kind != SCOPE_CLASS; }

// flow.c
Flow asy_flow_save(Func *f);
void asy_flow_restore(Func *f, const Flow *flow);
// Bound bits of one plain local.
bool asy_flow_is_bound(const Func *f, Slot local);
void asy_flow_bind(Func *f, Slot local);
void asy_flow_unbind(Func *f, Slot local);
uint32_t asy_label_new(Func *f);
// Merges the state of a jump to `label` at this point, `depth` temporaries being alive there.
void asy_label_join(Func *f, uint32_t label, uint32_t depth);
// The code goes on here, from above (if reachable) and from all jumps.
void asy_label_place(Func *f, uint32_t label);
// A loop's head: jumps to it come from below and can only know less by what `del` took.
void asy_label_place_loop(Func *f, uint32_t label);
// A handler whose region begins now, entered with the first `depth` temporaries alive.
uint32_t asy_handler_new(Func *f, uint32_t depth);
// Places the handler's code here: two more temporaries are alive, what was handled before and the exception.
void asy_handler_place(Func *f, uint32_t handler);
// Code from here to the matching end is laid out behind the rest. The code before goes on after the end.
Flow asy_cold_begin(Func *f);
void asy_cold_end(Func *f, const Flow *hot, uint32_t depth);

// emit.c: appends an instruction. Operands are slots or numbers as opcodes.def has them; a window (W) is found
// by its length and its operand ignored; TO_TEMP or TO_ANY as a destination takes the lowest temporary
// freed. The result is the slot written. Nothing is stored while the place is unreachable.
Slot asy_emit(Func *f, const AstPlace *at, Op op, unsigned x, uint32_t a, uint32_t b, uint32_t c);
// The same with a jump.
Slot asy_emit_jump(Func *f, const AstPlace *at, Op op, unsigned x, uint32_t a, uint32_t b, uint32_t label);
// The instruction emitted last, for its extension word.
CodeInstr *asy_emit_last(Func *f);
void asy_emit_jump_to(Func *f, const AstPlace *at, uint32_t label);
void asy_emit_loop(Func *f, const AstPlace *at, uint32_t label);
// UNPACK of `count` targets, or UNPACK_EX if the one at `star` (UINT32_MAX: none) is starred.
void asy_emit_unpack(Func *f, const AstPlace *at, Slot from, uint32_t count, uint32_t star);
Slot asy_emit_const(Func *f, const AstPlace *at, const ProtoConst *value, Slot want);
Slot asy_emit_none(Func *f, const AstPlace *at, Slot want);
Slot asy_emit_str(Func *f, const AstPlace *at, const Name *text, Slot want);
Slot asy_emit_int(Func *f, const AstPlace *at, int64_t value, Slot want);
// Moves a value to where it is wanted: `from` is a local or the top temporary.
Slot asy_emit_move(Func *f, const AstPlace *at, Slot from, Slot want);
void asy_emit_drop(Func *f, const AstPlace *at);                // the top temporary
uint32_t asy_emit_name(Func *f, const Name *name);              // index into names
uint32_t asy_emit_const_index(Func *f, const ProtoConst *value);
Slot asy_emit_top(const Func *f, uint32_t below);               // temporary `below` the top one
Slot asy_hidden_new(Func *f);                                   // freed in reverse order
void asy_hidden_free(Func *f, Slot slot);
uint32_t *asy_map_find(NameMap *map, const Name *name);         // NULL if absent
bool asy_map_put(Compiler *c, NameMap *map, const Name *name, uint32_t value);
ProtoConst asy_const_str(const Name *name);
bool asy_const_equal(const ProtoConst *a, const ProtoConst *b);

// variable.c: names.
typedef enum VarKind {
    VAR_LOCAL,                      // plain, in `slot`
    VAR_CELL, VAR_FREE,             // in the cell in `slot`
    VAR_GLOBAL,
    VAR_NAME,                       // of the namespace in slot 0
    VAR_NAME_OR_CELL,               // class body: the namespace, else the free variable in `slot`
    VAR_DICT_OR_GLOBAL, VAR_DICT_OR_CELL,   // annotation scopes: through the class's __classdict__
} VarKind;
typedef struct Var {
    VarKind kind;
    Slot slot;
    const Name *name;               // mangled
    const Symbol *symbol;           // of the function's scope, may be NULL
} Var;
Var asy_var_find(Func *f, const Name *mangled);
Slot asy_var_load(Func *f, const AstPlace *at, const Name *name, Slot want);
// Stores `from` (a local or the top temporary).
void asy_var_store(Func *f, const AstPlace *at, const Name *name, Slot from);
void asy_var_delete(Func *f, const AstPlace *at, const Name *name);
// name = None; del name: the end of `except ... as name`.
void asy_var_clear(Func *f, const AstPlace *at, const Name *name);
// The local that an assignment to `name` may be computed into, or TO_TEMP.
Slot asy_var_target(Func *f, const Name *name);
// Slot of the cell that a nested scope's free variable `name` is here.
Slot asy_var_closure(Func *f, const Name *name);
Slot asy_local_slot(Func *f, const Name *name);
// Notes that the slot is used now, if it was not before.
void asy_local_use(Func *f, Slot local);
// False, with the error set, if `name` must not be assigned or deleted (__debug__).
bool asy_var_check(Func *f, const AstPlace *at, const Name *name, ExprContext ctx);

// fold.c: the value of an expression that is constant; false if it is none.
bool asy_fold(Func *f, const Expr *e, ProtoConst *out);
// A list or set display of constants whose value nobody keeps: a tuple or frozenset.
bool asy_fold_container(Func *f, const Expr *e, ProtoConst *out);
// True if both are the same key of a dict: 1, 1.0 and True are.
bool asy_const_same_key(const ProtoConst *a, const ProtoConst *b);
bool asy_const_truth(const ProtoConst *k);
ProtoConst asy_const_of(Compiler *c, const Constant *k);

// expr.c
Slot asy_expr(Func *f, const Expr *e, Slot want);
// An operand read in place if possible; `later` (NULL: none) is evaluated before it is read.
Slot asy_expr_operand(Func *f, const Expr *e, const Expr *later);
Slot asy_expr_await(Func *f, const AstPlace *at, Slot value, uint32_t how, Slot want);
// Collects what may hold starred items: BUILD_LIST/SET/TUPLE.
Slot asy_expr_sequence(Func *f, const AstPlace *at, const ExprList *items, Op build, Slot want);
extern const uint8_t asy_binary_ops[BIN__COUNT];
// Pushes what a method call of attribute `e` needs: function, self or value, NIL.
void asy_expr_method(Func *f, const Expr *e);
// Where an attribute access or a method's call that began at `at` stands: on the attribute's line.
AstPlace asy_attribute_place(const Expr *e, AstPlace at);
void asy_check_await(Func *f, const AstPlace *at);

// compare.c: comparisons and conditions.
Slot asy_emit_compare(Func *f, const Expr *e, Slot want);
// `not` of a comparison, which for is and in is their opposite.
Slot asy_compare_not(Func *f, const Expr *e, Slot want);
// Goes to `label` if e's truth is `when`, else on.
void asy_condition(Func *f, const Expr *e, uint32_t label, bool when);

// call.c
Slot asy_emit_call_expr(Func *f, const Expr *e, Slot want);
// Arguments behind `callee, NIL` on the stack (and `pushed` values that are the first arguments), and the call.
// `extra` (may be NULL): a plain last positional argument, loaded by name.
Slot asy_call_args(Func *f, const AstPlace *at, uint32_t pushed, const ExprList *args,
                   const Name *extra, const KeywordList *keywords, Slot want);
void asy_check_keywords(Func *f, const KeywordList *keywords);

// comprehension.c
Slot asy_comprehension(Func *f, const Expr *e, Slot want);

// target.c
// Assigns the value in `from` (top temporary, or a local) to a target.
void asy_assign(Func *f, const Expr *target, Slot from);
void asy_assign_stmt(Func *f, const Stmt *s);
void asy_augassign_stmt(Func *f, const Stmt *s);
void asy_annassign_stmt(Func *f, const Stmt *s);
void asy_delete(Func *f, const Expr *target);

// stmt.c
void asy_stmts(Func *f, const StmtList *list, uint32_t from);
void asy_stmt(Func *f, const Stmt *s);
const Expr *asy_docstring(const StmtList *body);
// loop.c
// What a for loop or comprehension goes through: displays of constants are constants.
Slot asy_iterable(Func *f, const Expr *e);
// The local a loop's target can be stored into directly, or TO_TEMP.
Slot asy_loop_target(Func *f, const Expr *target);
void asy_loop_stmt(Func *f, const Stmt *s);         // for, async for, while
void asy_leave_stmt(Func *f, const Stmt *s);        // break, continue
void asy_return_stmt(Func *f, const Stmt *s);
void asy_block_push(Func *f, Block *block, BlockKind kind, const AstPlace *at);
void asy_block_pop(Func *f, Block *block);
// unwind.c
void asy_try_stmt(Func *f, const Stmt *s);          // try, except*, finally
void asy_with_stmt(Func *f, const Stmt *s);
void asy_with_exit(Func *f, const AstPlace *at, bool is_async);
// Code of a handler that failed itself: the handled exception of before, and on with the new one.
// On top are: saved (before the outer handler), saved (the outer exception), the new exception.
void asy_handler_cleanup(Func *f, uint32_t handler, uint32_t handler_outside);

// func.c
void asy_function_stmt(Func *f, const Stmt *s);
Slot asy_lambda(Func *f, const Expr *e, Slot want);
// A new function inside c->func, which it becomes; NULL after a failure.
Func *asy_func_enter(Compiler *c, FuncKind kind, const Scope *scope, const Name *name, uint32_t firstlineno);
// Makes the cells; to be called once the parameters have their slots.
void asy_func_prologue(Func *f);
void asy_func_end(Func *f);                         // return None, if the end is reached
const Proto *asy_func_leave(Func *f);               // the finished proto (NULL: failed); c->func is the outer one again
// MAKE_FUNCTION of a finished proto; x says which `pushed` values lie on the stack, the closure is added here.
Slot asy_func_make(Func *f, const AstPlace *at, const Proto *proto, unsigned x, uint32_t pushed, Slot want);
void asy_push_decorators(Func *f, const ExprList *list);
void asy_apply_decorators(Func *f, const ExprList *list);
// class.c
// The body of a module or class: __annotations__, docstring (if it may have one), statements.
void asy_namespace_body(Func *f, const StmtList *body, bool has_doc);
void asy_class_stmt(Func *f, const Stmt *s);
// generic.c
// A function that makes the type parameters of `name` and what uses them.
Func *asy_generic_enter(Func *f, const Name *name, const TypeParamList *list, uint32_t firstlineno);
// Makes and binds them, their tuple goes to `want`.
void asy_type_params(Func *f, const TypeParamList *list, Slot want);
void asy_type_alias_stmt(Func *f, const Stmt *s);
// annotation.c
Slot asy_annotation(Func *f, const Expr *e, Slot want);
// pattern.c
void asy_match_stmt(Func *f, const Stmt *s);
// import.c
void asy_import_stmt(Func *f, const Stmt *s);
bool asy_future_scan(Compiler *c, const StmtList *body);
// check.c: SyntaxWarnings.
void asy_check_compare(Func *f, const Expr *e);
void asy_check_caller(Func *f, const Expr *func);
void asy_check_subscript(Func *f, const Expr *e);
// finish.c
const Proto *asy_finish(Func *f);
