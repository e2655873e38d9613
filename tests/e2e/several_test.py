"""Several services on one folder import each drop once between them."""

import signal
import time

from support import WorldTest, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2")]
POLLING = "settle: 100ms\nrescan: 1s\npoll: 100ms\nwatch: poll"


class SeveralTest(WorldTest):
    def second(self, world):
        """Starts another service with the current configuration and a log of its own."""
        log = world.root / "second.log"
        with open(log, "wb") as output:
            process = world.spawn(stdout=output, stderr=output)
        world.wait_until(lambda: log.read_text().count(" inbox.watched ") == len(world.inboxes), "the second's start")
        return process, log

    def end(self, world, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 0)
        self.assertEqual(world.stop(), 0)

    def test_two_services_import_each_drop_once(self):
        world = self.world(POLLING, inboxes=("north", "south"))
        for name in world.inboxes:
            world.load(CLIENTS, name)
        world.start()
        process, log = self.second(world)
        for turn in range(30):
            for inbox in world.inboxes.values():
                inbox.drop(f"drop{turn}.csv", sheet([("1", "Alpha", f"X{turn}"), ("9", "Nobody", "X9")]))
        for inbox in world.inboxes.values():
            for turn in range(30):
                inbox.wait_imports(f"drop{turn}.csv", 1)
            inbox.pass_by()
            names = [row["name"] for row in inbox.imports() if not row["name"].startswith("passer-by")]
            self.assertEqual(sorted(names), sorted({f"drop{turn}.csv" for turn in range(30)}))
            # The other service may still have to see that a drop is done.
            world.wait_until(lambda folder=inbox: not folder.temporaries(), "no temporary file is left")
        self.end(world, process)
        self.assertNotIn(" error ", world.log() + log.read_text())

    def test_a_service_that_sees_a_drop_late_and_knows_newer_imports_does_not_import_it_again(self):
        world = self.world("settle: 100ms", inboxes=("slow", "fast"), start=True)
        slow, fast = world.inboxes.values()
        polling = "  settle: 100ms\n  watch: poll\n  poll: 100ms\n"
        config = world.config.read_text().replace("  settle: 100ms\n", polling)
        world.config.write_text(config.replace("  - name: slow\n", "  - name: slow\n    poll: 1500ms\n"))
        process, _ = self.second(world)
        for turn in range(6):
            slow.drop(f"drop{turn}.csv", sheet([]))
            slow.wait_imports(f"drop{turn}.csv", 1)
            fast.drop(f"drop{turn}.csv", sheet([]))
            fast.wait_imports(f"drop{turn}.csv", 1)
            time.sleep(0.5)
        time.sleep(4 * 1.5)
        for turn in range(6):
            self.assertEqual(len(slow.imports(f"drop{turn}.csv")), 1)
            self.assertEqual(len(fast.imports(f"drop{turn}.csv")), 1)
        self.end(world, process)

    def test_a_file_that_is_put_back_unchanged_is_a_new_drop_for_several_services_too(self):
        world = self.world(POLLING, start=True)
        process, _ = self.second(world)
        content = sheet([])
        for turn in range(1, 4):
            world.inbox.drop("clients.csv", content, mtime=1_700_000_000_000_000_000)
            world.wait_until(lambda: len(world.inbox.imports("clients.csv")) >= turn, f"import {turn}")
            time.sleep(1)
            self.assertEqual(len(world.inbox.imports("clients.csv")), turn)
        self.end(world, process)

    def test_a_report_that_a_killed_service_left_pending_is_published_by_another(self):
        world = self.world("settle: 100ms\nrescan: 1s", clients=CLIENTS)
        world.inbox.drop("clients.csv", sheet([("9", "Nobody", "X9")]))
        world.start()
        world.inbox.wait_imports("clients.csv", 1)
        world.inbox.remove("clients.errors.csv")
        world.sql("update imports set report_state = 'pending' where inbox = 'main'")
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")), [("2", "company_id_unknown")])
        world.inbox.wait_imports("clients.csv", 1)
        self.assertEqual(world.stop(), 0)


if __name__ == "__main__":
    main()
