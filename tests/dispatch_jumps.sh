#!/bin/sh
# dispatch_jumps.sh BINARY OPCODES.DEF: the interpreter has an indirect jump of its own for every
# instruction.
#
# Compilers merge the computed gotos of the handlers into one unless told otherwise
# (vm/CMakeLists.txt tells them), and the branch predictor then sees one jump that goes everywhere;
# float loops took 1.7 times as long.
set -eu
export LC_ALL=C

opcodes=$(grep -cE '^(OP|QUICK)\(' "$2")
found=$(objdump -d --no-show-raw-insn "$1" | awk '
    /^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name) }
    /[ \t](notrack )?jmp +\*/ || /[ \t]br[ \t]+x[0-9]/ { count[name]++ }
    END { for (name in count) print count[name], name }' | sort -rn | head -n 1)
jumps=${found%% *}
echo "$opcodes instructions, ${jumps:-no} indirect jumps in ${found#* }"
[ "${jumps:-0}" -ge "$opcodes" ]
