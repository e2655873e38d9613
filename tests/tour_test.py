#!/usr/bin/env python3
"""Each command of docs/tour.md, typed into a shell in an empty directory, prints what the tour shows.

usage: tour_test.py CLIENTSYNC [--write]

In a ```console block, `$ ` begins a command, `> ` continues it, and the lines up to the next command are what it
prints, on standard output and standard error. Some parts differ from one run to the next. On both sides
- each time becomes the tour's (2026-11-23T09:00:00Z) and each date 2026-11-23,
- the working directory becomes /home/maria/tour and the user maria,
- runs of spaces count as one, because names of other lengths move the columns of a table.
A plan's hash of 64 digits in the tour stands for the one that is printed in its place, in later commands too.

With --write the tour gets what the commands print, and the reviewer reads the difference.
"""

import argparse
import difflib
import os
import pathlib
import pwd
import re
import subprocess
import sys
import tempfile

TOUR = pathlib.Path(__file__).resolve().parent.parent / "docs" / "tour.md"
TIME, DATE, HOME, USER = "2026-11-23T09:00:00Z", "2026-11-23", "/home/maria/tour", "maria"
HASH = re.compile(r"\b[0-9a-f]{64}\b")
END = "\x1e"  # after the output of each command, with its exit status


class Shell:
    """A shell into which one command after the other is typed."""

    def __init__(self, program, directory):
        self.directory = directory
        environment = {"PATH": f"{pathlib.Path(program).resolve().parent}:{os.environ['PATH']}", "HOME": directory,
                       "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], cwd=directory, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        encoding="utf-8")

    def type(self, command):
        """What the command prints. A later `echo $?` sees its exit status."""
        self.process.stdin.write(f"{command}\ns=$?; echo '{END}'; (exit $s)\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line == f"{END}\n":
                return printed
            printed.append(line.rstrip("\n"))
        raise SystemExit(f"the shell ended at: {command}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=60)


def steps_of(lines):
    """(number of the first line, lines of the command, lines that it prints) of each command."""
    steps, inside = [], False
    for number, line in enumerate(lines):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            steps.append((number, [line[2:]], []))
        elif inside and line.startswith("> ") and not steps[-1][2]:
            steps[-1][1].append(line[2:])
        elif inside:
            steps[-1][2].append(line)
    return steps


def made_stable(line, directory):
    """The line without what differs from one run to the next, but for spaces and hashes."""
    line = line.replace("\ufeff", "").replace(directory, HOME)
    line = re.sub(rf"\b{re.escape(pwd.getpwuid(os.geteuid()).pw_name)}\b", USER, line)
    line = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", TIME, line)
    return re.sub(r"\b\d{4}-\d\d-\d\d\b", DATE, line)


def comparable(lines):
    return [HASH.sub("HASH", re.sub(" +", " ", line.rstrip())) for line in lines]


def replay(program, lines, directory):
    """(step, what its command prints now) of each step of the tour."""
    shell, hashes = Shell(program, directory), {}
    for step in steps_of(lines):
        _, command, expected = step
        typed = HASH.sub(lambda found: hashes.get(found[0], found[0]), "\n".join(command))
        raw = shell.type(typed)
        hashes.update(zip(HASH.findall("\n".join(expected)), HASH.findall("\n".join(raw))))
        of_tour = {printed: told for told, printed in hashes.items()}
        yield step, [HASH.sub(lambda found: of_tour.get(found[0], found[0]), made_stable(line, directory))
                     for line in raw]
    shell.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    lines = TOUR.read_text(encoding="utf-8").splitlines()
    written, at, wrong, count = [], 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="clientsync-tour-") as directory:
        for (number, command, expected), printed in replay(arguments.program, lines, directory):
            count += 1
            start = number + len(command)
            same = comparable(printed) == comparable(expected)
            written += lines[at:start] + (expected if same else printed)
            at = start + len(expected)
            if not same and not arguments.write:
                wrong += 1
                print(f"docs/tour.md:{number + 1}: $ {command[0]}")
                print("\n".join(difflib.unified_diff(comparable(expected), comparable(printed), "the tour", "printed",
                                                     lineterm="")))
    if arguments.write:
        TOUR.write_text("\n".join(written + lines[at:]) + "\n", encoding="utf-8")
    print(f"{count} commands, {wrong} of which print something else than the tour shows")
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
