"""What is done to a run at a point of it, and what must be true afterwards."""

import errno
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import NamedTuple

import power
from tracer import AT, CALLS, KILL, PATH, PATH_SECOND, Fault, trace
from worlds import ONCE, World, compare, compare_tables, environment, look, verify

HARMLESS = (0, 1, 3)  # exit statuses of runs that did everything
TOLD = (2, 4)  # exit statuses of runs that said what is wrong: an inbox that cannot be used, or the environment

BY_PATH = {name for name, where in CALLS.values() if where in (AT, PATH, PATH_SECOND)}
OPENS = {"open", "openat", "openat2", "creat"}
READS, WRITES = {"read", "pread64"}, {"write", "pwrite64"}
SYNCS = {"fsync", "fdatasync"}
NAMES = {"rename", "renameat", "renameat2", "link", "linkat", "symlink", "mkdir", "mkdirat"}
GROWS = OPENS | WRITES | SYNCS | NAMES | {"ftruncate", "fallocate"}
ERRORS = {
    errno.EIO: {name for name, _ in CALLS.values()} - {"mmap"},
    errno.ESTALE: {name for name, _ in CALLS.values()} - {"mmap", "close"},
    errno.ENOSPC: GROWS,
    errno.EDQUOT: GROWS,
    errno.EACCES: BY_PATH | {"fcntl"},
    errno.EMFILE: OPENS,
    errno.EINTR: OPENS | READS | WRITES | SYNCS | {"fcntl", "flock"},
    errno.ENOMEM: {"mmap"},
}


class Prepared(NamedTuple):
    """A scenario that was run undisturbed."""

    scenario: object
    binary: str
    base: pathlib.Path
    world: World  # as it stands before the run
    before: object  # its State; None if the run is one of the service
    expected: object  # the State afterwards
    calls: list  # the calls of the run
    image: object  # of the disk that holds `world`; None if no power can be cut


class Point(NamedTuple):
    campaign: str  # "kill", "cut", "error"; "kill twice", "cut twice"
    scenario: str
    call: object
    fault: Fault
    second: object = None  # the call at which the recovery is struck, too

    def __str__(self):
        code = f" {errno.errorcode[self.fault.error]}" if self.fault.error else ""
        code += " short" if self.fault.kind == "short" else ""
        then = f", then {self.second}" if self.second else ""
        return f"{self.campaign}{code} {self.scenario} at {self.call}{then}"


class Outcome(NamedTuple):
    point: Point
    struck: int  # how often the run and its recovery were struck
    wrong: list
    log: str = ""
    hung: bool = False


class Broken(Exception):
    """Even the undisturbed run is wrong."""


def prepare(scenario, binary, base, with_disk):
    case = pathlib.Path(base, scenario.name)
    (case / "world/inbox").mkdir(parents=True)
    world = World(binary, case)
    world.configure(scenario.options)
    scenario.prepare(world)
    before = look(world) if scenario.command != ONCE else None
    prepared = Prepared(scenario, binary, pathlib.Path(base), world, before, None, [], None)
    with case_of(prepared) as copy:
        status = copy.repeat()
        expected = look(copy)
        wrong = [] if status == scenario.status else [f"status {status} and not {scenario.status}"]
        copy.dropped = world.dropped
        wrong += verify(scenario, copy, expected)
    with case_of(prepared) as copy:
        run = trace(copy.arguments(), copy.root, {}, copy.log, environment())
        wrong += [f"when traced: {what}" for what in compare(expected, look(copy))]
    if wrong:
        raise Broken(f"{scenario.name}, undisturbed: " + "; ".join(wrong))
    image = None
    if with_disk:
        image = case / "image"
        power.make(image)
        (case / "disk").mkdir()
        with power.mounted(image, case / "disk"):
            world.copy_to(case / "disk")
    return prepared._replace(expected=expected, calls=run.calls, image=image)


class case_of:
    """A copy of the prepared world, for `with`."""

    def __init__(self, prepared, on_disk=False):
        self.prepared = prepared
        self.on_disk = on_disk

    def __enter__(self):
        self.place = pathlib.Path(tempfile.mkdtemp(dir=self.prepared.base))
        world = World(self.prepared.binary, self.place, self.prepared.scenario.command)
        world.configure(self.prepared.scenario.options)
        if self.on_disk:
            world.root.mkdir()
            power.copy(self.prepared.image, self.place / "image")
        else:
            self.prepared.world.copy_to(world.root)
        return world

    def __exit__(self, *_):
        shutil.rmtree(self.place)


