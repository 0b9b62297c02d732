// The grammar of Python 3.12 as LALR(1) rules; actions only build nodes.
//
// Three things are looser here than in the language and made right by check.c: what is assigned to
// is read as an expression, the order of arguments and parameters is checked as they come, and the
// items of `with (...)` are told from a tuple by what stands in them. The lexer has decided which
// `match`, `case` and `type` are keywords and which `(` behind `with` belongs to the statement.
// Messages are not made here: on any mistake the parse just ends, and diagnose.c looks at the
// tokens again.
%code requires {
#include "parser/build.h"
}

%code {
static int yylex(YYSTYPE *value, YYLTYPE *span, Parser *p);
static void yyerror(YYLTYPE *span, Parser *p, const char *message);

// The stacks live on the C stack until they outgrow it, then in memory of the parser's allocator.
// LAC's own stack holds one exploration of a few states and never grows past what it starts with.
#define YYMAXDEPTH 100000000
#define YYSTACK_ALLOC(size) NULL
static char *stack_block(Parser *p, size_t size);
static void stack_replace(Parser *p, char *block, size_t size);
#define yyoverflow(message, states, states_size, values, values_size, spans, spans_size, depth)    \
    do {                                                                                           \
        size_t deeper = (size_t)*(depth) * 2;                                                      \
        size_t size = deeper * (sizeof **(values) + sizeof **(spans) + sizeof **(states));         \
        char *block = stack_block(p, size);                                                        \
        if (!block) YYABORT;                                                                       \
        memcpy(block, *(values), (size_t)(values_size));                                           \
        *(values) = (void *)block;                                                                 \
        memcpy(*(values) + deeper, *(spans), (size_t)(spans_size));                                \
        *(spans) = (void *)(*(values) + deeper);                                                   \
        memcpy(*(spans) + deeper, *(states), (size_t)(states_size));                               \
        *(states) = (void *)(*(spans) + deeper);                                                   \
        *(depth) = (YYPTRDIFF_T)deeper;                                                            \
        stack_replace(p, block, size);                                                             \
    } while (0)

// An empty rule's span lies behind what stands before it, so that it never widens what it is part
// of.
#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
    do {                                                                                           \
        if (n) {                                                                                   \
            (current).first = YYRHSLOC(rhs, 1).first;                                              \
            (current).last = YYRHSLOC(rhs, n).last;                                                \
        } else {                                                                                   \
            (current).first = YYRHSLOC(rhs, 0).last + 1;                                           \
            (current).last = YYRHSLOC(rhs, 0).last;                                                \
        }                                                                                          \
    } while (0)

#define NO_LIST(Type) ((Type){ 0 })
}

%define api.pure full
%define api.token.raw
%define api.token.prefix {T_}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%define lr.type lalr
%locations
%expect 0
%parse-param { Parser *p }
%lex-param { Parser *p }

%union {
    const Name *name;
    NameList names;
    Expr *expr;
    ExprList exprs;
    Stmt *stmt;
    StmtList stmts;
    Pattern *pattern;
    PatternList patterns;
    TypeParam *type_param;
    TypeParamList type_params;
    Comprehension *comprehension;
    ComprehensionList comprehensions;
    ExceptHandler *handler;
    ExceptHandlerList handlers;
    Arg *arg;
    Params *params;
    Arguments *arguments;
    CallArgs *call_args;
    Keyword *keyword;
    Alias *alias;
    AliasList aliases;
    WithItem *with_item;
    WithItemList with_items;
    MatchCase *match_case;
    MatchCaseList match_cases;
    int number;
}

%token START_FILE START_SINGLE START_EVAL
%token ENDMARKER ERROR STRAY NEWLINE INDENT DEDENT
%token <name> NAME
%token NUMBER STRING FSTRING_START FSTRING_MIDDLE FSTRING_END
%token FALSE "False" NONE "None" TRUE "True" AND "and" AS "as" ASSERT "assert" ASYNC "async"
%token AWAIT "await" BREAK "break" CLASS "class" CONTINUE "continue" DEF "def" DEL "del" ELIF "elif"
%token ELSE "else" EXCEPT "except" FINALLY "finally" FOR "for" FROM "from" GLOBAL "global" IF "if"
%token IMPORT "import" IN "in" IS "is" LAMBDA "lambda" NONLOCAL "nonlocal" NOT "not" OR "or"
%token PASS "pass" RAISE "raise" RETURN "return" TRY "try" WHILE "while" WITH "with" YIELD "yield"
%token MATCH "match" CASE "case" TYPE "type"
%token LPAR "(" RPAR ")" LSQB "[" RSQB "]" LBRACE "{" RBRACE "}" COLON ":" COMMA "," SEMI ";"
%token PLUS "+" MINUS "-" STAR "*" SLASH "/" VBAR "|" AMPER "&" LESS "<" GREATER ">" EQUAL "="
%token DOT "." PERCENT "%" EQEQUAL "==" NOTEQUAL "!=" LESSEQUAL "<=" GREATEREQUAL ">=" TILDE "~"
%token CIRCUMFLEX "^" LEFTSHIFT "<<" RIGHTSHIFT ">>" DOUBLESTAR "**" PLUSEQUAL "+=" MINEQUAL "-="
%token STAREQUAL "*=" SLASHEQUAL "/=" PERCENTEQUAL "%=" AMPEREQUAL "&=" VBAREQUAL "|="
%token CIRCUMFLEXEQUAL "^=" LEFTSHIFTEQUAL "<<=" RIGHTSHIFTEQUAL ">>=" DOUBLESTAREQUAL "**="
%token DOUBLESLASH "//" DOUBLESLASHEQUAL "//=" AT "@" ATEQUAL "@=" RARROW "->" ELLIPSIS "..."
%token COLONEQUAL ":=" EXCLAMATION "!" WITH_LPAR "with (" FSTRING_COLON "format :"

%left "or"
%left "and"
%precedence "not"
%left "|"
%left "^"
%left "&"
%left "<<" ">>"
%left "+" "-"
%left "*" "/" "//" "%" "@"
%precedence UNARY
%right "**"

