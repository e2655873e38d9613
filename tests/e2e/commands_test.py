"""Commands: what they change, what they print, and their exit statuses."""

import csv
import hashlib
import io
import json
import os
import pathlib
import pwd
import re
import subprocess

from support import EN, PT_BR, REPORT_EN, WorldTest, main, sheet, table

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "")]
GOOD = sheet([("1", "Alpha", "X1"), ("2", "Beta", "B2")])
SOME = sheet([("1", "Alpha", "X1"), ("9", "Nobody", "X9")])
REJECTED = sheet([("1", "Alpha", "X1")], ("Company", "Display name", "Client number"))
FIELDS = ["import", "inbox", "file", "sha256", "outcome", "rows", "updated", "unchanged", "created", "failed",
          "restored", "errors", "report"]


class CommandTest(WorldTest):
    def begin(self, *arguments, **options):
        world = self.world(*arguments, clients=CLIENTS, **options)
        self.elsewhere = world.root / "elsewhere"
        self.elsewhere.mkdir()
        return world

    def file(self, name, content):
        path = self.elsewhere / name
        path.write_bytes(content)
        return path

    def objects(self, done):
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        for found in objects:
            self.assertEqual(list(found), FIELDS)
            for error in found["errors"]:
                self.assertEqual(list(error), ["row", "company_id", "codes", "message"])
            self.assertEqual(found["rows"], sum(found[f] for f in ("updated", "unchanged", "created", "failed")))
        return objects

    def database_state(self, world):
        tables = ("clients", "imports", "import_errors", "changes", "import_bytes", "report_places")
        return [world.ledger(f"select * from {name} order by 1, 2") for name in tables]


