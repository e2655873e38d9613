"""`export`: a file that an import takes, and in which it finds nothing to change."""

import json
import os
import stat
import subprocess

from support import EN, PT_BR, WorldTest, main, sheet, table

DETAILS_EN = ("Type", "Lead accountant", "Status")
CLIENTS = [("9130351530529741", "Padaria São João", "00123"), ("9130351530529742", "Água, Gás & \"Luz\"", "-7"),
           ("9130351530529743", "''=Apostrophe", "1E+10x"), ("9130351530529744", "Zeta", "Z-1")]
MANY = [(str(10**15 + n), f"Client {n}", f"N-{n}") for n in range(25)]


class ExportTest(WorldTest):
    def begin(self, options="settle: 200ms", clients=CLIENTS, **more):
        world = self.world(options, clients=clients, **more)
        self.folder = world.root / "exports"
        self.folder.mkdir()
        return world

    def export(self, world, *arguments, status=0, stderr="", **options):
        done = world.command("export", *arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (status, stderr))
        return done

    def names(self):
        return sorted(os.listdir(self.folder))

    def counts(self, world, path):
        done = world.command("import", path, "--format", "json")
        found = json.loads(done.stdout)
        return found["rows"], found["unchanged"], found["failed"]


class ContentTest(ExportTest):
    def test_an_export_that_is_imported_again_changes_nothing(self):
        world = self.begin()
        world.sql("update clients set type = 'Trust', lead_accountant = 'Ana', status = 'inactive'"
                  f" where company_id = '{CLIENTS[3][0]}'")
        before = world.clients()
        for arguments in ([], ["--no-ref"], ["--language", "pt-BR"]):
            path = self.folder / "clients.csv"
            done = self.export(world, "-o", path, *arguments)
            self.assertEqual(done.stdout, f"{path}: 4 clients\n")
            self.assertEqual(self.counts(world, path), (4, 4, 0))
            path.unlink()
        self.assertEqual(world.clients(), before)

    def test_the_file_has_a_mark_crlf_guards_and_ref(self):
        world = self.begin(clients=CLIENTS[1:3])
        written = self.export(world).stdout
        self.assertEqual(written, "\ufeffCompany ID,Display name,Client number,Type,Lead accountant,Status,Ref\r\n"
                         "9130351530529742,\"Água, Gás & \"\"Luz\"\"\",'-7,,,active,id:9130351530529742 no:-7\r\n"
                         "9130351530529743,''=Apostrophe,1E+10x,,,active,id:9130351530529743 no:1E+10x\r\n"
                         .replace("\r\n", "\n"))
        path = self.folder / "clients.csv"
        self.export(world, "-o", path)
        self.assertEqual(path.read_bytes().decode().replace("\r\n", "\n"), written)
        self.assertEqual(path.read_bytes().count(b"\r\n"), 3)

    def test_the_headers_are_in_the_inbox_s_language_unless_another_is_given(self):
        world = self.begin("language: pt-BR")
        rows = table(self.export(world).stdout.encode())
        self.assertEqual(rows[0], (*PT_BR, "Tipo", "Contador responsável", "Situação", "Ref"))
        self.assertEqual(rows[1][5], "ativo")
        rows = table(self.export(world, "--language", "en", "--no-ref").stdout.encode())
        self.assertEqual(rows[0], (*EN, *DETAILS_EN))
        self.assertEqual(rows[1][5], "active")

    def test_filters_choose_what_is_exported(self):
        world = self.begin()
        rows = table(self.export(world, "--find", "agua").stdout.encode())
        self.assertEqual([row[0] for row in rows[1:]], [CLIENTS[1][0]])

    def test_clients_without_a_number_are_exported_and_counted(self):
        world = self.begin(clients=[*CLIENTS, ("5", "Eta", "")])
        path = self.folder / "clients.csv"
        self.export(world, "-o", path, stderr="clientsync: 1 client has no number; an import of the file answers such "
                    "rows with client_number_blank and changes nothing\n")
        self.assertEqual(table(path.read_bytes())[-1], ("9130351530529744", "Zeta", "Z-1", "", "", "active",
                                                        "id:9130351530529744 no:Z-1"))
        self.assertEqual(table(path.read_bytes())[1], ("5", "Eta", "", "", "", "active", "id:5"))
        self.assertEqual(self.counts(world, path), (5, 4, 1))

    def test_a_blank_number_that_is_kept_is_nothing_to_talk_about(self):
        world = self.begin("blank_number: keep", clients=[*CLIENTS, ("5", "Eta", "")])
        path = self.folder / "clients.csv"
        self.export(world, "-o", path)
        self.assertEqual(self.counts(world, path), (5, 5, 0))


