"""The import of metering points: own points that exist are changed, the others added; all of them, or none.

Source: `5-web.md`, "Metering points".
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from datahub.access.selectors import visible_points
from datahub.errors import DomainError, codes, fault
from datahub.market import Commodity, MeteringPointType, Permission
from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import AGGREGATOR_BLOCK, GivenPoint, Point, fitting_block, path_of
from datahub.metering.selectors import owned_points, point_fact
from datahub.metering.services import points
from datahub.parties import eic
from portal.jobs.kinds import import_kind
from portal.jobs.running import ImportWork
from portal.operator.points.forms import BODY, NO_CODE, PointForm, completed, is_without_end
from portal.operator.points.tables import TABLES, attributes_of, row_of
from portal.sheets.faults import SheetFault
from portal.sheets.table_reading import TableRow
from portal.words.attributes import FLAGS, characteristics_of, codes_of

TITLE = _("Import of metering points")
TWICE = _("The metering point %(eic)s is in the file twice: also in row %(row)s. Keep only one.")
ADDED, CHANGED = _("Metering points added"), _("Metering points changed")
UNCHANGED = _("Metering points left unchanged")
OTHERS = _("Metering points of others in the file, skipped")
WOULD_BE_ADDED, WOULD_BE_CHANGED = _("Metering points that would be added"), _("Metering points that would be changed")
_EIC = "meterMetadata.meteringPoint.meterEic"
_PLACES = {
    "eic": _EIC,
    "type": "meterMetadata.meteringPoint.meteringPointType",
    "metering_type": "meterMetadata.meteringPoint.meteringType",
}
_NEEDED = ("metering_type", "consumption_scale", "connection_state", "resolution", "customer_type")
_KINDS = {commodity: f"points-{commodity.lower()}" for commodity in Commodity}


def kind_name(commodity: Commodity) -> str:
    """Give the name of the kind of job that imports metering points of a commodity."""
    return _KINDS[commodity]


def _import(work: ImportWork) -> None:
    rows = _read(work)
    # What is left is the saving: the progress begins anew with it.
    work.progress.done = 0
    work.progress.expect(len(rows))
    is_check = bool(work.parameters.get("check"))
    with transaction.atomic():
        parents = {str(row.values["parent_eic"]) for row in rows.values() if row.values.get("parent_eic")}
        if rows:
            work.lock(sorted({*rows, *parents}))
        owned = owned_points(work.participant, work.role, work.commodity).select_related("parent")
        existing = {point.eic: point for point in owned.filter(eic__in=list(rows))}
        others = _others(work, rows.keys() - existing.keys())
        for code, row in rows.items():
            if code in others and _stands_as_it_is(row, others[code]):
                work.count(OTHERS)
                continue
            with work.row(row):
                _save(work, code, row, existing.get(code), is_check=is_check)
            work.progress.step()
        if is_check:
            transaction.set_rollback(True)


def _read(work: ImportWork) -> dict[str, TableRow]:
    """Read the rows, by their points' codes; a code that is wrong or stands there twice is a fault of its row."""
    rows: dict[str, TableRow] = {}
    for row in work.rows():
        typed = str(row.values["eic"])
        code = completed(typed) or typed
        if is_without_end(typed[:BODY]) and len(typed) <= BODY + 1:
            work.refuse(SheetFault(NO_CODE, place=row.place_of("eic"), shown=typed))
        elif (wrong := eic.check(code, kind=eic.METERING_POINT, path=_EIC)) is not None:
            work.refuse_domain(wrong, row.place_of("eic"), shown=typed)
        elif code in rows:
            args: dict[str, Any] = {"eic": code, "row": rows[code].place.row or 0}
            work.refuse(SheetFault(TWICE, args, row.place_of("eic"), typed))
        else:
            rows[code] = row
    return rows


def _others(work: ImportWork, codes_: set[str]) -> dict[str, Point]:
    """Give the points of some codes that others own and the importer may see: exports have them, too."""
    if not codes_:
        return {}
    seen = visible_points(work.participant, work.role, work.commodity, work.now, but_own=True)
    return {point.eic: point_fact(point) for point in seen.select_related("parent").filter(eic__in=codes_)}


def _stands_as_it_is(row: TableRow, point: Point) -> bool:
    """Tell whether a row says of a point what an export of it would, in the columns that the file has."""
    exported = row_of(point)
    return all(
        (row.values.get(name) or None) == (exported[name] or None)
        for name in attributes_of(Commodity(point.commodity))
        if row.place_of(name) != row.place
    )


