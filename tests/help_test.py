#!/usr/bin/env python3
"""docs/commands.md, the man pages and the completions of the shells have exactly the commands and options of --help.

usage: help_test.py CLIENTSYNC [unittest's arguments]

What a command takes is read from its --help, group by group from `clientsync --help` on.
"""

import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMON = {"--config", "--inbox", "--format", "--help", "-h"}  # of every command
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
CONFIG = """\
database: {{backend: sqlite, connection: "dbname={0}/clientsync.db"}}
inboxes: [{{name: main, path: "{0}/inbox"}}]
http: {{listen: "{0}/http", console: on}}
"""
FILES = {
    "register.csv": "Company ID,Display name,Client number\n501,Ana,1\n502,Bo,2\n503,Cy,\n",
    "inbox/clients.csv": "Company ID,Display name,Client number\n501,Ana,3\n502,Bo,4\n504,Dee,5\n",
}

_binary = None


def run(*command, typed="", **options):
    return subprocess.run(command, input=typed, capture_output=True, encoding="utf-8", timeout=60,
                          check=False, **options)


class Command:
    """What --help says of a command or a group of commands."""

    def __init__(self, path):
        done = run(_binary, *path, "--help")
        if done.returncode != 0:
            raise SystemExit(f"clientsync {' '.join(path)} --help: {done.stderr}")
        self.name = " ".join(path)
        self.help = done.stdout
        self.subcommands, self.aliases, self.options, self.values = [], [], set(), {}
        part = ""
        for line in self.help.splitlines():
            if line.endswith(":") and not line.startswith(" "):
                part = line
            elif part == "Subcommands:" and re.match("  [a-z]", line):
                name, *aliases = re.split(" {2,}", line.strip())[0].split(", ")
                self.subcommands.append(name)
                self.aliases += aliases
            elif part == "Options:" and line.startswith("  -"):
                names, _, rest = line.strip().partition(" ")
                self.options |= set(names.split(","))
                if choice := re.match(r"[\w-]+(\|[\w-]+)+", rest):
                    self.values[names.split(",")[-1]] = set(choice[0].split("|"))
        self.own = self.options - COMMON - {"--version"}


@functools.cache
def tree():
    """All commands and groups, by name; that of the program is empty."""
    commands, paths = {}, [()]
    while paths:
        path = paths.pop(0)
        command = Command(path)
        commands[command.name] = command
        paths += [(*path, name) for name in command.subcommands]
    return commands


def leaves():
    """The commands that do something."""
    return {name: command for name, command in tree().items() if not command.subcommands}


