"""Several daemons on one inbox and one database share the work, and take over from each other.

CLIENTSYNC_FILES sets the number of files of each test. With it, the pace of one, two and four daemons is measured too;
without it, each test takes some seconds.
"""

import os
import random
import signal
import sys
import time

from support import LOG_LINE, PATIENCE, WorldTest, main, sheet, wait_until

FILES = int(os.environ.get("CLIENTSYNC_FILES", 200))
PACE = "CLIENTSYNC_FILES" in os.environ
LONGEST = 60 + FILES / 5  # seconds until all files must be done
EVENTS = "settle: 200ms\nrescan: 1s"
SHARED = "watch: poll\npoll: 200ms\nsettle: 200ms\nrescan: 1s"  # as on a remote file system


class Daemon:
    """One of several services of a world, with a log of its own."""

    def __init__(self, world, name):
        self.world = world
        self.log_path = world.root / f"{name}.log"
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = self.world.spawn(stdout=log, stderr=log)

    def kill(self):
        """True if it was running."""
        self.process.kill()
        return self.process.wait() == -signal.SIGKILL

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def lines(self):
        """(level, event, whole line) of each line of its log, except a line that a kill cut off."""
        lines = self.log_path.read_text().split("\n")[:-1]
        matches = [LOG_LINE.match(line) for line in lines]
        return [(match["level"], match["event"], match[0]) for match in matches if match]

    def count(self, event):
        return sum(each == event for _, each, _ in self.lines())


class StandingStillTest(WorldTest):
    """A service stands still just before it puts a report into its place, as if its file system did not answer."""

    def begin(self):
        world = self.world(EVENTS, clients=[("1", "Alpha", "A1")], start=True)
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.inbox.wait_imports("clients.csv", 1)
        return world

    def stand_still(self, world):
        """Makes the report of the first import pending again, and waits until the service stands still with it."""
        world.sql("update imports set report_state = 'pending' where inbox = 'main'")
        written = lambda: any(os.path.getsize(world.inbox.place(name)) for name in world.inbox.temporaries())
        world.wait_until(written, "the service writes the report")
        time.sleep(0.5)

    @staticmethod
    def drop_newer(world):
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "B1"), ("8", "Other", "X8")]))

    @staticmethod
    def states(world):
        return [row["report_state"] for row in world.inbox.imports("clients.csv")]

    def end(self, world, second):
        """In the end the newer report is there."""
        world.wait_until(lambda: self.states(world)[1:] == ["published"] and "pending" not in self.states(world),
                         "both reports are done with")
        time.sleep(1.5)  # a rescan
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), [("3", "company_id_unknown")])
        self.assertEqual(self.states(world)[1:], ["published"])
        self.assertEqual((world.stop(), second.stop()), (0, 0))
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])

    def test_a_newer_report_waits_for_a_service_that_stands_still_with_an_older_one(self):
        world = self.begin()
        with world.hanging(world.inbox.path, call="renameat2"):
            self.stand_still(world)
            second = Daemon(world, "second")
            wait_until(lambda: second.count("inbox.watched"), "the second service")
            self.drop_newer(world)
            wait_until(lambda: len(self.states(world)) == 2, "the second service imports")
            time.sleep(2)  # it tries again and again
            self.assertEqual(self.states(world), ["pending", "pending"])
        self.end(world, second)

    def test_a_service_that_stood_still_so_long_that_its_session_ended_puts_no_older_report_over_a_newer_one(self):
        world = self.begin()
        with world.hanging(world.inbox.path, call="renameat2"):
            self.stand_still(world)
            # The server does that after a minute.
            self.assertGreater(world.database.end_sessions(), 0)
            second = Daemon(world, "second")
            wait_until(lambda: second.count("inbox.watched"), "the second service")
            self.drop_newer(world)
            wait_until(lambda: self.states(world)[1:] == ["published"], "the second service publishes")
        self.end(world, second)


