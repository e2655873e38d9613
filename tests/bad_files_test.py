#!/usr/bin/env python3
"""The table of docs/bad-files.md says word for word what `clientsync check` says of the files of tests/cases/.

usage: bad_files_test.py CLIENTSYNC [--update]

With --update the table is written anew, and the reviewer reads the difference.
"""

import argparse
import json
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent))
import cases_test  # in tests

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "bad-files.md"
HEAD = "| # | the file | code | what the report says |\n| --- | --- | --- | --- |\n"
MOST_SHOWN = 3  # errors of one file

# The files, with what is in them and which program writes it so.
FILES = {
    "excel-e-notation.csv": "Excel: a column of IDs that was not formatted as Text: `9.13035E+15`",
    "excel-zeros-lost.csv": "Excel: numbers without their leading zeros: `123` for `00123`",
    "excel-dates.csv": "Excel: numbers that became dates: `12-Mar` for `3-12`",
    "excel-thousands.csv": "Excel: IDs as amounts: `9,130,351,530,529,746`",
    "practice-management-total-row.csv": "practice-management software: a row `Total` at the end",
    "practice-management-title-rows.csv": "practice-management software: title and date above the header",
    "quickbooks-contact-list.csv": "QuickBooks: the contact list, with titles above and columns of its own",
    "excel-csv-brazil.csv": "Excel in Brazil: CSV with semicolons, Windows-1252",
    "excel-unicode-text.csv": "Excel: Unicode Text, that is UTF-16 with tabs",
    "excel-csv-windows.csv": "Excel: CSV (Comma delimited) with accents, Windows-1252",
    "damaged-utf8.csv": "damaged on its way: UTF-8 with a byte that is not",
    "excel-pasted-into-column-a.csv": "Excel: a CSV pasted into column A, each line in one cell",
    "header-one-missing.csv": "by hand: `Name` instead of `Display name`",
    "header-accents.csv": "by hand, in Portuguese: headers without accents",
    "header-no-break-space.csv": "pasted from a web page: a no-break space in a header, which looks right",
    "header-duplicate.csv": "by hand: the new numbers in a second column of the same name",
    "header-mixed-languages.csv": "by hand: headers in two languages",
    "stray-quote.csv": "by hand: a stray quotation mark, which meets the next one two rows later",
    "unterminated-quote.csv": "by hand: a quotation mark that is never closed",
    "ragged-rows.csv": "by hand: rows with too few and too many cells",
    "excel-all-delimiter-rows.csv": "Excel: rows that were emptied, left as delimiters",
    "libreoffice-xlsx-renamed.csv": "a workbook that was renamed to `.csv`",
    "web-table.xls": "a web system's 'Excel export', which is a web page",
    "libreoffice-pdf-renamed.csv": "a PDF that was renamed to `.csv`",
    "clients.zip": "Windows: a compressed folder",
    "empty.csv": "a save that was interrupted: no bytes",
    "header-only.csv": "an export of no clients: only the header",
    "excel-formulas-shown.csv": "Excel: a sheet that shows formulas",
    "excel-error-values-brazil.csv": "Excel in Brazil: `#REF!`, `#N/D` and other errors of formulas",
    "rows-twice.csv": "two lists put together: a company twice, a number for two clients",
    "number-and-id-swapped.csv": "by hand: IDs and numbers in each other's columns",
    "unknown-client-brazil.csv": "by hand, in Portuguese: an ID with a wrong digit, and a client's new name",
    "rows-1001.csv": "all clients in one file: one row too many",
    "bytes-102401.csv": "an export with many columns: one byte too many",
}


def cell(text):
    return text.replace("|", "\\|")


def verdict(answer):
    """The codes of an answer, and what its errors say."""
    if not answer["errors"]:
        return "", f"accepted: {answer['rows']} rows, of which {answer['updated']} change a number"
    codes = list(dict.fromkeys(code for error in answer["errors"] for code in error["codes"]))
    said = [f"{error['row']}: {error['message']}" if error["row"] else error["message"] for error in answer["errors"]]
    more = len(said) - MOST_SHOWN
    shown = said if more <= 1 else [*said[:MOST_SHOWN], f"… and {more} more rows"]
    good = answer["rows"] - answer["failed"]
    if good:
        shown.append(f"accepted: {good} of {answer['rows']} rows")
    return " ".join(f"`{code}`" for code in codes), "<br>".join(map(cell, shown))


def table(program):
    with tempfile.TemporaryDirectory(prefix="clientsync-bad-files.") as directory:
        office = cases_test.Office(program, pathlib.Path(directory, "office"))
        office.run("clients", "load", cases_test.CASES / cases_test.REGISTER)
        files = [cases_test.CASES / name for name in FILES]
        answers = {answer["file"]: answer for answer in
                   map(json.loads, office.run("check", *files, "--format", "json")[1].splitlines())}
    lines = []
    for number, (name, description) in enumerate(FILES.items(), 1):
        codes, said = verdict(answers[name])
        lines.append(f"| {number} | {description} ([{name}](../tests/cases/{name})) | {codes} | {said} |\n")
    return HEAD + "".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index("| # |"), page.rindex("|\n") + 2
    expected = table(arguments.program.resolve())
    if arguments.update:
        PAGE.write_text(page[:start] + expected + page[end:], encoding="utf-8")
        return 0
    found = page[start:end].splitlines()
    wrong = [line for line in expected.splitlines() if line not in found]
    for line in wrong:
        print(f"FAILED: {PAGE.name} lacks\n  {line}")
    if not wrong and page[start:end] != expected:
        print(f"FAILED: {PAGE.name} has lines that are not in the table; run with --update")
    print(f"{len(FILES)} files, {len(wrong)} differ")
    return 0 if page[start:end] == expected else 1


if __name__ == "__main__":
    sys.exit(main())
