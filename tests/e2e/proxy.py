"""A proxy between clientsync and its database server, which decides what becomes of each request.

It understands just enough of the protocols of PostgreSQL and MariaDB to tell the requests apart and to see their SQL.
"""

import collections
import os
import socket
import struct
import threading
import time

# What becomes of a request. All but the first two end the connection, as a failing network does.
FORWARD = "forward"
SLOW = "slow"  # the server gets it late, and the client waits
CUT = "cut"  # the server never gets it
SWALLOW = "swallow"  # the server executes it, but its answer is lost
LATE = "late"  # the server gets it long after the client gave up

LATENESS = 1.0  # seconds

Request = collections.namedtuple("Request", "number sql")  # sql: in lower case; "" if the request runs none


class Closed(Exception):
    pass


class Stream:
    """The messages of one direction of a connection."""

    def __init__(self, connection):
        self.connection = connection

    def read(self, size):
        parts = []
        while size > 0:
            part = self.connection.recv(min(size, 1 << 16))
            if not part:
                raise Closed
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class PostgreSqlRequests(Stream):
    """A request is a simple query, or all messages up to a Sync (PostgreSQL, "Message Formats")."""

    def __init__(self, connection):
        super().__init__(connection)
        self.greeted = False
        self.statements = {}  # by name
        self.bound = {}  # statement by portal

    def next(self):
        """(bytes, SQL)"""
        if not self.greeted:
            self.greeted = True
            head = self.read(4)
            return head + self.read(struct.unpack("!i", head)[0] - 4), ""
        whole, sql = b"", ""
        while True:
            head = self.read(5)
            body = self.read(struct.unpack("!i", head[1:])[0] - 4)
            whole += head + body
            sql = self.understand(head[:1], body) or sql
            if head[:1] not in b"PBDEC":
                return whole, sql

    def understand(self, kind, body):
        """The SQL that the message runs, if any."""
        texts = body.split(b"\0")
        if kind == b"Q":
            return normal(texts[0])
        if kind == b"P":
            self.statements[texts[0]] = normal(texts[1])
        elif kind == b"B":
            self.bound[texts[0]] = texts[1]
        elif kind == b"E":
            return self.statements.get(self.bound.get(texts[0]), "")
        return ""


class MysqlRequests(Stream):
    """A request is one packet. Packets of the handshake have numbers other than 0 (MariaDB, "Protocol")."""

    QUERY = 3

    def next(self):
        head = self.read(4)
        body = self.read(int.from_bytes(head[:3], "little"))
        runs = head[3] == 0 and body[:1] == bytes([self.QUERY])
        return head + body, normal(body[1:]) if runs else ""


REQUESTS = {"postgresql": PostgreSqlRequests, "mysql": MysqlRequests}
SOCKETS = {"postgresql": ".s.PGSQL.5432", "mysql": "socket"}


def normal(sql):
    return sql.decode("utf-8", "replace").strip().lower()


class Proxy:
    """Listens in `directory` for connections to the server in `home`. `decide` is called for each request;
    without it, all are forwarded."""

    def __init__(self, kind, home, directory):
        self.kind = kind
        self.server = os.path.join(home, SOCKETS[kind])
        self.place = os.path.join(directory, SOCKETS[kind])
        self.decide = None
        self.requests = 0
        self.lock = threading.Lock()
        self.links = set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.place)
        os.chmod(self.place, 0o777)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def watch(self, decide):
        """From now on, requests are counted from 1, and `decide` returns what becomes of each."""
        with self.lock:
            self.requests = 0
            self.decide = decide

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            link = Link(self, client)
            with self.lock:
                self.links.add(link)
            threading.Thread(target=link.run, daemon=True).start()

    def judge(self, sql):
        with self.lock:
            self.requests += 1
            return self.decide(Request(self.requests, sql)) if self.decide else FORWARD

    def close(self):
        """Cuts all connections and accepts no more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            links = list(self.links)
        for link in links:
            link.end()
        os.unlink(self.place)


class Link:
    """A client's connection, and the connection to the server that belongs to it."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.mute = False
        self.answered = threading.Event()

    def run(self):
        try:
            self.server.connect(self.proxy.server)
        except OSError:  # the server is down
            self.end()
        answers = threading.Thread(target=self.until_closed, args=(self.forward_answers,), daemon=True)
        answers.start()
        self.until_closed(self.forward_requests)
        answers.join()
        with self.proxy.lock:
            self.proxy.links.discard(self)
        self.client.close()
        self.server.close()

    def until_closed(self, work):
        try:
            work()
        except (OSError, Closed):
            pass
        self.answered.set()
        self.end()

    def end(self):
        for side in (self.client, self.server):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def forward_requests(self):
        requests = REQUESTS[self.proxy.kind](self.client)
        while True:
            request, sql = requests.next()
            fate = self.proxy.judge(sql)
            if fate == CUT:
                return
            if fate in (SWALLOW, LATE):
                return self.send_unheard(request, fate)
            if fate == SLOW:
                time.sleep(LATENESS)
            self.server.sendall(request)

    def send_unheard(self, request, fate):
        """No answer to an earlier request can be on its way: the client waits for each answer before it sends the next
        request."""
        self.mute = True
        if fate == LATE:
            self.client.shutdown(socket.SHUT_RDWR)
            time.sleep(LATENESS)
        self.server.sendall(request)
        self.answered.wait()

    def forward_answers(self):
        while True:
            answer = self.server.recv(1 << 16)
            if not answer:
                return
            if self.mute:
                self.answered.set()
                return
            self.client.sendall(answer)
