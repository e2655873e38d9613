"""The register and its history: `clients add`, `edit` and so on, `clients show`, `imports list`, `show`, `undo` and
`replay`."""

import json
import os
import pty
import pwd
import re
import subprocess
import threading

from support import PT_BR, WorldTest, databases, main, sheet, sqlite_only, table

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "")]
DETAILED = ("Company ID", "Display name", "Client number", "Type", "Lead accountant", "Status")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
HINT = "To take it back: clientsync imports undo"


class RegisterTest(WorldTest):
    def begin(self, *arguments, **options):
        world = self.world(*arguments, **options)
        world.load(CLIENTS, inbox="main")
        return world

    def run_command(self, world, *arguments, status=0, error=""):
        """What a command prints; its messages must contain `error`, and be none if that is empty."""
        done = world.command(*arguments)
        self.assertEqual(done.returncode, status, (arguments, done.stdout, done.stderr))
        (self.assertIn if error else self.assertEqual)(error, done.stderr)
        return done.stdout

    def object(self, world, *arguments, **expected):
        return json.loads(self.run_command(world, *arguments, "--format", "json", **expected))

    def objects(self, world, *arguments):
        return [json.loads(line) for line in
                self.run_command(world, *arguments, "--format", "json").splitlines()]

    def edit(self, world, *arguments):
        """Edits, and returns the number of the entry."""
        return self.object(world, "clients", "edit", *arguments)["entry"]

    def bytes_of(self, world, *arguments):
        done = subprocess.run([world.binary, *arguments, "--config", world.config], capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def state(self, world):
        return [world.ledger(f"select * from {name} order by 1, 2") for name in ("clients", "imports", "changes", "firms")]

    def file(self, world, content, name="edits.csv"):
        path = os.path.join(os.fsencode(world.root), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(content)
        return path

    def rows(self, text):
        """The cells of a table's lines."""
        return [re.split(r"  +", line.strip()) for line in text.splitlines()]

    def on_terminal(self, world, *arguments):
        """What a command prints on a terminal that is 80 columns wide."""
        controller, terminal = pty.openpty()
        done = subprocess.run([world.binary, *arguments, "--config", world.config], stdout=terminal, timeout=60,
                              env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"})
        os.close(terminal)
        text = b""
        try:
            while block := os.read(controller, 65536):
                text += block
        except OSError:  # how Linux tells the end
            pass
        os.close(controller)
        self.assertEqual(done.returncode, 0)
        return text.decode()

    def client(self, world, company):
        found = world.clients()[company]
        return tuple(found[key] for key in ("display_name", "client_number", "type", "lead", "status"))


class EditTest(RegisterTest):
    def test_a_client_is_added_changed_deactivated_and_deleted_from_the_command_line(self):
        world = self.begin()
        text = self.run_command(world, "clients", "add", "9", "--name", "Zeta Ltda", "--number", "00123", "--type", "LTDA",
                                "--lead", "Rui")
        entry = world.ledger("select max(id) id from imports")[0]["id"]
        self.assertEqual(self.rows(text), [
            ["Company ID", "Display name", "Field", "Before", "After"],
            ["9", "Zeta Ltda", "created", "–", "Zeta Ltda"], ["9", "Zeta Ltda", "number", "–", "00123"],
            ["9", "Zeta Ltda", "type", "–", "LTDA"], ["9", "Zeta Ltda", "lead", "–", "Rui"],
            [f"Written as entry {entry}. {HINT} {entry}"]])
        self.assertEqual(self.client(world, "9"), ("Zeta Ltda", "00123", "LTDA", "Rui", "active"))
        self.run_command(world, "clients", "edit", "9", "number=", "name=Zeta", "type=", "lead=Eva")
        self.assertEqual(self.client(world, "9"), ("Zeta", None, "", "Eva", "active"))
        self.run_command(world, "clients", "deactivate", "9", "1")
        self.assertEqual([self.client(world, company)[4] for company in "129"], ["inactive", "active", "inactive"])
        self.run_command(world, "clients", "activate", "1")
        self.run_command(world, "clients", "edit", "2", "status=inactive")
        self.assertEqual([self.client(world, company)[4] for company in "129"], ["active", "inactive", "inactive"])
        shown = self.run_command(world, "clients", "delete", "9", "2")
        self.assertIn("Nothing was changed. To change it, repeat the command with --yes.\n", shown)
        self.assertIn(["2", "Beta", "deleted", "Beta", "–"], self.rows(shown))
        self.assertIn("9", world.clients())
        self.run_command(world, "clients", "delete", "9", "2", "--yes")
        self.assertEqual(sorted(world.clients()), ["1", "3"])
        kinds = [row["kind"] for row in world.ledger("select kind from imports order by id")]
        self.assertEqual(kinds, ["load", *["edit"] * 6])

    def test_programs_get_the_entry_its_plan_and_the_changes(self):
        world = self.begin()
        shown = self.object(world, "clients", "edit", "1", "number=A9", "--dry-run")
        change = {"company_id": "1", "display_name": "Alpha", "field": "number", "before": "A1", "after": "A9"}
        self.assertEqual(shown, {"entry": None, "plan": shown["plan"], "stale": False, "changes": [change], "errors": []})
        self.assertRegex(shown["plan"], "^[0-9a-f]{64}$")
        made = self.object(world, "clients", "edit", "1", "number=A9")
        self.assertEqual(made, {**shown, "entry": world.ledger("select max(id) id from imports")[0]["id"]})
        failed = self.object(world, "clients", "add", "1", "--name", "Other", status=3, error="nothing was changed")
        [error] = failed["errors"]
        self.assertEqual((failed["entry"], failed["changes"], error["company_id"], error["codes"]),
                         (None, [], "1", ["client_exists"]))
        created = self.object(world, "clients", "add", "8", "--name", "Eight")
        self.assertEqual(created["changes"], [{"company_id": "8", "display_name": "Eight", "field": "created",
                                               "before": None, "after": "Eight"}])

    def test_edits_given_together_are_one_entry_and_may_swap_numbers(self):
        world = self.begin()
        entry = self.edit(world, "1", "number=B2", "2", "number=A1", "name=Bravo", "3", "status=inactive")
        self.assertEqual(world.numbers(), {"1": "B2", "2": "A1", "3": None})
        changes = world.ledger("select company_id, field from changes where import_id = ? order by seq", (entry,))
        self.assertEqual([(row["company_id"], row["field"]) for row in changes],
                         [("1", "number"), ("2", "name"), ("2", "number"), ("3", "status")])

    def test_edits_of_which_one_is_wrong_change_nothing_and_say_what_is_wrong(self):
        world = self.begin()
        before = self.state(world)
        for arguments, messages in (
            (["edit", "1", "number=Z", "2", "number=A\u200b2"], ["2: The client number"]),
            (["edit", "9", "number=Z"], ["9: "]),
            (["edit", "1", "number=B2"], ["1: ", "Beta"]),
            (["add", "1", "--name", "Alpha"], ["1: ", "Alpha"]),
            (["add", "12x", "--name", "Alpha"], ["12x: "]),
            (["add", "5", "--name", ""], ["5: "]),
            (["delete", "1", "--yes"], ["1: ", "Alpha"]),
            (["delete", "9", "--yes"], ["9: "]),
            (["deactivate", "9"], ["9: "]),
        ):
            done = world.command("clients", *arguments)
            self.assertEqual((done.returncode, done.stdout), (3, ""), arguments)
            for message in messages:
                self.assertIn(message, done.stderr, arguments)
            self.assertEqual(len(done.stderr.splitlines()), 2, "only what is wrong is told")
            self.assertTrue(done.stderr.endswith("clientsync: nothing was changed\n"), done.stderr)
        if databases.KIND == "postgresql":
            before, after = before[:1], self.state(world)[:1]
        else:
            after = self.state(world)
        self.assertEqual(after, before)

    def test_a_client_that_is_given_twice_is_edited_once(self):
        world = self.begin()
        self.edit(world, "1", "number=A9", "2", "number=B9", "1", "name=Alef", "status=INATIVO")
        self.assertEqual([self.client(world, company) for company in "12"],
                         [("Alef", "A9", "", "", "inactive"), ("Beta", "B9", "", "", "active")])
        self.run_command(world, "clients", "activate", "1", "1")
        self.run_command(world, "clients", "deactivate", "1", "2", "1")
        self.run_command(world, "clients", "delete", "2", "2", "--yes")
        self.assertEqual(sorted(world.clients()), ["1", "3"])

    def test_what_the_register_has_already_leaves_no_entry(self):
        world = self.begin()
        before = self.state(world)
        text = self.run_command(world, "clients", "edit", "1", "number=A1", "name=Alpha", "status=active")
        self.assertEqual(text, "Nothing to change: the register has these values already.\n")
        self.run_command(world, "clients", "activate", "1", "2")
        self.assertEqual(self.state(world), before)

    def test_a_dry_run_changes_nothing(self):
        world = self.begin()
        before = self.state(world)
        for arguments in (["add", "9", "--name", "New"], ["edit", "1", "number=A9"], ["deactivate", "1"]):
            text = self.run_command(world, "clients", *arguments, "--dry-run")
            self.assertIn("Nothing was changed. To change it, repeat the command without --dry-run.\n", text)
        self.assertEqual(self.state(world), before)

    def test_what_is_typed_is_meant(self):
        world = self.begin()
        self.edit(world, "1", "number=00123")
        self.edit(world, "1", "number=123")
        self.edit(world, "1", "number= 1,23E+5 ")
        self.assertEqual(world.numbers()["1"], "1,23E+5")

    def test_commands_that_are_not_understood_are_usage_errors(self):
        world = self.begin()
        before = self.state(world)
        for arguments, message in (
            (["edit"], "nothing to edit; expected ID number=… or --from FILE"),
            (["edit", "1"], "nothing to change for 1; expected number=…"),
            (["edit", "1", "2", "number=7"], "nothing to change for 1; expected number=…"),
            (["edit", "1", "numbr=7"], "nothing to change for 1; expected number=…"),
            (["edit", "number=7"], "expected a company ID before number=7"),
            (["edit", "1", "status=asleep"], "status=asleep: expected status=active or status=inactive"),
            (["edit", "1", "status="], "status=: expected status=active or status=inactive"),
            (["edit", "1", "number=7", "name=x", "number=8"], "number=… is given twice for 1"),
            (["edit", "1", "number=7", "2", "number=8", "1", "number=7"], "number=… is given twice for 1"),
            (["edit", "1", "number=7", "2", "1", "name=x"], "nothing to change for 2; expected number=…"),
            (["edit", "1", b"number=\xff"], r"the value of number is not valid UTF-8: \xff"),
            (["edit", "1", "number=7", "--from", "list.csv"], "either --from FILE or edits on the command line"),
            (["add", b"\xff", "--name", "x"], r"the company ID is not valid UTF-8: \xff"),
            (["show", b"\xff"], r"the company ID is not valid UTF-8: \xff"),
            (["edit", "1", "number=7", "--format", "csv"], "no --format csv; use table or json"),
            (["show", "1", "--format", "csv"], "no --format csv; use table or json"),
            (["add", "5"], "--name is required"),
            (["delete"], "ID is required"),
        ):
            self.assertEqual(self.run_command(world, "clients", *arguments, status=2, error=message), "", arguments)
        self.assertEqual(self.state(world), before)

    def test_the_entry_names_the_person_behind_sudo(self):
        world = self.begin()
        world.command("clients", "edit", "1", "number=A9", env={"SUDO_USER": "maria"})
        world.command("clients", "edit", "1", "number=A8", env={"SUDO_USER": ""})
        who = [row["who"] for row in world.ledger("select who from imports where kind = 'edit' order by id")]
        me = pwd.getpwuid(os.geteuid()).pw_name
        self.assertEqual(who, ["maria" if os.geteuid() == 0 else me, me])

    @sqlite_only
    def test_the_first_edit_creates_the_database_but_looking_does_not(self):
        world = self.world()
        for arguments in (["clients", "add", "1", "--name", "Alpha", "--dry-run"], ["clients", "delete", "1"],
                          ["clients", "edit", "--from", self.file(world, b"x"), "--dry-run"], ["clients", "show", "1"],
                          ["imports", "list"], ["imports", "show", "1"], ["imports", "undo", "1", "--yes"],
                          ["imports", "replay", "1"]):
            self.run_command(world, *arguments, status=4, error="there is no database")
        self.run_command(world, "clients", "add", "1", "--name", "Alpha", "--number", "A1")
        self.assertEqual(world.numbers(), {"1": "A1"})


class EditFromFileTest(RegisterTest):
    def test_a_file_edits_its_clients_in_one_entry_and_blank_cells_leave_what_is_there(self):
        world = self.begin()
        self.edit(world, "3", "type=LTDA", "lead=Rui")
        content = sheet([("1", "Alpha", "B2", "", "", ""), ("2", "Bravo", "A1", "MEI", "Eva", "inactive"),
                         ("3", "Gamma", "", "", "", "")], DETAILED)
        made = self.object(world, "clients", "edit", "--from", self.file(world, content))
        self.assertEqual([self.client(world, company) for company in "123"], [
            ("Alpha", "B2", "", "", "active"), ("Bravo", "A1", "MEI", "Eva", "inactive"),
            ("Gamma", None, "LTDA", "Rui", "active")])
        [entry] = world.ledger("select * from imports where id = ?", (made["entry"],))
        self.assertEqual((entry["kind"], entry["source"], entry["inbox"], entry["updated"], entry["unchanged"]),
                         ("edit", "command", "", 2, 1))
        self.assertEqual(self.bytes_of(world, "imports", "show", str(made["entry"]), "--input"), content)
        self.run_command(world, "imports", "undo", str(made["entry"]), "--yes")
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": None})

    def test_a_file_with_an_error_changes_nothing_and_the_message_names_file_and_row(self):
        world = self.begin()
        before = world.clients()
        for content, message in (
            (sheet([("1", "Alpha", "A9"), ("9", "Nobody", "N")]), "edits.csv: row 3: 9: "),
            (sheet([("", "Alpha", "A9")]), "edits.csv: row 2: "),
            (sheet([("1", "Alpha", "A9", "", "", "asleep")], DETAILED), "edits.csv: row 2: 1: "),
            (sheet([("1", "Alpha", "A9")], ("Company", "Display name", "Client number")), "edits.csv: row 1: "),
            (sheet([("1", "Alpha", "B2")], PT_BR), "edits.csv: row 2: 1: O número do cliente B2"),
        ):
            path = self.file(world, content)
            self.assertEqual(self.run_command(world, "clients", "edit", "--from", path, status=3, error=message), "")
        self.assertEqual(world.clients(), before)
        self.assertEqual(world.ledger("select * from imports where kind = 'edit'"), [])
        self.run_command(world, "clients", "edit", "--from", world.root / "absent.csv", status=4, error="absent.csv")

    def test_rows_that_are_right_are_not_told_to_people(self):
        world = self.begin()
        path = self.file(world, sheet([("1", "Alpha", "A9"), ("2", "Beta", "B9"), ("9", "Nobody", "N")]))
        done = world.command("clients", "edit", "--from", path)
        self.assertEqual([done.returncode, done.stdout, len(done.stderr.splitlines())], [3, "", 2], done.stderr)
        self.assertIn("edits.csv: row 4: 9: ", done.stderr)
        errors = self.object(world, "clients", "edit", "--from", path, status=3, error="nothing was changed")["errors"]
        self.assertEqual([error["codes"] for error in errors], [["not_applied"], ["not_applied"], ["company_id_unknown"]])

    def test_a_file_is_shown_before_it_edits(self):
        world = self.begin()
        path = self.file(world, sheet([("1", "Alpha", "A9")]))
        self.assertIn("without --dry-run", self.run_command(world, "clients", "edit", "--from", path, "--dry-run"))
        self.assertEqual(world.numbers()["1"], "A1")
        self.assertEqual(world.ledger("select * from imports where kind = 'edit'"), [])

    def test_a_file_that_changes_nothing_leaves_no_entry(self):
        world = self.begin()
        path = self.file(world, sheet([("1", "Alpha", "A1"), ("3", "Gamma", "")]))
        self.assertIn("Nothing to change", self.run_command(world, "clients", "edit", "--from", path))
        self.assertEqual(world.ledger("select * from imports where kind = 'edit'"), [])

    def test_a_file_s_name_can_have_any_bytes(self):
        world = self.begin()
        name = b"caf\xe9 \x1b[31m\n=1.csv"
        entry = self.edit(world, "--from", self.file(world, sheet([("1", "Alpha", "A9")]), name))
        for arguments in (["imports", "list"], ["imports", "show", str(entry)], ["clients", "show", "1"],
                          ["imports", "list", "--format", "csv"]):
            text = self.run_command(world, *arguments)
            self.assertIn(r"caf\xe9 \x1b[31m\x0a=1.csv", text, arguments)
            self.assertNotIn("\x1b", text)
        self.assertEqual(self.object(world, "imports", "show", str(entry))["file"], r"caf\xe9 \x1b[31m\x0a=1.csv")
        self.assertEqual(self.object(world, "clients", "show", "1")["history"][-1]["file"], r"caf\xe9 \x1b[31m\x0a=1.csv")


class ShowClientTest(RegisterTest):
    def test_a_client_is_shown_with_where_each_value_came_from(self):
        world = self.begin()
        world.start()
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "A2")]))
        [row] = world.inbox.wait_imports("april.csv", 1)
        edit = self.edit(world, "1", "number=A3", "lead=Rui")
        text = self.run_command(world, "clients", "show", "1")
        head, history = text.split("\n\n")
        self.assertEqual(self.rows(head), [["Company ID", "1"], ["Display name", "Alpha"], ["Client number", "A3"],
                                           ["Type", "–"], ["Lead accountant", "Rui"], ["Status", "active"]])
        lines = self.rows(history)
        self.assertEqual(lines[0], ["When", "Entry", "What", "Who", "Field", "Before", "After"])
        me = pwd.getpwuid(os.geteuid()).pw_name
        load = world.ledger("select min(id) id from imports")[0]["id"]
        self.assertEqual([line[1:] for line in lines[1:]], [
            [str(load), "load of register.csv", me, "created", "–", "Alpha"],
            [str(load), "load of register.csv", me, "number", "–", "A1"],
            [str(row["id"]), "import of april.csv", row["who"], "number", "A1", "A2"],
            [str(edit), "edit", me, "number", "A2", "A3"], [str(edit), "edit", me, "lead", "–", "Rui"]])
        for line in lines[1:]:
            self.assertRegex(line[0], TIME)
        found = self.object(world, "clients", "show", "1")
        self.assertEqual({key: found[key] for key in found if key != "history"},
                         {"company_id": "1", "deleted": False, "display_name": "Alpha", "client_number": "A3",
                          "type": "", "lead": "Rui", "status": "active"})
        last = found["history"][3]
        self.assertRegex(last.pop("at"), f"^{TIME}$")
        self.assertEqual(last, {"entry": edit, "kind": "edit", "who": me, "source": "command", "file": None,
                                "field": "number", "before": "A2", "after": "A3"})
        self.assertEqual([(change["kind"], change["source"], change["file"]) for change in found["history"][:3]],
                         [("load", "command", "register.csv")] * 2 + [("import", "folder", "april.csv")])

    def test_a_deleted_client_has_a_history_too_and_can_be_brought_back(self):
        world = self.begin()
        self.run_command(world, "clients", "deactivate", "1")
        deletion = self.object(world, "clients", "delete", "1", "--yes")["entry"]
        text = self.run_command(world, "clients", "show", "1")
        self.assertIn("Client 1 was deleted; to bring it back, undo the entry that deleted it.\n", text)
        self.assertEqual(self.rows(text)[-3][4:], ["deleted", "Alpha", "–"])
        found = self.object(world, "clients", "show", "1")
        self.assertEqual((found["deleted"], "display_name" in found, found["history"][-1]["entry"]), (True, False, deletion))
        self.run_command(world, "imports", "undo", str(deletion), "--yes")
        self.assertEqual(self.client(world, "1"), ("Alpha", "A1", "", "", "inactive"))
        self.assertFalse(self.object(world, "clients", "show", "1")["deleted"])

    def test_a_client_that_never_was_is_a_usage_error(self):
        world = self.begin()
        message = "clientsync: the firm main has no client with the company ID 99; clientsync clients list --find TEXT"
        self.run_command(world, "clients", "show", "99", status=2, error=message)


