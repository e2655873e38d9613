"""Roots: each directory in a root is an inbox of its own firm, and may come and go."""

import json
import os
import pathlib
import resource
import signal

from support import Inbox, World, WorldTest, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2")]
GOOD = sheet([("1", "Alpha", "X1")])
OPTIONS = "settle: 200ms\nrescan: 1s"


class RootsWorld(World):
    """Two roots, and one inbox that the configuration names."""

    def __init__(self, options=OPTIONS, named=True):
        super().__init__(options)
        self.roots = [self.root / "firms", self.root / "more"]
        for root in self.roots:
            root.mkdir()
        config = self.config.read_text() + f"roots: {json.dumps([str(root) for root in self.roots])}\n"
        if not named:
            head, _, _ = config.partition("inboxes:")
            config = head + config[config.index("roots:"):]
            self.inboxes = {}
        self.config.write_text(config)

    def firm(self, name, root=0, clients=CLIENTS):
        """Makes a directory in a root, and loads the register of its firm."""
        path = self.roots[root] / name
        path.mkdir()
        if clients:
            self.load(clients, name)
        return Inbox(self, name, path)

    def watched(self, name, times=1):
        def seen():
            return sum(event["inbox"] == name for event in self.events("inbox.watched")) == times
        self.wait_until(seen, f"{name} is watched")


