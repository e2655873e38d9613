"""Health and metrics over HTTP, for this machine alone."""

import http.client
import os
import re
import signal
import socket
import stat
import time
import unittest

from health import CLIENTS, HealthTest, Unix
from support import PATIENCE, main, sheet, sqlite_only

GOOD = sheet([("1", "Alpha", "X1")])


class PagesTest(HealthTest):
    def test_metrics_count_what_became_of_files_and_rows(self):
        world = self.listening(inboxes=("main", "other"))
        self.wait_for_ok(world)
        world.inbox.drop("clients.csv", sheet([("1", "Alpha", "X1"), ("2", "Beta", "B2"), ("9", "Nobody", "X9")]))
        world.inbox.wait_imports("clients.csv", 1)
        world.inbox.drop("wrong.csv", b"What is this?\r\n")
        world.inbox.wait_imports("wrong.csv", 1)
        world.wait_until(lambda: self.metrics(world)["clientsync_report_seconds_count",] == 2, "both are counted")
        metrics = self.metrics(world)
        outcomes = ("updated", "unchanged", "created", "failed")
        self.assertEqual([metrics["clientsync_rows_total", "main", outcome] for outcome in outcomes], [1, 1, 0, 1])
        self.assertEqual([metrics["clientsync_imports_total", "main", outcome] for outcome in ("imported", "rejected")],
                         [1, 1])
        self.assertEqual(metrics["clientsync_imports_total", "other", "imported"], 0)
        self.assertEqual([metrics["clientsync_inbox_up", name] for name in ("main", "other")], [1, 1])
        self.assertEqual(metrics["clientsync_database_up",], 1)
        self.assertEqual(metrics["clientsync_waiting_files", "main"], 0)
        self.assertEqual(metrics["clientsync_report_seconds_bucket", "+Inf"], 2)
        self.assertGreater(metrics["clientsync_report_seconds_sum",], 0)

    def test_a_file_that_is_not_complete_waits_and_grows_older(self):
        world = self.listening("settle: 1h")
        world.inbox.write("clients.csv", GOOD)
        world.wait_until(lambda: self.metrics(world)["clientsync_waiting_files", "main"] == 1, "it is seen")
        before = self.metrics(world)["clientsync_oldest_waiting_seconds", "main"]
        time.sleep(0.5)
        self.assertGreaterEqual(self.metrics(world)["clientsync_oldest_waiting_seconds", "main"], before + 0.4)

    @sqlite_only
    def test_health_and_metrics_show_that_the_database_is_unavailable_and_that_it_is_back(self):
        world = self.listening(start=False)
        world.config.write_text(world.config.read_text().replace("clientsync.db", "clientsync.db timeout=1"))
        world.start()
        with world.database.locked():
            world.inbox.drop("clients.csv", GOOD)
            status, state, fault = self.wait_for_fault(world, "database.unavailable")
            self.assertEqual((status, state), (503, "failing"))
            self.assertIn("locked", fault["why"])
            self.assertRegex(fault["since"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            metrics = self.metrics(world)
            self.assertEqual(metrics["clientsync_database_up",], 0)
            self.assertEqual(metrics["clientsync_faults", "database.unavailable"], 1)
            self.assertEqual(metrics["clientsync_waiting_files", "main"], 1)
        world.inbox.wait_imports("clients.csv", 1)
        self.wait_for_ok(world)
        self.assertEqual(self.metrics(world)["clientsync_database_up",], 1)

    def impatient(self, inboxes=("main", "other")):
        """A service that waits for a locked database for no more than a second."""
        world = self.listening(start=False, inboxes=inboxes)
        world.config.write_text(world.config.read_text().replace("clientsync.db", "clientsync.db timeout=1"))
        world.start()
        return world

    @sqlite_only
    def test_the_database_is_back_even_if_the_file_that_it_failed_is_gone_with_its_inbox(self):
        world = self.impatient()
        with world.database.locked():
            world.inbox.drop("clients.csv", GOOD)
            self.wait_for_fault(world, "database.unavailable")
            os.rename(world.inbox.path, world.root / "away")
            self.wait_for_fault(world, "inbox.unavailable")
            os.mkdir(world.inbox.path)
        self.wait_for_ok(world)

    @sqlite_only
    def test_a_file_that_needs_nothing_written_does_not_show_that_the_database_is_back(self):
        world = self.impatient()
        other = world.inboxes["other"]
        other.write("notes.md", b"Call Alpha.\n")
        with world.database.locked():
            world.inbox.drop("clients.csv", GOOD)
            self.wait_for_fault(world, "database.unavailable")
            for number in range(10):
                other.drop("notes.md", b"Call Beta %d times.\n" % number)
                time.sleep(0.3)
            self.assertEqual(world.events("database.back"), [])
        world.inbox.wait_imports("clients.csv", 1)
        self.wait_for_ok(world)

    def test_health_is_ok_again_if_the_file_that_could_not_be_imported_was_withdrawn(self):
        world = self.listening(start=False)
        world.become_nobody()
        world.start()
        self.wait_for_ok(world)
        os.chmod(world.inbox.path, 0o555)
        world.inbox.drop("clients.csv", GOOD)
        _, _, fault = self.wait_for_fault(world, "inbox.fault")
        self.assertIn("Permission denied", fault["why"])
        world.inbox.remove("clients.csv")
        self.wait_for_ok(world)

    def test_health_and_metrics_show_the_inbox_that_is_missing_and_no_other(self):
        world = self.listening(inboxes=("main", "other"))
        away = world.root / "away"
        os.rename(world.inbox.path, away)
        status, state, fault = self.wait_for_fault(world, "inbox.unavailable")
        self.assertEqual((status, state, fault["inbox"]), (503, "failing", "main"))
        self.assertIn("No such file or directory", fault["why"])
        self.assertEqual([self.metrics(world)["clientsync_inbox_up", name] for name in ("main", "other")], [0, 1])
        other = world.inboxes["other"]
        other.drop("clients.csv", GOOD)
        other.wait_imports("clients.csv", 1)
        self.assertEqual(len(self.health(world)[1]["faults"]), 1)
        os.rename(away, world.inbox.path)
        self.wait_for_ok(world)
        self.assertEqual(self.metrics(world)["clientsync_inbox_up", "main"], 1)

    def test_health_reports_an_inbox_of_another_ledger_until_it_is_adopted(self):
        world = self.listening()
        world.stop()
        world.inbox.write(".clientsync", b"ledger: 0d4f0a52-7f0b-4d43-9a2e-5d4f62d2a9a1\ninbox: main\n")
        world.start(wait=False)
        world.wait_until(lambda: world.events("http.listening")[1:], "it answers")
        status, state, fault = self.wait_for_fault(world, "inbox.foreign")
        self.assertEqual((status, state, fault["inbox"]), (503, "failing", "main"))
        self.assertIn("0d4f0a52", fault["why"])
        self.assertEqual(world.command("inbox", "adopt", "main").returncode, 0)
        self.wait_for_ok(world)

    def test_health_names_a_file_that_the_service_may_not_read(self):
        world = self.listening(start=False)
        world.become_nobody()
        world.start()
        world.inbox.drop("secret.csv", GOOD, mode=0)
        _, _, fault = self.wait_for_fault(world, "file.unreadable")
        self.assertEqual((fault["inbox"], fault["file"]), ("main", "secret.csv"))
        os.chmod(world.inbox.place("secret.csv"), 0o644)
        os.utime(world.inbox.place("secret.csv"))
        self.wait_for_ok(world)

    @unittest.skipUnless("CLIENTSYNC_SLOW" in os.environ, "takes over a minute: set CLIENTSYNC_SLOW")
    def test_a_file_that_is_reported_as_unreadable_counts_as_rejected(self):
        world = self.listening(start=False)
        world.become_nobody()
        world.start()
        world.inbox.drop("secret.csv", GOOD, mode=0)
        world.wait_until(lambda: world.inbox.exists("secret.errors.csv"), "the report", 75)
        world.wait_until(lambda: world.events("file.unreadable_reported"), "that is logged")
        self.assertEqual(self.metrics(world)["clientsync_imports_total", "main", "rejected"], 1)


class AnswerTest(HealthTest):
    def test_only_get_and_head_are_answered_and_only_for_pages_that_exist(self):
        world = self.listening()
        for method, path, status in (("GET", "/health?a=b", 200), ("POST", "/health", 405), ("HEAD", "/health", 200),
                                     ("GET", "/", 404), ("GET", "/metrics/", 404), ("GET", "/../etc/passwd", 404),
                                     ("DELETE", "/nothing", 405)):
            with self.subTest(method=method, path=path):
                answer, body = self.ask(Unix(world.socket), path, method)
                self.assertEqual(answer.status, status)
                self.assertGreater(int(answer.headers["Content-Length"]), 0)
                self.assertEqual(len(body), 0 if method == "HEAD" else int(answer.headers["Content-Length"]))
                self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])

    def test_a_malformed_request_is_refused_and_a_client_that_goes_away_does_no_harm(self):
        world = self.listening()
        for said in (b"Hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"GET / HTTP/1.1\r\n" +
                     b"X: " + b"x" * 20000 + b"\r\n\r\n"):
            answer = self.say(world, said)
            self.assertRegex(answer, rb"^($|HTTP/1\.1 4(00|31) )")
        for said in (b"", b"GET /health", b"GET /health HTTP/1.1\r\nHost: a"):
            self.say(world, said)
        self.wait_for_ok(world)

    @staticmethod
    def say(world, content):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(world.socket))
            try:
                client.sendall(content)
                client.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: client.recv(65536), b""))
            except (BrokenPipeError, ConnectionResetError):
                return b""

    def test_silent_connections_delay_neither_others_nor_the_service_s_end(self):
        world = self.listening()
        silent = []
        for _ in range(60):
            silent.append(socket.socket(socket.AF_UNIX))
            silent[-1].connect(str(world.socket))
        self.wait_for_ok(world)
        for _ in range(70):
            silent.append(socket.socket(socket.AF_UNIX))
            silent[-1].connect(str(world.socket))
        self.wait_for_ok(world)
        silent[0].settimeout(PATIENCE)
        self.assertEqual(silent[0].recv(1), b"", "the oldest connection is closed")
        world.inbox.drop("clients.csv", GOOD)
        world.inbox.wait_imports("clients.csv", 1)
        begun = time.monotonic()
        self.assertEqual(world.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)
        for client in silent:
            client.close()

    def test_over_tcp_only_requests_to_this_machine_s_names_are_answered(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        world = self.world()
        self.listen(world, f"localhost:{port}")
        world.start()
        world.wait_until(lambda: world.events("http.listening"), "it answers")
        for host, status in (("localhost", 200), (f"LOCALHOST:{port}", 200), ("127.0.0.1", 200),
                             (f"127.0.0.1:{port}", 200),
                             ("rebound.example", 421), (f"rebound.example:{port}", 421), ("127.0.0.1.example", 421),
                             ("[::1]", 421), ("localhost.example", 421)):
            with self.subTest(host=host):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                answer, _ = self.ask(connection, "/health", headers={"Host": host})
                self.assertEqual(answer.status, status)
                connection.close()


class ListenTest(HealthTest):
    def test_owner_and_group_may_use_the_socket_and_it_is_gone_when_the_service_has_ended(self):
        world = self.listening()
        status = os.stat(world.socket)
        self.assertTrue(stat.S_ISSOCK(status.st_mode))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o660)
        self.assertEqual(world.stop(), 0)
        self.assertFalse(os.path.lexists(world.socket))

    def test_a_socket_that_a_killed_service_left_is_replaced(self):
        world = self.listening()
        self.assertTrue(world.kill())
        self.assertTrue(os.path.lexists(world.socket))
        world.start()
        self.wait_for_ok(world)

    def test_folders_are_watched_while_the_service_cannot_listen_and_it_tries_again(self):
        world = self.listening(start=False)
        world.socket.write_text("somebody's notes")
        world.start()
        world.wait_until(lambda: world.events("http.unavailable"), "that is logged")
        self.assertIn(str(world.socket), world.events("http.unavailable")[0]["error"])
        world.inbox.drop("clients.csv", GOOD)
        world.inbox.wait_imports("clients.csv", 1)
        time.sleep(1.5)
        self.assertEqual(world.socket.read_text(), "somebody's notes")
        self.assertEqual(len(world.events("http.unavailable")), 1)
        world.socket.unlink()
        world.wait_until(lambda: world.events("http.listening"), "it answers")
        self.wait_for_ok(world)

    def test_a_second_service_does_not_take_the_first_one_s_socket(self):
        world = self.listening()
        log = world.root / "second.log"
        with open(log, "wb") as file:
            second = world.spawn(stdout=file, stderr=file)
        world.wait_until(lambda: b" http.unavailable " in log.read_bytes(), "the second finds it taken")
        self.wait_for_ok(world)
        second.send_signal(signal.SIGTERM)
        self.assertEqual(second.wait(PATIENCE), 0)
        self.wait_for_ok(world)

    def test_a_service_that_ends_does_not_remove_another_one_s_socket(self):
        world = self.listening()
        world.socket.unlink()
        log = world.root / "second.log"
        with open(log, "wb") as file:
            world.spawn(stdout=file, stderr=file)
        world.wait_until(lambda: b" http.listening " in log.read_bytes(), "the second answers")
        self.assertEqual(world.stop(), 0)
        self.assertEqual(self.health(world)[0], 200)


if __name__ == "__main__":
    main()
