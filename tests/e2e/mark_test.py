"""The hidden mark of an inbox: what happens if it is damaged or names another ledger, and how an inbox is adopted."""

import json
import os

from support import WorldTest, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
MARK = ".clientsync"
FOREIGN = b"ledger: 01234567-89ab-4def-8123-456789abcdef\ninbox: north\n"
OPTIONS = "settle: 200ms\nrescan: 1s"


class MarkTest(WorldTest):
    def ledger_of(self, world):
        return world.ledger("select value from meta where name = 'ledger_uuid'")[0]["value"]

    def mark_of(self, world, inbox=None):
        inbox = inbox or world.inbox
        return f"ledger: {self.ledger_of(world)}\ninbox: {inbox.name}\n".encode()

    def states(self, world):
        done = world.command("inbox", "list", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {row["inbox"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}

    def swap_database(self, world):
        """Replaces the ledger that imported the files with another one, which has the same register."""
        world.renew_database()
        world.load(CLIENTS)

    def used_world(self, *arguments, **options):
        """An inbox in which two files were imported, one with failed rows, before its database was replaced."""
        world = self.world(*arguments, clients=CLIENTS, **options)
        world.inbox.drop("good.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.drop("failed.csv", sheet([("2", "Beta", "X2"), ("9", "Nobody", "X9")]))
        self.assertEqual(world.command("run", "--once").returncode, 1)
        self.swap_database(world)
        return world

    OLD = ["failed.csv", "failed.errors.csv", "good.csv", "good.errors.csv"]

    def start_foreign(self, world):
        world.start(wait=False)
        world.wait_until(lambda: world.events("inbox.foreign"), "the mark of another ledger is found")

    def test_an_inbox_opened_for_the_first_time_is_marked_with_ledger_and_name(self):
        world = self.world(clients=CLIENTS)
        self.assertEqual(self.states(world), {"main": "unmarked"})
        self.assertFalse(world.inbox.exists(MARK))
        world.start()
        self.assertEqual(world.inbox.read(MARK), self.mark_of(world))
        self.assertEqual(world.inbox.temporaries(), [])
        stamp = os.stat(world.inbox.place(MARK))
        world.restart()
        self.assertEqual(os.stat(world.inbox.place(MARK)), stamp)
        self.assertEqual(self.states(world), {"main": "ok"})

    def test_an_inbox_of_another_ledger_is_left_alone_until_it_is_adopted_while_others_go_on(self):
        world = self.world(OPTIONS, inboxes=("north", "south"))
        north, south = world.inboxes.values()
        for name in world.inboxes:
            world.load(CLIENTS, name)
        north.write(MARK, FOREIGN)
        world.start(wait=False)
        north.drop("clients.csv", sheet([("1", "Alpha", "NORTH")]))
        south.drop("clients.csv", sheet([("1", "Alpha", "SOUTH")]))
        south.wait_imports("clients.csv", 1)
        south.pass_by()
        self.assertEqual(north.names(), ["clients.csv"])
        self.assertEqual(self.states(world), {"north": "foreign", "south": "ok"})
        [event] = world.events("inbox.foreign")
        self.assertEqual(event["inbox"], "north")
        self.assertEqual(event["found"], "ledger 01234567-89ab-4def-8123-456789abcdef, inbox north")
        self.assertEqual(event["expected"], f"ledger {self.ledger_of(world)}, inbox north")
        self.assertEqual(event["command"], "clientsync inbox adopt north")
        self.assertEqual(north.read(MARK), FOREIGN)
        adopted = world.command("inbox", "adopt", "north", "--import")
        self.assertEqual((adopted.returncode, adopted.stdout), (0, "clients.csv\n"))
        self.assertEqual(north.report("clients.errors.csv"), [])
        self.assertEqual(world.numbers("north")["1"], "NORTH")
        self.assertEqual(len(world.events("inbox.foreign")), 1)
        self.assertEqual([event["inbox"] for event in world.events("inbox.back")], ["north"])

    def test_an_inbox_that_was_renamed_in_the_configuration_is_not_imported_again(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("run", "--once").returncode, 0)
        world.config.write_text(world.config.read_text().replace("- name: main", "- name: renamed\n    firm: main"))
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertEqual(self.states(world), {"renamed": "foreign"})
        self.assertEqual(len(world.ledger("select * from imports where name = 'clients.csv'")), 1)

    def test_run_once_ends_with_4_and_handles_the_other_inboxes(self):
        world = self.world(inboxes=("north", "south"))
        north, south = world.inboxes.values()
        for name in world.inboxes:
            world.load(CLIENTS, name)
        north.write(MARK, FOREIGN)
        for inbox in (north, south):
            inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertEqual(north.names(), ["clients.csv"])
        self.assertEqual(south.names(), ["clients.csv", "clients.errors.csv"])

    def damaged(self, world):
        """The contents of damaged marks that may be replaced."""
        mark = self.mark_of(world)
        return (b"", b"not a mark", mark[:-1], mark.splitlines(keepends=True)[0], b"\0" * 4096)

    def test_a_damaged_mark_is_restored_and_logged_and_the_inbox_goes_on(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        mark = self.mark_of(world)
        for n, content in enumerate(self.damaged(world), start=1):
            world.inbox.write(MARK, content)
            world.wait_until(lambda: world.inbox.read(MARK) == mark, "the mark is restored")
            world.wait_until(lambda: len(world.events("inbox.mark_restored")) == n, "that is logged")
            world.inbox.drop("clients.csv", sheet([("1", "Alpha", f"X{n}")]))
            world.inbox.wait_imports("clients.csv", n)
        for event in world.events("inbox.mark_restored"):
            self.assertEqual((event["inbox"], event["found"]), ("main", "a file that is not a mark"))
        self.assertEqual(world.events("inbox.foreign"), [])
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("clients.csv")), n)

    def test_run_once_restores_a_damaged_mark_too(self):
        world = self.world(clients=CLIENTS)
        world.inbox.write(MARK, b"not a mark")
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        done = world.command("run", "--once")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(" inbox.mark_restored ") + done.stderr.count(" inbox.mark_restored "), 1)
        self.assertEqual(world.inbox.read(MARK), self.mark_of(world))
        self.assertEqual(world.numbers()["1"], "X1")

    def test_a_damaged_mark_that_cannot_be_replaced_stays_and_is_logged_and_the_inbox_goes_on(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        place, target = world.inbox.place(MARK), world.root / "target"
        target.write_bytes(self.mark_of(world))
        os.unlink(place)
        for n, make in enumerate((lambda: os.symlink(target, place), lambda: os.link(target, place),
                                  lambda: os.mkdir(place), lambda: os.mkfifo(place),
                                  lambda: world.inbox.write(MARK, self.mark_of(world) + b"x: y\n" * 1000)), start=1):
            make()
            before = os.lstat(place)
            world.start()
            world.inbox.drop("clients.csv", sheet([("1", "Alpha", f"X{n}")]))
            world.inbox.wait_imports("clients.csv", n)
            self.assertEqual(world.stop(), 0)
            self.assertEqual(len(world.events("inbox.unmarked")), n)
            self.assertEqual((os.lstat(place).st_ino, os.lstat(place).st_mode), (before.st_ino, before.st_mode))
            os.rmdir(place) if os.path.isdir(place) and not os.path.islink(place) else os.unlink(place)
        self.assertEqual(target.read_bytes(), self.mark_of(world))
        self.assertEqual(world.inbox.temporaries(), [])

    def test_import_of_a_file_in_a_foreign_inbox_is_refused_and_names_the_command(self):
        world = self.used_world()
        before = world.inbox.names()
        done = world.command("import", world.inbox.path / "good.csv")
        self.assertEqual(done.returncode, 4)
        self.assertIn("clientsync inbox adopt main", done.stderr)
        self.assertEqual(world.command("check", world.inbox.path / "good.csv").returncode, 4)
        self.assertEqual(world.inbox.names(), before)
        self.assertEqual(world.inbox.imports(), [])
        elsewhere = world.root / "elsewhere.csv"
        elsewhere.write_bytes(sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("import", elsewhere).returncode, 0)

    def test_adopting_an_inbox_with_old_files_asks_and_changes_nothing(self):
        world = self.used_world()
        mark = world.inbox.read(MARK)
        asked = world.command("inbox", "adopt", "main")
        self.assertEqual((asked.returncode, asked.stdout.splitlines()), (2, self.OLD))
        self.assertIn("--import", asked.stderr)
        self.assertIn("--skip", asked.stderr)
        self.assertEqual(world.command("inbox", "adopt", "main", "--skip", "--import").returncode, 2)
        self.assertEqual(world.command("inbox", "adopt", "nobody").returncode, 2)
        self.assertEqual(world.inbox.read(MARK), mark)
        self.assertEqual(world.inbox.imports(), [])
        self.assertEqual(self.states(world), {"main": "foreign"})

    def test_files_that_were_skipped_count_as_done_until_they_change(self):
        world = self.used_world(OPTIONS)
        before = {name: world.inbox.read(name) for name in world.inbox.names()}
        self.start_foreign(world)
        skipped = world.command("inbox", "adopt", "main", "--skip")
        self.assertEqual((skipped.returncode, skipped.stdout.splitlines()), (0, self.OLD))
        world.wait_until(lambda: world.events("inbox.watched"), "the service goes on by itself")
        world.inbox.pass_by()
        self.assertEqual({name: world.inbox.read(name) for name in world.inbox.names()}, before)
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": "G3"})
        rows = [row for row in world.inbox.imports() if "passer-by" not in row["name"]]
        self.assertEqual(sorted(row["name"] for row in rows), self.OLD)
        self.assertEqual({(row["kind"], row["state"], row["report_state"], row["row_count"]) for row in rows},
                         {("adopt", "imported", "none", 0)})
        world.inbox.drop("good.csv", sheet([("1", "Alpha", "NEW")]))
        self.assertEqual([row["version"] for row in world.inbox.wait_imports("good.csv", 2)], [1, 2])
        self.assertEqual(world.numbers()["1"], "NEW")
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("failed.csv")), 1)

    def test_old_files_are_imported_if_the_inbox_is_adopted_with_import_and_their_reports_count_as_done(self):
        world = self.used_world()
        self.assertEqual(world.command("inbox", "adopt", "main", "--import").returncode, 0)
        reports = {name for name in self.OLD if ".errors." in name}
        self.assertEqual({(row["name"], row["kind"]) for row in world.inbox.imports()},
                         {(name, "adopt") for name in reports})
        self.assertEqual(world.command("run", "--once").returncode, 1)
        self.assertEqual({row["name"] for row in world.inbox.imports() if row["kind"] == "import"},
                         set(self.OLD) - reports)
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})

    def test_an_inbox_in_which_nothing_would_be_imported_is_adopted_without_questions(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1"), ("9", "Nobody", "X9")]))
        self.assertEqual(world.command("run", "--once").returncode, 1)
        ours = world.inbox.read(MARK)
        world.inbox.write(MARK, b"ledger: another\ninbox: main\n")
        world.inbox.write(".hidden.csv", b"never taken")
        world.inbox.write("notes.md", b"never taken")
        os.symlink(world.config, world.inbox.place("link.csv"))
        adopted = world.command("inbox", "adopt", "main")
        self.assertEqual((adopted.returncode, adopted.stdout), (0, ""))
        self.assertEqual(world.inbox.read(MARK), ours)
        self.assertEqual(world.command("inbox", "adopt", "main", "--skip").returncode, 0)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(len(world.inbox.imports()), 1)

    def test_an_edited_report_is_among_the_files_that_adopting_asks_about(self):
        world = self.world(clients=CLIENTS)
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        self.assertEqual(world.command("run", "--once").returncode, 1)
        world.inbox.remove(MARK)
        world.inbox.write("clients.errors.csv", sheet([("1", "Alpha", "X1")]))
        world.config.write_text(world.config.read_text().replace("defaults:", "defaults:\n  patterns: ['clients.csv']"))
        asked = world.command("inbox", "adopt", "main")
        self.assertEqual((asked.returncode, asked.stdout), (2, "clients.errors.csv\n"))
        self.assertEqual(world.command("inbox", "adopt", "main", "--skip").returncode, 0)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(world.numbers()["1"], "A1")

    def test_adopting_names_what_it_cannot_replace_and_changes_nothing(self):
        world = self.world(clients=CLIENTS)
        os.mkdir(world.inbox.place(MARK))
        adopted = world.command("inbox", "adopt", "main")
        self.assertEqual(adopted.returncode, 4)
        self.assertIn(MARK, adopted.stderr)
        self.assertEqual(os.listdir(world.inbox.path), [MARK])

    def test_an_inbox_that_another_ledger_adopts_is_let_go_at_the_next_rescan(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        world.inbox.drop("before.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.wait_imports("before.csv", 1)
        world.inbox.drop(MARK, b"ledger: another\ninbox: main\n")
        world.wait_until(lambda: world.events("inbox.foreign"), "the other's mark is seen")
        world.inbox.drop("after.csv", sheet([("2", "Beta", "X2")]))
        self.assertEqual(world.stop(), 0)
        self.assertEqual(world.inbox.imports("after.csv"), [])

    def test_a_directory_that_comes_back_without_a_mark_is_marked_and_one_of_another_ledger_is_not_taken(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        world.inbox.path.rename(world.root / "away")
        world.inbox.path.mkdir()
        world.wait_until(lambda: world.inbox.exists(MARK), "the new directory is marked")
        self.assertEqual(world.inbox.read(MARK), self.mark_of(world))
        world.inbox.path.rename(world.root / "away2")
        (world.staging / "other").mkdir()
        (world.staging / "other" / MARK).write_bytes(b"ledger: another\ninbox: main\n")
        (world.staging / "other" / "clients.csv").write_bytes(sheet([("1", "Alpha", "X1")]))
        (world.staging / "other").rename(world.inbox.path)
        world.wait_until(lambda: world.events("inbox.foreign"), "the other directory's mark is seen")
        self.assertEqual(world.inbox.imports(), [])

    def test_a_mark_that_was_deleted_is_put_back(self):
        world = self.world(OPTIONS, clients=CLIENTS, start=True)
        world.inbox.remove(MARK)
        world.wait_until(lambda: world.inbox.exists(MARK), "the mark is back")
        self.assertEqual(world.inbox.read(MARK), self.mark_of(world))

    def test_the_list_shows_each_inbox_with_its_state_and_its_imports(self):
        world = self.world(inboxes=("north", "south", "west", "east"))
        north, south, west, east = world.inboxes.values()
        for name in world.inboxes:
            world.load(CLIENTS, name)
        north.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.command("import", north.path / "clients.csv", "--inbox", "north").returncode, 0)
        south.write(MARK, FOREIGN)
        west.path.rmdir()
        done = world.command("inbox", "list", "--format", "json")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()],
                         [{"inbox": name, "path": str(inbox.path), "firm": name, "state": state, "imports": imports}
                          for (name, inbox), state, imports in zip(
                              world.inboxes.items(), ("ok", "foreign", "missing", "unmarked"), (1, 0, 0, 0))])
        self.assertIn(str(west.path), done.stderr)
        table = world.command("inbox", "list").stdout.splitlines()
        self.assertEqual([line.split()[:3] for line in table],
                         [["Inbox", "State", "Imports"], ["north", "ok", "1"], ["south", "foreign", "0"],
                          ["west", "missing", "0"], ["east", "unmarked", "0"]])
        self.assertEqual(world.command("inbox", "list", "--format", "csv").returncode, 2)
        self.assertFalse(east.exists(MARK))


if __name__ == "__main__":
    main()
