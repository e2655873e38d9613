"""Directories that do not answer: each stalls its own inbox or root alone, and the service still ends in time."""

import json
import signal
import sys
import time

from health import CLIENTS, HealthTest
from support import Inbox, main, sheet

GOOD = sheet([("1", "Alpha", "X1")])
LONGEST_STALL = 60  # seconds until all of a few directories count as stalled, each after 10 s
LONGEST_END = 20  # seconds


class StalledTest(HealthTest):
    def begin(self, *inboxes):
        return self.listening("settle: 200ms\nrescan: 1s", inboxes=inboxes)

    def wait_for_faults(self, world, *faults):
        def found():
            return {(fault["event"], fault.get("inbox")) for fault in self.health(world)[1]["faults"]} == set(faults)
        world.wait_until(found, f"the faults {faults}", LONGEST_STALL)

    def imported(self, inbox, name):
        inbox.drop(name, GOOD)
        inbox.wait_imports(name, 1)

    def test_a_directory_that_does_not_answer_stalls_its_own_inbox_alone_until_it_answers(self):
        world = self.begin("main", "other")
        main_inbox, other = world.inboxes.values()
        with world.hanging(main_inbox.path):
            main_inbox.drop("clients.csv", GOOD)
            for n in range(3):
                self.imported(other, f"before{n}.csv")
            self.wait_for_faults(world, ("inbox.stalled", "main"))
            for n in range(3):
                self.imported(other, f"after{n}.csv")
            self.assertEqual(main_inbox.imports(), [])
            [event] = world.events("inbox.stalled")
            self.assertEqual(event["inbox"], "main")
            self.assertIn(str(main_inbox.path), event["error"])
        main_inbox.wait_imports("clients.csv", 1)
        self.wait_for_faults(world)
        self.assertEqual([event["inbox"] for event in world.events("inbox.answers")], ["main"])
        self.assertEqual(world.stop(), 0)

    def test_more_directories_that_do_not_answer_than_there_are_workers_stall_nobody_else(self):
        names = [f"hangs{n}" for n in range(5)]
        world = self.begin(*names, "other")
        other = world.inboxes["other"]
        with world.hanging(*(world.inboxes[name].path for name in names)):
            for name in names:
                world.inboxes[name].drop("clients.csv", GOOD)
            self.wait_for_faults(world, *(("inbox.stalled", name) for name in names))
            self.imported(other, "clients.csv")
        for name in names:
            world.inboxes[name].wait_imports("clients.csv", 1)
        self.wait_for_faults(world)

    def test_a_root_that_does_not_answer_stalls_neither_its_inboxes_nor_other_roots(self):
        world = self.listening("settle: 200ms\nrescan: 1s", start=False)
        roots = [world.root / "firms", world.root / "more"]
        for root in roots:
            root.mkdir()
        world.config.write_text(world.config.read_text() + f"roots: {json.dumps([str(root) for root in roots])}\n")
        inboxes = [Inbox(world, f"firm{n}", root / f"firm{n}") for n, root in enumerate(roots)]
        for inbox in inboxes:
            inbox.path.mkdir()
            world.load(CLIENTS, inbox.name)
        world.start()
        world.wait_until(lambda: len(world.events("inbox.watched")) == 3, "the inboxes of the roots")
        with world.hanging(roots[0]):
            self.wait_for_faults(world, ("root.stalled", None))
            for inbox in inboxes:
                self.imported(inbox, "clients.csv")
            late = Inbox(world, "late", roots[1] / "late")
            late.path.mkdir()
            world.wait_until(lambda: len(world.events("inbox.watched")) == 4, "the other root's new inbox")
        self.wait_for_faults(world)

    def end(self, world):
        """Ends the service while a directory does not answer. The kernel shows the process as ended, but keeps it until
        its tracer lets go of the thread that hangs."""
        begun = time.monotonic()
        world.process.send_signal(signal.SIGTERM)
        def ended():
            with open(f"/proc/{world.process.pid}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        world.wait_until(ended, "the end of the service", LONGEST_END)
        print(f"ended after {time.monotonic() - begun:.1f} s", file=sys.stderr)

    def test_the_service_ends_within_20_seconds_with_status_0_though_a_directory_does_not_answer(self):
        for stalled in (False, True):
            with self.subTest(stalled=stalled):
                world = self.begin("main", "other")
                with world.hanging(world.inbox.path):
                    world.inbox.drop("clients.csv", GOOD)
                    if stalled:
                        self.wait_for_faults(world, ("inbox.stalled", "main"))
                    else:
                        time.sleep(1.5)  # a rescan is under way
                    self.end(world)
                self.assertEqual(world.join(), 0)
                [event] = world.events("service.stopped")
                self.assertIn("unfinished", event)
                world.start()
                world.inbox.wait_imports("clients.csv", 1)


if __name__ == "__main__":
    main()
