#!/usr/bin/env python3
"""Real database servers for the tests: a PostgreSQL and a MariaDB, on unix sockets only.

usage: servers.py start [--for-parent] DIRECTORY | servers.py stop DIRECTORY

`start` starts both and returns when they answer. DIRECTORY becomes a link to a directory with a short name, because the
paths of sockets are limited. Other users may enter that directory, because PostgreSQL does not run as root. With
--for-parent, the servers end with the calling process, whatever happens to it. `stop` ends them and removes all that
they wrote.
"""

import argparse
import concurrent.futures
import contextlib
import glob
import os
import pathlib
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KINDS = ("postgresql", "mysql")
SUPERUSER, OWNER, RUNTIME = "superuser", "clientsync_owner", "clientsync"
PATIENCE = 60.0  # seconds after which a server that does not answer counts as broken
NOBODY = 65534

# Durability is left as it is by default. As on servers in offices, the collation ignores case or sorts as people do.
LAUNCH = {
    "postgresql": ["listen_addresses=", "shared_buffers=16MB", "max_connections=100", "max_wal_size=128MB"],
    "mysql": ["skip-networking", "innodb-buffer-pool-size=32M", "innodb-log-file-size=16M", "max-connections=100",
              "character-set-server=utf8mb4", "collation-server=utf8mb4_general_ci"],
}


class Failure(Exception):
    pass


def program(name, package):
    """The path of a server's program. Debian does not put those of PostgreSQL in the PATH."""
    versions = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: float(path.split("/")[4]))
    found = versions[-1] if versions else shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not found:
        raise Failure(f"there is no {name} here: apt-get install {package}")
    return found