# The points.


def faults_of(call):
    """The faults that a call can have without a kill."""
    for code, names in ERRORS.items():
        # A report that may not be read cannot be recognized as a report, so it rightly stays, and the next one gets
        # another name.
        rightly_other = code == errno.EACCES and call.place.endswith((".errors.csv", ".aside"))
        if call.name in names and not rightly_other:
            yield Fault("error", code)
    if call.name in READS | WRITES:
        yield Fault("short")


def points_of(prepared, campaign, chance, pairs):
    name, calls = prepared.scenario.name, prepared.calls
    if campaign == "error":
        if not prepared.scenario.errors:
            return []
        return [Point(campaign, name, call, fault) for call in calls for fault in faults_of(call)]
    if campaign.endswith(" twice"):
        return [Point(campaign, name, chance.choice(calls), KILL, chance.choice(calls)) for _ in range(pairs)]
    return [Point(campaign, name, call, KILL) for call in calls]


# The runs.


def attempt(prepared, point):
    """The outcome of one point. A failure of the attempt itself is an outcome too."""
    cut = point.campaign.startswith("cut")
    try:
        with case_of(prepared, on_disk=cut) as world:
            outcome = (attempt_cut if cut else attempt_kill)(prepared, point, world)
            if outcome.wrong:
                log = world.log.read_text(errors="replace") if world.log.exists() else ""
                return outcome._replace(log=log[-2000:])
            return outcome
    except (OSError, AssertionError, ValueError, subprocess.SubprocessError) as error:
        return Outcome(point, 0, [f"{type(error).__name__}: {error}"])


def strike(world, at, fault):
    """The run, and what is wrong with its end."""
    run = trace(world.arguments(), world.root, {at: fault}, world.log, environment())
    wrong = []
    if run.struck and fault.kind == "kill" and run.status != 137:
        wrong.append(f"the kill did not kill: status {run.status}")
    if fault.kind != "kill" and not run.hung and run.status not in (*HARMLESS, *TOLD):
        wrong.append(f"the run ended with {run.status}")
    if not run.struck and run.hung:
        wrong.append("the run hung, and nothing was done to it")
    return run, wrong


def attempt_kill(prepared, point, world):
    """A kill or an error, then a plain run, which must leave what the undisturbed run leaves."""
    struck, hung, wrong = 0, False, []
    for at in filter(None, (point.call, point.second)):
        if struck and is_done(prepared, world):
            break
        run, ended_badly = strike(world, at, point.fault)
        struck += run.struck is not None
        hung |= run.hung
        wrong += ended_badly
        if point.campaign == "error" and run.struck and run.status in HARMLESS:
            wrong += [f"status {run.status}, but {what}" for what in compare_tables(prepared.expected, look(world))]
    wrong += recover(prepared, world)
    return Outcome(point, struck, wrong, hung=hung)


def attempt_cut(prepared, point, world):
    struck, wrong = 0, []
    image = world.case / "image"
    for at in filter(None, (point.call, point.second)):
        with power.mounted(image, world.root):
            if struck and is_done(prepared, world):
                break
            descriptor = os.open(world.root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                run, ended_badly = strike(world, at, Fault("kill", before_kill=lambda: power.cut(descriptor)))
            finally:
                os.close(descriptor)
        struck += run.struck is not None
        wrong += ended_badly
    with power.mounted(image, world.root):
        wrong += recover(prepared, world)
    return Outcome(point, struck, wrong)


def is_done(prepared, world):
    """True if a person sees in the ledger that the command did its work, and so does not repeat it."""
    return prepared.before is not None and not compare_tables(prepared.expected, look(world))


def recover(prepared, world):
    wrong = []
    if is_done(prepared, world):
        return compare(prepared.expected, look(world))
    if prepared.before is not None:
        wrong += [f"neither all nor nothing: {what}" for what in compare(prepared.before, look(world))]
    status = world.repeat()
    wrong += [] if status in (0, prepared.scenario.status) else [f"the plain run ended with {status}"]
    return wrong + compare(prepared.expected, look(world))