%type <stmts> file statements simple_line simple_list block else_opt if_tail finally_opt
%type <stmt> compound decorated definition async_definition if while for try with match simple assign
%type <stmt> import
%type <exprs> decorators assign_head tuple_items star_named_items slice_items target_items delete_items
%type <exprs> comp_ifs string_parts fstring_parts spec_parts
%type <expr> star_expressions star_expression expression named_expression star_named yield_expr rhs
%type <expr> logic compare arith primary lambda generator dict_items slices slice_item bound_opt slice_bound_opt
%type <expr> string fstring field field_value spec_opt targets target
%type <expr> returns_opt subject guard_opt
%type <number> augmented comparison dots
%type <name> dotted_name
%type <names> names
%type <type_params> type_params_opt type_params
%type <type_param> type_param
%type <params> params lambda_params
%type <arguments> params_opt lambda_params_opt
%type <arg> param star_param lambda_param
%type <call_args> args_opt args
%type <comprehensions> comp_for
%type <comprehension> comp_clause
%type <aliases> import_names from_names from_targets
%type <alias> import_name from_name
%type <with_items> with_items paren_items
%type <with_item> with_item paren_item
%type <handlers> handlers star_handlers
%type <handler> handler star_handler
%type <match_cases> cases
%type <match_case> case
%type <pattern> case_pattern pattern or_pattern closed_pattern star_pattern sequence_item
%type <pattern> mapping_items class_items
%type <patterns> or_patterns sequence_items
%type <expr> pattern_number pattern_literal pattern_name pattern_dotted pattern_key

%%

start: START_FILE file                                      { p->result = asy_nodes_module(p, MOD_Module, $2, NULL); }
     | START_SINGLE simple_line                             { p->result = asy_nodes_module(p, MOD_Interactive, $2, NULL); YYACCEPT; }
     | START_SINGLE compound NEWLINE                        { p->result = asy_nodes_module(p, MOD_Interactive, stmts_one(p, $2), NULL); YYACCEPT; }
     | START_EVAL star_expressions newlines                 { p->result = asy_check_eval(p, $2); }
     ;
newlines: %empty
     | newlines NEWLINE
     ;
file: %empty                                                { $$ = NO_LIST(StmtList); }
     | statements
     ;
statements: compound                                        { $$ = stmts_one(p, $1); }
     | simple_line
     | statements compound                                  { $$ = stmts_push(p, $1, $2); }
     | statements simple_line                               { $$ = asy_nodes_append(p, $1, $2); }
     ;
block: NEWLINE INDENT statements DEDENT                     { $$ = $3; @$ = @3; }
     | simple_line
     ;

// Simple statements. A line's span ends with its last semicolon, as that of a block around it does.
simple_line: simple_list NEWLINE                            { $$ = $1; @$ = @1; }
     | simple_list ";" NEWLINE                              { $$ = $1; @$ = span_join(@1, @2); }
     ;
simple_list: simple                                         { $$ = stmts_one(p, $1); }
     | simple_list ";" simple                               { $$ = stmts_push(p, $1, $3); }
     ;
simple: star_expressions                                    { $$ = STMT_NEW(Expr, @$, $1); }
     | yield_expr                                           { $$ = STMT_NEW(Expr, @$, $1); }
     | assign
     | import
     | "return"                                             { $$ = STMT_NEW(Return, @$, NULL); }
     | "return" star_expressions                            { $$ = STMT_NEW(Return, @$, $2); }
     | "raise"                                              { $$ = STMT_NEW(Raise, @$, NULL, NULL); }
     | "raise" expression                                   { $$ = STMT_NEW(Raise, @$, $2, NULL); }
     | "raise" expression "from" expression                 { $$ = STMT_NEW(Raise, @$, $2, $4); }
     | "pass"                                               { $$ = STMT_NEW(Pass, @$, 0); }
     | "break"                                              { $$ = STMT_NEW(Break, @$, 0); }
     | "continue"                                           { $$ = STMT_NEW(Continue, @$, 0); }
     | "del" delete_items                                   { $$ = asy_check_delete(p, @$, $2); }
     | "del" delete_items ","                               { $$ = asy_check_delete(p, @$, $2); }
     | "assert" expression                                  { $$ = STMT_NEW(Assert, @$, $2, NULL); }
     | "assert" expression "," expression                   { $$ = STMT_NEW(Assert, @$, $2, $4); }
     | "global" names                                       { $$ = STMT_NEW(Global, @$, $2); }
     | "nonlocal" names                                     { $$ = STMT_NEW(Nonlocal, @$, $2); }
     | "type" NAME type_params_opt "=" expression           { $$ = STMT_NEW(TypeAlias, @$, EXPR_NEW(Name, @2, $2, CTX_Store), $3, $5); }
     ;
names: NAME                                                 { $$ = names_one(p, $1); }
     | names "," NAME                                       { $$ = names_push(p, $1, $3); }
     ;
delete_items: arith                                         { $$ = exprs_one(p, $1); }
     | delete_items "," arith                               { $$ = exprs_push(p, $1, $3); }
     ;

assign: assign_head rhs                                     { $$ = asy_check_assign(p, @$, $1, $2); }
     | star_expressions augmented rhs                       { $$ = asy_check_aug_assign(p, @$, $1, (Operator)$2, $3); }
     | star_expressions ":" expression                      { $$ = asy_check_ann_assign(p, @$, $1, $3, NULL); }
     | star_expressions ":" expression "=" rhs              { $$ = asy_check_ann_assign(p, @$, $1, $3, $5); }
     ;
assign_head: star_expressions "="                           { $$ = exprs_one(p, $1); }
     | assign_head star_expressions "="                     { $$ = exprs_push(p, $1, $2); }
     ;
rhs: star_expressions
     | yield_expr
     ;
