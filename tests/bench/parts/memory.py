"""The memory of an import of a very large list."""

import contextlib
import os
import subprocess

from measure import Figure
from office import Office

TITLE = "memory: an import of 200,000 rows, with limits that allow it, on SQLite"
ROWS = 200_000


def measure(bench):
    with contextlib.closing(Office(bench, "sqlite", clients=ROWS, limits="rows: 1000000, bytes: 64MB")) as office:
        (report,) = office.put(1, ROWS, padding=32)
        size = report.with_name(report.name.replace(".errors.csv", ".csv")).stat().st_size
        process = subprocess.Popen(office.command("run", "--once"), stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"clientsync ended with {process.returncode}")
        yield Figure("memory", "peak resident memory", "MB", usage.ru_maxrss / 1024, None, "the size of the file",
                     size / (1 << 20), None, "<= 12")
