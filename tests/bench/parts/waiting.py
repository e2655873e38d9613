"""One folder in which very many small lists wait."""

import contextlib
import time

from backlogs import Pace
from measure import Figure
from office import Arrivals, Office, peak_memory, report_of

TITLE = "waiting: very many small lists in one folder, on SQLite"
WAITING, SAMPLE, MOST, ROWS = 50_000, 2_000, 100_000, 1
SETTLE = 1  # seconds, the default


def pace(office, command):
    """Files per second over the first lists. The others go on waiting."""
    reports = office.put(WAITING, ROWS)
    office.start(command)
    pace = Pace(office, reports[:SAMPLE]).files_per_second
    office.kill()
    return pace


def first_report(bench):
    """Seconds from the start of the service to its first report, and its memory while it imports."""
    with contextlib.closing(Office(bench, "sqlite")) as office:
        office.put(MOST, ROWS)
        arrivals = Arrivals(office.folders[0])
        begin = time.perf_counter()
        process = office.service()
        arrivals.wait(report_of(".csv"))
        seconds = time.perf_counter() - begin
        arrivals.close()
        time.sleep(3)
        return seconds, peak_memory(process)


def measure(bench):
    what = f"the first {SAMPLE:,} of {WAITING:,} lists of {ROWS} row"
    with contextlib.closing(Office(bench, "sqlite")) as office:
        ours = pace(office, office.command("run"))
    with contextlib.closing(Office(bench, "sqlite")) as office:
        floor = pace(office, office.floor_command("--once"))
    yield Figure("waiting", what, "files/s", ours, None, "floor", floor, None, ">= 0.8")
    seconds, memory = first_report(bench)
    yield Figure("waiting", f"{MOST:,} lists, start to first report", "s", seconds, bar=f"<= {SETTLE + 0.5}")
    yield Figure("waiting", f"{MOST:,} lists, peak memory", "MB", memory, bar="<= 48")
