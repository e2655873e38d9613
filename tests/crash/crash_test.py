"""Kills clientsync, cuts its power and makes its system calls fail, at each call of an import, an edit, an undo or a
replay in turn. In the end each drop must have been imported exactly once and have its report, each command must have
done everything or nothing, and nothing else may have changed.

    crash_test.py BINARY                    every point, and pairs of points
    crash_test.py BINARY --sample[=SECONDS] some of them, by default for less than a minute
    crash_test.py BINARY --only "cut clean at main fdatasync"   those whose description starts like this
    crash_test.py --source DIRECTORY        builds clientsync there and tries every point, then builds it with each
                                            bug of seeded/, which must be caught
    crash_test.py --source DIRECTORY --bugs   the bugs alone
"""

import argparse
import collections
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time

import power
import seeded
import tracer
from campaigns import Broken, attempt, points_of, prepare
from worlds import SCENARIOS, brief

CAMPAIGNS = ("kill", "kill twice", "cut", "cut twice", "error")
PAIRS = 80  # of each scenario
SAMPLE_SECONDS = 35.0
SAMPLE_LEAST = 60  # points; a smaller sample says nothing
MOST_MISSED = 0.1  # of the points that strike once: a run can be shorter than the recorded one
MOST_SHOWN = 20

_prepared = {}
_enough = multiprocessing.Event()


def at_point(point):
    return None if _enough.is_set() else attempt(_prepared[point.scenario], point)


def outcomes(points, deadline=None):
    """The outcomes of as many of the points as there is time for, or as the caller asks for."""
    _enough.clear()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        try:
            for outcome in pool.imap_unordered(at_point, points):
                yield outcome
                if deadline and time.monotonic() > deadline:
                    return
        finally:
            # Attempts at work finish, because they may have mounted a disk.
            _enough.set()
            pool.close()
            pool.join()


def prepare_all(binary, base, with_disk, names=None):
    for scenario in SCENARIOS:
        if names is None or scenario.name in names:
            _prepared[scenario.name] = prepare(scenario, binary, base, with_disk)


def show(outcome, repeat):
    print(f"VIOLATION: {outcome.point}", *outcome.wrong, sep="\n  ")
    if outcome.log:
        print("  its log:", *outcome.log.splitlines(), sep="\n    ")
    print(f"  again: {repeat} --only '{outcome.point}'", flush=True)


def work_through(points, options):
    """Tries the points. True if there was no violation and few points were missed."""
    deadline = time.monotonic() + options.sample if options.sample else None
    tried, struck, hung = collections.Counter(), collections.Counter(), 0
    violations = []
    for outcome in outcomes(points, deadline):
        key = outcome.point.campaign
        tried[key, outcome.point.scenario] += 1
        struck[key, outcome.point.scenario] += outcome.struck == (2 if outcome.point.second else 1)
        if outcome.hung:
            hung += 1
            print(f"hung until it was ended: {outcome.point}", flush=True)
        if outcome.wrong:
            violations.append(outcome)
            if len(violations) <= MOST_SHOWN:
                show(outcome, f"CLIENTSYNC_SEED={options.seed} {sys.argv[0]} {options.binary}")
    good = not violations
    for campaign in dict.fromkeys(point.campaign for point in points):
        line = ", ".join(f"{name} {struck[campaign, name]} of {tried[campaign, name]}" for name in _prepared)
        print(f"{campaign}: struck {line}")
        all_struck, all_tried = (sum(c[campaign, name] for name in _prepared) for c in (struck, tried))
        if not campaign.endswith("twice") and all_tried > 100 and all_struck < all_tried * (1 - MOST_MISSED):
            print(f"too many points of {campaign} were missed")
            good = False
    if hung:
        print(f"{hung} runs hung after an error until they were ended, which is allowed")
    if options.sample and sum(tried.values()) < SAMPLE_LEAST:
        print(f"{sum(tried.values())} points are too few")
        good = False
    killed = sum(n for (campaign, _), n in struck.items() if campaign != "error")
    options.summary += [f"{sum(tried.values())} points tried", f"{killed} kills asserted",
                        f"{len(violations)} violations"]
    return good


def choose_points(options, with_disk):
    chance = random.Random(options.seed)
    campaigns = [campaign for campaign in CAMPAIGNS if with_disk or not campaign.startswith("cut")]
    points = [point for campaign in campaigns for prepared in _prepared.values()
              for point in points_of(prepared, campaign, chance, PAIRS)]
    if options.only:
        return [point for point in points if str(point).startswith(options.only)]
    chance.shuffle(points)
    return points


def try_binary(options, base, with_disk):
    prepare_all(os.path.abspath(options.binary), base, with_disk)
    points = choose_points(options, with_disk)
    if not points:
        print("no such point")
    return bool(points) and work_through(points, options)


def try_bugs(options, builder, base, with_disk):
    """Each seeded bug must be caught by the scenario and campaign that its patch names, and only by a fault."""
    caught, skipped, bugs = 0, 0, seeded.bugs()
    for bug in bugs:
        if bug.campaign == "cut" and not with_disk:
            skipped += 1
            continue
        begun = time.monotonic()
        try:
            binary = builder.build(bug)
            place = os.path.join(base, bug.name)
            prepare_all(binary, place, bug.campaign == "cut", [bug.scenario])
        except (seeded.CannotBuild, Broken) as error:
            print(f"seeded bug {bug.name}: {error}")
            continue
        points = points_of(_prepared[bug.scenario], bug.campaign, random.Random(options.seed), 0)
        random.Random(options.seed).shuffle(points)
        tries = 0
        for outcome in outcomes(points):
            tries += 1
            said = next((what for what in outcome.wrong if bug.text in what), None)
            if said:
                caught += 1
                print(f"seeded bug {bug.name}: caught after {tries} points and {time.monotonic() - begun:.0f} s: "
                      f"{outcome.point}: {brief(said)}", flush=True)
                break
        else:
            print(f"seeded bug {bug.name}: NOT CAUGHT by {tries} points")
        shutil.rmtree(place)
    options.summary.append(f"{caught} of {len(bugs) - skipped} seeded bugs caught")
    return caught == len(bugs) - skipped and caught > 0


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n", 1)[1])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--sample", nargs="?", type=float, const=SAMPLE_SECONDS)
    parser.add_argument("--only")
    parser.add_argument("--source")
    parser.add_argument("--bugs", action="store_true")
    options = parser.parse_args()
    if bool(options.binary) == bool(options.source):
        parser.error("a binary or sources")
    options.seed = int(os.environ.get("CLIENTSYNC_SEED", random.randrange(1 << 32)))
    options.summary = []
    return options


def main():
    options = parse()
    begun = time.monotonic()
    why = tracer.unsupported()
    if why:
        print(f"SKIPPED: {why}")
        return 77
    print(f"seed {options.seed} (CLIENTSYNC_SEED repeats it)")
    why = power.unsupported()
    if why:
        print(f"POWER CUTS ARE SKIPPED: {why}")
    good = True
    # Memory is as good as a disk if only the program is killed, and it is faster.
    base = tempfile.mkdtemp(prefix="clientsync-crash-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        builder = seeded.Builder(options.source) if options.source else None
        if not options.bugs:
            options.binary = options.binary or builder.build(None)
            good &= try_binary(options, os.path.join(base, "product"), not why)
        if builder:
            good &= try_bugs(options, builder, base, not why)
    except (Broken, seeded.CannotBuild) as error:
        print(error)
        good = False
    finally:
        shutil.rmtree(base)
    print(*options.summary, f"{time.monotonic() - begun:.0f} s", sep=", ")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
