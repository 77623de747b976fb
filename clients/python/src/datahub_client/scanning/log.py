"""Scanning messages by id. Source: `3-distribution.md`, "Scanning"; seed 004.

What makes it gapless: ids grow in the order in which messages become visible, and `x-highest-id` says up to which id no
message can appear any more. We ask for ids behind the last one, and go on behind whatever is final. Pages are never
asked for by number: what has become too old leaves the front of a window, and what lies behind would move up.
"""

import logging
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from datahub_client import codec
from datahub_client.errors import ContentAway, ContentLost, Gap, PositionError, UnexpectedAnswer
from datahub_client.scanning.messages import Message
from datahub_client.scanning.steps import OnGap, OnLost, Step
from datahub_client.services.base import MOST_ROWS
from datahub_client.services.distribution import Distribution, ScanPage
from datahub_client.types import DataDistributionAttributes, ResourceType

logger = logging.getLogger("datahub_client")

# What the hub allows: so many ids, and so much time, in one window; so long it keeps messages.
ID_SPAN = 10_000
TIME_SPANS = {"METERING_DATA": timedelta(hours=1)}
OTHER_SPAN = timedelta(hours=24)
KEPT = timedelta(days=7)
# Where the next message lies further away than so many windows of ids, it is looked for by time.
_FAR = 5 * ID_SPAN
# Pages are made so large that an answer has about so many bytes. One message of readings may have megabytes.
_ANSWER_BYTES = 8 * 1024 * 1024
_MOST_ROWS = {"METERING_DATA": 50}
# An object that is said to be lost may be one that a store does not show yet.
LOST_SECONDS = 30.0
_MAY_COME_BACK = "Unexpected error while getting file from MinIO"
_LOST = {"The path value is null", "File not found at the specified path"}
_LONGEST_PAUSE = 30.0
_INSTANT = timedelta(microseconds=1)
_WARN_SECONDS = 300.0

# Where to begin the first time: with an id, a moment, the oldest message there is, or what comes from now on.
Start = int | datetime | Literal["oldest", "now"]
Steps = Iterator[Step[Message]]


@dataclass(frozen=True, slots=True)
class LogPlace:
    """All messages up to the id `after` are done, and all that were created before `at`; None: nobody knows yet."""

    after: int
    at: datetime | None = None

    @property
    def text(self) -> str:
        """The place as positions remember it."""
        at = None if self.at is None else codec.instant_text(self.at)
        return codec.encode({"after": self.after, "at": at}).decode()

    @classmethod
    def read(cls, text: str) -> "LogPlace":
        """Read what a position remembered; PositionError if it is something else."""
        try:
            said = codec.decode(text)
            after, at = said["after"], said["at"]
            if type(after) is not int or after < 0:
                raise ValueError
            return cls(after, None if at is None else codec.read_instant(at))
        except (ValueError, KeyError, TypeError):
            raise PositionError(f"{text!r} is no place in the hub's log") from None


