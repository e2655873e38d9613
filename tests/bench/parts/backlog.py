"""Lists of many firms that wait when the service starts."""

import contextlib

from backlogs import pace_of_floor, pace_of_services
from measure import compare, interleave
from office import Office

TITLE = "backlog: lists of 20 firms that wait when the service starts"
FIRMS, FILES, ROWS = 20, 10, 10


def measure(bench):
    for kind in bench.kinds:
        with contextlib.ExitStack() as stack:
            ours, floors = (stack.enter_context(contextlib.closing(Office(bench, kind, FIRMS))) for _ in range(2))
            samples = interleave({"clientsync": lambda: pace_of_services(ours, FILES, ROWS),
                                  "floor": lambda: pace_of_floor(floors, FILES, ROWS)}, rounds=3, seconds=15, warm_up=0)
            ours.verify()
            floors.verify()
            yield from compare("backlog", f"{kind}, {FIRMS} firms × {FILES} lists of {ROWS} rows", samples,
                               {"floor": ">= 1"}, 1, "files/s")
