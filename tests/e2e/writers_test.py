"""Another program writes to the register while files are imported: no change is lost or made twice, and every file is
imported in the end."""

import collections
import os
import random
import re
import sys
import threading
import time

from support import WorldTest, databases, main, sheet
import servers  # in tests/support

CLIENTS, FILES, ROWS = 600, 50, 200
BOUND = 60.0  # seconds for all files
PAUSE = 0.02  # seconds between the other program's bursts
BURST = 8  # changes

# A change with its history, in a transaction of its own. Does nothing if the number is taken.
JOURNAL = "create table journal (id {id}, company_id varchar(64), old_number varchar(100), new_number varchar(100))"
CHANGE = {
    "postgresql": """
create procedure change_number(company text, number text) language plpgsql as $$
begin
  insert into journal (company_id, old_number, new_number)
    select company_id, client_number, number from clients where company_id = company for update;
  update clients set client_number = number, number_key = number where company_id = company;
exception when unique_violation or deadlock_detected then
  null;
end $$;
""",
    "mysql": """
delimiter //
create procedure change_number(company varchar(64), number varchar(100))
begin
  declare exit handler for 1062, 1213, 1205 rollback;
  start transaction;
  insert into journal (company_id, old_number, new_number)
    select company_id, client_number, number from clients where company_id = company for update;
  update clients set client_number = number, number_key = number where company_id = company;
  commit;
end//
""",
}
IDENTITY = {"postgresql": "bigint generated always as identity", "mysql": "bigint auto_increment primary key"}


class OtherProgram(threading.Thread):
    """Changes numbers on a connection of its own until it is told to stop."""

    def __init__(self, database, chance):
        super().__init__()
        self.database = database
        self.chance = chance
        self.stopping = threading.Event()
        self.begun = self.took = None
        self.fault = ""
        database.run(JOURNAL.format(id=IDENTITY[database.kind]))
        database.run(CHANGE[database.kind])

    def run(self):
        client = servers.client(self.database.kind, self.database.directory, self.database.name)
        self.begun = time.monotonic()
        tried = 0
        while not self.stopping.is_set():
            for _ in range(BURST):
                tried += 1
                # One number in four is one that the files' clients had at the start.
                number = f"N{self.chance.randrange(CLIENTS)}" if self.chance.randrange(4) == 0 else f"W{tried}"
                client.stdin.write(f"call change_number('{self.chance.randrange(CLIENTS)}', '{number}');\n")
            client.stdin.flush()
            time.sleep(PAUSE)
        _, self.fault = client.communicate()
        self.took = time.monotonic() - self.begun

    def stop(self):
        self.stopping.set()
        self.join()


class WriterTest(WorldTest):
    def test_no_change_is_lost_while_another_program_changes_the_same_numbers(self):
        seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
        print(f"seed {seed} (CLIENTSYNC_SEED repeats it)", file=sys.stderr)
        chance = random.Random(seed)
        world = self.world("settle: 200ms", clients=[(str(n), f"Client {n}", f"N{n}") for n in range(CLIENTS)])
        other = OtherProgram(world.database, random.Random(seed + 1))
        world.start()
        other.start()
        self.addCleanup(other.stop)
        for n in range(FILES):
            world.inbox.drop(f"drop{n:02}.csv", self.swaps(chance))
        begun = time.monotonic()
        reports = lambda: sum(name.endswith(".errors.csv") for name in world.inbox.names())
        world.wait_until(lambda: reports() == FILES, "all files are done", BOUND)
        took = time.monotonic() - begun
        other.stop()
        self.assertEqual(world.stop(), 0)
        self.assertEqual(other.fault, "")
        self.check_imports(world)
        written = self.check_history(world)
        print(f"{FILES} files in {took:.1f} s against {written / other.took:.0f} changes a second,"
              f" {len(re.findall(' (?:warning|error) ', world.log()))} waits", file=sys.stderr)
        self.assertGreater(written, FILES)

    @staticmethod
    def swaps(chance):
        """Rows that exchange numbers among themselves."""
        ids = chance.sample(range(CLIENTS), ROWS)
        return sheet([(str(one), f"Client {one}", f"N{other}") for one, other in zip(ids, [*ids[1:], ids[0]])])

    def check_imports(self, world):
        rows = world.inbox.imports()
        self.assertEqual(sorted(row["name"] for row in rows), [f"drop{n:02}.csv" for n in range(FILES)])
        for row in rows:
            self.assertEqual((row["state"], row["version"], row["report_state"]), ("imported", 1, "published"), row)
            self.assertEqual(row["row_count"], ROWS)
        self.assertGreater(sum(row["updated"] for row in rows), ROWS)
        codes = world.ledger("select distinct codes from import_errors")
        self.assertLessEqual({row["codes"] for row in codes}, {"client_number_taken"})
        self.assertNotIn("a statement failed", world.log())

    def check_history(self, world):
        """Each change starts from the value before it, and they lead from the first numbers to the last. Returns how
        many changes the other program made."""
        held = collections.Counter((str(n), f"N{n}") for n in range(CLIENTS))
        ours = world.ledger("select c.company_id, c.old_value, c.new_value from changes c"
                            " join imports i on i.id = c.import_id where c.field = 'number' and i.inbox = 'main'")
        others = world.ledger("select company_id, old_number as old_value, new_number as new_value from journal")
        for row in ours + others:
            held[row["company_id"], row["new_value"]] += 1
            held[row["company_id"], row["old_value"]] -= 1
        now = world.ledger("select company_id, client_number from clients")
        self.assertEqual(+held, collections.Counter((row["company_id"], row["client_number"]) for row in now))
        self.assertEqual(min(held.values()), 0, "nothing was replaced that was not there")
        numbers = [row["client_number"] for row in now]
        self.assertEqual(len(numbers), len(set(numbers)))
        return len(others)


if __name__ == "__main__":
    main()
