"""The report: what it contains, where it goes, and what becomes of it when people correct it."""

import os
import random
import re
import stat
import time

from support import EN, REPORT_EN, WorldTest, main, sheet, table

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3"), ("4", "Delta", "D4")]
INPUT = sheet([("1", "Alpha", "X1"), ("2", "Beta", "D4"), ("3", "Gamma", "")])
TODO = [("3", "client_number_taken"), ("4", "client_number_blank")]


def mend(report, company, number):
    """A report's bytes with another number in one client's row, as a careful program saves them."""
    records = [list(record) for record in table(report)]
    for record in records:
        if record[0] == company:
            record[2] = number
    return b"\xef\xbb\xbf" + sheet(records[1:], records[0])


def save_in_place(inbox, name, content):
    inbox.write(name, content)


def save_like_excel(inbox, name, content):
    """Writes a new file, renames the old one away and the new one into its place, and deletes the old one."""
    fresh, old = f"{random.randrange(16**8):08X}", f"{random.randrange(16**8):08X}.tmp"
    inbox.write(fresh, content)
    os.rename(inbox.place(name), inbox.place(old))
    os.rename(inbox.place(fresh), inbox.place(name))
    inbox.remove(old)


def save_by_delete_and_rename(inbox, name, content):
    inbox.write("~WRL0001.tmp", content)
    inbox.remove(name)
    os.rename(inbox.place("~WRL0001.tmp"), inbox.place(name))


def save_like_libreoffice(inbox, name, content):
    """Writes a new file, beside a lock file, and renames it over the old one."""
    lock = f".~lock.{name}#"
    inbox.write(lock, b",user,host,;")
    inbox.write("lu12345.tmp", content)
    os.rename(inbox.place("lu12345.tmp"), inbox.place(name))
    inbox.remove(lock)


class LargeReportTest(WorldTest):
    """A report contains more than its input, and may be larger than the limit for inputs."""

    ROWS = [(str(10 ** 15 + n), f"Client {n}", f"N{n}") for n in range(1000)]

    def test_a_report_over_the_limit_for_inputs_is_known_as_a_report_and_may_be_corrected_in_place(self):
        world = self.world("settle: 100ms\nrescan: 1s", clients=self.ROWS[:500], start=True)
        wrong = [(company, name, f"M{n}" if n >= 500 else "") for n, (company, name, _) in enumerate(self.ROWS)]
        world.inbox.drop("clients.csv", sheet(wrong))
        self.assertEqual(len(world.inbox.report("clients.errors.csv")), 1000)
        report = world.inbox.read("clients.errors.csv")
        self.assertGreater(len(report), 102400)
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])
        self.assertEqual(len(world.inbox.imports("clients.errors.csv")), 0)

        save_in_place(world.inbox, "clients.errors.csv", mend(report, self.ROWS[7][0], "N7x"))
        world.inbox.wait_imports("clients.errors.csv", 1)
        self.assertEqual(len(world.inbox.report("clients.errors.csv")), 999)
        self.assertEqual(world.numbers()[self.ROWS[7][0]], "N7x")


