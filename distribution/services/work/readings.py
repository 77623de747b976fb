"""Telling readings: cut to what each recipient may see, one content for all who see the same intervals."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from msgspec import Raw

from datahub.market import ResourceType
from datahub.metering.readings import documents
from datahub.metering.readings.lost import from_runs
from datahub.outbox.changes import Change
from datahub.periods import Period
from distribution.packs import frame
from distribution.rules.about import About, Part, about_times, customer_parts
from distribution.rules.facts import Facts, Recipient
from distribution.rules.readings import Cut, Share, entitled_to_readings, share_out
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side

# A content of readings is closed when it would grow beyond so many bytes; an element is never divided.
READINGS_CONTENT_BYTES = 1_000_000
# A larger element is written anew, though it could be told as it was sent: a year of quarter-hours takes less, and what
# more there is is blanks between them.
AS_SENT_BYTES = 8_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def told_elements(after: dict[str, Any]) -> Sequence[int]:
    """Give the places of the elements that a change of readings tells: all, unless it is a part of one that failed."""
    elements: Sequence[int] = after.get("elements") or range(len(after["points"]))
    return elements


def point_eics(change: Change) -> list[str]:
    """Give the metering points that a change is about."""
    after = side(change)
    return [after["points"][element][0] for element in told_elements(after)]


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the messages of accepted readings."""
    after = side(change)
    entitled, facts_of, facts_at = [], {}, {}
    for element in told_elements(after):
        eic, first, end, _ = after["points"][element]
        if eic not in facts_of:
            facts_of[eic] = batch.of(eic, known_at=unit.known_at, saved_at=unit.saved_at)
        span = Period(_moment(first), _moment(end))
        cuts = entitled_to_readings(facts_of[eic], span, sender_eic=unit.sender_eic)
        if cuts:
            entitled.append((element, span, cuts))
            facts_at[element] = facts_of[eic]
    if not entitled:
        return
    with transaction.atomic():
        body = documents.load_body(int(after["document"]), datetime.fromisoformat(after["received_at"]))
    elements = documents.split_elements(body)
    if len(elements) != len(after["points"]):
        raise ValueError(
            f"document {after['document']} has {len(elements)} elements, its change {len(after['points'])}"
        )
    spans = {element: span for element, span, _ in entitled}
    settled = ((place, span, _settled(elements[place], place, span, cuts, after)) for place, span, cuts in entitled)
    for recipients, shares in share_out(settled):
        pieces = ((_piece(bytes(elements[s.element]), s, spans[s.element], after), s) for s in shares)
        for content, of_content in _contents((piece, share) for piece, share in pieces if piece):
            about: list[About] = []
            for share in of_content:
                facts, element = facts_at[share.element], share.element
                cut = (spans[element],) if share.cut is None else share.cut
                told = _told_parts(elements[element], element, cut, facts, after)
                about += about_times(facts, told, recipients)
            yield Told(ResourceType.METERING_DATA, change.reason, frame(content), sorted(recipients), about)


def _told_parts(element: Raw, place: int, cut: Cut, facts: Facts, after: dict[str, Any]) -> list[Part]:
    """Give what is told of an element as parts of its customers' time, without those in which no interval lies.

    Where one customer has all of it there is nothing to find out.
    """
    parts = customer_parts(facts, cut)
    if [part.period for part in parts] == list(cut):
        return parts
    return [part for part in parts if _cut(bytes(element), place, (part.period,), after) is not None]


def _settled(
    element: Raw, place: int, span: Period, cuts: dict[Recipient, Cut], after: dict[str, Any]
) -> dict[Recipient, Cut]:
    """Give all who see the same intervals of an element the same cut, though their periods may differ between those.

    The whole stands for any cut that leaves nothing out; who sees no interval at all is left out.
    """
    whole = (span,)
    if all(cut == whole for cut in cuts.values()):
        return cuts
    alike: dict[bytes, Cut] = {}
    same_as: dict[Cut, Cut] = {}
    for cut in dict.fromkeys([whole, *cuts.values()]):
        piece = _cut(bytes(element), place, cut, after)
        if piece is not None:
            same_as[cut] = alike.setdefault(hashlib.blake2b(piece).digest(), cut)
    return {recipient: same_as[cut] for recipient, cut in cuts.items() if cut in same_as}


def _piece(element: bytes, share: Share, span: Period, after: dict[str, Any]) -> bytes | None:
    """Give the bytes of an element that are shared; None if there is nothing in them."""
    as_sent = after["points"][share.element][3] == 0 and len(element) <= AS_SENT_BYTES
    if share.cut is None and as_sent:
        return element
    return _cut(element, share.element, (span,) if share.cut is None else share.cut, after)


def _cut(element: bytes, place: int, cut: Cut, after: dict[str, Any]) -> bytes | None:
    """Give the intervals of an element that lie in a cut, without what was lost; None if there are none."""
    return documents.cut_element(
        element,
        periods=cut,
        lost=from_runs(after["lost"].get(str(place), ())),
        received_at=datetime.fromisoformat(after["received_at"]),
    )


def _contents(pieces: Iterable[tuple[bytes, Share]]) -> Iterator[tuple[bytes, list[Share]]]:
    """Join elements into lists of bounded size, each with what it is joined of."""
    joined: list[bytes] = []
    shares: list[Share] = []
    size = 0
    for piece, share in pieces:
        if joined and size + len(piece) > READINGS_CONTENT_BYTES:
            yield b"[" + b",".join(joined) + b"]", shares
            joined, shares, size = [], [], 0
        joined.append(piece)
        shares.append(share)
        size += len(piece) + 1
    if joined:
        yield b"[" + b",".join(joined) + b"]", shares
