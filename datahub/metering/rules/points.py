"""What a metering point must be. Source: `1-market.md`, "Metering points"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datahub.errors import Fault, any_of, codes, fault, listing, phrase
from datahub.market import METERING_POINT_OPERATOR_ROLES, Commodity, CoordinateSystem, MeteringPointType, Role
from datahub.metering.point_form import AGGREGATOR_BLOCK, GivenPoint, Point, fitting_block, path_of

_EIC = "meterMetadata.meteringPoint.meterEic"
_TYPE = "meterMetadata.meteringPoint.meteringPointType"
_PARENT = f"meterMetadata.{AGGREGATOR_BLOCK}.parentMeterEic"

_GRID_AGREEMENT_ROLES = {
    Commodity.ELECTRICITY: METERING_POINT_OPERATOR_ROLES - {Role.AGGREGATOR},
    Commodity.NATURAL_GAS: frozenset({Role.GRID_OPERATOR, Role.PRODUCER_OPERATOR}),
}
OWNER_ROLES: Mapping[tuple[MeteringPointType, Commodity], frozenset[Role]] = {
    **{(MeteringPointType.REGULAR, commodity): roles for commodity, roles in _GRID_AGREEMENT_ROLES.items()},
    (MeteringPointType.INTERNAL, Commodity.ELECTRICITY): _GRID_AGREEMENT_ROLES[Commodity.ELECTRICITY],
    (MeteringPointType.BORDER, Commodity.ELECTRICITY): frozenset({Role.GRID_OPERATOR}),
    (MeteringPointType.BORDER, Commodity.NATURAL_GAS): frozenset({Role.GRID_OPERATOR}),
    (MeteringPointType.AGGREGATION, Commodity.ELECTRICITY): frozenset({Role.AGGREGATOR}),
}


def types_of(commodity: Commodity) -> list[MeteringPointType]:
    """Give the types that metering points of a commodity may have."""
    return [kind for kind in MeteringPointType if (kind, commodity) in OWNER_ROLES]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a coordinate may lie, in the system's own measure."""

    south: float
    north: float
    west: float
    east: float


# Estonia with its islands: Vaindloo in the north, Naha in the south, Nootamaa in the west, Narva in the east; LEST97 in
# metres, its latitude being the northing (x) and its longitude the easting (y), as in the seeds' example.
ESTONIA: Mapping[CoordinateSystem, Box] = {
    CoordinateSystem.WGS84: Box(57.5, 59.9, 21.7, 28.25),
    CoordinateSystem.LEST97: Box(6_377_000, 6_642_000, 365_000, 740_000),
}


@dataclass(frozen=True, slots=True)
class Parent:
    """What must be known of the point that an aggregation point names as its parent."""

    commodity: Commodity
    type: MeteringPointType


def sender_fault(role: Role) -> Fault | None:
    """Give why a participant in a role registers no metering points at all, or None."""
    if role in METERING_POINT_OPERATOR_ROLES:
        return None
    return fault(codes.SENDER_TYPE, role, any_of(sorted(METERING_POINT_OPERATOR_ROLES)))


def registration_faults(
    given: GivenPoint, *, commodity: Commodity, role: Role, owner_eic: str, ranges: Sequence[str], parent: Parent | None
) -> list[Fault]:
    """Give all that is wrong with a new point of an owner that has those code ranges, in that role.

    `parent` is the point that it names as its parent, None if there is none.
    """
    if (fault_of_sender := sender_fault(role)) is not None:
        return [fault_of_sender]
    if given.type is None:
        return [fault(codes.MISSING, _TYPE)]
    faults = _owner_faults(given.type, commodity, role)
    if not any(given.eic.startswith(prefix) for prefix in ranges):
        faults.append(fault(codes.EIC_RANGE, _EIC, given.eic, owner_eic, listing(ranges) or phrase("it has none")))
    block = fitting_block(commodity, given.type)
    faults += _block_faults(given, block)
    if block not in given.blocks:
        faults.append(fault(codes.MISSING, f"meterMetadata.{block}"))
    elif block == AGGREGATOR_BLOCK:
        faults += _parent_faults(given, parent)
    point = given.as_point(commodity=commodity, owner_role=role)
    return faults + _location_faults(point) + _production_faults(point, given, block)


