#!/bin/sh
# Compares the code of the .py files here with the .listing files beside them, and looks for instructions
# that no listing shows.     check.sh BYTECODE [--update]
# async.py is compiled with `await` allowed at the top level.
tool=$1 update=$2 failed=0
cd "$(dirname "$0")" || exit 1
for source in *.py; do
    expected=${source%.py}.listing
    option=
    [ "$source" = async.py ] && option=--await
    if [ "$update" = --update ]; then
        "$tool" $option "$source" >"$expected" || failed=1
    elif ! "$tool" $option "$source" | diff -u "$expected" -; then
        failed=1
    fi
done
for source in *.py; do      # any allocation may fail
    "$tool" --alloc "$source" >/dev/null || failed=1
done
list=../../../vm/bytecode/opcodes.def
for name in $(sed -n 's/^OP(\([A-Z_0-9]*\),.*/\1/p' $list); do
    [ "$name" = NOP ] && continue           # in no code: the opcode of extension words
    if ! grep -q " $name " ./*.listing && ! grep -q " $name\$" ./*.listing; then
        echo "no golden file shows $name"
        failed=1
    fi
done
exit $failed