class DaemonsTest(WorldTest):
    def arranged(self, options):
        return self.world(options, clients=[(str(n), f"Client {n}", f"N{n}") for n in range(FILES)])

    def daemons(self, world, count):
        daemons = [Daemon(world, f"daemon-{n}") for n in range(count)]
        world.wait_until(lambda: all(daemon.count("inbox.watched") for daemon in daemons), "the daemons' start")
        return daemons

    @staticmethod
    def drop(world):
        """Each file has a row that is right and a row that fails."""
        for n in range(FILES):
            world.inbox.drop(f"drop{n}.csv", sheet([(str(n), f"Client {n}", f"X{n}"), (f"9{n:05}", "Nobody", "Y")]))

    @staticmethod
    def reports(world):
        return sum(name.endswith(".errors.csv") for name in os.listdir(world.inbox.path))

    def finish(self, world, daemons):
        """Waits until nothing is left to do, and stops the daemons."""
        world.wait_until(lambda: self.reports(world) == FILES, "all reports", LONGEST)
        def pending():
            time.sleep(0.1)
            return world.ledger("select id from imports where report_state = 'pending'")
        world.wait_until(lambda: not pending() and not world.inbox.temporaries(), "nothing is left half done")
        self.assertEqual([daemon.stop() for daemon in daemons], [0] * len(daemons))
        shares = [daemon.count("file.imported") for daemon in daemons]
        self.assertGreater(min(shares), 0, "each did some")
        for daemon in daemons:
            self.assertEqual([line for level, _, line in daemon.lines() if level in ("warning", "error")], [])
        return shares

    def check(self, world):
        rows = world.inbox.imports()
        self.assertEqual(sorted(row["name"] for row in rows), sorted(f"drop{n}.csv" for n in range(FILES)))
        for row in rows:
            self.assertEqual((row["state"], row["version"], row["report_state"]), ("imported", 1, "published"), row)
            self.assertEqual((row["row_count"], row["updated"], row["failed"]), (2, 1, 1), row)
            self.assertEqual(row["report_name"], row["name"].replace(".csv", ".errors.csv"))
        for n in range(0, FILES, FILES // 20):
            report = world.inbox.report(f"drop{n}.errors.csv")
            self.assertEqual([line[:5] for line in report], [(f"9{n:05}", "Nobody", "Y", "3", "company_id_unknown")])
        expected = {f"drop{n}{ending}" for n in range(FILES) for ending in (".csv", ".errors.csv")}
        self.assertEqual(set(world.inbox.names()), expected)
        changes = world.ledger("select c.company_id, c.old_value, c.new_value from changes c"
                               " join imports i on i.id = c.import_id where i.inbox = 'main'")
        self.assertEqual(sorted((row["company_id"], row["old_value"], row["new_value"]) for row in changes),
                         sorted((str(n), f"N{n}", f"X{n}") for n in range(FILES)))
        self.assertEqual(world.numbers(), {str(n): f"X{n}" for n in range(FILES)})


class SharingTest(DaemonsTest):
    def test_two_daemons_that_are_told_of_files_share_them(self):
        self.share(EVENTS, (1, 2, 4) if PACE else (2,))

    def test_four_daemons_that_poll_share_the_files(self):
        self.share(SHARED, (1, 2, 4) if PACE else (4,))

    def share(self, options, counts):
        for count in counts:
            world = self.arranged(options)
            daemons = self.daemons(world, count)
            begun = time.monotonic()
            self.drop(world)
            dropped = time.monotonic()
            world.wait_until(lambda: self.reports(world) == FILES, "all reports", LONGEST)
            took = time.monotonic() - begun
            shares = self.finish(world, daemons)
            print(f"{count} daemons ({options.split(chr(10))[0]}): {FILES} files in {took:.1f} s, {FILES / took:.0f} a"
                  f" second, dropped in {dropped - begun:.1f} s; imported by each: {shares}", file=sys.stderr)
            self.assertEqual(sum(shares), FILES)
            self.check(world)


class DyingTest(DaemonsTest):
    KILLS = 60 if PACE else 15
    LEAST_KILLS = 3  # of daemons at work

    def test_two_daemons_that_are_told_of_files_take_over_from_each_other_when_one_is_killed(self):
        self.kill_often(EVENTS, 2)

    def test_four_daemons_that_poll_take_over_from_each_other_when_one_is_killed(self):
        self.kill_often(SHARED, 4)

    def kill_often(self, options, count):
        seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
        print(f"seed {seed} (CLIENTSYNC_SEED repeats it)", file=sys.stderr)
        chance = random.Random(seed)
        world = self.arranged(options)
        daemons = self.daemons(world, count)
        self.drop(world)
        kills = hits = 0
        while self.reports(world) < FILES and kills < self.KILLS:
            time.sleep(chance.uniform(0, 2) if PACE else chance.uniform(0, 0.4))
            daemon = chance.choice(daemons)
            waiting = self.reports(world) < FILES
            hits += daemon.kill() and waiting
            kills += 1
            daemon.start()
        shares = self.finish(world, daemons)
        print(f"{kills} kills, {hits} while files waited; imported by each: {shares}", file=sys.stderr)
        self.assertGreaterEqual(hits, self.LEAST_KILLS)
        self.check(world)


if __name__ == "__main__":
    main()