class PipeTest(CommandTest):
    def test_commands_finish_their_work_quietly_if_nobody_reads_what_they_print(self):
        world = self.begin()
        files = [self.file(f"clients{n}.csv", GOOD) for n in range(3)]
        for arguments in (["clients", "list"], ["import", *files]):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([world.binary, *arguments, "--config", world.config], stdout=writer,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
            os.close(writer)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(len(world.ledger("select id from imports where name like '%clients_.csv'")), 3)

    def test_a_standard_output_that_takes_nothing_is_a_fault_of_the_environment(self):
        world = self.begin()
        for arguments in (["clients", "list"], ["import", self.file("clients.csv", GOOD)], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([world.binary, *arguments, "--config", world.config], stdout=full,
                                      stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (4, b"clientsync: cannot write to standard output: No space left on device\n"))
        self.assertEqual(world.numbers()["1"], "X1")


class ImportTest(CommandTest):
    def test_a_file_elsewhere_is_imported_and_its_report_is_next_to_it(self):
        world = self.begin()
        done = world.command("import", self.file("clients.csv", SOME), "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        [found] = self.objects(done)
        self.assertEqual(found["import"], world.ledger("select max(id) id from imports")[0]["id"])
        expected = {"inbox": "main", "file": "clients.csv", "sha256": hashlib.sha256(SOME).hexdigest(),
                    "outcome": "imported", "rows": 2, "updated": 1, "unchanged": 0, "created": 0, "failed": 1,
                    "restored": 0, "report": "clients.errors.csv"}
        self.assertEqual({key: found[key] for key in expected}, expected)
        [error] = found["errors"]
        self.assertEqual((error["row"], error["company_id"], error["codes"]), (3, "9", ["company_id_unknown"]))
        report = table((self.elsewhere / "clients.errors.csv").read_bytes())
        self.assertEqual([line[:5] for line in report[1:]], [("9", "Nobody", "X9", "3", "company_id_unknown")])
        self.assertEqual(report[1][5], error["message"])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "B2", "3": None})
        self.assertEqual((self.elsewhere / "clients.csv").read_bytes(), SOME)
        self.assertEqual(sorted(os.listdir(self.elsewhere)), ["clients.csv", "clients.errors.csv"])
        self.assertEqual(world.inbox.names(), [])

    def test_a_file_elsewhere_is_imported_as_often_as_it_is_given(self):
        world = self.begin()
        path = self.file("clients.csv", GOOD)
        for updated, unchanged in ((1, 1), (0, 2)):
            [found] = self.objects(world.command("import", path, "--format", "json"))
            self.assertEqual((found["outcome"], found["updated"], found["unchanged"]), ("imported", updated, unchanged))
        self.assertEqual(len(world.ledger("select * from imports where name like '%clients.csv' and inbox = ''")), 2)

    def test_a_file_of_the_inbox_counts_for_the_service_and_is_done_once(self):
        world = self.begin()
        world.inbox.drop("clients.csv", GOOD)
        path = os.fsdecode(world.inbox.place("clients.csv"))
        outcomes = [self.objects(world.command("import", path, "--format", "json"))[0] for _ in range(2)]
        self.assertEqual([found["outcome"] for found in outcomes], ["imported", "unchanged_drop"])
        self.assertEqual([found["sha256"] for found in outcomes], [hashlib.sha256(GOOD).hexdigest()] * 2)
        self.assertEqual([found["report"] for found in outcomes], ["clients.errors.csv"] * 2)
        world.start()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)

    def test_a_file_of_the_inbox_that_matches_no_pattern_is_imported_as_asked(self):
        world = self.begin()
        world.inbox.drop("notes.txt", GOOD)
        done = world.command("import", os.fsdecode(world.inbox.place("notes.txt")), "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        [found] = self.objects(done)
        self.assertEqual((found["outcome"], found["updated"], found["report"]), ("imported", 1, "notes.txt.errors.csv"))
        self.assertEqual(world.inbox.names(), ["notes.txt", "notes.txt.errors.csv"])
        self.assertEqual(world.numbers()["1"], "X1")
        world.start()
        world.inbox.pass_by()
        self.assertEqual(len(world.ledger("select * from imports where name like '%notes.txt'")), 1)
        self.assertEqual(world.inbox.names(), ["notes.txt", "notes.txt.errors.csv"])

    def test_an_unchanged_drop_has_the_number_and_the_counts_of_its_import(self):
        world = self.begin()
        world.inbox.drop("clients.csv", SOME)
        path = os.fsdecode(world.inbox.place("clients.csv"))
        imported, again = (self.objects(world.command("import", path, "--format", "json"))[0] for _ in range(2))
        self.assertEqual((imported["outcome"], again["outcome"]), ("imported", "unchanged_drop"))
        same = ("import", "sha256", "rows", "updated", "unchanged", "created", "failed", "restored", "report")
        self.assertEqual([again[key] for key in same], [imported[key] for key in same])
        self.assertEqual((again["rows"], again["updated"], again["failed"]), (2, 1, 1))

    def test_a_clean_drop_names_no_report_if_only_errors_are_reported(self):
        world = self.begin("report: errors")
        world.inbox.drop("clients.csv", GOOD)
        path = os.fsdecode(world.inbox.place("clients.csv"))
        for outcome in ("imported", "unchanged_drop"):
            [found] = self.objects(world.command("import", path, "--format", "json"))
            self.assertEqual((found["outcome"], found["report"]), (outcome, None))
        self.assertEqual(world.inbox.names(), ["clients.csv"])

    def test_rows_with_a_restored_id_are_counted_by_check_and_import(self):
        world = self.begin()
        world.command("clients", "load", self.file("more.csv", sheet([("9130351530529746", "Delta", "D4")])))
        path = self.file("clients.csv", sheet([("9.13035E+15", "Delta", "X4"), ("1", "Alpha", "X1")]))
        for command in ("check", "import"):
            done = world.command(command, path, "--format", "json")
            [found] = self.objects(done)
            self.assertEqual((done.returncode, found["updated"], found["restored"]), (0, 2, 1))
        self.assertEqual(world.numbers()["9130351530529746"], "X4")

    def test_several_files_have_one_object_each_and_the_worst_status(self):
        world = self.begin()
        paths = [self.file("good.csv", GOOD), self.file("rejected.csv", REJECTED), self.file("some.csv", SOME)]
        done = world.command("import", *paths, "--format", "json")
        self.assertEqual(done.returncode, 3)
        found = self.objects(done)
        self.assertEqual([(each["file"], each["outcome"]) for each in found],
                         [("good.csv", "imported"), ("rejected.csv", "rejected"), ("some.csv", "imported")])
        self.assertEqual([error["codes"] for error in found[1]["errors"]], [["header_missing"]])
        self.assertEqual((self.elsewhere / "rejected.errors.csv").exists(), True)

    def test_a_missing_file_is_an_error_and_the_others_are_imported(self):
        world = self.begin()
        done = world.command("import", self.elsewhere / "missing.csv", self.file("good.csv", GOOD), "--format", "json")
        self.assertEqual(done.returncode, 4)
        self.assertIn("missing.csv", done.stderr)
        self.assertEqual([each["file"] for each in self.objects(done)], ["good.csv"])
        self.assertEqual(world.numbers()["1"], "X1")

    def test_the_history_names_the_user_who_imported(self):
        world = self.begin()
        world.command("import", self.file("clients.csv", GOOD), env={"SUDO_USER": ""})
        who = {row["who"] for row in world.ledger("select i.who from changes c join imports i on i.id = c.import_id"
                                                   " where c.new_value = 'X1'")}
        self.assertEqual(who, {pwd.getpwuid(os.geteuid()).pw_name})

    def test_the_table_shows_counts_rows_and_codes(self):
        world = self.begin()
        done = world.command("import", self.file("clients.csv", SOME))
        for part in ("clients.csv", "2 rows", "1 updated", "1 failed", "row 3", "company_id_unknown",
                     "report: clients.errors.csv"):
            self.assertIn(part, done.stdout)
        self.assertEqual(done.stderr, "")


class CheckTest(CommandTest):
    def test_check_shows_what_would_happen_and_changes_nothing(self):
        world = self.begin()
        before = self.database_state(world)
        cases = (("good.csv", GOOD, 0, "checked"), ("some.csv", SOME, 1, "checked"),
                 ("rejected.csv", REJECTED, 3, "rejected"), ("empty.csv", b"", 3, "rejected"))
        for name, content, status, outcome in cases:
            with self.subTest(name=name):
                done = world.command("check", self.file(name, content), "--format", "json")
                self.assertEqual((done.returncode, done.stderr), (status, ""))
                [found] = self.objects(done)
                self.assertEqual((found["outcome"], found["import"], found["report"]), (outcome, None, None))
                self.assertEqual(found["sha256"], hashlib.sha256(content).hexdigest())
        self.assertEqual(self.database_state(world), before)
        self.assertEqual(sorted(os.listdir(self.elsewhere)), ["empty.csv", "good.csv", "rejected.csv", "some.csv"])

    def test_check_shows_the_same_as_the_import_after_it(self):
        world = self.begin()
        path = self.file("clients.csv", SOME)
        [checked] = self.objects(world.command("check", path, "--format", "json"))
        [imported] = self.objects(world.command("import", path, "--format", "json"))
        for field in ("inbox", "file", "rows", "updated", "unchanged", "created", "failed", "restored", "errors"):
            self.assertEqual(checked[field], imported[field])

    def test_check_of_a_file_in_the_inbox_leaves_it_to_the_service(self):
        world = self.begin()
        world.inbox.drop("clients.csv", GOOD)
        self.assertEqual(world.command("check", os.fsdecode(world.inbox.place("clients.csv"))).returncode, 0)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        world.start()
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])


