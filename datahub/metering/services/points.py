"""Registering and changing metering points. Source: `1-market.md`, "Metering points"; `2-wire.md`, `/meter`."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from datahub.errors import DomainError, codes, refuse
from datahub.market import Commodity, MeteringPointType, ResourceType, Role
from datahub.metering import selectors
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.metering.point_form import GivenPoint, Point, saved_form
from datahub.metering.rules import points as rules
from datahub.outbox import services as outbox
from datahub.outbox.changes import Change
from datahub.parties import selectors as parties
from datahub.parties.models import Party

_METER_EIC = "meterMetadata.meteringPoint.meterEic"
# What makes a point the point it is stands in columns of its own and never changes.
_LASTING = frozenset({"eic", "commodity", "owner_role", "type", "parent_eic"})


class ChangedMeanwhileError(Exception):
    """Somebody has changed a point since the version that whoever changes it now has seen."""


@transaction.atomic
def register_point(
    *, owner: Party, role: Role, commodity: Commodity, given: GivenPoint, now: datetime
) -> MeteringPoint:
    """Register a metering point of an owner in one of its roles.

    Raises DomainError with all faults of the rules; already-exists for a code that is taken, which is told only of
    codes in the owner's own ranges.
    """
    if (fault := rules.sender_fault(role)) is not None:
        raise DomainError([fault])
    lanes = [given.eic] if given.parent_eic is None else [given.eic, given.parent_eic]
    with outbox.open_unit(lanes=lanes, sender_eic=owner.eic, saved_at=now) as unit:
        parent = _parent(given.parent_eic)
        faults = rules.registration_faults(
            given,
            commodity=commodity,
            role=role,
            owner_eic=owner.eic,
            ranges=parties.code_ranges(owner),
            parent=None
            if parent is None
            else rules.Parent(Commodity(parent.commodity), MeteringPointType(parent.type)),
        )
        if faults:
            raise DomainError(faults)
        if MeteringPoint.objects.filter(eic=given.eic).exists():
            raise refuse(codes.ALREADY_EXISTS, _METER_EIC, given.eic)
        fact = given.as_point(commodity=commodity, owner_role=role)
        point = MeteringPoint.objects.create(
            eic=fact.eic,
            commodity=fact.commodity,
            owner=owner,
            owner_role=fact.owner_role,
            type=fact.type,
            parent=parent,
            created_at=now,
            changed_at=now,
            **_columns(fact),
        )
        _keep(unit, point, fact, before=None, now=now)
    return point


@transaction.atomic
def change_point(
    *,
    owner: Party,
    role: Role,
    commodity: Commodity,
    given: GivenPoint,
    now: datetime,
    seen_version: int | None = None,
) -> MeteringPoint:
    """Change what a message names of an owner's metering point; the rest stays.

    Raises metering-point-not-exists for a code without a point and for a stranger's alike, else DomainError with all
    faults of the rules, no-change-received among them. ChangedMeanwhileError where the point is not any more as it was
    seen, if a version is named.
    """
    if (fault := rules.sender_fault(role)) is not None:
        raise DomainError([fault])
    lasting = _owned(owner, role, commodity, given.eic)
    lanes = [given.eic] if lasting.parent is None else [given.eic, lasting.parent.eic]
    with outbox.open_unit(lanes=lanes, sender_eic=owner.eic, saved_at=now) as unit:
        # Read again: another change may have been saved while this one waited for the lane.
        point = _owned(owner, role, commodity, given.eic)
        if seen_version not in (None, point.version):
            raise ChangedMeanwhileError(given.eic)
        before = selectors.point_fact(point)
        if faults := rules.change_faults(before, given):
            raise DomainError(faults)
        after = given.merged_into(before)
        for column, value in _columns(after).items():
            setattr(point, column, value)
        point.version += 1
        point.changed_at = now
        point.save()
        _keep(unit, point, after, before=before, now=now)
    return point


def _owned(owner: Party, role: Role, commodity: Commodity, eic: str) -> MeteringPoint:
    point = selectors.owned_points(owner, role, commodity).select_related("parent").filter(eic=eic).first()
    if point is None:
        raise refuse(codes.METERING_POINT_NOT_EXISTS, _METER_EIC, eic)
    return point


def _parent(eic: str | None) -> MeteringPoint | None:
    return None if eic is None else MeteringPoint.objects.filter(eic=eic).first()


def _columns(fact: Point) -> dict[str, Any]:
    """Give what may change as the columns have it: an unset text is empty."""
    columns = {name: value for name, value in asdict(fact).items() if name not in _LASTING}
    return {name: "" if value is None and name in selectors.TEXT_COLUMNS else value for name, value in columns.items()}


def _keep(unit: outbox.OpenUnit, point: MeteringPoint, fact: Point, *, before: Point | None, now: datetime) -> None:
    form = saved_form(fact)
    MeteringPointVersion.objects.create(point=point, version=point.version, known_from=unit.id, saved_at=now, data=form)
    unit.record(
        Change(
            ResourceType.METERING_POINT,
            "CREATE" if before is None else "UPDATE",
            point.eic,
            before=None if before is None else {"point": saved_form(before)},
            after={"point": form},
        )
    )
