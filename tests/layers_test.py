#!/usr/bin/env python3
"""The rooms of docs/architecture.md, checked over all includes: which room may use which, and that the map is complete.
Each type has a name of its own.

usage: layers_test.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

WINGS = ("config", "importer", "daemon")
CORE = {"importer/text", "importer/result", "importer/messages", "importer/sheet", "importer/plan", "importer/rules",
        "importer/report", "importer/client_list", "importer/client_csv"}

# Which rooms may include a library's headers; None: all but the core.
LIBRARIES = [
    (re.compile(r"soci/|sqlite3\.h|libpq|mysql"), {"importer/store"}),
    (re.compile(r"openssl/"), {"importer/digest"}),
    (re.compile(r"sodium\.h"), {"daemon/access"}),
    (re.compile(r"yaml-cpp/"), {"config"}),
    (re.compile(r"CLI/"), {"daemon/commands"}),
    (re.compile(r"boost/log/"), {"daemon/log"}),
    (re.compile(r"boost/beast/"), {"daemon/http"}),
    (re.compile(r"boost/asio[/.]"), {"daemon/console", "daemon/http", "daemon/inbox", "daemon/service"}),
    (re.compile(r"(filesystem|fstream|iostream|thread|mutex|condition_variable|future|unistd\.h|sys/.*|fcntl\.h)$"), None),
]

# What the code of some rooms alone may say, comments and literals left aside.
WORDS = [
    (re.compile(r"\bsoci::"), {"importer/store"}, "soci::"),
    (re.compile(r"\bnow\s*\("), None, "a clock's now()"),
    (re.compile(r"\bBOOST_LOG"), {"daemon/log"}, "Boost.Log"),
]
# Files that are told the time instead of asking a clock, so that unit tests can drive them.
CLOCKLESS = {"daemon/inbox/arrivals", "daemon/service/watched_inbox", "daemon/service/job_queue", "daemon/http/health_page",
             "daemon/http/status_page", "daemon/service/inbox_status", "daemon/explain/explanation", "daemon/access/throttle",
             "daemon/access/sign_in", "daemon/access/administration"}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
TYPE = re.compile(r"(?:struct|class|enum class) (\w+)[^;]*$")
NO_CODE = re.compile(r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
NAME = re.compile(r"`([a-z_/]+)`")


def rows_of(page, heading):
    """The cells of each row of the table under a heading."""
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.split("\n") if line.startswith("| `")]
    return [line.strip("|").split("|") for line in lines]


def rooms_of(page):
    """What each room may use, as the page says."""
    return {NAME.findall(room)[0]: set(NAME.findall(uses))
            for room, _, uses in rows_of(page, "Rooms, and who may use whom")}


def mapped_files(page):
    """The files that the page's map names, without their endings."""
    return [name for files, _ in rows_of(page, "Map") for name in NAME.findall(files)]


def stem(path):
    return path.rsplit(".", 1)[0]


def room(path):
    """The room that a path from the root belongs to; None outside the rooms."""
    parts = pathlib.PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in WINGS:
        return None
    if parts[0] == "config":
        return "config"
    return f"{parts[0]}/{parts[1].split('.')[0]}"


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


def may(here, allowed):
    return here not in CORE if allowed is None else here in allowed


def violations_of(path, text, rooms):
    here = room(path)
    if here not in rooms:
        yield f"{path}:1: docs/architecture.md does not know the room {here}"
        return
    for number, kind, target in includes(text):
        there = room(target)
        if kind == '"' and there is None:
            yield f'{path}:{number}: "{target}" is not written from the root'
        if there is not None and there != here and there not in rooms[here]:
            yield f"{path}:{number}: {here} may not use {there} ({target})"
        for pattern, allowed in LIBRARIES:
            if kind == "<" and pattern.match(target) and not may(here, allowed):
                yield f"{path}:{number}: {here} may not use <{target}>"
    for number, line in enumerate(code_lines(text), 1):
        for pattern, allowed, what in WORDS:
            if pattern.search(line) and not may(here, allowed):
                yield f"{path}:{number}: {here} may not say {what}"
        if stem(path) in CLOCKLESS and re.search(r"_clock::now", line):
            yield f"{path}:{number}: {stem(path)} is told the time and asks no clock"


def unused_arrows(files, rooms):
    """Arrows that the table allows and nobody needs any more."""
    used = {(room(path), room(target)) for path, text in files.items() for _, _, target in includes(text)}
    for here, uses in rooms.items():
        for there in sorted(uses):
            if there not in rooms:
                yield f"docs/architecture.md: {here} may use {there}, which is no room"
            elif (here, there) not in used:
                yield f"docs/architecture.md: {here} may use {there}, and does not"