augmented: "+="                                             { $$ = BIN_Add; }
     | "-="                                                 { $$ = BIN_Sub; }
     | "*="                                                 { $$ = BIN_Mult; }
     | "@="                                                 { $$ = BIN_MatMult; }
     | "/="                                                 { $$ = BIN_Div; }
     | "%="                                                 { $$ = BIN_Mod; }
     | "&="                                                 { $$ = BIN_BitAnd; }
     | "|="                                                 { $$ = BIN_BitOr; }
     | "^="                                                 { $$ = BIN_BitXor; }
     | "<<="                                                { $$ = BIN_LShift; }
     | ">>="                                                { $$ = BIN_RShift; }
     | "**="                                                { $$ = BIN_Pow; }
     | "//="                                                { $$ = BIN_FloorDiv; }
     ;

// Imports.
import: "import" import_names                               { $$ = STMT_NEW(Import, @$, $2); }
     | "from" dotted_name "import" from_targets             { $$ = STMT_NEW(ImportFrom, @$, $2, $4, 0); }
     | "from" dots dotted_name "import" from_targets        { $$ = STMT_NEW(ImportFrom, @$, $3, $5, $2); }
     | "from" dots "import" from_targets                    { $$ = STMT_NEW(ImportFrom, @$, NULL, $4, $2); }
     ;
dots: "."                                                   { $$ = 1; }
     | "..."                                                { $$ = 3; }
     | dots "."                                             { $$ = $1 + 1; }
     | dots "..."                                           { $$ = $1 + 3; }
     ;
dotted_name: NAME
     | dotted_name "." NAME                                 { $$ = asy_nodes_dotted(p, $1, $3); }
     ;
import_names: import_name                                   { $$ = aliases_one(p, $1); }
     | import_names "," import_name                         { $$ = aliases_push(p, $1, $3); }
     ;
import_name: dotted_name                                    { $$ = ALIAS_NEW(@$, $1, NULL); }
     | dotted_name "as" NAME                                { $$ = ALIAS_NEW(@$, $1, $3); }
     ;
from_targets: from_names
     | "(" from_names ")"                                   { $$ = $2; }
     | "(" from_names "," ")"                               { $$ = $2; }
     | "*"                                                  { $$ = aliases_one(p, ALIAS_NEW(@$, asy_names_intern(p->names, "*", 1), NULL)); }
     ;
from_names: from_name                                       { $$ = aliases_one(p, $1); }
     | from_names "," from_name                             { $$ = aliases_push(p, $1, $3); }
     ;
from_name: NAME                                             { $$ = ALIAS_NEW(@$, $1, NULL); }
     | NAME "as" NAME                                       { $$ = ALIAS_NEW(@$, $1, $3); }
     ;

// Compound statements.
compound: definition
     | async_definition
     | decorated
     | if
     | while
     | for
     | try
     | with
     | match
     ;
decorated: decorators definition                            { $$ = asy_nodes_decorate(p, $1, $2); @$ = @2; }
     | decorators async_definition                          { $$ = asy_nodes_decorate(p, $1, $2); @$ = @2; }
     ;
decorators: "@" named_expression NEWLINE                    { $$ = exprs_one(p, $2); }
     | decorators "@" named_expression NEWLINE              { $$ = exprs_push(p, $1, $3); }
     ;
definition: "def" NAME type_params_opt "(" params_opt ")" returns_opt ":" block { $$ = STMT_NEW(FunctionDef, @$, $2, $5, $9, NO_LIST(ExprList), $7, $3); }
     | "class" NAME type_params_opt ":" block               { $$ = STMT_NEW(ClassDef, @$, $2, NO_LIST(ExprList), NO_LIST(KeywordList), $5, NO_LIST(ExprList), $3); }
     | "class" NAME type_params_opt "(" args_opt ")" ":" block { $$ = STMT_NEW(ClassDef, @$, $2, $5->args, $5->keywords, $8, NO_LIST(ExprList), $3); }
     ;
async_definition: "async" "def" NAME type_params_opt "(" params_opt ")" returns_opt ":" block { $$ = STMT_NEW(AsyncFunctionDef, @$, $3, $6, $10, NO_LIST(ExprList), $8, $4); }
     ;
returns_opt: %empty                                         { $$ = NULL; }
     | "->" expression                                      { $$ = $2; }
     ;
type_params_opt: %empty                                     { $$ = NO_LIST(TypeParamList); }
     | "[" type_params "]"                                  { $$ = $2; }
     | "[" type_params "," "]"                              { $$ = $2; }
     ;
type_params: type_param                                     { $$ = type_params_one(p, $1); }
     | type_params "," type_param                           { $$ = type_params_push(p, $1, $3); }
     ;
type_param: NAME bound_opt                                  { $$ = TYPE_PARAM_NEW(TypeVar, @$, $1, $2); }
     | "*" NAME                                             { $$ = TYPE_PARAM_NEW(TypeVarTuple, @$, $2); }
     | "**" NAME                                            { $$ = TYPE_PARAM_NEW(ParamSpec, @$, $2); }
     ;
bound_opt: %empty                                           { $$ = NULL; }
     | ":" expression                                       { $$ = $2; }
     ;

if: "if" named_expression ":" block if_tail                 { $$ = STMT_NEW(If, @$, $2, $4, $5); }
     ;
if_tail: else_opt
     | "elif" named_expression ":" block if_tail            { $$ = stmts_one(p, STMT_NEW(If, @$, $2, $4, $5)); }
     ;
else_opt: %empty                                            { $$ = NO_LIST(StmtList); }
     | "else" ":" block                                     { $$ = $3; }
     ;
while: "while" named_expression ":" block else_opt          { $$ = STMT_NEW(While, @$, $2, $4, $5); }
     ;
for: "for" targets "in" star_expressions ":" block else_opt { $$ = STMT_NEW(For, @$, $2, $4, $6, $7); }
     | "async" "for" targets "in" star_expressions ":" block else_opt { $$ = STMT_NEW(AsyncFor, @$, $3, $5, $7, $8); }
     ;
targets: target                                             { $$ = asy_check_store(p, $1); }
     | target ","                                           { $$ = asy_check_store(p, EXPR_NEW(Tuple, @$, exprs_one(p, $1), CTX_Load)); }
     | target_items                                         { $$ = asy_check_store(p, EXPR_NEW(Tuple, @$, $1, CTX_Load)); }
     | target_items ","                                     { $$ = asy_check_store(p, EXPR_NEW(Tuple, @$, $1, CTX_Load)); }
     ;
