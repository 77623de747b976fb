"""Documents of readings: accepted at the door, then worked on one by one. Source: `1-market.md`, "Readings".

A document is taken whole or not at all, and always reaches a final status. It waits in its own row: a worker that dies
leaves it waiting, and a document that makes its worker fail again and again ends as ERROR. Which of two readings counts
never depends on which document is worked on first: the newer one, of equal reading times that accepted later.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from datahub.database.arrays import AnyOf
from datahub.errors import any_of, codes, fault, phrase, refuse
from datahub.market import METERING_POINT_OPERATOR_ROLES, Commodity, DocumentStatus, Resolution, ResourceType, Role
from datahub.metering.models import DocumentBody, MeterDataDocument, MeteringPoint
from datahub.metering.readings import blocks, columns, decoding, documents, storage, ties, times
from datahub.metering.readings.blocks import Incoming, Uncovered
from datahub.metering.readings.calendar import window_at
from datahub.metering.readings.channels import RESOLUTIONS, STEP_SECONDS
from datahub.metering.readings.columns import Columns
from datahub.metering.readings.lost import to_runs
from datahub.metering.rules import readings as rules
from datahub.metering.rules.readings import ReadingFault
from datahub.metrics import counters
from datahub.outbox import services as outbox
from datahub.outbox import wake
from datahub.outbox.changes import Change
from datahub.parties.models import Party

MAX_ATTEMPTS = 5
# A worker that dies says nothing, so each attempt begins by putting off the next one.
_FIRST_PAUSE_SECONDS = 5
# Bodies are kept for seven days: what has waited longer cannot be worked on any more.
_WAITS_AT_MOST = timedelta(days=7)
_RETRY_AFTER_SECONDS = 300
_UNEXPECTED = {
    "meterEic": None,
    "pS": None,
    "code": codes.GENERAL_AT_WORK.name,
    "message": fault(codes.GENERAL_AT_WORK).message,
}


def accept_document(
    *, sender: Party, role: Role, commodity: Commodity, identification: UUID, body: bytes, now: datetime
) -> MeterDataDocument:
    """Keep a message of readings whose shape is right, to be worked on afterwards.

    Must run in the request's transaction. Raises sender-type-error for a role that owns no metering points, and
    queue-full (503) when too much waits already.
    """
    if role not in METERING_POINT_OPERATOR_ROLES:
        raise refuse(codes.SENDER_TYPE, role, any_of(sorted(METERING_POINT_OPERATOR_ROLES)))
    count, size = waiting(now=now)
    if count >= settings.DOCUMENT_QUEUE_MAX_COUNT or size >= settings.DOCUMENT_QUEUE_MAX_BYTES:
        raise refuse(codes.QUEUE_FULL, retry_after=_RETRY_AFTER_SECONDS)
    kept = documents.compress(body)
    document = MeterDataDocument.objects.create(
        received_at=now,
        identification=identification,
        sender=sender,
        sender_role=role,
        commodity=commodity,
        status=DocumentStatus.PROCESSING,
        body_bytes=len(kept),
    )
    DocumentBody.objects.create(document_id=document.pk, received_at=now, body=kept)
    transaction.on_commit(wake_workers)
    return document


def wake_workers() -> None:
    """Wake a worker to work on what waits."""
    wake.send(settings.WAKE_DOCUMENTS_TASK)


def waiting(*, now: datetime) -> tuple[int, int]:
    """Give how many documents wait, and their kept bytes; no more than the queue's bound is counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(body_bytes), 0) FROM (SELECT body_bytes FROM metering_document"
            " WHERE status = 'PROCESSING' AND received_at > %s AND received_at <= %s LIMIT %s) waiting",
            [now - _WAITS_AT_MOST, now + timedelta(hours=1), settings.DOCUMENT_QUEUE_MAX_COUNT],
        )
        count, size = cursor.fetchone()
    return count, int(size)


def work_next_document(*, now: datetime) -> bool:
    """Work on the document that has waited longest; tell whether there was one.

    An unexpected error passes through: the document stays waiting and is taken again after a pause, at most
    MAX_ATTEMPTS times.
    """
    begun = _begin_attempt(now)
    if begun is None:
        return False
    document_id, received_at, attempts = begun
    with transaction.atomic():
        # Between the attempt's beginning and this lock another worker may have taken it: it is waited for, and then
        # done with it. Mostly it only looked at the row, and holds it for a moment: passing by would cost the pause.
        document = (
            MeterDataDocument.objects.select_for_update(of=("self",))
            .select_related("sender")
            .filter(pk=document_id, received_at=received_at, status=DocumentStatus.PROCESSING)
            .first()
        )
        if document is not None and attempts > MAX_ATTEMPTS:
            _give_up(document, now)
        elif document is not None:
            _work(document, now)
    return True


def give_up_forgotten_documents(*, now: datetime) -> int:
    """End the documents that have waited longer than their bodies are kept; give how many."""
    return MeterDataDocument.objects.filter(
        status=DocumentStatus.PROCESSING, received_at__lte=now - _WAITS_AT_MOST
    ).update(
        status=DocumentStatus.ERROR,
        finished_at=now,
        status_message="it was not worked on in time; send it again",
        faults=[_UNEXPECTED],
    )


