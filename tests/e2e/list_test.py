"""`clients list`: which clients it prints, in which form, and how it looks on a terminal."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import unicodedata

from support import EN, PT_BR, WorldTest, main, table

NAME = "Padaria São João e Filhos, Comércio de Alimentos e Bebidas Limitada"
CLIENTS = [("9130351530529741", NAME, "10"), ("9130351530529742", "ÁGUA Ltda", "9"),
           ("9130351530529743", "日本語の会社名をここに書く株式会社、東京都千代田区丸の内", "A-1"), ("9130351530529744", "Zeta", ""),
           ("9130351530529745", "agua mineral", "00123")]
BY_ID = {company[-2:]: company for company, _, _ in CLIENTS}
DETAILS = [("42", "Pessoa Jurídica", "José", "active"), ("44", "pessoa juridica", "Ana", "inactive"),
           ("45", "Trust", "JOSE", "active")]


class ListTest(WorldTest):
    def begin(self, *arguments, **options):
        world = self.world(*arguments, clients=CLIENTS, **options)
        for end, kind, lead, status in DETAILS:
            world.sql(f"update clients set type = '{kind}', lead_accountant = '{lead}', status = '{status}'"
                      f" where company_id = '{BY_ID[end]}'")
        return world

    def listed(self, world, *arguments):
        """The last two digits of the IDs of the clients that are listed."""
        done = world.command("clients", "list", "--format", "json", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return [json.loads(line)["company_id"][-2:] for line in done.stdout.splitlines()]


class FilterTest(ListTest):
    def test_clients_are_found_by_what_a_person_types_on_every_database(self):
        world = self.begin()
        for arguments, expected in (
            ([], ["41", "42", "43", "44", "45"]),
            (["--find", "agua"], ["42", "45"]),
            (["--find", "ÁGUA l"], ["42"]),
            (["--find", "sao joao"], ["41"]),
            (["--find", "a-1"], ["43"]),
            (["--find", "1"], ["41", "43", "45"]),
            (["--find", "日本"], ["43"]),
            (["--find", "nobody"], []),
            (["--find", "\u0301"], []),
            (["--type", "PESSOA JURIDICA"], ["42", "44"]),
            (["--type", "pessoa"], []),
            (["--type", ""], ["41", "43"]),
            (["--lead", "josé"], ["42", "45"]),
            (["--lead", "jose", "--find", "mineral"], ["45"]),
            (["--status", "active"], ["41", "42", "43", "45"]),
            (["--status", "inactive"], ["44"]),
            (["--status", "all"], ["41", "42", "43", "44", "45"]),
            (["--without-number"], ["44"]),
            (["--without-number", "--status", "active"], []),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.listed(world, *arguments), expected)

    def test_numbers_sort_by_their_value_and_names_without_case_and_accents(self):
        world = self.begin()
        for column, expected in (("client_number", ["42", "41", "45", "43", "44"]),
                                 ("display_name", ["42", "45", "41", "44", "43"]),
                                 ("company_id", ["41", "42", "43", "44", "45"]),
                                 ("lead", ["44", "42", "45", "41", "43"]),
                                 ("status", ["41", "42", "43", "45", "44"])):
            with self.subTest(column):
                self.assertEqual(self.listed(world, "--sort", column), expected)

    def test_columns_are_printed_as_they_are_asked_for(self):
        world = self.begin()
        asked = ["clients", "list", "--columns", "lead,client_number,company_id", "--find", "zeta"]
        self.assertEqual(world.command(*asked).stdout.splitlines()[1].split(), ["Ana", "–", BY_ID["44"]])
        self.assertEqual(list(json.loads(world.command(*asked, "--format", "json").stdout).items()),
                         [("lead", "Ana"), ("client_number", None), ("company_id", BY_ID["44"])])
        rows = table(world.command(*asked, "--format", "csv").stdout.encode())
        self.assertEqual(rows, [("Lead accountant", "Client number", "Company ID"), ("Ana", "", BY_ID["44"])])

    def test_the_csv_list_has_the_headers_of_the_inbox_s_language(self):
        details = {"en": ("Type", "Lead accountant", "Status"), "pt-BR": ("Tipo", "Contador responsável", "Situação")}
        for language, headers, status in (("en", EN, "inactive"), ("pt-BR", PT_BR, "inativo")):
            world = self.begin(f"language: {language}")
            done = world.command("clients", "list", "--format", "csv", "--status", "inactive")
            self.assertTrue(done.stdout.startswith("\ufeff"))
            self.assertEqual(table(done.stdout.encode()), [
                (*headers, *details[language]), (BY_ID["44"], "Zeta", "", "pessoa juridica", "Ana", status)])

    def test_what_cannot_be_listed_is_a_usage_error(self):
        world = self.begin()
        known = "company_id, display_name, client_number, type, lead, status"
        for arguments, message in (
            (["--columns", "company_id,name"], f"--columns: unknown column name; expected one of: {known}"),
            (["--sort", "number"], f"--sort: unknown column number; expected one of: {known}"),
            (["--find", b"\xff"], "--find takes UTF-8 text"),
        ):
            done = world.command("clients", "list", *arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", f"clientsync: {message}\n"))
        self.assertEqual(world.command("clients", "list", "--status", "asleep").returncode, 2)

    def test_several_inboxes_of_one_firm_have_one_register(self):
        world = self.begin("firm: main\nsettle: 200ms", inboxes=("north", "south"))
        self.assertEqual(len(self.listed(world)), len(CLIENTS))
        self.assertEqual(len(table(world.command("export").stdout.encode())), 1 + len(CLIENTS))

    def test_a_register_of_many_pages_is_listed_once_and_in_order(self):
        rows = [(str(10**6 + n), f"Client {n}", str(n)) for n in range(3000)]
        world = self.world("limits: {clients: 5000}", clients=rows)
        done = world.command("clients", "list", "--format", "json", "--columns", "company_id")
        self.assertEqual([json.loads(line)["company_id"] for line in done.stdout.splitlines()],
                         [company for company, _, _ in rows])


def display_width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class TerminalTest(ListTest):
    def on_terminal(self, world, *arguments, width=80, env=None, stdout=True):
        """What a command shows on a terminal; returns it as text."""
        reader, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        process = subprocess.Popen([world.binary, *arguments, "--config", world.config],
                                   stdout=terminal if stdout else subprocess.DEVNULL, stderr=terminal,
                                   env={**environment, "TERM": "xterm", **(env or {})})
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(reader, 1 << 16):
                shown += part
        except OSError:  # Linux says EIO once nobody holds the terminal any more
            pass
        os.close(reader)
        self.assertEqual(process.wait(60), 0)
        return shown.decode().replace("\r\n", "\n")

    def test_the_table_fits_terminals_of_40_80_and_160_columns(self):
        world = self.begin()
        for width in (40, 80, 160):
            with self.subTest(width):
                lines = self.on_terminal(world, "clients", "list", width=width, env={"NO_COLOR": "1"}).splitlines()
                self.assertEqual(len(lines), 6)
                self.assertLessEqual(max(map(display_width, lines)), width)
                for line, (company, _, number) in zip(lines[1:], CLIENTS, strict=True):
                    self.assertEqual(line.split()[:2], [company, number or "–"])
                self.assertEqual(any("…" in line for line in lines), width < 160)
                self.assertEqual(NAME in lines[1], width == 160)

    def test_columns_in_the_environment_takes_precedence(self):
        world = self.begin()
        lines = self.on_terminal(world, "clients", "list", width=160, env={"COLUMNS": "50"}).splitlines()
        self.assertLessEqual(max(map(display_width, lines[1:])), 50)

    def test_only_a_terminal_with_colours_gets_any(self):
        world = self.begin()
        self.assertTrue(self.on_terminal(world, "clients", "list").startswith("\x1b[1mCompany ID"))
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\x1b", self.on_terminal(world, "clients", "list", env=env))
        piped = world.command("clients", "list", env={"COLUMNS": "40"}).stdout
        self.assertNotIn("\x1b", piped)
        self.assertIn(NAME, piped)

    def test_short_work_shows_no_progress(self):
        world = self.begin()
        self.assertEqual(self.on_terminal(world, "clients", "list", stdout=False), "")


if __name__ == "__main__":
    main()
