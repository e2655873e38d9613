"""What the end-to-end tests share: a world for each test, the service in it, and what users see of it."""

import contextlib
import csv
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import databases  # in tests/support

EN = ("Company ID", "Display name", "Client number")
PT_BR = ("ID da empresa", "Nome de exibição", "Número do cliente")
REPORT_EN = EN + ("Row", "Error code", "Error", "Ref")
REPORT_PT_BR = PT_BR + ("Linha", "Código do erro", "Erro", "Ref")

# How long to wait for a state that must come, in seconds. Generous, for machines under load.
PATIENCE = 60.0
# Seconds between two looks. A query to a server starts a process.
PAUSE = 0.005 if databases.KIND == "sqlite" else 0.03

LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?P<level>debug|info|warning|error) (?P<event>[a-z_.]+)"
    r'(?P<fields>(?: [a-z0-9_]+=(?:"(?:[^"\\]|\\.)*"|[^ "=]+))*)$'
)
LOG_FIELD = re.compile(r' ([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^ "=]+)')

NOBODY = 65534
HANGS = 600  # seconds: longer than any test
MODULES = "lib/clientsync"  # beside the program's directory

sqlite_only = unittest.skipUnless(databases.KIND == "sqlite", "about SQLite alone")

_binary = None


def main():
    """Runs the tests of the calling file: X_test.py BINARY [unittest's arguments]."""
    global _binary
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BINARY [test ...]")
    _binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)


def sheet(rows, headers=EN, delimiter=",", end="\r\n", last_end=True):
    """A CSV file's bytes."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([headers, *rows])
    content = text.getvalue()
    return (content if last_end else content.removesuffix(end)).encode()


def table(content, delimiter=","):
    """The records of a CSV file that clientsync wrote."""
    return [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)]


def wait_until(condition, what, seconds=PATIENCE):
    """Waits until `condition` is true, and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {seconds:g} s: {what}")
        time.sleep(PAUSE)


def cpu_seconds(process, thread=None):
    """The CPU time of a running process, or of one of its threads."""
    place = f"/proc/{process.pid}/stat" if thread is None else f"/proc/{process.pid}/task/{thread}/stat"
    with open(place, encoding="ascii") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def threads_traced(process):
    """How many threads of the process have a tracer."""
    count = 0
    for path in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            count += "TracerPid:\t0\n" not in path.read_text()
    return count


class Inbox:
    """A folder as its users see it. Names are str, or bytes if they are not UTF-8."""

    def __init__(self, world, name, path):
        self.world = world
        self.name = name
        self.path = path

    def place(self, name):
        return os.path.join(os.fsencode(self.path), os.fsencode(name))

    def names(self):
        """The names in the folder, without hidden files."""
        return sorted(os.fsdecode(name) for name in os.listdir(self.path) if not name.startswith("."))

    def temporaries(self):
        return [name for name in os.listdir(self.path) if name.startswith(".clientsync-")]

    def exists(self, name):
        return os.path.lexists(self.place(name))

    def read(self, name):
        with open(self.place(name), "rb") as file:
            return file.read()

    def drop(self, name, content, mtime=None, mode=None):
        """Renames a complete file into the folder."""
        staged = tempfile.NamedTemporaryFile(dir=self.world.staging, delete=False)
        with staged:
            staged.write(content)
        os.chmod(staged.name, 0o644 if mode is None else mode)
        if mtime is not None:
            os.utime(staged.name, ns=(mtime, mtime))
        os.rename(staged.name, self.place(name))

    def write(self, name, content):
        """Writes in place, as a copy over the network does."""
        with open(self.place(name), "wb") as file:
            file.write(content)

    def remove(self, name):
        os.unlink(self.place(name))

    def report(self, name, delimiter=","):
        """Waits for the report; returns its lines without the header."""
        self.world.wait_until(lambda: self.exists(name), f"the report {name!r}")
        return table(self.read(name), delimiter)[1:]

    def imports(self, name=None):
        """The ledger's rows of one name or of all names, oldest first."""
        where, values = ("", ()) if name is None else (" and name = ?", (name,))
        return self.world.ledger(
            f"select * from imports where inbox = ?{where} order by id", (self.name, *values)
        )

    def wait_imports(self, name, count, seconds=PATIENCE):
        """The rows of a name, once there are that many and none of their reports is pending."""
        def settled():
            rows = self.imports(name)
            return len(rows) >= count and all(row["report_state"] != "pending" for row in rows) and rows
        rows = self.world.wait_until(settled, f"{count} imports of {name!r}", seconds)
        if len(rows) != count:
            raise AssertionError(f"{len(rows)} imports of {name!r}, not {count}")
        return rows

    def pass_by(self, last_end=True):
        """Writes a file after all others and waits until it is imported. Since it settles like the others, every file
        that was to be taken before it is done by then."""
        self.world.passed += 1
        name = f"passer-by-{self.world.passed}.csv"
        self.write(name, sheet([], last_end=last_end))
        self.wait_imports(name, 1)
        for left in self.names():
            if left.startswith(f"passer-by-{self.world.passed}."):
                self.remove(left)