def has_waiting(*, now: datetime) -> bool:
    """Tell whether a document waits that may be worked on now."""
    return (
        MeterDataDocument.objects.filter(status=DocumentStatus.PROCESSING, received_at__gt=now - _WAITS_AT_MOST)
        .filter(Q(not_before=None) | Q(not_before__lte=now))
        .exists()
    )


def _begin_attempt(now: datetime) -> tuple[int, datetime, int] | None:
    """Count an attempt at the document that has waited longest, in a transaction of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        # An attempt that is lost with the power was none: no need to wait for the disk.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            "WITH next AS MATERIALIZED ("
            "  SELECT id, received_at FROM metering_document WHERE status = 'PROCESSING'"
            "  AND received_at > %(oldest)s AND received_at <= %(youngest)s"
            "  AND (not_before IS NULL OR not_before <= %(now)s)"
            "  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            " UPDATE metering_document d SET attempts = d.attempts + 1,"
            " not_before = %(now)s::timestamptz + make_interval(secs => %(pause)s * power(2, d.attempts))"
            " FROM next WHERE d.id = next.id AND d.received_at = next.received_at"
            # Said again of the table itself, so that the planner looks at these days' partitions alone.
            " AND d.received_at > %(oldest)s AND d.received_at <= %(youngest)s"
            " RETURNING d.id, d.received_at, d.attempts",
            {
                "now": now,
                "pause": _FIRST_PAUSE_SECONDS,
                "oldest": now - _WAITS_AT_MOST,
                "youngest": now + timedelta(hours=1),
            },
        )
        row: tuple[int, datetime, int] | None = cursor.fetchone()
    return row


def _give_up(document: MeterDataDocument, now: datetime) -> None:
    _finish(
        document,
        now,
        faults=[_UNEXPECTED],
        message=f"it could not be worked on in {MAX_ATTEMPTS} attempts; nothing was saved",
    )


def _finish(document: MeterDataDocument, now: datetime, *, faults: list[dict[str, Any]], message: str) -> None:
    status = DocumentStatus.ERROR if faults else DocumentStatus.SUCCESSFUL
    found = {str(one["code"]) for one in faults}
    transaction.on_commit(partial(counters.document_ended, status=status, found=found))
    MeterDataDocument.objects.filter(pk=document.pk, received_at=document.received_at).update(
        status=status,
        finished_at=now,
        not_before=None,
        faults=faults,
        status_message=message,
    )


def _work(document: MeterDataDocument, now: datetime) -> None:
    decoded = decoding.read(_body_of(document.pk, document.received_at))
    commodity, made = Commodity(document.commodity), decoded.columns
    message = rules.Message(
        columns=made,
        sender=rules.Sender(document.sender.eic, commodity),
        points=_own_points(document, made.eics),
        window=window_at(document.received_at, commodity),
        texts=decoded.texts,
    )
    found = rules.faults_of(message)
    if found:
        _finish_with_faults(document, now, found + _uncovered_beside(message, found))
        return
    points = [message.points[eic] for eic in made.eics]
    arrived_at = times.to_microseconds(document.received_at)
    lanes = {lane for point in points for lane in point.lanes}
    with outbox.open_unit(lanes=lanes, sender_eic=document.sender.eic, saved_at=now) as unit:
        incoming = blocks.make(made, [point.id for point in points], message.window.days, arrived_at)
        sent = [part.wins.copy() for part in incoming]
        stored = _stored(incoming)
        if any(ties.stand(part, stored, commodity) for part in incoming):
            _overtake(document, incoming, {eic: point.id for eic, point in message.points.items()})
        uncovered = [one for part in incoming for one in blocks.merge(part, stored, commodity)]
        if uncovered:
            _finish_with_faults(document, now, [_uncovered_fault(message, one) for one in uncovered])
            return
        storage.write_days([day for part in incoming for day in blocks.days_to_write(part)])
        lost: dict[int, list[tuple[int, str]]] = {}
        for part, was_sent in zip(incoming, sent, strict=True):
            for element, quantities in blocks.lost(part, made, was_sent).items():
                lost.setdefault(element, []).extend(quantities)
        changed = _without_reading_time(made) | lost.keys() | set(decoded.with_null)
        unit.record(
            Change(
                ResourceType.METERING_DATA,
                "CREATE",
                str(document.pk),
                after={
                    "document": document.pk,
                    "commodity": commodity.value,
                    "received_at": document.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                    "points": _spans(message, changed),
                    "lost": {str(element): to_runs(quantities) for element, quantities in lost.items()},
                },
            )
        )
    _finish(document, now, faults=[], message="")


def _own_points(document: MeterDataDocument, eics: Iterable[str]) -> dict[str, rules.OwnPoint]:
    rows = MeteringPoint.objects.filter(
        AnyOf("eic", set(eics)), owner=document.sender, owner_role=document.sender_role
    ).values_list("id", "eic", "commodity", "parent__eic")
    return {
        eic: rules.OwnPoint(pk, eic, Commodity(commodity), (eic, parent) if parent else (eic,))
        for pk, eic, commodity, parent in rows
    }


def _body_of(document_id: int, received_at: datetime) -> bytes:
    bodies = DocumentBody.objects.filter(document_id=document_id, received_at=received_at)
    return documents.decompress(bytes(bodies.values_list("body", flat=True).get()))


def _stored(incoming: list[Incoming]) -> dict[tuple[int, date], bytes]:
    return storage.read_days([key for part in incoming for key in zip(part.points, part.days, strict=True)])


def _overtake(document: MeterDataDocument, incoming: list[Incoming], point_ids: dict[str, int]) -> None:
    """Mark what documents said that were accepted later and are done already. Must run at the points' locked lanes."""
    commodity = Commodity(document.commodity)
    # A point's owner never changes: nobody else can have sent its readings.
    later = MeterDataDocument.objects.filter(
        Q(received_at__gt=document.received_at) | Q(pk__gt=document.pk),
        received_at__gte=document.received_at,
        sender=document.sender,
        sender_role=document.sender_role,
        commodity=document.commodity,
        status=DocumentStatus.SUCCESSFUL,
    )
    for document_id, received_at in later.values_list("pk", "received_at"):
        elements = decoding.elements_at(_body_of(document_id, received_at), point_ids.keys())
        if not elements:
            continue
        made = columns.make(elements)
        days, arrived_at = window_at(received_at, commodity).days, times.to_microseconds(received_at)
        said = blocks.make(made, [point_ids[eic] for eic in made.eics], days, arrived_at)
        for part in incoming:
            ties.overtake(part, said)


