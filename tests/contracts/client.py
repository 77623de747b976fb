"""A market participant's own system: takes tokens, saves, scans."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.contracts import contents
from tests.contracts.market import CAST, USERS

TOKEN_PATH = f"/realms/{CAST['realm']}/protocol/openid-connect/token"
_TOKEN_SECONDS = 200
ID_SPAN = 10_000
# For so long a patient client asks again what it is not answered.
PATIENCE_SECONDS = 120
_FAILED = "Unexpected error while getting file from MinIO"
_tokens: dict[tuple[str, str], tuple[str, float]] = {}


def forget_tokens() -> None:
    """Have every client ask for a new token."""
    _tokens.clear()


@dataclass
class Client:
    """One technical user in one market role, with a connection of its own. Not for several threads at once.

    A patient one asks again what it reads until it is answered; others take no answer, or that the hub cannot serve
    now, for a fault.
    """

    url: str
    client_id: str
    client_secret: str
    participant: str
    role: str
    commodity: str = "ELECTRICITY"
    is_patient: bool = False
    http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=60)

    @classmethod
    def of(cls, url: str, participant: str, role: str, commodity: str = "ELECTRICITY") -> "Client":
        """Give the client of a participant of the cast in a role."""
        user = USERS[participant]
        return cls(url, user["clientId"], user["clientSecret"], participant, role, commodity)

    def token(self) -> str:
        """Give an access token that is good for a while yet; all clients of a technical user share it."""
        token, until = _tokens.get((self.url, self.client_id), ("", 0.0))
        if time.monotonic() > until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            answer = self.http.post(TOKEN_PATH, data=form)
            if answer.status_code == 503:
                raise httpx.RemoteProtocolError(f"no token now: {answer.text}")
            assert answer.status_code == 200, answer.text
            token = answer.json()["access_token"]
            _tokens[self.url, self.client_id] = token, time.monotonic() + _TOKEN_SECONDS
        return token

    def headers(self, identification: uuid.UUID | str | None = None) -> dict[str, str]:
        """Give the headers of one request."""
        return {
            "Authorization": f"Bearer {self.token()}",
            "Content-Type": "application/json",
            "x-document-identification": str(identification or uuid.uuid4()),
            "x-document-date-time": datetime.now(UTC).isoformat(),
        }

    @property
    def context(self) -> dict[str, str]:
        """Give the context that every body has."""
        return {
            "marketParticipantIdentification": self.participant,
            "marketParticipantRole": self.role,
            "commodityType": self.commodity,
        }

    def body(self, fields: dict[str, Any]) -> bytes:
        """Give a body with this client's context."""
        return json.dumps({"marketParticipantContext": self.context, **fields}).encode()

    def send(
        self, method: str, path: str, body: bytes, *, identification: uuid.UUID | str | None = None
    ) -> httpx.Response:
        """Send bytes as they are."""
        return self.http.request(method, f"/api/v1{path}", content=body, headers=self.headers(identification))

    def post(self, path: str, *, identification: uuid.UUID | str | None = None, **fields: Any) -> httpx.Response:
        """Send a POST with the context and the fields."""
        return self.send("POST", path, self.body(fields), identification=identification)

    def put(self, path: str, *, identification: uuid.UUID | str | None = None, **fields: Any) -> httpx.Response:
        """Send a PUT with the context and the fields."""
        return self.send("PUT", path, self.body(fields), identification=identification)

    def read(self, path: str, **fields: Any) -> httpx.Response:
        """Send a POST that only reads; AssertionError unless it is answered with 200, perhaps after some patience."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.post(path, **fields)
            except httpx.TransportError as error:
                if not self.is_patient or time.monotonic() > end:
                    raise
                said = repr(error)
            else:
                if answer.status_code == 200:
                    return answer
                said = f"{answer.status_code} {answer.text[:500]}"
                is_passing = self.is_patient and answer.status_code == 503
                assert is_passing and time.monotonic() < end, f"{path}: {said}"
            time.sleep(0.1)

    # --- scanning ---------------------------------------------------------------------------------------------------

    def scan_page(self, resource_type: str, *, page: int = 0, page_size: int = 500, **window: Any) -> httpx.Response:
        """Ask for one page of a window."""
        return self.post("/data-distribution/search", **_asked(resource_type, page, page_size, window))

    def _page(self, resource_type: str, page: int, page_size: int, window: dict[str, Any]) -> httpx.Response:
        """Give one page of a window; a patient client waits for contents that cannot be had now."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.read("/data-distribution/search", **_asked(resource_type, page, page_size, window))
            messages = answer.json()["dataDistributions"]
            is_whole = all(message.get("contentMissingReason") != _FAILED for message in messages)
            if is_whole or not self.is_patient or time.monotonic() > end:
                return answer
            time.sleep(0.2)

    def _window(self, resource_type: str, page_size: int, **window: Any) -> tuple[list[dict[str, Any]], httpx.Response]:
        """Give the messages of all pages of a window, and the answer of its first page."""
        first = self._page(resource_type, 0, page_size, window)
        messages = list(first.json()["dataDistributions"])
        for page in range(1, first.json()["pagination"]["totalPages"]):
            messages += self._page(resource_type, page, page_size, window).json()["dataDistributions"]
        for message in messages:
            contents.check(message)
        return messages, first

    def scan(self, resource_type: str, *, after: int, page_size: int = 500) -> list[dict[str, Any]]:
        """Give every message behind an id that can be seen now."""
        found: list[dict[str, Any]] = []
        for messages, behind in self.follow_ids(resource_type, after=after, page_size=page_size):
            found += messages
            if behind < after + ID_SPAN:
                return found
            after = behind
        raise AssertionError("a scanner never ends by itself")

    def follow_ids(
        self, resource_type: str, *, after: int, page_size: int = 500
    ) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Scan by id without end, as `3-distribution.md` says: go on behind x-highest-id.

        Gives for each window the messages that are final and the id behind which the next window starts.
        """
        while True:
            messages, first = self._window(resource_type, page_size, idFrom=after + 1, idTo=after + ID_SPAN)
            highest = int(first.headers["x-highest-id"])
            after = min(after + ID_SPAN, max(after, highest))
            yield [message for message in messages if message["id"] <= after], after

    def follow_times(
        self, resource_type: str, *, since: datetime, page_size: int = 500
    ) -> Iterator[tuple[list[dict[str, Any]], datetime]]:
        """Scan by time without end: go on behind x-complete-until.

        Gives for each window the messages that are final and the moment at which the next window starts.
        """
        while True:
            until = min(since + timedelta(hours=1), datetime.now(UTC) + timedelta(seconds=1))
            window = {"createdTimeFrom": since.isoformat(), "createdTimeTo": until.isoformat()}
            messages, first = self._window(resource_type, page_size, **window)
            since = max(since, min(datetime.fromisoformat(first.headers["x-complete-until"]), until))
            yield [m for m in messages if datetime.fromisoformat(m["createdTime"]) < since], since


def _asked(resource_type: str, page: int, page_size: int, window: dict[str, Any]) -> dict[str, Any]:
    attributes = {"resourceType": resource_type, **window}
    return {"dataDistributionAttributes": attributes, "pagination": {"page": page, "pageSize": page_size}}
