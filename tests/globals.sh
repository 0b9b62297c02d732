#!/bin/sh
# globals.sh LIBASY.A: the library keeps no state of its own, so that many VMs live in one process.
#
# Nothing may stand in a writable section: not in .data, .bss or their thread-local twins. Constants
# with pointers stand in .data.rel.ro, which is read-only once loaded.
found=$(LC_ALL=C objdump -t "$1" | awk '
    /file format/ { file = $1; next }
    NF >= 4 {
        section = $(NF - 2)
        if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/ &&
            $NF != section) print "    " file " " $NF " (" section ")"
    }')
if [ -n "$found" ]; then
    echo "writable globals:"
    printf '%s\n' "$found"
    exit 1
fi
