"""`status` and `explain`: what the service is doing, why a file is or is not taken, and what became of earlier drops."""

import hashlib
import json
import os
import socket
import time

from health import CLIENTS, HealthTest
from support import main, sheet, sqlite_only

GOOD = sheet([("1", "Alpha", "X1")])
FAILING = sheet([("2", "Beta", "X2"), ("9", "Nobody", "X9")])
OPEN_END = sheet([("3", "Gamma", "X3")], last_end=False)
TIME = r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
FOREIGN = b"ledger: 01234567-89ab-4def-8123-456789abcdef\ninbox: north\n"


class StatusTest(HealthTest):
    def status(self, world, *arguments, exit_status=0):
        done = world.command("status", "--format", "json", *arguments)
        self.assertEqual(done.returncode, exit_status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def explain(self, world, *files, exit_status=0):
        """What is said of the files, given as paths or as names in the inbox. `exit_status`: None for any."""
        places = [world.inbox.place(file) if isinstance(file, (str, bytes)) else file for file in files]
        done = world.command("explain", "--format", "json", *places)
        if exit_status is not None:
            self.assertEqual(done.returncode, exit_status, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def answer(self, world, file):
        """(answer, reason) of one file."""
        told = self.explain(world, file)[0]
        return told["answer"], told["reason"]

    def wait_for_reason(self, world, file, reason, answer="will_be_imported"):
        def told():
            said = self.explain(world, file, exit_status=None)[0]
            return (said["answer"], said["reason"]) == (answer, reason) and said
        return world.wait_until(told, f"{file!r} waits: {reason}")


class ServiceStatusTest(StatusTest):
    def test_an_idle_service_has_nothing_wrong(self):
        world = self.listening()
        self.wait_for_ok(world)
        status = self.status(world)
        self.assertEqual(status["service"]["state"], "answers")
        self.assertEqual(status["service"]["at"], str(world.socket))
        self.assertEqual(status["database"], {"works": True, "error": None})
        self.assertEqual(status["faults"], [])
        self.assertEqual(status["inboxes"], [
            {"inbox": "main", "path": str(world.inbox.path), "firm": "main", "watch": "inotify", "waiting": 0, "files": [],
             "folder_error": None, "not_taken": 0, "not_taken_files": [], "last_import": None,
             "reports_to_be_published": []}])

    def test_status_says_what_waits_what_is_not_taken_and_what_was_last(self):
        world = self.listening(inboxes=("main", "other"))
        world.inbox.drop("clients.csv", FAILING)
        row = world.inbox.wait_imports("clients.csv", 1)[0]
        world.inbox.write("notes.md", b"Call Alpha.\n")
        world.inbox.write("a.csv.part", b"x")
        os.mkdir(world.inbox.place("folder"))
        os.symlink("clients.csv", world.inbox.place("link.csv"))
        world.inbox.write("empty.csv", b"")
        self.wait_for_reason(world, "empty.csv", "empty")
        main_inbox, other = self.status(world)["inboxes"]
        self.assertEqual(main_inbox["waiting"], 1)
        self.assertEqual([(file["file"], file["reason"]) for file in main_inbox["files"]], [("empty.csv", "empty")])
        self.assertRegex(main_inbox["files"][0]["since"], TIME)
        self.assertRegex(main_inbox["files"][0]["next"], TIME)
        self.assertEqual([(file["file"], file["reason"]) for file in main_inbox["not_taken_files"]],
                         [("a.csv.part", "temporary"), ("folder", "folder"), ("link.csv", "link"),
                          ("notes.md", "pattern")])
        last = main_inbox["last_import"]
        self.assertEqual((last["import"], last["file"], last["outcome"]), (row["id"], "clients.csv", "imported"))
        self.assertEqual((other["waiting"], other["not_taken"], other["last_import"]), (0, 0, None))
        self.assertEqual([inbox["inbox"] for inbox in self.status(world, "--inbox", "other")["inboxes"]], ["other"])
        text = world.command("status").stdout
        for words in ("the service answers at", "empty.csv: it is empty and may grow; since ", "notes.md: its name matches",
                      f"last import clients.csv, import {row['id']}, ", "2 rows, 1 updated, 0 unchanged, 0 created, 1 failed"):
            self.assertIn(words, text)

    def test_status_is_the_same_over_tcp(self):
        world = self.world("settle: 100ms", clients=CLIENTS)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.listen(world, address)
        world.start()
        world.wait_until(lambda: world.events("http.listening"), "it answers")
        self.assertEqual(self.status(world)["service"], {
            "state": "answers", "at": address, "error": None,
            "version": world.command("--version").stdout.strip()})
        world.inbox.write("a b&ü.csv", b"")
        world.wait_until(lambda: self.answer(world, "a b&ü.csv") == ("will_be_imported", "empty"), "it waits")

    def test_a_fault_gives_exit_status_4_and_says_since_when(self):
        world = self.listening()
        self.wait_for_ok(world)
        os.rename(world.inbox.path, world.root / "away")
        self.wait_for_fault(world, "inbox.unavailable")
        status = self.status(world, exit_status=4)
        self.assertEqual([(fault["event"], fault["inbox"]) for fault in status["faults"]], [("inbox.unavailable", "main")])
        self.assertRegex(status["faults"][0]["since"], TIME)
        self.assertIsNone(status["inboxes"][0]["watch"])
        self.assertIn("state inbox.unavailable, inbox main, since ", world.command("status").stdout)

    def test_a_folder_that_does_not_answer_is_not_listed(self):
        world = self.listening(inboxes=("main", "other"))
        self.wait_for_ok(world)
        for inbox in world.inboxes.values():
            inbox.write("notes.md", b"x")
        with world.hanging(world.inbox.path):
            self.wait_for_fault(world, "inbox.stalled")
            status = self.status(world, exit_status=4)
            self.assertEqual([(inbox["not_taken"], inbox["folder_error"]) for inbox in status["inboxes"]],
                             [(0, "the folder does not answer"), (1, None)])
            self.assertIn("not taken unknown: the folder does not answer", world.command("status").stdout)

    def test_without_a_service_folder_and_ledger_are_shown(self):
        world = self.listening(start=False)
        world.inbox.drop("clients.csv", GOOD)
        world.inbox.write("notes.md", b"x")
        status = self.status(world, exit_status=4)
        self.assertEqual((status["service"]["state"], status["service"]["error"]), ("silent", "nobody listens there"))
        inbox = status["inboxes"][0]
        self.assertEqual([(file["file"], file["reason"]) for file in inbox["files"]], [("clients.csv", "no_service")])
        self.assertEqual(inbox["not_taken"], 1)
        self.assertIn(f"no service answers at {world.socket} (nobody listens there): this is what the folder and the ledger show",
                      world.command("status").stdout)
        world.command("run", "--once")
        inbox = self.status(world, exit_status=4)["inboxes"][0]
        self.assertEqual((inbox["waiting"], inbox["last_import"]["file"]), (0, "clients.csv"))

    def test_if_no_place_is_configured_nobody_is_asked_and_nothing_is_wrong(self):
        world = self.world(clients=CLIENTS)
        status = self.status(world)
        self.assertEqual(status["service"], {"state": "not_configured", "at": None, "version": None, "error": None})
        self.assertIn("http.listen is not set", world.command("status").stdout)

    def test_a_stranger_at_the_socket_is_no_service(self):
        world = self.listening(start=False)
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.bind(str(world.socket))
            stranger.listen()
            begun = time.monotonic()
            status = self.status(world, exit_status=4)
            self.assertLess(time.monotonic() - begun, 20)
            self.assertEqual((status["service"]["state"], status["service"]["error"]), ("silent", "Connection timed out"))

    def test_a_missing_folder_and_a_foreign_one_are_faults_without_a_service_too(self):
        world = self.world(inboxes=("north", "south"))
        world.load(CLIENTS, "north")
        os.rmdir(world.inboxes["south"].path)
        world.inbox.write(".clientsync", b"ledger: 01234567-89ab-4def-8123-456789abcdef\ninbox: north\n")
        status = self.status(world, exit_status=4)
        self.assertEqual([(fault["event"], fault["inbox"]) for fault in status["faults"]],
                         [("inbox.foreign", "north"), ("inbox.unavailable", "south")])

    def test_the_database_is_away(self):
        world = self.listening()
        self.wait_for_ok(world)
        world.inbox.write("notes.md", b"x")
        world.lose_database()
        status = self.status(world, exit_status=4)
        self.assertFalse(status["database"]["works"])
        self.assertIn("nowhere", status["database"]["error"])
        self.assertEqual(status["inboxes"][0]["not_taken"], 1)
        told = self.explain(world, "clients.csv", "notes.md", exit_status=4)
        self.assertEqual([(one["answer"], one["reason"]) for one in told], [("gone", None), ("unknown", "database")])

    def test_a_report_that_could_not_be_published_is_shown(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", FAILING)
        world.command("run", "--once")
        world.sql("update imports set report_state = 'pending' where inbox = 'main'")
        pending = self.status(world)["inboxes"][0]["reports_to_be_published"]
        self.assertEqual([(one["file"], one["report_state"]) for one in pending], [("clients.csv", "pending")])

    def test_names_of_files_are_escaped(self):
        world = self.listening()
        world.inbox.write(b"caf\xe9\n\x1b[31m.csv", b"")
        self.wait_for_reason(world, b"caf\xe9\n\x1b[31m.csv", "empty")
        self.assertEqual(self.status(world)["inboxes"][0]["files"][0]["file"], r"caf\xe9\x0a\x1b[31m.csv")
        self.assertNotIn("\x1b", world.command("status").stdout)

    def test_of_many_waiting_files_a_thousand_are_shown(self):
        world = self.listening("settle: 1h")
        for number in range(1100):
            world.inbox.write(f"{number}.csv", GOOD)
        world.wait_until(lambda: self.status(world)["inboxes"][0]["waiting"] == 1100, "all are seen")
        self.assertEqual(len(self.status(world)["inboxes"][0]["files"]), 1000)
        self.assertIn("waiting 1100, of which 1000 are shown", world.command("status").stdout)
        for number in (0, 1099):
            self.assertEqual(self.answer(world, f"{number}.csv"), ("will_be_imported", "settling"))

    def test_csv_is_a_usage_error(self):
        world = self.world(clients=CLIENTS)
        for command in (("status",), ("explain", "x.csv")):
            done = world.command(*command, "--format", "csv")
            self.assertEqual(done.returncode, 2)
            self.assertIn("use table or json", done.stderr)
        self.assertEqual(world.command("status", "--inbox", "nowhere").returncode, 2)
        for command in ("status", "explain"):
            self.assertIn(f"Examples:\n  clientsync {command}", world.command(command, "--help").stdout)


class ExplainTest(StatusTest):
    def test_what_a_file_waits_for_is_what_the_service_says(self):
        world = self.listening("settle: 5s\nrescan: 1s")
        with open(world.inbox.place("open.csv"), "wb") as file:
            file.write(GOOD)
            file.flush()
            told = self.wait_for_reason(world, "open.csv", "open")
            self.assertEqual((told["answer"], told["service"]), ("will_be_imported", "answers"))
            self.assertRegex(told["since"], TIME)
            self.assertRegex(told["next"], TIME)
        self.wait_for_reason(world, "open.csv", "settling")
        world.inbox.write("cut.csv", OPEN_END)
        self.wait_for_reason(world, "cut.csv", "settling")
        self.wait_for_reason(world, "cut.csv", "cut_off")
        os.link(world.inbox.place("cut.csv"), world.root / "backup")
        self.wait_for_reason(world, "cut.csv", "second_link", answer="not_taken")

    def test_a_file_that_the_service_may_not_read(self):
        world = self.listening(start=False)
        world.become_nobody()
        world.start()
        self.wait_for_ok(world)
        world.inbox.drop("secret.csv", GOOD, mode=0)
        told = self.wait_for_reason(world, "secret.csv", "unreadable", answer="not_taken")
        self.assertEqual(told["inbox"], "main")
        self.assertEqual(self.status(world, exit_status=4)["inboxes"][0]["files"][0]["reason"], "unreadable")

    def test_an_attempt_that_failed_is_told_with_its_cause(self):
        world = self.listening(start=False)
        world.become_nobody()
        world.start()
        self.wait_for_ok(world)
        os.chmod(world.inbox.path, 0o555)
        world.inbox.drop("clients.csv", GOOD)
        told = self.wait_for_reason(world, "clients.csv", "fault")
        self.assertEqual(told["answer"], "will_be_imported")
        self.assertIn("Permission denied", told["why"])
        os.chmod(world.inbox.path, 0o755)
        world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual(self.answer(world, "clients.csv"), ("done", None))

    @sqlite_only
    def test_a_file_that_waits_for_the_database(self):
        world = self.listening(start=False)
        world.config.write_text(world.config.read_text().replace("clientsync.db", "clientsync.db timeout=1"))
        world.start()
        self.wait_for_ok(world)
        with world.database.locked():
            world.inbox.drop("clients.csv", GOOD)
            self.wait_for_fault(world, "database.unavailable")
            status = self.status(world, exit_status=4)
            self.assertEqual(status["inboxes"][0]["files"][0]["reason"], "database")
            self.assertIn("database.unavailable", [fault["event"] for fault in status["faults"]])
            told = self.explain(world, "clients.csv")[0]
            self.assertEqual((told["answer"], told["reason"]), ("will_be_imported", "fault"))
            self.assertIn("database.unavailable", told["why"])
        world.inbox.wait_imports("clients.csv", 1)

    def test_a_file_that_is_gone_still_has_its_history(self):
        world = self.listening()
        self.assertEqual(self.explain(world, "clients.csv")[0]["history"], [])
        world.inbox.drop("clients.csv", FAILING)
        first = world.inbox.wait_imports("clients.csv", 1)[0]
        world.inbox.drop("clients.csv", b"What is this?\r\n")
        second = world.inbox.wait_imports("clients.csv", 2)[1]
        world.inbox.remove("clients.csv")
        told = self.explain(world, "clients.csv")[0]
        self.assertEqual((told["answer"], told["imports"]), ("gone", 2))
        newest, oldest = told["history"]
        self.assertEqual((newest["import"], newest["outcome"], newest["code"]), (second["id"], "rejected", "header_missing"))
        self.assertEqual((oldest["import"], oldest["outcome"], oldest["code"]), (first["id"], "imported", None))
        self.assertEqual([oldest[count] for count in ("rows", "updated", "failed")], [2, 1, 1])
        self.assertEqual((oldest["report_state"], oldest["report"]), ("published", "clients.errors.csv"))
        self.assertRegex(oldest["started_at"], TIME)
        text = world.command("explain", world.inbox.place("clients.csv")).stdout
        self.assertRegex(text, rf"(?s)is not there.*import {second['id']}, .*rejected \(header_missing\).*import {first['id']}, ")

    def test_a_copy_says_by_which_import_its_bytes_were_imported_before(self):
        world = self.listening("settle: 1h")
        world.inbox.drop("clients.csv", FAILING)
        first = world.inbox.wait_imports("clients.csv", 1)[0]
        world.inbox.write("copy.csv", FAILING)
        self.wait_for_reason(world, "copy.csv", "settling")
        self.assertEqual(self.explain(world, "copy.csv")[0]["same_bytes"]["import"], first["id"])
        self.assertIn("the same bytes were imported before: import", world.command("explain", world.inbox.place("copy.csv")).stdout)
        self.assertIsNone(self.explain(world, "clients.csv")[0]["same_bytes"])

    def test_a_report_of_ours_and_an_edited_one(self):
        world = self.listening("settle: 1h")
        world.inbox.drop("clients.csv", FAILING)
        row = world.inbox.wait_imports("clients.csv", 1)[0]
        told = self.explain(world, "clients.errors.csv")[0]
        self.assertEqual((told["answer"], told["import"]), ("own_report", row["id"]))
        self.assertIn("the report on clients.csv", told["why"])
        world.inbox.write("clients.errors.csv", world.inbox.read("clients.errors.csv").replace(b"Nobody", b"Gamma"))
        told = self.wait_for_reason(world, "clients.errors.csv", "settling")
        self.assertEqual(told["answer"], "will_be_imported")
        self.assertIn("a report on clients.csv that somebody edited", told["why"])

    def test_files_in_no_inbox_are_not_for_the_service(self):
        world = self.listening()
        told = self.explain(world, world.root / "register.csv")[0]
        self.assertEqual((told["answer"], told["inbox"], told["imports"]), ("elsewhere", None, 1))
        self.assertIn("clientsync import would import it", told["why"])
        os.mkdir(world.inbox.place("sub"))
        world.inbox.write("sub/x.csv", GOOD)
        self.assertIn("it is in a folder in the inbox main", self.explain(world, "sub/x.csv")[0]["why"])
        os.symlink(world.root / "register.csv", world.root / "link.csv")
        self.assertIn("not a regular file", self.explain(world, world.root / "link.csv")[0]["why"])
        self.assertIn("no such file", self.explain(world, world.root / "missing.csv")[0]["why"])

    def test_an_inbox_is_known_by_any_path_to_it(self):
        world = self.listening()
        os.symlink(world.inbox.path, world.root / "way")
        world.inbox.drop("clients.csv", GOOD)
        world.inbox.wait_imports("clients.csv", 1)
        for path in (world.root / "way" / "clients.csv", world.root / "inbox-main/../way/./clients.csv",
                     world.root / "way" / "sub" / ".." / "clients.csv"):
            self.assertEqual(self.answer(world, path), ("done", None))

    def test_nothing_in_an_inbox_of_another_ledger_is_taken(self):
        world = self.listening(start=False)
        world.inbox.write(".clientsync", FOREIGN)
        world.inbox.drop("clients.csv", GOOD)
        self.assertEqual(self.answer(world, "clients.csv"), ("not_taken", "foreign_inbox"))

    def test_explain_changes_nothing(self):
        world = self.listening(start=False)
        world.inbox.drop("clients.csv", GOOD)
        before = (world.inbox.names(), world.inbox.exists(".clientsync"), world.ledger("select count(*) as n from imports"))
        self.explain(world, "clients.csv", "missing.csv")
        self.status(world, exit_status=4)
        self.assertEqual(before, (world.inbox.names(), world.inbox.exists(".clientsync"),
                                  world.ledger("select count(*) as n from imports")))
        self.assertFalse((world.root / "state").exists())


class TruthTest(StatusTest):
    """`explain` says what the service then does."""

    def situations(self, world):
        """Names of files in many situations, after a first run."""
        inbox = world.inbox
        for name in ("done.csv", "changed.csv", "touched.csv", "removed.csv"):
            inbox.drop(name, GOOD)
        inbox.drop("failed.csv", FAILING)
        inbox.drop("rejected.csv", b"What is this?\r\n")
        inbox.drop("large-done.csv", b"x" * 200_000)
        inbox.drop("edited.csv", FAILING)
        world.command("run", "--once")
        inbox.drop("changed.csv", sheet([("1", "Alpha", "Y1")]))
        os.utime(inbox.place("touched.csv"), (1, 1))
        inbox.remove("removed.csv")
        report = "edited.errors.csv"
        inbox.write(report, inbox.read(report).replace(b"Nobody", b"Someone"))
        inbox.drop("new.csv", sheet([("1", "Alpha", "Z1")]))
        inbox.drop("copy.csv", FAILING)
        inbox.drop("cut.csv", OPEN_END)
        inbox.drop("large.csv", b"x" * 300_000)
        inbox.drop("book.xlsx", b"PK\x03\x04")
        inbox.drop("poison.csv", sheet([("1", "Alpha", "P1")]))
        self.let_die(world, "poison.csv", 3)
        inbox.drop("died-twice.csv", sheet([("1", "Alpha", "Q1")]))
        self.let_die(world, "died-twice.csv", 2)
        inbox.drop("notes.md", GOOD)
        inbox.drop(".hidden.csv", GOOD)
        inbox.drop("~$lock.csv", GOOD)
        inbox.drop("half.csv.part", GOOD)
        os.mkdir(inbox.place("folder.csv"))
        os.symlink("done.csv", inbox.place("link.csv"))
        os.mkfifo(inbox.place("pipe.csv"))
        inbox.drop("twice.csv", GOOD)
        os.link(inbox.place("twice.csv"), world.root / "second")
        inbox.drop("caf\udce9.csv", sheet([("1", "Alpha", "C1")]))
        return [*os.listdir(inbox.path), "removed.csv", "missing.csv"]

    @staticmethod
    def let_die(world, name, deaths):
        """The service counts that it died with the file in hand."""
        stamp = os.stat(world.inbox.place(name))
        parts = ("main", name, stamp.st_dev, stamp.st_ino, stamp.st_size, stamp.st_mtime_ns)
        digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
        (world.root / "state" / "in-hand" / digest).write_bytes(b"x" * deaths)

    EXPECTED = {
        "done.csv": ("done", None), "failed.csv": ("done", None), "rejected.csv": ("done", None),
        "large-done.csv": ("done", None), "edited.csv": ("done", None), "done.errors.csv": ("own_report", None),
        "edited.errors.csv": ("will_be_imported", "no_service"), "changed.csv": ("will_be_imported", "no_service"),
        "touched.csv": ("will_be_imported", "no_service"), "new.csv": ("will_be_imported", "no_service"),
        "copy.csv": ("will_be_imported", "no_service"), "cut.csv": ("will_be_imported", "no_service"),
        "large.csv": ("will_be_rejected", "too_large"), "book.xlsx": ("will_be_rejected", "document"),
        "poison.csv": ("will_be_rejected", "set_aside"), "died-twice.csv": ("will_be_imported", "no_service"),
        "notes.md": ("not_taken", "pattern"), ".hidden.csv": ("not_taken", "hidden"),
        ".clientsync": ("not_taken", "hidden"), "~$lock.csv": ("not_taken", "temporary"),
        "half.csv.part": ("not_taken", "temporary"), "folder.csv": ("not_taken", "folder"),
        "link.csv": ("not_taken", "link"), "pipe.csv": ("not_taken", "special"),
        "twice.csv": ("not_taken", "second_link"), "caf\udce9.csv": ("will_be_imported", "no_service"),
        "removed.csv": ("gone", None), "missing.csv": ("gone", None),
    }

    def confirm(self, world, run):
        names = self.situations(world)
        told = {name: one for name, one in zip(names, self.explain(world, *names), strict=True)}
        for name, expected in self.EXPECTED.items():
            with self.subTest(name=name):
                self.assertEqual((told[name]["answer"], told[name]["reason"]), expected)
        waiting = {file["file"] for file in self.status(world, exit_status=4)["inboxes"][0]["files"]}
        escape = lambda name: name.replace("\udce9", r"\xe9")
        last = world.ledger("select max(id) as n from imports")[0]["n"]
        run()
        rows = world.ledger("select name, state from imports where id > ? and inbox = 'main'", (last,))
        states = {row["name"]: row["state"] for row in rows}
        self.assertEqual(len(states), len(rows), "no file was imported twice")
        for name, one in told.items():
            with self.subTest(name=name):
                taken = one["answer"] in ("will_be_imported", "will_be_rejected")
                self.assertEqual(escape(name) in states, taken, one)
                self.assertEqual(escape(name) in waiting, taken, "status tells of it as waiting")
                if one["answer"] == "will_be_rejected":
                    self.assertEqual(states[name], "rejected")
        after = {name: one for name, one in zip(names, self.explain(world, *names), strict=True)}
        for name, one in told.items():
            with self.subTest(name=name):
                if one["answer"] in ("will_be_imported", "will_be_rejected"):
                    self.assertIn(after[name]["answer"], ("done", "own_report"), after[name])
                else:
                    self.assertEqual(after[name]["answer"], one["answer"])

    def test_without_a_service_what_is_said_is_what_run_once_does(self):
        world = self.listening(start=False)
        self.confirm(world, lambda: world.command("run", "--once"))

    def test_without_a_service_what_is_said_is_what_the_service_does_when_it_starts(self):
        world = self.listening(start=False)

        def run():
            world.start()
            self.wait_for_ok(world)
            world.wait_until(lambda: self.status(world)["inboxes"][0]["waiting"] == 0, "all is done")
        self.confirm(world, run)

    def test_a_file_dropped_again_with_the_same_bytes_and_time_is_a_new_drop_for_the_running_service(self):
        world = self.listening("settle: 3s\nrescan: 1s")
        world.inbox.drop("clients.csv", GOOD, mtime=1_700_000_000_000_000_000)
        first = world.inbox.wait_imports("clients.csv", 1)[0]
        self.assertEqual(self.explain(world, "clients.csv")[0]["import"], first["id"])
        world.inbox.write("clients.csv", GOOD)
        os.utime(world.inbox.place("clients.csv"), ns=(1_700_000_000_000_000_000,) * 2)
        told = world.wait_until(lambda: self.answer(world, "clients.csv")[0] == "will_be_imported", "it is seen")
        self.assertTrue(told)
        world.inbox.wait_imports("clients.csv", 2)
        self.assertEqual(self.answer(world, "clients.csv"), ("done", None))


if __name__ == "__main__":
    main()
