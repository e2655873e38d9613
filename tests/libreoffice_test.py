#!/usr/bin/env python3
"""Reports that a real LibreOffice opened and saved, with cells mended and IDs damaged, and what comes of them.

usage: libreoffice_test.py CLIENTSYNC [test ...]

Ends with status 77, which means skipped, if LibreOffice is not installed.
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "e2e"))

import libreoffice
import support
from libreoffice import Choices
from support import REPORT_EN, WorldTest, sheet, table

SKIPPED = 77
PADARIA, JOAO, AGUA, NINETEEN = "9130351530529746", "9130414182618985", "9130317795191422", "9223372036854775807"
SILVA, OTHER_SILVA, REDWOOD, ALDER = "9341452087316520", "9341452087316528", "9130351530529750", "145877417413898"
LONE, XAVIER, CLINICA = "7", "9130472472935936", "9341482644456294"

CLIENTS = [
    (PADARIA, "Padaria São João Ltda", "00123"), (JOAO, 'João "Zé" Antônio; de Araújo', "00207"),
    (AGUA, "Água Fresca – Distribuidora Ltda", "3-12"), (NINETEEN, "Nineteen Digits & Sons", "N-19"),
    (SILVA, "Silva & Filhos Comércio Ltda", "3004"), (OTHER_SILVA, "Silva & Filhos Comércio Ltda", "3005"),
    (REDWOOD, "Redwood Coast Kayaks", "2001"), (ALDER, "Alder & Finch Bakery, LLC", "1043"),
    (LONE, "Lone Digit", "000"), (XAVIER, "Xavier Transportes ME", "4004"),
    (CLINICA, "Clínica Médica Conceição S/S", "1042"),
]
NAMES = {company: name for company, name, _ in CLIENTS}
NUMBERS = {company: number for company, _, number in CLIENTS}

# Every row but the last has an error. The numbers beside wrong names are right, and must survive the spreadsheet.
INPUT = sheet([
    (PADARIA, "Padaria", "00888"), (JOAO, "João", "0009990"), (AGUA, "Água", "1/2"), (NINETEEN, "Nineteen", "12E5"),
    (SILVA, NAMES[SILVA], ""), (OTHER_SILVA, NAMES[OTHER_SILVA], ""), (REDWOOD, NAMES[REDWOOD], "4004"),
    (ALDER, NAMES[ALDER], ""), (LONE, "Lone", "000"), (CLINICA, NAMES[CLINICA], "10042"),
])
MENDED = {
    PADARIA: {"name": NAMES[PADARIA]}, JOAO: {"name": NAMES[JOAO]}, AGUA: {"name": NAMES[AGUA]},
    NINETEEN: {"name": NAMES[NINETEEN]}, LONE: {"name": NAMES[LONE]}, SILVA: {"number": "3104"},
    OTHER_SILVA: {"number": "P-3105"},
}
IMPORTED_AT_FIRST = {**NUMBERS, CLINICA: "10042"}
IMPORTED_WHEN_MENDED = {
    **IMPORTED_AT_FIRST, PADARIA: "00888", JOAO: "0009990", AGUA: "1/2", NINETEEN: "12E5", SILVA: "3104",
    OTHER_SILVA: "P-3105",
}
LEFT = [(REDWOOD, "client_number_taken"), (ALDER, "client_number_blank")]

# Client numbers as offices have them, which a spreadsheet may take for something else.
TYPED = """
1-2 3-12 13-5 12/3 31/12 2024-03 03-2024 2026-02-01 1-2-26 1/2/26 1/2/3 1-1 10-10 1.2.3 10.10 10,10 10.5 1.050 1,050 1.50
150.0 1. .5 00.5 007.5 1E5 1e5 12E5 1.5E3 1E-5 2E3 00E1 00123 000 0123 MAR1 MAR-1 MAR/24 DEZ-5 SET1 12_MAR 12/MAR
Jan_2024 5% 5.5% 5,5% 05% true verdadeiro false sim $5 $5.50 R$5 R$_5 £5 +5 -5 (5) 5- +1042 1:30 9:05 25:10 1:2 1:2:3
13:30 5pm 1_050 12345678901234567890 123456789012 1,234,567 1.234.567 1.000,00 1,000.00 110.042.490.114 A-17 17A 3D2 1-A
""".split()
TYPED = [number.replace("_", " ") for number in TYPED]
LOCALES = ("en-US", "en-GB", "pt-BR")

REPORT = Choices()
SAVES = {
    "comma": (REPORT, Choices()),
    "semicolon": (Choices(detect_special_numbers=True), Choices(delimiter=";", encoding="windows-1252")),
    "utf-16": (Choices(detect_special_numbers=True, language="pt-BR"),
               Choices(delimiter="\t", encoding="utf-16", quote_text=True, language="pt-BR")),
}

ID, NAME, NUMBER = range(3)
CODES, REF = REPORT_EN.index("Error code"), REPORT_EN.index("Ref")
COLUMNS = {"name": NAME, "number": NUMBER}


def company_of(record):
    """The company ID that a report's line has in its column Ref."""
    return record[REF].removeprefix("id:").partition(" no:")[0]