class ListEntriesTest(RegisterTest):
    def test_entries_are_listed_newest_first_with_who_file_and_outcome(self):
        world = self.begin()
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "A2"), ("9", "Nobody", "N")]))
        world.command("import", os.fsdecode(world.inbox.place("april.csv")))
        world.inbox.drop("bad.csv", b"Company ID\n1\n")
        world.command("import", os.fsdecode(world.inbox.place("bad.csv")))
        edit = self.edit(world, "1", "number=A3")
        undo = self.object(world, "imports", "undo", str(edit), "--yes")["entry"]
        me = pwd.getpwuid(os.geteuid()).pw_name
        for command in ("imports", "history"):
            lines = self.rows(self.run_command(world, command, "list"))
            self.assertEqual(lines[0], ["Entry", "When", "What", "Who", "File", "Outcome"])
            self.assertEqual([line[2:] for line in lines[1:]], [
                [f"undo of {edit}", me, "1 updated"], ["edit", me, f"1 updated; undone by {undo}"],
                ["import", me, "bad.csv", "rejected"], ["import", me, "april.csv", "1 updated, 1 failed"],
                ["load", me, "register.csv", "3 created"]])
        found = self.objects(world, "imports", "list")
        ids = [entry["entry"] for entry in found]
        self.assertEqual(ids, sorted(ids, reverse=True))
        self.assertRegex(found[0].pop("at"), f"^{TIME}$")
        self.assertEqual(found[0], {"entry": undo, "kind": "undo", "original": edit, "undone_by": None, "firm": "main",
                                    "who": me, "source": "command", "inbox": None, "file": None, "sha256": None,
                                    "outcome": "imported", "rows": 1, "updated": 1, "unchanged": 0, "created": 0,
                                    "failed": 0, "restored": 0})
        self.assertEqual((found[1]["undone_by"], found[2]["outcome"], found[3]["inbox"], found[3]["file"]),
                         (undo, "rejected", "main", "april.csv"))

    def test_an_entry_is_undone_by_the_last_undo_that_was_not_undone(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=A9")
        newest, standing = edit, []
        for _ in range(3):
            newest = self.object(world, "imports", "undo", str(newest), "--yes")["entry"]
            undone_by = self.object(world, "imports", "show", str(edit))["undone_by"]
            [entry] = self.objects(world, "imports", "list", "--kind", "edit")
            self.assertEqual(entry["undone_by"], undone_by)
            standing.append(undone_by)
            self.assertEqual("undone by" in self.run_command(world, "imports", "list", "--kind", "edit"),
                             undone_by is not None)
        self.assertEqual(standing, [edit + 1, None, edit + 1])
        again = self.run_command(world, "imports", "undo", str(edit))
        self.assertIn(f"kept: entry {edit + 1} undid it", again)

    def test_the_table_names_the_firms_if_there_are_several(self):
        world = self.begin(inboxes=("main", "second"))
        self.assertNotIn("Firm", self.run_command(world, "imports", "list"))
        world.load([("1", "Other", "A1")], inbox="second")
        lines = self.rows(self.run_command(world, "imports", "list"))
        self.assertEqual([line[-1] for line in lines], ["Firm", "second", "main"])

    def test_entries_are_filtered(self):
        world = self.begin(inboxes=("main", "second"))
        world.load([("1", "Other", "A1")], inbox="second")
        self.edit(world, "--inbox", "main", "1", "number=A2")
        self.edit(world, "--inbox", "second", "1", "number=A3")
        world.inboxes["second"].drop("april.csv", sheet([("1", "Other", "A4")]))
        world.command("import", "--inbox", "second", os.fsdecode(world.inboxes["second"].place("april.csv")))
        for arguments, expected in (
            ([], ["import second", "edit second", "edit main", "load second", "load main"]),
            (["--kind", "edit"], ["edit second", "edit main"]),
            (["--firm", "main"], ["edit main", "load main"]),
            (["--inbox", "second"], ["import second"]),
            (["--kind", "edit", "--firm", "second"], ["edit second"]),
            (["-n", "2"], ["import second", "edit second"]),
            (["--kind", "replay"], []),
        ):
            found = self.objects(world, "imports", "list", *arguments)
            self.assertEqual([f"{entry['kind']} {entry['firm']}" for entry in found], expected, arguments)
        self.run_command(world, "imports", "list", "--firm", "third", status=2, error="the database has no firm third")
        self.run_command(world, "imports", "list", "--kind", "sale", status=2, error="--kind")

    def test_the_csv_list_opens_in_a_spreadsheet(self):
        world = self.begin()
        done = subprocess.run([world.binary, "clients", "edit", "1", "number=A9", "--config", world.config],
                              env={**os.environ, "SUDO_USER": "=maria"}, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        text = self.run_command(world, "imports", "list", "--format", "csv")
        self.assertTrue(text.startswith("\ufeff"))
        rows = table(text.encode())
        self.assertEqual(rows[0], ("entry", "kind", "at", "who", "source", "inbox", "file", "outcome", "rows", "updated",
                                   "unchanged", "created", "failed", "firm"))
        self.assertEqual([row[1] for row in rows[1:]], ["edit", "load"])
        self.assertEqual(rows[1][4:], ("command", "", "", "imported", "1", "1", "0", "0", "0", "main"))
        if os.geteuid() == 0:
            self.assertEqual(rows[1][3], "'=maria")


class ShowEntryTest(RegisterTest):
    def test_an_entry_is_shown_with_its_changes_and_errors(self):
        world = self.begin()
        content = sheet([("1", "Alpha", "A2"), ("9", "Nobody", "N")])
        world.inbox.drop("april.csv", content)
        world.command("import", os.fsdecode(world.inbox.place("april.csv")))
        [row] = world.inbox.imports("april.csv")
        text = self.run_command(world, "imports", "show", str(row["id"]))
        head, changes, errors = text.split("\n\n")
        lines = self.rows(head)
        self.assertEqual(lines[0], [f"Entry {row['id']}: import"])
        self.assertEqual([line[0] for line in lines[1:]], ["when", "who", "from", "firm", "inbox", "file", "outcome"])
        self.assertEqual([line[1] for line in lines[3:]], ["command", "main", "main", "april.csv", "1 updated, 1 failed"])
        self.assertEqual(self.rows(changes)[1:], [["1", "Alpha", "number", "A1", "A2"]])
        self.assertEqual(self.rows(errors)[0], ["row 3", "9", "company_id_unknown"])
        found = self.object(world, "imports", "show", str(row["id"]))
        self.assertEqual(found["changes"], [{"company_id": "1", "display_name": "Alpha", "field": "number",
                                             "before": "A1", "after": "A2"}])
        [error] = found["errors"]
        self.assertEqual((error["row"], error["company_id"], error["codes"]), (3, "9", ["company_id_unknown"]))

    def test_a_client_that_was_deleted_since_has_the_name_that_the_entry_gives(self):
        world = self.begin()
        self.run_command(world, "clients", "deactivate", "1")
        deletion = self.object(world, "clients", "delete", "1", "--yes")["entry"]
        load = world.ledger("select min(id) id from imports")[0]["id"]
        for entry in (deletion, load):
            changes = self.object(world, "imports", "show", str(entry))["changes"]
            self.assertEqual({change["display_name"] for change in changes if change["company_id"] == "1"}, {"Alpha"})

    def test_the_bytes_of_input_and_report_are_printed_as_they_were(self):
        world = self.begin()
        content = b"Company ID;Display name;Client number\r1;Alpha;\xe9\x80\r9;Nobody;\"x\ny\"\r"
        world.inbox.drop("april.csv", content)
        world.command("import", os.fsdecode(world.inbox.place("april.csv")))
        [row] = world.inbox.imports("april.csv")
        self.assertEqual(self.bytes_of(world, "imports", "show", str(row["id"]), "--input"), content)
        self.assertEqual(self.bytes_of(world, "imports", "show", str(row["id"]), "--report"),
                         world.inbox.read("april.errors.csv"))
        edit = self.edit(world, "1", "number=A9")
        for what, option in (("input", "--input"), ("report", "--report")):
            self.run_command(world, "imports", "show", str(edit), option, status=4,
                             error=f"the ledger does not have the {what} of entry {edit}")
        self.run_command(world, "imports", "show", str(edit), "--input", "--report", status=2, error="--")

    def test_an_entry_that_never_was_is_a_usage_error(self):
        world = self.begin()
        for command in ("show", "undo", "replay"):
            self.run_command(world, "imports", command, "99", status=2,
                             error="clientsync: there is no entry 99; clientsync imports list shows those that there are")
            self.run_command(world, "imports", command, "many", status=2, error="many")
            self.run_command(world, "imports", command, status=2, error="N is required")


class UndoTest(RegisterTest):
    def test_an_undo_is_shown_then_written_by_its_plan(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=B2", "2", "number=A1")
        before = self.state(world)
        text = self.run_command(world, "imports", "undo", str(edit))
        plan = re.search(f"clientsync imports undo {edit} --plan ([0-9a-f]{{64}})$", text.strip())[1]
        self.assertEqual(self.rows(text)[:4], [["Company ID", "Display name", "Field", "Now", "Undo"],
                                               ["1", "Alpha", "number", "B2", "back to A1"],
                                               ["2", "Beta", "number", "A1", "back to B2"],
                                               ["2 changes can be reversed, 0 kept, 0 failed"]])
        self.assertEqual(self.state(world), before)
        shown = self.object(world, "imports", "undo", str(edit))
        self.assertEqual((shown["entry"], shown["plan"], shown["stale"], shown["reversed"], shown["kept"], shown["failed"]),
                         (None, plan, False, 2, 0, 0))
        self.assertEqual(shown["fields"][0], {"company_id": "1", "display_name": "Alpha", "field": "number",
                                              "outcome": "reversed", "before": "A1", "written": "B2", "now": "B2"})
        made = self.object(world, "imports", "undo", str(edit), "--plan", plan)
        self.assertEqual({**made, "entry": None}, shown)
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": None})
        again = self.run_command(world, "imports", "undo", str(made["entry"]), "--yes")
        self.assertIn("2 changes reversed, 0 kept, 0 failed\nWritten as entry ", again)
        self.assertEqual(world.numbers(), {"1": "B2", "2": "A1", "3": None})

    def test_a_plan_is_refused_once_the_register_has_changed(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=A9", "2", "number=B9")
        shown = self.object(world, "imports", "undo", str(edit))
        later = self.edit(world, "1", "number=A8")
        stale = "nothing was written: the register has changed since; this is the new plan"
        text = self.run_command(world, "imports", "undo", str(edit), "--plan", shown["plan"], status=3, error=stale)
        self.assertIn(f"kept: entry {later} changed it", text)
        self.assertIn("Not all of it can be reversed. To reverse the rest, add --skip-conflicts.\n", text)
        plan = re.search(f"imports undo {edit} --skip-conflicts --plan ([0-9a-f]{{64}})", text)[1]
        self.assertNotEqual(plan, shown["plan"])
        new = self.object(world, "imports", "undo", str(edit), "--plan", shown["plan"], status=3)
        self.assertEqual((new["stale"], new["plan"], new["entry"]), (True, plan, None))
        self.assertEqual(world.numbers(), {"1": "A8", "2": "B9", "3": None})
        self.run_command(world, "imports", "undo", str(edit), "--skip-conflicts", "--plan", plan)
        self.assertEqual(world.numbers(), {"1": "A8", "2": "B2", "3": None})
        self.run_command(world, "imports", "undo", str(edit), "--plan", plan, "--yes", status=2, error="--plan")

    def test_an_undo_with_conflicts_is_refused_unless_they_are_skipped(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=A9", "name=Alef", "2", "number=")
        later = self.edit(world, "1", "number=A8", "3", "number=B2")
        found = self.object(world, "imports", "undo", str(edit), "--yes", status=3)
        outcomes = [(field["company_id"], field["field"], field["outcome"], field.get("entry"), field.get("code"))
                    for field in found["fields"]]
        self.assertEqual(outcomes, [("1", "name", "reversed", None, None), ("1", "number", "kept", later, None),
                                    ("2", "number", "failed", None, "client_number_taken")])
        self.assertIn("Gamma", found["fields"][2]["message"])
        text = self.run_command(world, "imports", "undo", str(edit), "--yes", "--skip-conflicts")
        self.assertIn("1 change reversed, 1 kept, 1 failed\n", text)
        self.assertEqual(self.client(world, "1")[:2], ("Alpha", "A8"))
        again = self.run_command(world, "imports", "undo", str(edit), "--yes", "--skip-conflicts", status=3)
        self.assertIn("0 changes can be reversed, 2 kept, 1 failed\nNothing was written.\n", again)

    def test_a_creation_that_is_kept_says_which_entry_changed_each_field(self):
        world = self.begin()
        creation = self.object(world, "clients", "add", "9", "--name", "Zeta", "--number", "Z", "--type", "T")["entry"]
        number = self.edit(world, "9", "number=Z9")
        lead = self.edit(world, "9", "lead=Rui")
        text = self.run_command(world, "imports", "undo", str(creation))
        self.assertEqual([line[2:] for line in self.rows(text)[1:4]], [
            ["created", "Zeta", f"kept: entry {lead} changed the client"],
            ["number", "Z9", f"kept: entry {number} changed it"],
            ["type", "T", f"kept: entry {lead} changed the client"]])

    def test_why_a_field_is_kept_is_not_cut_on_a_terminal(self):
        world = self.begin()
        edit = self.edit(world, "1", f"name={'Alpha ' * 20}", "number=A9")
        later = self.edit(world, "1", "number=A8")
        text = self.on_terminal(world, "imports", "undo", str(edit))
        self.assertIn("…", text)
        self.assertIn(f"kept: entry {later} changed it", text)

    def test_an_empty_plan_is_a_usage_error(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=A9")
        for command in ("undo", "replay"):
            self.run_command(world, "imports", command, str(edit), "--plan", "", status=2, error="--plan: expected a hash")
        self.assertEqual(world.numbers()["1"], "A9")

    def test_imports_and_loads_are_undone_like_edits(self):
        world = self.begin("unknown_company: create")
        world.start()
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "A9"), ("7", "New", "N")]))
        [row] = world.inbox.wait_imports("april.csv", 1)
        self.run_command(world, "imports", "undo", str(row["id"]), "--yes")
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": None})
        load = world.ledger("select min(id) id from imports")[0]["id"]
        text = self.run_command(world, "imports", "undo", str(load))
        self.assertEqual(text.count("the client is deleted"), 3)
        self.run_command(world, "imports", "undo", str(load), "--yes")
        self.assertEqual(world.clients(), {})
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("april.csv")), 1, "the file stays done")

    def test_an_entry_that_changed_nothing_has_nothing_to_undo(self):
        world = self.begin()
        world.inbox.drop("april.csv", sheet([("1", "Alpha", "A1")]))
        world.command("import", os.fsdecode(world.inbox.place("april.csv")))
        [row] = world.inbox.imports("april.csv")
        before = self.state(world)
        for more in ([], ["--yes"], ["--yes", "--skip-conflicts"]):
            self.assertEqual(self.run_command(world, "imports", "undo", str(row["id"]), *more),
                             f"Entry {row['id']} changed nothing; there is nothing to undo.\n")
            self.assertEqual(self.object(world, "imports", "undo", str(row["id"]), *more)["fields"], [])
        if databases.KIND == "sqlite":
            self.assertEqual(self.state(world), before)


