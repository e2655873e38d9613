"""Another database in the place of the one with which the service started."""

import sqlite3

from health import HealthTest
from support import databases, main, sheet, sqlite_only
import servers  # in tests/support


class Aside:
    """Takes a world's database away, puts another one in its place, and puts the first one back."""

    def __init__(self, world):
        self.world = world
        self.database = world.database
        self.name = f"{getattr(self.database, 'name', '')}_aside"

    def take(self):
        getattr(self, f"take_{databases.KIND}")()

    def put_back(self):
        getattr(self, f"put_back_{databases.KIND}")()

    def renew(self):
        done = self.world.command("db", "upgrade", "--config", getattr(self.world, "owner_config", self.world.config),
                                  config=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def files(self, directory):
        return directory.glob(self.database.path.name + "*")

    def take_sqlite(self):
        (self.world.root / "aside").mkdir()
        for path in self.files(self.world.root):
            path.rename(self.world.root / "aside" / path.name)

    def put_back_sqlite(self):
        self.database.empty()
        for path in self.files(self.world.root / "aside"):
            path.rename(self.world.root / path.name)

    def rename_postgresql(self, old, new):
        """A database with sessions cannot be renamed, and the service opens new ones."""
        servers.run("postgresql", self.database.directory,
                    f"alter database {old} allow_connections false;"
                    f" select pg_terminate_backend(pid) from pg_stat_activity where datname = '{old}'")
        sessions = f"select count(*) as n from pg_stat_activity where datname = '{old}'"
        self.world.wait_until(lambda: servers.run("postgresql", self.database.directory, sessions).strip() == "0",
                              "the sessions have ended")
        servers.run("postgresql", self.database.directory, f"alter database {old} rename to {new}")
        servers.run("postgresql", self.database.directory, f"alter database {new} allow_connections true")

    def take_postgresql(self):
        self.rename_postgresql(self.database.name, self.name)
        servers.create_database("postgresql", self.database.directory, self.database.name)

    def put_back_postgresql(self):
        self.database.close()
        self.rename_postgresql(self.name, self.database.name)

    def rename_mysql(self, old, new):
        """MariaDB renames tables alone. Sessions stay open meanwhile."""
        tables = servers.run("mysql", self.database.directory, "show tables", old).split()
        moves = ", ".join(f"{old}.{table} to {new}.{table}" for table in tables)
        servers.run("mysql", self.database.directory, f"rename table {moves}")

    def take_mysql(self):
        servers.create_database("mysql", self.database.directory, self.name)
        self.rename_mysql(self.database.name, self.name)

    def put_back_mysql(self):
        self.database.empty()
        self.rename_mysql(self.name, self.database.name)
        servers.drop_database("mysql", self.database.directory, self.name)


class ForeignTest(HealthTest):
    def arranged(self):
        world = self.listening()
        self.drop(world, "before.csv", "X1")
        world.inbox.wait_imports("before.csv", 1)
        return world, Aside(world)

    @staticmethod
    def drop(world, name, number):
        world.inbox.drop(name, sheet([("1", "Alpha", number)]))

    def check_back(self, world):
        world.inbox.wait_imports("after.csv", 1)
        self.assertEqual(world.numbers(), {"1": "X2", "2": "B2", "3": "G3"})
        world.wait_until(lambda: world.events("database.back"), "the end of the fault is logged")
        self.assertEqual([row["version"] for row in world.inbox.imports()], [1, 1])

    def test_nothing_is_written_to_another_database_and_files_wait_for_the_right_one(self):
        world, aside = self.arranged()
        aside.take()
        aside.renew()
        other = world.database.dump()
        self.drop(world, "after.csv", "X2")
        self.wait_for_fault(world, "database.foreign")
        self.assertEqual(world.database.dump(), other)
        self.assertFalse(world.inbox.exists("after.errors.csv"))
        aside.put_back()
        self.check_back(world)

    @sqlite_only
    def test_a_file_that_was_removed_is_not_made_anew(self):
        world, aside = self.arranged()
        aside.take()
        self.drop(world, "after.csv", "X2")
        self.wait_for_fault(world, "database.foreign")
        self.assertFalse(world.database.path.exists())
        aside.put_back()
        self.check_back(world)

    @sqlite_only
    def test_a_copy_of_the_database_may_take_its_place(self):
        world, aside = self.arranged()
        copy = world.root / "copy.db"
        with sqlite3.connect(world.database.path) as source, sqlite3.connect(copy) as target:
            source.backup(target)
        aside.take()
        copy.rename(world.database.path)
        self.drop(world, "after.csv", "X2")
        world.inbox.wait_imports("after.csv", 1)
        self.assertEqual(world.events("database.foreign"), [])


if __name__ == "__main__":
    main()
