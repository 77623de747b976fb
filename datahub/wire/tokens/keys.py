"""The keys that tokens are signed and checked with."""

import json
import logging
import os
import re
import secrets
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.error import URLError

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeyParameters, KeySet, RSAKey

logger = logging.getLogger(__name__)

_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_KEY_BITS = 2048
_PARAMETERS: KeyParameters = {"use": "sig", "alg": "RS256"}


def signing_keys() -> KeySet:
    """Give the hub's own keys: the first signs, all are good for checking, so that keys can be changed without a pause.

    They stand in DATAHUB_TOKEN_KEY as PEM. Where settings allow it one is made once and kept under DATAHUB_VAR.
    """
    if settings.DATAHUB_TOKEN_KEY:
        return _key_set(settings.DATAHUB_TOKEN_KEY.replace("\\n", "\n"))
    if not settings.TOKEN_KEY_MAY_BE_MADE:
        raise ImproperlyConfigured("Set DATAHUB_TOKEN_KEY to a private RSA key in PEM, or OIDC_ISSUER.")
    return _key_set(_kept_key(str(settings.VAR_DIR)))


@lru_cache(maxsize=4)
def _key_set(pem: str) -> KeySet:
    blocks = _PEM.findall(pem)
    if not blocks:
        raise ImproperlyConfigured("DATAHUB_TOKEN_KEY holds no private key in PEM.")
    return KeySet([RSAKey.import_key(block, _PARAMETERS) for block in blocks])


@lru_cache(maxsize=4)
def _kept_key(var: str) -> str:
    """Read the key kept under a directory; where there is none one of the processes makes it first."""
    path = Path(var) / "keys" / "token.pem"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f".{secrets.token_hex(8)}.pem")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(RSAKey.generate_key(_KEY_BITS).as_pem(private=True))
        try:
            os.link(made, path)
        except FileExistsError:
            logger.info("Another process has just made the token key; this one uses it too.")
        finally:
            made.unlink()
    return path.read_text()


@dataclass
class RemoteKeys:
    """The keys of an outside provider, fetched when needed and kept for a while.

    An unknown key id makes them be fetched again, but not more often than every `again_seconds`. While the provider
    does not answer, the keys that are known stay good.
    """

    url: str
    keep_seconds: float = 600
    again_seconds: float = 30
    timeout_seconds: float = 5
    _keys: KeySet | None = None
    _fetched_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, kid: str | None) -> KeySet:
        """Give the keys, among them the one of an id if the provider has it. Raises JoseError if there are none."""
        now = time.monotonic()
        if self._keys is None or now - self._fetched_at > self.keep_seconds or not self._has(kid):
            self._fetch()
        if self._keys is None:
            raise JoseError("the provider's keys cannot be had")
        return self._keys

    def _has(self, kid: str | None) -> bool:
        if self._keys is None:
            return False
        try:
            self._keys.get_by_kid(kid)
        except InvalidKeyIdError:
            return False
        return True

    def _fetch(self) -> None:
        # Whoever has keys to go on with does not wait for another's fetching.
        if not self._lock.acquire(blocking=self._keys is None):
            return
        try:
            now = time.monotonic()
            if now - self._tried_at < self.again_seconds:
                return
            self._tried_at = now
            try:
                # The address is the operator's own setting.
                with urllib.request.urlopen(self.url, timeout=self.timeout_seconds) as answer:  # noqa: S310
                    self._keys = KeySet.import_key_set(json.loads(answer.read(1_000_000)))
                self._fetched_at = now
            except (URLError, OSError, ValueError, KeyError, TypeError, JoseError) as error:
                logger.warning("The keys at %s cannot be fetched: %s", self.url, error)
        finally:
            self._lock.release()


@lru_cache(maxsize=4)
def remote_keys(url: str) -> RemoteKeys:
    """Give the one holder of a provider's keys."""
    return RemoteKeys(url)
