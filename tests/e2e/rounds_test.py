"""A list that people work off: correct the report, save it, and again, until it is empty."""

import csv
import io
import json
import os
import time

from support import EN, REPORT_EN, WorldTest, main, sheet, table

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3"), ("4", "Delta", "D4")]
# Row 3 has a comma too many; row 4 has no number.
INPUT = b"Company ID,Display name,Client number\r\n1,Alpha,X1\r\n2,Be,ta,X2\r\n3,Gamma,\r\n"


def saved(lines):
    """A report as a spreadsheet saves it: other quotes, other line ends, and no byte order mark."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([REPORT_EN, *lines])
    return text.getvalue().encode()


def changed(lines, row, cells):
    """The lines with these cells in that one whose Row it is."""
    return [(*cells, *line[3:]) if line[3] == row else line for line in lines]


class RoundsTest(WorldTest):
    def save(self, world, name, lines):
        """Saves a report in place and waits until the next one stands there."""
        count = len(world.inbox.imports(name))
        world.inbox.write(name, saved(lines))
        world.inbox.wait_imports(name, count + 1)
        return world.inbox.report(name)

    def test_a_list_is_worked_off_over_three_rounds(self):
        world = self.world("settle: 200ms", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        name = "clients.errors.csv"
        first = world.inbox.report(name)
        self.assertEqual(self.codes(first), [("3", "field_count"), ("4", "client_number_blank")])
        self.assertIn("2,Be,ta,X2", first[0][5])

        second = self.save(world, name, changed(first, "4", ("3", "Gamma", "X3")))
        self.assertEqual(second, [first[0]])
        self.assertEqual(world.numbers()["3"], "X3")
        self.assertEqual(self.save(world, name, second), [first[0]])
        errors = world.ledger("select * from import_errors where import_id = (select max(id) from imports)")
        self.assertEqual([(error["sheet_row"], error["codes"], error["message"]) for error in errors],
                         [(3, "field_count", first[0][5])])

        third = self.save(world, name, changed(second, "3", ("2", "Beta", "D4")))
        self.assertEqual(self.codes(third), [("3", "client_number_taken")])
        self.assertEqual(self.save(world, name, changed(third, "3", ("2", "Beta", "X2"))), [])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "X3", "4": "D4"})
        self.assertEqual(world.inbox.names(), ["clients.csv", name])

    def test_the_reasons_of_a_rejected_file_stay_until_their_lines_are_deleted(self):
        world = self.world("settle: 200ms\napply: all_or_nothing", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", b"Company;Display name;Client numbre\n1;Alpha;X1\n")
        name = "clients.errors.csv"
        world.inbox.wait_imports("clients.csv", 1)
        first = table(world.inbox.read(name), ";")[1:]
        self.assertEqual({line[4] for line in first}, {"header_missing"})
        self.assertEqual(self.save(world, name, first), first)
        self.assertEqual(world.inbox.imports(name)[-1]["state"], "imported")
        # A row that is right is applied beside them.
        self.assertEqual(self.save(world, name, [*first, ("1", "Alpha", "X1", "2", "", "", "")]), first)
        self.assertEqual(world.numbers()["1"], "X1")
        self.assertEqual(self.save(world, name, first[1:]), first[1:])
        self.assertEqual(self.save(world, name, []), [])

    def test_commands_show_a_kept_line_as_it_is(self):
        world = self.world("settle: 200ms", clients=CLIENTS)
        file = world.root / "clients.csv"
        file.write_bytes(saved([("", "", "", "3", "field_count", "The row reads: 2,Be,ta", ""),
                                ("", "", "", "", "header_missing", "No column X.", "")]))
        [found] = map(json.loads, world.command("check", file, "--format", "json").stdout.splitlines())
        self.assertEqual(found["outcome"], "checked")
        self.assertEqual((found["rows"], found["failed"]), (2, 2))
        self.assertEqual(found["errors"], [
            {"row": 3, "company_id": None, "codes": ["field_count"], "message": "The row reads: 2,Be,ta"},
            {"row": None, "company_id": None, "codes": ["header_missing"], "message": "No column X."}])
        self.assertIn("row 3  field_count\n    The row reads: 2,Be,ta\n", world.command("check", file).stdout)

    def test_reports_on_inputs_with_other_extensions_are_corrected_in_place_too(self):
        world = self.world('settle: 200ms\npatterns: ["*.txt", "*.tsv"]', clients=CLIENTS, start=True)
        for (company, display, _), extension in zip(CLIENTS, ("txt", "tsv", "TXT")):
            with self.subTest(extension=extension):
                name = f"list.{extension}.errors.csv"
                world.inbox.drop(f"list.{extension}", sheet([(company, display, "")]))
                lines = world.inbox.report(name)
                self.assertEqual(self.codes(lines), [("2", "client_number_blank")])
                world.inbox.wait_imports(f"list.{extension}", 1)
                self.assertEqual(self.save(world, name, changed(lines, "2", (company, display, extension))), [])
                self.assertEqual(world.numbers()[company], extension)
        world.inbox.write("list.txt.errors.csv", b"spoilt\n")
        self.assertEqual({line[4] for line in world.inbox.report("list.txt.errors.2.csv")}, {"header_missing"})


class TheirsTest(WorldTest):
    """A report is people's own once it was published."""

    def begin(self):
        world = self.world("settle: 200ms\nrescan: 1s", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        world.inbox.wait_imports("clients.csv", 1)
        return world

    def test_a_deleted_report_stays_deleted(self):
        world = self.begin()
        world.inbox.remove("clients.errors.csv")
        time.sleep(2.5)
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        # Even if an older import is found whose report was never published.
        world.stop()
        world.sql("update imports set version = 2 where name = 'clients.csv'")
        world.sql("insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, language, who,"
                  " started_at, finished_at, report_name, report_sha256, report_state)"
                  " select kind, state, firm_id, inbox, name, 1, 'x', size, mtime, language, who, started_at,"
                  " finished_at, report_name, report_sha256, 'pending' from imports where name = 'clients.csv'")
        world.sql("insert into import_bytes (import_id, input, report) select (select max(id) from imports), input,"
                  " report from import_bytes order by import_id limit 1")
        world.start()
        world.wait_until(lambda: world.inbox.imports("clients.csv")[-1]["report_state"] == "superseded", "the mark")
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv"])

    def test_a_report_that_was_moved_or_renamed_is_left_alone(self):
        world = self.begin()
        first = world.inbox.read("clients.errors.csv")
        os.mkdir(world.inbox.place("done"))
        os.rename(world.inbox.place("clients.errors.csv"), world.inbox.place("done/clients.errors.csv"))
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv", "done"])
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")], EN))
        world.inbox.wait_imports("clients.csv", 2)
        second = world.inbox.read("clients.errors.csv")
        os.rename(world.inbox.place("clients.errors.csv"), world.inbox.place("todo.csv"))
        world.inbox.wait_imports("todo.csv", 1)
        world.inbox.drop("clients.csv", sheet([("8", "Nobody", "X8")], EN))
        world.inbox.wait_imports("clients.csv", 3)
        self.assertEqual(world.inbox.read("todo.csv"), second)
        self.assertEqual(world.inbox.read("done/clients.errors.csv"), first)

    def test_a_late_save_into_a_replaced_report_does_not_win_over_a_newer_list(self):
        world = self.begin()
        older = world.inbox.report("clients.errors.csv")
        with open(world.inbox.place("clients.errors.csv"), "r+b", buffering=0) as opened:
            world.inbox.drop("clients.csv", sheet([("3", "Gamma", "NEW"), ("9", "Nobody", "N9")], EN))
            world.inbox.wait_imports("clients.csv", 2)
            opened.write(saved(changed(older, "4", ("3", "Gamma", "LATE"))))
            opened.truncate()
        late = "clients.errors.recovered-1.csv"
        world.inbox.wait_imports(late, 1)
        self.assertEqual(world.numbers()["3"], "NEW")
        self.assertEqual(self.codes(world.inbox.report(late)), [("3", "field_count"), ("4", "superseded")])
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), [("3", "company_id_unknown")])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv", late])


if __name__ == "__main__":
    main()