class ReplayTest(RegisterTest):
    def begin_with_import(self, *arguments):
        world = self.begin(*arguments)
        self.content = sheet([("1", "Alpha", "A2"), ("2", "Beta", "B3")])
        world.inbox.drop("april.csv", self.content)
        world.command("import", os.fsdecode(world.inbox.place("april.csv")))
        return world, world.inbox.imports("april.csv")[0]["id"]

    def test_a_replay_imports_the_bytes_again_though_a_later_entry_changed_the_clients(self):
        world, first = self.begin_with_import()
        self.edit(world, "1", "number=A9")
        text = self.run_command(world, "imports", "replay", str(first))
        self.assertEqual(self.rows(text)[1:3], [["1", "Alpha", "number", "A9", "A2"],
                                                ["2 rows: 1 updated, 1 unchanged, 0 created, 0 failed"]])
        plan = re.search(f"clientsync imports replay {first} --plan ([0-9a-f]{{64}})$", text.strip())[1]
        self.assertEqual(world.numbers()["1"], "A9")
        made = self.object(world, "imports", "replay", str(first), "--plan", plan)
        self.assertEqual((made["plan"], made["errors"], [change["after"] for change in made["changes"]]),
                         (plan, [], ["A2"]))
        self.assertEqual(world.numbers(), {"1": "A2", "2": "B3", "3": None})
        [entry] = self.objects(world, "imports", "list", "--kind", "replay")
        self.assertEqual((entry["entry"], entry["original"], entry["inbox"], entry["file"], entry["source"]),
                         (made["entry"], first, None, "april.csv", "command"))
        self.assertEqual(self.bytes_of(world, "imports", "show", str(made["entry"]), "--input"), self.content)
        self.run_command(world, "imports", "undo", str(made["entry"]), "--yes")
        self.assertEqual(world.numbers()["1"], "A9")
        self.run_command(world, "imports", "replay", str(made["entry"]), "--yes")
        self.assertEqual(world.numbers()["1"], "A2")

    def test_a_replay_is_refused_if_its_plan_has_changed(self):
        world, first = self.begin_with_import()
        self.edit(world, "1", "number=A9")
        plan = self.object(world, "imports", "replay", str(first))["plan"]
        self.edit(world, "3", "number=A2")
        stale = "nothing was written: the register has changed since; this is the new plan"
        text = self.run_command(world, "imports", "replay", str(first), "--plan", plan, status=3, error=stale)
        self.assertIn("1 failed", text)
        self.assertEqual(world.numbers(), {"1": "A9", "2": "B3", "3": "A2"})
        done = world.command("imports", "replay", str(first), "--yes")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("row 2  1  client_number_taken\n", done.stdout)

    def test_a_replay_touches_no_file_and_the_service_sees_no_drop_in_it(self):
        world, first = self.begin_with_import()
        self.edit(world, "1", "number=A9")
        names = world.inbox.names()
        self.run_command(world, "imports", "replay", str(first), "--yes")
        self.assertEqual(world.inbox.names(), names)
        world.start()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("april.csv")), 1)
        self.assertEqual(world.stop(), 0)

    def test_a_replay_that_changes_nothing_offers_no_undo(self):
        world, first = self.begin_with_import()
        text = self.run_command(world, "imports", "replay", str(first), "--yes")
        entry = world.ledger("select max(id) id from imports")[0]["id"]
        self.assertTrue(text.endswith(f"Written as entry {entry}, which changed nothing.\n"), text)

    def test_what_has_no_bytes_and_what_is_no_import_cannot_be_replayed(self):
        world, first = self.begin_with_import()
        edit = self.edit(world, "1", "number=A9")
        load = world.ledger("select min(id) id from imports")[0]["id"]
        self.run_command(world, "imports", "replay", str(load), "--yes", status=2, error="use clientsync clients load")
        self.run_command(world, "imports", "replay", str(edit), "--yes", status=2, error=f"entry {edit} cannot be replayed")
        filed = self.edit(world, "--from", self.file(world, sheet([("1", "Alpha", "A8")])))
        self.run_command(world, "imports", "replay", str(filed), "--yes", status=2, error="use clientsync clients edit --from")
        world.sql(f"update import_bytes set input = null where import_id = {first}")
        self.run_command(world, "imports", "replay", str(first), status=2, error=f"entry {first} cannot be replayed")

    def test_a_file_that_was_rejected_is_rejected_again(self):
        world = self.begin()
        world.inbox.drop("bad.csv", b"Company ID\n1\n")
        world.command("import", os.fsdecode(world.inbox.place("bad.csv")))
        [row] = world.inbox.imports("bad.csv")
        text = self.run_command(world, "imports", "replay", str(row["id"]), "--yes", status=3)
        self.assertIn("Nothing was written.\n", text)
        self.assertEqual(self.objects(world, "imports", "list", "--kind", "replay"), [])