class ContentTest(WorldTest):
    def test_a_report_has_the_input_s_form_and_cells(self):
        world = self.world(clients=CLIENTS, start=True)
        rows = [("2", "Beta; Ltd \"B\"", "00D4"), ("3", "Gamma", "=1+1"), ("4", "Delta", "-7")]
        world.inbox.drop("clients.csv", sheet(rows, EN, ";", "\n"))
        lines = world.inbox.report("clients.errors.csv", ";")
        content = world.inbox.read("clients.errors.csv")
        header = b"Company ID;Display name;Client number;Row;Error code;Error;Ref\n"
        self.assertTrue(content.startswith(b"\xef\xbb\xbf" + header))
        self.assertNotIn(b"\r", content)
        self.assertEqual([line[:5] for line in lines],
                         [("2", "Beta; Ltd \"B\"", "00D4", "2", "display_name_changed"),
                          ("3", "Gamma", "'=1+1", "3", "client_number_formula")])
        self.assertEqual(world.numbers(), {"1": "A1", "2": "B2", "3": "G3", "4": "-7"})

    def test_the_input_stays_as_it_was_dropped(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT, mtime=1_700_000_000_123_456_789, mode=0o640)
        before = os.stat(world.inbox.place("clients.csv"))
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)
        after = os.stat(world.inbox.place("clients.csv"))
        same = ("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns", "st_mode", "st_uid", "st_gid")
        self.assertEqual([getattr(after, field) for field in same], [getattr(before, field) for field in same])
        self.assertEqual(world.inbox.read("clients.csv"), INPUT)

    def test_a_clean_import_has_a_report_of_the_header_line(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.report("clients.errors.csv")
        self.assertEqual(table(world.inbox.read("clients.errors.csv")), [REPORT_EN])

    def test_report_errors_writes_none_for_a_clean_file_and_removes_a_stale_one(self):
        world = self.world("settle: 200ms\nreport: errors", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X2")]))
        world.inbox.wait_imports("clients.csv", 3)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.assertEqual(world.inbox.temporaries(), [])

    def test_owner_and_group_may_read_and_write_it_whatever_the_umask(self):
        for umask in (0o077, 0o000):
            world = self.world(clients=CLIENTS)
            if os.geteuid() == 0:
                os.chown(world.inbox.path, -1, 54321)
            world.start(umask=umask)
            for mode, expected in ((0o600, 0o660), (0o640, 0o660), (0o644, 0o664), (0o666, 0o666), (0o444, 0o664)):
                with self.subTest(umask=oct(umask), mode=oct(mode)):
                    name = f"m{mode:o}"
                    world.inbox.drop(f"{name}.csv", INPUT, mode=mode)
                    world.inbox.report(f"{name}.errors.csv")
                    found = os.stat(world.inbox.place(f"{name}.errors.csv"))
                    self.assertEqual(oct(stat.S_IMODE(found.st_mode)), oct(expected))
                    self.assertEqual(found.st_gid, os.stat(world.inbox.path).st_gid)


class StuckTest(WorldTest):
    def test_a_report_that_cannot_be_published_does_not_delay_the_other_files(self):
        world = self.world("settle: 50ms\nrescan: 1s", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        world.inbox.wait_imports("clients.csv", 1)
        world.sql("update imports set name = 'nowhere/clients.csv', report_state = 'pending'"
                  " where name = 'clients.csv'")
        world.wait_until(lambda: world.events("inbox.fault"), "publishing fails")
        for n in range(3):
            world.inbox.drop(f"other{n}.csv", INPUT)
            world.inbox.wait_imports(f"other{n}.csv", 1)
        self.assertEqual(len(world.events("inbox.fault")), 1)


    def test_an_older_report_that_was_placed_but_not_recorded_gives_way_to_the_newer_one(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        world.inbox.wait_imports("clients.csv", 1)
        older = world.inbox.read("clients.errors.csv")
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.inbox.wait_imports("clients.csv", 2)
        newer = world.inbox.read("clients.errors.csv")
        world.stop()
        # Two services that died one after the other, each after its commit, leave this.
        world.inbox.write("clients.errors.csv", older)
        world.sql("delete from report_places")
        world.sql("update imports set report_state = 'pending' where name = 'clients.csv'")
        world.start()
        rows = world.inbox.wait_imports("clients.csv", 2)
        world.inbox.pass_by()
        self.assertEqual([row["report_state"] for row in rows], ["superseded", "published"])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])
        self.assertEqual(world.inbox.read("clients.errors.csv"), newer)


class AgainTest(WorldTest):
    def begin(self, options="settle: 200ms"):
        world = self.world(options, clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)
        world.inbox.wait_imports("clients.csv", 1)
        return world

    def test_a_corrected_report_under_another_name_applies_the_corrections(self):
        world = self.begin()
        world.inbox.drop("mended.csv", mend(world.inbox.read("clients.errors.csv"), "2", "X2"))
        lines = world.inbox.report("mended.errors.csv")
        self.assertEqual([(line[0], line[4]) for line in lines], [("3", "client_number_blank")])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "G3", "4": "D4"})

    def test_an_uncorrected_report_fails_as_before_and_applies_nothing(self):
        world = self.begin()
        first = world.inbox.report("clients.errors.csv")
        world.inbox.drop("again.csv", world.inbox.read("clients.errors.csv"))
        again = world.inbox.report("again.errors.csv")
        self.assertEqual([line[:3] + line[4:] for line in again], [line[:3] + line[4:] for line in first])
        self.assertEqual(world.inbox.wait_imports("again.csv", 1)[0]["updated"], 0)
        self.assertEqual(world.numbers(), {"1": "X1", "2": "B2", "3": "G3", "4": "D4"})

    def test_a_report_corrected_and_saved_in_place_shrinks_until_it_is_empty(self):
        for patterns in ("*.csv", "clients.csv"):
            for save in (save_in_place, save_like_excel, save_by_delete_and_rename, save_like_libreoffice):
                with self.subTest(save=save.__name__, patterns=patterns):
                    self.shrink(save, patterns)

    def shrink(self, save, patterns):
        world = self.begin(f'settle: 200ms\npatterns: ["{patterns}"]')
        report, place = "clients.errors.csv", world.inbox.place("clients.errors.csv")
        for company, number, left in (("2", "X2", ["3"]), ("3", "X3", [])):
            save(world.inbox, report, mend(world.inbox.read(report), company, number))
            world.wait_until(
                lambda: os.path.exists(place) and [line[0] for line in table(world.inbox.read(report))[1:]] == left,
                f"the to-do list is {left}")
        world.inbox.wait_imports(report, 2)
        self.assertEqual(table(world.inbox.read(report)), [REPORT_EN])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "X3", "4": "D4"})
        world.restart()
        if patterns == "*.csv":
            world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv", report])
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)
        self.assertEqual(len(world.inbox.imports(report)), 2)
        self.assertEqual(world.inbox.temporaries(), [])

    def test_a_corrected_report_that_is_rejected_is_never_replaced(self):
        world = self.begin()
        spoiled = b"my,own,notes\r\n1,2,3\r\n"
        world.inbox.write("clients.errors.csv", spoiled)
        lines = world.inbox.report("clients.errors.2.csv")
        self.assertEqual({line[4] for line in lines}, {"header_missing"})
        self.assertEqual(world.inbox.read("clients.errors.csv"), spoiled)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "Y1")]))
        world.inbox.wait_imports("clients.csv", 2)
        self.assertEqual(world.inbox.read("clients.errors.csv"), spoiled)
        self.assertEqual(world.numbers()["1"], "Y1")

    def test_a_report_corrected_while_no_service_runs_is_a_drop_when_one_starts(self):
        world = self.begin()
        world.stop()
        mended = mend(mend(world.inbox.read("clients.errors.csv"), "2", "X2"), "3", "X3")
        world.inbox.write("clients.errors.csv", mended)
        world.start()
        world.inbox.wait_imports("clients.errors.csv", 1)
        self.assertEqual(table(world.inbox.read("clients.errors.csv")), [REPORT_EN])
        self.assertEqual(world.numbers(), {"1": "X1", "2": "X2", "3": "X3", "4": "D4"})

    def test_a_corrected_report_is_not_lost_if_its_input_is_dropped_again_at_once(self):
        world = self.begin("settle: 500ms")
        mended = mend(world.inbox.read("clients.errors.csv"), "2", "X2")
        world.inbox.write("clients.errors.csv", mended)
        world.inbox.drop("clients.csv", INPUT)
        world.inbox.wait_imports("clients.csv", 2)
        world.wait_until(lambda: world.numbers()["2"] == "X2", "the corrected row is applied")
        world.inbox.wait_imports("clients.errors.csv", 1)

    def test_what_a_program_writes_into_a_report_that_was_replaced_after_it_opened_it_is_not_lost(self):
        world = self.world("settle: 100ms\nrescan: 1s", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        world.inbox.wait_imports("clients.csv", 1)
        older = world.inbox.read("clients.errors.csv")
        with open(world.inbox.place("clients.errors.csv"), "r+b", buffering=0) as opened:
            world.inbox.drop("clients.csv", sheet([("9", "Nobody", "N9")]))
            world.inbox.wait_imports("clients.csv", 2)
            self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), [("2", "company_id_unknown")])
            time.sleep(2.5)
            self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])
            opened.write(mend(older, "3", "X3"))
            opened.truncate()
        world.wait_until(lambda: world.numbers()["3"] == "X3", "the save applies")
        world.inbox.wait_imports("clients.errors.recovered-1.csv", 1)
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv", "clients.errors.recovered-1.csv"])
        self.assertEqual(world.stop(), 0)
        self.assertEqual(world.inbox.temporaries(), [])

    def test_a_report_edited_in_place_and_then_deleted_does_not_come_back_as_the_older_list(self):
        world = self.begin("settle: 200ms\nrescan: 1s")
        world.inbox.write("clients.errors.csv", mend(world.inbox.read("clients.errors.csv"), "2", "X2"))
        world.inbox.wait_imports("clients.errors.csv", 1)
        world.inbox.remove("clients.errors.csv")
        time.sleep(3.5)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        world.restart()
        time.sleep(2.5)
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.assertEqual(len(world.inbox.imports()), 2)


