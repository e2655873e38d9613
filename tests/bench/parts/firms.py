"""An import of 1,000 rows into one of many firms."""

import contextlib
import random

from measure import Figure, interleave
from office import Office

TITLE = "firms: an import of 1,000 rows into one of 1,000 firms of 2,000 clients, against a single firm"
ROWS, FIRMS = 1000, 1000


def drop(office, chance):
    return office.time_drop(ROWS, chance.choice(office.folders))


def measure(bench):
    chance = random.Random(1)
    for kind in bench.kinds if bench.full else ["sqlite"]:
        with contextlib.ExitStack() as stack:
            offices = {(name, firms): stack.enter_context(contextlib.closing(Office(bench, kind, firms)))
                       for name in ("clientsync", "lean") for firms in (1, FIRMS)}
            for (name, _), office in offices.items():
                office.compete(name)
            samples = interleave({key: lambda office=office: drop(office, chance) for key, office in offices.items()},
                                 bench.rounds // 2)
            for name, bar in (("clientsync", "<= 1.1"), ("lean", "")):
                many, one = samples[name, FIRMS], samples[name, 1]
                yield Figure("firms", f"{kind}, {name}, {FIRMS:,} firms", "ms", 1000 * many.median(),
                             1000 * many.p99(), f"{name}, 1 firm", 1000 * one.median(), 1000 * one.p99(), bar,
                             many.left_out() + one.left_out())