class FirmsTest(RegisterTest):
    def test_the_inbox_chooses_the_firm_and_entries_know_theirs(self):
        world = self.begin(inboxes=("main", "second"))
        world.load([("1", "Other", "Z1")], inbox="second")
        for arguments in (["clients", "edit", "1", "number=A9"], ["clients", "show", "1"], ["clients", "delete", "1"]):
            self.run_command(world, *arguments, status=2, error="several inboxes are configured; add --inbox")
        edits = [self.edit(world, "1", f"number={name}", "--inbox", name) for name in ("main", "second")]
        self.assertEqual([world.numbers(name)["1"] for name in ("main", "second")], ["main", "second"])
        found = self.object(world, "clients", "show", "1", "--inbox", "second")
        self.assertEqual((found["display_name"], found["history"][-1]["entry"]), ("Other", edits[1]))
        self.run_command(world, "imports", "undo", str(edits[1]), "--yes")
        self.assertEqual([world.numbers(name)["1"] for name in ("main", "second")], ["main", "Z1"])
        self.run_command(world, "clients", "show", "2", "--inbox", "second", status=2, error="the firm second has no client")

    def test_an_entry_of_another_firm_than_the_inbox_is_neither_undone_nor_replayed(self):
        world = self.begin(inboxes=("main", "second"))
        edit = self.edit(world, "1", "number=A9", "--inbox", "main")
        world.inboxes["main"].drop("april.csv", sheet([("2", "Beta", "B3")]))
        world.command("import", "--inbox", "main", os.fsdecode(world.inboxes["main"].place("april.csv")))
        [row] = world.inboxes["main"].imports("april.csv")
        for command, entry in (("undo", edit), ("replay", row["id"])):
            self.run_command(world, "imports", command, str(entry), "--yes", "--inbox", "second", status=2,
                             error=f"entry {entry} is of the firm main, and the inbox second is of the firm second")
            self.run_command(world, "imports", command, str(entry), "--inbox", "main")

    def test_inboxes_of_one_firm_need_no_choice(self):
        world = self.begin("firm: main\nsettle: 200ms", inboxes=("main", "branch"))
        self.edit(world, "1", "number=A9")
        self.assertEqual(world.numbers("branch")["1"], "A9")
        self.run_command(world, "clients", "show", "1")

    def test_an_entry_of_a_firm_that_no_inbox_has_cannot_be_undone(self):
        world = self.begin()
        edit = self.edit(world, "1", "number=A9")
        world.sql("update firms set name = 'former'")
        for command in ("undo", "replay"):
            entry = edit if command == "undo" else world.ledger("select min(id) id from imports")[0]["id"]
            if command == "replay":
                world.sql(f"update imports set kind = 'import' where id = {entry}")
            self.run_command(world, "imports", command, str(entry), "--yes", status=2,
                             error=f"entry {entry} is of the firm former, which no configured inbox has")


