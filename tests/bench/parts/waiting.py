"""One folder in which very many small lists wait."""

import contextlib
import time

from backlogs import Pace
from measure import Figure
from office import Arrivals, Office, peak_memory, report_of

TITLE = "waiting: very many small lists in one folder, on SQLite"
WAITING, SAMPLE, MOST, ROWS = 50_000, 1_500, 100_000, 1
SETTLE = 1  # seconds, the default


def paces(bench):
    """Files per second over the first lists, and of the floor over the next ones. The others go on waiting."""
    with contextlib.closing(Office(bench, "sqlite")) as office:
        reports = office.put(WAITING, ROWS)
        office.service()
        ours = Pace(office, reports[:SAMPLE]).files_per_second
        office.stop()
        reports = [report for report in reports if not report.exists()]
        office.start(office.floor_command("--once"))
        floor = Pace(office, reports[:SAMPLE]).files_per_second
        return ours, floor


def first_report(bench):
    """Seconds from the start of the service to its first report, and its memory while it imports. The lists are in
    memory, since neither depends on the disk."""
    with contextlib.closing(Office(bench, "sqlite", directory="/dev/shm")) as office:
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
    ours, floor = paces(bench)
    yield Figure("waiting", f"{SAMPLE:,} of {WAITING:,} lists of {ROWS} row", "files/s", ours, None, "floor", floor, None,
                 ">= 0.8")
    seconds, memory = first_report(bench)
    yield Figure("waiting", f"{MOST:,} lists, start to first report", "s", seconds, bar=f"<= {SETTLE + 0.5}")
    yield Figure("waiting", f"{MOST:,} lists, peak memory", "MB", memory, bar="<= 48")
