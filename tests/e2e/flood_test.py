"""Thousands of files at once: each is imported once, and no other inbox has to wait.

CLIENTSYNC_FLOOD sets how many. Above some 16,000, inotify's queue overflows.
"""

import os
import sys
import time

from support import PATIENCE, WorldTest, cpu_seconds, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]


class FloodTest(WorldTest):
    FILES = int(os.environ.get("CLIENTSYNC_FLOOD", 1000))
    MOST_MEMORY = 256 << 20  # the limit that the service's unit sets
    MOST_DESCRIPTORS = 64

    @staticmethod
    def stage(world, count):
        """Each file has a row that is right and a row that fails, so that no two reports are the same."""
        paths = [world.staging / f"flood{n}.csv" for n in range(count)]
        for n, path in enumerate(paths):
            path.write_bytes(sheet([("1", "Alpha", f"F{n}"), ("9", "Nobody", f"X{n}")]))
        return paths

    def test_5000_files_at_once_delay_neither_another_inbox_nor_the_service_s_end(self):
        world = self.world(inboxes=("flooded", "quiet"))
        for name in world.inboxes:
            world.load(CLIENTS, name)
        flooded, quiet = world.inboxes.values()
        staged = self.stage(world, 5000)
        world.start()
        for path in staged:
            os.rename(path, flooded.place(path.name))
        begin = time.monotonic()
        quiet.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        world.wait_until(lambda: quiet.exists("clients.errors.csv"), "the quiet inbox's report", 5)
        elapsed = time.monotonic() - begin
        done = len(flooded.imports())
        self.assertLess(done, 5000)
        before, begin = done, time.monotonic()
        world.wait_until(lambda: len(flooded.imports()) >= before + 50, "50 of the flood")
        print(f"quiet inbox: {elapsed * 1000:.0f} ms; the flood: {(time.monotonic() - begin) * 20:.0f} ms a file",
              file=sys.stderr)
        begin = time.monotonic()
        self.assertEqual(world.stop(5), 0)
        print(f"end: {(time.monotonic() - begin) * 1000:.0f} ms", file=sys.stderr)

    def test_each_file_of_a_flood_is_imported_once_and_has_its_report(self):
        world = self.world(clients=CLIENTS)
        staged = self.stage(world, self.FILES)
        world.start()
        begin = time.monotonic()
        for path in staged:
            os.rename(path, world.inbox.place(path.name))
        dropped = time.monotonic() - begin
        descriptors = self.watch(world, "report_state = 'published'", self.FILES)
        elapsed = time.monotonic() - begin
        peak = self.peak_memory(world)
        print(f"{self.FILES} files: dropped in {dropped:.1f} s, done in {elapsed:.1f} s, "
              f"{elapsed * 1000 / self.FILES:.2f} ms a file; at most {peak >> 10} KB of memory and {descriptors} open "
              "files", file=sys.stderr)
        self.check(world)
        begin = time.monotonic()
        world.restart()
        world.inbox.write("later.csv", sheet([]))  # settles after all the others
        descriptors = max(descriptors, self.watch(world, "name = 'later.csv' and report_state = 'published'", 1))
        all_threads, watching = cpu_seconds(world.process), cpu_seconds(world.process, world.process.pid)
        print(f"after a restart {time.monotonic() - begin:.1f} s to look through them; {all_threads:.1f} s of CPU, "
              f"{watching:.1f} s of it for watching; at most {self.peak_memory(world) >> 10} KB of memory",
              file=sys.stderr)
        self.assertLess(watching, all_threads / 2 + 1)
        self.assertEqual(len(world.inbox.imports()), self.FILES + 1)
        self.assertLess(descriptors, self.MOST_DESCRIPTORS)
        if "CLIENTSYNC_FLOOD" in os.environ:  # the memory of the sanitizers does not count
            self.assertLess(max(peak, self.peak_memory(world)), self.MOST_MEMORY)
        self.assertEqual(world.stop(), 0)
        self.assertEqual(world.inbox.temporaries(), [])

    def watch(self, world, condition, count):
        """Waits for that many imports of the inbox. Returns the largest number of files that the service was seen to
        have open."""
        query = f"select count(*) n from imports where inbox = 'main' and {condition}"
        most, deadline = 0, time.monotonic() + PATIENCE + self.FILES / 20
        while world.ledger(query)[0]["n"] < count:
            most = max(most, len(os.listdir(f"/proc/{world.process.pid}/fd")))
            self.assertIsNone(world.process.poll())
            self.assertLess(time.monotonic(), deadline, condition)
            time.sleep(0.2)
        return most

    @staticmethod
    def peak_memory(world):
        with open(f"/proc/{world.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM:"))

    def check(self, world):
        rows = world.ledger("select name, version, state, updated, failed, report_name from imports"
                            " where inbox = 'main'")
        self.assertEqual(len(rows), self.FILES)
        expected = {(f"flood{n}.csv", 1, "imported", 1, 1, f"flood{n}.errors.csv") for n in range(self.FILES)}
        self.assertEqual({tuple(row.values()) for row in rows}, expected)
        self.assertEqual(set(world.inbox.names()), {row[name] for row in rows for name in ("name", "report_name")})
        for n in range(self.FILES):
            self.assertEqual([line[:5] for line in world.inbox.report(f"flood{n}.errors.csv")],
                             [("9", "Nobody", f"X{n}", "3", "company_id_unknown")])
        [changes] = world.ledger("select count(*) n from changes where import_id > 1")
        self.assertEqual(changes["n"], self.FILES)


if __name__ == "__main__":
    main()
