#!/usr/bin/env python3
"""Compares asy with its peers: every program by every peer, in turns, in one run.

    bench/run.py [--rounds N] [--only REGEX] [--peers LIST] [--asy PATH] [--json FILE] [--quick]

Measured is CPU time (user + system, children included) of whole processes, several rounds in which
the peers take turns, so that a machine that slows down slows all of them. A program's time is its
median less the median of the peer's empty program (for asyncio's programs: of `import asyncio`), so
that neither start-up nor import flatters anyone; start-up has a table of its own. Ratios are the
peer's time by asy's: 2.0 means asy needs half the time. All peers must print the same result.

Peers: asy (build/release/asy), python (/usr/bin/python3), uvloop (the same with uvloop, where it is
installed), lua (lua5.4), node; those that are missing are left out, and so are programs that a peer
has no twin of. Memory is what 100,000 things add to the resident set, by count.
"""
import argparse
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
GROUPS = {"plain": "empty", "async": "asyncio"}      # and the start-up program each is reduced by
MANY = 100_000


class Peer:
    def __init__(self, name, command, ending, groups=("plain", "async", "memory", "startup")):
        self.name, self.command, self.ending, self.groups = name, command, ending, groups

    def program(self, group, name):
        """The file this peer runs for the program, or None."""
        path = PROGRAMS / group / (name + self.ending)
        return path if group in self.groups and path.exists() else None

    def argv(self, path, *arguments):
        return [*self.command, str(path), *arguments]


def find_peers(options):
    python = options.python
    try_uvloop = subprocess.run([python, "-c", "import uvloop"], capture_output=True)
    with_uvloop = [python, str(HERE / "with_uvloop.py")] if try_uvloop.returncode == 0 else [""]
    peers = [
        Peer("asy", [options.asy], ".asy"),
        Peer("python", [python], ".asy"),
        Peer("uvloop", with_uvloop, ".asy", ("async", "memory", "startup")),
        Peer("lua", ["lua5.4"], ".lua"),
        Peer("node", ["node"], ".js"),
    ]
    wanted = options.peers.split(",")
    return [peer for peer in peers if peer.name in wanted and shutil.which(peer.command[0])]


class Run:
    """One process from start to end: what it printed, its CPU and wall time, its peak memory."""

    def __init__(self, argv, seconds_max):
        begun = time.perf_counter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        # Outputs are a line or two: neither pipe can fill up before the process is waited for.
        too_long = threading.Timer(seconds_max, process.kill)
        too_long.start()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.perf_counter() - begun
        too_long.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_kb = usage.ru_maxrss
        self.out = process.stdout.read().decode()
        self.error = process.stderr.read().decode()
        process.stdout.close()
        process.stderr.close()
        self.failed = process.returncode != 0


def measure(peers, group, name, rounds, seconds_max):
    """Every peer's runs of one program, {peer: [Run]}; peers without the program are left out."""
    runs = {peer.name: [] for peer in peers if peer.program(group, name)}
    for _ in range(rounds):
        for peer in peers:
            if peer.name not in runs or any(run.failed for run in runs[peer.name]):
                continue
            run = Run(peer.argv(peer.program(group, name)), seconds_max)
            runs[peer.name].append(run)
    return runs


def median_cpu(runs):
    return statistics.median(run.cpu for run in runs)


def startup(peers, rounds):
    """{program: {peer: [Run]}} of the programs that do nothing."""
    return {name: measure(peers, "startup", name, rounds, 10) for name in ("empty", "asyncio")}


