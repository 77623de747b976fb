"""Writes of network bills. Source: `1-market.md`, "Network bills".

The locks of the points' lanes come first, then what stands there is read and checked, so that of two bills for one
period the second sees the first; the database's constraint stands behind that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from datahub.agreements.models import Agreement
from datahub.bills import rules
from datahub.bills.bill import Bill
from datahub.bills.models import NetworkBill
from datahub.errors import DomainError, Fault, codes, fault, phrase, refuse
from datahub.market import AgreementType, Commodity, ResourceType, Role
from datahub.metering import selectors as metering
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.services import OpenUnit, open_units
from datahub.parties.models import Party
from datahub.periods import Period

# So many faults are told of one message.
MAX_FAULTS = 1000

_Key = tuple[int, datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Standing:
    """The version of a bill that stands for a period."""

    id: int
    version: int
    calculated_at: datetime


@transaction.atomic
def save_bills(
    *, sender: Party, role: Role, commodity: Commodity, bills: Sequence[Bill], paths: Sequence[str], now: datetime
) -> None:
    """Save the bills of a message, all or none; each replaces the one that stands for the same point and period.

    `paths` names where each bill stands in the message. Raises DomainError with all faults: sender-type-error alone;
    metering-point-not-exists for a code without a point and for a stranger's alike; no-change-received where the bill
    that stands was calculated at the same time or later.
    """
    if (wrong := rules.sender_fault(role)) is not None:
        raise DomainError([wrong])
    owned = metering.owned_points(sender, role, commodity).filter(eic__in={bill.point_eic for bill in bills})
    points = dict(owned.values_list("eic", "id"))
    with open_units(lanes=points, sender_eic=sender.eic, saved_at=now) as units:
        grids = _grid_periods(points, sender)
        standing = _standing(points, bills)
        repeated = rules.repeated(bills)
        faults: list[Fault] = []
        for place, (bill, path) in enumerate(zip(bills, paths, strict=True)):
            faults += rules.own_faults(bill, commodity=commodity, now=now, path=path)
            point = points.get(bill.point_eic)
            if point is None:
                faults.append(fault(codes.METERING_POINT_NOT_EXISTS, f"{path}.meterEic", bill.point_eic))
            if place in repeated:
                faults.append(rules.repeated_fault(bill, path=path))
            elif point is not None and rules.is_period(bill):
                faults += rules.agreement_faults(bill, grids[point], path=path)
                former = standing.get((point, bill.start, bill.end))
                faults += rules.correction_faults(bill, former.calculated_at if former else None, path=path)
        if faults:
            raise DomainError(faults[:MAX_FAULTS])
        _keep(bills, points=points, standing=standing, sender=sender, now=now)
        _record(bills, units)


@transaction.atomic
def take_over_bills(*, sender: Party, bills: Sequence[Bill], now: datetime) -> None:
    """Take over bills that were sent to another hub, each for a point and period without one, and tell nobody.

    No rule is asked. The points must exist (KeyError), the bills must lie within the time that is kept; what stands
    already is refused (IntegrityError).
    """
    found = MeteringPoint.objects.filter(eic__in={bill.point_eic for bill in bills})
    points = dict(found.values_list("eic", "id"))
    with open_units(lanes=points, sender_eic="", saved_at=now):
        _insert(bills, points=points, standing={}, sender=sender, now=now)


def _grid_periods(points: Mapping[str, int], sender: Party) -> dict[int, list[Period]]:
    """Give, by the id of a point, the periods of the sender's GRID agreements there, by start."""
    rows = (
        Agreement.objects.standing()
        .filter(point__in=points.values(), type=AgreementType.GRID, service_provider=sender)
        .order_by("valid_from")
        .values_list("point_id", "valid_from", "valid_to")
    )
    periods: dict[int, list[Period]] = defaultdict(list)
    for point, start, end in rows:
        periods[point].append(Period(start, end))
    return periods


def _standing(points: Mapping[str, int], bills: Iterable[Bill]) -> dict[_Key, _Standing]:
    """Give what stands at points for periods that start as some bills' do."""
    rows = (
        NetworkBill.objects.standing()
        .filter(point__in=points.values(), period_start__in={bill.start for bill in bills})
        .values_list("point_id", "period_start", "period_end", "id", "version", "calculated_at")
    )
    return {
        (point, start, end): _Standing(number, version, calculated_at)
        for point, start, end, number, version, calculated_at in rows
    }


def _keep(
    bills: Sequence[Bill],
    *,
    points: Mapping[str, int],
    standing: Mapping[_Key, _Standing],
    sender: Party,
    now: datetime,
) -> None:
    """Write the bills; the database's refusal of two that stand for one period becomes the market's."""
    try:
        with transaction.atomic():
            _insert(bills, points=points, standing=standing, sender=sender, now=now)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise refuse(
                codes.NO_CHANGE_RECEIVED, phrase("a bill for the same period was saved in the meantime")
            ) from error
        raise


def _insert(
    bills: Sequence[Bill],
    *,
    points: Mapping[str, int],
    standing: Mapping[_Key, _Standing],
    sender: Party,
    now: datetime,
) -> None:
    keys = [(points[bill.point_eic], bill.start, bill.end) for bill in bills]
    replaced = [standing[key].id for key in keys if key in standing]
    if replaced:
        # With the starts named, only their partitions are looked into.
        starts = {start for _, start, _ in keys}
        NetworkBill.objects.filter(pk__in=replaced, period_start__in=starts).update(replaced_at=now)
    NetworkBill.objects.bulk_create(
        NetworkBill(
            point_id=points[bill.point_eic],
            period_start=bill.start,
            period_end=bill.end,
            calculated_at=bill.calculated_at,
            directions=bill.directions,
            body=bill.written(),
            version=standing[key].version + 1 if key in standing else 1,
            sender=sender,
            saved_at=now,
        )
        for bill, key in zip(bills, keys, strict=True)
    )


def _record(bills: Iterable[Bill], units: Mapping[str, OpenUnit]) -> None:
    """Record one change for each point: its bills in the message's order, each with its period and as it is told."""
    of_point: dict[str, list[dict[str, str]]] = defaultdict(list)
    for bill in bills:
        period = {"from": bill.start.isoformat(), "to": bill.end.isoformat()}
        of_point[bill.point_eic].append({**period, "bill": bill.written()})
    for eic, told in of_point.items():
        units[eic].record(Change(ResourceType.NETWORK_BILL, "CREATE", eic, after={"bills": told}))
