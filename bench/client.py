"""A client that costs little: it shares the machine with what it measures, and neither parses nor copies needlessly."""

import json
import select
import socket
import time
import uuid
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.market import Participant

_TOKEN_SECONDS = 200
_BUFFER = 1 << 20

# By client id: a token costs a tenth of a second, on purpose, and a system keeps it as long as it holds.
_tokens: dict[str, tuple[str, float]] = {}

# A conversation: gives the next request and gets the body of its answer; ends when it has seen enough.
Conversation = Generator[bytes, memoryview, None]


class Refused(RuntimeError):
    """The product answered a request of the benchmark with an error."""


def wait_for_port(port: int, *, seconds: float = 60) -> None:
    """Wait until a server takes connections; OSError if it does not in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            Connection(port).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


class Connection:
    """One kept connection. `receive` gives the body as a view that holds until the next answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(_BUFFER)
        self.filled = 0
        self.head = b""
        self.expected: int | None = None

    def close(self) -> None:
        """Close it."""
        self.socket.close()

    def send(self, request: bytes) -> None:
        """Send a whole request."""
        self.filled, self.expected = 0, None
        self.socket.sendall(request)

    def send_file(self, head: bytes, body: Path) -> None:
        """Send a request whose body stands in a file; the kernel copies it."""
        self.send(head)
        with body.open("rb") as file:
            self.socket.sendfile(file)

    def take(self) -> memoryview | None:
        """Take what has arrived; give the body once the answer is whole. Refused for an answer that is no success."""
        if self.filled == len(self.buffer):
            self.buffer.extend(bytes(len(self.buffer)))
        got = self.socket.recv_into(memoryview(self.buffer)[self.filled :])
        if not got:
            raise ConnectionError("the server closed the connection")
        self.filled += got
        if self.expected is None:
            end = self.buffer.find(b"\r\n\r\n", 0, min(self.filled, 8192))
            if end < 0:
                return None
            self.head = bytes(self.buffer[: end + 4])
            length = self.header("content-length")
            if length is None:
                raise Refused("an answer in pieces, which this client does not read")
            self.expected = end + 4 + int(length)
            if self.expected > len(self.buffer):
                self.buffer.extend(bytes(self.expected - len(self.buffer)))
        if self.filled < self.expected:
            return None
        body = memoryview(self.buffer)[len(self.head) : self.expected]
        if self.status >= 300:
            raise Refused(f"{self.status}: {bytes(body[:500]).decode(errors='replace')}")
        return body

    def receive(self) -> memoryview:
        """Wait for the whole answer and give its body."""
        while (body := self.take()) is None:
            pass
        return body

    @property
    def status(self) -> int:
        """The status of the last answer."""
        return int(self.head[9:12])

    def header(self, name: str) -> str | None:
        """Give a header of the last answer."""
        lines = self.head.decode("latin-1").split("\r\n")
        wanted = name.lower() + ":"
        return next((line[len(wanted) :].strip() for line in lines if line.lower().startswith(wanted)), None)


class Client:
    """Requests in the name of one participant; the token is renewed before it ends."""

    def __init__(self, port: int, participant: Participant) -> None:
        self.port = port
        self.participant = participant
        self.context = {
            "marketParticipantIdentification": participant.eic,
            "marketParticipantRole": participant.role,
            "commodityType": "ELECTRICITY",
        }

    def token(self) -> str:
        """Give a token that holds for a while."""
        token, until = _tokens.get(self.participant.client_id, ("", 0.0))
        if time.monotonic() > until:
            form = {"grant_type": "client_credentials", "client_id": self.participant.client_id}
            body = urlencode({**form, "client_secret": self.participant.secret}).encode()
            connection = Connection(self.port)
            head = (
                "POST /realms/estfeed/protocol/openid-connect/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.send(head.encode() + body)
            token = json.loads(bytes(connection.receive()))["access_token"]
            _tokens[self.participant.client_id] = token, time.monotonic() + _TOKEN_SECONDS
            connection.close()
        return str(token)

    def head(self, method: str, path: str, length: int) -> bytes:
        """Give the head of a request with a body of that many bytes."""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token()}\r\n"
            f"x-document-identification: {uuid.uuid4()}\r\n"
            f"x-document-date-time: {datetime.now(UTC).isoformat()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def request(self, method: str, service: str, fields: dict[str, Any]) -> bytes:
        """Give a whole request to a service of the API."""
        body = json.dumps({"marketParticipantContext": self.context, **fields}, separators=(",", ":")).encode()
        return self.head(method, f"/api/v1/{service}", len(body)) + body

    def call(self, method: str, service: str, fields: dict[str, Any], connection: Connection | None = None) -> Any:
        """Make one request and give its answer, decoded."""
        used = connection or Connection(self.port)
        used.send(self.request(method, service, fields))
        body = bytes(used.receive())
        if connection is None:
            used.close()
        return json.loads(body) if body else None


@dataclass(slots=True)
class Driven:
    """What conversations measured: seconds of each answer, and how long all took together."""

    seconds: float = 0.0
    answers: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds


def drive(port: int, conversations: Iterable[Conversation], *, seconds: float) -> Driven:
    """Lead conversations side by side, each on a connection of its own, in one thread and without waiting between."""
    poll = select.epoll()
    open_ones: dict[int, tuple[Connection, Conversation, float]] = {}
    driven = Driven()
    start = time.perf_counter()
    for conversation in conversations:
        connection = Connection(port)
        poll.register(connection.socket.fileno(), select.EPOLLIN)
        connection.send(next(conversation))
        open_ones[connection.socket.fileno()] = (connection, conversation, time.perf_counter())
    end = start + seconds
    while open_ones:
        for number, _ in poll.poll(30):
            connection, conversation, sent = open_ones[number]
            body = connection.take()
            if body is None:
                continue
            now = time.perf_counter()
            driven.answers.append(now - sent)
            request = None if now > end else next_request(conversation, body)
            body.release()
            if request is None:
                poll.unregister(number)
                connection.close()
                del open_ones[number]
            else:
                open_ones[number] = (connection, conversation, time.perf_counter())
                connection.send(request)
    driven.seconds = time.perf_counter() - start
    return driven


def next_request(conversation: Conversation, body: memoryview) -> bytes | None:
    """Go on with a conversation; None when it has ended."""
    try:
        return conversation.send(body)
    except StopIteration:
        return None
