"""Sending messages: headers, tokens, repeats. Source: `2-wire.md`, "Each request" and "Errors"."""

import logging
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from datahub_client import codec
from datahub_client.errors import (
    KINDS,
    DatahubError,
    Fault,
    Refused,
    TokenRefused,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from datahub_client.patience import Patience, read_retry_after
from datahub_client.settings import Settings
from datahub_client.tokens import Tokens
from datahub_client.version import __version__

Read = TypeVar("Read")

logger = logging.getLogger("datahub_client")

# What passes if one waits. A 500 seldom does, so it is tried a few times only.
PASSING = {429, 500, 502, 503, 504}
_TRIES_OF_500 = 3
TIMEOUT = httpx.Timeout(60, connect=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answered: the body as Python has it, and what the headers say.

    `replayed` tells that the message had been saved before, and this is the answer that it got then.
    """

    status: int
    body: Any
    headers: httpx.Headers
    identification: str
    replayed: bool
    size: int

    @property
    def answered_at(self) -> datetime:
        """The hub's clock when it answered."""
        return read_header(self.headers, "x-document-date-time", codec.read_instant)


def read_header(headers: httpx.Headers, name: str, read: Callable[[str], Read]) -> Read:
    """Read a header that every such answer has; UnexpectedAnswer if it is missing or is not what it should be."""
    said = headers.get(name)
    if said is None:
        raise UnexpectedAnswer(f"the answer has no {name}")
    try:
        return read(said)
    except ValueError:
        raise UnexpectedAnswer(f"the answer's {name} is {said!r}") from None


class Channel:
    """Sends messages to the hub and hears its answers. Safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        patience: Patience,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = f"{settings.url}/api/v1"
        self._patience, self.sleep = patience, sleep
        agent = f"datahub-client/{__version__} httpx/{httpx.__version__}"
        self.http = httpx.Client(transport=transport, timeout=timeout, headers={"User-Agent": agent})
        self.tokens = Tokens(settings, self.http)

    def close(self) -> None:
        """Close all connections."""
        self.http.close()

    def send(self, method: str, path: str, fields: Mapping[str, Any], identification: uuid.UUID | str | None) -> Answer:
        """Send a message until it is answered; every repeat is the very same message, so that it is saved once.

        Raises Refused where the hub says no, Unreachable if it does not answer in time.
        """
        body = codec.encode(fields)
        name = str(identification or uuid.uuid4())
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "x-document-identification": name,
            "x-document-date-time": codec.instant_text(datetime.now(UTC)),
        }
        waiting = self._patience.begin()
        renewed = False
        while True:
            failure: DatahubError
            tries: int | None = None
            retry_after: float | None = None
            try:
                token = self.tokens.get()
                answer = self.http.request(
                    method, self._url + path, content=body, headers={**headers, "Authorization": f"Bearer {token}"}
                )
                if answer.is_success:
                    return _heard(answer, name)
            except TokenRefused as refusal:
                if refusal.status not in PASSING:
                    raise
                failure, retry_after = refusal, refusal.retry_after
            except (httpx.TransportError, _Broken) as error:
                passes = not _never_passes(error)
                failure = Unreachable(f"{self._url}{path} does not answer: {_said(error)}", name, passes)
                tries = None if passes else 1
            else:
                if answer.status_code == 401 and not renewed:
                    # It may have been withdrawn, or the hub's keys were changed: a fresh one, once.
                    renewed = True
                    self.tokens.forget(token)
                    continue
                refused = _refusal(answer, name)
                if not _passes(refused):
                    raise refused
                failure, retry_after = refused, refused.retry_after
                tries = _TRIES_OF_500 if refused.status == 500 else None
            wait = waiting.next_wait(retry_after, tries=tries)
            if wait is None:
                # Not from what httpx raised: that holds the request, and with it the token.
                raise failure
            logger.warning("%s %s, try %d: %s; again in %.1f s", method, path, waiting.tries, failure, wait)
            self.sleep(wait)


class _Broken(Exception):
    """An answer that broke off, or is not what an API answers."""


def _heard(answer: httpx.Response, identification: str) -> Answer:
    try:
        body = codec.decode(answer.content) if answer.content else None
    except ValueError:
        # A proxy may hand over an answer that broke off as if it were whole.
        raise _Broken("it answered something else than JSON") from None
    return Answer(
        status=answer.status_code,
        body=body,
        headers=answer.headers,
        identification=identification,
        replayed=answer.headers.get("x-document-replayed") == "true",
        size=len(answer.content),
    )


def _refusal(answer: httpx.Response, identification: str) -> Refused:
    """Make the error of a refused message."""
    try:
        said = codec.decode(answer.content)
    except ValueError:
        said = None
    cause = said.get("cause") if isinstance(said, dict) else None
    if isinstance(cause, dict):
        fault = Fault.read(cause)
        others = tuple(Fault.read(other) for other in cause.get("others") or ())
    else:
        fault, others = Fault("", f"it answers {answer.status_code} without saying why"), ()
    kind = Unavailable if answer.status_code >= 500 else KINDS.get(answer.status_code, Refused)
    retry_after = read_retry_after(answer.headers.get("retry-after"))
    return kind(answer.status_code, fault, others, retry_after, identification)


def _passes(refusal: Refused) -> bool:
    """Tell whether the same message may be answered otherwise later; so may one whose first copy is still at work."""
    return refusal.status in PASSING or (refusal.status == 409 and refusal.retry_after is not None)


def _said(error: Exception) -> str:
    name = type(error).__name__.lstrip("_")
    # What cannot be sent is cited in the error, and that may be the token.
    return name if isinstance(error, httpx.LocalProtocolError) or not str(error) else f"{name}: {error}"


def _never_passes(error: Exception) -> bool:
    """Tell whether it is of no use to try again: we ourselves do not trust the other side, or cannot speak so."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
