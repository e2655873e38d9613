#!/usr/bin/env python3
"""Compares the CSV reader with Python's csv module on generated files.

csv_python_test.py CSV_ROWS [SEED] runs the program CSV_ROWS (csv_rows.cpp) once over thousands of files. Both readers
get the same text; Python's is strict, and an empty line, which it reads as no field at all, is one empty field in ours.
"""

import csv
import io
import json
import random
import subprocess
import sys

DELIMITERS = [",", ";", "\t", "|"]
LINE_ENDS = ["\r\n", "\n", "\r"]
WORDS = ["", "", "a", "00123", "São João", "😀", " x ", "=1+1", "9130351530529746", "it's", "\\", "#N/A", "twelve bytes"]
ERRORS = {"unexpected end of data": "unterminated_quote", "expected after": "text_after_quote"}
FILES = 12000


def cell(rng, delimiter):
    pieces = WORDS + DELIMITERS + LINE_ENDS + ['"']
    text = "".join(rng.choice(pieces) for _ in range(rng.randrange(4)))
    if rng.random() < 0.3 or any(c in text for c in (delimiter, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def proper_file(rng, delimiter):
    """What a program writes: every cell quoted where it must be, line ends mixed."""
    text = ""
    for _ in range(rng.randrange(8)):
        text += delimiter.join(cell(rng, delimiter) for _ in range(rng.randrange(1, 6))) + rng.choice(LINE_ENDS)
    return text if rng.random() < 0.5 else text.rstrip("\r\n")


def wild_file(rng, delimiter):
    """What nobody writes on purpose: quotes, delimiters and line ends anywhere."""
    alphabet = [delimiter, '"', '"', "\r", "\n", "a", "é", " ", rng.choice(DELIMITERS)]
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(24)))


def torn_file(rng, delimiter):
    """A proper file with one character lost, doubled or inserted."""
    text = proper_file(rng, delimiter)
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(["", text[at:at + 1] * 2, '"', delimiter, "\r"]) + text[at + 1:]


def read_by_python(text, delimiter):
    """The records up to the first fault, and that fault as (code, row)."""
    records = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            records.append(record or [""])
    except csv.Error as error:
        code = next((code for words, code in ERRORS.items() if words in str(error)), str(error))
        return records, (code, len(records) + 1)
    return records, None


def read_by_us(program, files):
    frames = b""
    for text, delimiter in files:
        bytes_ = text.encode()
        frames += b"%b%d\n%b" % (delimiter.encode(), len(bytes_), bytes_)
    output = subprocess.run([program], input=frames, stdout=subprocess.PIPE, check=True).stdout.decode()
    records = []
    for line in output.split("\n")[:-1]:
        value = json.loads(line)
        if isinstance(value, list):
            records.append(value)
            continue
        yield records, (value["error"], value["row"]) if value else None
        records = []


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    files = []
    for _ in range(FILES):
        delimiter = rng.choice(DELIMITERS)
        files.append((rng.choice([proper_file, wild_file, torn_file])(rng, delimiter), delimiter))

    answers = list(read_by_us(program, files))
    if len(answers) != len(files):
        sys.exit(f"FAILED: {len(files)} files were given, {len(answers)} answers came back (seed {seed})")
    failures = 0
    faults = 0
    for (text, delimiter), ours in zip(files, answers):
        theirs = read_by_python(text, delimiter)
        faults += theirs[1] is not None
        if ours != theirs:
            failures += 1
            print(f"{text!r} delimited by {delimiter!r}\n  Python: {theirs}\n  ours:   {ours}")
    if not 0 < faults < len(files):
        sys.exit(f"FAILED: {faults} of {len(files)} files are malformed: nothing is compared (seed {seed})")
    if failures:
        sys.exit(f"FAILED: {failures} of {len(files)} files are read differently (seed {seed})")
    print(f"passed: {len(files)} files, {faults} of them malformed, are read alike")


if __name__ == "__main__":
    main()
