#!/usr/bin/env python3
"""The API of the running service: each answer is one that docs/openapi.yaml describes, and a request with an
Idempotency-Key imports once, wherever its connection is cut (docs/specification.md §11)."""

import base64
import json
import pathlib
import socket
import sys
import threading
import time

import support
from health import Unix
from support import PATIENCE, WorldTest, main, sheet

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import openapi  # in tests/support

CLIENTS = [("1", "Alpha", "A1"), ("2", "Beta", "B2")]
JSON = "application/json"


class ApiTest(WorldTest):
    def serving(self, **more):
        world = self.world("settle: 100ms", **more)
        for name in world.inboxes:
            world.load(CLIENTS, name)
        world.socket = world.root / "http"
        world.config.write_text(f"{world.config.read_text()}http: {{listen: '{world.socket}', console: on}}\n")
        world.start()
        self.seen = set()
        return world

    def token(self, world, role, firm="main"):
        done = world.command("tokens", "add", f"{role} of {firm}", "--firm", firm, "--role", role, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["token"]

    def ask(self, world, token, method, path, body=None, media_type=JSON, **headers):
        """(status, JSON or text, headers). The answer must be as docs/openapi.yaml says."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = media_type
        connection = Unix(world.socket)
        connection.request(method, f"/api/v1/{path}", body, sent)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8-sig")
        connection.close()
        kind = answer.headers["Content-Type"] or ""
        read = json.loads(text) if "json" in kind else text
        self.assertEqual(openapi.faults_of_answer(method, path, answer.status, kind, read), [], f"{method} {path}")
        if answer.status >= 400:
            self.assertEqual(read["status"], answer.status)
            self.seen.add((answer.status, read["code"]))
        return answer.status, read, answer.headers


def upload(content, **more):
    return {"name": "june.csv", "file": base64.b64encode(content).decode(), **more}


class DescribedTest(ApiTest):
    def test_each_operation_answers_as_the_page_says(self):
        world = self.serving()
        token = self.token(world, "admin")

        def ask(*arguments, **headers):
            return self.ask(world, token, *arguments, **headers)

        self.assertEqual(ask("GET", "session")[1]["role"], "admin")
        self.assertEqual(ask("POST", "clients", {"company_id": "3", "display_name": "Gamma"})[0], 201)
        self.assertEqual(ask("PATCH", "clients/3", {"client_number": "G3", "status": "inactive"})[0], 200)
        status, client, headers = ask("GET", "clients/3")
        self.assertEqual((status, client["client_number"], headers["ETag"]), (200, "G3", f'"{client["etag"]}"'))
        edits = [{"company_id": "1", "client_number": "B2"}, {"company_id": "2", "client_number": "A1"}]
        self.assertEqual(ask("POST", "clients/edits", {"edits": edits, "dry_run": True})[1]["entry"], None)
        entry = ask("POST", "clients/edits", {"edits": edits})[1]["entry"]
        self.assertEqual(ask("POST", f"imports/{entry}/undo", {"dry_run": True})[1]["reversed"], 2)
        self.assertEqual(ask("POST", f"imports/{entry}/undo", {})[1]["reversed"], 2)
        self.assertEqual(ask("DELETE", "clients/3")[0], 200)
        status, listed, headers = ask("GET", "clients?sort=-client_number")
        self.assertEqual([client["company_id"] for client in listed["clients"]], ["2", "1"])
        self.assertEqual(ask("GET", "clients?sort=-client_number", If_None_Match=headers["ETag"])[0], 304)
        self.assertIn("Alpha", ask("GET", "clients.csv")[1])
        content = sheet([("1", "Alpha", "X1"), ("77", "Nobody", "X2"), ("2", "Betta", "X3")])
        self.assertEqual(ask("POST", "imports?dry_run=true", content, "text/csv")[1]["failed"], 2)
        entry = ask("POST", "imports", upload(content))[1]["entry"]
        for below in ("", "/rows", "/errors", "/input", "/report"):
            self.assertEqual(ask("GET", f"imports/{entry}{below}")[0], 200)
        self.assertEqual(ask("GET", "imports?limit=1")[1]["entries"][0]["entry"], entry)
        world.inbox.write("photo.jpg", b"x")
        inboxes = ask("GET", "inboxes")[1]
        self.assertEqual((inboxes["service"], inboxes["inboxes"][0]["not_taken"]), (True, 1))

    def test_each_error_answers_as_the_page_says(self):
        world = self.serving(inboxes=("main", "other"))
        token, viewer = self.token(world, "admin"), self.token(world, "viewer")
        content = sheet([("1", "Alpha", "X1")])

        def refused(code, method, path, *arguments, by=token, **headers):
            self.assertEqual(self.ask(world, by, method, path, *arguments, **headers)[1]["code"], code)

        refused("not_signed_in", "GET", "clients", by=None)
        refused("not_signed_in", "GET", "clients", by="cs_" + "A" * 43)
        refused("role_insufficient", "PATCH", "clients/1", {"type": "x"}, by=viewer)
        refused("session_required", "DELETE", "session")
        refused("route_unknown", "GET", "nothing")
        refused("method_not_allowed", "DELETE", "clients")
        refused("firm_unknown", "GET", "clients?firm=other")
        refused("inbox_unknown", "POST", "imports?inbox=other", content, "text/csv")
        refused("client_unknown", "GET", "clients/77")
        refused("entry_unknown", "GET", "imports/999999")
        refused("parameter_unknown", "POST", "imports?dryrun=true", content, "text/csv")
        refused("parameter_invalid", "GET", "imports?limit=0")
        refused("body_invalid", "POST", "clients/edits", b"{")
        refused("name_invalid", "POST", "imports", upload(content, name="a/b.csv"))
        refused("media_type_unsupported", "POST", "imports", content, "application/x-www-form-urlencoded")
        refused("client_number_taken", "PATCH", "clients/1", {"client_number": "B2"})
        refused("client_active", "DELETE", "clients/1")
        refused("client_changed", "PATCH", "clients/1", {"type": "x"}, If_Match='"0"')
        refused("correction_unknown", "POST", "imports",
                upload(content, corrections=[{"row": 9, "column": "client_number", "text": "1"}]))
        refused("file_rejected", "POST", "imports", b"no header\n", "text/csv")
        refused("key_invalid", "POST", "imports", content, "text/csv", Idempotency_Key="k" * 201)
        entry = self.ask(world, token, "POST", "imports", content, "text/csv", Idempotency_Key="k")[1]["entry"]
        refused("key_reused", "POST", "imports", sheet([("1", "Alpha", "X2")]), "text/csv", Idempotency_Key="k")
        self.ask(world, token, "PATCH", "clients/1", {"client_number": "X9"})
        refused("undo_conflicts", "POST", f"imports/{entry}/undo", {})
        edit = self.ask(world, token, "PATCH", "clients/1", {"type": "x"})[1]["entry"]
        refused("bytes_unknown", "GET", f"imports/{edit}/report")
        elsewhere = {
            "firm_required", "firm_not_configured", "key_in_progress", "busy", "unavailable", "internal",  # tests/daemon/api
            "form_token_wrong", "from_another_site",  # of sessions
        }
        described = {(status, code) for code, status in openapi.error_codes().items() if code not in elsewhere}
        self.assertEqual(described - self.seen, set())


class OnceTest(ApiTest):
    """POST imports with an Idempotency-Key. Each round has a key and a file of its own; at the end each file has one
    entry, and no client has a number that was not sent."""

    def request(self, token, number):
        content = sheet([("1", "Alpha", f"N{number}")])
        head = (f"POST /api/v1/imports?name=n{number}.csv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: text/csv\r\nIdempotency-Key: key-{number}\r\nContent-Length: {len(content)}\r\n"
                "Connection: close\r\n\r\n")
        return head.encode() + content

    @staticmethod
    def connect(world):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(world.socket))
        return connection

    def send(self, world, data, wanted=None):
        """What the service answers; at most `wanted` bytes of it."""
        with self.connect(world) as connection:
            connection.sendall(data)
            answer = b""
            while wanted is None or len(answer) < wanted:
                part = connection.recv(65536 if wanted is None else wanted - len(answer))
                if not part:
                    break
                answer += part
            return answer

    def repeat(self, world, data):
        """Sends it until it is answered, as a client does that knows nothing of what became of it."""
        def answered():
            try:
                answer = self.send(world, data)
            except OSError:
                return None
            if answer.startswith(b"HTTP/1.1 200 "):
                return json.loads(answer.split(b"\r\n\r\n", 1)[1])
            if answer and not answer.startswith((b"HTTP/1.1 409 ", b"HTTP/1.1 503 ")):
                raise AssertionError(answer)
            return None
        return support.wait_until(answered, "an answer")

    def require_once(self, world, count):
        rows = world.ledger("select name, count(*) as times from imports where name like 'n%' group by name")
        self.assertEqual({row["times"] for row in rows}, {1})
        self.assertEqual(len(rows), count)

    def test_a_connection_that_is_cut_at_any_byte_of_the_request_or_of_the_answer_imports_once(self):
        world = self.serving()
        token = self.token(world, "editor")
        whole = self.send(world, self.request(token, 1000))
        self.assertTrue(whole.startswith(b"HTTP/1.1 200 "), whole)
        number = 1000
        for cut in range(len(self.request(token, 1000))):
            number += 1
            with self.connect(world) as connection:
                connection.sendall(self.request(token, number)[:cut])
            self.repeat(world, self.request(token, number))
        cuts_of_requests = number
        for cut in range(len(whole)):
            number += 1
            self.send(world, self.request(token, number), cut)
            self.assertEqual(self.repeat(world, self.request(token, number))["updated"], 1)
        self.assertGreater(cuts_of_requests, 1200)
        self.require_once(world, number - 999)
        self.assertEqual(world.numbers()["1"], f"N{number}")

    def test_a_request_that_was_not_sent_whole_imports_nothing(self):
        world = self.serving()
        token = self.token(world, "editor")
        for cut in range(0, len(self.request(token, 1000)), 20):
            with self.connect(world) as connection:
                connection.sendall(self.request(token, 1000)[:cut])
        self.repeat(world, self.request(token, 1001))
        self.assertEqual(world.numbers()["1"], "N1001")
        self.require_once(world, 1)

    def test_a_service_that_is_killed_at_any_moment_imports_once(self):
        world = self.serving()
        token = self.token(world, "editor")
        began = time.monotonic()
        self.repeat(world, self.request(token, 1000))
        typical = time.monotonic() - began
        rounds = 20
        for number in range(1001, 1001 + rounds):
            data = self.request(token, number)
            killer = threading.Timer(typical * 1.5 * (number - 1000) / rounds, world.process.kill)
            killer.start()
            try:
                self.send(world, data)
            except OSError:
                pass
            killer.join()
            world.join()
            world.start()
            self.assertEqual(self.repeat(world, data)["updated"], 1)
        self.require_once(world, rounds + 1)


if __name__ == "__main__":
    main()
