"""Faults between clientsync and its database server: files wait, are imported exactly once, and none is blamed."""

import contextlib
import os
import pathlib
import random
import re
import sys
import tempfile
import time
import warnings

from proxy import CUT, FORWARD, LATE, SLOW, SWALLOW, Proxy
from support import LOG_LINE, WorldTest, databases, main, sheet
import servers  # in tests/support

CELL = "canary-6b1e"  # in the cells of each file; must not be in a log
CLIENTS = [(str(n), f"Client {n} {CELL}", f"{CELL}-{n}") for n in range(8)]
OPTIONS = "settle: 200ms\nrescan: 1s"
OUTAGE = 60.0  # seconds until files that waited for a server must be imported
# libpq itself prints this if a session is ended before it can be told to print nothing.
LIBPQ = "FATAL:  terminating connection due to administrator command"
SQL = re.compile(r"insert into|select .* from |update \w+ set|json_table|jsonb|returning", re.IGNORECASE)


def seeded():
    seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
    print(f"seed {seed} (CLIENTSYNC_SEED repeats it)", file=sys.stderr)
    return random.Random(seed)


class ServerTest(WorldTest):
    def proxied(self, options=OPTIONS):
        """A world whose clientsync reaches the server through a proxy."""
        world = self.world(options, clients=CLIENTS)
        directory = world.root / "proxy"
        directory.mkdir()
        home = servers.home(databases.KIND, world.database.directory)
        proxy = Proxy(databases.KIND, home, directory)
        self.addCleanup(proxy.close)
        world.config.write_text(world.config.read_text().replace(str(home), str(directory)))
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        return world, proxy

    @staticmethod
    def swap(world, name, one="0", other="1"):
        """Drops a file with a swap, and a row that fails."""
        numbers = world.numbers_now
        numbers[one], numbers[other] = numbers[other], numbers[one]
        rows = [(company, f"Client {company} {CELL}", numbers[company]) for company in (one, other)]
        # Its name makes it a list of its own: the same swap was in an earlier one.
        world.inbox.drop(name, sheet([*rows, ("99", f"Nobody {CELL}", name)]))

    def settled(self, world, count, seconds=OUTAGE):
        """The inbox's imports, once there are that many and all have their reports."""
        def settled():
            time.sleep(0.05)  # each look starts a process
            rows = world.inbox.imports()
            return len(rows) >= count and all(row["report_state"] != "pending" for row in rows) and rows
        return world.wait_until(settled, f"{count} imports with their reports", seconds)

    def check_once(self, world, names):
        """Each file was imported once, changed its own clients alone, and has its report."""
        rows = self.settled(world, len(names))
        self.assertEqual(sorted(row["name"] for row in rows), sorted(names))
        for row in rows:
            self.assertEqual((row["state"], row["version"], row["report_state"]), ("imported", 1, "published"), row)
            self.assertEqual((row["row_count"], row["updated"], row["failed"]), (3, 2, 1), row)
            self.assertEqual(self.codes(world.inbox.report(row["report_name"])), [("4", "company_id_unknown")])
        changes = world.ledger("select c.import_id, count(*) n from changes c join imports i on i.id = c.import_id"
                               " where i.inbox = 'main' group by c.import_id")
        self.assertEqual([row["n"] for row in changes], [2] * len(names))
        self.assertEqual(world.numbers(), world.numbers_now)
        self.assertEqual(len(world.inbox.names()), 2 * len(names), "a file, and its report")
        self.assertEqual(world.inbox.temporaries(), [])

    def check_log(self, world):
        """The log has no faults but those of the database, and no secrets."""
        log = world.log()
        self.assertNotRegex(log, CELL)
        self.assertNotRegex(log, SQL)
        secret = servers.password(databases.RUNTIME, world.database.directory)
        for part in (secret, secret.split()[0]):
            self.assertNotIn(part, log)
        for line in set(log.split("\n")) - {"", LIBPQ}:
            match = LOG_LINE.match(line)
            self.assertTrue(match, line)
            if match["level"] in ("warning", "error"):
                self.assertIn(match["event"], ("database.unavailable", "report.pending"), line)