class PlaceTest(WorldTest):
    def test_a_user_s_own_file_at_the_report_s_place_is_not_touched(self):
        for patterns in ("*.csv", "clients.csv"):
            with self.subTest(patterns=patterns):
                world = self.world(f'settle: 200ms\npatterns: ["{patterns}"]', clients=CLIENTS, start=True)
                own = sheet([("what", "I", "noted")], ("my", "own", "list"))
                world.inbox.drop("clients.errors.csv", own)
                world.inbox.drop("clients.csv", INPUT)
                self.assertEqual(self.codes(world.inbox.report("clients.errors.2.csv")), TODO)
                world.restart()
                world.inbox.drop("clients.csv", sheet([("1", "Alpha", "Y1")]))
                world.inbox.wait_imports("clients.csv", 2)
                self.assertEqual(world.inbox.report("clients.errors.2.csv"), [])
                self.assertEqual(world.inbox.read("clients.errors.csv"), own)

    def test_a_directory_or_a_link_at_the_report_s_place_is_not_touched(self):
        world = self.world(clients=CLIENTS, start=True)
        os.mkdir(world.inbox.place("clients.errors.csv"))
        target = world.root / "target"
        target.write_bytes(b"precious")
        os.symlink(target, world.inbox.place("clients.errors.2.csv"))
        os.symlink(world.root / "nowhere", world.inbox.place("clients.errors.3.csv"))
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.4.csv")), TODO)
        self.assertEqual(os.listdir(world.inbox.place("clients.errors.csv")), [])
        self.assertEqual(os.readlink(world.inbox.place("clients.errors.2.csv")), os.fsencode(target))
        self.assertEqual(target.read_bytes(), b"precious")
        self.assertFalse((world.root / "nowhere").exists())
        self.assertEqual(world.inbox.temporaries(), [])

    def test_a_user_s_own_huge_files_at_the_report_s_places_delay_nothing(self):
        world = self.world('settle: 200ms\npatterns: ["a.csv"]', clients=CLIENTS, start=True)
        for n in ("", *(f".{n}" for n in range(2, 21))):
            with open(world.inbox.place(f"a.errors{n}.csv"), "wb") as file:
                file.truncate(60 << 20)
        world.restart()
        begin = time.monotonic()
        world.inbox.drop("a.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("a.errors.21.csv")), TODO)
        self.assertLess(time.monotonic() - begin, 3)

    def test_a_report_beside_an_edited_one_is_removed_when_the_next_takes_its_place(self):
        world = self.world(clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)
        mended = mend(world.inbox.read("clients.errors.csv"), "2", "X2")
        world.inbox.write("clients.errors.csv", mended + b'"never closed')
        self.assertEqual([line[4] for line in world.inbox.report("clients.errors.2.csv")], ["csv_malformed"])
        world.inbox.wait_imports("clients.errors.csv", 1)
        world.inbox.write("clients.errors.csv", mended)
        world.inbox.wait_imports("clients.errors.csv", 2)
        self.assertEqual([line[0] for line in world.inbox.report("clients.errors.csv")], ["3"])
        world.wait_until(lambda: not world.inbox.exists("clients.errors.2.csv"), "the stale report is removed")
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])

    def test_a_report_at_a_second_place_is_removed_when_the_next_takes_the_first(self):
        world = self.world(clients=CLIENTS, start=True)
        os.mkdir(world.inbox.place("clients.errors.csv"))
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.2.csv")), TODO)
        os.rmdir(world.inbox.place("clients.errors.csv"))
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X2")]))
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        world.wait_until(lambda: not world.inbox.exists("clients.errors.2.csv"), "the stale report is removed")
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])

    def test_a_stale_report_is_removed_even_if_what_was_in_its_way_is_gone(self):
        world = self.world("settle: 200ms\nreport: errors", clients=CLIENTS, start=True)
        os.mkdir(world.inbox.place("clients.errors.csv"))
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.2.csv")), TODO)
        os.rmdir(world.inbox.place("clients.errors.csv"))
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X2")]))
        world.inbox.wait_imports("clients.csv", 2)
        self.assertEqual(world.inbox.names(), ["clients.csv"])

    def test_another_input_s_report_is_not_touched(self):
        world = self.world("settle: 200ms\npatterns: [\"*\"]", clients=CLIENTS, start=True)
        world.inbox.drop("clients.csv", INPUT)
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)
        world.inbox.drop("clients.CSV", sheet([("9", "Nobody", "X9")]))
        self.assertEqual(self.codes(world.inbox.report("clients.errors.2.csv")), [("2", "company_id_unknown")])
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), TODO)

    def test_names_too_long_for_a_report_are_cut_at_a_character_and_get_a_hash(self):
        world = self.world(clients=CLIENTS, start=True)
        names = ["n" * 251 + ".csv", "é" * 125 + "x.csv", "n" * 244 + ".csv", "n" * 240 + ".csv", "m" * 250 + "A.csv"]
        for name in names:
            self.assertLessEqual(len(name.encode()), 255)
            world.inbox.drop(name, INPUT)
            with self.subTest(name=name[-20:]):
                place = world.inbox.wait_imports(name, 1)[0]["report_name"]
                self.assertTrue(world.inbox.exists(place))
                self.assertEqual(self.codes(world.inbox.report(place))[0][0], "3")
                self.assertLessEqual(len(place.encode()), 255)
                whole = name.removesuffix(".csv") + ".errors.csv"
                if len(whole.encode()) <= 255:
                    self.assertEqual(place, whole)
                else:
                    cut = re.fullmatch(r"(.*)~[0-9a-f]{8}\.errors\.csv", place)
                    self.assertTrue(cut and name.startswith(cut[1]))
        world.restart()
        world.inbox.pass_by()
        for name in names:
            self.assertEqual(len(world.inbox.imports(name)), 1)
        reports = [name for name in world.inbox.names() if name.endswith(".errors.csv")]
        self.assertEqual(len(reports), len(names))

    def test_a_name_may_be_any_bytes(self):
        world = self.world(clients=CLIENTS, start=True)
        for stem in (b"caf\xe9", b"two\nlines", b"\xff\xfe", b"-rf", b"sp ace ", b"quote\"'\\", "año 1".encode()):
            with self.subTest(stem=stem):
                world.inbox.drop(stem + b".csv", INPUT)
                lines = world.inbox.report(stem + b".errors.csv")
                self.assertEqual(lines[-1][3:5], TODO[-1])
                self.assertEqual(world.inbox.read(stem + b".csv"), INPUT)
        count = len(world.inbox.imports())
        self.assertEqual(count, 7)
        world.restart()
        world.inbox.pass_by()
        self.assertEqual(len(world.inbox.imports()), count + 1)


if __name__ == "__main__":
    main()
