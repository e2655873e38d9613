"""Very many folders in which nothing happens."""

import contextlib
import pathlib
import time

from measure import Figure
from office import Office, cpu_seconds, peak_memory

TITLE = "idle: 1,000 folders in which nothing happens, on SQLite"
INBOXES, RESCAN, RESCANS = 1000, 5, 3


def wake_ups(process):
    """How often the process went to sleep and was woken again, in all of its threads."""
    lines = [line for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status")
             for line in status.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def measure(bench):
    settings = f"rescan: {RESCAN}s"
    with contextlib.closing(Office(bench, "sqlite", INBOXES, clients=1, settings=settings)) as office:
        process = office.service()
        time.sleep(2 * RESCAN)
        woken, busy = wake_ups(process), cpu_seconds(process)
        time.sleep(RESCANS * RESCAN)
        looks = INBOXES * RESCANS
        yield Figure("idle", "wake-ups per inbox and rescan", "times", (wake_ups(process) - woken) / looks, bar="<= 1")
        yield Figure("idle", "CPU per inbox and rescan", "µs", 1e6 * (cpu_seconds(process) - busy) / looks)
        yield Figure("idle", "peak memory", "MB", peak_memory(process), bar="<= 24")