target_items: target "," target                             { $$ = exprs_push(p, exprs_one(p, $1), $3); }
     | target_items "," target                              { $$ = exprs_push(p, $1, $3); }
     ;
target: arith
     | "*" arith                                            { $$ = EXPR_NEW(Starred, @$, $2, CTX_Load); }
     ;

try: "try" ":" block "finally" ":" block                    { $$ = STMT_NEW(Try, @$, $3, NO_LIST(ExceptHandlerList), NO_LIST(StmtList), $6); }
     | "try" ":" block handlers else_opt finally_opt        { $$ = STMT_NEW(Try, @$, $3, $4, $5, $6); }
     | "try" ":" block star_handlers else_opt finally_opt   { $$ = STMT_NEW(TryStar, @$, $3, $4, $5, $6); }
     ;
finally_opt: %empty                                         { $$ = NO_LIST(StmtList); }
     | "finally" ":" block                                  { $$ = $3; }
     ;
handlers: handler                                           { $$ = handlers_one(p, $1); }
     | handlers handler                                     { $$ = handlers_push(p, $1, $2); }
     ;
handler: "except" ":" block                                 { $$ = HANDLER_NEW(@$, NULL, NULL, $3); }
     | "except" expression ":" block                        { $$ = HANDLER_NEW(@$, $2, NULL, $4); }
     | "except" expression "as" NAME ":" block              { $$ = HANDLER_NEW(@$, $2, $4, $6); }
     ;
star_handlers: star_handler                                 { $$ = handlers_one(p, $1); }
     | star_handlers star_handler                           { $$ = handlers_push(p, $1, $2); }
     ;
star_handler: "except" "*" expression ":" block             { $$ = HANDLER_NEW(@$, $3, NULL, $5); }
     | "except" "*" expression "as" NAME ":" block          { $$ = HANDLER_NEW(@$, $3, $5, $7); }
     ;

with: "with" with_items ":" block                           { $$ = STMT_NEW(With, @$, $2, $4); }
     | "async" "with" with_items ":" block                  { $$ = STMT_NEW(AsyncWith, @$, $3, $5); }
     ;
with_items: with_item                                       { $$ = with_items_one(p, $1); }
     | with_items "," with_item                             { $$ = with_items_push(p, $1, $3); }
     | "with (" paren_items ")"                             { $$ = asy_check_with_parens(p, @$, $2, false); }
     | "with (" paren_items "," ")"                         { $$ = asy_check_with_parens(p, @$, $2, true); }
     | "with (" named_expression comp_for ")"               { $$ = with_items_one(p, WITH_ITEM_NEW(@$, EXPR_NEW(GeneratorExp, @$, $2, $3), NULL)); }
     | "with (" yield_expr ")"                              { $$ = with_items_one(p, WITH_ITEM_NEW(@$, $2, NULL)); }
     | "with (" ")"                                         { $$ = with_items_one(p, WITH_ITEM_NEW(@$, EXPR_NEW(Tuple, @$, NO_LIST(ExprList), CTX_Load), NULL)); }
     ;
with_item: expression                                       { $$ = WITH_ITEM_NEW(@$, $1, NULL); }
     | expression "as" target                               { $$ = WITH_ITEM_NEW(@$, $1, asy_check_store(p, $3)); }
     ;
paren_items: paren_item                                     { $$ = with_items_one(p, $1); }
     | paren_items "," paren_item                           { $$ = with_items_push(p, $1, $3); }
     ;
paren_item: star_named                                      { $$ = WITH_ITEM_NEW(@$, $1, NULL); }
     | expression "as" target                               { $$ = WITH_ITEM_NEW(@$, $1, asy_check_store(p, $3)); }
     ;

// Match statements and patterns.
match: "match" subject ":" NEWLINE INDENT cases DEDENT      { $$ = STMT_NEW(Match, span_join(@1, @6), $2, $6); @$ = span_join(@1, @6); }
     ;
subject: named_expression
     | star_named ","                                       { $$ = EXPR_NEW(Tuple, @$, exprs_one(p, $1), CTX_Load); }
     | star_named "," star_named_items                      { $$ = EXPR_NEW(Tuple, @$, asy_nodes_prepend(p, $1, $3), CTX_Load); }
     | star_named "," star_named_items ","                  { $$ = EXPR_NEW(Tuple, @$, asy_nodes_prepend(p, $1, $3), CTX_Load); }
     ;
cases: case                                                 { $$ = match_cases_one(p, $1); }
     | cases case                                           { $$ = match_cases_push(p, $1, $2); }
     ;
case: "case" case_pattern guard_opt ":" block               { $$ = CASE_NEW(@$, $2, $3, $5); }
     ;
guard_opt: %empty                                           { $$ = NULL; }
     | "if" named_expression                                { $$ = $2; }
     ;
case_pattern: pattern
     | sequence_item ","                                    { $$ = PATTERN_NEW(MatchSequence, @$, patterns_one(p, $1)); }
     | sequence_item "," sequence_items                     { $$ = PATTERN_NEW(MatchSequence, @$, asy_nodes_prepend_pattern(p, $1, $3)); }
     | sequence_item "," sequence_items ","                 { $$ = PATTERN_NEW(MatchSequence, @$, asy_nodes_prepend_pattern(p, $1, $3)); }
     ;
sequence_items: sequence_item                               { $$ = patterns_one(p, $1); }
     | sequence_items "," sequence_item                     { $$ = patterns_push(p, $1, $3); }
     ;
sequence_item: pattern
     | star_pattern
     ;
star_pattern: "*" NAME                                      { $$ = PATTERN_NEW(MatchStar, @$, asy_check_wildcard($2)); }
     ;
pattern: or_pattern
     | or_pattern "as" NAME                                 { $$ = PATTERN_NEW(MatchAs, @$, $1, asy_check_capture_name(p, $3)); }
     ;
or_pattern: closed_pattern
     | or_patterns                                          { $$ = PATTERN_NEW(MatchOr, @$, $1); }
     ;
