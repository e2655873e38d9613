"""From drop to report: which files are taken, and when."""

import os
import signal
import statistics
import sys
import time
import unittest
import zipfile

from support import NOBODY, REPORT_EN, World, WorldTest, main, sheet, table

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]


def setUpModule():
    """Starts the one wait that is long by design. ZeroBytesTest ends it."""
    ZeroBytesTest.empty = World()
    unittest.addModuleCleanup(ZeroBytesTest.empty.close)
    ZeroBytesTest.empty.load(CLIENTS)
    ZeroBytesTest.empty.start()
    ZeroBytesTest.began = time.monotonic()
    ZeroBytesTest.empty.inbox.write("empty.csv", b"")


class ArrivalTest(WorldTest):
    def test_a_file_renamed_into_the_inbox_gets_its_report(self):
        world = self.world("", clients=CLIENTS, start=True)
        latencies = []
        for n in range(20):
            begin = time.monotonic()
            world.inbox.drop(f"drop{n}.csv", sheet([("1", "Alpha", f"N{n}")]))
            report = f"drop{n}.errors.csv"
            world.wait_until(lambda: world.inbox.exists(report), "the report", 5)
            latencies.append((time.monotonic() - begin) * 1000)
        print(f"drop to report: median {statistics.median(latencies):.1f} ms, most {max(latencies):.1f} ms",
              file=sys.stderr)
        self.assertEqual(world.numbers(), {"1": "N19", "2": "B2", "3": "G3"})
        self.assertEqual(table(world.inbox.read("drop0.errors.csv")), [REPORT_EN])

    def test_a_file_written_slowly_is_one_import_with_all_rows(self):
        world = self.world("", clients=[(str(n), f"Client {n}", "") for n in range(1, 9)], start=True)
        lines = sheet([(str(n), f"Client {n}", f"N{n}") for n in range(1, 9)]).splitlines(keepends=True)
        with open(world.inbox.place("held-open.csv"), "wb", buffering=0) as file:
            for line in lines:
                file.write(line)
                with open(world.inbox.place("reopened.csv"), "ab") as other:
                    other.write(line)
                time.sleep(0.15)
        for name in ("held-open.csv", "reopened.csv"):
            self.assertEqual(world.inbox.wait_imports(name, 1)[0]["row_count"], 8)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("held-open.csv")), 1)
        self.assertEqual(len(world.inbox.imports("reopened.csv")), 1)
        self.assertEqual(world.numbers()["8"], "N8")

    def test_a_writer_that_pauses_at_a_line_end_is_waited_for(self):
        world = self.world("settle: 200ms", clients=[(str(n), f"Client {n}", "") for n in range(1, 9)], start=True)
        lines = sheet([(str(n), f"Client {n}", f"N{n}") for n in range(1, 9)]).splitlines(keepends=True)
        with open(world.inbox.place("slow.csv"), "wb", buffering=0) as file:
            file.writelines(lines[:4])
            time.sleep(3)
            self.assertEqual(world.inbox.imports("slow.csv"), [])
            file.writelines(lines[4:])
        self.assertEqual(world.inbox.wait_imports("slow.csv", 1)[0]["row_count"], 8)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("slow.csv")), 1)

    def test_a_file_that_is_opened_for_writing_and_closed_without_a_write_is_no_new_drop(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.write("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.wait_imports("clients.csv", 1)
        with open(world.inbox.place("clients.csv"), "r+b"):
            pass
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)
        with open(world.inbox.place("clients.csv"), "r+b") as file:
            before = os.stat(file.fileno())
            content = file.read()
            file.seek(0)
            file.write(content)
            file.flush()
            os.utime(file.fileno(), ns=(before.st_atime_ns, before.st_mtime_ns))
        world.inbox.wait_imports("clients.csv", 2)

    def test_the_debug_log_says_what_a_file_waits_for_and_why_it_is_no_import(self):
        world = self.world("settle: 200ms\nrescan: 1s", clients=CLIENTS, general="log: {level: debug}", start=True)
        with open(world.inbox.place("open.csv"), "wb", buffering=0) as file:
            file.write(sheet([("1", "Alpha", "X1")]))
            why = lambda: {line["why"] for line in world.events("file.settling") if line["file"] == "open.csv"}
            world.wait_until(lambda: "its writer has it open" in why(), "the reason")
            time.sleep(2.5)
        world.inbox.wait_imports("open.csv", 1)
        self.assertLess(len(world.events("file.settling")), 6, "each reason once")
        world.inbox.write("notes.md", b"x")
        world.wait_until(lambda: any("matches no pattern" in line["why"] for line in world.events("file.passed_over")),
                         "the reason why notes.md is no import")
        time.sleep(1.5)
        looks = len(world.events("inbox.looked"))
        time.sleep(2.5)
        self.assertEqual(len(world.events("inbox.looked")), looks, "looks that find nothing new are not logged")

    def test_the_history_names_the_owner_of_the_file(self):
        if os.geteuid() != 0:
            self.skipTest("NOT TESTED, only root may give a file to somebody else")
        world = self.world(clients=CLIENTS, start=True)
        for name, number, owner in (("theirs.csv", "X1", NOBODY), ("own.csv", "X2", os.geteuid()),
                                    ("nameless.csv", "X3", 4242)):
            staged = world.staging / name
            staged.write_bytes(sheet([("1", "Alpha", number)]))
            os.chown(staged, owner, owner)
            staged.rename(world.inbox.path / name)
            world.inbox.wait_imports(name, 1)
        who = world.ledger("select i.who, c.new_value from changes c join imports i on i.id = c.import_id"
                           " where c.new_value like 'X_' order by c.import_id, c.seq")
        self.assertEqual([row["who"] for row in who], ["nobody", "unknown", "uid 4242"])

    def test_two_files_at_once_both_get_their_reports(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("one.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.drop("two.csv", sheet([("2", "Beta", "X2"), ("9", "Nobody", "X9")]))
        self.assertEqual(world.inbox.report("one.errors.csv"), [])
        self.assertEqual(self.codes(world.inbox.report("two.errors.csv")), [("3", "company_id_unknown")])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})

    def test_a_file_withdrawn_before_it_settled_is_no_import_and_no_error(self):
        world = self.world("settle: 700ms", clients=CLIENTS, start=True)
        world.inbox.write("oops.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.remove("oops.csv")
        world.inbox.pass_by()
        self.assertEqual(world.inbox.imports("oops.csv"), [])
        self.assertFalse(world.inbox.exists("oops.errors.csv"))
        self.assertNotIn(" error ", world.log())

    def test_a_download_renamed_to_csv_is_taken_under_its_final_name(self):
        world = self.world(clients=CLIENTS, start=True)
        content = sheet([("1", "Alpha", "X1")])
        world.inbox.write("clients.csv.part", content)
        world.inbox.pass_by()
        self.assertEqual(world.inbox.imports("clients.csv.part"), [])
        os.rename(world.inbox.place("clients.csv.part"), world.inbox.place("clients.csv"))
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        self.assertEqual(world.numbers()["1"], "X1")

    def test_a_file_without_a_last_line_end_settles_five_times_as_long(self):
        world = self.world("settle: 400ms", clients=CLIENTS, start=True)
        begin = time.monotonic()
        world.inbox.write("cut.csv", sheet([("1", "Alpha", "20")], last_end=False))
        world.inbox.wait_imports("cut.csv", 1)
        self.assertGreaterEqual(time.monotonic() - begin, 2.0)
        self.assertEqual(world.numbers()["1"], "20")

    def test_a_record_that_is_completed_while_it_waits_is_imported_once_and_whole(self):
        world = self.world("settle: 500ms", clients=CLIENTS, start=True)
        world.inbox.write("cut.csv", sheet([("1", "Alpha", "20")], last_end=False))
        world.inbox.pass_by()
        with open(world.inbox.place("cut.csv"), "ab") as file:
            file.write(b"00\r\n")
        world.inbox.wait_imports("cut.csv", 1)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("cut.csv")), 1)
        self.assertEqual(world.numbers()["1"], "2000")

    def test_a_zero_byte_file_that_grows_is_imported_once(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.write("grows.csv", b"")
        world.inbox.pass_by()
        self.assertEqual(world.inbox.imports("grows.csv"), [])
        world.inbox.write("grows.csv", sheet([("1", "Alpha", "X1")]))
        self.assertEqual(world.inbox.wait_imports("grows.csv", 1)[0]["updated"], 1)

    def test_a_file_that_is_written_again_right_after_its_rename_is_not_taken_empty(self):
        world = self.world("settle: 300ms", clients=CLIENTS, start=True)
        content = sheet([("1", "Alpha", "X1")])
        os.kill(world.process.pid, signal.SIGSTOP)
        world.inbox.drop("clients.csv", content)
        with open(world.inbox.place("clients.csv"), "wb") as file:
            os.kill(world.process.pid, signal.SIGCONT)
            world.inbox.pass_by()
            file.write(content)
        world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual(world.numbers()["1"], "X1")

    def test_a_half_written_file_is_not_taken_even_if_another_of_its_name_was_renamed_in_and_removed_before(self):
        world = self.world("settle: 500ms", clients=CLIENTS, start=True)
        half = sheet([("1", "Alpha", "20")], end="\n", last_end=False)
        world.inbox.write("y.part", half)
        os.kill(world.process.pid, signal.SIGSTOP)
        os.rename(world.inbox.place("y.part"), world.inbox.place("y.csv"))
        world.inbox.remove("y.csv")
        with open(world.inbox.place("y.csv"), "wb", buffering=0) as file:
            file.write(half)
            os.kill(world.process.pid, signal.SIGCONT)
            time.sleep(0.4)
            file.write(b"99\n")
        world.inbox.wait_imports("y.csv", 1)
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("y.csv")), 1)
        self.assertEqual(world.numbers()["1"], "2099")

    def test_polling_takes_files_that_are_renamed_in_and_files_that_are_written(self):
        world = self.world("settle: 200ms\nwatch: poll\npoll: 200ms", clients=CLIENTS, start=True)
        self.assertEqual(world.events("inbox.watched")[0]["by"], "polling")
        world.inbox.drop("renamed.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.write("written.csv", sheet([("2", "Beta", "X2")]))
        self.assertEqual(world.inbox.report("renamed.errors.csv"), [])
        self.assertEqual(world.inbox.report("written.errors.csv"), [])
        world.inbox.drop("renamed.csv", sheet([("1", "Alpha", "X3")]))
        world.inbox.wait_imports("renamed.csv", 2)
        self.assertEqual(world.numbers(), {"1": "X3", "2": "X2", "3": "G3"})

    @staticmethod
    def wait_at_work(world):
        """Returns once the service works on a file, as the temporary file of its report shows. While the database is
        locked, all other files wait behind that one."""
        world.wait_until(world.inbox.temporaries, "the service is at work")

    def test_a_file_that_has_a_second_link_when_its_turn_comes_is_taken_once_the_link_is_gone(self):
        world = self.world(clients=CLIENTS, start=True)
        backup = world.root / "backup.csv"
        with world.database.locked():
            world.inbox.drop("first.csv", sheet([("1", "Alpha", "X1")]))
            self.wait_at_work(world)
            world.inbox.drop("linked.csv", sheet([("2", "Beta", "X2")]))
            time.sleep(0.5)
            os.link(world.inbox.place("linked.csv"), backup)
        world.inbox.pass_by()
        self.assertEqual(world.inbox.imports("linked.csv"), [])
        backup.unlink()
        world.inbox.wait_imports("linked.csv", 1)
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})
        self.assertEqual(len(world.events("file.not_taken")), 1)

    def test_polling_takes_a_file_that_was_away_for_a_moment_when_its_turn_came(self):
        world = self.world("settle: 200ms\nwatch: poll\npoll: 1s", clients=CLIENTS, start=True)
        with world.database.locked():
            world.inbox.drop("first.csv", sheet([("1", "Alpha", "X1")]), mtime=1_700_000_000_000_000_000)
            world.inbox.drop("moved.csv", sheet([("2", "Beta", "X2")]))
            self.wait_at_work(world)
            os.rename(world.inbox.place("moved.csv"), world.staging / "moved.csv")
        world.wait_until(lambda: world.events("file.withdrawn"), "its turn came")
        os.rename(world.staging / "moved.csv", world.inbox.place("moved.csv"))
        world.inbox.wait_imports("moved.csv", 1)
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})


