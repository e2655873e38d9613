#!/usr/bin/env python3
"""Files of tests/cases/, as real programs write them, get what index.json expects, judged against cases/register.csv.

usage: cases_test.py CLIENTSYNC [FILE...]

For each file index.json says which program wrote it (`by`) and what becomes of it: `outcome`; for a file that is read
its counts, `numbers` (of the clients whose number changes) and `errors`; for a rejected one `errors` alone. An error
is [row or null, [codes]]. `says` are texts that the messages must contain, `report` is the form of the report.
The expectations follow the specification: if the program disagrees, one of the two is wrong.
"""

import collections
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parent / "cases"
INDEX, REGISTER = "index.json", "register.csv"
COUNTS = ("rows", "updated", "unchanged", "created", "failed")
LINE_ENDS = {"CRLF": "\r\n", "LF": "\n", "CR": "\r"}
CONFIG = """\
database: {{backend: sqlite, connection: "dbname={0}/clientsync.db"}}
inboxes: [{{name: main, path: "{0}/inbox"}}]
"""


class Failure(Exception):
    pass


class Office:
    """A directory with configuration, inbox and database; that of `template` is copied."""

    def __init__(self, program, directory, template=None):
        self.program = program
        self.directory = pathlib.Path(directory)
        self.inbox = self.directory / "inbox"
        self.inbox.mkdir(parents=True)
        (self.directory / "clientsync.yaml").write_text(CONFIG.format(directory), encoding="utf-8")
        if template:
            shutil.copyfile(template.directory / "clientsync.db", self.directory / "clientsync.db")

    def run(self, *arguments):
        """(exit status, what it prints)"""
        command = [self.program, "--config", self.directory / "clientsync.yaml", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60,
                              check=False)
        if done.stderr and not done.stdout:
            raise Failure(f"{arguments[0]} {arguments[1]}: exit status {done.returncode}, {done.stderr.strip()}")
        return done.returncode, done.stdout

    def numbers(self):
        status, output = self.run("clients", "list", "--format", "json")
        if status != 0:
            raise Failure(f"clients list: exit status {status}")
        clients = [json.loads(line) for line in output.splitlines()]
        return {client["company_id"]: client["client_number"] for client in clients}


def compare(what, found, expected):
    if found != expected:
        raise Failure(f"{what}\n  found    {found}\n  expected {expected}")


def check_answer(answer, expected, outcome):
    """Compares what `check` or `import` prints with an entry of the index."""
    rejected = expected["outcome"] == "rejected"
    compare("outcome", answer["outcome"], "rejected" if rejected else outcome)
    errors = [[error["row"], error["codes"]] for error in answer["errors"]]
    compare("errors", errors, expected.get("errors", []))
    compare("counts", {name: answer[name] for name in COUNTS}, {name: expected.get(name, 0) for name in COUNTS})
    messages = "\n".join(error["message"] for error in answer["errors"])
    missing = [text for text in expected.get("says", []) if text not in messages]
    compare(f"texts that are not in the messages:\n{messages}\n", missing, [])


def check_report(report, form):
    """The report is in the form of its input."""
    if not report.startswith(b"\xef\xbb\xbf"):
        raise Failure("the report has no mark of UTF-8")
    text = report.decode("utf-8-sig")
    delimiter, end = form["delimiter"], LINE_ENDS[form["line_end"]]
    sep_line = f"sep={delimiter}{end}"
    compare("the report's sep= line", text.startswith(sep_line), form.get("sep_line", False))
    heading = text.removeprefix(sep_line).split(end)[0]
    compare("the report's heading", (len(heading.split(delimiter)), heading.split(delimiter)[-1]), (7, "Ref"))


def check_import(program, template, name, expected):
    """Imports the file as a drop into an office of its own, and compares answer, register and report."""
    with tempfile.TemporaryDirectory(prefix="clientsync-case.") as directory:
        office = Office(program, pathlib.Path(directory, "office"), template)
        file = office.inbox / name
        shutil.copyfile(CASES / name, file)
        status, output = office.run("import", file, "--format", "json")
        answer = json.loads(output)
        check_answer(answer, expected, "imported")
        compare("exit status", status, 3 if expected["outcome"] == "rejected" else 1 if expected["failed"] else 0)
        numbers = office.numbers()
        compare("clients", numbers.keys(), template.loaded.keys())
        changed = {company: number for company, number in numbers.items() if number != template.loaded[company]}
        compare("numbers that changed", changed, expected.get("numbers", {}))
        compare("the input is unchanged", file.read_bytes() == (CASES / name).read_bytes(), True)
        if "report" in expected:
            check_report((office.inbox / answer["report"]).read_bytes(), expected["report"])


def read_index():
    """The entries by name; every file has an entry, and every entry a file."""
    def without_duplicates(pairs):
        twice = [name for name, count in collections.Counter(name for name, _ in pairs).items() if count > 1]
        compare("names that stand twice in an object of the index", twice, [])
        return dict(pairs)
    index = json.loads((CASES / INDEX).read_text(encoding="utf-8"), object_pairs_hook=without_duplicates)
    files = {path.name for path in CASES.iterdir()} - {INDEX, REGISTER}
    compare("files without an entry in the index", sorted(files - index.keys()), [])
    compare("entries of the index without a file", sorted(index.keys() - files), [])
    for name, entry in index.items():
        rows = sum(entry.get(count, 0) for count in ("updated", "unchanged", "failed"))
        compare(f"the rows of {name} in the index", entry.get("rows", 0), rows)
    return index


def check_all(template, names):
    """What `check` says of each file, by name; it changes no number."""
    output = template.run("check", *[CASES / name for name in names], "--format", "json")[1]
    answers = {answer["file"]: answer for answer in map(json.loads, output.splitlines())}
    compare("the files that check speaks of", sorted(answers), sorted(names))
    compare("numbers after check", template.numbers(), template.loaded)
    return answers


def failures(program, index, names):
    with tempfile.TemporaryDirectory(prefix="clientsync-cases.") as directory, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        template = Office(program, pathlib.Path(directory, "template"))
        compare("exit status of clients load", template.run("clients", "load", CASES / REGISTER)[0], 0)
        template.loaded = template.numbers()
        checked = check_all(template, names)
        jobs = {name: pool.submit(check_import, program, template, name, index[name]) for name in names}
        for name, job in jobs.items():
            try:
                check_answer(checked[name], index[name], "checked")
                job.result()
            except (Failure, OSError, ValueError, LookupError, TypeError, subprocess.TimeoutExpired) as failure:
                yield f"{name} ({index[name]['by']}): {failure}"


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} CLIENTSYNC [FILE...]")
    try:
        index = read_index()
        names = sys.argv[2:] or sorted(index)
        compare("files that are no cases", [name for name in names if name not in index], [])
        found = list(failures(pathlib.Path(sys.argv[1]).resolve(), index, names))
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    for failure in found:
        print(f"FAILED: {failure}")
    print(f"{len(names)} cases, {len(found)} failures")
    return 1 if found or not names else 0


if __name__ == "__main__":
    sys.exit(main())