or_patterns: closed_pattern "|" closed_pattern              { $$ = patterns_push(p, patterns_one(p, $1), $3); }
     | or_patterns "|" closed_pattern                       { $$ = patterns_push(p, $1, $3); }
     ;
closed_pattern: pattern_literal                             { $$ = PATTERN_NEW(MatchValue, @$, $1); }
     | "None"                                               { $$ = PATTERN_NEW(MatchSingleton, @$, { .kind = CONST_NONE }); }
     | "True"                                               { $$ = PATTERN_NEW(MatchSingleton, @$, { .kind = CONST_TRUE }); }
     | "False"                                              { $$ = PATTERN_NEW(MatchSingleton, @$, { .kind = CONST_FALSE }); }
     | NAME                                                 { $$ = PATTERN_NEW(MatchAs, @$, NULL, asy_check_wildcard($1)); }
     | pattern_dotted                                       { $$ = PATTERN_NEW(MatchValue, @$, $1); }
     | "(" pattern ")"                                      { $$ = $2; }
     | "(" ")"                                              { $$ = PATTERN_NEW(MatchSequence, @$, NO_LIST(PatternList)); }
     | "(" sequence_item "," ")"                            { $$ = PATTERN_NEW(MatchSequence, @$, patterns_one(p, $2)); }
     | "(" sequence_item "," sequence_items ")"             { $$ = PATTERN_NEW(MatchSequence, @$, asy_nodes_prepend_pattern(p, $2, $4)); }
     | "(" sequence_item "," sequence_items "," ")"         { $$ = PATTERN_NEW(MatchSequence, @$, asy_nodes_prepend_pattern(p, $2, $4)); }
     | "[" "]"                                              { $$ = PATTERN_NEW(MatchSequence, @$, NO_LIST(PatternList)); }
     | "[" sequence_items "]"                               { $$ = PATTERN_NEW(MatchSequence, @$, $2); }
     | "[" sequence_items "," "]"                           { $$ = PATTERN_NEW(MatchSequence, @$, $2); }
     | "{" "}"                                              { $$ = PATTERN_NEW(MatchMapping, @$, NO_LIST(ExprList), NO_LIST(PatternList), NULL); }
     | "{" mapping_items "}"                                { $$ = asy_nodes_pattern_end(p, @$, $2); }
     | "{" mapping_items "," "}"                            { $$ = asy_nodes_pattern_end(p, @$, $2); }
     | "{" "**" NAME "}"                                    { $$ = PATTERN_NEW(MatchMapping, @$, NO_LIST(ExprList), NO_LIST(PatternList), asy_check_capture_name(p, $3)); }
     | "{" "**" NAME "," "}"                                { $$ = PATTERN_NEW(MatchMapping, @$, NO_LIST(ExprList), NO_LIST(PatternList), asy_check_capture_name(p, $3)); }
     | "{" mapping_items "," "**" NAME "}"                  { $$ = asy_nodes_mapping_rest(p, @$, $2, $5); }
     | "{" mapping_items "," "**" NAME "," "}"              { $$ = asy_nodes_mapping_rest(p, @$, $2, $5); }
     | pattern_name "(" ")"                                 { $$ = PATTERN_NEW(MatchClass, @$, $1, NO_LIST(PatternList), NO_LIST(NameList), NO_LIST(PatternList)); }
     | class_items ")"                                      { $$ = asy_nodes_pattern_end(p, @$, $1); }
     | class_items "," ")"                                  { $$ = asy_nodes_pattern_end(p, @$, $1); }
     ;
mapping_items: pattern_key ":" pattern                      { $$ = asy_nodes_mapping_item(p, @$, NULL, $1, $3); }
     | mapping_items "," pattern_key ":" pattern            { $$ = asy_nodes_mapping_item(p, @$, $1, $3, $5); }
     ;
class_items: pattern_name "(" pattern                       { $$ = asy_check_class_item(p, @$, asy_check_class_pattern(p, @$, $1), NULL, $3); }
     | pattern_name "(" NAME "=" pattern                    { $$ = asy_check_class_item(p, @$, asy_check_class_pattern(p, @$, $1), $3, $5); }
     | class_items "," pattern                              { $$ = asy_check_class_item(p, @$, $1, NULL, $3); }
     | class_items "," NAME "=" pattern                     { $$ = asy_check_class_item(p, @$, $1, $3, $5); }
     ;
pattern_key: pattern_literal
     | "None"                                               { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_NONE }); }
     | "True"                                               { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_TRUE }); }
     | "False"                                              { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_FALSE }); }
     | pattern_dotted
     ;
pattern_name: NAME                                          { $$ = EXPR_NEW(Name, @$, $1, CTX_Load); }
     | pattern_dotted
     ;
pattern_dotted: pattern_name "." NAME                       { $$ = EXPR_NEW(Attribute, @$, $1, $3, CTX_Load); }
     ;
pattern_literal: pattern_number
     | pattern_number "+" NUMBER                            { $$ = asy_check_complex(p, @$, $1, BIN_Add, asy_strings_number(p, @3)); }
     | pattern_number "-" NUMBER                            { $$ = asy_check_complex(p, @$, $1, BIN_Sub, asy_strings_number(p, @3)); }
     | string
     ;
pattern_number: NUMBER                                      { $$ = asy_strings_number(p, @1); }
     | "-" NUMBER                                           { $$ = EXPR_NEW(UnaryOp, @$, UNARY_USub, asy_strings_number(p, @2)); }
     ;

// Parameters.
params_opt: %empty                                          { $$ = asy_check_params_end(p, NULL, @$); }
     | params                                               { $$ = asy_check_params_end(p, $1, @$); }
     | params ","                                           { $$ = asy_check_params_end(p, $1, @$); }
     ;