def change_faults(before: Point, given: GivenPoint) -> list[Fault]:
    """Give all that is wrong with a change of a point that is its owner's."""
    faults = _block_faults(given, before.block)
    if given.type is not None and given.type != before.type:
        faults.append(fault(codes.METERING_POINT_TYPE_CANNOT_BE_UPDATED, _TYPE, before.type, given.type))
    if before.block == AGGREGATOR_BLOCK and "parent_eic" in given.values and given.parent_eic != before.parent_eic:
        reason = phrase("the parent never changes, it is {0}", before.parent_eic)
        faults.append(fault(codes.INVALID_PARENT, _PARENT, given.parent_eic, reason))
    after = given.merged_into(before)
    faults += _location_faults(after) + _production_faults(after, given, before.block)
    if not faults and after == before:
        faults.append(fault(codes.NO_CHANGE_RECEIVED, "meterMetadata"))
    return faults


def _owner_faults(point_type: MeteringPointType, commodity: Commodity, role: Role) -> list[Fault]:
    roles = OWNER_ROLES.get((point_type, commodity))
    if roles is None:
        wanted = phrase("{0} for {1}", any_of(types_of(commodity)), commodity)
        return [fault(codes.INVALID_ENUM, _TYPE, wanted, point_type)]
    return [] if role in roles else [fault(codes.INCORRECT_MARKET_PARTICIPANT_ROLE, point_type, role)]


def _block_faults(given: GivenPoint, fitting: str) -> list[Fault]:
    return [
        fault(codes.INCORRECT_CHARACTERISTICS_TYPE, f"meterMetadata.{block}", fitting)
        for block in sorted(given.blocks - {fitting})
    ]


def _parent_faults(given: GivenPoint, parent: Parent | None) -> list[Fault]:
    fitting = Parent(Commodity.ELECTRICITY, MeteringPointType.REGULAR)
    # One answer for all that is wrong: whether a stranger's point exists is not told here.
    if parent == fitting:
        return []
    why = phrase("it is not a REGULAR metering point of electricity")
    return [fault(codes.INVALID_PARENT, _PARENT, given.parent_eic, why)]


def _location_faults(point: Point) -> list[Fault]:
    faults = []
    if point.adr_id is None and point.county is None and point.municipality is None:
        missing = phrase("{0} (or county and municipality)", path_of("adr_id", point.block))
        faults.append(fault(codes.MISSING, missing))
    elif point.adr_id is None:
        faults += [
            fault(codes.MISSING, phrase("{0} (as there is no adrId)", path_of(name, point.block)))
            for name in ("county", "municipality")
            if getattr(point, name) is None
        ]
    return faults + _coordinate_faults(point)


def _coordinate_faults(point: Point) -> list[Fault]:
    names = ("coordinate_system", "latitude", "longitude")
    missing = [name for name in names if getattr(point, name) is None]
    if len(missing) == len(names):
        return []
    if missing:
        return [fault(codes.MISSING, path_of(name, point.block)) for name in missing]
    assert point.coordinate_system is not None and point.latitude is not None and point.longitude is not None  # noqa: S101
    box = ESTONIA[point.coordinate_system]
    return _outside("latitude", point.latitude, box.south, box.north, point) + _outside(
        "longitude", point.longitude, box.west, box.east, point
    )


def _outside(name: str, value: float, least: float, most: float, point: Point) -> list[Fault]:
    path = path_of(name, point.block)
    if value < least:
        return [fault(codes.TOO_SMALL, path, value, phrase("{0} ({1}, in Estonia)", least, point.coordinate_system))]
    if value > most:
        return [fault(codes.TOO_BIG, path, value, phrase("{0} ({1}, in Estonia)", most, point.coordinate_system))]
    return []


def _production_faults(point: Point, given: GivenPoint, block: str) -> list[Fault]:
    # Only the block that fits speaks of production; what another one says belongs to no point of this kind.
    if block == AGGREGATOR_BLOCK or given.blocks != {block}:
        return []
    path = path_of("production_source", block)
    if point.production and point.production_source is None:
        return [fault(codes.MISSING_WHERE, path, phrase("(needed for a metering point with production)"))]
    if point.production is False and point.production_source is not None:
        wanted = phrase("left out, as production is false")
        return [fault(codes.INVALID_PATTERN, path, point.production_source, wanted)]
    return []
