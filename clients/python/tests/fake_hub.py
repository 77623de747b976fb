"""A hub in memory that keeps to the wire's rules, for tests: in the process, or behind a port of this machine."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx

from datahub_client import Hub, Patience, Secret, Settings

CLIENT, SECRET = "sun-1", "a-secret-that-nobody-sees"
PARTICIPANT, ROLE = "38X-EIN-OS-----J", "OPEN_SUPPLIER"
FAILED = "Unexpected error while getting file from MinIO"
LOST = "File not found at the specified path"
KEPT = timedelta(days=7)
START = datetime(2026, 5, 4, 10, tzinfo=UTC)
Respond = Callable[[httpx.Request], httpx.Response]


def instant(at: datetime) -> str:
    """Write an instant as the hub does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fault(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    """Answer with a fault."""
    cause = {"message": f"it is {code}", "code": code, "traceId": "ab" * 16, "args": ["a", "b"], **more}
    return httpx.Response(status, json={"id": str(uuid.uuid4()), "cause": cause}, headers=headers)


class FakeHub:
    """Gives tokens, keeps a log of messages for one participant, and answers as it is told to.

    `now` is its clock. `faults` are answered first, one a request to the API. `on_scan` is called before each scan.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.now = START
        self.messages: list[dict[str, Any]] = []
        self.highest_id = 0
        self.complete_until = START
        self.changes: list[dict[str, Any]] = []
        self.contents: dict[int, str] = {}
        self.faults: list[httpx.Response | Exception | Respond] = []
        self.token_faults: list[httpx.Response | Exception] = []
        self.on_scan: Callable[[], None] = lambda: None
        self.requests: list[httpx.Request] = []
        self.tokens: list[str] = []
        self.token_seconds = 300
        self.answers: dict[str, tuple[bytes, httpx.Response]] = {}
        self.saved: list[Any] = []

    # --- what happens in it -------------------------------------------------------------------------------------------

    def tell(self, *, ours: bool = True, after: timedelta = timedelta(seconds=1), **said: Any) -> int:
        """Let a message appear, ours or another participant's; give its id."""
        with self.lock:
            self.now += after
            self.highest_id += 1
            self.complete_until = self.now + timedelta(microseconds=1)
            if ours:
                message = {
                    "id": self.highest_id,
                    "createdTime": instant(self.now),
                    "resourceType": "AGREEMENT",
                    "reason": "CREATE",
                    "hasContent": True,
                    "content": json.dumps([{"agreementId": str(self.highest_id)}]),
                }
                self.messages.append({**message, **said})
            return self.highest_id

    def skip(self, ids: int, after: timedelta = timedelta(0)) -> None:
        """Let so many messages to others appear."""
        with self.lock:
            self.now += after
            self.highest_id += ids
            self.complete_until = max(self.complete_until, self.now)

    def pass_time(self, time: timedelta) -> None:
        """Let time pass without anything told."""
        with self.lock:
            self.now += time
            self.complete_until = max(self.complete_until, self.now)

    def lose(self, message_id: int, reason: str = LOST) -> None:
        """Lose the content of a message."""
        for message in self.messages:
            if message["id"] == message_id:
                message.update(hasContent=False, content="", contentMissingReason=reason)

    def find(self, message_id: int) -> None:
        """Find a lost content again."""
        for message in self.messages:
            if message["id"] == message_id:
                message.update(hasContent=True, content="[]")
                message.pop("contentMissingReason", None)

    def save_change(self, number: int, after: timedelta = timedelta(seconds=1)) -> None:
        """Let the other side save an enquiry."""
        self.now += after
        self.changes = [change for change in self.changes if change["messageRequestId"] != str(number)]
        self.changes.append({"messageRequestId": str(number), "timestamp": instant(self.now)})

    # --- what it answers ----------------------------------------------------------------------------------------------

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        with self.lock:
            if request.url.path.endswith("/token"):
                return self._token(request)
            if request.url.path == "/health/ready":
                return httpx.Response(200, json={"status": "ready"})
            self.requests.append(request)
            if self.faults:
                return self._wrong(self.faults.pop(0), request)
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                return fault(401, "opp.error.technical.authentication")
            return self._api(request)

    @staticmethod
    def _wrong(given: httpx.Response | Exception | Respond, request: httpx.Request) -> httpx.Response:
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, httpx.Response) else given(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        if self.token_faults:
            return self._wrong(self.token_faults.pop(0), request)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}:
            return httpx.Response(401, json={"error": "invalid_client"})
        token = f"token-{uuid.uuid4().hex}"
        self.tokens.append(token)
        seconds = self.token_seconds
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    def _api(self, request: httpx.Request) -> httpx.Response:
        identification = request.headers["x-document-identification"]
        uuid.UUID(identification)
        assert datetime.fromisoformat(request.headers["x-document-date-time"]).tzinfo is not None
        body = json.loads(request.content)
        context = body.pop("marketParticipantContext")
        if context["marketParticipantIdentification"] != PARTICIPANT:
            return fault(403, "opp.error.technical.unprocessable-market-participant-context")
        headers = {"x-document-identification": str(uuid.uuid4()), "x-document-date-time": instant(self.now)}
        path = request.url.path.removeprefix("/api/v1")
        if path == "/data-distribution/search":
            self.on_scan()
            return self._scan(body, headers)
        if path.endswith("/change"):
            return self._changes(body, headers)
        return self._save(request, identification, body, headers)

    def _save(self, request: httpx.Request, identification: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        if identification in self.answers:
            sent, answer = self.answers[identification]
            if sent != request.content:
                return fault(409, "opp.error.technical.document-used")
            return httpx.Response(
                answer.status_code, content=answer.content, headers={**headers, "x-document-replayed": "true"}
            )
        self.saved.append(body)
        answer = httpx.Response(201, json=body, headers=headers)
        self.answers[identification] = request.content, answer
        return answer

    def _scan(self, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        wanted, pages = body["dataDistributionAttributes"], body["pagination"]
        found = [one for one in self.messages if datetime.fromisoformat(one["createdTime"]) >= self.now - KEPT]
        if "idFrom" in wanted:
            if not 0 <= wanted["idFrom"] <= wanted["idTo"] <= wanted["idFrom"] + 10_000:
                return fault(400, "dd.error.validation.data-distribution-id-range-exceeds-max-number")
            found = [one for one in found if wanted["idFrom"] <= one["id"] <= wanted["idTo"]]
        if "createdTimeFrom" in wanted:
            start, end = (datetime.fromisoformat(wanted[f"createdTime{name}"]) for name in ("From", "To"))
            span = timedelta(hours=1 if wanted["resourceType"] == "METERING_DATA" else 24)
            if not timedelta(0) <= end - start <= span:
                return fault(400, "dd.error.validation.data-distribution-created-time-period-max-one-hour")
            found = [one for one in found if start <= datetime.fromisoformat(one["createdTime"]) < end]
        size, page = pages["pageSize"], pages["page"]
        assert 1 <= size <= 500
        headers["x-highest-id"] = str(self.highest_id)
        headers["x-complete-until"] = instant(self.complete_until)
        answer = {
            "dataDistributions": found[page * size : (page + 1) * size],
            "pagination": {"page": page, "totalPages": max(1, -(-len(found) // size))},
        }
        return httpx.Response(200, json=answer, headers=headers)

    def _changes(self, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        since = datetime.fromisoformat(body["updatePeriodStart"])
        if since < self.now - timedelta(days=31):
            return fault(400, "opp.error.validation.update-period-max-days")
        found = [one for one in self.changes if datetime.fromisoformat(one["timestamp"]) > since]
        return httpx.Response(200, json=found[:1000], headers=headers)

    # --- who speaks with it -------------------------------------------------------------------------------------------

    def hub(self, patience: Patience | None = None, url: str = "https://hub.example", **options: Any) -> Hub:
        """Give a hub as the package has it, which speaks with this one and does not really sleep."""
        self.slept: list[float] = []
        return Hub(
            settings(url),
            patience=patience,
            transport=httpx.MockTransport(self.handle),
            sleep=self.slept.append,
            **options,
        )


def settings(url: str = "https://hub.example", **given: Any) -> Settings:
    """Give the settings of the one whom the hub knows."""
    who: dict[str, Any] = {"participant": PARTICIPANT, "role": ROLE}
    return Settings(url=url, client_id=CLIENT, client_secret=Secret(SECRET), **{**who, **given})


def environment(url: str) -> dict[str, str]:
    """Give the variables of the one whom the hub knows."""
    return {
        "DATAHUB_URL": url,
        "DATAHUB_CLIENT_ID": CLIENT,
        "DATAHUB_CLIENT_SECRET": SECRET,
        "DATAHUB_PARTICIPANT": PARTICIPANT,
        "DATAHUB_ROLE": ROLE,
    }


@contextmanager
def listening(fake: FakeHub) -> Iterator[str]:
    """Let a hub listen on a port of this machine; give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = httpx.Request(self.command, f"http://hub{self.path}", headers=dict(self.headers), content=content)
            answer = fake.handle(request)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in {"content-length", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_PUT = do_GET = _answer

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def ids(found: Sequence[Any]) -> list[int]:
    """Give the ids of messages."""
    return [message.id for message in found]
