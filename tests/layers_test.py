#!/usr/bin/env python3
"""The dependency rule of docs/architecture.md, checked over the includes of all rooms; and each type has a name of its own.

usage: layers_test.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

ROOMS = ("config", "importer", "daemon")

# What a layer may include of the project. Arrows only point down.
MAY_INCLUDE = {
    "config": {"config"},
    "core": {"core"},
    "digest": {"digest"},
    "store": {"core", "digest", "store"},
    "import": {"core", "store", "import"},
    "daemon": {"config", "core", "digest", "store", "import", "daemon"},
}

# Who may include a library's headers.
LIBRARIES = [
    (re.compile(r"soci/|sqlite3\.h|libpq|mysql"), {"store"}),
    (re.compile(r"openssl/"), {"digest"}),
    (re.compile(r"yaml-cpp/"), {"config"}),
    (re.compile(r"CLI/|boost/(asio|beast|log)[/.]"), {"daemon"}),
    (re.compile(r"(filesystem|fstream|iostream|thread|mutex|condition_variable|future|unistd\.h|sys/.*|fcntl\.h)$"),
     {"config", "digest", "store", "import", "daemon"}),
]

# What code may say where, comments and literals left aside.
WORDS = [
    (re.compile(r"\bsoci::"), {"store"}, "soci::"),
    (re.compile(r"\bnow\s*\("), {"config", "digest", "store", "import", "daemon"}, "a clock's now()"),
    (re.compile(r"\bBOOST_LOG"), {"daemon"}, "Boost.Log"),
]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
TYPE = re.compile(r"(?:struct|class|enum class) (\w+)[^;]*$")
NO_CODE = re.compile(r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def layer(path):
    """The layer that a path from the root belongs to; None outside the rooms."""
    parts = pathlib.PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in ROOMS:
        return None
    if parts[0] != "importer":
        return parts[0]
    if parts[1] == "store":
        return "store"
    stem = parts[-1].split(".")[0]
    return stem if stem in ("digest", "import") else "core"


def code_lines(text):
    """The text's lines without comments and literals, includes kept."""
    def blank(match):
        start = text.rfind("\n", 0, match.start()) + 1
        is_include = text[start:match.start()].lstrip().startswith("#")
        return match.group() if is_include and match.group()[0] == '"' else re.sub(r"[^\n]", " ", match.group())
    return NO_CODE.sub(blank, text).split("\n")


def includes(text):
    """(line number, '<' or '"', path) of each include."""
    for number, line in enumerate(code_lines(text), 1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def violations_of(path, text):
    here = layer(path)
    for number, kind, target in includes(text):
        there = layer(target)
        if kind == '"' and there is None:
            yield f'{path}:{number}: "{target}" is not written from the root'
        if there is not None and there not in MAY_INCLUDE[here]:
            yield f"{path}:{number}: {here} may not include {there} ({target})"
        for pattern, allowed in LIBRARIES:
            if kind == "<" and pattern.match(target) and here not in allowed:
                yield f"{path}:{number}: {here} may not use <{target}>"
    for number, line in enumerate(code_lines(text), 1):
        for pattern, allowed, what in WORDS:
            if pattern.search(line) and here not in allowed:
                yield f"{path}:{number}: {here} may not say {what}"


def circles(files):
    """Headers that include themselves by way of others."""
    edges = {path: [target for _, _, target in includes(text)] for path, text in files.items()}
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in edges.get(path, []):
            if state.get(target) == "open":
                yield f"{path}:1: includes in a circle: {' -> '.join(trail[trail.index(target):] + [target])}"
            elif target in edges and target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in edges:
        if path not in state:
            yield from visit(path, [path])


def doubled_types(files):
    """Types of one name in two headers: the linker would take one for the other, without a word."""
    places = {}
    for path, text in files.items():
        for number, line in enumerate(code_lines(text), 1):
            if path.endswith(".hpp") and (match := TYPE.match(line)):
                first = places.setdefault(match[1], f"{path}:{number}")
                if not first.startswith(f"{path}:"):
                    yield f"{path}:{number}: {first} has a type {match[1]} too"


def check(files):
    found = [violation for path, text in files.items() for violation in violations_of(path, text)]
    return sorted(found + list(circles(files)) + list(doubled_types(files)))


def self_check():
    """The rule notices what it is there for, and nothing else."""
    wrong = {
        "importer/plan.cpp": '#include "importer/store/clients.hpp"\n',
        "importer/report.cpp": '#include "importer/import.hpp"\n',
        "importer/csv.cpp": "#include <fstream>\n",
        "importer/text.cpp": "#include <boost/log/trivial.hpp>\n",
        "importer/checks.cpp": "auto today = std::chrono::system_clock::now();\n",
        "importer/sheet.cpp": '#include "sheet.hpp"\n',
        "importer/import.cpp": "void f(soci::session& s);\n",
        "importer/store/schema.cpp": '#include "importer/import.hpp"\n',
        "importer/digest.cpp": '#include "daemon/files/directory.hpp"\n',
        "config/config.cpp": '#include "importer/plan/plan.hpp"\n',
        "daemon/process.cpp": "#include <soci/soci.h>\n",
        "daemon/files.hpp": '#include "daemon/inbox/arrivals.hpp"\n',
        "daemon/inbox.hpp": '#include "daemon/files/directory.hpp"\n',
        "importer/store/backend.hpp": "struct Fault;\nstruct Fault {\n};\n",
        "daemon/health.hpp": "struct Page {\n};\nstruct Fault {\n};\n",
    }
    right = {
        "importer/plan.cpp": '#include "importer/plan/register.hpp"\n// soci:: and now() are for others\nint n = 1\'000; // it\'s\n',
        "importer/text.cpp": 'auto text = "soci::"; auto raw = R"(BOOST_LOG " now())"; char quote = \'"\';\n',
        "importer/store/clients.cpp": '#include <soci/soci.h>\n#include "importer/plan/plan.hpp"\nsoci::session s;\n',
        "importer/import.cpp": '#include "importer/store/ledger.hpp"\n',
        "daemon/process.cpp": '#include "importer/import.hpp"\nauto t = std::chrono::steady_clock::now();\n',
    }
    missed = [path for path in wrong if not any(path in line for line in check(wrong))]
    for path in missed:
        print(f"self-check: the violation in {path} went unnoticed")
    invented = check(right)
    for line in invented:
        print(f"self-check: no violation, but found: {line}")
    return not missed and not invented


def main():
    root = pathlib.Path(sys.argv[1])
    files = {str(path.relative_to(root)): path.read_text(encoding="utf-8")
             for room in ROOMS for path in sorted((root / room).rglob("*.[ch]pp"))}
    if not self_check():
        return 1
    if not files:
        print(f"no sources in {root}")
        return 1
    found = check(files)
    for violation in found:
        print(violation)
    count = sum(1 for text in files.values() for _ in includes(text))
    print(f"checked {count} includes of {len(files)} files in {len(MAY_INCLUDE)} layers: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
