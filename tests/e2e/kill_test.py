"""kill -9 at random moments: in the end every drop was imported exactly once and has its report."""

import os
import random
import sys
import threading
import time

from support import WorldTest, main, sheet

ROUNDS = 24
FIRST_ROUND = 4  # files
LARGEST_ROUND = 64  # files
CLIENTS = ROUNDS * LARGEST_ROUND  # one for each file
LONGEST_REST = 0.008  # seconds until the kill after the imports that it waits for: a few imports and their reports


class KillTest(WorldTest):
    def test_every_drop_is_imported_exactly_once_however_often_the_service_is_killed(self):
        seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
        print(f"seed {seed} (CLIENTSYNC_SEED repeats it)", file=sys.stderr)
        chance = random.Random(seed)
        world = self.world(clients=[(str(n), f"Client {n}", f"N{n}") for n in range(CLIENTS)])
        drops, hits, busy, unpublished = self.kill_often(world, chance)
        done = len(world.inbox.imports())
        print(f"{hits} kills hit the running service, {busy} while files waited, {unpublished} between an import and "
              f"its report; {done} of {drops} imports were done by then", file=sys.stderr)
        self.assertEqual(hits, ROUNDS)
        self.assertGreaterEqual(busy, ROUNDS // 4)
        self.assertGreater(done, ROUNDS)
        world.start()
        for n in range(drops):
            world.inbox.wait_imports(f"drop{n}.csv", 1)
        world.inbox.pass_by()
        self.assertEqual(world.stop(), 0)
        self.check_ledger(world, drops)
        self.check_reports(world, drops)
        self.check_register(world, drops)

    def kill_often(self, world, chance):
        """Drops files while the service is killed and started again. If a kill finds the service with nothing to do,
        the next round has more files: how many it imports before it is killed depends on the machine. Returns how many
        files were dropped, how many kills hit a running service, how many of those while files waited, and how many
        left an import without its report."""
        hits = busy = unpublished = dropped = 0
        size = FIRST_ROUND
        for _ in range(ROUNDS):
            until = dropped + size
            early = chance.randrange(dropped, until + 1)
            self.drop(world, range(dropped, early))
            world.start(wait=False)
            dropper = threading.Thread(target=self.drop, args=(world, range(early, until)))
            dropper.start()
            goal = min(len(world.inbox.imports()) + chance.randrange(size + 1), until)
            world.wait_until(lambda: len(world.inbox.imports()) >= goal, f"{goal} imports")
            time.sleep(chance.uniform(0, LONGEST_REST))
            hits += world.kill()
            dropper.join()
            dropped = until
            states = [row["report_state"] for row in world.inbox.imports()]
            was_busy = states.count("published") < dropped
            busy += was_busy
            unpublished += "pending" in states
            size = size if was_busy else min(size * 2, LARGEST_ROUND)
        return dropped, hits, busy, unpublished

    @staticmethod
    def drop(world, numbers):
        """Each file has a row that is right and a row that fails."""
        for n in numbers:
            rows = [(str(n), f"Client {n}", f"X{n}"), (f"9{n:04}", "Nobody", f"Y{n}")]
            world.inbox.drop(f"drop{n}.csv", sheet(rows))

    def check_ledger(self, world, drops):
        rows = [row for row in world.inbox.imports() if row["name"].startswith("drop")]
        self.assertEqual(sorted(row["name"] for row in rows), sorted(f"drop{n}.csv" for n in range(drops)))
        for row in rows:
            self.assertEqual((row["state"], row["version"], row["report_state"]), ("imported", 1, "published"))
            self.assertEqual((row["row_count"], row["updated"], row["failed"]), (2, 1, 1))
        self.assertEqual(world.ledger("select * from imports where state = 'applying'"), [])

    def check_reports(self, world, drops):
        for n in range(drops):
            report = world.inbox.report(f"drop{n}.errors.csv")
            self.assertEqual([line[:5] for line in report],
                             [(f"9{n:04}", "Nobody", f"Y{n}", "3", "company_id_unknown")])
        expected = {f"drop{n}{ending}" for n in range(drops) for ending in (".csv", ".errors.csv")}
        self.assertEqual(set(world.inbox.names()), expected)
        self.assertEqual(world.inbox.temporaries(), [])

    def check_register(self, world, drops):
        expected = {str(n): f"X{n}" if n < drops else f"N{n}" for n in range(CLIENTS)}
        self.assertEqual(world.numbers(), expected)
        changes = world.ledger("select company_id, count(*) n from changes where import_id > 1 group by company_id")
        self.assertEqual({row["company_id"]: row["n"] for row in changes}, {str(n): 1 for n in range(drops)})


if __name__ == "__main__":
    main()
