"""`users` and `tokens`: what they print, what they refuse, and that passwords are typed unseen."""

import json
import os
import pathlib
import pty
import re
import select
import subprocess
import time

from support import PATIENCE, WorldTest, main, sqlite_only

PASSWORD = "correct horse battery"
LISTEN = "http: {listen: '127.0.0.1:9464', console: on}"


class UsersTest(WorldTest):
    def begin(self, **options):
        return self.world(clients=[("1", "Alpha", "A1")], **options)

    def typed(self, world, *arguments, typed=PASSWORD):
        """Runs a command with a password on standard input."""
        return subprocess.run([world.binary, *arguments, "--config", world.config], input=f"{typed}\n",
                              capture_output=True, encoding="utf-8", timeout=60, check=False)

    def add(self, world, name="ana", *options):
        done = self.typed(world, "users", "add", name, *(options or ("--role", "editor", "--firm", "main")),
                          "--password-stdin")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def json_of(self, world, *arguments):
        done = world.command(*arguments, "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refused(self, done, message, status=2):
        self.assertEqual((done.returncode, done.stdout), (status, ""))
        self.assertIn(message, done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)


class CommandsTest(UsersTest):
    def test_users_are_added_listed_edited_and_removed(self):
        world = self.begin()
        self.assertEqual(self.add(world, "Ana", "--role", "editor", "--firm", "main", "--language", "pt-BR"),
                         "ana was added: editor; firms: main\n")
        self.add(world, "bia", "--role", "admin", "--all-firms")
        ana, bia = self.json_of(world, "users", "list")
        self.assertEqual([ana[key] for key in ("user", "role", "all_firms", "firms", "language")],
                         ["ana", "editor", False, ["main"], "pt-BR"])
        self.assertEqual([bia[key] for key in ("user", "role", "all_firms", "firms", "language")],
                         ["bia", "admin", True, [], None])
        self.assertRegex(world.command("users", "list").stdout, r"ana +editor +main +20.*\nbia +admin +all +20")
        self.assertEqual(world.command("users", "edit", "ANA", "--role", "viewer", "--all-firms").stdout,
                         "ana was changed: viewer; firms: all\n")
        self.assertEqual(world.command("users", "edit", "ana", "--role", "admin").stdout,
                         "ana was changed: admin; firms: all\n")
        self.refused(world.command("users", "remove", "ana"), "add --yes")
        self.assertEqual(self.json_of(world, "users", "remove", "ana", "--yes"), [{"removed": "ana"}])
        self.assertEqual([user["user"] for user in self.json_of(world, "users", "list")], ["bia"])

    def test_what_can_not_be_is_refused_and_nothing_changes(self):
        world = self.begin()
        self.add(world)
        before = world.ledger("select * from users")
        for arguments, typed, message in (
            (["add", "ana", "--role", "admin", "--all-firms"], PASSWORD, "there is a user ana already"),
            (["add", "joão", "--role", "admin", "--all-firms"], PASSWORD, "can't be a user's name"),
            (["add", "bia", "--role", "admin"], PASSWORD, "--firm"),
            (["add", "bia", "--role", "admin", "--firm", "mian"], PASSWORD, "unknown firm mian"),
            (["add", "bia", "--role", "owner", "--all-firms"], PASSWORD, "unknown value owner"),
            (["add", "bia", "--role", "admin", "--all-firms"], "short", "too short; it needs 10 characters"),
            (["add", "bia", "--role", "admin", "--all-firms"], "x" * 1001, "too long"),
            (["add", "maria.souza", "--role", "admin", "--all-firms"], "Maria.Souza", "the user's name"),
            (["edit", "ana", "--firm", "mian"], PASSWORD, "unknown firm mian"),
            (["edit", "eva", "--role", "admin"], PASSWORD, "there is no user eva"),
        ):
            with self.subTest(arguments):
                self.refused(self.typed(world, "users", *arguments, "--password-stdin", typed=typed), message)
        self.refused(world.command("users", "edit", "ana"), "say what is to change")
        self.refused(world.command("users", "unlock", "eva"), "there is no user eva")
        self.refused(world.command("users", "link", "ana"), "no http.listen")
        self.refused(world.command("tokens", "remove", "7"), "there is no token 7")
        self.assertEqual(world.ledger("select * from users"), before)

    def test_a_new_password_ends_all_sessions_and_forgets_failures(self):
        world = self.begin()
        self.add(world)
        account = "select id from users where name = 'ana'"
        world.sql(f"insert into sessions (secret_hash, user_id, created_at, seen_at, address, agent)"
                  f" values ('s', ({account}), 1, 1, '', '')")
        world.sql("insert into sign_in_failures (client, account, failures, last_at) values"
                  " ('192.0.2.1', '24d4b96f58da6d4a8512313bbd02a28ebf0ca95dec6e4c86ef78ce7f01e788ac', 9, 1),"
                  " ('192.0.2.1', 'another', 9, 1)")
        [before] = world.ledger("select password_hash from users")
        done = self.typed(world, "users", "edit", "ana", "--password-stdin", typed="another good password")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(world.ledger("select * from sessions"), [])
        self.assertEqual([row["account"] for row in world.ledger("select account from sign_in_failures")], ["another"])
        self.assertNotEqual(world.ledger("select password_hash from users"), [before])

    def test_a_link_is_for_the_address_of_the_service_and_only_its_hash_is_stored(self):
        for listen, expected in (("'127.0.0.1:9464'", "http://127.0.0.1:9464/sign-in?link="),
                                 ("'[::1]:9464'", "http://[::1]:9464/sign-in?link="),
                                 ("/run/clientsync/http", "sign-in?link=")):
            with self.subTest(listen):
                world = self.begin(general=f"http: {{listen: {listen}, console: on}}")
                self.add(world)
                done = world.command("users", "link", "ana")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.startswith(expected), done.stdout)
                self.assertNotIn("link=", done.stderr)
                secret = done.stdout.strip().partition("link=")[2]
                self.assertRegex(secret, r"\A[\w-]{43}\Z")
                [link] = world.ledger("select secret_hash from sign_in_links")
                self.assertRegex(link["secret_hash"], r"\A[0-9a-f]{64}\Z")

    def test_without_a_console_there_is_no_link(self):
        for general, message in (("", "no http.listen"), ("http: {listen: '127.0.0.1:9464'}", "http.console: on")):
            with self.subTest(general):
                world = self.begin(general=general)
                self.add(world)
                self.refused(world.command("users", "link", "ana"), message)

    def test_a_token_is_shown_once_and_only_its_hash_is_stored(self):
        world = self.begin()
        done = world.command("tokens", "add", "practice management", "--firm", "main", "--role", "editor", "--expires", "30")
        self.assertRegex(done.stdout, r"\Acs_[\w-]{43}\n\Z")
        self.assertIn("token 1 was added: editor of firm main", done.stderr)
        secret = done.stdout.strip()
        [added] = self.json_of(world, "tokens", "add", "cron", "--firm", "main", "--role", "viewer")
        self.assertTrue(added["token"].startswith("cs_"))
        first, second = self.json_of(world, "tokens", "list")
        self.assertEqual([first[key] for key in ("id", "name", "role", "firm", "used")],
                         [1, "practice management", "editor", "main", None])
        self.assertIsNotNone(first["expires"])
        self.assertIsNone(second["expires"])
        self.assertNotIn("token", first)
        self.assertNotIn(secret, str(world.ledger("select * from tokens")))
        self.assertEqual(world.command("tokens", "remove", "1").stdout, "token 1 (practice management) was removed\n")
        self.assertEqual([token["id"] for token in self.json_of(world, "tokens", "list")], [2])

    def test_an_error_of_the_database_shows_no_secret(self):
        world = self.begin(general=LISTEN)
        self.add(world)
        world.sql("drop table sign_in_links")
        self.refused(world.command("users", "link", "ana"), "making a sign-in link", status=4)
        world.sql("drop table tokens")
        done = world.command("tokens", "add", "cron", "--firm", "main", "--role", "viewer")
        self.refused(done, "adding a token", status=4)
        world.sql("alter table users rename column password_hash to other_hash")
        done = self.typed(world, "users", "add", "bia", "--role", "admin", "--all-firms", "--password-stdin")
        self.refused(done, "adding a user", status=4)
        for line in (done.stderr, world.command("users", "link", "ana").stderr):
            self.assertNotIn("argon2", line)
            self.assertIsNone(re.search(r"[\w-]{43}", line))

    @sqlite_only
    def test_there_must_be_a_database_already(self):
        world = self.world()
        self.refused(world.command("users", "list"), "there is no database", status=4)
        done = self.typed(world, "users", "add", "ana", "--role", "admin", "--all-firms", "--password-stdin")
        self.refused(done, "there is no database", status=4)