def changed(content, change, delimiter=",", encoding="utf-8-sig"):
    """A saved report with `change` made to each of its lines; header and all other cells stay."""
    records = [list(record) for record in table(content.decode(encoding).encode(), delimiter)]
    for record in records[1:]:
        change(record)
    return sheet(records[1:], records[0], delimiter, "\n").decode().encode(encoding)


def mend(content, mended):
    def set_cells(record):
        for column, value in mended.get(company_of(record), {}).items():
            record[COLUMNS[column]] = value
    return changed(content, set_cells)


def scientific(digits, decimal_point="."):
    return f"{int(digits):.5E}".replace(".", decimal_point)


def cut(digits):
    return digits[:15] + "0" * len(digits[15:])


def rounded(digits):
    unit = 10 ** max(len(digits) - 15, 0)
    return str((int(digits) + unit // 2) // unit * unit)


def damage(content, company_id, choices):
    """All IDs as `company_id` makes them, beside the numbers that LibreOffice has changed already."""
    def set_id(record):
        record[ID] = company_id(company_of(record))
    return changed(content, set_id, choices.delimiter, choices.encoding)


# 28 clients, and two of one name whose IDs differ in the last digits alone.
WORKBOOK = [(str(9130351530529746 + 7919 * 10**9 * i + 31 * i), f"Cliente {i} São João Ltda", f"{1000 + i}")
            for i in range(20)]
WORKBOOK += [(str(145877417413898 + 40487 * 10**6 * i), f"Alder & Finch {i}, LLC", f"{2000 + i}") for i in range(8)]
WORKBOOK += [("9341452087316521", NAMES[SILVA], "3004"), ("9341452087316523", NAMES[SILVA], "3005")]


def grouped(digits, separator=","):
    return f"{int(digits):,}".replace(",", separator)


def workbook_forms(rows):
    """(file name, content): IDs as the formats of cells in Excel show them, and as LibreOffice saves them."""
    formats = {
        "excel-general.csv": scientific, "excel-0.csv": cut, "excel-0.00.csv": lambda i: cut(i) + ".00",
        "excel-thousands.csv": lambda i: grouped(cut(i)), "excel-currency.csv": lambda i: f"${grouped(cut(i))}.00",
        "calc-0.csv": rounded, "pandas.csv": lambda i: i + ".0",
    }
    for name, form in formats.items():
        yield name, sheet([(form(company), *others) for company, *others in rows])
    brazil = {"excel-general-br.csv": lambda i: scientific(i, ","), "excel-0,00-br.csv": lambda i: cut(i) + ",00",
              "excel-currency-br.csv": lambda i: f"R$ {grouped(cut(i), '.')},00"}
    for name, form in brazil.items():
        yield name, sheet([(form(company), *others) for company, *others in rows], delimiter=";")
    yield "calc-general.csv", libreoffice.saved_again(sheet(rows), REPORT, Choices())
    yield "calc-general-br.csv", libreoffice.saved_again(
        sheet(rows), Choices(language="pt-BR", locale="pt-BR"),
        Choices(delimiter=";", language="pt-BR", locale="pt-BR"))


class LibreOfficeTest(WorldTest):
    def begin(self, inboxes):
        world = self.world("settle: 100ms", inboxes=inboxes)
        for name in inboxes:
            world.load(CLIENTS, inbox=name)
        world.start()
        for inbox in world.inboxes.values():
            inbox.drop("clients.csv", INPUT)
        return world

    def mended_report(self, inbox, mended):
        inbox.report("clients.errors.csv")
        return mend(inbox.read("clients.errors.csv"), mended)

    def check_mended(self, inbox, content, delimiter):
        """Drops a mended report: what was mended is applied to the right clients, the rest comes back."""
        self.assertEqual(inbox.world.numbers(inbox.name), IMPORTED_AT_FIRST)
        inbox.drop("mended.csv", content)
        lines = inbox.report("mended.errors.csv", delimiter)
        self.assertEqual([(company_of(line), line[CODES]) for line in lines], LEFT)
        self.assertEqual(inbox.world.numbers(inbox.name), IMPORTED_WHEN_MENDED)
        imported = inbox.wait_imports("mended.csv", 1)[0]
        self.assertEqual([imported[count] for count in ("row_count", "updated", "unchanged", "failed")], [9, 6, 1, 2])

    def test_a_report_mended_and_saved_by_libreoffice_applies_to_the_right_clients(self):
        world = self.begin(tuple(SAVES))
        for name, (opened, saved) in SAVES.items():
            with self.subTest(save=name):
                inbox = world.inboxes[name]
                content = libreoffice.saved_again(self.mended_report(inbox, MENDED), opened, saved)
                self.check_damage(content, opened, saved)
                self.check_mended(inbox, content, saved.delimiter)

    def check_damage(self, content, opened, saved):
        """LibreOffice made numbers of IDs and of client numbers, so that without Ref nothing could be told."""
        text = content.decode(saved.encoding)
        for company in (PADARIA, SILVA, OTHER_SILVA, NINETEEN):
            self.assertEqual(text.count(company), text.count(f"id:{company}"), f"the only places of {company}")
        records = {company_of(record): record for record in table(text.encode(), saved.delimiter)[1:]}
        self.assertEqual(len(records), 9)
        self.assertEqual(records[PADARIA][ID], "9.13035153052975E+015")
        self.assertEqual([records[company][NUMBER] for company in (PADARIA, JOAO, LONE)], ["888", "9990", "0"])
        self.assertEqual(records[NINETEEN][NUMBER], "1.20E+06" if opened.detect_special_numbers else "1200000")
        self.assertEqual(records[AGUA][NUMBER] != "1/2", opened.detect_special_numbers, "1/2 became a date")

    def test_a_saved_report_whose_ids_excel_damaged_too_applies_to_the_right_clients(self):
        damages = {
            "e-notation": ("comma", scientific), "e-notation-comma": ("semicolon", lambda i: scientific(i, ",")),
            "cut": ("comma", cut), "rounded": ("utf-16", rounded),
        }
        world = self.begin(tuple(damages))
        for name, (save, company_id) in damages.items():
            with self.subTest(damage=name):
                inbox = world.inboxes[name]
                opened, saved = SAVES[save]
                content = libreoffice.saved_again(self.mended_report(inbox, MENDED), opened, saved)
                damaged = damage(content, company_id, saved)
                self.assertNotEqual(damaged, content)
                self.check_mended(inbox, damaged, saved.delimiter)

    def test_a_report_saved_in_place_by_libreoffice_shrinks_until_it_is_empty(self):
        world = self.begin(("main",))
        report, place = "clients.errors.csv", world.inbox.place("clients.errors.csv")
        content = self.mended_report(world.inbox, MENDED)
        libreoffice.save_into(world.inbox.path, report, content, REPORT, Choices())
        world.inbox.wait_imports(report, 1)
        lines = table(world.inbox.read(report))
        self.assertEqual([(company_of(line), line[CODES]) for line in lines[1:]], LEFT)
        self.assertEqual(world.numbers(), IMPORTED_WHEN_MENDED)

        content = self.mended_report(world.inbox, {REDWOOD: {"number": "R-1"}, ALDER: {"number": "5004"}})
        world.inbox.write("lu1.tmp", libreoffice.saved_again(content, REPORT, Choices()))
        os.rename(world.inbox.place("lu1.tmp"), place)
        world.inbox.wait_imports(report, 2)
        self.assertEqual(table(world.inbox.read(report)), [REPORT_EN])
        self.assertEqual(world.numbers(), {**IMPORTED_WHEN_MENDED, REDWOOD: "R-1", ALDER: "5004"})
        self.assertEqual(world.inbox.names(), ["clients.csv", report])
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)

    def test_what_libreoffice_makes_of_a_typed_number_is_recognised(self):
        world = self.world("settle: 100ms", inboxes=LOCALES)
        clients = [(str(1000 + i), f"Client {i}", number) for i, number in enumerate(TYPED)]
        for locale in LOCALES:
            world.load(clients, inbox=locale)
        world.start()
        for locale in LOCALES:
            with self.subTest(locale=locale):
                content = sheet(clients, delimiter="\t")
                choices = Choices(delimiter="\t", detect_special_numbers=True, language=locale, locale=locale)
                self.check_typed(world.inboxes[locale], clients, libreoffice.saved_again(content, choices, choices))

    def check_typed(self, inbox, clients, content):
        """The numbers that LibreOffice changed, and no others, fail; with a Ref beside them, all are restored."""
        saved = {record[ID]: record[NUMBER] for record in table(content, "\t")[1:]}
        changed = [company for company, _, number in clients if saved[company] != number]
        self.assertGreater(len(changed), 30)
        inbox.drop("typed.csv", content)
        lines = inbox.report("typed.errors.csv", "\t")
        failed = {line[ID]: line[CODES] for line in lines}
        self.assertEqual({company: saved[company] for company in changed if company not in failed}, {})
        self.assertEqual([line for line in lines if line[ID] not in changed], [])
        self.assertEqual({code.split()[0] for code in failed.values()}, {"client_number_reformatted"})

        header, *records = table(content, "\t")
        with_ref = [[*record, f"id:{record[ID]} no:{number}"] for record, (_, _, number) in zip(records, clients)]
        inbox.drop("with-ref.csv", sheet(with_ref, [*header, "Ref"], "\t"))
        self.assertEqual(inbox.report("with-ref.errors.csv", "\t"), [])
        self.assertEqual(inbox.wait_imports("with-ref.csv", 1)[0]["unchanged"], len(clients))

    def test_ids_that_were_stored_as_numbers_are_restored_if_one_client_fits(self):
        world = self.world(inboxes=("main",))
        world.load(WORKBOOK)
        rows = [(company, name, f"N-{i}") for i, (company, name, _) in enumerate(WORKBOOK)]
        for form, content in workbook_forms(rows):
            with self.subTest(form=form):
                world.inbox.write(form, content)
                done = world.command("check", world.inbox.place(form), "--format", "json")
                answer = json.loads(done.stdout)
                ids = [record[ID] for record in table(content, ";" if form.endswith("br.csv") else ",")[1:]]
                failed = [30, 31] if ids[-2] == ids[-1] else []
                self.assertEqual([error["row"] for error in answer["errors"]], failed, "the two of one name")
                damaged = sum(shown != company for shown, (company, _, _) in zip(ids, rows)) - len(failed)
                self.assertEqual([answer["updated"], answer["restored"]], [len(rows) - len(failed), damaged])



if __name__ == "__main__":
    if not libreoffice.is_installed():
        print(f"SKIPPED: {libreoffice.PROGRAM} is not installed (Debian: libreoffice-calc-nogui)", file=sys.stderr)
        sys.exit(SKIPPED)
    support.main()
