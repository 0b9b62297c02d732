#!/bin/sh
# Compares the trees of the .py files here with the .json files beside them, and looks for kinds of
# nodes and operators that no tree shows.     check.sh ASTDUMP [--update]
# That CPython's trees are the same: tests/ast_oracle.py --dump ASTDUMP tests/golden/ast
tool=$1 update=$2 failed=0
cd "$(dirname "$0")" || exit 1
printf 'DIGIT ONE\t31\n' >"${TMPDIR:-/tmp}/golden_ast.$$"
for source in *.py; do
    expected=${source%.py}.json
    if [ "$update" = --update ]; then
        echo "$source" | "$tool" --names "${TMPDIR:-/tmp}/golden_ast.$$" | sed 1d >"$expected"
    elif ! echo "$source" | "$tool" --names "${TMPDIR:-/tmp}/golden_ast.$$" | sed 1d |
            diff -u "$expected" -; then
        failed=1
    fi
done
rm -f "${TMPDIR:-/tmp}/golden_ast.$$"
# Interactive and Expression are those of other modes.
list=../../../parser/ast.def
for name in $(sed -n 's/^\(STMT\|EXPR\|PATTERN\|TYPE_PARAM\)(\([A-Za-z]*\),.*/\2/p' $list); do
    if ! grep -q "\"_\": \"$name\"" ./*.json; then
        echo "no golden file shows $name"
        failed=1
    fi
done
for name in $(sed -n 's/^[A-Z]*_OP(\([A-Za-z]*\),.*/\1/p' $list); do
    if ! grep -q "\"$name\"" ./*.json; then
        echo "no golden file shows $name"
        failed=1
    fi
done
exit $failed