class PromptTest(UsersTest):
    """The password is typed on a terminal."""

    def begin_on_terminal(self, world, *arguments):
        """The process and what it reads from, which is a terminal."""
        terminal, inner = pty.openpty()
        process = subprocess.Popen([world.binary, *arguments, "--config", world.config], stdin=inner, stdout=inner,
                                   stderr=inner, start_new_session=True)
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.close, inner)
        world.processes.append(process)
        self.shown = ""
        return process, terminal

    def wait_for(self, terminal, text):
        end = time.monotonic() + PATIENCE
        while text not in self.shown:
            ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"no {text!r} in {self.shown!r}")
            self.shown += os.read(terminal, 4096).decode()

    def answer(self, terminal, prompt, keys):
        self.wait_for(terminal, prompt)
        self.shown = self.shown.partition(prompt)[2]
        os.write(terminal, keys.encode())

    def test_a_password_is_asked_for_twice_and_never_shown(self):
        world = self.begin()
        process, terminal = self.begin_on_terminal(world, "users", "add", "ana", "--role", "admin", "--all-firms")
        self.answer(terminal, "Password of ana: ", f"wrong\x15{PASSWORD}é\x7f\r")
        self.wait_for(terminal, "once more: ")
        self.assertNotIn(PASSWORD, pathlib.Path(f"/proc/{process.pid}/cmdline").read_text())
        self.answer(terminal, "once more: ", f"{PASSWORD}\r")
        self.wait_for(terminal, "ana was added")
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertNotIn("horse", self.shown)
        self.assertEqual(len(self.json_of(world, "users", "list")), 1)

    def test_a_short_password_and_two_that_differ_are_refused(self):
        world = self.begin()
        process, terminal = self.begin_on_terminal(world, "users", "add", "ana", "--role", "admin", "--all-firms")
        self.answer(terminal, "Password of ana: ", "short\r")
        self.wait_for(terminal, "too short")
        self.assertEqual(process.wait(PATIENCE), 2)
        process, terminal = self.begin_on_terminal(world, "users", "add", "ana", "--role", "admin", "--all-firms")
        self.answer(terminal, "Password of ana: ", f"{PASSWORD}\r")
        self.answer(terminal, "once more: ", f"{PASSWORD}!\r")
        self.wait_for(terminal, "the two passwords differ")
        self.assertEqual(process.wait(PATIENCE), 2)
        self.assertEqual(self.json_of(world, "users", "list"), [])

    def test_whoever_gives_up_gets_the_terminal_back_as_it_was(self):
        world = self.begin()
        for key in ("\x03", "\x04"):
            process, terminal = self.begin_on_terminal(world, "users", "add", "ana", "--role", "admin", "--all-firms")
            self.answer(terminal, "Password of ana: ", f"abc{key}")
            self.wait_for(terminal, "no password was given")
            self.assertEqual(process.wait(PATIENCE), 4)
            os.write(terminal, b"echo")
            self.wait_for(terminal, "echo")
            self.assertNotIn("abc", self.shown)

    def test_without_a_terminal_the_command_says_what_to_do(self):
        world = self.begin()
        done = self.typed(world, "users", "add", "ana", "--role", "admin", "--all-firms")
        self.refused(done, "use --password-stdin")


if __name__ == "__main__":
    main()
