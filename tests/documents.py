#!/usr/bin/env python3
"""Runs the documents' examples (samples/documents) and compares with what CPython printed.

    documents.py [--interpreter CMD] [--only REGEX] [--jobs N] [--slow FACTOR] [--all] [--list]

Compared are stdout, exit status and time: a program that should overlap its waits must end within
the time CPython took and a second. Examples that need what asy does not have yet are listed with
their need and not counted as passed; --all runs them, too. A need leaves NOT_YET when the module it
names has come.
"""
import argparse
import asyncio
import json
import os
import re
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "samples" / "documents"

# What the manifest's "needs" ask of asy, by the module that brings it.
NOT_YET = {
    "client": "sockets (asyncio streams and datagrams)",
    "server": "sockets (asyncio streams)",
    "subprocess 'python'": "subprocesses (asyncio.create_subprocess_exec)",
    "aiofiles": "asynchronous files (aiofiles)",
    "aiohttp": "an HTTP client and server (aiohttp)",
}


def expected(path):
    return (ROOT / path).read_text(encoding="utf-8")


class Program:
    """One process of the interpreter, in a folder of its own."""

    def __init__(self, command, path, folder, env):
        self.argv = [*command, str(ROOT / path)]
        self.folder, self.env = folder, env

    async def __aenter__(self):
        self.begun = time.monotonic()
        # SIGINT must not be inherited as ignored, as it is for a job in the background of a shell.
        self.process = await asyncio.create_subprocess_exec(
            *self.argv, cwd=self.folder, env=self.env, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def finish(self, seconds):
        """Waits for the end and sets out, err and seconds. False: it had to be killed."""
        in_time = True
        reading = asyncio.ensure_future(self.process.communicate())
        try:
            await asyncio.wait_for(asyncio.shield(reading), seconds)
        except asyncio.TimeoutError:
            in_time = False
            self.process.kill()
        out, err = await reading
        self.seconds = time.monotonic() - self.begun
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")
        return in_time

    def last_words(self):
        lines = self.err.strip().splitlines()
        return lines[-1] if lines else "nothing on stderr"


async def wait_bound(address, program, seconds):
    """Waits until the port of `address` ("tcp:8888") is bound, without connecting to it."""
    kind, port = address.split(":")
    bound = re.compile(r":%04X \S+ %s " % (int(port), "0A" if kind == "tcp" else "07"))
    end = time.monotonic() + seconds
    while time.monotonic() < end and program.process.returncode is None:
        if bound.search(Path("/proc/net", kind).read_text()):
            return
        await asyncio.sleep(0.02)


def output_matches(entry, out, wanted):
    """Whether `out` is one of `wanted`, as far as the entry's `order` and `mask` care."""
    def masked(text):
        for pattern, replacement in entry.get("mask", ()):
            text = re.sub(pattern, replacement, text)
        return text

    out = masked(out)
    wanted = [masked(text) for text in wanted]
    if entry["order"] != "any":
        return out in wanted
    if sorted(out.splitlines()) != sorted(wanted[0].splitlines()):
        return False
    sequences = [re.compile(pattern, re.MULTILINE) for pattern in entry.get("in_order", ())]
    return all(each.findall(out) == each.findall(wanted[0]) for each in sequences)


def first_difference(out, wanted):
    got, should = out.splitlines(), wanted.splitlines()
    for number, (a, b) in enumerate(zip(got, should), 1):
        if a != b:
            return "stdout line %d is %r, should be %r" % (number, a, b)
    if len(got) != len(should):
        return "stdout has %d lines, should have %d" % (len(got), len(should))
    return "stdout differs in its end of line, or in its order"


async def run_example(entry, options, folder):
    """What is wrong with one example, as a list of sentences."""
    env = dict(os.environ, PYTHONUTF8="1")
    os.mkdir(os.path.join(folder, "bin"))
    # One example runs `python --version`, which a bare Debian does not have.
    os.symlink(sys.executable, os.path.join(folder, "bin", "python"))
    env["PATH"] += os.pathsep + os.path.join(folder, "bin")
    slack = min(1.0, entry.get("slack", 1.0)) * options.slow
    limit = entry.get("wall_max", entry["wall"]) + slack
    faults = []

    def judge(program, texts):
        if not output_matches(entry, program.out, texts):
            faults.append(first_difference(program.out, texts[0]))

    async def main_program(part, texts):
        async with Program(options.command, part["run"], folder, env) as program:
            in_time = await program.finish(limit + 10)
            judge(program, texts)
            status = program.process.returncode
            if in_time and status != entry.get("exit", 0):
                faults.append("exit status %s (%s)" % (status, program.last_words()))
            if program.seconds > limit:
                faults.append("took %.2f s, at most %.2f s" % (program.seconds, limit))

    if "driver" in entry:                      # the example is a server, the driver its client
        part, background, ready = entry["driver"], entry, entry["driver"]["ready"]
    elif "server" in entry:                    # the example is a client
        part, background, ready = entry, entry["server"], entry["server"]["ready"]
    else:
        texts = [expected(path) for path in [entry["expected"], *entry.get("also", ())]]
        await main_program(entry, texts)
        return faults

    async with Program(options.command, background["run"], folder, env) as server:
        await wait_bound(ready, server, 5 * options.slow)
        await main_program(part, [expected(part["expected"])])
        await asyncio.sleep(0.3)               # the server is to notice that its client has left
        if server.process.returncode is None:
            server.process.send_signal(signal.SIGINT)
        await server.finish(5 * options.slow)
        if "driver" in entry:
            judge(server, [expected(entry["expected"])])
        if faults:
            faults.append("the server: " + server.last_words())
    return faults


async def run_all(entries, options):
    slots = asyncio.Semaphore(options.jobs)
    ports = asyncio.Lock()                     # the documents use fixed ports: one server at a time

    async def one(entry):
        async with slots:
            with tempfile.TemporaryDirectory() as folder:
                if "driver" in entry or "server" in entry:
                    async with ports:
                        return await run_example(entry, options, folder)
                return await run_example(entry, options, folder)

    failed = 0
    for entry, job in [(entry, asyncio.ensure_future(one(entry))) for entry in entries]:
        faults = await job
        if faults:
            failed += 1
            print("FAIL %s: %s" % (entry["file"], "; ".join(faults)), flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--interpreter", default="build/release/asy", metavar="CMD")
    add("--only", default="", metavar="REGEX", help="the examples whose id or file matches")
    add("--jobs", type=int, default=8, metavar="N")
    add("--slow", type=float, default=1.0, metavar="FACTOR", help="times the second allowed")
    add("--all", action="store_true", help="run those that are not expected to work yet, too")
    add("--list", action="store_true", help="name the examples and what they wait for")
    options = parser.parse_args()
    options.command = shlex.split(options.interpreter)
    if os.sep in options.command[0]:
        options.command[0] = os.path.abspath(options.command[0])

    entries = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))["examples"]
    entries = [e for e in entries if re.search(options.only, e["id"] + " " + e["file"])]
    waiting = [e for e in entries if not options.all and any(need in NOT_YET for need in e["needs"])]
    runnable = [e for e in entries if e not in waiting]
    for entry in waiting:
        needs = [NOT_YET[need] for need in entry["needs"] if need in NOT_YET]
        print("not yet %s: %s" % (entry["file"], ", ".join(needs)))
    if options.list:
        for entry in runnable:
            print(entry["file"])
        return 0
    failed = asyncio.run(run_all(runnable, options))
    print("%d passed, %d failed, %d not yet" % (len(runnable) - failed, failed, len(waiting)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
