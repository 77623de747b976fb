"""A small client of the hub's API, of the standard library alone: tokens, headers, context, repeats, errors."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

TRIES = 5
# A token is good for five minutes; a fresh one is asked for a little earlier.
EARLY_SECONDS = 30
QUIET = timedelta(days=1)


class Refused(Exception):
    """The hub refused a message: `status` of HTTP, `code` that programs can rely on, and the message for people."""

    def __init__(self, status, answer):
        self.status = status
        # The token endpoint speaks OAuth: its `error` is a word.
        cause = answer.get("cause") or {"code": answer.get("error", ""), "message": f"it answers {status}"}
        self.code = cause["code"]
        faults = [cause, *cause.get("others", [])]
        super().__init__("; ".join(f"{fault['message']} ({fault['code']})" for fault in faults))


class Unreachable(Exception):
    """The hub did not answer, however often it was asked."""


class Hub:
    """The hub, seen by one participant in one market role."""

    def __init__(self, url, client_id, client_secret, participant, role, commodity="ELECTRICITY", realm="estfeed"):
        self.url = url.rstrip("/")
        self.form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self.token_path = f"/realms/{realm}/protocol/openid-connect/token"
        self.context = {
            "marketParticipantIdentification": participant,
            "marketParticipantRole": role,
            "commodityType": commodity,
        }
        self.token, self.token_until = "", 0.0

    @classmethod
    def from_environment(cls, role):
        """Make it of HUB_URL, HUB_CLIENT_ID, HUB_CLIENT_SECRET and HUB_PARTICIPANT."""
        names = ("HUB_URL", "HUB_CLIENT_ID", "HUB_CLIENT_SECRET", "HUB_PARTICIPANT")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise SystemExit(f"Say in the environment: {', '.join(missing)}")
        return cls(*(os.environ[name] for name in names), role)

    def _token(self):
        if time.monotonic() > self.token_until:
            form = urllib.parse.urlencode(self.form).encode()
            with urllib.request.urlopen(self.url + self.token_path, form, timeout=30) as answer:
                token = json.load(answer)
            self.token = token["access_token"]
            self.token_until = time.monotonic() + token["expires_in"] - EARLY_SECONDS
        return self.token

    def call(self, method, path, fields):
        """Send a message and give what was answered; raise Refused where the hub says no.

        While there is no answer, or the hub asks for patience, the very same message is sent again: it bears the same
        identification, so that it is saved once however often it arrives.
        """
        body = json.dumps({"marketParticipantContext": self.context, **fields}).encode()
        identification = str(uuid.uuid4())
        for attempt in range(1, TRIES + 1):
            try:
                return self._send(method, path, body, identification)
            except urllib.error.HTTPError as error:
                answer, patience = error.read(), error.headers.get("Retry-After")
                if attempt == TRIES or (error.code < 500 and patience is None):
                    raise Refused(error.code, _json(answer)) from error
                time.sleep(float(patience or attempt))
            except OSError as error:
                if attempt == TRIES:
                    raise Unreachable(f"{self.url} does not answer: {error}") from error
                time.sleep(attempt)
        raise AssertionError("the last attempt answers or raises")

    def _send(self, method, path, body, identification):
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Content-Type": "application/json",
            "x-document-identification": identification,
            "x-document-date-time": datetime.now(UTC).isoformat(),
        }
        request = urllib.request.Request(f"{self.url}/api/v1{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return _json(answer.read())


def _json(text):
    try:
        return json.loads(text) if text else None
    except ValueError:
        return {}


class Place:
    """How far a scan has come: the timestamp of the last change seen, kept in a file."""

    def __init__(self, file, start):
        self.file = Path(file)
        self.at = self.file.read_text(encoding="utf-8").strip() if self.file.exists() else start

    def move(self, at):
        """Remember a change as seen, when it is worked through: after a crash it comes again, and none is lost."""
        self.at = at
        beside = self.file.with_suffix(".new")
        beside.write_text(at, encoding="utf-8")
        beside.replace(self.file)

    def move_up(self, at):
        """Remember that nothing happened up to a moment, if it lies ahead: a scan goes back 31 days at most."""
        if datetime.fromisoformat(at) > datetime.fromisoformat(self.at):
            self.move(at)


def changes(hub, service, place):
    """Give, one after the other, what the other side saved since the last time, and remember how far this went."""
    while True:
        found = hub.call("POST", f"/{service}/change", {"updatePeriodStart": place.at})
        for change in found:
            yield change
            place.move(change["timestamp"])
        # A list holds at most a thousand: it was the last one when it is empty.
        if not found:
            # However long nobody saves anything, the place does not fall behind what may be asked for. A day is kept
            # back: far more than the hub's clock and ours can differ, or a save can take.
            place.move_up((datetime.now(UTC) - QUIET).isoformat())
            return
