"""Samples, figures, and the tables that show them."""

import dataclasses
import json
import random
import statistics
import time

SLOW = 1.5  # a sample next to a calibration loop that took so many times its usual time is left out
loops = []  # the seconds of all calibration loops


def calibrate():
    """Measures work that always takes the same, unless the machine is busy with something else."""
    begin = time.perf_counter()
    sum(range(100_000))
    loops.append(time.perf_counter() - begin)
    return loops[-1]


def usual_loop():
    """The time that the loop takes if nobody disturbs it: one tenth of the loops is faster."""
    return sorted(loops)[len(loops) // 10]


class Samples:
    def __init__(self):
        self.all = []

    def take(self, measure):
        before = calibrate()
        value = measure()
        self.all.append((value, max(before, calibrate())))

    def good(self):
        """Those that nothing slowed down, in order. If there are fewer than two, all."""
        limit = SLOW * usual_loop()
        good = sorted(value for value, loop in self.all if loop <= limit)
        return good if len(good) >= 2 else sorted(value for value, _ in self.all)

    def left_out(self):
        return len(self.all) - len(self.good())

    def median(self):
        return statistics.median(self.good())

    def p99(self):
        good = self.good()
        return good[min(len(good) - 1, int(len(good) * 0.99))]


def interleave(contestants, rounds, seconds=25, warm_up=1):
    """Measures each of the contestants, a dictionary of functions, in each round. The order differs from round to
    round. Continues until all have enough good samples, but no longer than `seconds`; at least three rounds."""
    samples = {name: Samples() for name in contestants}
    order = random.Random(1)
    for _ in range(warm_up):
        for measure in contestants.values():
            measure()
    end, taken = time.monotonic() + seconds, 0
    while taken < 3 or time.monotonic() < end and any(len(each.good()) < rounds for each in samples.values()):
        for name in order.sample(list(contestants), len(contestants)):
            samples[name].take(contestants[name])
        taken += 1
    return samples


@dataclasses.dataclass
class Figure:
    """What was measured of clientsync, and of what it is compared with. A bar with a peer is for the ratio of the two,
    one without is for the value itself. The value is None if clientsync did not do it at all."""

    part: str
    what: str
    unit: str
    value: float
    p99: float = None
    peer: str = ""
    peer_value: float = None
    peer_p99: float = None
    bar: str = ""  # such as "<= 1.3"
    left_out: int = 0

    @property
    def ratio(self):
        return self.value / self.peer_value if self.value is not None and self.peer_value else None

    @property
    def met(self):
        if not self.bar:
            return None
        relation, limit = self.bar.split()
        measured = self.ratio if self.peer else self.value
        if measured is None:
            return False
        return {"<": measured < float(limit), "<=": measured <= float(limit), ">=": measured >= float(limit)}[relation]


def compare(part, what, samples, bars=None, scale=1000, unit="ms"):
    """The figures of `clientsync` against each of the other contestants. Only times have a p99."""
    ours = samples["clientsync"]
    p99 = {name: scale * each.p99() if unit == "ms" else None for name, each in samples.items()}
    return [Figure(part, what, unit, scale * ours.median(), p99["clientsync"], name, scale * each.median(), p99[name],
                   (bars or {}).get(name, ""), ours.left_out() + each.left_out())
            for name, each in samples.items() if name != "clientsync"]


COLUMNS = ("figure", "clientsync", "p99", "compared with", "its value", "its p99", "ratio", "bar", "met", "left out")


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def cells(figure):
    value = "never" if figure.value is None else number(figure.value)
    met = {None: "", True: "yes", False: "no"}[figure.met]
    bar = figure.bar.replace("<=", "≤").replace(">=", "≥")
    return (f"{figure.what}, {figure.unit}", value, number(figure.p99), figure.peer,
            number(figure.peer_value), number(figure.peer_p99), number(figure.ratio), bar, met,
            str(figure.left_out or ""))


def table(title, figures):
    """A table in Markdown that can also be read as it is."""
    lines = [COLUMNS, *map(cells, figures)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    text = [" | ".join(cell.ljust(width) if i in (0, 3) else cell.rjust(width)
                       for i, (cell, width) in enumerate(zip(line, widths))) for line in lines]
    rule = " | ".join("-" * width if i in (0, 3) else "-" * (width - 1) + ":" for i, width in enumerate(widths))
    return "\n".join([f"**{title}**", "", *(f"| {line} |" for line in [text[0], rule, *text[1:]]), ""])


def as_json(figures):
    return json.dumps([{**dataclasses.asdict(each), "ratio": each.ratio, "met": each.met} for each in figures], indent=2)
