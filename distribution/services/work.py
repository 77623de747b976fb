"""Working one unit: its changes become messages with their contents. Nothing is written here."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import transaction
from msgspec import Raw

from datahub.agreements.facts import AgreementFact
from datahub.market import ResourceType
from datahub.metering.readings import documents
from datahub.metering.readings.lost import from_runs
from datahub.outbox.changes import Change
from datahub.periods import Period
from distribution.packs import frame
from distribution.rules import contents
from distribution.rules.facts import Facts, Recipient
from distribution.rules.readings import Cut, Share, entitled_to_readings, share_out
from distribution.rules.recipients import AgreementChange, told_of_agreement, told_of_point
from distribution.selectors.facts import BatchFacts

# A content of readings is closed when it would grow beyond so many bytes; an element is never divided.
READINGS_CONTENT_BYTES = 1_000_000
# A larger element is written anew, though it could be told as it was sent: a year of quarter-hours takes less, and what
# more there is is blanks between them.
AS_SENT_BYTES = 8_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOLD_IN_ORDER = ("DELETE", "UPDATE", "CREATE")


class Told(NamedTuple):
    """One content, packed, for all recipients that share it."""

    resource_type: str
    reason: str
    frame: bytes
    recipients: list[Recipient]


@dataclass(frozen=True)
class Waiting:
    """A unit as it is claimed. Its changes are read when they are asked for, and may turn out to be unreadable."""

    id: int
    known_at: int
    sender_eic: str
    saved_at: datetime
    lanes: list[str]
    depends_on: list[int]
    attempts: int
    kept: str

    @cached_property
    def changes(self) -> list[Change]:
        """Its changes in the order of their telling: deletes, updates, creates, each kind as it was recorded."""
        changes = (Change.from_json(change) for change in json.loads(self.kept))
        return sorted(changes, key=lambda change: _TOLD_IN_ORDER.index(what(change)))

    @cached_property
    def point_eics(self) -> set[str]:
        """The metering points that its changes are about."""
        return {eic for change in self.changes for eic in point_eics(change)}


def what(change: Change) -> str:
    """Give what was done to the object: CREATE, UPDATE or DELETE."""
    return change.reason.split("_BC_")[0]


def point_eics(change: Change) -> list[str]:
    """Give the metering points that a change is about, none for an agreement without one."""
    match change.resource_type:
        case ResourceType.METERING_POINT:
            return [change.object_key]
        case ResourceType.AGREEMENT:
            eic = _side(change)["point_eic"]
            return [eic] if eic else []
        case ResourceType.METERING_DATA:
            side = _side(change)
            return [side["points"][element][0] for element in told_elements(side)]
    return []


def told_elements(after: dict[str, Any]) -> Sequence[int]:
    """Give the places of the elements that a change of readings tells: all, unless it is a part of one that failed."""
    elements: Sequence[int] = after.get("elements") or range(len(after["points"]))
    return elements


def _side(change: Change) -> dict[str, Any]:
    side = change.after or change.before
    if side is None:
        raise ValueError(f"a change of {change.object_key} without a snapshot")
    return side


def work(unit: Waiting, batch: BatchFacts) -> list[Told]:
    """Give the messages of a unit in the order of their telling.

    Raises whatever is wrong with the unit: the caller sets it aside and goes on.
    """
    return [told for change in unit.changes for told in _work_change(change, unit, batch)]


def _work_change(change: Change, unit: Waiting, batch: BatchFacts) -> Iterable[Told]:
    match change.resource_type:
        case ResourceType.METERING_POINT:
            return _point(change, unit, batch)
        case ResourceType.AGREEMENT:
            return _agreement(change, unit, batch)
        case ResourceType.METERING_DATA:
            return _readings(change, unit, batch)
    raise ValueError(f"nobody knows yet whom a change of {change.resource_type} is told")


def _facts(point_eic: str | None, unit: Waiting, batch: BatchFacts) -> Facts:
    return batch.of(point_eic, known_at=unit.known_at, saved_at=unit.saved_at)


def _point(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    told = told_of_point(_facts(change.object_key, unit, batch), sender_eic=unit.sender_eic)
    if told:
        content = contents.point_content(_side(change)["point"])
        yield Told(ResourceType.METERING_POINT, change.reason, frame(content), sorted(told))


def _agreement(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    agreement = AgreementChange(
        what=what(change),
        because_of_another="_BC_" in change.reason,
        before=AgreementFact.from_json(change.before) if change.before else None,
        after=AgreementFact.from_json(change.after) if change.after else None,
    )
    told = told_of_agreement(agreement, _facts(agreement.fact.point_eic, unit, batch), sender_eic=unit.sender_eic)
    for view, recipients in contents.by_view(told):
        content = contents.agreement_content(agreement.fact, view)
        yield Told(ResourceType.AGREEMENT, change.reason, frame(content), recipients)


# --- readings -----------------------------------------------------------------------------------------------------


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _readings(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    after = _side(change)
    entitled, facts_of = [], {}
    for element in told_elements(after):
        eic, first, end, _ = after["points"][element]
        if eic not in facts_of:
            facts_of[eic] = _facts(eic, unit, batch)
        span = Period(_moment(first), _moment(end))
        cuts = entitled_to_readings(facts_of[eic], span, sender_eic=unit.sender_eic)
        if cuts:
            entitled.append((element, span, cuts))
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
        pieces = (_piece(bytes(elements[s.element]), s, spans[s.element], after) for s in shares)
        for content in _contents(piece for piece in pieces if piece):
            yield Told(ResourceType.METERING_DATA, change.reason, frame(content), sorted(recipients))


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


def _contents(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join elements into lists of bounded size."""
    joined: list[bytes] = []
    size = 0
    for piece in pieces:
        if joined and size + len(piece) > READINGS_CONTENT_BYTES:
            yield b"[" + b",".join(joined) + b"]"
            joined, size = [], 0
        joined.append(piece)
        size += len(piece) + 1
    if joined:
        yield b"[" + b",".join(joined) + b"]"
