"""What the service does with requests that are malformed, forged, slow or large, over sockets."""

import contextlib
import os
import re
import socket
import ssl
import subprocess
import time
import unittest

from health import HealthTest
from support import PATIENCE, main, sheet

AFTER = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"  # must never be answered behind a refused framing


def request(*lines, body=b""):
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(*headers, body=b"", version="1.1"):
    return request(f"POST /health HTTP/{version}", "Host: localhost", *headers, body=body)


def get(*headers, target="/health", version="1.1"):
    return request(f"GET {target} HTTP/{version}", *headers)


# The parser alone takes most of these; a proxy in front may read them in another way.
FRAMINGS = {
    "a coding and a length": (400, post("Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n")),
    "a length and a coding": (400, post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "chunks": (501, post("Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "an unknown coding and a length": (501, post("Transfer-Encoding: xchunked", "Content-Length: 5", body=b"12345")),
    "chunked that is not last": (501, post("Transfer-Encoding: chunked, identity", "Content-Length: 5", body=b"12345")),
    "no length": (501, post("Transfer-Encoding: identity", body=b"")),
    "chunks in HTTP/1.0": (501, post("Transfer-Encoding: chunked", version="1.0", body=b"0\r\n\r\n")),
    "a trailer": (501, post("Transfer-Encoding: chunked", "Trailer: X-Remote-User",
                            body=b"0\r\nX-Remote-User: root\r\n\r\n")),
    "no host": (400, get()),
    "two hosts": (400, get("Host: localhost", "Host: localhost")),
    "two equal lengths": (400, post("Content-Length: 5", "Content-Length: 5", body=b"12345")),
    "two other lengths": (400, post("Content-Length: 5", "Content-Length: 6", body=b"123456")),
    "a list of lengths": (400, post("Content-Length: 5, 5", body=b"12345")),
    "a signed length": (400, post("Content-Length: +5", body=b"12345")),
    "a negative length": (400, post("Content-Length: -5", body=b"12345")),
    "a body in a GET": (400, get("Host: localhost", "Content-Length: 5")),
    "a space before the colon": (400, post("Content-Length : 5", body=b"12345")),
    "an absolute target": (400, get("Host: localhost", target="http://localhost/health")),
    "a target that is no path": (400, get("Host: localhost", target="*")),
    "an unknown method": (501, request("BREW /health HTTP/1.1", "Host: localhost")),
    "an unknown version": (400, get("Host: localhost", version="2.0")),
    "an unknown expectation": (417, post("Expect: magic", "Content-Length: 5", body=b"12345")),
    "a NUL": (400, get("Host: localhost", "X: a\0b")),
    "a lone line feed": (400, b"GET /health HTTP/1.1\nHost: localhost\n\n"),
    "a large head": (431, get("Host: localhost", "X: " + "x" * 9000)),
    "a body for a page": (413, post("Content-Length: 1", body=b"1")),
    "a huge body": (413, post("Content-Length: 99999999999", body=b"1" * 100000)),
}


class Wire(HealthTest):
    def connect(self, world):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(str(world.socket))
        self.addCleanup(client.close)
        return client

    @staticmethod
    def rest(client):
        """Everything until the service closes the connection."""
        with contextlib.suppress(ConnectionResetError):
            return b"".join(iter(lambda: client.recv(65536), b""))
        return b""

    def say(self, world, content):
        with self.connect(world) as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(content)
            return self.rest(client)

    @staticmethod
    def head(client):
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            byte = client.recv(1)
            assert byte, said
            said += byte
        return said

    def answer(self, client):
        """(Status, body) of one response of a connection that is kept."""
        head = self.head(client).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        body = b""
        while len(body) < length:
            body += client.recv(length - len(body))
        return int(head.split()[1]), body

    def check_unknown_proxy(self, world, name):
        for header in ("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Forwarded-Proto: https"):
            with self.subTest(header):
                said = self.say(world, get("Host: localhost", header, "Connection: close"))
                self.assertRegex(said, b"^HTTP/1.1 403 ")
        self.assertRegex(self.say(world, get("Host: localhost", "Connection: close")), b"^HTTP/1.1 200 ")
        warned = world.events("http.proxy_not_trusted")
        self.assertEqual([event["set"] for event in warned], [f"http.trusted_proxies: [{name}], if this is your proxy"])


class FramingTest(Wire):
    def test_a_framing_that_two_servers_may_read_in_two_ways_is_refused_and_the_connection_closed(self):
        world = self.listening()
        for name, (status, content) in FRAMINGS.items():
            with self.subTest(name):
                said = self.say(world, content + AFTER)
                self.assertRegex(said, rb"^HTTP/1\.[01] %d " % status)
                self.assertEqual(said.count(b"HTTP/1."), 1, "nothing behind it is answered")
        self.wait_for_ok(world)

    def test_a_connection_is_kept_for_the_next_request(self):
        world = self.listening()
        client = self.connect(world)
        for target, status in (("/health", 200), ("/nothing", 404), ("/metrics", 200)):
            client.sendall(get("Host: localhost", target=target))
            self.assertEqual(self.answer(client)[0], status)
        client.sendall(get("Host: localhost") + get("Host: localhost", target="/nothing") +
                       get("Host: localhost", "Connection: close"))
        self.assertEqual([self.answer(client)[0] for _ in range(3)], [200, 404, 200])
        self.assertEqual(client.recv(1), b"")
        client = self.connect(world)
        client.sendall(get("Host: localhost", version="1.0"))
        self.assertEqual(self.answer(client)[0], 200)
        self.assertEqual(client.recv(1), b"")

    def test_a_head_that_arrives_byte_by_byte_is_read(self):
        world = self.listening()
        client = self.connect(world)
        for byte in get("Host: localhost"):
            client.sendall(bytes([byte]))
        self.assertEqual(self.answer(client)[0], 200)

    def test_a_connection_that_is_silent_or_slow_is_closed(self):
        world = self.listening()
        silent, slow = self.connect(world), self.connect(world)
        begun = time.monotonic()
        slow.setblocking(False)
        closed = False
        for byte in get("Host: localhost", "X: " + "x" * 1000):
            with contextlib.suppress(BlockingIOError):
                try:
                    slow.send(bytes([byte]))
                    closed = slow.recv(1) == b""
                except (BrokenPipeError, ConnectionResetError):
                    closed = True
            if closed:
                break
            time.sleep(0.1)
        self.assertTrue(closed)
        self.assertEqual(silent.recv(1), b"")
        self.assertLess(time.monotonic() - begun, PATIENCE)

    def test_many_connections_do_not_keep_others_out(self):
        world = self.listening()
        kept = self.connect(world)
        kept.sendall(get("Host: localhost"))
        self.answer(kept)
        others = [self.connect(world) for _ in range(70)]
        self.wait_for_ok(world)
        self.assertEqual(kept.recv(1), b"", "the one that was idle for longest is closed")
        del others


class ConsoleTest(Wire):
    def listen(self, world, address):
        world.config.write_text(f"{world.config.read_text()}http: {{listen: '{address}', console: on}}\n")

    def token(self, world):
        done = world.command("tokens", "add", "test", "--firm", "main", "--role", "editor")
        self.assertEqual(done.returncode, 0, done.stderr)
        return f"Authorization: Bearer {re.search(r'cs_[-_0-9A-Za-z]+', done.stdout)[0]}"

    def test_console_and_api_are_served_beside_the_pages(self):
        world = self.listening()
        self.wait_for_ok(world)
        for target, status in (("/sign-in", 200), ("/api/v1/session", 401), ("/prefix/api/v1/session", 401)):
            self.assertRegex(self.say(world, get("Host: any", "Connection: close", target=target)),
                             rb"^HTTP/1.1 %d " % status)
        said = self.say(world, get("Host: any", "Connection: close", self.token(world), target="/api/v1/inboxes"))
        self.assertRegex(said, rb"(?s)^HTTP/1.1 200 .*inbox-main")

    def test_a_body_as_large_as_a_file_may_be_is_taken_by_the_api_alone(self):
        world = self.listening()
        for target, size, status in (("/sign-in", 16384, b"4"), ("/sign-in", 16385, b"413"), ("/health", 1, b"413"),
                                     ("/api/v1/imports", 1 << 20, b"401"), ("/api/v1/imports", 1 << 30, b"413")):
            with self.subTest(target=target, size=size):
                client = self.connect(world)
                client.sendall(request(f"POST {target} HTTP/1.1", "Host: any", f"Content-Length: {size}",
                                       "Connection: close"))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.sendall(b"x" * min(size, 1 << 20))
                self.assertRegex(self.rest(client), b"^HTTP/1.1 " + status)

    def test_whoever_listens_is_told_of_an_import(self):
        world = self.listening()
        client = self.connect(world)
        client.sendall(get("Host: any", self.token(world), target="/api/v1/events"))
        self.assertIn(b"text/event-stream", self.head(client))
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1")]))
        said = b""
        while not re.search(rb"event: entry\ndata: \d+\n\n", said):
            more = client.recv(1000)
            self.assertTrue(more, said)
            said += more
        self.assertEqual(world.stop(), 0)

    def test_a_proxy_on_the_socket_that_is_not_trusted_is_not_this_machine(self):
        self.check_unknown_proxy(self.listening(), "unix")

    @unittest.skipUnless("CLIENTSYNC_SLOW" in os.environ, "takes half a minute: set CLIENTSYNC_SLOW")
    def test_a_body_that_does_not_arrive_ends_the_connection(self):
        world = self.listening()
        client = self.connect(world)
        client.sendall(request("POST /sign-in HTTP/1.1", "Host: any", "Content-Length: 5", body=b"1"))
        self.assertEqual(client.recv(1), b"")


class TcpTest(Wire):
    def tcp(self, more="", address="127.0.0.1"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        world = self.world()
        world.port = port
        world.config.write_text(f"{world.config.read_text()}http: {{listen: '{address}:{port}'{more}}}\n")
        return world

    def started(self, *arguments, **options):
        world = self.tcp(*arguments, **options)
        world.start()
        world.wait_until(lambda: world.events("http.listening"), "it answers")
        return world

    def connect(self, world):
        client = socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE)
        self.addCleanup(client.close)
        return client

    def test_only_hosts_that_are_listed_are_answered_besides_this_machine(self):
        world = self.started(", hosts: [Clients.example.com]")
        for host, status in (("clients.example.com", 200), ("CLIENTS.EXAMPLE.COM:443", 200), ("localhost", 200),
                             (f"127.0.0.1:{world.port}", 200), ("127.0.0.2", 421), ("[::1]", 421), ("localhost.", 421),
                             ("evil.clients.example.com", 421), ("clients.example.com.evil", 421), ("", 421),
                             ("a@localhost", 400), ("localhost, evil", 400)):
            with self.subTest(host):
                said = self.say(world, get(f"Host: {host}", "Connection: close"))
                self.assertTrue(said.startswith(f"HTTP/1.1 {status} ".encode()), said[:100])

    def test_the_pages_are_for_this_machine_and_only_a_trusted_proxy_says_who_asks(self):
        other, here = (get("Host: localhost", f"X-Forwarded-For: {client}", "Connection: close")
                       for client in ("127.0.0.1, 192.0.2.7", "127.0.0.1"))
        self.assertRegex(self.say(self.started(", trusted_proxies: [127.0.0.1]"), other), b"^HTTP/1.1 403 ")
        self.assertRegex(self.say(self.started(", trusted_proxies: [127.0.0.1]"), here), b"^HTTP/1.1 200 ")

    def test_a_proxy_that_is_not_trusted_is_not_this_machine_and_the_log_says_once_what_to_set(self):
        self.check_unknown_proxy(self.started(), "127.0.0.1")

    def test_one_peer_cannot_take_all_connections(self):
        world = self.started()
        first = self.connect(world)
        others = [self.connect(world) for _ in range(24)]
        self.assertEqual(first.recv(1), b"")
        others[0].sendall(get("Host: localhost"))
        self.assertEqual(self.answer(others[0])[0], 200)


class TlsTest(TcpTest):
    def certificate(self, world, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", world.root / "new-key.pem", "-out", world.root / "new-cert.pem", "-days", "2",
                        "-subj", f"/CN={name}"], check=True, capture_output=True)
        os.rename(world.root / "new-key.pem", world.root / "key.pem")
        os.rename(world.root / "new-cert.pem", world.root / "cert.pem")

    def started(self, more="", address="127.0.0.1"):
        world = self.tcp(more, address)
        self.certificate(world, "first")
        text = world.config.read_text().rsplit("}\n", 1)[0]
        files = f"certificate: {world.root}/cert.pem, key: {world.root}/key.pem"
        world.config.write_text(f"{text}, tls: {{{files}}}}}\n")
        world.start()
        world.wait_until(lambda: world.events("http.listening"), "it answers")
        return world

    def connect(self, world):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = context.wrap_socket(super().connect(world))
        self.addCleanup(client.close)
        return client

    def name(self, world):
        with self.connect(world) as client:
            der = client.getpeercert(binary_form=True)
        done = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, check=True,
                              capture_output=True)
        return done.stdout.decode().split("CN = ")[1].strip()

    def test_a_framing_that_two_servers_may_read_in_two_ways_is_refused_over_tls_too(self):
        world = self.started()
        for name, (status, content) in FRAMINGS.items():
            with self.subTest(name):
                said = self.say(world, content + AFTER)
                self.assertRegex(said, rb"^HTTP/1\.[01] %d " % status)
                self.assertEqual(said.count(b"HTTP/1."), 1)

    def test_what_is_no_handshake_is_closed_and_old_versions_are_refused(self):
        world = self.started()
        for garbage in (get("Host: localhost"), os.urandom(1000), b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x80" * 500):
            with socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE) as client:
                with contextlib.suppress(OSError):
                    client.sendall(garbage)
                    client.shutdown(socket.SHUT_WR)
                with contextlib.suppress(OSError):
                    self.assertNotIn(b"HTTP/", self.rest(client))
        old = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{world.port}", "-tls1_1", "-cipher",
                              "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=PATIENCE)
        self.assertNotEqual(old.returncode, 0)
        self.assertEqual(self.name(world), "first")

    def test_a_renewed_certificate_is_used_and_one_that_cannot_be_used_is_not(self):
        world = self.started()
        self.assertEqual(self.name(world), "first")
        time.sleep(0.01)
        self.certificate(world, "second")
        self.assertEqual(self.name(world), "second")
        (world.root / "cert.pem").write_text("rubbish")
        self.assertEqual(self.name(world), "second")
        self.assertEqual(len(world.events("http.certificate_unusable")), 1)
        self.certificate(world, "third")
        self.assertEqual(self.name(world), "third")

    def test_the_service_s_own_commands_ask_it_over_tls(self):
        world = self.started()
        done = world.command("status")
        self.assertIn("answers at 127.0.0.1", done.stdout)

    def test_a_certificate_that_cannot_be_used_is_a_fault_that_passes(self):
        world = self.tcp(f", tls: {{certificate: /nowhere/cert.pem, key: /nowhere/key.pem}}")
        world.start()
        world.wait_until(lambda: world.events("http.unavailable"), "that is logged")
        self.assertIn("/nowhere/cert.pem", world.events("http.unavailable")[0]["error"])
        world.inbox.drop("clients.csv", sheet([]))
        world.inbox.wait_imports("clients.csv", 1)


if __name__ == "__main__":
    main()
