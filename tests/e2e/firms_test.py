"""Many firms in one database, each with an inbox of its own under one root.

CLIENTSYNC_FIRMS and CLIENTSYNC_CLIENTS set the number of firms and of clients of each; without them this takes some
seconds. The measurements are printed.
"""

import os
import pathlib
import re
import statistics
import sys
import time

from support import WorldTest, databases, main, sheet

FIRMS = int(os.environ.get("CLIENTSYNC_FIRMS", 20))
CLIENTS = int(os.environ.get("CLIENTSYNC_CLIENTS", 50))
ROWS = min(CLIENTS, 100)
ROUNDS = 30
LONGEST = 60 + FIRMS / 5  # seconds until a file of each firm must be done
MOST_GROWTH = 8 << 10  # KiB of memory

# Gives each new firm the same register, as another program would.
FILL = """
insert into firms (name) select concat('firm', n) from {firms} where n > {first};
insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select f.id, c.n, concat('Client ', c.n), concat('N', c.n), concat('N', c.n)
  from firms f cross join {clients} where f.id > (select coalesce(max(firm_id), 0) from clients)
"""
FILLED_AT_ONCE = 100  # firms
SERIES = {
    "postgresql": "generate_series(1, {count}) {name} (n)",
    "mysql": "(select seq n from seq_1_to_{count}) {name}",
}


def milliseconds(seconds):
    return f"{1000 * seconds:.1f} ms"


class FirmsTest(WorldTest):
    def test_a_file_takes_no_longer_and_the_daemon_no_more_memory_when_there_are_many_firms(self):
        world = self.rooted()
        self.fill(world, 0, 1)
        self.make_inboxes(1, 1)
        self.start(world, 1)
        alone = self.median(world)
        self.fill(world, 1, FIRMS)
        begun = time.monotonic()
        self.make_inboxes(2, FIRMS)
        world.wait_until(lambda: len(world.events("inbox.watched")) >= FIRMS, "all inboxes are watched", LONGEST)
        print(f"{FIRMS} inboxes are watched after {time.monotonic() - begun:.1f} s", file=sys.stderr)
        among_all = self.median(world)
        print(f"a file of {ROWS} rows, from its rename to its report: {milliseconds(alone)} alone,"
              f" {milliseconds(among_all)} among {FIRMS} firms of {CLIENTS} clients", file=sys.stderr)
        self.restart(world)
        self.flood(world)
        self.assertEqual(world.stop(), 0)
        self.assertNotRegex(world.log(), " (warning|error) ")

    def rooted(self):
        world = self.world("settle: 200ms")
        self.root = world.root / "firms"
        self.root.mkdir()
        # The inboxes under the root replace the world's own.
        config = world.config.read_text()
        world.config.write_text(config[:config.index("inboxes:")] + f"roots: [{self.root}]\n")
        return world

    def make_inboxes(self, first, last):
        for n in range(first, last + 1):
            (self.root / f"firm{n}").mkdir()

    def fill(self, world, first, last):
        """Adds the firms from `first` + 1 to `last` with their clients."""
        begun = time.monotonic()
        series = SERIES[databases.KIND]
        for done in range(first, last, FILLED_AT_ONCE):
            upto = min(done + FILLED_AT_ONCE, last)
            world.sql(FILL.format(firms=series.format(count=upto, name="f"), first=done,
                                  clients=series.format(count=CLIENTS, name="c")))
        world.sql("analyze clients" if databases.KIND == "postgresql" else "analyze table clients")
        print(f"filled up to {last} firms in {time.monotonic() - begun:.1f} s", file=sys.stderr)

    def start(self, world, inboxes):
        world.start(wait=False)
        world.wait_until(lambda: len(world.events("inbox.watched")) >= inboxes, "all inboxes are watched", LONGEST)

    def restart(self, world):
        self.assertEqual(world.stop(), 0)
        world.log_path.write_bytes(b"")
        begun = time.monotonic()
        self.start(world, FIRMS)
        print(f"started with {FIRMS} inboxes in {time.monotonic() - begun:.1f} s", file=sys.stderr)

    def content(self, number):
        rows = [(str(n), f"Client {n}", f"{number}-{n}") for n in range(1, ROWS + 1)]
        return sheet(rows)

    def median(self, world):
        """The median time from a drop to its report, in the first firm."""
        inbox = self.root / "firm1"
        times = []
        for _ in range(ROUNDS):
            self.rounds = getattr(self, "rounds", 0) + 1
            staged = world.staging / "staged"
            staged.write_bytes(self.content(f"R{self.rounds}"))
            report = inbox / f"round{self.rounds}.errors.csv"
            begun = time.monotonic()
            staged.rename(inbox / f"round{self.rounds}.csv")
            while not report.exists():
                time.sleep(0.0005)
                self.assertLess(time.monotonic() - begun, LONGEST)
            times.append(time.monotonic() - begun)
        return statistics.median(times)

    def flood(self, world):
        """Drops a file into each inbox, first into one half of them, then into the other. The second half may take no
        more memory than the first."""
        peaks = [self.memory(world)]
        for half, firms in enumerate((range(1, FIRMS // 2 + 1), range(FIRMS // 2 + 1, FIRMS + 1))):
            staged = []
            for n in firms:
                staged.append((world.staging / f"flood{n}", self.root / f"firm{n}" / "flood.csv"))
                staged[-1][0].write_bytes(self.content(f"F{half}"))
            begun = time.monotonic()
            for source, place in staged:
                source.rename(place)
            waiting = [place.with_name("flood.errors.csv") for _, place in staged]
            while waiting:
                waiting = [report for report in waiting if not report.exists()]
                self.assertLess(time.monotonic() - begun, LONGEST, f"{len(waiting)} reports are missing")
                time.sleep(0.01)
            took = time.monotonic() - begun
            peaks.append(self.memory(world))
            print(f"a file for each of {len(staged)} firms: {took:.1f} s, {len(staged) / took:.0f} a second;"
                  f" peak memory {peaks[-2]} KiB before, {peaks[-1]} KiB after; {self.descriptors(world)} descriptors",
                  file=sys.stderr)
        self.check_floods(world)
        self.assertLess(peaks[2] - peaks[1], MOST_GROWTH)

    def check_floods(self, world):
        time.sleep(0.2)
        rows = world.ledger("select inbox, version, state, updated, failed, report_state from imports"
                            " where name = 'flood.csv'")
        self.assertEqual(sorted(row["inbox"] for row in rows), sorted(f"firm{n}" for n in range(1, FIRMS + 1)))
        for row in rows:
            self.assertEqual((row["version"], row["state"], row["updated"], row["failed"], row["report_state"]),
                             (1, "imported", ROWS, 0, "published"), row)
        [left] = world.ledger("select count(*) n from clients where client_number like 'F%'")
        self.assertEqual(left["n"], FIRMS * ROWS)

    @staticmethod
    def memory(world):
        """The daemon's peak memory so far, in KiB."""
        status = pathlib.Path(f"/proc/{world.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])

    @staticmethod
    def descriptors(world):
        return len(os.listdir(f"/proc/{world.process.pid}/fd"))


if __name__ == "__main__":
    main()
