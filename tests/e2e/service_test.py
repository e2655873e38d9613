"""The service as a whole: several inboxes, the service's end, and `run --once`."""

import os
import signal
import sqlite3
import subprocess
import time
import unittest

from support import WorldTest, main, sheet, sqlite_only

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]


class ServiceTest(WorldTest):
    def test_an_inbox_that_is_missing_does_not_stop_the_other(self):
        world = self.world(inboxes=("north", "south"))
        north, south = world.inboxes.values()
        for name in world.inboxes:
            world.load(CLIENTS, name)
        south.path.rmdir()
        world.start()
        north.drop("clients.csv", sheet([("1", "Alpha", "NORTH")]))
        self.assertEqual(north.report("clients.errors.csv"), [])
        south.path.mkdir()
        south.drop("clients.csv", sheet([("1", "Alpha", "SOUTH")]))
        self.assertEqual(south.report("clients.errors.csv"), [])
        self.assertEqual(world.numbers("north")["1"], "NORTH")
        self.assertEqual(world.numbers("south")["1"], "SOUTH")

    def test_no_file_of_an_inbox_that_was_away_for_a_while_is_imported_again_and_the_other_inbox_goes_on(self):
        world = self.world("settle: 200ms\nrescan: 1s", inboxes=("north", "south"))
        north, south = world.inboxes.values()
        for name in world.inboxes:
            world.load(CLIENTS, name)
        world.start()
        south.drop("clients.csv", sheet([("1", "Alpha", "SOUTH")]))
        south.wait_imports("clients.csv", 1)
        away = world.root / "away"
        south.path.rename(away)
        world.wait_until(lambda: world.events("inbox.unavailable"), "the loss is logged")
        north.drop("clients.csv", sheet([("1", "Alpha", "NORTH")]))
        self.assertEqual(north.report("clients.errors.csv"), [])
        away.rename(south.path)
        south.pass_by()
        self.assertEqual(len(south.imports("clients.csv")), 1)

    def test_sigterm_finishes_the_file_in_hand_and_ends_with_0(self):
        world = self.world(clients=CLIENTS, start=True)
        for n in range(100):
            world.inbox.drop(f"file{n}.csv", sheet([("1", "Alpha", f"N{n}")]))
        world.wait_until(world.inbox.imports, "the first import")
        self.assertEqual(world.stop(), 0)
        imported = world.inbox.imports()
        self.assertGreater(len(imported), 0)
        for row in imported:
            self.assertEqual((row["state"], row["report_state"]), ("imported", "published"))
            self.assertTrue(world.inbox.exists(row["report_name"]))
        self.assertEqual(world.inbox.temporaries(), [])
        world.start()
        world.wait_until(lambda: len(world.inbox.imports()) == 100, "the other imports")
        self.assertEqual(len({row["name"] for row in world.inbox.imports()}), 100)

    def test_run_once_imports_what_is_there_and_its_status_is_the_worst_outcome(self):
        world = self.world(clients=CLIENTS)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        for name, rows, status in (("good", [("1", "Alpha", "X1")], 0), ("bad", [("9", "Nobody", "X9")], 1)):
            world.inbox.drop(f"{name}.csv", sheet(rows))
            self.assertEqual(world.command("run", "--once").returncode, status, name)
            self.assertTrue(world.inbox.exists(f"{name}.errors.csv"))
        world.inbox.drop("worst.csv", b"nothing\r\nof use\r\n")
        world.inbox.drop("good2.csv", sheet([("2", "Beta", "X2")]))
        self.assertEqual(world.command("run", "--once").returncode, 3)
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(len(world.inbox.imports()), 4)

    def test_run_once_ends_with_4_if_the_database_is_unavailable(self):
        world = self.world(clients=CLIENTS)
        find_again = world.lose_database()
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertFalse(world.inbox.exists("clients.errors.csv"))
        find_again()
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])

    @sqlite_only
    def test_run_once_ends_with_4_if_a_directory_is_in_the_database_s_place(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.database.path.rename(world.root / "kept.db")
        world.database.path.mkdir()
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertFalse(world.inbox.exists("clients.errors.csv"))
        world.database.path.rmdir()

    @sqlite_only
    def test_run_once_leaves_what_waits_for_the_database_to_the_next_run_and_ends_with_4(self):
        world = self.world(clients=CLIENTS)
        path = str(world.database.path)
        world.config.write_text(world.config.read_text().replace(path, f"{path} timeout=1"))
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        other = sqlite3.connect(world.database.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("begin immediate")
        self.assertEqual(world.command("run", "--once").returncode, 4)
        other.execute("rollback")
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])

    def test_run_once_handles_the_other_inboxes_if_the_first_is_missing_and_ends_with_4(self):
        world = self.world(inboxes=("away", "north", "south"))
        away, *present = world.inboxes.values()
        for inbox in present:
            world.load(CLIENTS, inbox.name)
            inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        away.path.rmdir()
        self.assertEqual(world.command("run", "--once").returncode, 4)
        away.path.mkdir()
        for inbox in present:
            self.assertEqual(inbox.names(), ["clients.csv", "clients.errors.csv"])
            self.assertEqual(world.numbers(inbox.name)["1"], "X1")

    def test_run_once_does_not_wait_for_a_second_link_to_go(self):
        world = self.world("settle: 1s", clients=CLIENTS)
        world.inbox.write("linked.csv", sheet([("1", "Alpha", "X1")]))
        log = world.root / "once.log"
        with open(log, "wb") as file:
            run = subprocess.Popen([world.binary, "run", "--once", "--config", world.config], stdout=file, stderr=file)
        self.addCleanup(run.kill)
        # The file has not settled when the run marks the inbox, which comes before its first look.
        world.wait_until(lambda: world.inbox.exists(".clientsync"), "the run has begun")
        os.link(world.inbox.place("linked.csv"), world.root / "backup.csv")
        self.assertEqual(run.wait(10), 0)
        self.assertEqual(world.inbox.names(), ["linked.csv"])
        self.assertEqual(log.read_bytes().count(b" file.not_taken "), 1)

    def test_run_once_imports_the_other_files_if_one_or_its_report_has_a_fault_of_its_own(self):
        world = self.world("settle: 300ms", clients=CLIENTS)
        world.inbox.drop("first.csv", sheet([("9", "Nobody", "X9")]))
        self.assertEqual(world.command("run", "--once").returncode, 1)
        world.sql("update imports set name = 'nowhere/first.csv', report_state = 'pending' where name = 'first.csv'")
        world.inbox.remove("first.csv")
        world.inbox.drop("second.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertEqual(world.inbox.report("second.errors.csv"), [])

        for n in ("", *(f".{n}" for n in range(2, 1001))):
            os.mkdir(world.inbox.place(f"full.errors{n}.csv"))
        world.inbox.drop("full.csv", sheet([("2", "Beta", "X2")]), mtime=1)
        world.inbox.drop("later.csv", sheet([("3", "Gamma", "X3")], last_end=False))
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertEqual(world.inbox.report("later.errors.csv"), [])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "B2", "3": "X3"})

    def test_a_directory_renamed_away_and_back_unseen_is_watched_as_before(self):
        world = self.world("", clients=CLIENTS, start=True)
        away = world.root / "away"
        os.kill(world.process.pid, signal.SIGSTOP)
        world.inbox.path.rename(away)
        away.rename(world.inbox.path)
        os.kill(world.process.pid, signal.SIGCONT)
        for name in ("soon", "later"):
            world.inbox.drop(f"{name}.csv", sheet([("1", "Alpha", name)]))
            world.wait_until(lambda: world.inbox.exists(f"{name}.errors.csv"), f"the report of {name}.csv", 3)
            time.sleep(0.5)