class LogSource:
    """Gives the messages of one type behind a place, each once, by id."""

    def __init__(
        self,
        distribution: Distribution,
        resource_type: ResourceType,
        *,
        start: Start = "oldest",
        page_size: int | None = None,
        on_lost: OnLost = "raise",
        on_gap: OnGap = "raise",
        content_patience: float | None = 600,
        lost_patience: float = LOST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if isinstance(start, datetime) and start.tzinfo is None:
            raise ValueError(f"{start.isoformat()} has no time zone")
        self._distribution, self._resource_type, self._start = distribution, resource_type, start
        self._most_rows = page_size or _MOST_ROWS.get(resource_type, MOST_ROWS)
        self._rows = max(1, self._most_rows // 5)
        self._on_lost, self._on_gap = on_lost, on_gap
        self._content_patience, self._lost_patience, self._clock = content_patience, lost_patience, clock
        self._span = TIME_SPANS.get(resource_type, OTHER_SPAN)
        # When each content was first found missing, by the message's id.
        self._missing_since: dict[int, float] = {}
        # How often the next message was asked for without its content.
        self._pauses = 0
        self._warned_at = float("-inf")

    def steps(self, place: str | None) -> Steps:
        """Give the steps behind a place, without end."""
        at = LogPlace.read(place) if place else (yield from self._begin())
        while True:
            at = yield from self._window(at)

    # --- where to begin -----------------------------------------------------------------------------------------------

    def _begin(self) -> Generator[Step[Message], None, LogPlace]:
        """Find the place of a scan that begins."""
        if isinstance(self._start, int):
            return LogPlace(max(0, self._start - 1))
        first = self._ask({"idFrom": 1, "idTo": 1}, 1)
        if self._start == "now":
            place = LogPlace(first.highest_id, first.complete_until)
            yield Step(place.text)
            return place
        oldest = first.answered_at - KEPT
        if self._start == "oldest":
            return (yield from self._by_time(LogPlace(0), oldest))
        start = self._start.astimezone(UTC)
        if start > first.answered_at:
            raise PositionError(f"a scan cannot begin at {start.isoformat()}, which is still to come")
        if start < oldest:
            self._accept_gap(start, oldest)
            return (yield from self._by_time(LogPlace(0), oldest))
        return (yield from self._by_time(LogPlace(0, start), start))

    def _by_time(self, place: LogPlace, at: datetime) -> Generator[Step[Message], None, LogPlace]:
        """Go on by time to just before the next message created at or after a moment, or to the end of the log.

        Ids and times grow together: so all that we are told behind that moment has ids behind the one found.
        """
        while True:
            until = at + self._span
            page = self._ask({"createdTimeFrom": codec.instant_text(at), "createdTimeTo": codec.instant_text(until)}, 1)
            if place.at is not None and at < page.answered_at - KEPT:
                self._accept_gap(at, page.answered_at - KEPT)
                place, at = LogPlace(place.after), page.answered_at - KEPT
                continue
            if page.messages:
                found = Message.read(page.messages[0])
                known = None if place.at is None else found.created_time
                return LogPlace(max(place.after, found.id - 1), known)
            if page.complete_until < until:
                return LogPlace(max(place.after, page.highest_id), page.complete_until)
            at = until
            place = LogPlace(place.after, None if place.at is None else at)
            yield Step(place.text)

    # --- going on -----------------------------------------------------------------------------------------------------

    def _window(self, place: LogPlace) -> Generator[Step[Message], None, LogPlace]:
        """Go on behind a place by one answer."""
        end = place.after + ID_SPAN
        page = self._ask({"idFrom": place.after + 1, "idTo": end}, 1 if self._pauses else self._rows)
        oldest = page.answered_at - KEPT
        if place.at is not None and place.at < oldest:
            self._accept_gap(place.at, oldest)
            return (yield from self._by_time(LogPlace(place.after), oldest))
        for message in self._messages(page, place.after, end):
            if (pause := self._pause_for(message)) is not None:
                yield Step(place.text, pause=pause)
                return place
            place = LogPlace(message.id, None if place.at is None else message.created_time + _INSTANT)
            yield Step(place.text, message)
        if page.total_pages > 1:
            if not page.messages:
                raise UnexpectedAnswer("a first page is empty, though there are more")
            return place
        if page.highest_id > end:
            place = LogPlace(end, place.at)
            yield Step(place.text)
            if page.messages or place.at is None or page.highest_id - end < _FAR:
                return place
            return (yield from self._by_time(place, place.at))
        if page.highest_id < place.after:
            self._warn_behind(page, place)
        else:
            place = LogPlace(page.highest_id, page.complete_until)
        yield Step(place.text, caught_up=True)
        return place

    def _messages(self, page: ScanPage, after: int, end: int) -> list[Message]:
        """Give the messages of a page; UnexpectedAnswer unless they follow each other and are all final."""
        messages = [Message.read(said) for said in page.messages]
        last = after
        for message in messages:
            if not last < message.id <= min(end, page.highest_id):
                raise UnexpectedAnswer(f"message {message.id} stands behind {last}, the log ends at {page.highest_id}")
            last = message.id
        now = self._clock()
        for message in messages:
            if message.text is None:
                self._missing_since.setdefault(message.id, now)
        return messages

    def _ask(self, window: dict[str, int | str], rows: int) -> ScanPage:
        attributes: DataDistributionAttributes = {"resourceType": self._resource_type, **window}  # type: ignore[typeddict-item]
        page = self._distribution.search(attributes, page_size=rows)
        if len(page.messages) > 1 or page.size > _ANSWER_BYTES:
            row_bytes = max(1, page.size // max(1, len(page.messages)))
            self._rows = max(1, min(self._most_rows, 2 * self._rows, _ANSWER_BYTES // row_bytes))
        return page

    # --- what is missing ----------------------------------------------------------------------------------------------

    def _pause_for(self, message: Message) -> float | None:
        """Give for how long to wait before a message is asked for again, None if it can be given.

        ContentLost, ContentAway: it was waited for long enough.
        """
        if message.text is not None:
            self._missing_since.pop(message.id, None)
            self._pauses = 0
            return None
        reason = message.content_missing_reason or "no reason is said"
        is_lost = reason in _LOST
        patience = self._lost_patience if is_lost else self._content_patience
        waited = self._clock() - self._missing_since[message.id]
        if patience is not None and waited >= patience:
            if not is_lost:
                self._missing_since.clear()
                raise ContentAway(message.id, reason)
            if self._on_lost == "raise":
                self._missing_since.clear()
                raise ContentLost(message.id, reason)
            logger.warning("message %d is given without its content: %s", message.id, reason)
            self._missing_since.pop(message.id, None)
            self._pauses = 0
            return None
        self._pauses += 1
        doubled = min(0.5 * 2.0 ** min(self._pauses, 20), _LONGEST_PAUSE)
        pause = doubled * random.uniform(0.5, 1)  # noqa: S311 - it spreads
        logger.warning("the content of message %d: %s; asking again in %.1f s", message.id, reason, pause)
        return pause if patience is None else min(pause, patience - waited + 0.01)

    def _accept_gap(self, since: datetime, until: datetime) -> None:
        """Go on behind a gap, if the caller said so; else raise Gap."""
        if self._on_gap == "raise":
            raise Gap(since, until)
        logger.warning("going on behind a gap: %s", Gap(since, until))

    def _warn_behind(self, page: ScanPage, place: LogPlace) -> None:
        """Say now and then that the hub's log ends before the place.

        One restored from a backup lifts its ids past all that were issued, with the next message. Another hub does not.
        """
        if self._clock() - self._warned_at >= _WARN_SECONDS:
            self._warned_at = self._clock()
            logger.warning(
                "the hub's highest id is %d, but this scan has come to %d: either the hub was restored from a backup, "
                "and goes on behind our place, or this is another hub",
                page.highest_id,
                place.after,
            )
