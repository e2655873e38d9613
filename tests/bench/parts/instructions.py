"""Instructions of an import, which do not depend on what else the machine does."""

import contextlib
import re
import subprocess

from measure import Figure
from office import Office

TITLE = "instructions: an import of 1,000 rows less a run without a list, on SQLite, counted by callgrind"
ROWS = 1000


def count(command):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, command)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", check=True)
    return int(re.search(r"Collected *: *(\d+)", done.stderr)[1])


def count_import(office, command):
    """A first import makes what later ones find: a ledger with rows, and a number that is replaced."""
    office.put(1, ROWS)
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    empty = count(command)
    office.put(1, ROWS)
    return (count(command) - empty) / 1e6


def measure(bench):
    counts = {}
    for name in ("clientsync", "lean", "floor"):
        with contextlib.closing(Office(bench, "sqlite")) as office:
            floor = office.floor_command("--once", *["--lean"] * (name == "lean"))
            counts[name] = count_import(office, office.command("run", "--once") if name == "clientsync" else floor)
            office.verify()
    for name in ("lean", "floor"):
        yield Figure("instructions", f"{ROWS:,} rows", "M", counts["clientsync"], None, name, counts[name])
