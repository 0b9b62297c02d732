#!/bin/sh
# check.sh SCRIPTS: the script runner itself, with sh as the interpreter: passes/ must pass, and each
# of fails/ must fail.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
passed=$("$1" --root "$here" --interpreter sh passes) || { echo "$passed"; exit 1; }
[ "$passed" = "7 passed, 0 failed" ] || { echo "$passed"; exit 1; }

failed=$("$1" --root "$here" --interpreter sh --timeout 1 fails) && { echo "$failed"; exit 1; }
count=$(ls "$here"/fails/*.asy | wc -l)
[ "$(printf '%s\n' "$failed" | tail -n 1)" = "0 passed, $count failed" ] || { echo "$failed"; exit 1; }
echo "$passed; of those that should fail: 0 passed, $count failed"
