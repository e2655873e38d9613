"""A folder in which many imported lists stand with their reports."""

import contextlib
import hashlib
import os
import sqlite3
import time

from measure import Figure, interleave
from office import Office, cpu_seconds, report_of

TITLE = "standing: a folder in which 10,000 imported lists stand with their reports, against an empty one, on SQLite"
STANDING, ROWS = 10_000, 10
PAUSE = 0.7  # seconds until everything that follows a report has happened
SHORT = 0.05  # seconds between a report and the second drop


def clone(connection, table, row, changes):
    """Inserts a row again, as another one."""
    values = {**{name: row[name] for name in row.keys() if name != "id"}, **changes}
    return connection.execute(f"insert into {table} ({', '.join(values)}) values ({', '.join('?' * len(values))})",
                              list(values.values())).lastrowid


class History:
    """Makes many imports out of the only one of an office: each with its list, its report and its entries."""

    def __init__(self, office):
        self.folder = office.folders[0]
        self.connection = sqlite3.connect(office.database.path)
        self.connection.row_factory = sqlite3.Row
        self.entry = self.read("select * from imports")[0]
        tables = [row[0] for row in self.read("select m.name from sqlite_master m, pragma_table_info(m.name) c"
                                              " where m.type = 'table' and c.name = 'import_id'")]
        self.details = [(table, row) for table in tables for row in self.read(f"select * from {table}")]
        path = self.folder / self.entry["name"]
        self.list, self.mtime = path.read_bytes(), path.stat().st_mtime_ns
        self.report = (self.folder / report_of(self.entry["name"])).read_bytes()

    def read(self, query):
        return list(self.connection.execute(query))

    def add(self, name):
        content = self.list.replace(b",N-", f",{name.removesuffix('.csv')}-".encode())
        (self.folder / name).write_bytes(content)
        os.utime(self.folder / name, ns=(self.mtime, self.mtime))
        (self.folder / report_of(name)).write_bytes(self.report)
        digest = hashlib.sha256(content).hexdigest()
        number = clone(self.connection, "imports", self.entry, {
            "name": name, "report_name": report_of(name), "sha256": digest, "cells_sha256": digest,
            "size": len(content)})
        for table, row in self.details:
            named = {"report_name": report_of(name)} if "report_name" in row.keys() else {}
            clone(self.connection, table, row, {"import_id": number, **named})


def let_stand(office):
    office.service()
    office.time_drop(ROWS)
    time.sleep(PAUSE)
    office.stop()
    history = History(office)
    with history.connection:
        for i in range(STANDING):
            history.add(f"old-{i:06}.csv")
    history.connection.close()


def first_drop(office):
    time.sleep(PAUSE)
    return office.time_drop(ROWS)


def second_drop(office):
    first_drop(office)
    time.sleep(SHORT)
    return office.time_drop(ROWS)


def restart(office):
    """Starts the service. Returns the seconds of CPU until it has nothing to do any more."""
    process, before, now = office.service(), -1, 0
    while now > before:
        time.sleep(1.5)
        before, now = now, cpu_seconds(process)
    return now


def measure(bench):
    with contextlib.ExitStack() as stack:
        empty, full = (stack.enter_context(contextlib.closing(Office(bench, "sqlite"))) for _ in range(2))
        let_stand(full)
        restarts = [restart(office) for office in (full, empty)]
        drops = {(drop, office): lambda drop=drop, office=office: drop(office)
                 for drop in (first_drop, second_drop) for office in (empty, full)}
        samples = interleave(drops, rounds=8)
        full.verify(STANDING, STANDING * ROWS)  # the service has imported none of those that stand there
        for drop, what in ((first_drop, "a drop"), (second_drop, "a second drop, 50 ms after the first one's report")):
            ours, theirs = samples[drop, full], samples[drop, empty]
            yield Figure("standing", what, "ms", 1000 * ours.median(), 1000 * ours.p99(), "an empty folder",
                         1000 * theirs.median(), 1000 * theirs.p99(), "<= 1.2", ours.left_out() + theirs.left_out())
        yield Figure("standing", "CPU of a restart", "s", restarts[0], bar="<= 0.5")
        yield Figure("standing", "CPU of a restart", "s", restarts[0], None, "an empty folder", restarts[1])