def sections(text, heading):
    """The text under each heading, by the first group of the heading's pattern."""
    parts = re.split(heading, text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


class HelpTest(unittest.TestCase):
    def test_every_command_says_what_it_does_and_has_an_example(self):
        for name, command in tree().items():
            with self.subTest(name):
                self.assertRegex(command.help, r"\A[A-Z].*\w")
        for name, command in leaves().items():
            with self.subTest(name):
                self.assertIn("\nExamples:\n  clientsync ", command.help)

    def test_examples_have_options_that_exist(self):
        for name, command in leaves().items():
            examples = command.help.partition("\nExamples:\n")[2].partition("\n\n")[0]
            for line in examples.splitlines():
                with self.subTest(line):
                    typed = set(OPTION.findall(re.sub(r"\(.*\)$|\"[^\"]*\"", "", line)))
                    self.assertLessEqual(typed, command.options | COMMON)
                    self.assertRegex(line, rf"^  clientsync (--\S+ \S+ )*{name}( |$)")

    def test_help_fits_a_terminal_of_120_columns(self):
        for name, command in tree().items():
            for line in command.help.splitlines():
                self.assertLessEqual(len(line), 120, f"{name}: {line}")


class CommandsPageTest(unittest.TestCase):
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

    def sections(self):
        return sections(self.page, r"^### `([^`]*)`$")

    def test_the_page_has_a_section_for_each_command(self):
        self.assertEqual(sorted(self.sections()), sorted(leaves()))

    def test_each_section_has_the_options_of_its_command(self):
        for name, section in self.sections().items():
            with self.subTest(name):
                cells = re.findall(r"^\| (`-.*?) \|", section, re.MULTILINE)
                self.assertEqual(set(OPTION.findall(" ".join(cells))), leaves()[name].own)
                self.assertIn("\n```\nclientsync ", section)

    def test_all_options_on_the_page_exist(self):
        known = COMMON.union(*(command.options for command in tree().values()))
        self.assertLessEqual(set(OPTION.findall(" ".join(re.findall("`[^`]*`", self.page)))) - known, set())

    def test_common_options_are_described_once(self):
        cells = re.findall(r"^\| (`-.*?) \|", self.page.partition("\n## The service")[0], re.MULTILINE)
        self.assertEqual(set(OPTION.findall(" ".join(cells))), tree()[""].options)


class JsonTest(unittest.TestCase):
    """Each key that a command prints stands in its section, or in the one to which it points."""

    PAGES = {"status": ROOT / "docs" / "operations.md", "explain": ROOT / "docs" / "operations.md"}
    COMMANDS = [
        ("clients load", "register.csv"), ("check", "inbox/clients.csv"), ("import", "inbox/clients.csv"),
        ("explain", "inbox/clients.csv"), ("status",), ("clients list",), ("clients show", "501"),
        ("clients add", "505", "--name", "Eve"), ("clients edit", "501", "number=9"), ("clients edit", "501", "number=4"),
        ("clients activate", "501"), ("clients deactivate", "503"), ("clients delete", "503"), ("imports list",),
        ("imports show", "2"), ("imports undo", "2"), ("imports replay", "2"), ("inbox list",), ("db status",),
        ("db upgrade",), ("users add", "ana", "--role", "admin", "--all-firms", "--password-stdin"), ("users list",),
        ("users edit", "ana", "--firm", "main"), ("users unlock", "ana"), ("users link", "ana"),
        ("users remove", "ana", "--yes"), ("tokens add", "script", "--firm", "main", "--role", "editor"), ("tokens list",),
        ("tokens remove", "1")]
    SAME_AS = {"import": "check", "clients add": "clients edit", "clients activate": "clients edit",
               "clients deactivate": "clients edit", "clients delete": "clients edit", "imports replay": "clients edit",
               "users add": "users list", "users edit": "users list"}

    def keys(self, value):
        if isinstance(value, list):
            return set().union(*map(self.keys, value))
        if isinstance(value, dict):
            return set(value).union(*map(self.keys, value.values()))
        return set()

    def test_every_key_is_described(self):
        page = sections(CommandsPageTest.page, r"^### `([^`]*)`$")
        with tempfile.TemporaryDirectory(prefix="clientsync-") as root:
            (pathlib.Path(root) / "inbox").mkdir()
            (pathlib.Path(root) / "clientsync.yaml").write_text(CONFIG.format(root), encoding="utf-8")
            for name, text in FILES.items():
                (pathlib.Path(root) / name).write_text(text, encoding="utf-8")
            for name, *arguments in self.COMMANDS:
                done = run(_binary, "--config", "clientsync.yaml", *name.split(), *arguments, "--format", "json",
                           typed="a long password\n", cwd=root)
                with self.subTest(name):
                    self.assertTrue(done.stdout, done.stderr)
                    keys = self.keys([json.loads(line) for line in done.stdout.splitlines()])
                    text = page[self.SAME_AS.get(name, name)]
                    if name in self.PAGES:
                        text += self.PAGES[name].read_text(encoding="utf-8")
                    if name == "imports show":
                        text += page["imports list"]
                    if name == "tokens add":
                        text += page["tokens list"]
                    if name == "db status":
                        keys -= {"firms", "clients", "imports", "changes", "import_errors"}
                    words = set(re.findall(r"`(\w+)`", text)) | set(re.findall(r'"(\w+)":', text))
                    self.assertEqual(keys - words, set())


class ManPageTest(unittest.TestCase):
    COMMANDS = ROOT / "man" / "clientsync.1"
    CONFIGURATION = ROOT / "man" / "clientsync.yaml.5"

    def options_of(self, text):
        """`.It Fl o , Fl -output Ar file`"""
        items = re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE)
        return {f"-{name}" for item in items for name in re.findall(r"Fl (-?[a-z][a-z-]*)", item)}

    def test_the_man_page_has_each_command_with_its_options(self):
        text = self.COMMANDS.read_text(encoding="utf-8")
        found = sections(text.partition(".Sh COMMANDS")[2].partition("\n.Sh ")[0], r"^\.Ss (.*)$")
        self.assertEqual(sorted(found), sorted(leaves()))
        for name, section in found.items():
            with self.subTest(name):
                self.assertEqual(self.options_of(section), leaves()[name].own)
        options = text.partition(".Sh OPTIONS")[2].partition("\n.Sh ")[0]
        self.assertEqual(self.options_of(options), tree()[""].options)

    def test_the_man_page_of_the_configuration_has_each_key_with_its_default(self):
        expected, group = [], ""
        for line in (ROOT / "config" / "clientsync.yaml").read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if not line.startswith(" "):
                group = line.rstrip(":") if re.fullmatch("database:|inboxes:|log:|http:", line) else ""
            if group == "" or line.startswith(" "):
                expected.append((group, line.strip().removeprefix("- ")))
        text = self.CONFIGURATION.read_text(encoding="utf-8").partition(".Sh KEYS")[2].partition("\n.Sh ")[0]
        found, group = [], ""
        for line in text.splitlines():
            if line.startswith(".Ss "):
                group = line[4:] if line[4:] in ("database", "inboxes", "log", "http") else ""
            elif item := re.match(r'\.It Li "?(.*?)"?$', line):
                found.append((group, item[1].replace(r"\(dq", '"')))
        self.assertEqual(sorted(found), sorted(expected))

    def test_the_man_pages_are_clean(self):
        for page in (self.COMMANDS, self.CONFIGURATION):
            done = run("man", "--warnings", "--local-file", "--encoding=UTF-8", page,
                       env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            done = run("mandoc", "-T", "lint", "-W", "warning", page)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)


