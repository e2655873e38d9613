#!/usr/bin/env python3
"""The backends of the servers are modules: the program loads the one that it needs, and no library of another.

usage: modules_test.py BINARY [test ...]
"""

import pathlib
import re
import shutil
import unittest

from support import WorldTest, databases, main, sheet, sqlite_only

CLIENTS = [("1", "Alpha", "A1")]
SERVERS = {"postgresql": "PostgreSQL", "mysql": "MariaDB"}
OF_SERVERS = re.compile(r"/(clientsync-\w+|libpq|libmariadb|libsoci_(?:postgresql|mysql))[.]so")
LOADED = {
    "sqlite": set(),
    "postgresql": {"clientsync-postgresql", "libpq", "libsoci_postgresql"},
    "mysql": {"clientsync-mysql", "libmariadb", "libsoci_mysql"},
}


class Modules(WorldTest):
    def test_a_service_loads_the_libraries_of_its_own_database_alone(self):
        world = self.world(clients=CLIENTS)
        world.start()
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.inbox.wait_imports("clients.csv", 1)
        maps = pathlib.Path(f"/proc/{world.process.pid}/maps").read_text()
        self.assertEqual(LOADED[databases.KIND], set(OF_SERVERS.findall(maps)))

    def alone(self, world):
        """From now on, the world's program is a copy that has no modules."""
        place = world.root / "alone/bin"
        place.mkdir(parents=True)
        world.binary = shutil.copy(world.binary, place)

    def test_a_program_without_its_modules_says_what_is_missing(self):
        world = self.world(clients=CLIENTS)
        self.alone(world)
        configured = world.config.read_text()
        for backend, server in SERVERS.items():
            with self.subTest(backend):
                settings = f"database:\n  backend: {backend}\n  connection: dbname=clientsync\n"
                world.config.write_text(re.sub(r"database:\n(  .*\n)*", settings, configured))
                done = world.command("clients", "list")
                self.assertEqual((4, ""), (done.returncode, done.stdout))
                self.assertRegex(done.stderr, f"cannot load the module for {server}: clientsync-{backend}[.]so: "
                                              ".*No such file or directory; docs/operations.md, \"Install\", says")

    @sqlite_only
    def test_a_program_without_its_modules_still_works_with_sqlite(self):
        world = self.world()
        self.alone(world)
        world.load(CLIENTS)
        self.assertEqual({"1": "A1"}, world.numbers())

    @unittest.skipIf(databases.KIND == "sqlite", "about servers")
    def test_no_variable_of_the_environment_names_the_module(self):
        world = self.world(clients=CLIENTS)
        (world.root / f"clientsync-{databases.KIND}.so").write_text("not a library")
        done = world.command("clients", "list", env={"LD_LIBRARY_PATH": str(world.root)})
        self.assertEqual((0, ""), (done.returncode, done.stderr))


if __name__ == "__main__":
    main()
