"""Builds the product with each bug of seeded/. A harness that does not catch them proves nothing.

A patch starts with a line that says what is wrong, then `Seen by: CAMPAIGN SCENARIO: TEXT`, with a part of what the
oracle must say. Its hunks have no context, so that they apply to code whose comments have changed.
"""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
from typing import NamedTuple

ROOMS = ("config", "importer", "daemon", "cmake")
FILES = ("CMakeLists.txt",)
FLAGS = "-O1 -g0"


class CannotBuild(Exception):
    pass


class Bug(NamedTuple):
    name: str
    patch: pathlib.Path
    campaign: str
    scenario: str
    text: str


def bugs():
    found = []
    for patch in sorted((pathlib.Path(__file__).resolve().parent / "seeded").glob("*.patch")):
        seen = re.search(r"^Seen by: (\w+) (\w+): (.+)$", patch.read_text(), re.MULTILINE)
        if not seen:
            raise SystemExit(f"{patch}: no line “Seen by: CAMPAIGN SCENARIO: TEXT”")
        found.append(Bug(patch.stem, patch, *seen.groups()))
    return found


class Builder:
    """One copy of the sources, which gets the patch of one bug after the other, so that only patched files are compiled
    again."""

    def __init__(self, source):
        self.source = pathlib.Path(source).resolve()
        self.place = self.source / "build/crash"
        self.tree = self.place / "source"
        self.objects = self.place / "objects"

    def build(self, bug):
        """The binary with that bug, or without bugs if `bug` is None."""
        self.sync()
        if bug:
            self.run("patch", "--batch", "--forward", "--fuzz=3", "-p1", "-i", bug.patch)
        cache = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        self.run("cmake", "-S", self.tree, "-B", self.objects, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                 f"-DCMAKE_CXX_FLAGS_RELEASE={FLAGS}", "-DCLIENTSYNC_TESTS=OFF", *cache)
        self.run("cmake", "--build", self.objects, "--target", "clientsync", "--parallel", str(os.cpu_count()))
        binary = self.place / (bug.name if bug else "as-is") / "clientsync"
        binary.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.objects / "daemon/clientsync", binary)
        return str(binary)

    def run(self, *arguments):
        done = subprocess.run(list(map(str, arguments)), cwd=self.tree, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise CannotBuild(f"{arguments[0]}: {done.stdout.decode(errors='replace')[-2000:]}")

    def sync(self):
        """Makes the copy equal to the sources. Files that are equal already keep their times."""
        wanted = {pathlib.Path(name) for name in FILES}
        for room in ROOMS:
            wanted |= {path.relative_to(self.source) for path in (self.source / room).rglob("*") if path.is_file()}
        self.tree.mkdir(parents=True, exist_ok=True)
        for path in self.tree.rglob("*"):
            if path.is_file() and path.relative_to(self.tree) not in wanted:
                path.unlink()
        for name in wanted:
            copy = self.tree / name
            if not copy.exists() or not filecmp.cmp(self.source / name, copy, shallow=False):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.source / name, copy)
