#!/bin/sh
# Compares the token dumps of the .py files here with the .tokens files beside them, and looks for tokens that no
# dump shows.     check.sh TOKENS_TOOL [--update]
tool=$1 update=$2 failed=0
cd "$(dirname "$0")" || exit 1
for source in *.py; do
    expected=${source%.py}.tokens
    if [ "$update" = --update ]; then
        "$tool" --values "$source" >"$expected"
    elif ! "$tool" --values "$source" | diff -u "$expected" -; then
        failed=1
    fi
done
for name in $(sed -n 's/^[A-Z]*(\([A-Z_]*\), ".*/\1/p' ../../../lexer/token.def); do
    [ "$name" = ERROR ] && continue # shown by its message
    if ! grep -q "^$name " ./*.tokens; then
        echo "no golden file shows $name"
        failed=1
    fi
done
exit $failed
