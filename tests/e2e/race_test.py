"""Races with people and programs that change a folder just when the service works on it.

CLIENTSYNC_RACES sets how often each race is run; without it, each takes some seconds.
"""

import base64
import ctypes
import hashlib
import os
import random
import sys
import time

from support import EN, REPORT_EN, WorldTest, cpu_seconds, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
SECRET = "s3cret-canary-51c8"
RACES = int(os.environ.get("CLIENTSYNC_RACES", 0))
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def seeded():
    seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
    print(f"seed {seed} (CLIENTSYNC_SEED repeats it)", file=sys.stderr)
    return random.Random(seed)


class SwapTest(WorldTest):
    def test_a_file_swapped_for_a_link_very_often_never_leads_out_of_the_inbox(self):
        world = self.world("settle: 0s", clients=CLIENTS, start=True)
        secret = world.root / "secret.csv"
        secret.write_bytes(sheet([("1", "Alpha", SECRET), (SECRET, SECRET, SECRET)]))
        for name in ("soft", "hard"):
            world.inbox.write(f".{name}", b"")
            world.inbox.remove(f".{name}")
            world.inbox.drop(f"{name}.csv", sheet([("2", "Beta", "X2"), ("9", "Nobody", "X9")]))
        os.symlink(secret, world.inbox.place(".soft"))
        os.link(secret, world.inbox.place(".hard"))
        swaps = self.swap(world.inbox, ("soft", "hard"))
        imports = len(world.inbox.imports())
        print(f"{swaps} swaps, {imports} imports meanwhile", file=sys.stderr)
        world.inbox.pass_by()
        self.check(world, secret)

    @staticmethod
    def swap(inbox, names):
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
        pairs = [(inbox.place(f"{name}.csv"), inbox.place(f".{name}")) for name in names]
        deadline = time.monotonic() + 3
        swaps = 0
        while swaps < RACES or (not RACES and time.monotonic() < deadline):
            for one, other in pairs:
                if exchange(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0:
                    raise OSError(ctypes.get_errno(), "renameat2")
            swaps += len(pairs)
        return swaps

    def check(self, world, secret):
        self.assertEqual(world.stop(), 0)
        self.assertNotIn(SECRET, world.log())
        for name in os.listdir(world.inbox.path):
            place = world.inbox.place(name)
            if os.path.islink(place) or os.path.samefile(place, secret):
                continue
            self.assertNotIn(SECRET.encode(), world.inbox.read(name), name)
        for row in world.ledger("select input, report from import_bytes"):
            for kept in (row["input"], row["report"]):
                self.assertNotIn(SECRET.encode(), base64.b64decode(kept or ""))
        self.assertEqual(world.numbers()["1"], "A1")


class WriterTest(WorldTest):
    """A writer that starts again at about the time when the service reads what it wrote before."""

    SETTLE = 0.1
    ROWS = 800

    def content(self, version):
        """A version of the file. All have the same length, near the limit, so that reading takes some time."""
        rows = [("1", "Alpha", f"{row:03}-{version:06}", f"{version:06}" * 14) for row in range(self.ROWS)]
        return sheet(rows, (*EN, "Note"))

    def pieces(self, content, chance):
        cuts = sorted(chance.randrange(1, len(content)) for _ in range(4))
        return [content[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(content)])]

    def write(self, place, content, mode, chance):
        """In pieces; what a slow machine let stand for long enough to count as complete is told."""
        stood = []
        with open(place, mode, buffering=0) as file:
            last = time.monotonic()
            for piece in self.pieces(content, chance):
                file.write(piece)
                if time.monotonic() - last > self.SETTLE / 2:
                    stood.append(content[:file.tell() - len(piece)])
                last = time.monotonic()
                time.sleep(chance.uniform(0, 0.002))
        return stood

    def test_only_whole_versions_are_imported_while_a_writer_changes_the_file(self):
        chance = seeded()
        world = self.world(f"settle: {self.SETTLE * 1000:.0f}ms", clients=CLIENTS, start=True)
        place = world.inbox.place("clients.csv")
        whole, begun = [], set()
        for version in range(RACES or 50):
            content = self.content(version)
            previous = whole[-1] if whole else b""
            mode = chance.choice(("wb", "r+b")) if whole else "wb"
            for part in self.write(place, content, mode, chance):
                begun.add(part + (previous[len(part):] if mode == "r+b" else b""))
            whole.append(content)
            time.sleep(self.SETTLE * chance.uniform(0.8, 1.5))
        last = hashlib.sha256(whole[-1]).hexdigest()
        world.wait_until(lambda: [row["sha256"] for row in world.inbox.imports()][-1:] == [last], "the last version")
        inputs = world.ledger("select b.input from import_bytes b join imports i on i.id = b.import_id"
                              " where i.inbox = 'main'")
        print(f"{len(inputs)} imports of {len(whole)} versions; {len(begun)} stood half written", file=sys.stderr)
        self.assertGreater(len(inputs), len(whole) // 10)
        for row in inputs:
            self.assertIn(base64.b64decode(row["input"]), begun.union(whole))


def save_by_rename(inbox, name, content):
    inbox.drop(name, content)


def save_by_writing(inbox, name, content):
    inbox.write(name, content)


class SaveTest(WorldTest):
    """A user who saves the report just when the service replaces it."""

    def test_no_save_of_a_report_is_lost_however_close_it_is_to_the_report_s_replacement(self):
        chance = seeded()
        for save in (save_by_rename, save_by_writing):
            with self.subTest(save=save.__name__):
                self.race(save, chance, RACES or 120)

    def race(self, save, chance, times):
        world = self.world("settle: 10ms\nrescan: 1s", clients=CLIENTS, start=True)
        longest = self.measure(world)
        met = 0
        for n in range(times):
            saved = sheet([("2", "Beta", f"SAVED{n}", "2", "", "", "")], REPORT_EN)
            world.inbox.drop("clients.csv", sheet([("9", "Nobody", f"DROP{n}")]))
            time.sleep(chance.uniform(0, longest))
            [before] = world.ledger("select report_state from imports where inbox = 'main' and name = 'clients.csv'"
                                    " order by version desc limit 1")
            save(world.inbox, "clients.errors.csv", saved)
            met += before["report_state"] == "pending"
            self.not_lost(world, saved, n)
        print(f"{save.__name__}: {times} saves, {met} of them between an import and its report", file=sys.stderr)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "LAST")]))
        world.inbox.wait_imports("clients.csv", times + 11)
        self.assertEqual(world.numbers(), {"1": "LAST", "2": f"SAVED{times - 1}", "3": "G3"})
        self.assertEqual(world.stop(), 0)
        self.assertEqual(world.inbox.temporaries(), [])
        recovered = [name for name in world.inbox.names() if ".recovered-" in name]
        print(f"{len(recovered)} of them recovered", file=sys.stderr)
        self.assertEqual(sorted({*world.inbox.names()} - {*recovered}), ["clients.csv", "clients.errors.csv"])

    @staticmethod
    def measure(world):
        """The longest time, in seconds, from a drop until its report has replaced the older one."""
        longest = 0.0
        for n in range(10):
            begin = time.monotonic()
            world.inbox.drop("clients.csv", sheet([("9", "Nobody", f"FIRST{n}")], EN))
            world.inbox.wait_imports("clients.csv", n + 1)
            longest = max(longest, time.monotonic() - begin)
        return longest

    def not_lost(self, world, saved, n):
        """The saved bytes are imported, under whatever name, or they are still in the user's file."""
        digest = hashlib.sha256(saved).hexdigest()
        imported = lambda: world.ledger("select id from imports where inbox = 'main' and sha256 = ?", (digest,))
        deadline = time.monotonic() + 5
        while not imported() and time.monotonic() < deadline:
            time.sleep(0.002)
        if not imported():
            self.assertEqual(world.inbox.read("clients.errors.csv"), saved, f"save {n} is lost")


