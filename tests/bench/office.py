"""A database with firms and their registers, and a folder for each firm, in which one contestant imports lists."""

import ctypes
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import databases
import servers

HERE = pathlib.Path(__file__).resolve().parent
HEADER = "Company ID,Display name,Client number"
PATIENCE = 60  # seconds after which a report is not expected any more

# Fills the register of a firm. What clientsync knows about the sizes of registers belongs here too.
FIRM = "insert into firms (name) values ('{firm}')"
CLIENTS = ("insert into clients (firm_id, company_id, display_name, client_number, number_key)"
           " select f.id, {id}, {name}, {number}, {number} from {count}, firms f")
COUNT = {"sqlite": "(with recursive n (i) as (select 0 union all select i + 1 from n where i < {last})"
                   " select i from n) n",
         "postgresql": "generate_series(0, {last}) n (i)", "mysql": "(select seq as i from seq_0_to_{last}) n"}
ANALYZE = {"sqlite": "", "postgresql": "analyze", "mysql": "analyze table clients, firms"}
NEW_NUMBER = "N-{list}-{row}"
FIRST_ID, ID_STEP = 9130351530000000, 17

libc = ctypes.CDLL(None, use_errno=True)


class Late(Exception):
    """A report did not come."""


class Arrivals:
    """Waits for files that are renamed into folders."""

    def __init__(self, *folders):
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        for folder in folders:
            libc.inotify_add_watch(self.descriptor, os.fsencode(folder), 0x80)  # IN_MOVED_TO

    def wait(self, name):
        """Waits for a file whose name ends with `name`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            if not select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Late(name)
            if any(each.endswith(name) for each in self.read()):
                return

    def read(self):
        """The names of the next arrivals."""
        events, names = os.read(self.descriptor, 1 << 20), []
        while events:
            length = int.from_bytes(events[12:16], sys.byteorder)
            names.append(os.fsdecode(events[16:16 + length].rstrip(b"\0")))
            events = events[16 + length:]
        return names

    def close(self):
        os.close(self.descriptor)


def company(i):
    return str(FIRST_ID + ID_STEP * i)


def list_of(rows, padding):
    more, cell = (",Note", "," + "-" * padding) if padding else ("", "")
    return (HEADER + more + "\r\n" + "".join(",".join(row) + cell + "\r\n" for row in rows)).encode()


def report_of(name):
    return name.removesuffix(".csv") + ".errors.csv"


class Office:
    """One firm for each folder. `clients` is the size of each register."""

    def __init__(self, bench, kind, firms=1, clients=2000, *, settings="", limits="", directory="/var/tmp"):
        databases.KIND = kind
        self.bench, self.kind, self.clients = bench, kind, clients
        self.settings, self.limits = settings, limits
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="clientsync-bench-", dir=directory))
        self.root.chmod(0o755)
        self.database = databases.make(self.root)
        self.folders = [self.root / f"firm-{i}" for i in range(firms)]
        for folder in self.folders:
            folder.mkdir()
        self.config = self.write_config("clientsync.yaml")
        self.call("db", "upgrade", config=self.write_config("owner.yaml", databases.OWNER))
        self.fill()
        self.processes = []
        self.lists = self.rows = 0

    def write_config(self, name, role=databases.RUNTIME, state="state"):
        path = self.root / name
        path.write_text("\n".join([
            "database:", *(f"  {line}" for line in self.database.settings(role)), f"state: {self.root}/{state}",
            "defaults:", f"  limits: {{clients: 10000000, {self.limits}}}",
            *(f"  {line}" for line in self.settings.splitlines()),
            "inboxes:", *(f"  - {{name: {folder.name}, path: {folder}}}" for folder in self.folders)]) + "\n")
        return path

    def command(self, *arguments, config=None):
        return [str(self.bench.program), "--config", str(config or self.config), *map(str, arguments)]

    def call(self, *arguments, config=None):
        done = subprocess.run(self.command(*arguments, config=config), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode > 1:
            raise RuntimeError(done.stdout.decode())

    def fill(self):
        firms = [FIRM.format(firm=folder.name) for folder in self.folders]
        name, number, company_id = "'Client ' || i", "'S-' || i", f"{FIRST_ID} + {ID_STEP} * i"
        company_id = f"cast({company_id} as {'char' if self.kind == 'mysql' else 'text'})"
        clients = CLIENTS.format(id=company_id, name=name, number=number,
                                 count=COUNT[self.kind].format(last=self.clients - 1))
        if self.kind == "sqlite":
            for statement in (*firms, clients):
                self.database.run(statement)
        else:
            self.database.run("; ".join([*firms, clients, ANALYZE[self.kind]]))

    def place(self):
        """How the floor and the script find the database."""
        if self.kind == "sqlite":
            return str(self.database.path)
        home, password = (servers.home(self.kind, self.bench.servers),
                          servers.password(servers.SUPERUSER, self.bench.servers))
        if self.kind == "mysql":
            return f"{home}/socket {self.database.name} {servers.SUPERUSER} {password}"
        return f"host={home} dbname={self.database.name} user={servers.SUPERUSER} password={password}"

    def start(self, command, **options):
        """Starts a program whose log is kept."""
        with open(self.root / "log", "ab") as log:
            self.processes.append(subprocess.Popen([*map(str, command)], **{"stdout": log, "stderr": log, **options}))
        return self.processes[-1]

    def service(self, config=None):
        return self.start(self.command("run", config=config))

    def floor_command(self, *options):
        return [self.bench.floor, self.kind, self.place(), *options, *self.folders]

    def compete(self, name):
        """Starts the contestant, and returns when it watches."""
        if name == "clientsync":
            self.service()
            return self.time_drop(1)
        script = [sys.executable, HERE / "script.py", self.kind, self.place(), self.folders[0]]
        process = self.start(script if name == "script" else self.floor_command(*["--lean"] * (name == "lean")),
                             stdout=subprocess.PIPE)
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"{name} does not start:\n{self.log()}")

    def log(self):
        return (self.root / "log").read_text(errors="replace")[-2000:]

    def new_list(self, rows, padding=0):
        """The name and the bytes of a list that gives new numbers to clients all over the register. `padding` is the
        width of an additional column."""
        self.lists += 1
        self.rows += rows
        step = self.clients // rows
        return f"list-{self.lists:06}.csv", list_of(
            ((company(step * i), f"Client {step * i}", NEW_NUMBER.format(list=self.lists, row=i)) for i in range(rows)),
            padding)

    def put(self, count, rows, padding=0):
        """Writes new lists into each folder, while nobody watches. Returns the paths of their reports."""
        reports = []
        for _ in range(count):
            for folder in self.folders:
                name, content = self.new_list(rows, padding)
                (folder / name).write_bytes(content)
                reports.append(folder / report_of(name))
        return reports

    def time_drop(self, rows, folder=None):
        """Seconds from the rename of a new list into a folder until its report is there."""
        folder = folder or self.folders[0]
        name, content = self.new_list(rows)
        staging = self.root / "staging"
        staging.write_bytes(content)
        arrivals = Arrivals(folder)
        try:
            begin = time.perf_counter()
            os.rename(staging, folder / name)
            arrivals.wait(report_of(name))
            return time.perf_counter() - begin
        except Late:
            raise Late(f"{name} on {self.kind}; the end of the log:\n{self.log()}") from None
        finally:
            arrivals.close()

    def verify(self, more_lists=0, more_rows=0):
        """Fails unless the database has what the lists say: the latest numbers, and a change for each row. `more` were
        there before."""
        latest = f"{NEW_NUMBER.format(list=self.lists, row='')}%"
        found = self.database.rows("select (select count(*) from changes) as changes, (select count(*) from imports)"
                                   f" as imports, (select count(*) from clients where client_number like '{latest}')"
                                   " as latest")[0]
        lists, rows = self.lists + more_lists, self.rows + more_rows
        if (found["changes"], found["imports"]) != (rows, lists) or not found["latest"]:
            raise RuntimeError(f"{rows} rows in {lists} lists became {found}")

    def kill(self):
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        self.processes.clear()

    def stop(self):
        """Ends the services in peace."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=PATIENCE)
        self.processes.clear()

    def close(self):
        self.kill()
        self.database.close()
        shutil.rmtree(self.root)


def peak_memory(process):
    """The largest resident size so far, in MB."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