class NameTest(WorldTest):
    def test_hidden_and_temporary_names_are_never_taken_whatever_the_patterns(self):
        world = self.world('settle: 200ms\npatterns: ["*"]', clients=CLIENTS, start=True)
        content = sheet([("1", "Alpha", "WRONG")])
        never = [".hidden.csv", "~$clients.csv", ".~lock.clients.csv#", "a.tmp", "a.csv.part", "a.partial",
                 "a.crdownload", "a.filepart", "A.TMP", "Thumbs.db", "desktop.ini"]
        for name in never:
            world.inbox.drop(name, content)
            world.inbox.write(name, content)
        os.mkdir(world.inbox.place("folder.csv"))
        world.inbox.pass_by()
        world.restart()
        world.inbox.pass_by()
        self.assertEqual([row["name"] for row in world.inbox.imports() if "passer-by" not in row["name"]], [])
        self.assertEqual(world.inbox.names(), sorted([n for n in never if n[0] != "."] + ["folder.csv"]))
        self.assertEqual(world.numbers()["1"], "A1")

    def test_only_names_that_match_the_patterns_are_taken_in_any_case(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("notes.md", sheet([("1", "Alpha", "WRONG")]))
        os.mkdir(world.inbox.place("folder"))
        world.inbox.drop("CLIENTS.CSV", sheet([("2", "Beta", "X2")]))
        self.assertEqual(world.inbox.report("CLIENTS.errors.csv"), [])
        world.inbox.drop("export.Txt", sheet([("1", "Alpha", "X1")]).replace(b",", b"\t"))
        self.assertEqual(world.inbox.report("export.Txt.errors.csv", delimiter="\t"), [])
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["CLIENTS.CSV", "CLIENTS.errors.csv", "export.Txt", "export.Txt.errors.csv",
                                               "folder", "notes.md"])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3"})
        world.inbox.write("notes.md", sheet([("1", "Alpha", "WRONG AGAIN")]))
        world.inbox.pass_by()
        told = [(event["file"], event["why"]) for event in world.events("file.not_taken")]
        self.assertEqual(sorted(told), [("folder", "it is a folder"),
                                        ("notes.md", "its name matches no pattern: *.csv *.txt *.tsv")])

    def test_a_document_under_its_own_name_is_told_once_what_it_is(self):
        world = self.world(clients=CLIENTS, start=True)
        archive = world.staging / "archive"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("clients.csv", sheet([("1", "Alpha", "WRONG")]))
        for name, content, said in (("clients.zip", archive.read_bytes(), "ZIP"), ("list.pdf", b"%PDF-1.7\n", "PDF"),
                                    ("page.html", b"<html></html>\n", "web page"), ("letter.doc", b"text\n", "Word")):
            world.inbox.drop(name, content)
            [line] = world.inbox.report(name + ".errors.csv")
            self.assertEqual(line[4], "not_csv")
            self.assertIn(said, line[5])
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports("clients.zip")), 1)

    def test_a_spreadsheet_under_its_own_name_gets_a_not_csv_report(self):
        world = self.world(clients=CLIENTS, start=True)
        book = world.staging / "book"
        with zipfile.ZipFile(book, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
        for name in ("clients.xlsx", "disguised.csv"):
            world.inbox.drop(name, book.read_bytes())
        for report in ("clients.xlsx.errors.csv", "disguised.errors.csv"):
            lines = world.inbox.report(report)
            self.assertEqual(self.codes(lines), [("", "not_csv")])
            self.assertIn("CSV", lines[0][5])
        self.assertEqual(world.inbox.wait_imports("clients.xlsx", 1)[0]["state"], "rejected")

    def test_a_report_is_never_imported_itself(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.inbox.report("clients.errors.csv")
        world.inbox.pass_by()
        world.restart()
        world.inbox.pass_by()
        names = [row["name"] for row in world.inbox.imports()]
        self.assertEqual([name for name in names if "passer-by" not in name], ["clients.csv"])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])


class ZeroBytesTest(WorldTest):
    """The last test by name: the others run while it waits."""

    empty = None
    began = 0.0

    def test_a_file_that_stays_empty_is_reported_after_30_seconds(self):
        self.empty.wait_until(lambda: self.empty.inbox.exists("empty.errors.csv"), "the report of the empty file", 60)
        self.assertGreaterEqual(time.monotonic() - self.began, 30)
        lines = self.empty.inbox.report("empty.errors.csv")
        self.assertEqual(self.codes(lines), [("", "file_empty")])


if __name__ == "__main__":
    main()