class UnreadableTest(WorldTest):
    def begin(self):
        world = self.world(clients=CLIENTS)
        world.become_nobody()
        world.inbox.drop("closed.csv", sheet([("2", "Beta", "X2")]), mode=0)
        world.inbox.drop("open.csv", sheet([("1", "Alpha", "X1")]))
        return world

    def test_run_once_leaves_a_file_that_it_may_not_read_and_ends_with_4(self):
        world = self.begin()
        begin = time.monotonic()
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual(world.inbox.names(), ["closed.csv", "open.csv", "open.errors.csv"])
        self.assertEqual([row["name"] for row in world.inbox.imports()], ["open.csv"])
        os.chmod(world.inbox.place("closed.csv"), 0o644)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(world.inbox.report("closed.errors.csv"), [])

    @unittest.skipUnless("CLIENTSYNC_SLOW" in os.environ, "takes over a minute: set CLIENTSYNC_SLOW")
    def test_a_file_that_may_not_be_read_for_60_seconds_is_reported_once_and_imported_when_it_can_be(self):
        world = self.begin()
        begin = time.monotonic()
        world.start()
        world.wait_until(lambda: world.inbox.exists("closed.errors.csv"), "the report", 75)
        self.assertGreaterEqual(time.monotonic() - begin, 59)
        self.assertEqual(self.codes(world.inbox.report("closed.errors.csv")), [("", "file_unreadable")])
        self.assertEqual(len(world.inbox.wait_imports("closed.csv", 1)), 1)
        os.chmod(world.inbox.place("closed.csv"), 0o644)
        world.restart()
        world.inbox.wait_imports("closed.csv", 2)
        self.assertEqual(world.numbers()["2"], "X2")


if __name__ == "__main__":
    main()
