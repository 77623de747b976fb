"""The hub, as one participant in one market role sees it."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from datahub_client.channel import TIMEOUT, Answer, Channel
from datahub_client.errors import Unreachable
from datahub_client.patience import Patience
from datahub_client.scanning.changes import ChangeSource, ChangeStart
from datahub_client.scanning.file_position import FilePosition
from datahub_client.scanning.log import LogSource, Start
from datahub_client.scanning.messages import Message
from datahub_client.scanning.positions import MemoryPosition, Position, Stream
from datahub_client.scanning.scan import Scan
from datahub_client.scanning.steps import OnGap, OnLost
from datahub_client.services import (
    Agreements,
    Authorizations,
    ConnectionRequests,
    ContextChange,
    Customers,
    Distribution,
    Enquiries,
    MeteringPoints,
    NetworkBills,
    Readings,
)
from datahub_client.settings import Settings
from datahub_client.types import (
    CommodityType,
    ConnectionStateResult,
    EnquiryResult,
    MarketParticipantRole,
    ResourceType,
)


class Hub:
    """All services of the hub, and scans of what it tells us.

    Safe for several threads, but for its scans, each of which belongs to one. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        patience: Patience | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._begin(
            settings,
            Channel(settings, patience=patience or Patience(), timeout=timeout, transport=transport, sleep=sleep),
            owns=True,
        )

    def _begin(self, settings: Settings, channel: Channel, *, owns: bool) -> None:
        self.settings, self.channel, self._owns = settings, channel, owns
        self.metering_points = MeteringPoints(self)
        self.customers = Customers(self)
        self.agreements = Agreements(self)
        self.readings = Readings(self)
        self.bills = NetworkBills(self)
        self.distribution = Distribution(self)
        self.enquiries = Enquiries(self)
        self.connection_requests = ConnectionRequests(self)
        self.authorizations = Authorizations(self)

    @classmethod
    def from_environment(cls, **given: Any) -> "Hub":
        """Make it of the variables `DATAHUB_URL`, `DATAHUB_CLIENT_ID` …; what is given counts before them."""
        return cls(Settings.from_environment(**given))

    def __repr__(self) -> str:
        settings = self.settings
        return f"Hub({settings.url!r}, {settings.participant!r}, {settings.role!r}, {settings.commodity!r})"

    def __enter__(self) -> "Hub":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, those of `acting` hubs too."""
        if self._owns:
            self.channel.close()

    def acting(
        self,
        *,
        role: MarketParticipantRole | None = None,
        commodity: CommodityType | None = None,
        participant: str | None = None,
        purpose: str | None = None,
    ) -> "Hub":
        """Give the same hub seen in another role or commodity; connections and token are shared."""
        settings = self.settings
        other = Hub.__new__(type(self))
        other._begin(
            replace(
                settings,
                role=role or settings.role,
                commodity=commodity or settings.commodity,
                participant=participant or settings.participant,
                purpose=settings.purpose if purpose is None else purpose,
            ),
            self.channel,
            owns=False,
        )
        return other

    def call(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        identification: uuid.UUID | str | None = None,
        context: ContextChange | None = None,
    ) -> Answer:
        """Send a message to any service, like `call("POST", "/meter/search", {…})`; the context is added."""
        return self.channel.send(
            method,
            path,
            {"marketParticipantContext": {**self.settings.context, **(context or {})}, **fields},
            identification,
        )

    def ready(self) -> tuple[bool, Mapping[str, Any]]:
        """Tell whether the hub says that all of it is up, and what it says; Unreachable if it does not answer."""
        address = f"{self.settings.url}/health/ready"
        try:
            answer = self.channel.http.get(address)
            said = answer.json()
        except (httpx.TransportError, ValueError) as error:
            raise Unreachable(f"{address} does not answer: {type(error).__name__}") from None
        return answer.status_code == 200, said if isinstance(said, dict) else {}

    # --- scans --------------------------------------------------------------------------------------------------------

    def scan(
        self,
        resource_type: ResourceType,
        *,
        position: Position | str | Path | None,
        start: Start = "oldest",
        follow: bool = False,
        every: float = 5.0,
        save_every: float = 0.0,
        page_size: int | None = None,
        on_lost: OnLost = "raise",
        on_gap: OnGap = "raise",
        content_patience: float | None = 600,
    ) -> Scan[Message]:
        """Give the messages of a type behind a position, each once, in the order in which the hub told them.

        `position`: the path of a file, a DatabasePosition, or None to remember nothing. `start`: where to begin when
        nothing is remembered: an id, a moment, "oldest" (the hub keeps seven days) or "now". `follow`: wait for news,
        asking every so many seconds, and through outages of the hub. `save_every`: seconds that a position in a file
        may lie behind; 0 saves it for each message. `page_size`: messages asked for at once, at most 500. `on_lost`,
        `on_gap`, `content_patience` (None: for ever): see ContentLost, Gap, ContentAway.
        """
        source = LogSource(
            self.distribution,
            resource_type,
            start=start,
            page_size=page_size,
            on_lost=on_lost,
            on_gap=on_gap,
            content_patience=content_patience,
        )
        stream = Stream.of(self.settings.context, resource_type)
        return Scan(source, _position(position), stream, follow=follow, every=every, save_every=save_every)

    def scan_enquiries(
        self,
        *,
        position: Position | str | Path | None,
        start: ChangeStart = "oldest",
        follow: bool = False,
        every: float = 5.0,
        save_every: float = 0.0,
        on_gap: OnGap = "raise",
    ) -> Scan[EnquiryResult]:
        """Give the enquiries that the other side created, changed or answered, in the order of saving, as they stand.

        One that was saved again before it was read comes once. The options are those of `scan`.
        """
        source = ChangeSource(self.enquiries.changes, start=start, on_gap=on_gap)
        stream = Stream.of(self.settings.context, "DIRECT_MESSAGES")
        return Scan(source, _position(position), stream, follow=follow, every=every, save_every=save_every)

    def scan_connection_requests(
        self,
        *,
        position: Position | str | Path | None,
        start: ChangeStart = "oldest",
        follow: bool = False,
        every: float = 5.0,
        save_every: float = 0.0,
        on_gap: OnGap = "raise",
    ) -> Scan[ConnectionStateResult]:
        """Give the connection requests that the other side created, changed or answered, as `scan_enquiries` does."""
        source = ChangeSource(self.connection_requests.changes, start=start, on_gap=on_gap)
        stream = Stream.of(self.settings.context, "CONNECTION_STATE")
        return Scan(source, _position(position), stream, follow=follow, every=every, save_every=save_every)


def _position(given: Position | str | Path | None) -> Position:
    if isinstance(given, Position):
        return given
    return MemoryPosition() if given is None else FilePosition(given)