params: param                                               { $$ = asy_check_param(p, NULL, $1, NULL); }
     | param "=" expression                                 { $$ = asy_check_param(p, NULL, $1, $3); }
     | "*"                                                  { $$ = asy_check_star(p, NULL, NULL); }
     | "*" star_param                                       { $$ = asy_check_star(p, NULL, $2); }
     | "**" param                                           { $$ = asy_check_double_star(p, NULL, $2); }
     | params "," param                                     { $$ = asy_check_param(p, $1, $3, NULL); }
     | params "," param "=" expression                      { $$ = asy_check_param(p, $1, $3, $5); }
     | params "," "/"                                       { $$ = asy_check_slash(p, $1); }
     | params "," "*"                                       { $$ = asy_check_star(p, $1, NULL); }
     | params "," "*" star_param                            { $$ = asy_check_star(p, $1, $4); }
     | params "," "**" param                                { $$ = asy_check_double_star(p, $1, $4); }
     ;
param: NAME                                                 { $$ = ARG_NEW(@$, $1, NULL); }
     | NAME ":" expression                                  { $$ = ARG_NEW(@$, $1, $3); }
     ;
star_param: NAME                                            { $$ = ARG_NEW(@$, $1, NULL); }
     | NAME ":" star_expression                             { $$ = ARG_NEW(@$, $1, $3); }
     ;
lambda_params_opt: %empty                                   { $$ = asy_check_params_end(p, NULL, @$); }
     | lambda_params                                        { $$ = asy_check_params_end(p, $1, @$); }
     | lambda_params ","                                    { $$ = asy_check_params_end(p, $1, @$); }
     ;
lambda_params: lambda_param                                 { $$ = asy_check_param(p, NULL, $1, NULL); }
     | lambda_param "=" expression                          { $$ = asy_check_param(p, NULL, $1, $3); }
     | "*"                                                  { $$ = asy_check_star(p, NULL, NULL); }
     | "*" lambda_param                                     { $$ = asy_check_star(p, NULL, $2); }
     | "**" lambda_param                                    { $$ = asy_check_double_star(p, NULL, $2); }
     | lambda_params "," lambda_param                       { $$ = asy_check_param(p, $1, $3, NULL); }
     | lambda_params "," lambda_param "=" expression        { $$ = asy_check_param(p, $1, $3, $5); }
     | lambda_params "," "/"                                { $$ = asy_check_slash(p, $1); }
     | lambda_params "," "*"                                { $$ = asy_check_star(p, $1, NULL); }
     | lambda_params "," "*" lambda_param                   { $$ = asy_check_star(p, $1, $4); }
     | lambda_params "," "**" lambda_param                  { $$ = asy_check_double_star(p, $1, $4); }
     ;
lambda_param: NAME                                          { $$ = ARG_NEW(@$, $1, NULL); }
     ;

// Expressions. Binary operators go by the precedences above; what they bind is `arith`, comparisons
// stand between it and `logic`.
star_expressions: star_expression
     | star_expression ","                                  { $$ = EXPR_NEW(Tuple, @$, exprs_one(p, $1), CTX_Load); }
     | tuple_items                                          { $$ = EXPR_NEW(Tuple, @$, $1, CTX_Load); }
     | tuple_items ","                                      { $$ = EXPR_NEW(Tuple, @$, $1, CTX_Load); }
     ;
tuple_items: star_expression "," star_expression            { $$ = exprs_push(p, exprs_one(p, $1), $3); }
     | tuple_items "," star_expression                      { $$ = exprs_push(p, $1, $3); }
     ;
star_expression: expression
     | "*" arith                                            { $$ = EXPR_NEW(Starred, @$, $2, CTX_Load); }
     ;
star_named_items: star_named                                { $$ = exprs_one(p, $1); }
     | star_named_items "," star_named                      { $$ = exprs_push(p, $1, $3); }
     ;
star_named: named_expression
     | "*" arith                                            { $$ = EXPR_NEW(Starred, @$, $2, CTX_Load); }
     ;
named_expression: expression
     | NAME ":=" expression                                 { $$ = EXPR_NEW(NamedExpr, @$, EXPR_NEW(Name, @1, $1, CTX_Store), $3); }
     ;
yield_expr: "yield"                                         { $$ = EXPR_NEW(Yield, @$, NULL); }
     | "yield" star_expressions                             { $$ = EXPR_NEW(Yield, @$, $2); }
     | "yield" "from" expression                            { $$ = EXPR_NEW(YieldFrom, @$, $3); }
     ;
expression: logic
     | logic "if" logic "else" expression                   { $$ = EXPR_NEW(IfExp, @$, $3, $1, $5); }
     | lambda
     ;
lambda: "lambda" lambda_params_opt ":" expression           { $$ = EXPR_NEW(Lambda, @$, $2, $4); }
     ;
logic: arith
     | compare
     | "not" logic                                          { $$ = EXPR_NEW(UnaryOp, @$, UNARY_Not, $2); }
     | logic "and" logic                                    { $$ = asy_nodes_bool(p, @$, $1, BOOL_And, $3); }
     | logic "or" logic                                     { $$ = asy_nodes_bool(p, @$, $1, BOOL_Or, $3); }
     ;
compare: arith comparison arith                             { $$ = EXPR_NEW(Compare, @$, $1, compare_ops_one(p, (uint8_t)$2), exprs_one(p, $3)); }
     | compare comparison arith                             { $$ = asy_nodes_compare(p, @$, $1, (CompareOp)$2, $3); }
     ;
comparison: "<"                                             { $$ = CMP_Lt; }
     | ">"                                                  { $$ = CMP_Gt; }
     | "=="                                                 { $$ = CMP_Eq; }
     | ">="                                                 { $$ = CMP_GtE; }
     | "<="                                                 { $$ = CMP_LtE; }
     | "!="                                                 { $$ = CMP_NotEq; }
     | "in"                                                 { $$ = CMP_In; }
     | "not" "in"                                           { $$ = CMP_NotIn; }
     | "is"                                                 { $$ = CMP_Is; }
     | "is" "not"                                           { $$ = CMP_IsNot; }
     ;