def program_names(group, only):
    names = sorted(path.stem for path in (PROGRAMS / group).glob("*.asy"))
    return [name for name in names if re.search(only, group + "/" + name)]


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def resident_bytes(pid):
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def resident_with(peer, path, count):
    """The resident set of the program once it has said that it has made `count` things."""
    process = subprocess.Popen(peer.argv(path, str(count)), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        if not line.startswith(b"asleep"):
            return None
        return resident_bytes(process.pid)
    finally:
        process.kill()
        process.communicate()


def memory(peers, name):
    """{peer: bytes a thing}"""
    found = {}
    for peer in peers:
        path = peer.program("memory", name)
        if path is None:
            continue
        none, many = resident_with(peer, path, 0), resident_with(peer, path, MANY)
        if none is not None and many is not None:
            found[peer.name] = (many - none) / MANY
    return found


class Report:
    """The tables on stdout and the same as JSON."""

    def __init__(self, peers):
        self.peers = [peer.name for peer in peers]
        self.base = self.peers[0]
        self.json = {"base": self.base, "machine": machine(),
                     "programs": {}, "memory": {}, "means": {}}

    def row(self, title, cells):
        print("%-22s" % title + "".join("%15s" % cell for cell in cells), flush=True)

    def startup(self, runs):
        print("\nStart-up, milliseconds: CPU / wall")
        self.row("", self.peers)
        for name, by_peer in runs.items():
            cells = []
            for peer in self.peers:
                if not by_peer.get(peer):
                    cells.append("-")
                    continue
                cpu = median_cpu(by_peer[peer]) * 1000
                wall = statistics.median(run.wall for run in by_peer[peer]) * 1000
                cells.append("%.1f / %.1f" % (cpu, wall))
                self.json["programs"].setdefault("startup/" + name, {})[peer] = {
                    "cpu_ms": cpu, "wall_ms": wall, "peak_kb": by_peer[peer][0].peak_kb}
            self.row(name, cells)

    def group(self, group):
        others = ["%s/%s" % (peer, self.base) for peer in self.peers[1:]]
        print("\n%s: CPU milliseconds of %s, and the others' by it" % (group, self.base))
        self.row("", [self.base, *others])
        self.ratios = {peer: [] for peer in self.peers[1:]}

    def program(self, group, name, runs, empty):
        failures = {peer: next((r for r in them if r.failed), None) for peer, them in runs.items()}
        failures = {peer: run for peer, run in failures.items() if run is not None}
        good = {peer: them for peer, them in runs.items() if them and peer not in failures}
        results = {peer: them[0].out for peer, them in good.items()}
        wrong = {peer for peer in results if results[peer] != next(iter(results.values()))}
        net = {}
        for peer, them in good.items():
            net[peer] = max(median_cpu(them) - empty.get(peer, 0.0), 0.0005)
            self.json["programs"].setdefault(group + "/" + name, {})[peer] = {
                "cpu_ms": net[peer] * 1000, "rounds_cpu_ms": [run.cpu * 1000 for run in them],
                "wall_ms": statistics.median(run.wall for run in them) * 1000,
                "peak_kb": statistics.median(run.peak_kb for run in them)}
        cells = ["%.0f" % (net[self.base] * 1000) if self.base in net else "failed"]
        for peer in self.peers[1:]:
            if peer in net and self.base in net and peer not in wrong:
                ratio = net[peer] / net[self.base]
                self.ratios[peer].append(ratio)
                cells.append("%.2f" % ratio)
            else:
                cells.append("failed" if peer in failures else "differs" if peer in wrong else "-")
        self.row(name, cells)
        for peer, run in failures.items():
            last = run.error.strip().splitlines()[-1:] or ["exit without a word, or too slow"]
            print("    %s: %s" % (peer, last[0]))

    def mean(self, group):
        means = {peer: geometric_mean(values) for peer, values in self.ratios.items()}
        self.json["means"][group] = means
        self.row("geometric mean", ["", *("%.2f" % m if m else "-" for m in means.values())])

    def memory(self, name, found):
        self.json["memory"][name] = found
        self.row(name, ["%.0f" % found[peer] if peer in found else "-" for peer in self.peers])


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "system": platform.platform(), "when": time.strftime("%Y-%m-%d %H:%M")}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=5)
    add("--only", default="", metavar="REGEX", help="programs whose group/name matches")
    add("--peers", default="asy,python,uvloop,lua,node", metavar="LIST")
    add("--asy", default=str(HERE.parent / "build/release/asy"), metavar="PATH")
    add("--python", default="/usr/bin/python3", metavar="PATH")
    add("--json", metavar="FILE", help="write all figures, too")
    add("--quick", action="store_true", help="one round")
    add("--seconds-max", type=float, default=60, help="a program that takes longer has failed")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    peers = find_peers(options)
    if not peers:
        sys.exit("bench: none of the peers is installed; is asy built (make build)?")

    report = Report(peers)
    print("%(cpu)s, %(cores)d cores, %(system)s" % report.json["machine"])
    starts = startup(peers, rounds * 8)
    report.startup(starts)
    for group, start in GROUPS.items():
        names = program_names(group, options.only)
        if not names:
            continue
        # Where there is no twin of the start-up program (lua and node import nothing), it is the
        # empty one.
        empty = {peer: median_cpu(runs) for peer, runs in starts["empty"].items()}
        empty.update((peer, median_cpu(runs)) for peer, runs in starts[start].items() if runs)
        report.group(group)
        for name in names:
            runs = measure(peers, group, name, rounds, options.seconds_max)
            report.program(group, name, runs, empty)
        report.mean(group)
    names = program_names("memory", options.only)
    if names:
        print("\nMemory: bytes each of %d takes" % MANY)
        report.row("", report.peers)
        for name in names:
            report.memory(name, memory(peers, name))
    if options.json:
        Path(options.json).write_text(json.dumps(report.json, indent=1) + "\n")


if __name__ == "__main__":
    main()
