"""Finding metering points."""

from enum import StrEnum

from django.db import models
from django.db.models import QuerySet

from datahub.market import (
    Commodity,
    ConnectionState,
    ConsumptionScale,
    CoordinateSystem,
    MeteringPointType,
    MeteringType,
    Resolution,
    Role,
)
from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import Point
from datahub.parties.models import Party

_FACT_COLUMNS = tuple(name for name in Point.__slots__ if name != "parent_eic")
TEXT_COLUMNS = frozenset(
    column.name for column in MeteringPoint._meta.get_fields() if isinstance(column, models.CharField)
)
_CODES: dict[str, type[StrEnum]] = {
    "commodity": Commodity,
    "owner_role": Role,
    "metering_type": MeteringType,
    "type": MeteringPointType,
    "coordinate_system": CoordinateSystem,
    "consumption_scale": ConsumptionScale,
    "connection_state": ConnectionState,
    "resolution": Resolution,
}


def point_fact(point: MeteringPoint) -> Point:
    """Give a metering point as a plain fact; reads its parent, which is best selected with it."""
    values = {name: getattr(point, name) for name in _FACT_COLUMNS}
    for name, codes in _CODES.items():
        values[name] = codes(values[name]) if values[name] else None
    unset = {name: None for name in TEXT_COLUMNS & values.keys() if values[name] == ""}
    return Point(**{**values, **unset, "parent_eic": point.parent.eic if point.parent else None})


def point_by_eic(eic: str) -> MeteringPoint | None:
    """Find the metering point of a Z code, or None."""
    return MeteringPoint.objects.filter(eic=eic).first()


def owned_points(owner: Party, role: Role | str, commodity: Commodity | str) -> QuerySet[MeteringPoint]:
    """Give the metering points that a participant owns in a role and commodity."""
    return MeteringPoint.objects.filter(owner=owner, owner_role=role, commodity=commodity)
