"""Folders that everybody can write to: nothing in them leads elsewhere, delays the service or reaches the log raw."""

import json
import os
import re
import socket
import sys
import time

from support import LOG_LINE, WorldTest, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
SECRET = "s3cret-canary-7f3a"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
NASTY = [b"\x1b[31mred\x1b[0m.csv", b"line\n2026-01-01T00:00:00.000Z error forged.event file=x.csv", b"\r\x08\x07.csv",
         b"\xff\xfe\x9b31m.csv", "\u202efdp.csv".encode(), "a\u2028b.csv".encode(), b'quote" forged="1.csv',
         b"back\\slash.csv", b"-rf --config=x.csv", b"$(touch pwned).csv", b"%s%n%x.csv", b"two\nlines.csv"]


class FileTest(WorldTest):
    def alive(self, world):
        """The service still takes files, and soon."""
        world.inbox.drop("alive.csv", sheet([("3", "Gamma", "ALIVE")]))
        world.wait_until(lambda: world.inbox.exists("alive.errors.csv"), "the service takes the next file", 5)
        world.inbox.wait_imports("alive.csv", 1)
        world.inbox.pass_by()
        names = {row["name"] for row in world.inbox.imports() if "passer-by" not in row["name"]}
        self.assertEqual(names, {"alive.csv"})
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": "ALIVE"})

    def no_secret(self, world):
        self.assertNotIn(SECRET, world.log())
        for name in world.inbox.names():
            if name.endswith(".errors.csv"):
                self.assertNotIn(SECRET.encode(), world.inbox.read(name))

    def test_links_are_never_followed(self):
        world = self.world(clients=CLIENTS)
        secret = world.root / "secret.csv"
        secret.write_bytes(sheet([("1", "Alpha", SECRET), ("9", SECRET, SECRET)]))
        os.symlink(secret, world.inbox.place("before.csv"))
        os.link(secret, world.inbox.place("hard-before.csv"))
        world.start()
        os.symlink(secret, world.inbox.place("link.csv"))
        os.symlink(secret, world.staging / "link")
        os.rename(world.staging / "link", world.inbox.place("moved-in.csv"))
        os.symlink("../secret.csv", world.inbox.place("relative.csv"))
        os.symlink(world.root, world.inbox.place("folder.csv"))
        os.symlink("loop.csv", world.inbox.place("loop.csv"))
        os.link(secret, world.inbox.place("hard.csv"))
        self.alive(world)
        self.no_secret(world)
        told = {event["file"] for event in world.events("file.not_taken")}
        self.assertGreaterEqual(told, {"before.csv", "hard-before.csv", "link.csv", "moved-in.csv", "hard.csv"})

    def test_a_file_swapped_for_a_link_again_and_again_never_leads_out_of_the_inbox(self):
        world = self.world("settle: 0s", clients=CLIENTS, start=True)
        secret = world.root / "secret.csv"
        secret.write_bytes(sheet([("1", "Alpha", SECRET)]))
        place, link = world.inbox.place("swap.csv"), os.fsencode(world.staging / "link")
        deadline = time.monotonic() + 2
        swaps = 0
        while time.monotonic() < deadline:
            world.inbox.drop("swap.csv", sheet([("2", "Beta", f"S{swaps}")]))
            os.symlink(secret, link)
            os.rename(link, place)
            swaps += 1
        print(f"{swaps} swaps", file=sys.stderr)
        world.inbox.remove("swap.csv")
        world.inbox.pass_by()
        self.no_secret(world)
        self.assertEqual(world.numbers()["1"], "A1")

    def test_what_is_not_a_regular_file_is_left_alone_and_delays_nothing(self):
        world = self.world(clients=CLIENTS)
        os.mkfifo(world.inbox.place("before.csv"))
        world.start()
        os.mkfifo(world.inbox.place("fifo.csv"))
        os.mkfifo(world.staging / "fifo")
        os.rename(world.staging / "fifo", world.inbox.place("moved-in.csv"))
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.fsdecode(world.inbox.place("socket.csv")))
            os.mkdir(world.inbox.place("folder.csv"))
            with open(os.path.join(world.inbox.place("folder.csv"), b"inner.csv"), "wb") as file:
                file.write(sheet([("1", "Alpha", "WRONG")]))
            if os.geteuid() == 0:
                os.mknod(world.inbox.place("device.csv"), 0o600 | 0o020000, os.makedev(1, 5))
            self.alive(world)
        self.assertEqual(os.listdir(world.inbox.place("folder.csv")), [b"inner.csv"])

    def test_what_looks_like_the_service_s_own_notes_stops_nothing(self):
        world = self.world("settle: 100ms\nrescan: 1s", clients=CLIENTS, start=True)
        for n in range(16):
            for name in (f".clientsync.in-hand{n}", f".clientsync-{n:016x}.tmp", f".clientsync-{n:016x}.aside"):
                os.mkdir(world.inbox.place(name))
        for name in (".clientsync.in-hand", ".clientsync.in-hand-alive.csv"):
            world.inbox.write(name, b"file: alive.csv\ndeaths: 3\n")
        world.inbox.write(".clientsync", b"x\n")
        self.alive(world)
        world.restart()
        world.inbox.drop("after.csv", sheet([("1", "Alpha", "AFTER")]))
        world.inbox.wait_imports("after.csv", 1)
        self.assertEqual(world.events("inbox.fault"), [])

    def test_a_sparse_file_of_a_tebibyte_is_too_large_at_once(self):
        world = self.world(clients=CLIENTS, start=True)
        staged = world.staging / "huge"
        with open(staged, "wb") as file:
            file.write(sheet([("1", "Alpha", "X1")]))
            file.truncate(1 << 40)
        os.rename(staged, world.inbox.place("huge.csv"))
        world.wait_until(lambda: world.inbox.exists("huge.errors.csv"), "the report", 5)
        report = world.inbox.report("huge.errors.csv")
        self.assertEqual(self.codes(report), [("", "file_too_large")])
        self.assertIn("1048576 MB", report[0][5])
        world.inbox.wait_imports("huge.csv", 1)
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("huge.csv")), 1)

    def test_a_long_run_of_combining_marks_delays_nothing(self):
        marks = "a" + "\u0301\u0323" * 24750
        number, name = sheet([("1", "Alpha", marks)]), sheet([("1", "Alpha" + marks, "X1")])
        header = sheet([("1", "Alpha", "X1")], ("Company ID", "Display n" + marks + "me", "Client number"))
        world = self.world("settle: 200ms\ndisplay_name: update", clients=CLIENTS, start=True)
        for file, content, code in (("number", number, "client_number_too_long"),
                                    ("name", name, "display_name_invalid"),
                                    ("header", header, "header_missing")):
            with self.subTest(file=file):
                self.assertGreater(len(content), 99_000)
                begin = time.monotonic()
                world.inbox.drop(f"{file}.csv", content)
                report = world.inbox.report(f"{file}.errors.csv")
                self.assertLess(time.monotonic() - begin, 5)
                self.assertEqual([line[4] for line in report], [code])