arith: primary
     | arith "|" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_BitOr, $3); }
     | arith "^" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_BitXor, $3); }
     | arith "&" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_BitAnd, $3); }
     | arith "<<" arith                                     { $$ = EXPR_NEW(BinOp, @$, $1, BIN_LShift, $3); }
     | arith ">>" arith                                     { $$ = EXPR_NEW(BinOp, @$, $1, BIN_RShift, $3); }
     | arith "+" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Add, $3); }
     | arith "-" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Sub, $3); }
     | arith "*" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Mult, $3); }
     | arith "/" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Div, $3); }
     | arith "//" arith                                     { $$ = EXPR_NEW(BinOp, @$, $1, BIN_FloorDiv, $3); }
     | arith "%" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Mod, $3); }
     | arith "@" arith                                      { $$ = EXPR_NEW(BinOp, @$, $1, BIN_MatMult, $3); }
     | arith "**" arith                                     { $$ = EXPR_NEW(BinOp, @$, $1, BIN_Pow, $3); }
     | "-" arith %prec UNARY                                { $$ = EXPR_NEW(UnaryOp, @$, UNARY_USub, $2); }
     | "+" arith %prec UNARY                                { $$ = EXPR_NEW(UnaryOp, @$, UNARY_UAdd, $2); }
     | "~" arith %prec UNARY                                { $$ = EXPR_NEW(UnaryOp, @$, UNARY_Invert, $2); }
     | "await" primary                                      { $$ = EXPR_NEW(Await, @$, $2); }
     ;
primary: NAME                                               { $$ = EXPR_NEW(Name, @$, $1, CTX_Load); }
     | NUMBER                                               { $$ = asy_strings_number(p, @1); }
     | string
     | "None"                                               { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_NONE }); }
     | "True"                                               { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_TRUE }); }
     | "False"                                              { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_FALSE }); }
     | "..."                                                { $$ = EXPR_NEW(Constant, @$, { .kind = CONST_ELLIPSIS }); }
     | primary "." NAME                                     { $$ = EXPR_NEW(Attribute, @$, $1, $3, CTX_Load); }
     | primary "(" args_opt ")"                             { $$ = EXPR_NEW(Call, @$, $1, $3->args, $3->keywords); }
     | primary generator                                    { $$ = EXPR_NEW(Call, @$, $1, exprs_one(p, $2), NO_LIST(KeywordList)); }
     | primary "[" slices "]"                               { $$ = EXPR_NEW(Subscript, @$, $1, $3, CTX_Load); }
     | generator
     | "(" ")"                                              { $$ = asy_nodes_parens(EXPR_NEW(Tuple, @$, NO_LIST(ExprList), CTX_Load)); }
     | "(" named_expression ")"                             { $$ = asy_nodes_parens($2); }
     | "(" yield_expr ")"                                   { $$ = asy_nodes_parens($2); }
     | "(" star_named "," ")"                               { $$ = asy_nodes_parens(EXPR_NEW(Tuple, @$, exprs_one(p, $2), CTX_Load)); }
     | "(" star_named "," star_named_items ")"              { $$ = asy_nodes_parens(EXPR_NEW(Tuple, @$, asy_nodes_prepend(p, $2, $4), CTX_Load)); }
     | "(" star_named "," star_named_items "," ")"          { $$ = asy_nodes_parens(EXPR_NEW(Tuple, @$, asy_nodes_prepend(p, $2, $4), CTX_Load)); }
     | "[" "]"                                              { $$ = EXPR_NEW(List, @$, NO_LIST(ExprList), CTX_Load); }
     | "[" star_named_items "]"                             { $$ = EXPR_NEW(List, @$, $2, CTX_Load); }
     | "[" star_named_items "," "]"                         { $$ = EXPR_NEW(List, @$, $2, CTX_Load); }
     | "[" named_expression comp_for "]"                    { $$ = EXPR_NEW(ListComp, @$, $2, $3); }
     | "{" "}"                                              { $$ = EXPR_NEW(Dict, @$, NO_LIST(ExprList), NO_LIST(ExprList)); }
     | "{" dict_items "}"                                   { $$ = asy_nodes_expr_end(p, @$, $2); }
     | "{" dict_items "," "}"                               { $$ = asy_nodes_expr_end(p, @$, $2); }
     | "{" expression ":" expression comp_for "}"           { $$ = EXPR_NEW(DictComp, @$, $2, $4, $5); }
     | "{" star_named_items "}"                             { $$ = EXPR_NEW(Set, @$, $2); }
     | "{" star_named_items "," "}"                         { $$ = EXPR_NEW(Set, @$, $2); }
     | "{" named_expression comp_for "}"                    { $$ = EXPR_NEW(SetComp, @$, $2, $3); }
     ;
generator: "(" named_expression comp_for ")"                { $$ = EXPR_NEW(GeneratorExp, @$, $2, $3); }
     ;
dict_items: expression ":" expression                       { $$ = asy_nodes_dict_item(p, @$, NULL, $1, $3); }
     | "**" arith                                           { $$ = asy_nodes_dict_item(p, @$, NULL, NULL, $2); }
     | dict_items "," expression ":" expression             { $$ = asy_nodes_dict_item(p, @$, $1, $3, $5); }
     | dict_items "," "**" arith                            { $$ = asy_nodes_dict_item(p, @$, $1, NULL, $4); }
     ;
comp_for: comp_clause                                       { $$ = comprehensions_one(p, $1); }
     | comp_for comp_clause                                 { $$ = comprehensions_push(p, $1, $2); }
     ;
comp_clause: "for" targets "in" logic comp_ifs              { $$ = COMPREHENSION_NEW(@$, $2, $4, $5, 0); }
     | "async" "for" targets "in" logic comp_ifs            { $$ = COMPREHENSION_NEW(@$, $3, $5, $6, 1); }
     ;
comp_ifs: %empty                                            { $$ = NO_LIST(ExprList); }
     | comp_ifs "if" logic                                  { $$ = exprs_push(p, $1, $3); }
     ;

// Arguments and subscripts.
args_opt: %empty                                            { $$ = asy_check_no_args(p); }
     | args
     | args ","
     ;
