#!/usr/bin/env python3
"""Each file of samples/, imported into a register freshly loaded, gets the report that stands next to it.

usage: samples_test.py CLIENTSYNC [--write]

With --write the new reports replace those in samples/, and the reviewer reads the difference.
"""

import argparse
import concurrent.futures
import contextlib
import csv
import difflib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "support"))
import databases  # in tests/support

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "samples"
GENERATORS = {"clients-whole-firm.csv": "make_too_many_rows.py"}
REGISTER = "register.csv"
CLIENTS = 60
ROW, CODES = 3, 4  # columns of a report

# What can be wrong with a row if the inbox has the default settings. The samples show all of it.
ROW_CODES = {
    "field_count", "company_id_blank", "company_id_reformatted", "company_id_invalid", "company_id_mismatch",
    "company_id_unknown", "display_name_changed", "client_number_blank", "client_number_formula",
    "client_number_reformatted", "client_number_too_long", "client_number_invalid", "company_id_duplicate",
    "client_number_duplicate", "client_number_taken",
}


class Failure(Exception):
    pass


def report_name(name):
    return name.removesuffix(".csv") + ".errors.csv"


class Firm:
    """A directory with an inbox, and a database that holds the sample register."""

    def __init__(self, program, directory, database):
        self.inbox = directory / "inbox"
        self.inbox.mkdir()
        self.config = directory / "clientsync.yaml"
        self.program = program
        if databases.KIND != "sqlite":
            self.configure(database.settings(databases.OWNER))
            self.run(0, "db", "upgrade")
        self.configure(database.settings())
        loaded = self.run(0, "clients", "load", SAMPLES / REGISTER)
        if f"{CLIENTS} clients created" not in loaded:
            raise Failure(f"{REGISTER} does not give {CLIENTS} clients: {loaded.strip()}")

    def configure(self, database):
        lines = ["database:", *(f"  {line}" for line in database), f"inboxes: [{{name: main, path: {self.inbox}}}]"]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, status, *arguments):
        """What it prints; `status` is the exit status that it must end with, or a function of what it prints."""
        done = subprocess.run([self.program, "--config", self.config, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
        expected = status(done.stdout) if callable(status) else status
        if done.returncode != expected:
            command = " ".join(str(argument) for argument in arguments)
            raise Failure(f"{command}: exit status {done.returncode}, not {expected}\n{done.stdout}{done.stderr}")
        return done.stdout

    def drop(self, file):
        """Copies the file under a name that no inbox takes, then renames it, as careful programs do."""
        part = self.inbox / (file.name + ".part")
        shutil.copyfile(file, part)
        part.rename(self.inbox / file.name)


def codes_of_report(report):
    """[(row or None, [codes])] of the lines of a report."""
    text = report.decode("utf-8-sig")
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=heading.count)
    lines = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))[1:]
    return [(int(line[ROW]) if line[ROW] else None, line[CODES].split(" ")) for line in lines]


def story_of(answer):
    """What README.md must say became of the file."""
    if answer["outcome"] == "rejected":
        return "rejected: " + " ".join(code for error in answer["errors"] for code in error["codes"])
    counts = [f"{answer[what]} {what}" for what in ("updated", "unchanged", "failed") if answer[what]]
    return f"{answer['rows']} rows: " + ", ".join(counts)


def exit_status(answer):
    return 3 if answer["outcome"] == "rejected" else 1 if answer["failed"] else 0


def import_sample(program, file):
    """(what `check` says, the report), of one file against a fresh register."""
    with (tempfile.TemporaryDirectory(prefix="clientsync-samples.") as directory,
          contextlib.closing(databases.make(pathlib.Path(directory))) as database):
        firm = Firm(program, pathlib.Path(directory), database)
        answer = json.loads(firm.run(lambda output: exit_status(json.loads(output)), "check", file, "--format", "json"))
        firm.drop(file)
        firm.run(exit_status(answer), "run", "--once")
        expected_files = {file.name, report_name(file.name)}
        found_files = {path.name for path in firm.inbox.iterdir() if not path.name.startswith(".")}
        if found_files != expected_files:
            raise Failure(f"the inbox holds {sorted(found_files)}, not {sorted(expected_files)}")
        if (firm.inbox / file.name).read_bytes() != file.read_bytes():
            raise Failure("the import changed its input")
        return answer, (firm.inbox / report_name(file.name)).read_bytes()


def difference(expected, found):
    def lines(report):
        text = report.decode("utf-8", "backslashreplace").replace("\r", "\\r").replace("\ufeff", "\\ufeff")
        return text.split("\n")
    return "\n".join(difflib.unified_diff(lines(expected), lines(found), "expected", "found", lineterm=""))


def check_sample(program, file, readme, write):
    answer, report = import_sample(program, file)
    expected = SAMPLES / report_name(file.name)
    if write:
        expected.write_bytes(report)
    elif not expected.exists():
        raise Failure(f"samples/{expected.name} is missing")
    elif expected.read_bytes() != report:
        raise Failure(f"samples/{expected.name} is not what it gets\n{difference(expected.read_bytes(), report)}")
    checked = [(error["row"], error["codes"]) for error in answer["errors"]]
    if checked != codes_of_report(report):
        raise Failure(f"check and report differ\n  check:  {checked}\n  report: {codes_of_report(report)}")
    wanted = [f"`{file.name}`", story_of(answer)]
    if not any(all(text in line for text in wanted) for line in readme.splitlines()):
        raise Failure(f"README.md has no line with {' and '.join(wanted)}")
    return {code for _, codes in checked for code in codes}


def sample_files(generated):
    for script in GENERATORS.values():
        subprocess.run([sys.executable, SAMPLES / script, generated], check=True)
    committed = [path for path in SAMPLES.glob("*.csv")
                 if path.name != REGISTER and not path.name.endswith(".errors.csv")]
    return sorted(committed + [pathlib.Path(generated, name) for name in GENERATORS], key=lambda path: path.name)


def failures(program, files, write):
    reports = {path.name for path in SAMPLES.glob("*.errors.csv")}
    for orphan in sorted(reports - {report_name(file.name) for file in files}):
        yield f"samples/{orphan} is the report of no sample"
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    with concurrent.futures.ThreadPoolExecutor(len(files)) as pool:
        jobs = {file.name: pool.submit(check_sample, program, file, readme, write) for file in files}
        shown = set()
        for name, job in jobs.items():
            try:
                shown |= job.result()
            except (Failure, OSError, ValueError, LookupError, subprocess.TimeoutExpired) as failure:
                yield f"{name}: {failure}"
    if missing := sorted(ROW_CODES - shown):
        yield f"no sample shows {', '.join(missing)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="CLIENTSYNC", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clientsync-samples.") as generated:
        files = sample_files(generated)
        found = list(failures(options.program.resolve(), files, options.write))
    for failure in found:
        print(f"FAILED: {failure}")
    print(f"{len(files)} samples, {len(found)} failures")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
