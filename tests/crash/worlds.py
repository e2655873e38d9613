"""The scenarios with their expected outcomes, and the oracle, which examines everything that a run leaves."""

import base64
import csv
import io
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
from typing import Callable, NamedTuple

EN = ("Company ID", "Display name", "Client number")
CLIENTS = [("1", "Alder", "A1"), ("2", "Birch", "B2"), ("3", "Cedar", "C3"), ("4", "Dogwood", "D4"), ("5", "Elm", "E5")]
PATIENCE = 60  # seconds for an undisturbed run
OLD = 1_750_000_000_000_000_000  # nanoseconds: when the first file was saved; the second was saved a minute later


def sheet(rows, headers=EN):
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def table(content):
    return [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


ONCE = ("run", "--once")


class Imported(NamedTuple):
    """The part of a row of the ledger that can be foretold."""

    name: str
    version: int
    state: str
    updated: int
    created: int
    unchanged: int
    failed: int
    report: str


class Scenario(NamedTuple):
    name: str
    prepare: Callable
    status: int  # exit status of the run
    imports: list
    numbers: dict
    reports: dict  # (row, codes) of each line, by the report's name
    files: set
    changes: int  # how many changes there are, except those of the register that was loaded
    options: str = "unknown_company: reject"
    errors: bool = True  # False: an error in one file rightly lets the others be imported before it
    command: tuple = ONCE  # the run; a person repeats any other command only if it has left nothing


class World:
    """A directory with a configuration, and under `root` everything that the program changes: database, state and
    inbox."""

    def __init__(self, binary, case, run=ONCE):
        self.binary = binary
        self.run = run
        self.case = pathlib.Path(case)
        self.root = self.case / "world"
        self.inbox = self.root / "inbox"
        self.database = self.root / "clientsync.db"
        self.config = self.case / "clientsync.yaml"
        self.log = self.case / "log"
        self.dropped = b""  # the bytes of the last file that was saved

    def configure(self, options):
        self.config.write_text(
            f"database:\n  connection: dbname={self.database}\ninboxes:\n  - name: main\n    path: {self.inbox}\n"
            f"    settle: 0s\n    {options}\nstate: {self.root}/state\nlog: {{level: warning}}\n"
        )

    def arguments(self):
        return [self.binary, "--config", str(self.config), *self.run]

    def command(self, *arguments):
        done = subprocess.run(
            [self.binary, "--config", str(self.config), *arguments], capture_output=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, env=environment()
        )
        if done.returncode not in (0, 1, 3):
            raise AssertionError(f"{arguments}: status {done.returncode}, {done.stderr.decode(errors='replace')}")
        return done.returncode

    def load(self):
        register = self.case / "register.csv"
        register.write_bytes(sheet(CLIENTS))
        self.command("clients", "load", str(register))

    def save(self, name, content, minutes=0):
        self.dropped = content
        (self.inbox / name).write_bytes(content)
        (self.inbox / name).chmod(0o640)
        when = OLD + minutes * 60_000_000_000
        os.utime(self.inbox / name, ns=(when, when))

    def once(self):
        return self.command(*ONCE)

    def repeat(self):
        return self.command(*self.run)

    def copy_to(self, root):
        shutil.copytree(self.root, root, dirs_exist_ok=True)


def environment():
    """LeakSanitizer does not work in a traced program."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "ASAN_OPTIONS": f"{options}:detect_leaks=0".lstrip(":")}


# The states before the run that is disturbed.


SOME_WRONG = sheet([("1", "Alder", "A10"), ("9", "Nobody", "X9"), ("2", "Birch", "E5"), ("3", "Cedar", "C30")])
ALL_RIGHT = sheet([("1", "Alder", "B2"), ("2", "Birch", "A1"), ("3", "Cedar", "C30"), ("4", "Dogwood", "D4")])


def clean(world):
    world.load()
    world.save("clients.csv", ALL_RIGHT)


def with_errors(world):
    world.load()
    world.save("clients.csv", SOME_WRONG)


def rejected(world):
    world.load()
    world.save("clients.csv", sheet([("1", "Alder", "A10")], ("Company ID", "Display name", "Number")))


def reported(world):
    with_errors(world)
    world.once()


def edited(world):
    """The first line of the report is corrected in place, the second is not yet."""
    reported(world)
    lines = table((world.inbox / "clients.errors.csv").read_bytes())
    lines[1] = ("4", "Dogwood", "D40", *lines[1][3:])
    world.save("clients.errors.csv", sheet(lines[1:], lines[0]), minutes=1)


def spoilt(world):
    """The header of the report is overwritten in place."""
    reported(world)
    lines = table((world.inbox / "clients.errors.csv").read_bytes())
    world.save("clients.errors.csv", sheet(lines[1:], ("my list", *lines[0][1:])), minutes=1)


def again(world):
    """The same name with other bytes, while the report of the first import is there."""
    reported(world)
    world.save("clients.csv", ALL_RIGHT, minutes=1)


def several(world):
    """Three files that wait together: each import records that the report of the one before it was published."""
    world.load()
    world.save("a.csv", SOME_WRONG)
    world.save("b.csv", sheet([("1", "Alder", "A11")]), minutes=1)
    world.save("c.csv", sheet([("4", "Dogwood", "D40")]), minutes=2)


def edited_by_hand(world):
    """Somebody changes what the import wrote."""
    reported(world)
    world.command("clients", "edit", "1", "number=Z1", "3", "number=Z3")


def first(world):
    """There is no database yet."""
    world.save("clients.csv", sheet(CLIENTS[:3]))


UNTOUCHED = {company: number for company, _, number in CLIENTS}
AFTER_SOME = {**UNTOUCHED, "1": "A10", "3": "C30"}
AFTER_ALL = {**UNTOUCHED, "1": "B2", "2": "A1", "3": "C30"}
SOME_FAILED = [("3", "company_id_unknown"), ("4", "client_number_taken")]
FIRST_DROP = Imported("clients.csv", 1, "imported", 2, 0, 0, 2, "clients.errors.csv")
TWO = {"clients.csv", "clients.errors.csv"}

SCENARIOS = [
    Scenario("clean", clean, 0, [Imported("clients.csv", 1, "imported", 3, 0, 1, 0, "clients.errors.csv")], AFTER_ALL,
             {"clients.errors.csv": []}, TWO, 3),
    Scenario("with_errors", with_errors, 1, [FIRST_DROP], AFTER_SOME, {"clients.errors.csv": SOME_FAILED}, TWO, 2),
    Scenario("rejected", rejected, 3, [Imported("clients.csv", 1, "rejected", 0, 0, 0, 0, "clients.errors.csv")],
             UNTOUCHED, {"clients.errors.csv": [("1", "header_missing")]}, TWO, 0),
    Scenario("edited", edited, 1,
             [FIRST_DROP, Imported("clients.errors.csv", 1, "imported", 1, 0, 0, 1, "clients.errors.csv")],
             {**AFTER_SOME, "4": "D40"}, {"clients.errors.csv": [("4", "client_number_taken")]}, TWO, 3),
    Scenario("spoilt", spoilt, 3,
             [FIRST_DROP, Imported("clients.errors.csv", 1, "rejected", 0, 0, 0, 0, "clients.errors.2.csv")],
             AFTER_SOME, {"clients.errors.2.csv": [("1", "header_missing")]}, {*TWO, "clients.errors.2.csv"}, 2),
    Scenario("again", again, 0,
             [FIRST_DROP, Imported("clients.csv", 2, "imported", 2, 0, 2, 0, "clients.errors.csv")],
             AFTER_ALL, {"clients.errors.csv": []}, TWO, 4),
    Scenario("several", several, 1,
             [FIRST_DROP._replace(name="a.csv", report="a.errors.csv"),
              Imported("b.csv", 1, "imported", 1, 0, 0, 0, "b.errors.csv"),
              Imported("c.csv", 1, "imported", 1, 0, 0, 0, "c.errors.csv")],
             {**AFTER_SOME, "1": "A11", "4": "D40"},
             {"a.errors.csv": SOME_FAILED, "b.errors.csv": [], "c.errors.csv": []},
             {name + end for name in "abc" for end in (".csv", ".errors.csv")}, 4, errors=False),
    Scenario("first", first, 0, [Imported("clients.csv", 1, "imported", 0, 3, 0, 0, "clients.errors.csv")],
             {company: number for company, _, number in CLIENTS[:3]}, {"clients.errors.csv": []}, TWO, 6,
             options="unknown_company: create"),
    Scenario("swap", reported, 0, [FIRST_DROP], {**AFTER_SOME, "1": "B2", "2": "A10"},
             {"clients.errors.csv": SOME_FAILED}, TWO, 6,
             command=("clients", "edit", "1", "number=B2", "2", "number=A10", "3", "name=Cypress", "4", "lead=Rui")),
    Scenario("undo", reported, 0, [FIRST_DROP], UNTOUCHED, {"clients.errors.csv": SOME_FAILED}, TWO, 4,
             command=("imports", "undo", "2", "--yes")),
    Scenario("replay", edited_by_hand, 1, [FIRST_DROP], AFTER_SOME, {"clients.errors.csv": SOME_FAILED}, TWO, 6,
             command=("imports", "replay", "2", "--yes")),
]


# The oracle.


VOLATILE = {"started_at", "finished_at", "changed_at"}


class State(NamedTuple):
    tables: dict
    inbox: dict
    faults: list


def look(world):
    """Everything that is left, except times. Opens the database as a program does after a crash."""
    tables, faults = read_database(world.database)
    inbox = {}
    for entry in os.scandir(world.inbox):
        if entry.name == ".clientsync":  # contains the ledger's UUID, which is random
            uuid = next(row["value"] for row in tables["meta"] if row["name"] == "ledger_uuid")
            if uuid.encode() not in pathlib.Path(entry.path).read_bytes():
                faults.append(".clientsync does not name this ledger")
            inbox[entry.name] = None
            continue
        status = entry.stat(follow_symlinks=False)
        content = pathlib.Path(entry.path).read_bytes() if stat.S_ISREG(status.st_mode) else b""
        inbox[entry.name] = (oct(status.st_mode), content)
    others = {path.name for path in world.root.iterdir()}
    others -= {"inbox", "lost+found", "state", *(world.database.name + end for end in ("", "-wal", "-shm", "-journal"))}
    faults += [f"{name} stands next to the database" for name in sorted(others)]
    tables["meta"] = [row for row in tables["meta"] if row["name"] != "ledger_uuid"]
    return State(tables, inbox, faults)


def read_database(path):
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
    try:
        faults = [f"integrity: {row[0]}" for row in connection.execute("pragma integrity_check") if row[0] != "ok"]
        faults += [f"foreign key: {row}" for row in connection.execute("pragma foreign_key_check")]
        names = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        tables = {}
        for (name,) in names.fetchall():
            cursor = connection.execute(f'select * from "{name}" order by 1, 2')
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row)) for row in cursor]
            tables[name] = [{key: value for key, value in row.items() if key not in VOLATILE} for row in rows]
        return tables, faults
    finally:
        connection.close()


def compare(expected, found):
    """What is wrong, in words; empty if nothing is."""
    wrong = list(found.faults)
    for name in sorted(expected.inbox.keys() | found.inbox.keys()):
        if name not in found.inbox:
            wrong.append(f"{name} is gone")
        elif name not in expected.inbox:
            wrong.append(f"{name} should not be there: {brief(found.inbox[name][1])}")
        elif found.inbox[name] != expected.inbox[name]:
            wrong.append(f"{name} is {brief(found.inbox[name])} and not {brief(expected.inbox[name])}")
    return wrong + compare_tables(expected, found)


def compare_tables(expected, found):
    wrong = []
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        right, here = expected.tables.get(name, []), found.tables.get(name, [])
        for n, (row, other) in enumerate(zip(right, here), start=1):
            different = [f"{key} is {brief(other.get(key))} and not {brief(row.get(key))}"
                         for key in row.keys() | other.keys() if row.get(key) != other.get(key)]
            if different:
                wrong.append(f"{name}, row {n}: {', '.join(different)}")
        wrong += [f"{name} lacks {brief(row)}" for row in right[len(here):]]
        wrong += [f"{name} has {brief(row)} too" for row in here[len(right):]]
    return wrong


def brief(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"


def verify(scenario, world, state):
    """What is wrong with the undisturbed run, with which all others are compared."""
    wrong = list(state.faults)

    def check(what, found, expected):
        if found != expected:
            wrong.append(f"{what}: {found} and not {expected}")

    check("files", set(state.inbox) - {".clientsync"}, scenario.files)
    check("reports", {name: [tuple(line[3:5]) for line in table(state.inbox[name][1])[1:]]
                      for name in scenario.reports if name in state.inbox}, scenario.reports)
    connection = sqlite3.connect(world.database)
    query = ("select name, version, state, updated, created, unchanged, failed, report_name from imports"
             " where inbox = 'main' and report_state = 'published' order by id")
    check("imports", [Imported(*row) for row in connection.execute(query)], scenario.imports)
    check("numbers", dict(connection.execute("select company_id, client_number from clients")), scenario.numbers)
    check("changes", connection.execute("select count(*) from changes c join imports i on i.id = c.import_id"
                                        " where i.kind <> 'load'").fetchone()[0], scenario.changes)
    inputs = connection.execute("select input from import_bytes b join imports i on i.id = b.import_id"
                                " where i.inbox = 'main' order by i.id").fetchall()
    check("kept bytes", base64.b64decode(inputs[-1][0]), world.dropped)
    connection.close()
    return wrong
