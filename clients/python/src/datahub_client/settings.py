"""Which hub, who we are there, and for whom we act."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datahub_client.errors import SettingsError
from datahub_client.types import CommodityType, ContextBody, MarketParticipantRole

DEFAULT_REALM = "estfeed"
# The settings that must be there, with the variables that hold them.
_NEEDED = {"url": "DATAHUB_URL", "client_id": "DATAHUB_CLIENT_ID", "participant": "DATAHUB_PARTICIPANT"}
_NEEDED |= {"role": "DATAHUB_ROLE"}
_OTHERS = {"commodity": "DATAHUB_COMMODITY", "purpose": "DATAHUB_PURPOSE", "realm": "DATAHUB_REALM"}
_OTHERS |= {"token_url": "DATAHUB_TOKEN_URL"}
_SECRET, _SECRET_FILE, _ALLOW_HTTP = "DATAHUB_CLIENT_SECRET", "DATAHUB_CLIENT_SECRET_FILE", "DATAHUB_ALLOW_HTTP"


class Secret:
    """A secret that shows itself to nobody who does not ask for it.

    One that stands in a file is read each time it is needed, so that it can be replaced while programs run.
    """

    __slots__ = ("_file", "_text")

    def __init__(self, text: str | None = None, *, file: str | Path | None = None) -> None:
        if (text is None) == (file is None):
            raise SettingsError("a secret is given either as text or as the file that it stands in")
        self._text = text
        self._file = None if file is None else Path(file)

    def reveal(self) -> str:
        """Give the secret; SettingsError if its file cannot be read or is empty."""
        if self._file is None:
            return self._text or ""
        try:
            text = self._file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SettingsError(f"the file of the client's secret cannot be read: {error}") from error
        if not text:
            raise SettingsError(f"the file of the client's secret is empty: {self._file}")
        return text

    def __repr__(self) -> str:
        return "Secret(…)" if self._file is None else f"Secret(file={str(self._file)!r})"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the hub is, the technical user's id and secret, and the participant in the role that it acts in.

    `token_url` is needed only where tokens come from elsewhere than the hub. `allow_http` lets the secret and tokens go
    unencrypted to a host that is not this machine: for networks that are closed.
    """

    url: str
    client_id: str
    client_secret: Secret
    participant: str
    role: MarketParticipantRole
    commodity: CommodityType = "ELECTRICITY"
    purpose: str | None = None
    realm: str = DEFAULT_REALM
    token_url: str | None = None
    allow_http: bool = False

    def __post_init__(self) -> None:
        secret: Any = self.client_secret
        if isinstance(secret, str):
            # For those who do not check types: it would else show in every repr.
            object.__setattr__(self, "client_secret", Secret(secret))
        object.__setattr__(self, "url", self._checked(self.url, "the hub's address"))
        if self.token_url is not None:
            object.__setattr__(self, "token_url", self._checked(self.token_url, "the address for tokens"))

    def _checked(self, url: str, what: str) -> str:
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError as error:
            raise SettingsError(f"{what} is none: {error}") from None
        if parts.username is not None or parts.password is not None:
            raise SettingsError(f"{what} must hold no user and no password")
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
            raise SettingsError(f"{what} must be like https://hub.example, but is {url!r}")
        if parts.scheme == "http" and not self.allow_http and not _is_this_machine(host):
            raise SettingsError(
                f"{what} is {url}: over http, anybody on the way could read the secret; use https, or allow_http "
                f"({_ALLOW_HTTP}=1) in a closed network"
            )
        return url.rstrip("/")

    @property
    def tokens_from(self) -> str:
        """The address of the token endpoint."""
        return self.token_url or f"{self.url}/realms/{self.realm}/protocol/openid-connect/token"

    @property
    def context(self) -> ContextBody:
        """The marketParticipantContext of every message, unless it has its own."""
        made: ContextBody = {
            "marketParticipantIdentification": self.participant,
            "marketParticipantRole": self.role,
            "commodityType": self.commodity,
        }
        if self.purpose:
            made["purpose"] = self.purpose
        return made

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Read the settings from variables (`DATAHUB_URL` …, see the README); what is given counts before them.

        SettingsError that names everything that is missing.
        """
        variables = os.environ if environment is None else environment
        said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        for name, variable in {**_NEEDED, **_OTHERS}.items():
            if name not in said and variables.get(variable):
                said[name] = variables[variable]
        if "client_secret" not in said and (secret := _secret(variables)):
            said["client_secret"] = secret
        missing = [variable for name, variable in _NEEDED.items() if name not in said]
        if "client_secret" not in said:
            missing.append(f"{_SECRET} or {_SECRET_FILE}")
        if missing:
            raise SettingsError(f"say in the environment: {', '.join(missing)}")
        if "allow_http" not in said:
            said["allow_http"] = variables.get(_ALLOW_HTTP, "").lower() in {"1", "true", "yes"}
        return cls(**said)


def _secret(variables: Mapping[str, str]) -> Secret | None:
    text, file = variables.get(_SECRET), variables.get(_SECRET_FILE)
    if text and file:
        raise SettingsError(f"say one of {_SECRET} and {_SECRET_FILE}, not both")
    if text:
        return Secret(text)
    return Secret(file=file) if file else None


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
