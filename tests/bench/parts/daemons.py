"""Several services on one database."""

import contextlib

from backlogs import pace_of_services
from measure import Figure, interleave
from office import Office

TITLE = "daemons: several services on the same folders and one PostgreSQL"
FIRMS, FILES, ROWS = 20, 10, 10


def measure(bench):
    with contextlib.closing(Office(bench, "postgresql", FIRMS)) as office:
        configs = [office.write_config(f"service-{i}.yaml", state=f"state-{i}") for i in range(4)]
        samples = interleave({count: lambda count=count: pace_of_services(office, FILES, ROWS, count, configs)
                              for count in (1, 2, 4)}, rounds=3, seconds=15, warm_up=0)
        office.verify()
        for count in (2, 4):
            yield Figure("daemons", f"{count} services", "files/s", samples[count].median(), None, "1 service",
                         samples[1].median(), None, ">= 1", samples[count].left_out() + samples[1].left_out())