def upward_arrows(rooms):
    """A room stands below all that may use it, so the table has no circles."""
    order = list(rooms)
    for here, uses in rooms.items():
        for there in uses & set(order):
            if order.index(there) >= order.index(here):
                yield f"docs/architecture.md: {here} may use {there}, which stands below it"


def map_faults(files, mapped):
    stems = {stem(path) for path in files}
    yield from (f"docs/architecture.md: the map lacks {name}" for name in sorted(stems - set(mapped)))
    yield from (f"docs/architecture.md: the map names {name}, which is not there" for name in sorted(set(mapped) - stems))


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
    """Types of one name in two headers: the linker would take one for the other without a word."""
    places = {}
    for path, text in files.items():
        for number, line in enumerate(code_lines(text), 1):
            if path.endswith(".hpp") and (match := TYPE.match(line)):
                first = places.setdefault(match[1], f"{path}:{number}")
                if not first.startswith(f"{path}:"):
                    yield f"{path}:{number}: {first} has a type {match[1]} too"


def check(files, rooms):
    found = [violation for path, text in files.items() for violation in violations_of(path, text, rooms)]
    return sorted(found + list(circles(files)) + list(doubled_types(files)))


def self_check(rooms):
    """The rule notices what it is there for, and nothing else."""
    wrong = {
        "importer/plan/plan.cpp": '#include "importer/store/clients.hpp"\n',
        "importer/report.cpp": '#include "importer/import.hpp"\n',
        "importer/sheet/csv.cpp": "#include <fstream>\n",
        "importer/text.cpp": "#include <boost/log/trivial.hpp>\n",
        "importer/plan/row_checks.cpp": "auto today = std::chrono::system_clock::now();\n",
        "importer/sheet/sheet.cpp": '#include "sheet.hpp"\n',
        "importer/import.cpp": "void f(soci::session& s);\n",
        "importer/store/schema.cpp": '#include "importer/import.hpp"\n',
        "importer/digest.cpp": '#include "daemon/files/directory.hpp"\n',
        "config/config.cpp": '#include "importer/import.hpp"\n',
        "daemon/import/import_file.cpp": "#include <soci/soci.h>\n",
        "daemon/report/publish.cpp": '#include "daemon/service/job.hpp"\n',
        "daemon/service/job_queue.cpp": "auto now = std::chrono::steady_clock::now();\n",
        "daemon/attic/chest.cpp": "int n;\n",
        "daemon/files/directory.hpp": '#include "daemon/files/read_file.hpp"\n',
        "daemon/files/read_file.hpp": '#include "daemon/files/directory.hpp"\n',
        "daemon/service/job.hpp": "struct Job;\nstruct Job {\n};\n",
        "daemon/http/health_page.hpp": "struct Page {\n};\nstruct Job {\n};\n",
    }
    right = {
        "importer/plan/plan.cpp": '#include "importer/plan/register.hpp"\n// soci:: and now() are for others\nint n = 1\'000; // it\'s\n',
        "importer/text.cpp": 'auto text = "soci::"; auto raw = R"(BOOST_LOG " now())"; char quote = \'"\';\n',
        "importer/store/clients.cpp": '#include <soci/soci.h>\n#include "importer/plan/plan.hpp"\nsoci::session s;\n',
        "importer/import.cpp": '#include "importer/store/ledger.hpp"\n',
        "daemon/service/job.cpp": '#include "daemon/import/import_file.hpp"\nauto t = std::chrono::steady_clock::now();\n',
    }
    missed = [path for path in wrong if not any(path in line for line in check(wrong, rooms))]
    for path in missed:
        print(f"self-check: the violation in {path} went unnoticed")
    invented = check(right, rooms)
    for line in invented:
        print(f"self-check: no violation, but found: {line}")
    return not missed and not invented


def main():
    root = pathlib.Path(sys.argv[1])
    files = {str(path.relative_to(root)): path.read_text(encoding="utf-8")
             for wing in WINGS for path in sorted((root / wing).rglob("*.[ch]pp"))}
    page = (root / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = rooms_of(page)
    if not self_check(rooms):
        return 1
    if not files:
        print(f"no sources in {root}")
        return 1
    found = [*check(files, rooms), *unused_arrows(files, rooms), *upward_arrows(rooms),
             *map_faults(files, mapped_files(page))]
    for violation in found:
        print(violation)
    arrows = sum(len(uses) for uses in rooms.values())
    count = sum(1 for text in files.values() for _ in includes(text))
    print(f"checked {count} includes of {len(files)} files in {len(rooms)} rooms with {arrows} arrows: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
