"""From the rename of a list into the folder until its report is there."""

import contextlib
import time

from measure import Figure, compare, interleave
from office import Office, peak_memory

TITLE = "imports: from the rename of a list into the folder until its report is durable"
PAUSE = 0.03  # seconds for what follows a report, such as its entry in the ledger


def drop(office, rows):
    time.sleep(PAUSE)
    return office.time_drop(rows)


def measure_kind(bench, kind):
    with contextlib.ExitStack() as stack:
        offices = {name: stack.enter_context(contextlib.closing(Office(bench, kind)))
                   for name in ("clientsync", "lean", "floor", "script")}
        for name, office in offices.items():
            office.compete(name)
        for rows in (10, 1000):
            samples = interleave({name: lambda office=office: drop(office, rows) for name, office in offices.items()},
                                 bench.rounds)
            yield from compare("imports", f"{kind}, {rows:,} rows", samples, {"lean": "<= 1.3", "script": "< 1"})
            if rows == 1000:
                ours, lean = samples["clientsync"], samples["lean"]
                yield Figure("imports", f"{kind}, {rows:,} rows, p99", "ms", 1000 * ours.p99(), None, "lean",
                             1000 * lean.p99(), None, "<= 2")
        for name in ("clientsync", "lean", "floor"):
            offices[name].verify()
        yield Figure("imports", f"{kind}, peak memory", "MB", peak_memory(offices["clientsync"].processes[0]), None,
                     "floor", peak_memory(offices["floor"].processes[0]))


def measure(bench):
    for kind in bench.kinds:
        yield from measure_kind(bench, kind)
