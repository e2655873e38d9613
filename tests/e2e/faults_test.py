"""Faults of the environment: files wait, nothing is lost or done twice, and work goes on when the fault is gone."""

import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from support import WorldTest, cpu_seconds, databases, main, sheet, sqlite_only

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
GOOD = sheet([("1", "Alpha", "X1")])
OPTIONS = "settle: 200ms\nrescan: 1s"


def fill(path):
    """Takes all room that is left on a file system."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def drop_within(inbox, name, content):
    """A drop into an inbox that is a file system of its own."""
    inbox.write(".staged", content)
    os.rename(inbox.place(".staged"), inbox.place(name))


class FaultTest(WorldTest):
    def mount(self, path, size):
        """Mounts a small file system there for as long as the test runs."""
        options = ["-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", os.fspath(path)]
        done = subprocess.run(["mount", *options], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"NOT TESTED, no file system may be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", os.fspath(path)], check=True)

    def nothing_imported(self, world, name="clients.csv", seconds=1.5):
        """For a while, nothing appears in the ledger or the register."""
        time.sleep(seconds)
        self.assertIsNone(world.process.poll())
        self.assertEqual(world.inbox.imports(name), [])
        self.assertEqual(world.ledger("select * from changes where new_value = 'X1'"), [])

    def imported_once(self, world, name="clients.csv"):
        [row] = world.inbox.wait_imports(name, 1)
        self.assertEqual((row["state"], row["report_state"], row["updated"]), ("imported", "published", 1))
        self.assertEqual(world.inbox.report(name.replace(".csv", ".errors.csv")), [])
        self.assertEqual(world.inbox.temporaries(), [])


class DatabaseTest(FaultTest):
    def test_files_wait_while_the_database_is_locked_and_are_imported_in_their_order_afterwards(self):
        world = self.world(clients=CLIENTS)
        config = world.config.read_text()
        world.config.write_text(config.replace("clientsync.db", "clientsync.db timeout=1"))
        world.start()
        names = [f"file{n}.csv" for n in (3, 1, 5, 2, 4)]
        with world.database.locked():
            for at, name in enumerate(names):
                world.inbox.drop(name, GOOD, mtime=(1_700_000_000 + at) * 1_000_000_000)
            if databases.KIND == "sqlite":
                world.wait_until(lambda: world.events("database.unavailable"), "the fault is logged")
            time.sleep(3)
            self.assertEqual(world.inbox.imports(), [])
            self.assertEqual(world.inbox.names(), sorted(names))
        for name in names:
            world.inbox.wait_imports(name, 1)
        self.assertEqual([row["name"] for row in world.inbox.imports()], names)
        self.assertEqual(world.inbox.names(), sorted(names + [name.replace(".csv", ".errors.csv") for name in names]))
        told = 1 if databases.KIND == "sqlite" else 0
        self.assertEqual(len(world.events("database.unavailable")), told)
        self.assertEqual(len(world.events("database.back")), told)

    def test_a_locked_database_does_not_keep_the_service_from_ending(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        with world.database.locked():
            world.inbox.drop("clients.csv", GOOD)
            world.wait_until(world.inbox.temporaries, "the service is at work")
            time.sleep(0.3)
            begun = time.monotonic()
            self.assertEqual(world.stop(), 0)
            self.assertLess(time.monotonic() - begun, 20)
        world.start()
        self.imported_once(world)

    @sqlite_only
    def test_a_database_that_belongs_to_root_is_refused_with_the_command_that_helps(self):
        if os.geteuid() != 0:
            self.skipTest("NOT TESTED, only root can create files of root")
        world = self.world(OPTIONS, clients=CLIENTS)
        world.become_nobody()
        world.root.chmod(0o755)
        for name in ("clientsync.db", "clientsync.db-wal"):
            with self.subTest(name=name):
                path = world.root / name
                path.touch()
                path.chmod(0o644)
                os.chown(path, 0, 0)
                done = world.command("run")
                self.assertEqual(done.returncode, 4)
                self.assertIn(f"{path}: Permission denied; run: chown nobody: '{world.database.path}'*", done.stderr)
                subprocess.run(["sh", "-c", f"chown nobody: '{world.database.path}'*"], check=True)
        world.start()
        world.inbox.drop("clients.csv", GOOD)
        self.imported_once(world)

    @sqlite_only
    def test_files_wait_while_the_disk_of_the_database_is_full(self):
        world = self.world()
        state = world.root / "state"
        state.mkdir()
        self.mount(state, "4m")
        config = world.config.read_text()
        world.config.write_text(config.replace(str(world.database.path), str(state / "clientsync.db")))
        world.database.path = state / "clientsync.db"
        world.load(CLIENTS)
        world.start()
        fill(state / "filler")
        world.inbox.drop("clients.csv", GOOD)
        world.wait_until(lambda: world.events("database.unavailable"), "the fault is logged")
        self.nothing_imported(world)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        (state / "filler").unlink()
        self.imported_once(world)
        self.assertEqual(world.numbers()["1"], "X1")
        self.assertEqual(len(world.events("database.unavailable")), 1)
        self.assertEqual(len(world.events("database.back")), 1)

    def test_a_report_that_could_not_be_published_is_logged_and_published_without_a_restart(self):
        world = self.world(clients=CLIENTS, start=True)
        with world.database.refusing("update", "imports", "new.report_state = 'published'"):
            world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
            world.wait_until(world.inbox.imports, "the import")
            world.wait_until(lambda: " error " in world.log(), "the fault is logged")
            time.sleep(2)
            self.assertEqual([row["report_state"] for row in world.inbox.imports()], ["pending"])
        [row] = world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual((row["report_state"], row["report_name"]), ("published", "clients.errors.csv"))
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), [("2", "company_id_unknown")])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])

    @sqlite_only
    def test_a_report_that_waits_for_a_slow_database_keeps_nobody_busy(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        config = world.config.read_text()
        world.config.write_text(config.replace("clientsync.db", "clientsync.db timeout=4"))
        for n in range(2000):
            world.inbox.write(f"note{n}.txt", b"")
        world.start()
        world.inbox.drop("clients.csv", GOOD)
        self.imported_once(world)
        world.sql("update imports set report_state = 'pending' where name = 'clients.csv'")
        with world.database.locked():
            world.wait_until(lambda: world.events("database.unavailable"), "the fault is logged")
            time.sleep(1)  # the service tries again
            before, span = cpu_seconds(world.process), 3
            time.sleep(span)
            self.assertLess(cpu_seconds(world.process) - before, span / 4)
        world.inbox.wait_imports("clients.csv", 1)


class DirectoryTest(FaultTest):
    def test_nothing_is_imported_while_the_inbox_has_no_room_for_a_report(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        self.mount(world.inbox.path, "256k")
        world.start()
        world.inbox.write(".staged", GOOD)
        fill(world.inbox.place("filler.tmp"))
        os.rename(world.inbox.place(".staged"), world.inbox.place("clients.csv"))
        world.wait_until(lambda: " error " in world.log(), "the fault is logged")
        self.nothing_imported(world)
        self.assertEqual(world.inbox.names(), ["clients.csv", "filler.tmp"])
        world.inbox.remove("filler.tmp")
        self.imported_once(world)
        self.assertEqual(world.numbers()["1"], "X1")

    def test_nothing_is_imported_while_the_inbox_is_mounted_read_only(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        self.mount(world.inbox.path, "1m")
        world.start()
        self.assertEqual(world.stop(), 0)
        drop_within(world.inbox, "clients.csv", GOOD)
        self.remount(world, "ro")
        world.start(wait=False)
        world.wait_until(lambda: " error " in world.log(), "the fault is logged")
        self.nothing_imported(world)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.remount(world, "rw")
        self.imported_once(world)

    @staticmethod
    def remount(world, how):
        subprocess.run(["mount", "-o", f"remount,{how}", os.fspath(world.inbox.path)], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "NOT TESTED: only root can run the service as somebody else")
    def test_nothing_is_imported_while_the_service_may_not_write_to_the_inbox(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        world.become_nobody()
        world.start()
        os.chmod(world.inbox.path, 0o555)
        world.inbox.drop("clients.csv", GOOD)
        world.wait_until(lambda: " error " in world.log(), "the fault is logged")
        self.nothing_imported(world)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        os.chmod(world.inbox.path, 0o755)
        self.imported_once(world)

    def test_an_inbox_that_was_deleted_and_made_again_is_watched_again_and_no_file_is_imported_twice(self):
        world = self.world("settle: 200ms", clients=CLIENTS, start=True)
        world.inbox.drop("done.csv", GOOD, mtime=1_700_000_000_000_000_000)
        self.imported_once(world, "done.csv")
        shutil.rmtree(world.inbox.path)
        world.wait_until(lambda: world.events("inbox.unavailable"), "the loss is logged")
        world.inbox.path.mkdir()
        world.inbox.drop("done.csv", GOOD, mtime=1_700_000_000_000_000_000)
        world.inbox.drop("clients.csv", sheet([("2", "Beta", "X2")]))
        self.imported_once(world)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("done.csv")), 1)
        self.assertEqual(len(world.events("inbox.unavailable")), 1)

    def test_a_directory_that_replaces_the_inbox_is_the_inbox(self):
        world = self.world("settle: 200ms", clients=CLIENTS, start=True)
        world.inbox.drop("before.csv", GOOD)
        self.imported_once(world, "before.csv")
        other, away = world.root / "other", world.root / "away"
        other.mkdir()
        (other / "clients.csv").write_bytes(sheet([("2", "Beta", "X2")]))
        world.inbox.path.rename(away)
        other.rename(world.inbox.path)
        self.imported_once(world)
        (away / "stray.csv").write_bytes(GOOD)
        world.inbox.pass_by()
        self.assertEqual(sorted(path.name for path in away.iterdir() if path.name[0] != "."),
                         ["before.csv", "before.errors.csv", "stray.csv"])
        self.assertEqual(world.inbox.imports("stray.csv"), [])


class ProcessTest(FaultTest):
    @staticmethod
    def limit_files(world, limit):
        hard = resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE, (limit, hard))

    def test_too_many_open_files_is_a_fault_that_passes(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        used = max(int(fd) for fd in os.listdir(f"/proc/{world.process.pid}/fd")) + 1
        for limit in (used, used + 1, used + 3, 3):
            with self.subTest(limit=limit):
                name = f"limit{limit}.csv"
                self.limit_files(world, limit)
                world.inbox.drop(name, GOOD)
                time.sleep(1)
                self.assertIsNone(world.process.poll())
                self.limit_files(world, 1024)
                world.inbox.wait_imports(name, 1)
        self.assertEqual(world.stop(), 0)

    def test_a_service_that_starts_with_a_low_limit_of_open_files_works_or_waits_or_says_why_it_ends(self):
        for limit in (6, 10, 14, 18, 24):
            with self.subTest(limit=limit):
                world = self.world(OPTIONS, clients=CLIENTS)
                world.inbox.drop("clients.csv", GOOD)
                with open(world.log_path, "ab") as log:
                    world.process = world.spawn(stdout=log, stderr=log, preexec_fn=lambda: resource.setrlimit(
                        resource.RLIMIT_NOFILE, (limit, 1024)))
                time.sleep(1)
                if world.process.poll() is None:
                    self.limit_files(world, 1024)
                    self.imported_once(world)
                    self.assertEqual(world.stop(), 0)
                else:
                    self.assertEqual(world.process.returncode, 4)
                    self.assertNotEqual(world.log(), "")

    def test_imports_go_on_while_nobody_reads_the_log(self):
        world = self.world(general="log: {level: debug}", clients=CLIENTS)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        with open(writer, "wb", buffering=0) as full:
            fcntl.fcntl(full, fcntl.F_SETPIPE_SZ, 4096)
            full.write(bytes(4096))
            world.process = world.spawn(stdout=full, stderr=full)
        names = [f"file{n}.csv" for n in range(50)]
        for name in names:
            world.inbox.drop(name, GOOD)
        for name in names:
            world.inbox.wait_imports(name, 1)
        self.assertEqual(world.stop(10), 0)

    def test_imports_go_on_if_the_reader_of_the_log_is_gone_or_there_never_was_one(self):
        for closed in (False, True):
            with self.subTest(closed=closed):
                world = self.world(OPTIONS, clients=CLIENTS)
                reader, writer = os.pipe()
                os.close(reader)
                # A shell closes the stream for the service, whose next file would get its number.
                before = ["sh", "-c", 'exec "$@" 2>&-', "sh"] if closed else []
                world.process = world.spawn(before, stdout=subprocess.DEVNULL, stderr=writer)
                os.close(writer)
                world.inbox.drop("clients.csv", GOOD)
                self.imported_once(world)
                self.assertEqual(world.stop(), 0)


class PoisonTest(FaultTest):
    """Files with which the service dies."""

    def die_reading(self, world, name):
        """The service dies when it reads the file."""
        strace = ["strace", "-f", "-o", os.devnull, "-P", os.fsdecode(world.inbox.place(name)), "-e",
                  "trace=read,pread64", "-e", "inject=read,pread64:signal=SIGKILL"]
        world.start(wait=False, before=strace)
        self.assertEqual(world.join(), -signal.SIGKILL)

    def die_waiting(self, world):
        """The service dies when it has read a file and waits for the database."""
        with world.database.locked():
            world.start()
            world.wait_until(world.inbox.temporaries, "the service is at work")
            time.sleep(0.3)
            self.assertTrue(world.kill())

    @staticmethod
    def in_hand(world):
        """The sizes of the files that count deaths."""
        return [path.stat().st_size for path in (world.root / "state" / "in-hand").iterdir()]

    def test_a_file_is_set_aside_after_the_service_died_three_times_while_it_read_it(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("poison.csv", GOOD)
        for deaths in range(1, 4):
            self.die_reading(world, "poison.csv")
            self.assertEqual(self.in_hand(world), [deaths])
        world.start()
        self.assertEqual(self.codes(world.inbox.report("poison.errors.csv")), [("", "file_set_aside")])
        world.inbox.drop("other.csv", sheet([("2", "Beta", "X2")]))
        self.imported_once(world, "other.csv")
        world.restart()
        world.inbox.pass_by()
        self.assertEqual([row["state"] for row in world.inbox.imports("poison.csv")], ["rejected"])
        self.assertEqual(world.numbers(), {"1": "A1", "2": "X2", "3": "G3"})
        world.inbox.drop("poison.csv", sheet([("3", "Gamma", "X3")]))
        world.inbox.wait_imports("poison.csv", 2)
        self.assertEqual(world.numbers()["3"], "X3")
        world.wait_until(lambda: not self.in_hand(world), "the deaths are forgotten")

    def test_a_file_is_imported_after_the_service_died_twice_while_it_read_it(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", GOOD)
        for _ in range(2):
            self.die_reading(world, "clients.csv")
        world.start()
        self.imported_once(world)
        world.wait_until(lambda: not self.in_hand(world), "the deaths are forgotten")

    def test_deaths_while_the_service_waits_for_the_database_do_not_count(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", GOOD)
        for _ in range(4):
            self.die_waiting(world)
            self.assertEqual(self.in_hand(world), [0], "a file of no death")
        world.start()
        self.imported_once(world)

    def test_deaths_are_not_counted_in_the_inbox(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("poison.csv", GOOD)
        self.die_reading(world, "poison.csv")
        self.assertEqual(sorted(os.listdir(world.inbox.path)), [".clientsync", "poison.csv"])

    def test_without_a_state_directory_imports_go_on_and_the_log_says_so_once(self):
        world = self.world(clients=CLIENTS)
        (world.root / "state").rmdir() if (world.root / "state").exists() else None
        (world.root / "state").write_text("a file in its place")
        world.start()
        for name in ("clients.csv", "other.csv"):
            world.inbox.drop(name, GOOD)
            world.inbox.wait_imports(name, 1)
        [event] = world.events("state.unavailable")
        self.assertEqual(event["path"], str(world.root / "state"))


if __name__ == "__main__":
    main()
