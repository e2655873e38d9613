"""Whole processes, from their start to their end."""

import contextlib
import os
import subprocess
import time

from measure import Figure, interleave
from office import Office

TITLE = "startup: whole processes, against a C program that opens the same database and asks one query"


def run(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False)
    return time.perf_counter() - begin


def measure(bench):
    with contextlib.closing(Office(bench, "sqlite")) as office:
        name, content = office.new_list(10)
        path = office.root / name
        path.write_bytes(content)
        commands = {"check": office.command("check", path), "--version": [str(bench.program), "--version"],
                    "one query": [bench.one_query, office.database.path]}
        samples = interleave({what: lambda command=command: run([os.fspath(word) for word in command])
                              for what, command in commands.items()}, bench.rounds)
        floor = samples["one query"]
        for what, bar in (("check", "<= 2"), ("--version", "")):
            yield Figure("startup", f"clientsync {what}", "ms", 1000 * samples[what].median(),
                         1000 * samples[what].p99(), "one query", 1000 * floor.median(), 1000 * floor.p99(), bar,
                         samples[what].left_out() + floor.left_out())
