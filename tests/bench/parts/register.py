"""An import of 1,000 rows into registers of different sizes. The growth is compared with the floor's own."""

import contextlib

from measure import Figure, interleave
from office import Late, Office

TITLE = "register: an import of 1,000 rows into one firm of many clients, against one of 2,000"
ROWS, SMALL = 1000, 2_000


def times(bench, kind, clients):
    """The samples of clientsync, or None if it imports nothing, and those of the floor."""
    with contextlib.ExitStack() as stack:
        offices = {name: stack.enter_context(contextlib.closing(Office(bench, kind, clients=clients)))
                   for name in ("clientsync", "lean")}
        offices["lean"].compete("lean")
        drops = {"lean": lambda: offices["lean"].time_drop(ROWS)}
        try:
            offices["clientsync"].compete("clientsync")
            both = {**drops, "clientsync": lambda: offices["clientsync"].time_drop(ROWS)}
            return interleave(both, rounds=8, seconds=10)
        except Late:
            offices["clientsync"].kill()
            return interleave(drops, rounds=8, seconds=10)


def median(samples):
    return 1000 * samples.median() if samples else None


def measure(bench):
    for kind in bench.kinds:
        small = times(bench, kind, SMALL)
        for clients in (200_000, 2_000_000) if bench.full else (200_000,):
            large = times(bench, kind, clients)
            ours, lean = large.get("clientsync"), large["lean"]
            growth = {name: large[name].median() / small[name].median() for name in large}
            left_out = sum(each.left_out() for each in [*small.values(), *large.values()])
            yield Figure("register", f"{kind}, {clients:,} clients", "ms", median(ours), None, "lean", median(lean),
                         left_out=left_out)
            yield Figure("register", f"{kind}, {clients:,} clients, growth", "×", growth.get("clientsync"), None,
                         "lean", growth["lean"], None, "<= 1.3")