class StatusTest(CommandTest):
    def test_import_and_check_end_with_the_statuses_of_their_outcome(self):
        world = self.begin()
        cases = (("good.csv", GOOD, 0), ("some.csv", SOME, 1), ("rejected.csv", REJECTED, 3),
                 ("zip.csv", b"PK\3\4xx", 3), ("no-rows.csv", sheet([]), 0))
        for command in ("check", "import"):
            for name, content, status in cases:
                with self.subTest(command=command, name=name):
                    self.assertEqual(world.command(command, self.file(name, content)).returncode, status)

    def test_a_usage_error_is_status_2_with_a_message_on_standard_error(self):
        world = self.begin()
        path = self.file("good.csv", GOOD)
        for arguments in ((), ("import",), ("check",), ("nonsense",), ("import", path, "--nonsense"), ("clients",),
                          ("import", path, "--format", "xml"), ("import", path, "--format", "csv"),
                          ("import", path, "--inbox", "nowhere"), ("clients", "list", "--inbox", "nowhere")):
            with self.subTest(arguments=arguments):
                done = world.command(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertNotEqual(done.stderr, "")
        self.assertEqual(world.numbers()["1"], "A1")

    def test_an_unknown_or_missing_command_is_answered_with_those_that_exist(self):
        world = self.begin()
        groups = "run, import, check, clients, imports, split, export, status, explain, inbox, users, tokens, config, db"
        for arguments, fault in ((("frobnicate",), f"unknown command frobnicate; expected one of: {groups}"),
                                 (("frob\nnicate",), f"unknown command frob\\x0anicate; expected one of: {groups}"),
                                 ((), f"missing command; expected one of: {groups}"),
                                 (("clients", "frob"),
                                  "unknown command clients frob; expected one of: clients list, clients show, clients "
                                  "add, clients edit, clients activate, clients deactivate, clients delete, clients "
                                  "load"),
                                 (("db",), "missing command; expected one of: db status, db upgrade")):
            with self.subTest(arguments=arguments):
                done = world.command(*arguments)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", f"clientsync: {fault}\n"))
        self.assertIn("FILE is required", world.command("import").stderr)

    def test_an_environment_that_fails_is_status_4(self):
        world = self.begin()
        path = self.file("good.csv", GOOD)
        world.lose_database()
        for arguments in (("import", path), ("check", path), ("clients", "list"), ("clients", "load", path),
                          ("run", "--once")):
            with self.subTest(arguments=arguments):
                done = world.command(*arguments)
                self.assertEqual((done.returncode, done.stdout), (4, ""))
                self.assertIn("nowhere", done.stderr)

    def test_help_and_version_go_to_standard_output(self):
        world = self.begin()
        for arguments in (("--help",), ("import", "--help"), ("--version",)):
            done = world.command(*arguments, config=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotEqual(done.stdout, "")

    def test_of_several_inboxes_one_must_be_named(self):
        world = self.world(inboxes=("north", "south"))
        world.load(CLIENTS, "south")
        self.elsewhere = world.root
        path = self.file("good.csv", GOOD)
        done = world.command("import", path)
        self.assertEqual(done.returncode, 2)
        for name in ("--inbox", "north", "south"):
            self.assertIn(name, done.stderr)
        done = world.command("import", path, "--inbox", "south", "--format", "json")
        self.assertEqual((done.returncode, self.objects(done)[0]["inbox"]), (0, "south"))
        self.assertEqual((world.numbers("north"), world.numbers("south")["1"]), ({}, "X1"))


class UsageTest(CommandTest):
    def test_what_was_typed_is_escaped_in_messages(self):
        world = self.begin()
        typed, shown = "\x1b[31m\n\u202e", r"\x1b[31m\x0a\xe2\x80\xae"
        for arguments in (["imports", "list", typed], ["imports", "list", "--kind", typed], ["imports", "show", typed],
                          ["imports", "list", f"--{typed}"], ["clients", "list", "--inbox", typed]):
            done = world.command(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn(shown, done.stderr)
            self.assertNotIn(typed, done.stderr)
            self.assertLessEqual(len(done.stderr.splitlines()), 2)


class ConfigTest(CommandTest):
    def test_options_may_come_before_or_after_the_subcommand(self):
        world = self.begin()
        expected = world.command("clients", "list", "--format", "json").stdout
        config = ("--config", world.config)
        json_format = ("--format", "json")
        for arguments in ((*config, "clients", "list", *json_format), ("clients", *config, "list", *json_format),
                          (*json_format, "clients", "list", *config), (*config, *json_format, "clients", "list")):
            done = world.command(*arguments, config=False)
            self.assertEqual((done.returncode, done.stdout), (0, expected))

    def test_the_environment_names_the_configuration_and_the_option_takes_precedence(self):
        world = self.begin()
        done = world.command("clients", "list", config=False, env={"CLIENTSYNC_CONFIG": str(world.config)})
        self.assertEqual(done.returncode, 0)
        self.assertIn("Alpha", done.stdout)
        nowhere = {"CLIENTSYNC_CONFIG": str(world.root / "nowhere.yaml")}
        done = world.command("clients", "list", config=False, env=nowhere)
        self.assertEqual(done.returncode, 2)
        self.assertIn("nowhere.yaml", done.stderr)
        self.assertEqual(world.command("clients", "list", env=nowhere).returncode, 0)

    def test_everything_wrong_with_a_configuration_is_reported_at_once_with_line_and_column(self):
        world = self.begin()
        world.config.write_text(f"database: {{connection: dbname={world.root}/clientsync.db}}\n"
                                "colour: blue\n"
                                "inboxes:\n"
                                "  - name: main\n"
                                f"    path: {world.inbox.path}\n"
                                "    settle: soon\n"
                                "    limits: {rows: many, colour: blue}\n"
                                "  - name: other\n"
                                f"    path: {world.inbox.path}\n")
        for command in (("run",), ("config", "check"), ("clients", "list")):
            done = world.command(*command)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            places = re.findall(rf"{re.escape(str(world.config))}:(\d+):(\d+): ([^:]*): ", done.stderr)
            self.assertEqual([(int(line), int(column)) for line, column, _ in places],
                             [(2, 1), (6, 13), (7, 20), (7, 26), (9, 11)])

    def test_a_good_configuration_passes_the_check(self):
        world = self.begin()
        done = world.command("config", "check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("main", done.stdout)

    def test_config_check_says_how_much_memory_the_largest_files_may_take(self):
        self.assertNotIn("MemoryMax", self.begin().command("config", "check").stdout)
        done = self.begin("limits: {rows: 1000000, bytes: 64MB}").command("config", "check")
        unit = (SOURCE / "systemd/clientsync.service").read_text()
        [unit_limit] = re.findall(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"the service's unit has {unit_limit} MB", done.stdout)
        self.assertIn("set MemoryMax=3653M under [Service]", done.stdout)

    def test_an_import_takes_no_more_memory_than_config_check_says(self):
        """The worst files: short rows that all fail."""
        # Not read here: the largest memory of a child counts that of its parent at the start.
        if subprocess.run(["grep", "-q", "__asan_init", self.begin().binary], check=False).returncode == 0:
            self.skipTest("the memory of the sanitizers does not count")
        world = self.begin("limits: {rows: 30000, bytes: 1MB}")
        file = self.file("clients.csv", sheet([(f"x{n}", "", "") for n in range(30_000)]))
        pid = os.posix_spawn(world.binary, [world.binary, "--config", str(world.config), "import", file], os.environ,
                             file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        _, status, usage = os.wait4(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 1)
        self.assertLess(usage.ru_maxrss * 1024, 24 * 2**20 + 30_000 * 3000 + os.path.getsize(file) * 12)

    def test_config_check_takes_no_format(self):
        world = self.begin()
        for name in ("json", "csv"):
            done = world.command("config", "check", "--format", name)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("--format", done.stderr)


class MissingFolderTest(CommandTest):
    def test_a_service_whose_only_inbox_is_missing_waits_for_it(self):
        world = self.begin("settle: 200ms\nrescan: 1s")
        world.inbox.path.rmdir()
        self.assertEqual(world.command("config", "check").returncode, 2)
        self.assertEqual(world.command("run", "--once").returncode, 4)
        world.start()
        [lost] = world.events("inbox.unavailable")
        self.assertEqual(lost["inbox"], "main")
        world.inbox.path.mkdir()
        world.inbox.drop("clients.csv", GOOD)
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        self.assertEqual(world.numbers()["1"], "X1")

    def test_a_service_whose_only_root_is_missing_waits_for_it(self):
        world = self.begin()
        root = world.root / "firms"
        world.write_config(world.config, world.database.settings(), [f"roots: [{root}]"])
        done = world.command("inbox", "list")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, rf"^clientsync: cannot read a root: .*{root}.*; mount it or create it\n$")
        world.start(wait=False)
        world.wait_until(lambda: world.events("root.unavailable"), "the missing root is logged")
        (root / "norte").mkdir(parents=True)
        world.wait_until(lambda: world.events("inbox.watched"), "the inbox is found")


class ClientsTest(CommandTest):
    def test_the_list_has_a_line_for_each_client_in_every_format(self):
        world = self.begin()
        rows = [json.loads(line) for line in world.command("clients", "list", "--format", "json").stdout.splitlines()]
        fields = ["company_id", "display_name", "client_number", "type", "lead", "status"]
        self.assertEqual([list(row) for row in rows], [fields] * 3)
        self.assertEqual([tuple(row.values())[:3] for row in rows],
                         [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", None)])
        self.assertEqual({row["status"] for row in rows}, {"active"})
        listed = world.command("clients", "list").stdout.splitlines()
        self.assertEqual(len(listed), 4)
        self.assertRegex(listed[1], r"^1 +A1 +active +Alpha$")

    def test_the_csv_list_is_what_an_import_takes(self):
        world = self.begin()
        world.command("import", self.file("minus.csv", sheet([("2", "Beta", "-7")])))
        done = world.command("clients", "list", "--format", "csv")
        rows = list(csv.reader(io.StringIO(done.stdout.removeprefix("\ufeff"), newline="")))
        self.assertEqual(tuple(rows[0][:3]), EN)
        self.assertEqual([tuple(row[:3]) for row in rows[1:]],
                         [("1", "Alpha", "A1"), ("2", "Beta", "'-7"), ("3", "Gamma", "")])
        [found] = self.objects(world.command("import", self.file("list.csv", done.stdout.encode()), "--format", "json"))
        self.assertEqual((found["unchanged"], found["failed"]), (2, 1))
        self.assertEqual(found["errors"][0]["codes"], ["client_number_blank"])

    def test_loading_a_register_twice_changes_nothing(self):
        world = self.begin()
        before = world.clients()
        done = world.command("clients", "load", self.file("register.csv", sheet(CLIENTS)))
        self.assertEqual(done.returncode, 0)
        self.assertIn("0 clients created", done.stdout)
        self.assertIn("3 unchanged", done.stdout)
        self.assertEqual(world.clients(), before)
        self.assertEqual(sorted(os.listdir(self.elsewhere)), ["register.csv"])

    def test_loading_adds_clients_and_leaves_existing_ones_as_they_are_unless_update_is_given(self):
        world = self.begin()
        file = self.file("register.csv", sheet([("1", "Alpha Ltd", "A1"), ("2", "Beta", "new"), ("3", "Gamma", ""),
                                                ("4", "Delta", "D4")]))
        done = world.command("clients", "load", file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "firm main: 1 client created, 0 updated, 3 unchanged; entry 2\n2 clients in the register "
                         "differ from the file; to write the file's names and numbers, load it with --update\n")
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": None, "4": "D4"})
        done = world.command("clients", "load", "--update", file)
        self.assertEqual(done.stdout, "firm main: 0 clients created, 2 updated, 2 unchanged; entry 3\n")
        self.assertEqual(world.numbers(), {"1": "A1", "2": "new", "3": None, "4": "D4"})
        self.assertIn("Alpha Ltd", world.command("clients", "list").stdout)

    def test_only_a_load_that_leaves_clients_as_they_are_says_how_many_differ(self):
        world = self.begin()
        long_id = "9130351530529746"
        world.load([(long_id, "Ana Lima", "00123")], inbox="main")
        header = ("Company ID", "Display name", "Client number", "Ref")
        exported = world.command("export").stdout
        ref = next(line.rsplit(",", 1)[1] for line in exported.splitlines() if line.startswith(long_id))
        self.assertTrue(ref)
        damaged = self.file("damaged.csv", sheet([("9.13035E+15", "Ana Lima", "123", ref)], header))
        for update in ([], ["--update"]):
            self.assertRegex(world.command("clients", "load", damaged, *update).stdout,
                             r"^firm main: 0 clients created, 0 updated, 1 unchanged; entry \d+\n$")

    def test_one_row_and_one_client_are_singular(self):
        world = self.begin()
        one = self.file("one.csv", sheet([("7", "Eta", "E7")]))
        self.assertIn(": 1 client created, 0 updated", world.command("clients", "load", one).stdout)
        self.assertIn("would be imported: 1 row, 0 updated", world.command("check", one).stdout)

    def test_a_register_with_a_faulty_row_is_not_loaded_at_all(self):
        world = self.begin()
        rows = [("4", "Delta", "D4"), ("5", "Epsilon", "A1")]
        done = world.command("clients", "load", self.file("register.csv", sheet(rows, PT_BR, ";")))
        self.assertEqual(done.returncode, 3)
        self.assertIn("A1", done.stderr)
        self.assertEqual(set(world.numbers()), {"1", "2", "3"})

    def test_a_register_over_its_limit_is_not_loaded(self):
        world = self.begin("limits: {clients: 4}")
        rows = [(str(n), f"Client {n}", "") for n in range(10, 13)]
        self.assertEqual(world.command("clients", "load", self.file("register.csv", sheet(rows))).returncode, 3)
        self.assertEqual(len(world.numbers()), 3)

    def test_a_report_is_in_the_language_of_the_input_s_headers(self):
        world = self.begin()
        done = world.command("import", self.file("clientes.csv", sheet([("9", "Ninguém", "X9")], PT_BR, ";")))
        self.assertEqual(done.returncode, 1)
        report = table((self.elsewhere / "clientes.errors.csv").read_bytes(), ";")
        self.assertNotEqual(report[0], REPORT_EN)
        self.assertEqual(report[0][:3], PT_BR)
        self.assertIn("Nenhum cliente", report[1][5])


if __name__ == "__main__":
    main()
