#include "parser/build.h"
void asy_diagnose(Parser *p)
{
    Place place = p->tokens[p->at ? p->at - 1 : 0].place;
    if (p->tokens[p->at?p->at-1:0].kind == TOK_ERROR) { p->diag->error = p->lexical_error; return; }
    asy_diag_error(p->diag, DIAG_SYNTAX, &place, "invalid syntax");
}
