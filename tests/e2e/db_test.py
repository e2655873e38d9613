#!/usr/bin/env python3
"""The commands for the database itself: `db status` and `db upgrade`.

usage: db_test.py BINARY [test ...]
"""

import json
import os
import shutil
import tempfile

from support import WorldTest, databases, main, sheet, sqlite_only

CLIENTS = [("1001", "Ana Lda", "A1"), ("1002", "Bo Lda", "")]

WEAK = {
    "postgresql": ("synchronous_commit", "off", "on"),
    "mysql": ("tables_outside_innodb", "aside", "none"),
}


class Database(WorldTest):
    def status(self, world):
        done = world.command("db", "status", "--format", "json")
        self.assertEqual("", done.stderr)
        return done.returncode, json.loads(done.stdout)

    def upgrade(self, world, *options):
        config = world.config if databases.KIND == "sqlite" else world.owner_config
        return world.command("db", "upgrade", "--config", config, *options, config=False)

    def test_the_tables_are_created_once(self):
        world = self.world()
        world.database.empty()
        if databases.KIND == "sqlite":
            world.database.path.touch()
        code, status = self.status(world)
        self.assertEqual((4, 0, None, {}), (code, status["schema"], status["ledger"], status["rows"]))
        whose = "" if databases.KIND == "sqlite" else " with the configuration of their owner"
        self.assertIn(f"no tables yet; run clientsync db upgrade{whose}\n", world.command("db", "status").stdout)
        done = self.upgrade(world)
        self.assertEqual((0, f"created the tables, version {status['schema_needed']}\n", ""),
                         (done.returncode, done.stdout, done.stderr))
        done = self.upgrade(world)
        self.assertEqual(0, done.returncode)
        self.assertTrue(done.stdout.startswith("nothing to do: "), done.stdout)
        done = self.upgrade(world, "--format", "json")
        needed = status["schema_needed"]
        self.assertEqual({"before": needed, "schema": needed}, json.loads(done.stdout))

    def test_the_status_says_what_the_database_holds(self):
        world = self.world(clients=CLIENTS)
        code, status = self.status(world)
        self.assertEqual(0, code)
        self.assertEqual(status["schema_needed"], status["schema"])
        self.assertEqual({"firms": 1, "clients": 2, "imports": 1, "changes": 3, "import_errors": 0}, status["rows"])
        meta = world.ledger("select value from meta where name = 'ledger_uuid'")
        self.assertEqual(meta[0]["value"], status["ledger"])
        self.assertGreater(status["bytes"], 10_000)
        name = {"sqlite": "SQLite ", "postgresql": "PostgreSQL ", "mysql": "MariaDB "}[databases.KIND]
        self.assertTrue(status["server"].startswith(name), status["server"])
        self.assertIn(status["database"], world.database.connection)
        table = world.command("db", "status")
        self.assertEqual((0, ""), (table.returncode, table.stderr))
        self.assertRegex(table.stdout, r"(?m)^firms +1 row$")
        for text in (status["ledger"], status["server"], "2 rows", *(line["setting"] for line in status["durability"])):
            self.assertIn(text, table.stdout)

    def test_settings_that_keep_imports_safe_are_good(self):
        code, status = self.status(self.world(clients=CLIENTS))
        self.assertEqual(0, code)
        settings = {line["setting"]: line["weak"] for line in status["durability"]}
        settings.pop("file_system", None)  # tests may run in memory
        expected = {
            "sqlite": ["journal_mode", "synchronous"],
            "postgresql": ["fsync", "full_page_writes", "synchronous_commit", "unlogged_tables"],
            "mysql": ["tables_outside_innodb", "innodb_doublewrite", "innodb_flush_log_at_trx_commit", "sync_binlog"],
        }[databases.KIND]
        self.assertEqual(dict.fromkeys(expected), settings)

    def test_a_weak_setting_is_named_with_what_may_happen(self):
        world = self.world(clients=CLIENTS)
        if databases.KIND == "sqlite":
            memory = tempfile.mkdtemp(dir="/dev/shm")
            self.addCleanup(shutil.rmtree, memory)
            world.config.write_text(f"database: {{connection: dbname={memory}/x.db}}\n")
            self.assertEqual(0, self.upgrade(world).returncode)
            name, value, expected = "file_system", "memory", "local disk"
        else:
            name, value, expected = WEAK[databases.KIND]
        if databases.KIND == "postgresql":
            weaker = world.database.connection + " options='-c synchronous_commit=off'"
            config = world.config.read_text()
            self.assertIn(json.dumps(world.database.connection), config)
            world.config.write_text(config.replace(json.dumps(world.database.connection), json.dumps(weaker)))
        if databases.KIND == "mysql":
            world.sql("create table aside (id int) engine = MyISAM")
        code, status = self.status(world)
        self.assertEqual(0, code)
        weak = [line for line in status["durability"] if line["weak"]]
        found = [(line["setting"], line["value"], line["expected"]) for line in weak]
        self.assertEqual(found, [(name, value, expected)])
        self.assertIn(f"WEAK, expected {expected}. {weak[0]['weak']}", world.command("db", "status").stdout)

    def test_tables_of_a_newer_program_are_left_alone(self):
        world = self.world(clients=CLIENTS)
        world.sql("update meta set value = '999' where name = 'schema_version'")
        for done in (world.command("db", "status"), self.upgrade(world)):
            self.assertEqual((4, ""), (done.returncode, done.stdout))
            self.assertIn("version 999", done.stderr)

    def test_the_commands_for_the_database_need_no_inboxes(self):
        world = self.world(clients=CLIENTS)
        world.write_config(world.config, world.database.settings(), [])
        self.assertEqual(0, self.status(world)[0])
        done = world.command("clients", "list")
        self.assertEqual(2, done.returncode)
        self.assertIn("no inboxes", done.stderr)

    def test_a_status_is_not_printed_as_csv(self):
        world = self.world(clients=CLIENTS)
        for command in ("status", "upgrade"):
            done = world.command("db", command, "--format", "csv")
            self.assertEqual((2, ""), (done.returncode, done.stdout))

    @sqlite_only
    def test_asking_for_the_status_creates_no_database(self):
        world = self.world()
        file = world.root / "clients.csv"
        file.write_bytes(sheet(CLIENTS))
        for asked in (("db", "status"), ("check", file), ("clients", "list"), ("inbox", "list")):
            for options in ((), ("--format", "json")):
                with self.subTest(asked=asked, options=options):
                    done = world.command(*asked, *options)
                    self.assertEqual((4, ""), (done.returncode, done.stdout))
                    self.assertIn(f"there is no database {world.database.path} yet; clientsync run, clients load or"
                                  " db upgrade creates it", done.stderr)
                    self.assertFalse(world.database.path.exists())

    @sqlite_only
    def test_a_file_that_is_not_a_database_is_refused(self):
        world = self.world()
        world.database.path.write_bytes(os.urandom(8192))
        for command in ("status", "upgrade"):
            self.assertEqual(4, world.command("db", command).returncode)


if __name__ == "__main__":
    main()