class CommitTest(ServerTest):
    """A commit whose outcome is unknown."""

    def test_a_commit_that_the_server_never_got_is_repeated(self):
        self.doubt(CUT)

    def test_a_commit_whose_answer_was_lost_is_not_repeated(self):
        self.doubt(SWALLOW)

    def test_a_commit_that_reaches_the_server_while_it_is_repeated_counts_once(self):
        self.doubt(LATE)

    def test_a_commit_that_takes_long_is_waited_for(self):
        world = self.doubt(SLOW)
        self.assertEqual(world.events("database.unavailable"), [])

    def doubt(self, fate):
        world, proxy = self.proxied()
        world.start()
        names = []
        for nth in range(1, 10):  # the import's own commit, and what its report needs
            commits = []
            def decide(request):
                if request.sql == "commit":
                    commits.append(request.number)
                    return fate if len(commits) == nth else FORWARD
                return FORWARD
            proxy.watch(decide)
            names.append(f"drop{nth}.csv")
            self.swap(world, names[-1])
            self.settled(world, nth)
            if len(commits) < nth:
                break
        self.assertGreater(len(names), 1)
        self.assertLess(len(commits), nth, "there is an end of commits")
        self.check_once(world, names)
        self.assertEqual(world.stop(), 0)
        self.check_log(world)
        return world


class RoundTripTest(ServerTest):
    MOST = 8

    def test_an_import_takes_at_most_eight_round_trips_whatever_its_size(self):
        world, proxy = self.proxied("settle: 200ms")
        world.start()
        self.swap(world, "first.csv")
        self.settled(world, 1)
        names = ["first.csv"]
        for rows in (1, 900):
            time.sleep(1.5)  # the look that follows a report is over, and the connection is idle
            requests = []
            def note(request):
                requests.append(request.sql)
                return FORWARD
            proxy.watch(note)
            names.append(f"list-{rows}.csv")
            world.inbox.drop(names[-1], sheet([(str(1000 + n), f"Nobody {CELL}", f"{rows}-{n}") for n in range(rows)]))
            self.settled(world, len(names))
            time.sleep(0.1)
            self.assertIn("commit", requests)
            self.assertLessEqual(len(requests), self.MOST, requests)
        self.assertEqual(world.stop(), 0)


class CutTest(ServerTest):
    def test_a_file_is_imported_exactly_once_at_whichever_request_the_connection_ends(self):
        world, proxy = self.proxied()
        world.start()
        every = self.count(world, proxy)
        names = ["whole.csv"]
        for number in range(1, every + 1):
            for fate in (CUT, SWALLOW):
                self.cut(world, proxy, f"{fate}{number}.csv", number, fate)
                names.append(f"{fate}{number}.csv")
                self.settled(world, len(names))
        proxy.watch(None)
        print(f"{every} requests, {len(names) - 1} cuts", file=sys.stderr)
        self.check_once(world, names)
        self.assertEqual(world.stop(), 0)
        self.check_log(world)

    def count(self, world, proxy):
        """How many requests an import makes."""
        proxy.watch(None)
        self.swap(world, "whole.csv")
        self.settled(world, 1)
        self.assertGreater(proxy.requests, 0)
        return proxy.requests

    def cut(self, world, proxy, name, number, fate):
        proxy.watch(lambda request: fate if request.number == number else FORWARD)
        self.swap(world, name, "0", str(1 + number % 7))


