#!/usr/bin/env python3
"""Reads the CSV conformance cases of other projects' suites and compares what each suite expects.

csv_cases_test.py CSV_ROWS runs the program CSV_ROWS (csv_rows.cpp) once over all cases of ../shared/cases, next to
the project's root. Where that folder is absent, nothing is tested, and the test says so.
"""

import csv
import json
import pathlib
import subprocess
import sys

CASES = pathlib.Path(__file__).resolve().parents[3] / "shared" / "cases"

NUL = "a NUL is no text (encoding_unknown)"
MALFORMED = "what follows an unterminated quote, or text after a closing quote, can't be trusted (csv_malformed)"
BLANK = "a blank record is a record: rows are counted as a spreadsheet counts them"
MIXED = "line ends may be mixed"
UTF16 = "a byte order mark decides the encoding, UTF-16 too"
WINDOWS = "what is not UTF-8 and holds no multi-byte sequence is Windows-1252"
WIDTH = "how many fields a row must have is the sheet's business"
SPACE = "white space before a quote makes the quote a plain character"

# Cases in which we differ, each with the reason. A case that no longer differs is a failure too.
DIFFERENT = {
    "cpython-test_csv__read-eof-open-field": MALFORMED,
    "cpython-test_csv__read-eof-quote-open": MALFORMED,
    "cpython-test_csv__read-nul-end": NUL,
    "cpython-test_csv__read-nul-only": NUL,
    "cpython-test_csv__read-nul-quoted": NUL,
    "cpython-test_csv__read-nul-start": NUL,
    "csv-parser__newlines-cr-cr-lf": "CR CR LF is two line ends with a blank record between. " + BLANK,
    "csv-parser__newlines-doubled-crlf": BLANK,
    "csv-parser__unescaped-single-quote-inside-quoted": MALFORMED,
    "csv-parser__utf16-be-bom-rejected": UTF16,
    "csv-parser__utf16-le-bom-rejected": UTF16,
    "duckdb__all-quotes": SPACE,
    "duckdb__blank-line": BLANK,
    "duckdb__csv-quoted-newline-odd": "DuckDB skips to the first record of two fields; " + WIDTH,
    "duckdb__encodings-latin1": WINDOWS,
    "duckdb__encodings-utf16": UTF16,
    "duckdb__invalid-utf8": "UTF-16 with a mark, and a noncharacter is a character. " + UTF16,
    "duckdb__missing-column": WIDTH,
    "duckdb__mixed-new-line": MIXED,
    "duckdb__nullbyte": NUL,
    "duckdb__nullbyte-header": NUL,
    "duckdb__one-r-n-two": "CR CR LF is two line ends with a blank record between. " + MIXED,
    "duckdb__test-error-too-little": WIDTH,
    "duckdb__test-error-too-many": WIDTH,
    "duckdb__test-invalid-utf": WINDOWS,
    "duckdb__test-invalid-utf-quoted": WINDOWS,
    "duckdb__test-invalid-utf-quoted-nl": WINDOWS,
    "duckdb__test-many-empty-lines": BLANK,
    "duckdb__test-mixed-line-endings": MIXED,
    "duckdb__test-windows-newline-empty": BLANK,
    "papaparse__one-column-input-with-empty-fields": "a line end at the end of the text starts no record",
}

# What the collection itself says not to use.
USELESS = {"csv-spectrum__location-coordinates", "duckdb__add-escaped-rfc"}


def read_cases():
    cases = []
    with open(CASES / "index.tsv", newline="", encoding="utf-8") as index:
        for line in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
            bytes_ = (CASES / (line["case"] + ".csv")).read_bytes()
            expected = json.loads((CASES / (line["case"] + ".json")).read_text(encoding="utf-8"))
            delimiter = expected.get("delim", ",") if isinstance(expected, dict) else ","
            cases.append((line["case"], line["class"], bytes_, delimiter, expected))
    return cases


def agrees(class_, expected, ours):
    if class_.startswith("must-reject-with-header"):
        return ours is not None  # proper CSV under a wrong header: to refuse that is the sheet's business
    if isinstance(expected, dict) and "error" in expected:
        return ours is None
    return ours == (expected["rows"] if isinstance(expected, dict) else expected)


def read_all(program, cases):
    """Our rows for each case; None if we refuse it."""
    frames = b"".join(b"%b%d\n%b" % (delimiter.encode(), len(bytes_), bytes_) for _, _, bytes_, delimiter, _ in cases)
    output = subprocess.run([program], input=frames, stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = []
    for line in output.split("\n")[:-1]:
        value = json.loads(line)
        if isinstance(value, list):
            rows.append(value)
            continue
        yield None if value else rows
        rows = []


def brief(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 200 else text[:200] + " …"


def main():
    if not CASES.is_dir():
        print(f"skipped: there is no folder {CASES}; nothing was tested")
        return
    cases = read_cases()
    answers = list(read_all(sys.argv[1], cases))
    if not cases or len(answers) != len(cases):
        sys.exit(f"FAILED: {len(cases)} cases were given, {len(answers)} answers came back")
    missing = {*DIFFERENT, *USELESS} - {case[0] for case in cases}
    failures = [f"{name} is not in the collection any more" for name in sorted(missing)]
    for (name, class_, bytes_, _, expected), ours in zip(cases, answers):
        if name not in USELESS and agrees(class_, expected, ours) == (name in DIFFERENT):
            state = "agrees, but is listed as different" if name in DIFFERENT else f"differs ({class_})"
            failures.append(f"{name} {state}\n  text     {brief(bytes_.decode('latin-1'))}\n"
                            f"  expected {brief(expected)}\n  ours     {brief(ours)}")
    if failures:
        print("\n".join(failures))
        sys.exit(f"FAILED: {len(failures)} of {len(cases)} cases")
    used = len(cases) - len(USELESS)
    print(f"passed: {used - len(DIFFERENT)} of {used} cases agree, {len(DIFFERENT)} differ for the reasons listed")


if __name__ == "__main__":
    main()