class CompletionTest(unittest.TestCase):
    """Bash and fish are asked; the file for zsh is read."""

    BASH, ZSH, FISH = (ROOT / "completions" / name for name in ("clientsync.bash", "_clientsync", "clientsync.fish"))

    def bash(self, *words):
        """What bash offers for the last word."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); compopt() { :; }; '
                  '_clientsync; printf "%s\\n" "${COMPREPLY[@]}"')
        done = run("bash", "-c", script, "bash", self.BASH, "clientsync", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return set(done.stdout.split())

    def names_of(self, group):
        return set(group.subcommands) | set(group.aliases)

    def test_bash_offers_commands_options_and_values(self):
        for name, command in tree().items():
            with self.subTest(name):
                words = name.split()
                long = {option for option in command.options | COMMON if option.startswith("--")}
                self.assertEqual(self.bash(*words, "--"), long)
                if command.subcommands:
                    self.assertEqual(self.bash(*words, ""), self.names_of(command))
                for option, values in command.values.items():
                    self.assertEqual(self.bash(*words, option, ""), values)
        self.assertEqual(self.bash("--inbox", "main", "history", "l"), {"list"})
        self.assertEqual(self.bash("clients", "--format", "json", "edit", "501", "n"), {"number=", "name="})

    def test_fish_has_each_option_of_each_command(self):
        text = self.FISH.read_text(encoding="utf-8")
        everywhere = set(re.findall(r"^complete -c clientsync -l ([a-z-]+)", text, re.MULTILINE))
        self.assertEqual({f"--{name}" for name in everywhere}, {name for name in COMMON if name.startswith("--")})
        lines = re.findall(r"^complete -c clientsync -n '__clientsync_at ?([a-z ]*)' (.*)$", text, re.MULTILINE)
        options, names, values = {}, {}, {}
        for command, line in lines:
            for option in re.findall(r"-l ([a-z-]+)", line):
                options.setdefault(command, set()).add(f"--{option}")
                if choice := re.search(r"-xa '([^']*)'", line):
                    values[command, f"--{option}"] = set(choice[1].split())
            for option in re.findall(r"-s (\w)", line):
                options.setdefault(command, set()).add(f"-{option}")
            if subcommand := re.match(r"-a ([a-z]+) -d", line):
                names.setdefault(command, set()).add(subcommand[1])
        for name, command in tree().items():
            with self.subTest(name):
                self.assertEqual(options.pop(name, set()), command.own | ({"--version"} if name == "" else set()))
                self.assertEqual(names.pop(name, set()), self.names_of(command))
                for option, choice in command.values.items():
                    if option not in COMMON:
                        self.assertEqual(values[name, option], choice)
        # The alias has what its command has.
        for found in (options, names):
            self.assertLessEqual({name.replace("history", "imports") for name in found}, set(tree()))

    def test_zsh_has_each_option_of_each_command(self):
        text = self.ZSH.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("#compdef clientsync\n"))
        common = text.partition("common=(")[2].partition("\n  )")[0]
        self.assertEqual(set(OPTION.findall(re.sub(r"\[[^]]*\]", "", common))), COMMON)
        lists = {name: text.partition(f"  local -a {name}=(")[2].partition("\n  )")[0] for name in ("filters", "repetition")}
        found = sections(text.partition("_clientsync_options()")[2], r"^    '?([a-z ]+)'?\)")
        self.assertEqual(sorted(found), sorted(leaves()))
        for name, command in leaves().items():
            with self.subTest(name):
                section = re.sub(r"\$(filters|repetition)", lambda list: lists[list[1]], found[name].partition(";;")[0])
                self.assertEqual(set(OPTION.findall(re.sub(r"\[[^]]*\]|\([^)]*\)", "", section))), command.own)
                for option, choice in command.values.items():
                    if option not in COMMON:
                        values = re.search(rf"'{option}\[[^]]*\]:[^:]*:\(([^)]*)\)'", section)
                        self.assertEqual(set(values[1].split()), choice)
        for name, group in tree().items():
            if group.subcommands:
                listed = text.partition(f"\n  local -a {(name or 'all')}=(")[2].partition("\n  )")[0]
                self.assertEqual(set(re.findall(r"'([a-z]+):", listed)), self.names_of(group), name)

    def test_the_shells_can_read_their_files(self):
        for shell, file in (("bash", self.BASH), ("zsh", self.ZSH), ("fish", self.FISH)):
            done = run(shell, "-n", file)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_fish_offers_commands_and_options(self):
        for name, command in tree().items():
            typed = f"clientsync --inbox main {name} --".replace("  ", " ")
            done = run("fish", "-c", f"source {self.FISH}; complete -C '{typed}'")
            offered = {line.split("\t")[0] for line in done.stdout.splitlines()}
            self.assertEqual(offered, {option for option in command.options | COMMON if option.startswith("--")}, name)


def main():
    global _binary
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} CLIENTSYNC [test ...]")
    _binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
