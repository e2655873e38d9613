"""The console with 20 people who use it at once: what they wait for, and what the imports lose by it."""

import contextlib
import http.client
import json
import multiprocessing
import random
import socket
import subprocess
import time

from measure import Figure, compare, interleave
from office import PATIENCE, Office

TITLE = "console: 20 people who look at a list of 2,000 clients once a second, against one, on SQLite"
PEOPLE, CLIENTS, ROWS = 20, 2000, 1000
THINKING = 1.0  # seconds between two looks of one person, on average
WATCHED = 10  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Person:
    """A browser's connection, which stays open."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None, kind="text/csv"):
        """Seconds until the whole answer is there."""
        headers = {**self.headers, "Content-Type": kind} if body else self.headers
        begin = time.perf_counter()
        self.connection.request(method, f"/api/v1/{path}", body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - begin
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return took


def look_again_and_again(port, token, seed, working, results):
    """One person, until `working` is over. While it is not set, the person rests."""
    person, chance, times = Person(port, token), random.Random(seed), []
    while working.value >= 0:
        if working.value:
            times.append(person.ask("GET", "clients"))
        time.sleep(chance.uniform(0, 2 * THINKING))
    results.put(times)


@contextlib.contextmanager
def people(count, port, token):
    """So many people, each a process, who look while `working.value` is 1."""
    working, results = multiprocessing.Value("i", 0), multiprocessing.Queue()
    processes = [multiprocessing.Process(target=look_again_and_again, args=(port, token, seed, working, results))
                 for seed in range(count)]
    for process in processes:
        process.start()
    times = []
    try:
        yield working, times
    finally:
        working.value = -1
        for _ in processes:
            times += results.get(timeout=PATIENCE)
        for process in processes:
            process.join()


def looked(count, port, token):
    """The times of all looks, in order."""
    with people(count, port, token) as (working, times):
        working.value = 1
        time.sleep(WATCHED)
    return sorted(times)


def percentile(times, part):
    return 1000 * times[min(len(times) - 1, int(len(times) * part))]


def open_console(office):
    port = free_port()
    office.config.write_text(f"{office.config.read_text()}http: {{listen: '127.0.0.1:{port}', console: on}}\n")
    done = subprocess.run(office.command("tokens", "add", "bench", "--firm", office.folders[0].name, "--role", "editor",
                                         "--format", "json"), capture_output=True, check=True)
    office.service()
    office.time_drop(1)
    return port, json.loads(done.stdout)["token"]


def time_preview(office, person):
    _, content = office.new_list(ROWS)
    office.lists, office.rows = office.lists - 1, office.rows - ROWS  # it is not imported
    return person.ask("POST", "imports?dry_run=true&name=list.csv", content)


def measure(bench):
    with contextlib.closing(Office(bench, "sqlite", clients=CLIENTS)) as office:
        port, token = open_console(office)
        alone, crowd = looked(1, port, token), looked(PEOPLE, port, token)
        yield Figure("console", f"list of {CLIENTS:,} clients, {PEOPLE} people", "ms", percentile(crowd, 0.5),
                     percentile(crowd, 0.99), "one person", percentile(alone, 0.5), percentile(alone, 0.99))
        yield Figure("console", f"the same, slowest of 100, {PEOPLE} people", "ms", percentile(crowd, 0.99), bar="< 50")
        person = Person(port, token)
        previews = interleave({"clientsync": lambda: time_preview(office, person)}, bench.rounds)["clientsync"]
        yield Figure("console", f"preview of {ROWS:,} rows, slowest of 100", "ms", 1000 * previews.p99(), bar="< 300")
        with people(PEOPLE, port, token) as (working, _):
            def drop_with(on):
                working.value = on
                time.sleep(0.2)
                return office.time_drop(10)
            samples = interleave({"clientsync": lambda: drop_with(1), "nobody looks": lambda: drop_with(0)}, bench.rounds)
        yield from compare("console", f"drop of 10 rows to report, {PEOPLE} people", samples)
        office.verify()
