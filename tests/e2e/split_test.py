"""`split`: a file over the limits becomes parts that the service takes."""

import json
import os
import stat

from support import WorldTest, main, sheet

CLIENTS = [(str(10**15 + n), f"Client {n}", f"N-{n}") for n in range(25)]
CHANGED = [(company, name, f"X-{number}") for company, name, number in CLIENTS]


class SplitTest(WorldTest):
    def begin(self, options="limits: {rows: 10}"):
        world = self.world(options, clients=CLIENTS)
        self.folder = world.root / "elsewhere"
        self.folder.mkdir()
        return world

    def file(self, content, name="clients.csv"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def names(self):
        return sorted(os.listdir(self.folder))

    def test_the_parts_are_next_to_the_file_and_can_be_imported(self):
        world = self.begin()
        path = self.file(sheet(CHANGED, delimiter=";"))
        path.chmod(0o640)
        self.assertEqual(world.command("import", path).returncode, 3)
        os.unlink(self.folder / "clients.errors.csv")
        done = world.command("split", path)
        parts = [self.folder / f"clients.part-{n}.csv" for n in (1, 2, 3)]
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "".join(f"{part}: {rows} rows\n" for part, rows in zip(parts, (10, 10, 5))))
        self.assertEqual(self.names(), ["clients.csv", *(part.name for part in parts)])
        self.assertEqual(path.read_bytes(), sheet(CHANGED, delimiter=";"))
        self.assertEqual([part.read_bytes() for part in parts],
                         [sheet(CHANGED[n:n + 10], delimiter=";") for n in (0, 10, 20)])
        self.assertEqual({stat.S_IMODE(part.stat().st_mode) for part in parts}, {0o640})
        done = world.command("import", *parts, "--format", "json")
        self.assertEqual([json.loads(line)["updated"] for line in done.stdout.splitlines()], [10, 10, 5])

    def test_the_parts_can_go_into_an_inbox_while_the_service_runs(self):
        world = self.begin("limits: {rows: 10}\nsettle: 200ms")
        world.start()
        done = world.command("split", self.file(sheet(CHANGED)), "-o", world.inbox.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for number in (1, 2, 3):
            self.assertEqual(world.inbox.report(f"clients.part-{number}.errors.csv"), [])
        self.assertEqual(world.numbers(), {company: number for company, _, number in CHANGED})
        self.assertEqual(self.names(), ["clients.csv"])

    def test_nothing_that_exists_is_overwritten(self):
        world = self.begin()
        path = self.file(sheet(CHANGED))
        self.file(b"mine", "clients.part-2.csv")
        done = world.command("split", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (4, "", f"clientsync: {self.folder}/clients.part-2.csv is there already; move it away, or "
                          "choose another folder with -o\n"))
        self.assertEqual(self.names(), ["clients.csv", "clients.part-2.csv"])
        self.assertEqual((self.folder / "clients.part-2.csv").read_bytes(), b"mine")

    def test_a_file_within_the_limits_is_not_split(self):
        world = self.begin()
        path = self.file(sheet(CHANGED[:10]))
        done = world.command("split", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", f"clientsync: {path} is within the limits; there is nothing to split\n"))
        self.assertEqual(self.names(), ["clients.csv"])

    def test_what_cannot_be_split_is_rejected_with_the_reason(self):
        world = self.begin("limits: {rows: 10, bytes: 200B}")
        for content, message in (
            (sheet(CHANGED, ("Company", "Display name", "Client number")), "Company ID"),
            (sheet(CHANGED) + b'"open', "quot"),
            (sheet([("1", "x" * 300, "1")]), "row 2 alone is over limits.bytes (200 bytes); nothing was written"),
        ):
            done = world.command("split", self.file(content))
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn(message, done.stderr)
            self.assertEqual(self.names(), ["clients.csv"])

    def test_the_message_about_too_many_rows_names_the_command(self):
        world = self.begin()
        done = world.command("check", self.file(sheet(CHANGED)))
        self.assertIn("`clientsync split`", done.stdout)


if __name__ == "__main__":
    main()