def unprivileged(command):
    """The command, run by a user who is not root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def home(kind, directory):
    return pathlib.Path(directory).resolve() / kind


def password(role, directory):
    return (pathlib.Path(directory) / f"{role}.password").read_text().removesuffix("\n")


def connection(kind, directory, database, role):
    """The value of `connection` in a configuration."""
    place = f"host={home(kind, directory)}" if kind == "postgresql" else f"unix_socket={home(kind, directory)}/socket"
    return f"{place} dbname={database} user={role}"


# SQL, by the servers' own client programs.

# With this, MariaDB reads SQL as PostgreSQL does, and a table made of a query takes no locks on what it reads.
PREPARE = {"postgresql": "", "mysql": "set sql_mode = 'STRICT_ALL_TABLES,ANSI,NO_BACKSLASH_ESCAPES';"
                                      " set session transaction isolation level read committed;\n"}


def literal(value):
    """An SQL literal that both servers understand in `run`."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def client(kind, directory, database=None, options=()):
    """A client program of the superuser that reads SQL from its standard input."""
    place = home(kind, directory)
    if kind == "postgresql":
        command = [program("psql", "postgresql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", place, "-U", SUPERUSER,
                   "-d", database or "postgres", *options]
    else:
        command = [program("mariadb", "mariadb-client"), "--no-defaults", "--batch", "--unbuffered",
                   "--skip-column-names", "--default-character-set=utf8mb4", f"--user={SUPERUSER}",
                   f"--socket={place}/socket", *options, *([database] if database else [])]
    secret = password(SUPERUSER, directory)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", env={**os.environ, "PGPASSWORD": secret, "MYSQL_PWD": secret})


def run(kind, directory, sql, database=None, options=()):
    """Runs SQL as the superuser. Returns what the client program prints, or fails with the server's message."""
    begun = client(kind, directory, database, options)
    output, errors = begun.communicate(PREPARE[kind] + sql, PATIENCE)
    if begun.returncode != 0:
        raise Failure(f"{kind}: {errors.strip()}")
    return output


@contextlib.contextmanager
def transaction(kind, directory, sql, database):
    """In the meantime, the superuser has a transaction open that has run `sql`."""
    begun = client(kind, directory, database)
    try:
        begun.stdin.write(f"{PREPARE[kind]}begin; {sql}; select 'done';\n")
        begun.stdin.flush()
        for line in begun.stdout:
            if line == "done\n":
                break
        else:
            raise Failure(f"{kind}: {begun.stderr.read().strip()}")
        yield
    finally:
        begun.stdin.close()
        begun.wait()
        begun.stdout.close()
        begun.stderr.close()


def create_database(kind, directory, name):
    """Creates an empty database, whose name begins with clientsync_. The owner may create tables there, and the runtime
    role may use them."""
    form = f" owner {OWNER}" if kind == "postgresql" else " character set latin1"
    run(kind, directory, f"create database {name}" + form)


def drop_database(kind, directory, name):
    run(kind, directory, f"drop database if exists {name}" + (" with (force)" if kind == "postgresql" else ""))


# Processes.

def process_of(kind, directory):
    """The running server's process, or None."""
    try:
        pid = int((home(kind, directory) / "pid").read_text())
        # Empty for a process that has ended and was not waited for.
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(home(kind, directory)) in command else None


def children_of(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"not within {PATIENCE:g} s: {what}")
        time.sleep(0.02)


def ended(pid):
    try:
        return not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def wait_for_answer(kind, directory):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return run(kind, directory, "select 1")
        except Failure as failure:
            if process_of(kind, directory) is None or time.monotonic() > deadline:
                log = (home(kind, directory) / "log").read_text(errors="replace")
                raise Failure(f"{kind} does not work: {failure}\n{log[-4000:]}")
        time.sleep(0.02)


def launch(kind, directory, settings=(), wait=True):
    """Starts a server that does not run. `settings` are additional ones, as `name=value`."""
    place = home(kind, directory)
    settings = [*LAUNCH[kind], *settings]
    if kind == "postgresql":
        command = [program("postgres", "postgresql"), "-D", place / "data", "-k", place]
        command += [part for setting in settings for part in ("-c", setting)]
    else:
        command = [program("mariadbd", "mariadb-server"), "--no-defaults", f"--datadir={place}/data",
                   f"--socket={place}/socket", f"--pid-file={place}/data/pid", f"--init-file={place}/roles.sql",
                   f"--tmpdir={place}"]  # in a shared one, each server removes the others' temporary tables
        command += [f"--{setting}" for setting in settings]
    with open(place / "log", "ab") as log:
        server = subprocess.Popen(unprivileged(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place,
                                  start_new_session=True)
    (place / "pid").write_text(f"{server.pid}\n")
    if wait:
        # Until it becomes the server, the process has another command line.
        wait_until(lambda: process_of(kind, directory) or server.poll() is not None, f"the start of {kind}")
        wait_for_answer(kind, directory)


def shut_down(kind, directory):
    """Ends a server as its administrator does. Its clients are disconnected."""
    pid = process_of(kind, directory)
    if pid is not None:
        os.kill(pid, signal.SIGINT if kind == "postgresql" else signal.SIGTERM)
        wait_until(lambda: ended(pid), f"the end of {kind}")


def kill(kind, directory):
    """Ends a server as a power cut does, except that the kernel still writes its cached data."""
    pid = process_of(kind, directory)
    if pid is not None:
        os.kill(pid, signal.SIGSTOP)  # starts no more children
        pids = [pid, *children_of(pid)]
        for each in pids:
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: all(map(ended, pids)), f"the end of {kind}")
        # PostgreSQL takes a process that has ended for a running one until somebody has waited for it.
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (home(kind, directory) / lock).unlink(missing_ok=True)


@contextlib.contextmanager
def frozen(kind, directory):
    """In the meantime, the server and its processes stand still."""
    pid = process_of(kind, directory)
    os.kill(pid, signal.SIGSTOP)  # starts no more children
    pids = [pid, *children_of(pid)]
    for each in pids[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in pids:
            with contextlib.suppress(ProcessLookupError):  # one that was about to end when it was stopped
                os.kill(each, signal.SIGCONT)


def restart(kind, directory, settings=()):
    shut_down(kind, directory)
    launch(kind, directory, settings)


# Clusters.

def captured(command):
    done = subprocess.run(unprivileged(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd="/")
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed:\n{done.stdout.decode(errors='replace')}")


def write_for_server(path, text):
    """Writes a file that only the server's user and root can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def make_postgresql(directory):
    place = home("postgresql", directory)
    write_for_server(place / "first-password", password(SUPERUSER, directory))
    captured([program("initdb", "postgresql"), "--no-sync", f"--pgdata={place}/data", f"--username={SUPERUSER}",
              f"--pwfile={place}/first-password", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
              "--locale-provider=icu", "--icu-locale=en-US"])
    (place / "first-password").unlink()
    launch("postgresql", directory)
    for role in (OWNER, RUNTIME):
        run("postgresql", directory, f"create role {role} login password {literal(password(role, directory))}")
    # Each database is a copy of this one.
    run("postgresql", directory, f"alter default privileges for role {OWNER} grant select, insert, update, delete"
                                 f" on tables to {RUNTIME}", "template1")


def make_mysql(directory):
    place = home("mysql", directory)
    def user(role):
        secret = literal(password(role, directory).replace("\\", "\\\\"))
        return (f"create user if not exists {role}@localhost"
                f" identified via mysql_native_password using password({secret});\n")
    write_for_server(place / "roles.sql", "".join(map(user, (SUPERUSER, OWNER, RUNTIME))) +
                     f"grant all on *.* to {SUPERUSER}@localhost with grant option;\n"
                     f"grant all on `clientsync\\_%`.* to {OWNER}@localhost;\n"
                     f"grant select, insert, update, delete on `clientsync\\_%`.* to {RUNTIME}@localhost;\n"
                     "drop user if exists root@localhost;\n")
    captured([program("mariadb-install-db", "mariadb-server"), "--no-defaults", f"--datadir={place}/data",
              f"--tmpdir={place}", "--skip-test-db", "--auth-root-authentication-method=normal",
              "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
              "--sync-binlog=0"])
    launch("mysql", directory)


def memory():
    """A file system in memory that has room, or None. Servers often wait for the disk, and no test cuts the power."""
    place = "/dev/shm"
    try:
        return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 << 30 else None
    except OSError:
        return None


def make_root(directory, place=None):
    """Makes the directory to which DIRECTORY links, in `place` or in memory, with the passwords of the roles in it."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="clientsync-servers-", dir=place or memory()))
    root.chmod(0o755)
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.symlink_to(root)
    for role in (SUPERUSER, OWNER, RUNTIME):
        # The passwords of the product's roles contain characters that are special in connection texts and in SQL.
        special = "" if role == SUPERUSER else " it's = a \\ $1 :x %s"
        path = root / f"{role}.password"
        path.touch(0o600)
        path.write_text(secrets.token_hex(12) + special + "\n")
    for kind in KINDS:
        (root / kind).mkdir(0o755)
        if os.geteuid() == 0:
            os.chown(root / kind, NOBODY, NOBODY)
    return root


def start(directory, parent=None, on_disk=False):
    """Starts the servers. With a `parent`, they end with that process."""
    directory = pathlib.Path(directory)
    owner = directory / "parent"
    if owner.exists() and not ended(int(owner.read_text())):
        raise Failure(f"{directory} is in use by the process {owner.read_text().strip()}")
    stop(directory)
    make_root(directory, tempfile.gettempdir() if on_disk else None)
    try:
        if parent is not None:
            keep_in_background(directory, parent)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for made in [pool.submit(make_postgresql, directory), pool.submit(make_mysql, directory)]:
                made.result()
    except BaseException:
        stop(directory)
        raise


def stop(directory):
    directory = pathlib.Path(directory)
    if directory.is_symlink():
        for kind in KINDS:
            kill(kind, directory)
        shutil.rmtree(directory.resolve(), ignore_errors=True)
        directory.unlink()


def keep(directory, processes):
    """Ends the servers when all the processes have ended, unless somebody ends them before."""
    root = directory.resolve()
    for process in processes:
        try:
            end = os.pidfd_open(process)
            while root.exists() and not select.select([end], [], [], 1)[0]:
                pass
        except ProcessLookupError:
            pass
    if directory.resolve() == root:
        stop(directory)


def keep_in_background(directory, parent):
    """Starts `keep` before the servers, so that they end even if the caller dies while it starts them."""
    (directory / "parent").write_text(f"{parent}\n")
    subprocess.Popen([sys.executable, os.path.abspath(__file__), "keep", directory, str(os.getpid()), str(parent)],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                     start_new_session=True, cwd="/")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("start", "stop", "keep"))
    parser.add_argument("--for-parent", action="store_true")
    parser.add_argument("directory", metavar="DIRECTORY", type=lambda path: pathlib.Path(path).absolute())
    parser.add_argument("processes", nargs="*", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        if options.command == "keep":
            keep(options.directory, options.processes)
        elif options.command == "stop":
            stop(options.directory)
        else:
            start(options.directory, os.getppid() if options.for_parent else None)
    except Failure as failure:
        sys.exit(f"servers: {failure}")


if __name__ == "__main__":
    main()