class World:
    """A directory with a configuration, a database and inboxes, and the service that uses them."""

    def __init__(self, options="settle: 200ms", inboxes=("main",), make=True, general=""):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="clientsync-"))
        self.staging = self.root / "staging"
        self.staging.mkdir()
        self.config = self.root / "clientsync.yaml"
        self.log_path = self.root / "service.log"
        self.log_path.touch()
        self.process = None
        self.processes = []
        self.binary = _binary
        self.as_user = []  # the start of the command line if another user runs it
        self.passed = 0
        self.inboxes = {}
        lines = [f"state: {self.root / 'state'}", *general.splitlines(), "defaults:"]
        lines += [*(f"  {line}" for line in options.splitlines()), "inboxes:"]
        for name in inboxes:
            path = self.root / f"inbox-{name}"
            if make:
                path.mkdir()
            self.inboxes[name] = Inbox(self, name, path)
            lines += [f"  - name: {name}", f"    path: {path}"]
        self.inbox = self.inboxes[inboxes[0]]
        self.database = databases.make(self.root)
        self.write_config(self.config, self.database.settings(), lines)
        if databases.KIND != "sqlite":
            self.owner_config = self.root / "owner.yaml"
            self.write_config(self.owner_config, self.database.settings(databases.OWNER), lines)
            self.upgrade()

    @staticmethod
    def write_config(path, database, lines):
        path.write_text("\n".join(["database:", *(f"  {line}" for line in database), *lines]) + "\n")

    def upgrade(self):
        """Creates the tables as the owner of a server's database does."""
        done = self.command("db", "upgrade", "--config", self.owner_config, config=False)
        if done.returncode != 0:
            raise AssertionError(f"db upgrade: status {done.returncode}, {done.stderr}")

    def renew_database(self):
        """Replaces the database with an empty one."""
        self.database.empty()
        if databases.KIND != "sqlite":
            self.upgrade()

    def lose_database(self):
        """Makes the configuration name a database that cannot be reached, with "nowhere" in its path. Returns a
        function that undoes it."""
        good = self.config.read_text()
        lost = good
        for present, absent in zip(self.database.settings(), self.database.lost(), strict=True):
            lost = lost.replace(present, absent)
        self.config.write_text(lost)
        return lambda: self.config.write_text(good)

    # Commands.

    def command(self, *arguments, env=None, config=True, umask=-1):
        """Runs clientsync to its end. Output is text."""
        options = ["--config", str(self.config)] if config else []
        environment = {**os.environ, **(env or {})}
        return subprocess.run(
            [*self.as_user, self.binary, *map(os.fspath, arguments), *options], capture_output=True, timeout=60,
            env=environment, cwd=self.root, encoding="utf-8", umask=umask,
        )

    def load(self, clients, inbox=None):
        """Loads clients, given as (company ID, display name, client number)."""
        file = self.root / "register.csv"
        file.write_bytes(sheet(clients))
        chosen = ["--inbox", inbox] if inbox else []
        done = self.command("clients", "load", file, *chosen)
        if done.returncode != 0:
            raise AssertionError(f"clients load: status {done.returncode}, {done.stderr}")

    def clients(self, inbox=None):
        """The register as `clients list` prints it: dictionaries by company ID."""
        chosen = ["--inbox", inbox] if inbox else []
        done = self.command("clients", "list", "--format", "json", *chosen)
        if done.returncode != 0:
            raise AssertionError(f"clients list: status {done.returncode}, {done.stderr}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {row["company_id"]: row for row in rows}

    def numbers(self, inbox=None):
        return {company: client["client_number"] for company, client in self.clients(inbox).items()}

    # The service.

    def start(self, umask=-1, wait=True, before=()):
        begin = len(self.log())
        with open(self.log_path, "ab") as log:
            self.process = self.spawn(before, stdout=log, stderr=log, umask=umask)
        if wait:
            opened = re.compile(" inbox[.](?:watched|unavailable) ")
            self.wait_until(lambda: len(opened.findall(self.log()[begin:])) >= len(self.inboxes), "the inboxes' start")

    def spawn(self, before=(), **options):
        """Starts a service, which ends with the world. `before` is a command that runs the service."""
        command = [*before, *self.as_user, self.binary, "run", "--config", str(self.config)]
        self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, **options))
        return self.processes[-1]

    def become_nobody(self):
        """From now on, clientsync runs as another user, who owns everything here."""
        if os.geteuid() != 0:
            return
        for path in (self.root, *self.root.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        self.binary = self.root / "bin/clientsync"
        self.binary.parent.mkdir()
        shutil.copy(_binary, self.binary)
        shutil.copytree(pathlib.Path(_binary).parents[1] / MODULES, self.root / MODULES)
        self.as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    @contextlib.contextmanager
    def hanging(self, *directories, call="getdents64,newfstatat"):
        """In the meantime, the running service gets no answer to system calls about these directories: by default, if
        it looks at them."""
        command = ["strace", "-f", "-p", str(self.process.pid), "-o", os.devnull, "-e", f"trace={call}", "-e",
                   f"inject={call}:delay_enter={HANGS}s", *(f"--trace-path={path}" for path in directories)]
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            threads = len(os.listdir(f"/proc/{self.process.pid}/task"))
            attached = lambda: threads_traced(self.process) >= threads or tracer.poll() is not None
            self.wait_until(attached, "the tracer is attached")
            if tracer.poll() is not None:
                raise unittest.SkipTest(f"NOT TESTED, nothing may be traced here: {tracer.stderr.read().strip()}")
            yield
        finally:
            tracer.kill()
            tracer.communicate()

    def stop(self, seconds=PATIENCE):
        """Ends the service as systemd does. Returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.join(seconds)

    def join(self, seconds=PATIENCE):
        status = self.process.wait(timeout=seconds)
        self.process = None
        return status

    def kill(self):
        """True if the kill hit a running service."""
        self.process.kill()
        return self.join() == -signal.SIGKILL

    def restart(self):
        if self.stop() != 0:
            raise AssertionError(f"the service ended badly; its log:\n{self.log()}")
        self.start()

    def log(self):
        return self.log_path.read_bytes().decode("utf-8", "surrogateescape")

    def events(self, event):
        """The fields of all log lines of that event."""
        found = []
        for line in self.log().split("\n"):
            match = LOG_LINE.match(line)
            if match and match["event"] == event:
                found.append({key: value.strip('"') for key, value in LOG_FIELD.findall(match["fields"])})
        return found

    def wait_until(self, condition, what, seconds=PATIENCE):
        def watched():
            value = condition()
            if not value and self.process and self.process.poll() is not None:
                raise AssertionError(f"the service died with {self.process.returncode} before: {what}")
            return value
        return wait_until(watched, what, seconds)

    # The database.

    def ledger(self, query, values=()):
        """The rows of a query as dictionaries. `?` stands for a value."""
        return self.database.rows(query, values)

    def sql(self, statement):
        """Changes the database behind clientsync's back."""
        self.database.run(statement)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.database.close()
        shutil.rmtree(self.root, ignore_errors=True)


class WorldTest(unittest.TestCase):
    """A test with worlds of its own. If it fails, their logs are printed."""

    maxDiff = None

    def run(self, result=None):
        self.worlds = []
        faults = lambda: len(result.failures) + len(result.errors)
        before = faults()
        try:
            super().run(result)
        finally:
            for world in self.worlds:
                if faults() > before:
                    print(f"--- the service's log in {self.id()}:\n{world.log()[-4000:]}---", file=sys.stderr)
                world.close()

    def world(self, *arguments, clients=None, start=False, **options):
        world = World(*arguments, **options)
        self.worlds.append(world)
        if clients is not None:
            world.load(clients)
        if start:
            world.start()
        return world

    @staticmethod
    def codes(report):
        """(row, codes) of each line of a report."""
        return [(line[3], line[4]) for line in report]