class FileTest(ExportTest):
    def test_an_export_replaces_a_file_and_keeps_its_mode(self):
        world = self.begin()
        path = self.folder / "clients.csv"
        path.write_bytes(b"older")
        path.chmod(0o604)
        self.export(world, "-o", path)
        self.assertEqual(len(table(path.read_bytes())), 5)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o604)
        self.assertEqual(self.names(), ["clients.csv"])

    def test_a_new_file_has_the_usual_mode(self):
        world = self.begin()
        self.export(world, "-o", self.folder / "clients.csv", umask=0o027)
        self.assertEqual(stat.S_IMODE((self.folder / "clients.csv").stat().st_mode), 0o640)

    def test_a_path_without_a_folder_is_in_the_present_one(self):
        world = self.begin()
        self.export(world, "-o", "clients.csv")
        self.assertEqual(len(table((world.root / "clients.csv").read_bytes())), 5)

    def test_an_export_that_fails_leaves_the_older_file_and_nothing_else(self):
        world = self.begin()
        path = self.folder / "clients.csv"
        path.write_bytes(b"older")
        limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", world.binary]
        done = subprocess.run([*limited, "export", "-o", path, "--config", world.config], capture_output=True,
                              timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(path.read_bytes(), b"older")
        self.export(world, "-o", path)
        self.assertEqual(self.names(), ["clients.csv"])

    def test_an_export_never_follows_or_replaces_a_link(self):
        world = self.begin()
        (self.folder / "other.txt").write_bytes(b"other")
        (self.folder / "clients.csv").symlink_to("other.txt")
        path = self.folder / "clients.csv"
        self.export(world, "-o", path, status=4,
                    stderr=f"clientsync: cannot write {path}: it is not a regular file\n")
        self.assertEqual((self.folder / "other.txt").read_bytes(), b"other")
        self.assertEqual(self.names(), ["clients.csv", "other.txt"])

    def test_what_cannot_be_written_is_said(self):
        world = self.begin()
        done = world.command("export", "-o", self.folder / "missing" / "clients.csv")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("missing: No such file or directory", done.stderr)
        self.export(world, "--split", status=2, stderr="clientsync: --split needs -o FILE\n")
        self.export(world, "--format", "json", status=2,
                    stderr="clientsync: this command has no --format json; it writes CSV\n")

    def test_nothing_is_created_if_there_is_no_database(self):
        world = self.world()
        restore = world.lose_database()
        done = world.command("export", "-o", world.root / "clients.csv")
        restore()
        self.assertEqual(done.returncode, 4)
        self.assertFalse((world.root / "clients.csv").exists())


class SplitTest(ExportTest):
    def parts(self):
        return {name: table((self.folder / name).read_bytes()) for name in self.names()}

    def test_parts_are_within_the_rows_that_an_import_takes(self):
        world = self.begin("limits: {rows: 10}", clients=None)
        world.command("clients", "load", self.written(world, MANY))
        done = self.export(world, "-o", self.folder / "clients.csv", "--split")
        self.assertEqual(done.stdout, f"{self.folder}/clients-1.csv … clients-3.csv: 25 clients\n")
        parts = self.parts()
        self.assertEqual({name: len(rows) - 1 for name, rows in parts.items()},
                         {"clients-1.csv": 10, "clients-2.csv": 10, "clients-3.csv": 5})
        self.assertEqual([row[:3] for rows in parts.values() for row in rows[1:]], MANY)
        for name in parts:
            self.assertEqual(self.counts(world, self.folder / name)[2], 0)

    def written(self, world, rows):
        path = world.root / "many.csv"
        path.write_bytes(sheet(rows))
        return path

    def test_parts_are_within_the_bytes_that_an_import_takes(self):
        world = self.begin("limits: {bytes: 1000B}", clients=None)
        world.command("clients", "load", self.written(world, MANY))
        self.export(world, "-o", self.folder / "clients.csv", "--split")
        sizes = [os.stat(self.folder / name).st_size for name in self.names()]
        self.assertLessEqual(max(sizes), 1000)
        self.assertEqual(len(sizes), 2)
        self.assertEqual(sorted(row[:3] for rows in self.parts().values() for row in rows[1:]), sorted(MANY))

    def test_an_export_over_the_limits_says_what_helps(self):
        world = self.begin("limits: {rows: 10}", clients=None)
        world.command("clients", "load", self.written(world, MANY))
        self.export(world, "-o", self.folder / "clients.csv",
                    stderr="clientsync: the file is over the limits of the inbox main (10 rows, 102400 bytes); with "
                    "--split it is written in parts that an import takes\n")

    def test_only_parts_of_an_earlier_export_are_removed(self):
        world = self.begin("limits: {rows: 2}")
        self.export(world, "-o", self.folder / "clients.csv", "--split", "--language", "pt-BR", "--no-ref")
        self.assertEqual(self.names(), ["clients-1.csv", "clients-2.csv"])
        (self.folder / "clients-3.csv").write_bytes(sheet(CLIENTS))
        (self.folder / "clients-4.csv").write_bytes((self.folder / "clients-1.csv").read_bytes())
        done = self.export(world, "-o", self.folder / "clients.csv", "--split", "--find", "zeta")
        self.assertEqual(self.names(), ["clients-1.csv", "clients-3.csv"])
        self.assertEqual(done.stdout, f"{self.folder}/clients-1.csv: 1 client\n"
                         "clients-2.csv: removed, because the export has no more than 1 part\n"
                         "clients-4.csv: removed, because the export has no more than 1 part\n")
        self.assertEqual((self.folder / "clients-3.csv").read_bytes(), sheet(CLIENTS))

    def test_a_place_that_cannot_be_replaced_stops_all_parts(self):
        world = self.begin("limits: {rows: 2}")
        (self.folder / "clients-2.csv").mkdir()
        self.export(world, "-o", self.folder / "clients.csv", "--split", status=4,
                    stderr=f"clientsync: cannot write {self.folder}/clients-2.csv: it is not a regular file\n")
        self.assertEqual(self.names(), ["clients-2.csv"])


if __name__ == "__main__":
    main()
