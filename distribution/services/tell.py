"""Telling what was saved: units are claimed in batches, worked, staged, and then published."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from datahub.outbox import finished
from distribution.models import Address
from distribution.packs import Packer, Place
from distribution.rules.facts import Recipient
from distribution.selectors.facts import BatchFacts
from distribution.services import queue, sequencer, told_log
from distribution.services.queue import Kind
from distribution.services.work import point_eics, work
from distribution.services.work.waiting import Told, Waiting

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# A batch takes units that touch so many lanes, and is closed when its contents have grown to so many packed bytes:
# memory stays bounded, and so does the time (some 50 ms) that a save waits for the batch before its own. Of readings
# that is one large document or some small ones.
BATCH_LANES = {Kind.SMALL: 200, Kind.READINGS: 100}
BATCH_BYTES = 512 * 1024
# So much of changes is claimed at a time, as text; read, they take a dozen times as much. One unit's may be larger.
CLAIM_BYTES = 2 * 1024 * 1024
# So many units are claimed at a time. Those that follow others of the batch come in the next turn.
_AT_A_TIME = 100
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Staged:
    """One content of a unit, with its place in the store."""

    unit_id: int
    told: Told
    place: Place


def tell_batch(*, now: datetime, kind: Kind = Kind.SMALL) -> int:
    """Work a batch of ready units of a kind and stage their messages, all or nothing; give how many were dealt with.

    Raises StoreUnavailable if the contents cannot be stored: then the units stay as they are. A unit that fails for any
    other reason is put off or set aside by itself, and the rest goes on.
    """
    with transaction.atomic():
        units = _claim(now=now, kind=kind)
        if not units:
            return 0
        failures = Failures()
        points = {unit.id: eics for unit in units if (eics := failures.attempt(unit, point_eics)) is not None}
        readable = [unit for unit in units if unit.id in points]
        facts = BatchFacts(eic for eics in points.values() for eic in eics)
        packer = Packer(now)
        staged: list[Staged] = []
        waiting = {unit.id for unit in units}
        packed = 0
        for unit in readable:
            if packed > BATCH_BYTES:
                break
            if not waiting.isdisjoint(unit.depends_on):
                continue  # what it follows has failed
            messages = failures.attempt(unit, lambda u: work(u, facts))
            if messages is None:
                continue
            staged += [Staged(unit.id, told, packer.add(told.frame)) for told in messages]
            packed += sum(len(told.frame) for told in messages)
            waiting.remove(unit.id)
        packer.finish()
        _stage(staged, now=now)
        worked = [unit.id for unit in units if unit.id not in waiting]
        finished.keep(worked, outcome=finished.TOLD, now=now)
        divisible = [unit for unit, _ in failures.found if unit in readable and queue.is_divisible(unit)]
        queue.split(divisible, now=now)
        for unit, reason in failures.found:
            if unit not in divisible:
                queue.failed(unit, reason, now=now)
    return len(worked) + len(failures.found)


class Failures:
    """The units of a batch that could not be worked, each with what was raised."""

    def __init__(self) -> None:
        self.found: list[tuple[Waiting, str]] = []

    def attempt(self, unit: Waiting, step: Callable[[Waiting], Result]) -> Result | None:
        """Do a step of a unit's working; None if it failed."""
        try:
            return step(unit)
        except (OperationalError, InterfaceError):
            raise  # the database is away, which is no fault of the unit
        # The one place that catches everything: whatever a unit's working raises is kept with that unit, where staff
        # see it, and must not stop the telling of all others.
        except Exception as error:
            logger.exception("unit %s failed", unit.id)
            self.found.append((unit, f"{type(error).__name__}: {error}"))
            return None


def _claim(*, now: datetime, kind: Kind) -> list[Waiting]:
    """Claim ready units of a kind and those that follow them, some at a time, until they are enough for a batch.

    That is so many lanes, which is what working them takes, or so many bytes, which is what holding them takes.
    """
    units: list[Waiting] = []
    left_bytes = CLAIM_BYTES
    # Readings begin with one unit, which may be large; what the next ones touch is guessed from those before.
    limit = _AT_A_TIME if kind is Kind.SMALL else 1
    for _ in range(_STEPS):
        taken = [unit.id for unit in units]
        more = queue.claim(now=now, kind=kind, limit=limit, most_bytes=left_bytes, taken=taken)
        units += more
        left_bytes -= sum(len(unit.kept) for unit in more)
        left_lanes = BATCH_LANES[kind] - sum(len(unit.lanes) for unit in units)
        if not more or left_lanes <= 0 or left_bytes <= 0:
            break
        most_lanes = max(len(unit.lanes) for unit in units)
        most_bytes = max(len(unit.kept) for unit in units)
        limit = 1 + min(left_lanes // most_lanes, left_bytes // most_bytes, _AT_A_TIME - 1)
    return units


def _known_addresses(recipients: set[Recipient]) -> dict[Recipient, int]:
    rows = Address.objects.filter(participant_eic__in={recipient.participant_eic for recipient in recipients})
    return {Recipient(row.participant_eic, row.role, row.commodity): row.pk for row in rows}


def _address_ids(recipients: set[Recipient]) -> dict[Recipient, int]:
    """Give the ids of addresses; those that are new are added."""
    known = _known_addresses(recipients)
    unknown = sorted(recipients - known.keys())
    if not unknown:
        return known
    Address.objects.bulk_create((Address(**recipient._asdict()) for recipient in unknown), ignore_conflicts=True)
    return _known_addresses(recipients)


def _stage(staged: list[Staged], *, now: datetime) -> None:
    """Stage messages, and log of whose data they tell."""
    ids = _address_ids({recipient for stage in staged for recipient in stage.told.recipients})
    columns = "unit_id, address_id, resource_type, reason, pack, pack_offset, pack_length"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY distribution_staged_message ({columns}) FROM STDIN") as copy,
    ):
        for unit_id, told, place in ((s.unit_id, s.told, s.place) for s in staged):
            for recipient in told.recipients:
                copy.write_row(
                    (unit_id, ids[recipient], told.resource_type, told.reason, place.pack, place.offset, place.length)
                )
    told_log.keep((s.told for s in staged), address_ids=ids, now=now)


def tell(*, now: datetime, batches: int) -> bool:
    """Tell what waits, at most so many batches of each kind in turn, each published before the next.

    So a small save waits for no more than a document, and documents for no more than a batch of small saves. Says
    whether more may be waiting. Raises StoreUnavailable when the content store is away.
    """
    for _ in range(batches):
        dealt_with = 0
        for kind in Kind:
            dealt_with += tell_batch(now=now, kind=kind)
            # With it goes what an interrupted worker had staged.
            sequencer.publish()
        # What is ready but was not claimed is another worker's.
        if not dealt_with or not queue.any_ready(now=now):
            return False
    return True