class SessionTest(ServerTest):
    FILES = 40
    KILLS = 20

    def test_files_are_imported_exactly_once_while_an_administrator_ends_the_sessions(self):
        chance = seeded()
        world = self.world(OPTIONS, clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        names = [f"drop{n:02}.csv" for n in range(self.FILES)]
        world.start()
        ended = 0
        for at, name in enumerate(names):
            self.swap(world, name, str(at % 8), str((at + 3) % 8))
            if at * self.KILLS % self.FILES < self.KILLS:
                time.sleep(chance.uniform(0, 0.3))
                # The service may just have lost its session, and open the next one only when it tries again.
                ended += world.wait_until(world.database.end_sessions, "a session of the service")
        print(f"{ended} sessions were ended", file=sys.stderr)
        self.assertGreaterEqual(ended, self.KILLS)
        self.check_once(world, names)
        self.assertEqual(world.stop(), 0)
        self.check_log(world)

    def test_a_session_that_was_ended_while_it_was_idle_is_no_fault(self):
        world = self.world("settle: 200ms", clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        world.start()
        self.swap(world, "before.csv")
        self.settled(world, 1)
        time.sleep(2)
        self.assertGreater(world.database.end_sessions(), 0)
        self.swap(world, "after.csv")
        self.check_once(world, ["before.csv", "after.csv"])
        self.assertEqual(world.events("database.unavailable"), [])
        self.assertEqual(world.stop(), 0)
        self.check_log(world)


class OwnServerTest(ServerTest):
    """Tests on a server of their own, which other tests do not use."""

    @classmethod
    def setUpClass(cls):
        warnings.filterwarnings("ignore", "subprocess .* is still running", ResourceWarning)  # it is a server
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientsync-"))) / "servers"
        stack.callback(servers.stop, directory)
        servers.make_root(directory)
        servers.keep_in_background(directory, os.getpid())
        {"postgresql": servers.make_postgresql, "mysql": servers.make_mysql}[databases.KIND](directory)
        shared = os.environ.get("CLIENTSYNC_TEST_SERVERS")
        os.environ["CLIENTSYNC_TEST_SERVERS"] = str(directory)
        if shared:
            stack.callback(os.environ.__setitem__, "CLIENTSYNC_TEST_SERVERS", shared)


class OutageTest(OwnServerTest):
    FILES = 100

    def test_files_wait_for_a_server_that_is_shut_down_and_started_again(self):
        self.outage(servers.shut_down)

    def test_files_wait_for_a_server_that_is_killed_and_started_again(self):
        self.outage(servers.kill)

    def outage(self, end):
        world = self.world(OPTIONS, clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        names = [f"drop{n:03}.csv" for n in range(self.FILES)]
        for at, name in enumerate(names):
            self.swap(world, name, str(at % 8), str((at + 3) % 8))
        world.start()
        world.wait_until(lambda: len(world.events("file.imported")) > self.FILES // 10, "some imports")
        end(databases.KIND, world.database.directory)
        before = len(world.events("file.imported"))
        self.assertLess(before, self.FILES, "files were waiting")
        world.wait_until(lambda: world.events("database.unavailable"), "the fault is logged")
        time.sleep(2)
        self.assertLessEqual(len(world.events("file.imported")), before + 1)
        servers.launch(databases.KIND, world.database.directory)
        self.check_once(world, names)
        told = [len(world.events(event)) for event in ("database.unavailable", "database.back")]
        self.assertEqual(told, [1, 1])
        self.assertEqual(world.stop(), 0)
        self.check_log(world)


class FrozenTest(OwnServerTest):
    """A server that neither answers nor ends its connections."""

    def test_a_server_that_does_not_answer_is_a_fault_and_does_not_keep_the_service_from_ending(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        world.start()
        self.swap(world, "before.csv")
        self.settled(world, 1)
        with servers.frozen(databases.KIND, world.database.directory):
            self.swap(world, "after.csv")
            world.wait_until(lambda: world.events("database.slow"), "the fault is logged", 45)
            begun = time.monotonic()
            self.assertEqual(world.stop(), 0)
            self.assertLess(time.monotonic() - begun, 20)
        world.start()
        self.check_once(world, ["before.csv", "after.csv"])


class SettingsTest(OwnServerTest):
    # Some can be set in MariaDB only for a connection. `init-connect` does not apply to superusers.
    SETTINGS = {
        "postgresql": ["standard_conforming_strings=off", "backslash_quote=off", "client_encoding=LATIN1",
                       "default_transaction_isolation=serializable", "idle_in_transaction_session_timeout=1ms"],
        "mysql": ["sql-mode=ANSI,NO_BACKSLASH_ESCAPES", "transaction-isolation=SERIALIZABLE",
                  "init-connect=set autocommit = 0, completion_type = 'RELEASE', sql_select_limit = 2,"
                  " sql_big_selects = 0, max_join_size = 1, sql_safe_updates = 1"],
    }

    def test_settings_that_a_server_makes_for_all_its_users_change_nothing(self):
        servers.restart(databases.KIND, os.environ["CLIENTSYNC_TEST_SERVERS"], self.SETTINGS[databases.KIND])
        world = self.world(OPTIONS, clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        self.swap(world, "clients.csv")
        world.start()
        self.check_once(world, ["clients.csv"])
        self.assertEqual(world.stop(), 0)
        self.check_log(world)


class RefusalTest(ServerTest):
    """Faults that only a person can correct. They are logged, and no file is blamed for them."""

    def refused(self, world, *sentences):
        self.swap(world, "clients.csv")
        secret = world.database.password_file.read_text().split()[0]
        for arguments in (["run"], ["run", "--once"], ["clients", "list"]):
            done = world.command(*arguments)
            self.assertEqual(done.returncode, 4, done.stderr)
            for sentence in sentences:
                self.assertIn(sentence, done.stderr)
            self.assertNotIn(secret, done.stderr)
            self.assertNotRegex(done.stderr, SQL)
        self.assertEqual(world.inbox.names(), ["clients.csv"])

    def arranged(self):
        world = self.world(OPTIONS, clients=CLIENTS)
        world.numbers_now = {company: number for company, _, number in CLIENTS}
        return world

    def test_run_ends_with_4_if_the_password_is_wrong(self):
        world = self.arranged()
        right = world.database.password_file.read_text()
        world.database.password_file.write_text("wrong-51c8\n")
        self.refused(world, databases.RUNTIME)
        world.database.password_file.write_text(right)
        self.assertEqual(world.command("run", "--once").returncode, 1)
        self.check_once(world, ["clients.csv"])

    def test_run_ends_with_4_if_there_is_no_such_database(self):
        world = self.arranged()
        right = world.config.read_text()
        world.config.write_text(right.replace(world.database.name, "clientsync_elsewhere"))
        self.refused(world, "clientsync_elsewhere")
        world.config.write_text(right)
        self.assertEqual(world.command("run", "--once").returncode, 1)
        self.check_once(world, ["clients.csv"])

    def test_run_ends_with_4_if_there_are_no_tables_and_says_how_to_create_them(self):
        world = self.arranged()
        world.database.empty()
        self.refused(world, "the database has no tables of clientsync", "clientsync db upgrade")
        world.upgrade()
        world.load(CLIENTS)
        self.assertEqual(world.command("run", "--once").returncode, 1)
        self.check_once(world, ["clients.csv"])

    def test_files_wait_while_the_role_may_not_write_and_are_imported_once_it_may(self):
        world = self.arranged()
        role, where = self.limited_role(world)
        world.start()
        self.swap(world, "clients.csv")
        [fault] = world.wait_until(lambda: world.events("database.unavailable"), "the fault is logged")
        self.assertIn("denied", fault["error"])
        time.sleep(1)
        self.assertEqual(world.inbox.imports(), [])
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        world.sql(f"grant insert on {where} to {role}")
        self.check_once(world, ["clients.csv"])
        self.assertEqual([len(world.events(f"database.{event}")) for event in ("unavailable", "back")], [1, 1])
        self.assertEqual(world.stop(), 0)
        self.check_log(world)

    def limited_role(self, world):
        """Makes the service use a role that may not insert. Returns the role, and the tables to grant it rights on."""
        name = world.database.name.replace("clientsync", "limited")
        if databases.KIND == "postgresql":
            role, where, rid = name, "all tables in schema public", f"drop owned by {name}; drop role {name}"
            world.sql(f"create role {role} login password '{name}'")
        else:
            role, where, rid = f"{name}@localhost", f"{world.database.name}.*", f"drop user {name}@localhost"
            world.sql(f"create user {role} identified by '{name}'")
        world.sql(f"grant select, update, delete on {where} to {role}")
        self.addCleanup(world.sql, rid)
        world.database.password_file.write_text(name)
        world.config.write_text(world.config.read_text().replace(f"user={databases.RUNTIME}", f"user={name}"))
        return role, where


if __name__ == "__main__":
    main()