class TwoServicesTest(WorldTest):
    """Two services with one folder and one database, and a user who corrects reports: a file that one service writes is
    no drop for the other."""

    QUIET = 3.0  # seconds: many rescans

    @staticmethod
    def start_second(world):
        path, watched = world.root / "second.log", b" inbox.watched "
        with open(path, "wb") as log:
            second = world.spawn(stdout=log, stderr=log)
        world.wait_until(lambda: path.read_bytes().count(watched) == len(world.inboxes), "the second service")
        return second

    def test_a_file_that_one_of_two_services_saw_late_is_imported_once(self):
        """To list a large folder takes a while. Meanwhile the other service has imported the new file, and later
        imports of another folder are known already."""
        chance = seeded()
        world = self.world("settle: 20ms", inboxes=("large", "small"))
        for name in world.inboxes:
            world.load(CLIENTS, name)
        large, small = world.inboxes.values()
        for n in range(4000):
            large.write(f"note{n}.txt", b"")
        world.start()
        second = self.start_second(world)
        drops = RACES or 40
        for n in range(drops):
            large.drop(f"drop{n}.csv", sheet([("1", "Alpha", f"X{n}")]))
            for k in range(4):
                time.sleep(chance.uniform(0, 0.03))
                small.drop(f"drop{n}.{k}.csv", sheet([("1", "Alpha", f"X{n}.{k}")]))
        for inbox, count in ((large, drops), (small, 4 * drops)):
            world.wait_until(lambda: len({row["name"] for row in inbox.imports()}) == count, "each file's import")
            inbox.pass_by()
            time.sleep(1)
            self.assertEqual([row["name"] for row in inbox.imports() if row["version"] > 1], [])
        second.terminate()
        self.assertEqual((world.stop(), second.wait(10)), (0, 0))

    def test_two_services_never_keep_each_other_busy(self):
        chance = seeded()
        world = self.world("settle: 20ms\nrescan: 1s", clients=CLIENTS, start=True)
        second = self.start_second(world)
        drops = saves = 0
        for n in range(RACES or 60):
            save = chance.choice((save_by_rename, save_by_writing))
            drops += 1
            save(world.inbox, "clients.csv", sheet([("9", "Nobody", f"DROP{n}"), ("1", "Alpha", f"X{n}")]))
            self.wait_for(world, "clients.csv", drops)
            if chance.random() < 0.5:
                saves += 1
                save(world.inbox, "clients.errors.csv", sheet([("2", "Beta", f"SAVED{n}", "2", "", "", "")], REPORT_EN))
                self.wait_for(world, "clients.errors.csv", saves)
        time.sleep(1)
        before = cpu_seconds(world.process), cpu_seconds(second)
        time.sleep(self.QUIET)
        used = [cpu_seconds(process) - spent for process, spent in zip((world.process, second), before)]
        print(f"{drops} drops, {saves} saves; at rest {used[0]:.2f} s and {used[1]:.2f} s of CPU in {self.QUIET:g} s",
              file=sys.stderr)
        self.assertEqual((len(world.inbox.imports("clients.csv")), len(world.inbox.imports("clients.errors.csv"))),
                         (drops, saves))
        self.assertLess(max(used), self.QUIET / 4)
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])
        self.assertIsNone(second.poll())
        second.terminate()
        self.assertEqual((world.stop(), second.wait(10)), (0, 0))
        self.assertEqual(world.inbox.temporaries(), [])

    @staticmethod
    def wait_for(world, name, count):
        """Waits until the import of that version has its report, and checks that it is the newest."""
        def settled():
            rows = world.ledger("select version, report_state from imports where inbox = 'main' and name = ?"
                                " order by version desc limit 1", (name,))
            return rows and rows[0]["report_state"] != "pending" and rows[0]["version"] >= count and rows[0]["version"]
        version = world.wait_until(settled, f"{count} imports of {name}")
        if version != count:
            raise AssertionError(f"{version} imports of {name}, not {count}")


if __name__ == "__main__":
    main()
