"""Scanning what the other side saved, by its timestamp. Source: `4-exchanges.md`, `change`."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar, cast

from datahub_client import codec
from datahub_client.errors import Gap, Invalid, PositionError, UnexpectedAnswer
from datahub_client.scanning.steps import OnGap, Step
from datahub_client.services.exchanges import Changes

logger = logging.getLogger("datahub_client")

# How far back the hub can be asked, and what it says to who asks for more.
KEPT = timedelta(days=31)
_TOO_FAR_BACK = "opp.error.validation.update-period-max-days"
# While nobody saves anything the place moves up behind the hub's clock by so much: far more than a save can take
# between taking its timestamp and being seen.
_QUIET = timedelta(days=1)
# So much is left between what is asked for and what may be.
_MARGIN = timedelta(minutes=1)

Change = TypeVar("Change", bound=Mapping[str, Any])
# Where to begin the first time: with a moment, with all that may be asked for, or with what comes from now on.
ChangeStart = datetime | Literal["oldest", "now"]


class ChangeSource(Generic[Change]):
    """Gives what was saved behind a timestamp, in the order of saving, as it then stands."""

    def __init__(
        self, ask: Callable[[str], Changes[Change]], *, start: ChangeStart = "oldest", on_gap: OnGap = "raise"
    ) -> None:
        if isinstance(start, datetime) and start.tzinfo is None:
            raise ValueError(f"{start.isoformat()} has no time zone")
        self._ask, self._start, self._on_gap = ask, start, on_gap

    def steps(self, place: str | None) -> Iterator[Step[Change]]:
        """Give the steps behind a place, without end."""
        since = self._read(place) if place else self._begin()
        while True:
            since = yield from self._part(since)

    def _read(self, place: str) -> str:
        try:
            codec.read_instant(place)
        except ValueError:
            raise PositionError(f"{place!r} is no place in the hub's changes") from None
        return place

    def _hub_time(self) -> datetime:
        """Ask for the hub's clock: ours may go wrong."""
        return self._ask(codec.instant_text(datetime.now(UTC))).answered_at

    def _begin(self) -> str:
        if isinstance(self._start, datetime):
            return codec.instant_text(self._start)
        now = self._hub_time()
        return codec.instant_text(now if self._start == "now" else now - KEPT + _MARGIN)

    def _part(self, since: str) -> Generator[Step[Change], None, str]:
        """Go on behind a timestamp by one answer."""
        try:
            found = self._ask(since)
        except Invalid as refusal:
            if refusal.code != _TOO_FAR_BACK:
                raise
            oldest = self._hub_time() - KEPT + _MARGIN
            gap = Gap(codec.read_instant(since), oldest)
            if self._on_gap == "raise":
                raise gap from refusal
            logger.warning("going on behind a gap: %s", gap)
            return codec.instant_text(oldest)
        last = codec.read_instant(since)
        for change in found.rows:
            timestamp = _timestamp(change)
            if (at := codec.read_instant(timestamp)) <= last:
                raise UnexpectedAnswer(f"a change of {timestamp} stands behind {last.isoformat()}")
            since, last = timestamp, at
            yield Step(since, change)
        if not found.rows:
            # However long nobody saves anything, the place does not fall behind what may be asked for.
            since = codec.instant_text(max(last, found.answered_at - _QUIET))
            yield Step(since, caught_up=True)
        return since


def _timestamp(change: Mapping[str, Any]) -> str:
    try:
        timestamp = cast(str, change["timestamp"])
        codec.read_instant(timestamp)
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("a change has no timestamp") from None
    return timestamp