args: named_expression                                      { $$ = asy_check_arg(p, NULL, $1); }
     | "*" expression                                       { $$ = asy_check_arg(p, NULL, EXPR_NEW(Starred, @$, $2, CTX_Load)); }
     | NAME "=" expression                                  { $$ = asy_check_keyword(p, NULL, KEYWORD_NEW(@$, $1, $3)); }
     | "**" expression                                      { $$ = asy_check_keyword(p, NULL, KEYWORD_NEW(@$, NULL, $2)); }
     | args "," named_expression                            { $$ = asy_check_arg(p, $1, $3); }
     | args "," "*" expression                              { $$ = asy_check_arg(p, $1, EXPR_NEW(Starred, span_join(@3, @4), $4, CTX_Load)); }
     | args "," NAME "=" expression                         { $$ = asy_check_keyword(p, $1, KEYWORD_NEW(span_join(@3, @5), $3, $5)); }
     | args "," "**" expression                             { $$ = asy_check_keyword(p, $1, KEYWORD_NEW(span_join(@3, @4), NULL, $4)); }
     ;
slices: slice_item                                          { $$ = asy_check_slice(p, @$, $1); }
     | slice_item ","                                       { $$ = EXPR_NEW(Tuple, @$, exprs_one(p, $1), CTX_Load); }
     | slice_items                                          { $$ = EXPR_NEW(Tuple, @$, $1, CTX_Load); }
     | slice_items ","                                      { $$ = EXPR_NEW(Tuple, @$, $1, CTX_Load); }
     ;
slice_items: slice_item "," slice_item                      { $$ = exprs_push(p, exprs_one(p, $1), $3); }
     | slice_items "," slice_item                           { $$ = exprs_push(p, $1, $3); }
     ;
slice_item: named_expression
     | "*" expression                                       { $$ = EXPR_NEW(Starred, @$, $2, CTX_Load); }
     | slice_bound_opt ":" slice_bound_opt                  { $$ = EXPR_NEW(Slice, @$, $1, $3, NULL); }
     | slice_bound_opt ":" slice_bound_opt ":" slice_bound_opt { $$ = EXPR_NEW(Slice, @$, $1, $3, $5); }
     ;
slice_bound_opt: %empty                                     { $$ = NULL; }
     | expression
     ;

// Strings.
string: string_parts                                        { $$ = asy_strings_join(p, @$, $1); }
     ;
string_parts: STRING                                        { $$ = exprs_one(p, asy_strings_literal(p, @1)); }
     | fstring                                              { $$ = exprs_one(p, $1); }
     | string_parts STRING                                  { $$ = exprs_push(p, $1, asy_strings_literal(p, @2)); }
     | string_parts fstring                                 { $$ = exprs_push(p, $1, $2); }
     ;
fstring: FSTRING_START fstring_parts FSTRING_END            { $$ = asy_strings_format(p, @$, $2); }
     ;
fstring_parts: %empty                                       { $$ = NO_LIST(ExprList); }
     | fstring_parts FSTRING_MIDDLE                         { $$ = exprs_push(p, $1, asy_strings_middle(p, @2)); }
     | fstring_parts field                                  { $$ = exprs_push(p, $1, $2); }
     ;
field: "{" field_value equal_opt conversion_opt spec_opt "}" { $$ = asy_strings_field(p, @$, $2, @3, @4, $5); }
     ;
field_value: star_expressions
     | yield_expr
     ;
equal_opt: %empty
     | "="
     ;
conversion_opt: %empty
     | "!" NAME
     ;
spec_opt: %empty                                            { $$ = NULL; }
     | "format :" spec_parts                                { $$ = asy_strings_spec(p, @$, $2); }
     ;
spec_parts: %empty                                          { $$ = NO_LIST(ExprList); }
     | spec_parts FSTRING_MIDDLE                            { $$ = exprs_push(p, $1, asy_strings_middle(p, @2)); }
     | spec_parts field                                     { $$ = asy_strings_spec_field(p, $1, @2, $2); }
     ;

%%

// Token kinds of the lexer as the grammar numbers them.
static const yytoken_kind_t token_numbers[TOK__COUNT] = {
#define TOKEN(name, spelling) [TOK_##name] = T_##name,
#include "lexer/token.def"
};

static int yylex(YYSTYPE *value, YYLTYPE *span, Parser *p)
{
    if (!p->started) {
        static const int starts[] = {
            [PARSE_EXEC] = T_START_FILE, [PARSE_SINGLE] = T_START_SINGLE, [PARSE_EVAL] = T_START_EVAL,
        };
        p->started = true;
        *span = (Span){ 0, (uint32_t)-1 };
        return starts[p->mode];
    }
    // Whatever went wrong in an action, here is where it stops.
    if (p->wrong || p->arena->failed || p->diag->error.kind != DIAG_NONE) return T_YYerror;
    uint32_t at = p->at;
    const Token *token = &p->tokens[at];
    *span = (Span){ at, at };
    if (token->kind == TOK_ENDMARKER) return T_YYEOF;
    p->at = at + 1;
    value->name = token->as.name;
    return token_numbers[token->kind];
}

// The message is diagnose.c's to find; all it needs is how far the grammar came, and that is p->at.
static int yyreport_syntax_error(const yypcontext_t *context, Parser *p)
{
    (void)context;
    (void)p;
    (void)yypcontext_expected_tokens;      // comes with custom reports; expectations are not shown
    return 0;
}

static void yyerror(YYLTYPE *span, Parser *p, const char *message)
{
    (void)span;
    (void)message;
    (void)asy_diag_no_memory(p->diag);     // the only error left: the stack is at its limit
}

// A block for the three stacks, twice as deep; NULL with the error set. The old one is needed until
// they have moved.
static char *stack_block(Parser *p, size_t size)
{
    char *block = asy_alloc(p->alloc, size);
    if (!block) (void)asy_diag_no_memory(p->diag);
    return block;
}

static void stack_replace(Parser *p, char *block, size_t size)
{
    asy_free(p->alloc, p->stack, p->stack_size);
    p->stack = block;
    p->stack_size = size;
}

int asy_grammar_parse(Parser *p)
{
    int failed = yyparse(p);
    asy_free(p->alloc, p->stack, p->stack_size);
    p->stack = NULL;
    return failed;
}