class RootsTest(WorldTest):
    def roots_world(self, **options):
        world = RootsWorld(**options)
        self.worlds.append(world)
        return world

    def imported(self, inbox, name="clients.csv", number="X1"):
        self.assertEqual(inbox.report(name.replace(".csv", ".errors.csv")), [])
        self.assertEqual(inbox.world.numbers(inbox.name)["1"], number)

    def test_while_a_root_is_away_no_directory_elsewhere_becomes_the_inbox_of_one_of_its_firms(self):
        world = self.roots_world()
        first = world.firm("acme")
        world.start()
        world.watched("acme")
        other = Inbox(world, "acme", world.roots[1] / "acme")
        other.path.mkdir()
        world.wait_until(lambda: world.events("inbox.not_taken"), "the other acme is logged")
        other.drop("other.csv", GOOD)
        away = world.root / "away"
        # Both happen before the service can look, as when a file system is unmounted.
        os.kill(world.process.pid, signal.SIGSTOP)
        os.rename(world.roots[0], away)
        world.roots[0].mkdir()
        os.kill(world.process.pid, signal.SIGCONT)
        world.wait_until(lambda: world.events("inbox.gone"), "acme is gone")
        # The service may look at the root while nothing is there, or when another directory is in its place.
        self.assertTrue(world.events("root.replaced") or world.events("root.unavailable"))
        os.rmdir(world.roots[0])
        os.rename(away, world.roots[0])
        world.watched("acme", 2)
        first.drop("clients.csv", GOOD)
        self.imported(first)
        self.assertEqual(other.names(), ["other.csv"])

    def test_directories_in_roots_are_inboxes_of_their_own_firms_beside_the_named_ones(self):
        world = self.roots_world()
        world.load(CLIENTS, "main")
        north, south = world.firm("north"), world.firm("south", root=1)
        for number, inbox in enumerate((north, south, world.inbox)):
            inbox.drop("clients.csv", sheet([("1", "Alpha", f"X{number}")]))
        world.start()
        for number, inbox in enumerate((north, south, world.inbox)):
            self.imported(inbox, number=f"X{number}")
        self.assertEqual(world.stop(), 0)

    def test_an_inbox_comes_while_the_service_runs_and_goes_quietly(self):
        world = self.roots_world()
        world.start()
        north = world.firm("north")
        north.drop("clients.csv", GOOD)
        self.imported(north)
        for path in north.path.iterdir():
            path.unlink()
        north.path.rmdir()
        world.wait_until(lambda: [event["inbox"] for event in world.events("inbox.gone")] == ["north"], "it is gone")
        south = world.firm("south", root=1)
        south.drop("clients.csv", GOOD)
        self.imported(south)
        self.assertEqual(world.events("inbox.unavailable"), [])
        self.assertNotIn(" error ", world.log())

    def test_an_inbox_that_comes_back_is_watched_again_and_no_file_is_imported_twice(self):
        world = self.roots_world()
        north = world.firm("north")
        away = world.root / "away"
        world.start()
        north.drop("done.csv", GOOD, mtime=1_700_000_000_000_000_000)
        north.wait_imports("done.csv", 1)
        for turn in range(3):
            north.path.rename(away)
            world.wait_until(lambda: len(world.events("inbox.gone")) == turn + 1, "it is gone")
            away.rename(north.path)
            north.drop(f"turn{turn}.csv", GOOD)
            north.wait_imports(f"turn{turn}.csv", 1)
        self.assertEqual(len(north.imports("done.csv")), 1)
        self.assertNotIn(" error ", world.log())

    def test_a_directory_that_was_renamed_asks_for_adoption(self):
        world = self.roots_world()
        north = world.firm("north")
        world.start()
        north.drop("clients.csv", GOOD)
        north.wait_imports("clients.csv", 1)
        renamed = Inbox(world, "boreal", world.roots[0] / "boreal")
        north.path.rename(renamed.path)
        [foreign] = world.wait_until(lambda: world.events("inbox.foreign"), "the mark of another inbox is found")
        self.assertEqual((foreign["inbox"], foreign["command"]), ("boreal", "clientsync inbox adopt boreal"))
        self.assertEqual([event["inbox"] for event in world.events("inbox.gone")], ["north"])
        self.assertEqual(world.command("inbox", "adopt", "boreal", "--skip").returncode, 0)
        world.load(CLIENTS, "boreal")
        renamed.drop("new.csv", sheet([("1", "Alpha", "X2")]))
        self.imported(renamed, "new.csv", "X2")
        self.assertEqual(renamed.imports("clients.csv")[0]["kind"], "adopt")

    def test_what_is_not_an_inbox_is_logged_once(self):
        world = self.roots_world()
        for name in ("two words", ".hidden", "main"):
            (world.roots[0] / name).mkdir()
        (world.roots[0] / "file").write_text("x")
        os.symlink(world.root / "staging", world.roots[0] / "link")
        world.firm("north")
        (world.roots[1] / "north").mkdir()
        world.start()
        world.watched("north")
        world.wait_until(lambda: len(world.events("inbox.not_taken")) >= 3, "both roots are looked at")
        world.firm("south")
        world.watched("south")
        world.restart()
        world.watched("south", 2)
        world.wait_until(lambda: len(world.events("inbox.not_taken")) >= 6, "both roots are looked at again")
        told = [pathlib.Path(event["path"]).name for event in world.events("inbox.not_taken")]
        self.assertEqual(sorted(told), sorted(2 * ["main", "north", "two words"]))
        self.assertEqual({event["inbox"] for event in world.events("inbox.watched")}, {"main", "north", "south"})

    def test_a_directory_that_is_replaced_by_a_link_is_no_longer_an_inbox(self):
        world = self.roots_world()
        north = world.firm("north")
        world.start()
        world.watched("north")
        elsewhere = world.root / "elsewhere"
        north.path.rename(elsewhere)
        os.symlink(elsewhere, north.path)
        world.wait_until(lambda: world.events("inbox.gone"), "it is gone")
        (elsewhere / "clients.csv").write_bytes(GOOD)
        world.inbox.pass_by()
        self.assertEqual(north.imports(), [])

    def test_a_missing_root_stops_nothing_else_and_is_looked_for_again(self):
        world = self.roots_world()
        world.load(CLIENTS, "main")
        north = world.firm("north", root=1)
        world.start()
        world.watched("north")
        away = world.root / "away"
        world.roots[1].rename(away)
        world.wait_until(lambda: world.events("root.unavailable"), "the missing root is logged")
        world.inbox.drop("clients.csv", GOOD)
        self.imported(world.inbox)
        away.rename(world.roots[1])
        north.drop("clients.csv", GOOD)
        self.imported(north)
        self.assertEqual(len(world.events("root.unavailable")), 1)
        world.wait_until(lambda: len(world.events("root.back")) == 1, "its return is logged")
        self.assertEqual(world.events("inbox.gone"), [])

    def test_a_root_that_is_polled_finds_its_inboxes_too(self):
        world = self.roots_world(options="settle: 200ms\npoll: 200ms\nrescan: 60s\nwatch: poll")
        world.start()
        north = world.firm("north")
        north.drop("clients.csv", GOOD)
        self.imported(north)

    def test_run_once_imports_the_files_in_roots(self):
        world = self.roots_world(named=False)
        firms = [world.firm(f"firm{number}", root=number % 2) for number in range(12)]
        for firm in firms:
            firm.drop("clients.csv", GOOD)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        for firm in firms:
            self.assertEqual(firm.names(), ["clients.csv", "clients.errors.csv"])
        world.roots[1].rename(world.root / "away")
        firms[0].drop("more.csv", GOOD)
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertTrue(firms[0].exists("more.errors.csv"))

    def test_commands_know_the_inboxes_of_roots(self):
        world = self.roots_world()
        north = world.firm("north")
        (world.roots[0] / "two words").mkdir()
        north.write("clients.csv", GOOD)
        listed = world.command("inbox", "list", "--format", "json")
        self.assertEqual(listed.returncode, 0)
        states = {row["inbox"]: (row["firm"], row["state"]) for row in map(json.loads, listed.stdout.splitlines())}
        self.assertEqual(states, {"main": ("main", "unmarked"), "north": ("north", "unmarked")})
        self.assertIn("two words is not an inbox", listed.stderr)
        done = world.command("import", "--inbox", "north", north.path / "clients.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.imported(north)
        self.assertEqual(len(north.imports("clients.csv")), 1)
        self.assertEqual(world.command("import", "--inbox", "nowhere", north.path / "clients.csv").returncode, 2)
        (world.roots[1]).rmdir()
        self.assertEqual(world.command("inbox", "list").returncode, 4)

    def test_a_flood_of_inboxes_that_come_and_go_under_load_loses_no_file(self):
        world = self.roots_world()
        world.start()
        firms = [world.firm(f"firm{number}", clients=None) for number in range(40)]
        for firm in firms:
            firm.drop("clients.csv", sheet([]))
        for firm in firms[::2]:
            firm.path.rename(world.root / firm.name)
        for firm in firms[::2]:
            (world.root / firm.name).rename(firm.path)
        for firm in firms:
            firm.wait_imports("clients.csv", 1)
        self.assertEqual(world.stop(), 0)

    def test_inboxes_beyond_the_limit_of_open_files_wait_and_the_others_work(self):
        world = self.roots_world()
        world.start()
        hard = resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE, (80, hard))
        firms = [world.firm(f"firm{number:03}", clients=None) for number in range(100)]
        world.wait_until(lambda: world.events("inbox.unavailable"), "some can't be watched")
        watched = world.wait_until(lambda: {event["inbox"] for event in world.events("inbox.watched")}, "some are")
        self.assertLess(len(watched), len(firms))
        world.inbox.drop("clients.csv", sheet([]))
        world.inbox.wait_imports("clients.csv", 1)
        resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
        for firm in firms:
            firm.drop("clients.csv", sheet([]))
        for firm in firms:
            firm.wait_imports("clients.csv", 1, 60)
        self.assertEqual(world.stop(), 0)


if __name__ == "__main__":
    main()