class ServiceTest(RegisterTest):
    def test_an_old_file_does_not_roll_back_what_a_person_edited_and_its_report_names_the_person(self):
        world = self.begin()
        world.start()
        march = sheet([("1", "Alpha", "A2"), ("2", "Beta", "B3")])
        world.inbox.drop("march.csv", march)
        world.inbox.wait_imports("march.csv", 1)
        edit = self.edit(world, "1", "number=A9")
        who = world.ledger("select who, started_at from imports where id = ?", (edit,))[0]["who"]
        world.inbox.drop("copy.csv", march)
        report = world.inbox.report("copy.errors.csv")
        self.assertEqual(self.codes(report), [("2", "superseded")])
        self.assertRegex(report[0][5], rf"Since then, entry {edit} \({who}, \d{{4}}-\d\d-\d\d\) gave the client the number"
                                       " A9, so A2 is out of date")
        undo = self.object(world, "imports", "undo", str(edit), "--yes")["entry"]
        self.assertEqual(world.numbers()["1"], "A2")
        self.edit(world, "1", "number=A8")
        portuguese = sheet([("1", "Alpha", "A2"), ("2", "Beta", "B3")], PT_BR)
        world.inbox.drop("cópia.csv", portuguese)
        report = world.inbox.report("cópia.errors.csv")
        self.assertRegex(report[0][5], rf"Depois disso, o lançamento {undo + 1} \({who}, ")
        self.assertEqual(world.numbers(), {"1": "A8", "2": "B3", "3": None})

    def test_people_edit_while_the_service_imports_and_nothing_is_lost(self):
        rounds = 12
        clients = [(str(n), f"Client {n}", f"N{n}") for n in range(40)]
        world = self.world("settle: 200ms", clients=clients, start=True)
        failures = []

        def edit_own(first):
            """Swaps the numbers of two clients of its own, again and again, and takes every other swap back."""
            numbers = [f"N{first}", f"N{first + 1}"]
            for n in range(rounds):
                numbers.reverse()
                done = world.command("clients", "edit", str(first), f"number={numbers[0]}", str(first + 1),
                                     f"number={numbers[1]}", "--format", "json")
                if done.returncode != 0:
                    failures.append(done.stderr)
                elif n % 2:
                    entry = json.loads(done.stdout)["entry"]
                    done = world.command("imports", "undo", str(entry), "--yes")
                    numbers.reverse()
                    if done.returncode != 0:
                        failures.append(done.stdout + done.stderr)

        people = [threading.Thread(target=edit_own, args=(first,)) for first in (0, 2)]
        for person in people:
            person.start()
        for n in range(rounds):
            world.inbox.drop(f"drop{n}.csv", sheet([(str(c), f"Client {c}", f"D{n}-{c}") for c in range(10, 40)]))
        for person in people:
            person.join()
        self.assertEqual(failures, [])
        for n in range(rounds):
            [row] = world.inbox.wait_imports(f"drop{n}.csv", 1)
            self.assertEqual((row["state"], row["row_count"], row["failed"]), ("imported", 30, 0), row)
        self.assertEqual(world.stop(), 0)
        self.assertNotIn(" error ", world.log())
        entries = self.objects(world, "imports", "list")
        kinds = [entry["kind"] for entry in entries]
        self.assertEqual([kinds.count(kind) for kind in ("edit", "undo", "import")], [2 * rounds, rounds, rounds])
        self.require_history(world)

    def require_history(self, world):
        """Each change starts from what the one before it left, and the last ones left what is there."""
        values = {}
        for row in world.ledger("select company_id, field, old_value, new_value from changes order by import_id, seq"):
            if row["field"] == "number":
                self.assertEqual(row["old_value"], values.get(row["company_id"]), row)
                values[row["company_id"]] = row["new_value"]
        self.assertEqual(values, world.numbers())


if __name__ == "__main__":
    main()