def _uncovered_beside(message: rules.Message, found: list[ReadingFault]) -> list[ReadingFault]:
    """Find days of another resolution that a message does not cover in which other things are wrong, too.

    Looks at the days in which nothing else is wrong; reads without locks, since nothing will be saved.
    """
    made, days = message.columns, message.window.days
    own = np.array([_is_right(message, eic) for eic in made.eics], np.bool_)
    ids = np.array([message.points[eic].id if eic in message.points else 0 for eic in made.eics], np.int64)
    usable = own[made.element] & message.in_window
    usable[[one.interval for one in found if one.start is not None]] = False
    number = days.number_of(np.where(message.in_window, made.start, days.starts[0]))
    key = rules.point_numbers(made) * len(days.starts) + number
    kept = np.flatnonzero(usable & ~np.isin(key, key[~usable]))
    if not len(kept):
        return []
    part = columns.take(made, kept)
    parts = blocks.make(part, ids.tolist(), days, times.to_microseconds(datetime.max.replace(year=2199, tzinfo=UTC)))
    stored = _stored(parts)
    uncovered = [one for part in parts for one in blocks.merge(part, stored, message.sender.commodity)]
    return [_uncovered_fault(message, Uncovered(int(kept[one.interval]), one.stored, one.sent)) for one in uncovered]


def _is_right(message: rules.Message, eic: str) -> bool:
    point = message.points.get(eic)
    return point is not None and point.commodity is message.sender.commodity


def _uncovered_fault(message: rules.Message, one: Uncovered) -> ReadingFault:
    must_be = phrase("{0}, like the readings that day already has, unless all of those are replaced", one.stored)
    return message.fault_at(
        one.interval, fault(codes.WRONG_RESOLUTION, message.period_path(one.interval), one.sent, must_be)
    )


def _finish_with_faults(document: MeterDataDocument, now: datetime, found: list[ReadingFault]) -> None:
    faults = [
        {
            "meterEic": one.eic,
            "pS": None if one.start is None else rules.show_start(one.start),
            "code": one.fault.code.name,
            "message": one.fault.message,
        }
        for one in sorted(found, key=lambda one: one.interval)
    ]
    counted = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    _finish(document, now, faults=faults, message=f"{counted}; nothing was saved")


def _without_reading_time(made: Columns) -> set[int]:
    left_out = np.zeros(len(made.start), np.bool_)
    for direction in (made.inward, made.outward):
        left_out |= direction.present & (direction.time == times.MISSING)
    return set(made.element[left_out].tolist())


def _spans(message: rules.Message, changed: set[int]) -> list[list[Any]]:
    """Give for each element its point, first start, last end (seconds since 1970), and whether it is re-encoded."""
    made, days = message.columns, message.window.days
    firsts = np.flatnonzero(np.concatenate([[True], made.element[1:] != made.element[:-1]]))
    step = np.array([STEP_SECONDS[resolution] * 1_000_000 for resolution in RESOLUTIONS])[made.resolution]
    end = made.start + step
    daily = made.resolution == RESOLUTIONS.index(Resolution.P1D)
    if daily.any():
        end[daily] = days.starts[days.number_of(made.start[daily]) + 1]
    starts = (np.minimum.reduceat(made.start, firsts) // 1_000_000).tolist()
    ends = (np.maximum.reduceat(end, firsts) // 1_000_000).tolist()
    return [
        [eic, start, last, int(number in changed)]
        for number, (eic, start, last) in enumerate(zip(made.eics, starts, ends, strict=True))
    ]
