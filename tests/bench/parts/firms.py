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
            many, one = samples["clientsync", FIRMS], samples["clientsync", 1]
            growth = {name: samples[name, FIRMS].median() / samples[name, 1].median() for name in ("clientsync", "lean")}
            yield Figure("firms", f"{kind}, {FIRMS:,} firms", "ms", 1000 * many.median(), 1000 * many.p99(), "1 firm",
                         1000 * one.median(), 1000 * one.p99(), "<= 1.1", many.left_out() + one.left_out())
            yield Figure("firms", f"{kind}, {FIRMS:,} firms, growth", "×", growth["clientsync"], None, "lean",
                         growth["lean"])
