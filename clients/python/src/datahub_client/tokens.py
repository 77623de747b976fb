"""Tokens: fetched with the client's secret, kept until shortly before they end. Source: `2-wire.md`, "Tokens"."""

import re
import threading
import time
from collections.abc import Callable

import httpx

from datahub_client import codec
from datahub_client.errors import Fault, TokenRefused
from datahub_client.patience import read_retry_after
from datahub_client.settings import Settings

# A token that is about to end would end on its way.
_EARLY_SECONDS = 30.0
# For one that does not say how long it lives.
_DEFAULT_SECONDS = 60.0
# RFC 6750: what may stand in the header.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class Tokens:
    """The token that all threads of a hub share; one of them fetches it while the others wait."""

    def __init__(self, settings: Settings, http: httpx.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._http, self._clock = settings, http, clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def __repr__(self) -> str:
        return f"Tokens(client_id={self._settings.client_id!r})"

    def get(self) -> str:
        """Give a token that is good for a while yet.

        TokenRefused if the endpoint refuses us, httpx.TransportError if it does not answer.
        """
        with self._lock:
            if not self._token or self._clock() >= self._until:
                asked_at = self._clock()
                self._token, seconds = self._fetch()
                self._until = asked_at + seconds - min(_EARLY_SECONDS, seconds / 4)
            return self._token

    def forget(self, token: str) -> None:
        """Fetch a new one the next time, unless another thread has done so already."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def seconds_left(self) -> float:
        """Give for how long the token that is kept is used yet."""
        with self._lock:
            return max(0.0, self._until - self._clock()) if self._token else 0.0

    def _fetch(self) -> tuple[str, float]:
        """Fetch a token; give it with the seconds for which it is good."""
        answer = self._http.post(
            self._settings.tokens_from,
            data={
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.reveal(),
            },
            headers={"Accept": "application/json"},
        )
        said = _object(answer)
        token = said.get("access_token")
        if answer.status_code != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise _refusal(answer, said)
        seconds = said.get("expires_in")
        return token, float(seconds) if isinstance(seconds, int) and seconds > 0 else _DEFAULT_SECONDS


def _object(answer: httpx.Response) -> dict[str, object]:
    try:
        said = codec.decode(answer.content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(answer: httpx.Response, said: dict[str, object]) -> TokenRefused:
    """Make the error of a refused token. Its endpoint speaks OAuth; behind a proxy it may speak otherwise."""
    retry_after = read_retry_after(answer.headers.get("retry-after"))
    if isinstance(said.get("cause"), dict):
        return TokenRefused(answer.status_code, Fault.read(said["cause"]), (), retry_after)
    code = said.get("error")
    if not isinstance(code, str):
        return TokenRefused(answer.status_code, Fault("", "the token endpoint gave no token"), (), retry_after)
    message = said.get("error_description")
    fault = Fault(code, message if isinstance(message, str) else "the token endpoint refuses this client")
    return TokenRefused(answer.status_code, fault, (), retry_after)