def _save(work: ImportWork, code: str, row: TableRow, point: MeteringPoint | None, *, is_check: bool) -> None:
    fitting: dict[str, Any] = {
        "owner": work.participant,
        "role": work.role,
        "commodity": work.commodity,
        "now": work.now,
    }
    if point is None:
        points.register_point(given=_new(code, row, work.commodity), **fitting)
        work.count(WOULD_BE_ADDED if is_check else ADDED)
        return
    given = _changed(code, row, point)
    try:
        points.change_point(given=given, **fitting)
    except DomainError as error:
        if error.cause.code != codes.NO_CHANGE_RECEIVED:
            raise
        work.count(UNCHANGED)
    else:
        work.count(WOULD_BE_CHANGED if is_check else CHANGED)


def _new(code: str, row: TableRow, commodity: Commodity) -> GivenPoint:
    """Give a point to be registered; raises DomainError for what a new point needs and the row does not have."""
    kind = row.values.get("type")
    point_type = MeteringPointType(str(kind)) if kind else None
    block = fitting_block(commodity, point_type or MeteringPointType.REGULAR)
    values = dict(_values(row, commodity))
    for name in FLAGS:
        if block != AGGREGATOR_BLOCK and name in characteristics_of(commodity) and values.get(name) is None:
            values[name] = False
    needed = ["metering_type", "parent_eic"] if block == AGGREGATOR_BLOCK else [*_NEEDED, "transmission_network_eic"]
    missing = [fault(codes.MISSING, _PLACES["type"])] if point_type is None else []
    missing += [fault(codes.MISSING, _path(name, block)) for name in needed if values.get(name) is None]
    if wrong := missing + _code_faults(values, block):
        raise DomainError(wrong)
    return GivenPoint(code, point_type, values, _blocks(values, block, commodity))


def _changed(code: str, row: TableRow, point: MeteringPoint) -> GivenPoint:
    """Give the change of a point: the columns that the file has; what a point must have is not emptied."""
    before = point_fact(point)
    kept = {"metering_type", "parent_eic", "transmission_network_eic", *_NEEDED, *FLAGS}
    values = {
        name: value
        for name, value in _values(row, before.commodity)
        if row.place_of(name) != row.place and (value is not None or name not in kept)
    }
    if before.block == AGGREGATOR_BLOCK:
        # Columns of other points are empty here, which says nothing.
        others = {*characteristics_of(before.commodity)}
        values = {name: value for name, value in values.items() if value is not None or name not in others}
    if wrong := _code_faults(values, before.block):
        raise DomainError(wrong)
    kind = row.values.get("type")
    point_type = MeteringPointType(str(kind)) if kind else None
    return GivenPoint(code, point_type, values, _blocks(values, before.block, before.commodity))


def _values(row: TableRow, commodity: Commodity) -> Iterator[tuple[str, Any]]:
    """Give a row's values as a point has them."""
    for name in attributes_of(commodity):
        if name in ("eic", "type"):
            continue
        value = row.values.get(name)
        known: type[StrEnum] | None = codes_of(name, commodity)
        if value is None or value == "":
            yield name, None
        elif known is not None:
            yield name, known(str(value))
        else:
            yield name, float(str(value)) if name in ("latitude", "longitude") else value


def _blocks(values: dict[str, Any], block: str, commodity: Commodity) -> frozenset[str]:
    """Give the blocks of which the row says something, and the one that fits."""
    named = {block}
    if any(values.get(name) is not None for name in characteristics_of(commodity)):
        named.add(fitting_block(commodity, MeteringPointType.REGULAR))
    if values.get("parent_eic") is not None:
        named.add(AGGREGATOR_BLOCK)
    return frozenset(named)


def _code_faults(values: dict[str, Any], block: str) -> list[Any]:
    kinds = {"parent_eic": eic.METERING_POINT, "transmission_network_eic": eic.AREA}
    found = [
        eic.check(values[name], kind=kind, path=_path(name, AGGREGATOR_BLOCK if name == "parent_eic" else block))
        for name, kind in kinds.items()
        if values.get(name) is not None and (name == "parent_eic" or block != AGGREGATOR_BLOCK)
    ]
    return [one for one in found if one is not None]


def _path(name: str, block: str) -> str:
    return _PLACES.get(name) or path_of(name, block)


for _commodity, _name in _KINDS.items():
    _in_table = {path: name for path, name in PointForm.paths.items() if name in attributes_of(_commodity)}
    import_kind(
        _name,
        title=TITLE,
        permission=Permission.EDITOR_METERING_POINT,
        table=TABLES[_commodity],
        paths=_in_table,
        unsaved=frozenset({UNCHANGED, OTHERS}),
    )(_import)
