"""The pages of a service, as a monitoring system reads them."""

import http.client
import json
import os
import re
import socket

from support import PATIENCE, WorldTest

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2"), ("3", "Gamma", "G3")]
SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')


class Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = os.fspath(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class HealthTest(WorldTest):
    def listening(self, options="settle: 100ms\nrescan: 1s", start=True, **more):
        world = self.world(options, **more)
        for name in world.inboxes:
            world.load(CLIENTS, name)
        world.socket = world.root / "http"
        self.listen(world, world.socket)
        if start:
            world.start()
        return world

    @staticmethod
    def listen(world, address):
        world.config.write_text(f"{world.config.read_text()}http: {{listen: '{address}'}}\n")

    @staticmethod
    def ask(connection, path, method="GET", headers=None):
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read().decode()

    def health(self, world):
        """(HTTP status, what the page says)."""
        answer, body = self.ask(Unix(world.socket), "/health")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        return answer.status, json.loads(body)

    def metrics(self, world):
        """The samples by name and labels. Each line of the page is a sample or a comment."""
        answer, body = self.ask(Unix(world.socket), "/metrics")
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))
        samples = {}
        for line in body.splitlines():
            if not line.startswith("# "):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                samples[name, *re.findall(r'="(.*?)"', labels or "")] = float(value)
        return samples

    def wait_for_fault(self, world, event):
        def told():
            status, page = self.health(world)
            found = [fault for fault in page["faults"] if fault["event"] == event]
            return found and (status, page["status"], found[0])
        return world.wait_until(told, event)

    def wait_for_ok(self, world):
        world.wait_until(lambda: self.health(world) == (200, {"status": "ok", "faults": []}), "all is well again")