class LogTest(WorldTest):
    def drop_nasty(self, world):
        for name in NASTY:
            world.inbox.drop(name, sheet([("1", "Alpha", "X1"), ("9", "Nobody", "X9")]))
            world.inbox.drop(name[:-4] + b"\x1b]0;x\x07.csv", b"no\x1b[31m header\r\n")
            os.symlink("/etc/passwd", world.inbox.place(name + b"\x1b.link.csv"))
        world.inbox.pass_by()

    def test_every_line_of_the_text_log_can_be_parsed_and_none_is_forged(self):
        world = self.world(general="log: {level: debug, format: text}", clients=CLIENTS, start=True)
        self.drop_nasty(world)
        self.assertEqual(world.stop(), 0)
        log = world.log()
        self.assertTrue(log.endswith("\n"))
        self.assertIsNone(CONTROL.search(log))
        log.encode("utf-8")
        for line in log[:-1].split("\n"):
            self.assertRegex(line, LOG_LINE)
        self.assertEqual(world.events("forged.event"), [])
        self.assertFalse(any("forged" in event for event in world.events("file.imported")))
        taken = sum(name.endswith(b".csv") for name in NASTY)
        self.assertEqual(len([e for e in world.events("file.imported") if "passer" not in e["file"]]), taken)

    def test_every_line_of_the_json_log_is_an_object(self):
        world = self.world(general="log: {level: debug, format: json}", clients=CLIENTS)
        world.start(wait=False)
        self.drop_nasty(world)
        self.assertEqual(world.stop(), 0)
        log = world.log()
        self.assertIsNone(CONTROL.search(log))
        events = [json.loads(line) for line in log.splitlines()]
        for event in events:
            self.assertGreaterEqual(set(event), {"time", "level", "event"})
            for value in event.values():
                self.assertIsNone(CONTROL.search(str(value)))
        self.assertIn("file.imported", {event["event"] for event in events})

    def test_the_text_of_cells_is_never_in_the_log(self):
        cells = ["canary-id", "canary-name", "canary-number"]
        world = self.world("settle: 200ms\nunknown_company: create\ncompany_id: text\ndisplay_name: update",
                           clients=[("canary-id-0", "canary-name-0", "canary-number-0")], start=True)
        world.inbox.drop("good.csv", sheet([("canary-id-0", "canary-name-1", "canary-number-1"),
                                            ("canary-id-2", "canary-name-2", "canary-number-2")]))
        world.inbox.drop("bad.csv", sheet([("canary-id-3", "canary-name-3", "canary-number-1"),
                                           ("canary-id\x07", "canary-name\x07", "=canary-number"),
                                           ("canary-id-4", "canary-name-4", "canary-number" * 20)]))
        world.inbox.drop("rejected.csv", sheet([], ("canary-id", "canary-name", "canary-number")))
        world.inbox.drop("malformed.csv", sheet([]) + b'"canary-id,canary-name,canary-number\r\n')
        damaged = sheet([("canary-id-é", "canary-name", "canary-number")]) + b"canary-name\x81\xff\r\n"
        world.inbox.drop("damaged.csv", damaged)
        for name, failed in (("good", 0), ("bad", 3), ("rejected", None), ("malformed", None), ("damaged", None)):
            row = world.inbox.wait_imports(f"{name}.csv", 1)[0]
            self.assertEqual(row["state"], "rejected" if failed is None else "imported")
            if failed is not None:
                self.assertEqual(row["failed"], failed)
        world.stop()
        for cell in cells:
            self.assertNotIn(cell, world.log())

    def test_the_log_line_of_a_database_fault_names_no_cell_and_no_statement(self):
        world = self.world(clients=CLIENTS, start=True)
        with world.database.refusing("insert", "changes"):
            world.inbox.drop("clients.csv", sheet([("1", "Alpha", "canary-number")]))
            world.wait_until(lambda: " error " in world.log(), "the fault is logged")
            self.assertNotIn("canary", world.log())
            self.assertNotIn("insert into", world.log().lower())
            self.assertFalse(world.inbox.exists("clients.errors.csv"))
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        self.assertEqual(world.numbers()["1"], "canary-number")
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)


