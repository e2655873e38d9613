#!/usr/bin/env python3
"""What a firm's IT would write instead of clientsync: a script that imports each list that appears in a folder.

usage: script.py KIND PLACE FOLDER

It reads the list with Python's csv module, checks what is easy to check (nothing blank, every number unique), writes
numbers and history in one transaction, and a report. With SQLite it uses Python's own module; with a server, the
server's client program, a staging table and set-based statements. It knows nothing of damaged cells, swaps, crashes or
old files.
"""

import csv
import io
import os
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from office import Arrivals  # noqa: E402

HISTORY = ("insert into changes (firm_id, company_id, field, old_value, new_value, who, changed_at)"
           " select 1, c.company_id, 'number', c.client_number, s.number, 'script', 1"
           " from staging s join clients c on c.firm_id = 1 and c.company_id = s.id")


class Sqlite:
    def __init__(self, place):
        self.connection = sqlite3.connect(place, isolation_level=None, timeout=30)
        self.connection.execute("pragma synchronous = full")

    def write(self, rows):
        run = self.connection.executemany
        self.connection.execute("begin immediate")
        known = dict(self.connection.execute("select company_id, client_number from clients where firm_id = 1"))
        if any(row[0] not in known for row in rows):
            raise ValueError("an unknown client")
        run("insert into changes (firm_id, company_id, field, old_value, new_value, who, changed_at)"
            " values (1, ?, 'number', ?, ?, 'script', 1)", [(row[0], known[row[0]], row[2]) for row in rows])
        run("update clients set client_number = ?1, number_key = ?1 where firm_id = 1 and company_id = ?2",
            [(row[2], row[0]) for row in rows])
        self.connection.execute("commit")


class Client:
    """A server's client program that stays open."""

    def __init__(self, command, update):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.update = update
        self.run("create temporary table staging (id varchar(64) primary key, number varchar(100));")

    def run(self, sql):
        self.process.stdin.write(f"{sql}\nselect 'done';\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == "done\n":
                return
        raise RuntimeError("the client program ended")

    def write(self, rows):
        self.run(f"begin;\ndelete from staging;\n{self.stage(rows)}\n{HISTORY};\n{self.update};\ncommit;")


class Postgresql(Client):
    def __init__(self, place):
        super().__init__(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", place],
                         "update clients c set client_number = s.number, number_key = s.number from staging s"
                         " where c.firm_id = 1 and c.company_id = s.id")

    @staticmethod
    def stage(rows):
        return "copy staging from stdin;\n" + "".join(f"{row[0]}\t{row[2]}\n" for row in rows) + "\\."


class Mysql(Client):
    def __init__(self, place):
        socket, database, user, password = place.split()
        os.environ["MYSQL_PWD"] = password
        super().__init__(["mariadb", "--no-defaults", "--batch", "--unbuffered", "--skip-column-names",
                          f"--socket={socket}", f"--user={user}", database],
                         "update staging s join clients c on c.firm_id = 1 and c.company_id = s.id"
                         " set c.client_number = s.number, c.number_key = s.number")

    @staticmethod
    def stage(rows):
        return "insert into staging values " + ",".join(f"('{row[0]}','{row[2]}')" for row in rows) + ";"


def read(path):
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    if rows[0] != ["Company ID", "Display name", "Client number"]:
        raise ValueError("wrong header")
    numbers = [row[2] for row in rows[1:]]
    if not all(all(row) for row in rows[1:]) or len(set(numbers)) != len(numbers):
        raise ValueError("a blank cell, or a number twice")
    return rows[1:]


def write_report(path):
    temporary = path.with_name(f".{path.name}.tmp")
    with open(temporary, "w", encoding="utf-8-sig") as file:
        file.write("Company ID,Display name,Client number,Row,Error\r\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path.with_suffix(".errors.csv"))
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def main():
    kind, place, folder = sys.argv[1:]
    store = {"sqlite": Sqlite, "postgresql": Postgresql, "mysql": Mysql}[kind](place)
    arrivals = Arrivals(folder)
    print("ready", flush=True)
    while True:
        for name in arrivals.read():
            if name.endswith(".csv") and not name.endswith(".errors.csv"):
                path = pathlib.Path(folder, name)
                store.write(read(path))
                write_report(path)


if __name__ == "__main__":
    main()
