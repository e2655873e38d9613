"""How often a file is imported, and in which order files are imported."""

import json
import os
import random
import signal
import subprocess
import sys
import time

from support import PATIENCE, WorldTest, databases, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
SECOND = 1_000_000_000


class OnceTest(WorldTest):
    CONTENT = sheet([("1", "Alpha", "X1")])

    def begin(self, options="settle: 200ms"):
        world = self.world(options, clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", self.CONTENT, mtime=1_700_000_000 * SECOND)
        world.inbox.wait_imports("clients.csv", 1)
        return world

    def expect(self, world, count):
        rows = world.inbox.wait_imports("clients.csv", count)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("clients.csv")), count)
        self.assertEqual([row["version"] for row in rows], list(range(1, count + 1)))
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])

    def test_a_file_that_is_removed_and_put_back_is_a_new_drop_even_if_bytes_and_time_are_the_same(self):
        world = self.begin()
        os.rename(world.inbox.place("clients.csv"), world.staging / "away")
        os.rename(world.staging / "away", world.inbox.place("clients.csv"))
        self.expect(world, 2)

    def test_a_touched_file_is_a_new_drop(self):
        world = self.begin()
        subprocess.run(["touch", world.inbox.place("clients.csv")], check=True)
        self.expect(world, 2)

    def test_a_file_time_that_changed_without_an_event_is_found_by_the_rescan(self):
        world = self.begin("settle: 200ms\nrescan: 1s")
        os.utime(world.inbox.place("clients.csv"), ns=(1_700_000_100 * SECOND,) * 2)
        self.expect(world, 2)

    def test_a_file_replaced_by_another_with_the_same_bytes_and_time_is_a_new_drop(self):
        world = self.begin()
        world.inbox.drop("clients.csv", self.CONTENT, mtime=1_700_000_000 * SECOND)
        self.expect(world, 2)

    def test_a_file_written_and_closed_again_with_the_same_bytes_and_time_is_a_new_drop(self):
        world = self.begin()
        place = world.inbox.place("clients.csv")
        with open(place, "r+b", buffering=0) as file:
            file.write(self.CONTENT)
            os.utime(place, ns=(1_700_000_000 * SECOND,) * 2)
        os.utime(place, ns=(1_700_000_000 * SECOND,) * 2)
        self.expect(world, 2)

    def test_a_restart_imports_nothing_again(self):
        world = self.begin()
        world.restart()
        self.expect(world, 1)
        self.assertTrue(world.kill())
        world.start()
        self.expect(world, 1)

    def test_a_file_that_was_removed_and_put_back_while_no_service_ran_is_not_imported_again(self):
        world = self.begin()
        world.stop()
        world.inbox.remove("clients.csv")
        world.inbox.drop("clients.csv", self.CONTENT, mtime=1_700_000_000 * SECOND)
        world.start()
        self.expect(world, 1)

    def test_a_b_a_is_three_imports_the_third_of_which_finds_its_rows_superseded(self):
        world = self.begin()
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "Y1")]))
        world.inbox.wait_imports("clients.csv", 2)
        world.inbox.drop("clients.csv", self.CONTENT, mtime=1_700_000_000 * SECOND)
        world.inbox.wait_imports("clients.csv", 3)
        self.assertEqual(world.inbox.report("clients.errors.csv")[0][4], "superseded")
        self.assertEqual(world.numbers()["1"], "Y1")

    def test_tidying_up_a_folder_changes_nothing_that_is_newer(self):
        """Old files renamed, touched, copied, opened for writing, or saved by a spreadsheet."""
        world = self.begin("settle: 200ms\nrescan: 1s")
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "Y1")]))
        world.inbox.wait_imports("april.csv", 1)
        os.rename(world.inbox.place("clients.csv"), world.inbox.place("march.csv"))
        world.inbox.wait_imports("march.csv", 1)
        os.utime(world.inbox.place("march.csv"))
        world.inbox.wait_imports("march.csv", 2)
        world.inbox.write("copy of march.csv", self.CONTENT)
        world.inbox.wait_imports("copy of march.csv", 1)
        world.inbox.write("saved.csv", b"\xef\xbb\xbf" + self.CONTENT.replace(b",", b";").replace(b"\r\n", b"\n"))
        world.inbox.wait_imports("saved.csv", 1)
        with open(world.inbox.place("april.csv"), "r+b"):
            pass
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("april.csv")), 1)
        self.assertEqual(world.numbers()["1"], "Y1")
        for name, delimiter in (("march", ","), ("copy of march", ","), ("saved", ";")):
            [line] = world.inbox.report(f"{name}.errors.csv", delimiter)
            self.assertEqual(line[4], "superseded")
        self.assertEqual(world.command("check", os.fsdecode(world.inbox.place("march.csv"))).stdout.count("already done"), 1)

    def test_a_superseded_row_is_confirmed_by_emptying_its_error_code_in_the_report(self):
        world = self.begin()
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "Y1")]))
        world.inbox.wait_imports("april.csv", 1)
        os.rename(world.inbox.place("clients.csv"), world.inbox.place("march.csv"))
        world.inbox.wait_imports("march.csv", 1)
        report = world.inbox.read("march.errors.csv")
        world.inbox.write("march.errors.csv", report + b"\r\n")
        world.inbox.wait_imports("march.errors.csv", 1)
        self.assertEqual(world.numbers()["1"], "Y1")
        world.inbox.write("march.errors.csv", report.replace(b",superseded,", b",,"))
        world.inbox.wait_imports("march.errors.csv", 2)
        self.assertEqual(world.numbers()["1"], "X1")
        self.assertEqual(world.inbox.report("march.errors.csv"), [])

    def delete_report(self, world):
        """The report stays deleted, at every rescan and after a restart."""
        world.inbox.remove("clients.errors.csv")
        time.sleep(2.5)
        self.assertFalse(world.inbox.exists("clients.errors.csv"))
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.assertEqual([row["report_state"] for row in world.inbox.imports("clients.csv")], ["published"])

    def test_a_deleted_report_stays_deleted(self):
        world = self.begin("settle: 200ms\nrescan: 1s")
        self.delete_report(world)

    def test_a_report_that_was_published_only_at_a_second_attempt_stays_deleted_too(self):
        world = self.world("settle: 200ms\nrescan: 1s", clients=CLIENTS, start=True)
        with world.database.refusing("update", "imports", "new.report_state = 'published'"):
            world.inbox.drop("clients.csv", self.CONTENT)
            world.wait_until(lambda: world.events("report.pending"), "the fault is logged")
        world.inbox.wait_imports("clients.csv", 1)
        self.delete_report(world)

    def test_a_deleted_report_stays_deleted_if_its_file_is_looked_at_again(self):
        world = self.begin("settle: 200ms\nrescan: 1s")
        world.inbox.remove("clients.errors.csv")
        world.stop()
        # The new service has never seen the file, and the ledger knows it as done.
        world.inbox.drop("clients.csv", self.CONTENT, mtime=1_700_000_000 * SECOND)
        world.start()
        world.inbox.pass_by()
        done = world.command("import", os.fsdecode(world.inbox.place("clients.csv")), "--format", "json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["outcome"]), (0, "unchanged_drop"))
        self.assertEqual(world.inbox.names(), ["clients.csv"])

    def test_a_report_that_is_still_pending_is_published_after_a_restart(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.inbox.wait_imports("clients.csv", 1)
        report = world.inbox.read("clients.errors.csv")
        world.stop()
        world.inbox.remove("clients.errors.csv")
        world.sql("update imports set report_state = 'pending' where name = 'clients.csv'")
        world.start()
        [row] = world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual((row["report_state"], row["report_name"]), ("published", "clients.errors.csv"))
        self.assertEqual(world.inbox.read("clients.errors.csv"), report)

    def test_a_file_withdrawn_before_it_was_read_and_put_back_later_is_imported(self):
        world = self.world(clients=CLIENTS, start=True)
        names = [f"file{n:02}.csv" for n in range(60)]
        moved, deleted = names[40:50], names[50:]
        os.kill(world.process.pid, signal.SIGSTOP)
        for name in names:
            world.inbox.drop(name, sheet([("1", "Alpha", name)]), mtime=1_700_000_000 * SECOND)
        os.kill(world.process.pid, signal.SIGCONT)
        world.wait_until(world.inbox.imports, "the first import")
        for name in moved:
            os.rename(world.inbox.place(name), world.staging / name)
        for name in deleted:
            world.inbox.remove(name)
        world.inbox.pass_by()
        read = {row["name"] for row in world.inbox.imports()}
        self.assertGreaterEqual(read, set(names[:40]))
        unread = set(moved + deleted) - read
        self.assertTrue(unread)
        for name in moved:
            os.rename(world.staging / name, world.inbox.place(name))
        for name in deleted:
            world.inbox.drop(name, sheet([("1", "Alpha", name)]), mtime=1_700_000_000 * SECOND)
        for name in unread:
            world.inbox.wait_imports(name, 1)
            self.assertTrue(world.inbox.exists(name.replace(".csv", ".errors.csv")))


class OthersTest(WorldTest):
    """Imports of the same files by other programs."""

    def test_an_import_by_a_command_while_the_file_settles_is_not_repeated(self):
        world = self.world("settle: 700ms", clients=CLIENTS, start=True)
        place = os.fsdecode(world.inbox.place("clients.csv"))
        source = world.root / "source.csv"
        for count, number in ((1, "X1"), (2, "X2")):
            source.write_bytes(sheet([("1", "Alpha", number)]))
            subprocess.run(["cp", source, place], check=True)
            done = world.command("import", place)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            world.inbox.pass_by()
            self.assertEqual(len(world.inbox.imports("clients.csv")), count)
            self.assertEqual(world.numbers()["1"], number)

    def test_two_services_at_one_inbox_import_every_file_once(self):
        world = self.world(clients=CLIENTS, start=True)
        with open(world.root / "second.log", "wb") as log:
            second = world.spawn(stdout=log, stderr=log)
        world.wait_until(lambda: b" inbox.watched " in (world.root / "second.log").read_bytes(), "the second service")
        renamed = [f"renamed{n}.csv" for n in range(50)]
        written = [f"written{n}.csv" for n in range(10)]
        for name in written:
            world.inbox.write(name, sheet([("1", "Alpha", name)]))
        for name in renamed:
            world.inbox.drop(name, sheet([("2", "Beta", name)]))
        for name in renamed + written:
            world.inbox.wait_imports(name, 1)
        time.sleep(1)
        self.assertEqual(sorted(row["name"] for row in world.inbox.imports()), sorted(renamed + written))
        reports = [name.replace(".csv", ".errors.csv") for name in renamed + written]
        self.assertEqual(world.inbox.names(), sorted(renamed + written + reports))
        self.assertIsNone(second.poll())
        second.terminate()
        self.assertEqual((world.stop(), second.wait(10)), (0, 0))


class OrderTest(WorldTest):
    def test_files_that_one_scan_finds_are_imported_by_time_then_by_name(self):
        world = self.world(clients=CLIENTS)
        count = 300 if databases.KIND == "sqlite" else 100
        names = [f"file{n:03}.csv" for n in range(count)]
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", file=sys.stderr)
        random.Random(seed).shuffle(names)
        times = {name: 1_700_000_000 * SECOND + at // 2 * 1_000_000 for at, name in enumerate(names)}
        for name in sorted(names):
            world.inbox.drop(name, sheet([("1", "Alpha", name)]), mtime=times[name])
        begin = time.monotonic()
        world.start()
        world.wait_until(lambda: len(world.inbox.imports()) == count, f"{count} imports", 3 * PATIENCE)
        print(f"{count} files: {time.monotonic() - begin:.1f} s", file=sys.stderr)
        order = [row["name"] for row in world.inbox.imports()]
        self.assertEqual(order, sorted(names, key=lambda name: (times[name], name)))
        world.inbox.wait_imports(order[-1], 1)
        reports = [name for name in world.inbox.names() if name.endswith(".errors.csv")]
        self.assertEqual(len(reports), count)
        self.assertEqual(world.numbers()["1"], order[-1])

    def test_files_are_imported_in_the_order_in_which_they_arrive(self):
        world = self.world(clients=CLIENTS, start=True)
        names = [f"{n * 7919 % 1000:03}.csv" for n in range(40)]
        for at, name in enumerate(names):
            world.inbox.drop(name, sheet([("1", "Alpha", name)]), mtime=(1_700_000_000 + at) * SECOND)
        world.wait_until(lambda: len(world.inbox.imports()) == 40, "40 imports")
        self.assertEqual([row["name"] for row in world.inbox.imports()], names)


if __name__ == "__main__":
    main()