class PasswordTest(WorldTest):
    def test_a_password_in_the_connection_is_refused_without_being_shown(self):
        world = self.world()
        good = world.config.read_text()
        for connection in (f"dbname=x password={SECRET}", f"postgresql://user:{SECRET}@host/db",
                           f"dbname=x PWD = {SECRET}"):
            with self.subTest(connection=connection):
                world.config.write_text(good.replace(json.dumps(world.database.connection), json.dumps(connection)))
                done = world.command("run")
                self.assertEqual(done.returncode, 2)
                self.assertNotIn(SECRET, done.stdout + done.stderr)
                self.assertIn("password_file", done.stderr)

    def test_a_password_from_a_file_appears_nowhere_else(self):
        world = self.world(general="log: {level: debug}", clients=CLIENTS)
        password = world.database.password_file
        secret = password.read_text().rstrip("\n")
        world.start()
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.inbox.report("clients.errors.csv")
        process = f"/proc/{world.process.pid}"
        for place in ("cmdline", "environ"):
            with open(f"{process}/{place}", "rb") as file:
                self.assertNotIn(secret.encode(), file.read())
        self.assertEqual(world.stop(), 0)
        self.assertNotIn(secret, world.log())
        self.assertNotIn(secret.encode(), world.inbox.read("clients.errors.csv"))
        self.assertNotIn(secret, world.database.dump())
        password.chmod(0o644)
        done = world.command("run")
        self.assertEqual(done.returncode, 2)
        self.assertNotIn(secret, done.stderr)


if __name__ == "__main__":
    main()
