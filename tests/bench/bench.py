#!/usr/bin/env python3
"""Measures clientsync side by side with floors and peers, in interleaved rounds. See docs/performance.md."""

import argparse
import contextlib
import importlib
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import measure  # noqa: E402
import servers  # noqa: E402

PARTS = ("imports", "instructions", "backlog", "waiting", "standing", "register", "firms", "core", "memory", "idle",
         "startup", "daemons", "console")
KINDS = ("sqlite", "postgresql", "mysql")
# The servers' own defaults, instead of the small caches of the tests.
SETTINGS = {"postgresql": ["shared_buffers=128MB", "max_wal_size=1GB"],
            "mysql": ["innodb-buffer-pool-size=128M", "innodb-log-file-size=96M"]}


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--full", action="store_true", help="measure the largest sizes too, which takes much longer")
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="how many samples to take of a time (40)")
    parser.add_argument("--on", action="append", choices=KINDS, dest="kinds", metavar="DATABASE",
                        help=f"measure on this kind of database only: {', '.join(KINDS)}")
    parser.add_argument("--programs", type=pathlib.Path, default=HERE.parents[1] / "build/release", metavar="DIR",
                        help="the directory in which clientsync and the floors were built")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (all)")
    bench = parser.parse_args()
    unknown = set(bench.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    bench.kinds, bench.failed = bench.kinds or KINDS, False
    bench.program = bench.programs / "daemon/clientsync"
    bench.floor, bench.one_query, bench.core_bench = (bench.programs / "tests/bench" / name
                                                      for name in ("floor", "one_query", "core_bench"))
    return bench


@contextlib.contextmanager
def servers_on_disk(bench):
    """The servers of the tests, with their data on the disk, not in memory."""
    if bench.kinds == ["sqlite"]:
        yield
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        bench.servers = pathlib.Path(place) / "servers"
        servers.start(bench.servers, on_disk=True)
        os.environ["CLIENTSYNC_TEST_SERVERS"] = str(bench.servers)
        try:
            for kind, settings in SETTINGS.items():
                servers.restart(kind, bench.servers, settings)
            yield
        finally:
            servers.stop(bench.servers)


def measure_part(bench, name):
    part = importlib.import_module(f"parts.{name}")
    begin, figures = time.monotonic(), []
    try:
        figures += part.measure(bench)
    except Exception as failure:
        bench.failed = True
        print(f"{name} failed: {failure}", file=sys.stderr, flush=True)
    if not bench.json:
        print(measure.table(part.TITLE, figures) if figures else f"{name}: no figures\n", flush=True)
    print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return figures


def main():
    bench = parse()
    with servers_on_disk(bench):
        figures = [figure for name in bench.parts or PARTS for figure in measure_part(bench, name)]
    if bench.json:
        print(measure.as_json(figures))
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
