#!/bin/sh
# exports.sh LIBASY.SO: everything the shared library exports is named asy_*, and it exports
# something.
names=$(nm -D --defined-only "$1" | awk '{ print $NF }') || exit 2
wrong=$(printf '%s\n' "$names" | grep -v '^asy_' | grep -v '@')
if [ -n "$wrong" ]; then
    echo "exported, but not ours:"
    printf '%s\n' "$wrong"
    exit 1
fi
count=$(printf '%s\n' "$names" | grep -c '^asy_')
echo "$count symbols exported"
[ "$count" -gt 0 ]
