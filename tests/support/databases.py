"""A database for each world of a test, of the kind that CLIENTSYNC_TEST_DATABASE names.

The servers are those in CLIENTSYNC_TEST_SERVERS (servers.py). Both classes have the same methods.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import xml.etree.ElementTree

import servers

KIND = os.environ.get("CLIENTSYNC_TEST_DATABASE", "sqlite")
OWNER, RUNTIME = servers.OWNER, servers.RUNTIME


def make(root):
    """Makes a new database. Its files are in the directory `root`."""
    if KIND == "sqlite":
        return File(root)
    if KIND not in servers.KINDS:
        raise ValueError(f"CLIENTSYNC_TEST_DATABASE={KIND}: sqlite, postgresql or mysql")
    return ServerDatabase(root, KIND, os.environ["CLIENTSYNC_TEST_SERVERS"])


class File:
    """An SQLite database."""

    def __init__(self, root):
        self.path = root / "clientsync.db"
        self.password_file = root / "password"
        self.password_file.touch(0o600)
        self.password_file.write_text("of-nobody-7f3a\n")

    @property
    def connection(self):
        return f"dbname={self.path}"

    def settings(self, role=RUNTIME):
        """The lines of a configuration's `database` section."""
        return [f"connection: {json.dumps(self.connection)}", f"password_file: {self.password_file}"]

    def lost(self):
        """The `settings` of a database that cannot be reached."""
        return [f"connection: dbname={self.path.parent}/nowhere/clientsync.db", f"password_file: {self.password_file}"]

    def rows(self, query, values=()):
        """The rows of a query as dictionaries, read without writing; none if there is no database yet."""
        if not self.path.exists():
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()

    def run(self, statement):
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            with connection:
                connection.execute(statement)
        finally:
            connection.close()

    def dump(self):
        """Everything in the database, as text."""
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()

    @contextlib.contextmanager
    def locked(self):
        """In the meantime, another program has a write transaction open, so that no import can be committed."""
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            connection.execute("begin immediate")
            yield
            connection.execute("rollback")
        finally:
            connection.close()

    @contextlib.contextmanager
    def refusing(self, event, table, condition="1 = 1"):
        """In the meantime, statements on a table fail for rows that meet the condition on `new`. `event` is "update" or
        the like."""
        self.run(f"create trigger refusal before {event} on {table} when {condition}"
                 " begin select raise(abort, 'disk on fire'); end")
        yield
        self.run("drop trigger refusal")

    def empty(self):
        """Makes the database empty, as it was before it was used."""
        for path in self.path.parent.glob(self.path.name + "*"):
            path.unlink()

    def close(self):
        self.empty()


class ServerDatabase:
    """A database of PostgreSQL or MariaDB, in which the owner may create tables and the runtime role may use them."""

    def __init__(self, root, kind, directory):
        self.root = root
        self.kind = kind
        self.directory = directory
        self.name = f"clientsync_{secrets.token_hex(6)}"
        for role in (OWNER, RUNTIME):
            shutil.copy(os.path.join(directory, f"{role}.password"), root)  # keeps the mode
        self.password_file = root / f"{RUNTIME}.password"
        servers.create_database(kind, directory, self.name)

    @property
    def connection(self):
        return servers.connection(self.kind, self.directory, self.name, RUNTIME)

    def settings(self, role=RUNTIME):
        connection = servers.connection(self.kind, self.directory, self.name, role)
        return [f"backend: {self.kind}", f"connection: {json.dumps(connection)}",
                f"password_file: {self.root}/{role}.password"]

    def lost(self):
        lost = re.sub("(?<=host=|cket=)[^ ]+", f"{self.root}/nowhere/socket", self.connection)
        return [f"backend: {self.kind}", f"connection: {json.dumps(lost)}", f"password_file: {self.password_file}"]

    def rows(self, query, values=()):
        parts = query.split("?")
        literals = [*map(servers.literal, values), ""]
        query = "".join(part + value for part, value in zip(parts, literals, strict=True))
        return self.rows_of_postgresql(query) if self.kind == "postgresql" else self.rows_of_mysql(query)

    def rows_of_postgresql(self, query):
        return [json.loads(line) for line in self.run(f"select row_to_json(q) from ({query}) q").splitlines()]

    def rows_of_mysql(self, query):
        """The client program prints no types, so they are taken from a table made of the query."""
        output = self.run(f"create temporary table q as {query}; describe q; select * from q", "--xml")
        columns, rows = [[{field.get("name"): value_of(field) for field in row}
                          for row in xml.etree.ElementTree.fromstring(result)]
                         for result in re.findall("<resultset.*?</resultset>", output, re.DOTALL)]
        numbers = {column["Field"] for column in columns if re.match("(big|small|tiny|)int|decimal", column["Type"])}
        return [{name: int(value) if name in numbers and value is not None else value for name, value in row.items()}
                for row in rows]

    def dump(self):
        """Everything in the database, as text."""
        if self.kind == "postgresql":
            return self.run("select query_to_xml(format('select * from %s', relname), true, false, '') from pg_class"
                            " where relkind = 'r' and relnamespace = 'public'::regnamespace")
        tables = self.run("show tables").split()
        return "".join(self.run(f"select * from {table}") for table in tables)

    def locked(self):
        return servers.transaction(self.kind, self.directory, "select id from firms for update", self.name)

    def held(self, sql):
        """In the meantime, another client has a transaction open that has run `sql`."""
        return servers.transaction(self.kind, self.directory, sql, self.name)

    @contextlib.contextmanager
    def refusing(self, event, table, condition="1 = 1"):
        if self.kind == "postgresql":
            self.run("create function refuse() returns trigger language plpgsql"
                     " as $$ begin raise exception 'disk on fire'; end $$")
            self.run(f"create trigger refusal before {event} on {table} for each row when ({condition})"
                     " execute function refuse()")
            yield
            self.run("drop function refuse() cascade")
        else:
            self.run(f"delimiter //\ncreate trigger refusal before {event} on {table} for each row if {condition} then"
                     " signal sqlstate '45000' set message_text = 'disk on fire'; end if//")
            yield
            self.run("drop trigger refusal")

    def end_sessions(self):
        """Ends all sessions of the database. Returns how many there were."""
        if self.kind == "postgresql":
            ended = servers.run(self.kind, self.directory, "select pg_terminate_backend(pid) from pg_stat_activity"
                                                           f" where datname = '{self.name}'")
            return ended.count("t\n")
        kills = servers.run(self.kind, self.directory, "select concat('kill ', id, ';') from"
                                                       f" information_schema.processlist where db = '{self.name}'")
        # A session may end by itself before its turn comes.
        servers.run(self.kind, self.directory, kills, options=["--force"]) if kills else None
        return kills.count("\n")

    def run(self, statement, *options):
        return servers.run(self.kind, self.directory, statement, self.name, options)

    def empty(self):
        self.close()
        servers.create_database(self.kind, self.directory, self.name)

    def close(self):
        servers.drop_database(self.kind, self.directory, self.name)


def value_of(field):
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    return None if field.get(nil) == "true" else field.text or ""
