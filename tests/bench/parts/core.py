"""The pure core in memory, measured by a program of its own, tests/bench/core.cpp."""

import json
import subprocess

from measure import Figure

TITLE = "core: a list of 1,000 rows in memory"


def measure(bench):
    if not bench.core_bench.exists():
        return
    found = json.loads(subprocess.run([bench.core_bench, "--json"], check=True, stdout=subprocess.PIPE).stdout)
    speed = found["memchr_gb_s"] / 10  # the bar is for a machine on which memchr per line makes 10 GB/s
    yield Figure("core", "bytes to plan to report", "ms", found["import_ms"])
    yield Figure("core", "the same where memchr per line makes 10 GB/s", "ms", found["import_ms"] * speed,
                 bar="<= 0.6")
    yield Figure("core", "reader", "GB/s", found["reader_gb_s"], None, "memchr per line", found["memchr_gb_s"])
    yield Figure("core", "reader where memchr per line makes 10 GB/s", "GB/s", found["reader_gb_s"] / speed,
                 bar=">= 2")
    yield Figure("core", "allocations", "times", found["allocations"])
    yield Figure("core", "peak memory, less the file and the register", "× the file", found["peak_in_files"])
