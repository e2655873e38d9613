"""How long the ledger keeps bytes, and what happens to a file and its report without them."""

from support import WorldTest, main, sheet

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
DAY = 24 * 3600
OPTIONS = "settle: 200ms\nrescan: 1s"


class RetentionTest(WorldTest):
    def age(self, world, name, days):
        """Makes the imports of a name older in the database. The service must not run."""
        world.sql(f"update imports set finished_at = finished_at - {days * DAY} where name = '{name}'")

    def kept(self, world):
        """Two sets of names: those of which the ledger has the input, and those of which it has the report."""
        rows = world.ledger("select i.name, b.input, b.report from imports i join import_bytes b on b.import_id = i.id"
                            " where i.inbox <> ''")
        return ({row["name"] for row in rows if row["input"] is not None},
                {row["name"] for row in rows if row["report"] is not None})

    def world_with(self, names, rows=(("1", "Alpha", "X1"), ("9", "Nobody", "X9")), **options):
        world = self.world(OPTIONS, clients=CLIENTS, **options)
        for name in names:
            world.inbox.drop(name, sheet(rows))
        self.assertEqual(world.command("run", "--once").returncode, 1)
        return world

    def start_and_remove(self, world):
        world.start()
        world.wait_until(lambda: world.events("retention.removed"), "bytes are removed")

    def test_bytes_older_than_the_retention_are_removed_at_the_start_and_all_else_stays(self):
        world = self.world_with(["old.csv", "young.csv"])
        self.age(world, "old.csv", 91)
        self.age(world, "young.csv", 89)
        tables = ("imports", "import_errors", "changes", "report_places")
        before = {table: world.ledger(f"select * from {table} order by 1, 2") for table in tables}
        self.start_and_remove(world)
        self.assertEqual(world.events("retention.removed"), [{"imports": "1"}])
        self.assertEqual(self.kept(world), ({"young.csv"}, {"young.csv"}))
        self.assertEqual({table: world.ledger(f"select * from {table} order by 1, 2") for table in tables}, before)

    def test_the_configuration_sets_the_retention(self):
        world = self.world_with(["old.csv"], general="retention: 200d")
        self.age(world, "old.csv", 199)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(self.kept(world), ({"old.csv"}, {"old.csv"}))
        self.age(world, "old.csv", 2)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(self.kept(world), (set(), set()))

    def test_sessions_that_have_expired_are_removed_whatever_the_retention(self):
        world = self.world(OPTIONS, clients=CLIENTS, general="retention: 200d")
        world.sql("insert into users (name, role, all_firms, password_hash, preferences, created_at, password_at)"
                  " values ('ana', 'admin', 1, '', '', 1, 1)")
        for secret, at in (("old", 1), ("new", 4_000_000_000)):
            world.sql("insert into sessions (secret_hash, user_id, created_at, seen_at, address, agent)"
                      f" values ('{secret}', 1, {at}, {at}, '', '')")
        world.start()
        left = lambda: [row["secret_hash"] for row in world.ledger("select secret_hash from sessions")]
        world.wait_until(lambda: left() == ["new"], "the old session is removed")

    def test_many_old_imports_lose_their_bytes_in_several_batches_at_one_start(self):
        names = [f"old{n}.csv" for n in range(230)]
        world = self.world_with(names)
        world.sql(f"update imports set finished_at = finished_at - {100 * DAY}")
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(self.kept(world), (set(), set()))

    def test_the_bytes_of_an_unpublished_report_stay_however_old_they_are(self):
        world = self.world_with(["clients.csv", "published.csv"])
        world.sql("update imports set report_state = 'pending' where name = 'clients.csv'")
        world.inbox.remove("clients.errors.csv")
        self.age(world, "clients.csv", 1000)
        self.age(world, "published.csv", 1000)
        world.inbox.path.rename(world.root / "away")
        world.config.write_text(world.config.read_text() + f"  - name: other\n    path: {world.staging}\n")
        self.assertEqual(world.command("run", "--once").returncode, 4)
        self.assertEqual(self.kept(world), ({"clients.csv"}, {"clients.csv"}))
        (world.root / "away").rename(world.inbox.path)
        self.assertEqual(world.command("run", "--once").returncode, 0)
        self.assertEqual(world.inbox.report("clients.errors.csv")[0][4], "company_id_unknown")

    def test_a_file_whose_bytes_are_removed_is_still_done_and_its_deleted_report_stays_deleted(self):
        world = self.world_with(["clients.csv"])
        self.age(world, "clients.csv", 91)
        self.start_and_remove(world)
        world.inbox.pass_by()
        world.inbox.remove("clients.errors.csv")
        world.restart()
        for _ in range(3):
            world.inbox.pass_by()
        self.assertEqual(world.inbox.names(), ["clients.csv"])
        self.assertEqual(len(world.inbox.imports("clients.csv")), 1)

    def test_a_report_whose_bytes_are_removed_is_still_known_and_can_be_corrected_in_place(self):
        world = self.world_with(["clients.csv"])
        self.age(world, "clients.csv", 91)
        self.start_and_remove(world)
        world.inbox.pass_by()
        self.assertEqual(world.inbox.imports("clients.errors.csv"), [])
        report = world.inbox.read("clients.errors.csv").decode("utf-8-sig")
        world.inbox.drop("clients.errors.csv", report.replace("9,Nobody,X9", "2,Beta,X2").encode())
        world.inbox.wait_imports("clients.errors.csv", 1)
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])
        self.assertEqual(world.numbers()["2"], "X2")

    def test_a_new_drop_replaces_a_report_whose_bytes_are_removed(self):
        world = self.world_with(["clients.csv"])
        self.age(world, "clients.csv", 91)
        self.start_and_remove(world)
        world.inbox.drop("clients.csv", sheet([("3", "Gamma", "X3")]))
        world.inbox.wait_imports("clients.csv", 2)
        self.assertEqual(world.inbox.report("clients.errors.csv"), [])
        self.assertEqual(world.inbox.names(), ["clients.csv", "clients.errors.csv"])


if __name__ == "__main__":
    main()
