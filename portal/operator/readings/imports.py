"""The import of readings: a workbook becomes a message like the API's, and is worked on like one.

The job checks the file and hands the message over; its document has the job's id. What the market's rules then say of
an interval is found in the workbook by the rows that the job keeps. Source: `5-web.md`, "Readings".
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from datahub.errors import DomainError
from datahub.market import Commodity, Permission
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import decoding
from datahub.metering.readings.calendar import window_at
from datahub.metering.rules import readings as rules
from datahub.metering.services.documents import accept_document
from portal.jobs.kinds import import_kind
from portal.jobs.models import Job
from portal.jobs.running import ImportWork
from portal.operator.readings.tables import import_table
from portal.sheets.cells import plain
from portal.sheets.faults import Place, SheetFault
from portal.sheets.table_reading import TableRow

TWICE = _("This interval of the metering point is in the file twice: also in row %(row)s. Keep only one.")
NO_READINGS = _("There is no row with a quantity.")
HANDED_OVER = _("Readings sent for checking")
LOOK = _(
    "The readings are now being checked in the same way as those that systems send. See the result under Readings,"
    " Documents."
)
TITLE = _("Import of readings")
_KINDS = {commodity: f"readings-{commodity.lower()}" for commodity in Commodity}
_PATH = re.compile(r"meterData\[(\d+)\](?:\.periods\[(\d+)\](?:\.aI\[(\d+)\])?)?(?:\.(\w+))?(?:\.(\w+))?")
_COLUMNS = {
    ("outQty", "kwh"): "consumption",
    ("inQty", "kwh"): "production",
    ("outQty", "m3"): "consumption_m3",
    ("inQty", "m3"): "production_m3",
    ("outQty", None): "consumption",
    ("inQty", None): "production",
    ("meterEic", None): "meter",
    ("pS", None): "start",
}
_QUANTITIES = ("consumption", "production", "consumption_m3", "production_m3")
_DIRECTIONS = (("outQty", "consumption"), ("inQty", "production"))


Elements = dict[str, dict[str, list[TableRow]]]


def kind_name(commodity: Commodity) -> str:
    """Give the name of the kind of job that imports readings of a commodity."""
    return _KINDS[commodity]


def _import(work: ImportWork) -> None:
    elements = _read(work)
    if not elements:
        if not work.faults_total:
            work.refuse(SheetFault(NO_READINGS))
        return
    right = _past_the_door(work, elements)
    if work.faults_total:
        # Nothing will be saved: what the market's rules would refuse is told in the same pass.
        _refuse_by_rules(work, right)
        return
    try:
        accept_document(
            sender=work.participant,
            role=work.role,
            commodity=work.commodity,
            identification=work.job.pk,
            body=_body(elements),
            now=work.now,
        )
    except DomainError as error:
        for fault in error.faults:
            work.refuse_domain(fault, Place())
        return
    work.count(HANDED_OVER, len(_rows(elements)))
    work.note(SheetFault(LOOK))
    Job.objects.filter(pk=work.job.pk).update(places=_places(elements))


def _read(work: ImportWork) -> Elements:
    """Read the rows that have a quantity, by point and resolution; an interval that stands there twice is a fault."""
    elements: Elements = {}
    seen: dict[tuple[str, datetime], int] = {}
    for row in work.rows():
        if all(row.values.get(key) is None for key in _QUANTITIES):
            continue
        meter, start = str(row.values["meter"]), row.values["start"]
        assert isinstance(start, datetime) and row.place.row is not None  # noqa: S101 - every row has both
        first = seen.setdefault((meter, start), row.place.row)
        if first != row.place.row:
            place = row.place_of("start")
            work.refuse(SheetFault(TWICE, {"row": first}, place, row.shown_at(place)))
            continue
        elements.setdefault(meter, {}).setdefault(str(row.values["resolution"]), []).append(row)
    return elements


def _rows(elements: Elements) -> list[TableRow]:
    """Give the rows in the order of the message's intervals."""
    return [row for periods in elements.values() for rows in periods.values() for row in rows]


def _past_the_door(work: ImportWork, elements: Elements) -> Elements:
    """Refuse rows whose shape the API would not take either; give what is left."""
    try:
        decoding.check_shape(_body(elements))
    except DomainError as error:
        wrong: set[int] = set()
        for fault in error.faults:
            rows, column = _found_at(fault.args[0] if fault.args else "", elements)
            wrong |= {id(row) for row in rows}
            place = rows[0].place_of(column) if rows else Place()
            work.refuse_domain(fault, place, shown=rows[0].shown_at(place) if rows else "")
        return _without(wrong, elements)
    return elements


def _without(wrong: set[int], elements: Elements) -> Elements:
    left: Elements = {}
    for meter, periods in elements.items():
        for resolution, rows in periods.items():
            if kept := [row for row in rows if id(row) not in wrong]:
                left.setdefault(meter, {})[resolution] = kept
    return left


def _refuse_by_rules(work: ImportWork, elements: Elements) -> None:
    """Refuse what the market's rules find in rows of a right shape."""
    if not elements:
        return
    decoded, rows = decoding.read(_body(elements)), _rows(elements)
    owned = MeteringPoint.objects.filter(eic__in=elements, owner=work.participant, owner_role=work.role)
    message = rules.Message(
        columns=decoded.columns,
        sender=rules.Sender(work.participant.eic, work.commodity),
        points={
            eic: rules.OwnPoint(pk, eic, Commodity(commodity), (eic,))
            for pk, eic, commodity in owned.values_list("pk", "eic", "commodity")
        },
        window=window_at(work.now, work.commodity),
        texts=decoded.texts,
    )
    for one in rules.faults_of(message):
        row = rows[one.interval]
        _found, column = _found_at(one.fault.args[0] if one.fault.args else "", elements)
        place = row.place_of(column or "start")
        work.refuse_domain(one.fault, place, shown=row.shown_at(place))


for _commodity, _name in _KINDS.items():
    import_kind(
        _name,
        title=TITLE,
        permission=Permission.EDITOR_METERING_DATA,
        table=import_table(_commodity),
        hands_over=True,
    )(_import)


def _body(elements: Elements) -> bytes:
    """Write the message, every quantity with the digits that stand in the workbook."""
    written = [
        f'{{"meterEic":{json.dumps(meter)},"periods":[{",".join(_period(*period) for period in periods.items())}]}}'
        for meter, periods in elements.items()
    ]
    return f'{{"meterData":[{",".join(written)}]}}'.encode()


def _period(resolution: str, rows: list[TableRow]) -> str:
    return f'{{"r":"{resolution}","aI":[{",".join(_interval(row.values) for row in rows)}]}}'


def _interval(values: Mapping[str, Any]) -> str:
    start: datetime = values["start"]
    parts = [f'"pS":"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"']
    for name, key in _DIRECTIONS:
        energy, volume = values.get(key), values.get(f"{key}_m3")
        if energy is not None or volume is not None:
            quantity = [f'"rType":"{values.get("type") or "M"}"', *_number("kwh", energy), *_number("m3", volume)]
            parts.append(f'"{name}":{{{",".join(quantity)}}}')
    return f"{{{','.join(parts)}}}"


def _number(name: str, value: Decimal | None) -> list[str]:
    return [] if value is None else [f'"{name}":{plain(value)}']


def _found_at(path: str, elements: Elements) -> tuple[list[TableRow], str | None]:
    """Give the rows of the workbook that a path of the message comes from, and the column; none for no path."""
    found = _PATH.match(path)
    if found is None:
        return [], None
    element, period, interval, name, inner = found.groups()
    periods = list(list(elements.values())[int(element)].values())
    rows = [row for some in periods for row in some] if period is None else periods[int(period)]
    column = _COLUMNS.get((name, inner)) or _COLUMNS.get((name, None))
    return rows if interval is None else [rows[int(interval)]], column


def _places(elements: Elements) -> dict[str, dict[str, list[list[int]]]]:
    """Give where each interval stands, by sheet and point, in runs: row, start in seconds, seconds between, number."""
    by_sheet: dict[str, dict[str, list[list[int]]]] = defaultdict(lambda: defaultdict(list))
    for meter, periods in elements.items():
        for rows in periods.values():
            for row in rows:
                start = row.values["start"]
                assert isinstance(start, datetime) and row.place.row is not None  # noqa: S101 - every row has both
                _add(by_sheet[row.place.sheet][meter], row.place.row, int(start.timestamp()))
    return by_sheet


def _add(runs: list[list[int]], row: int, start: int) -> None:
    if runs:
        first, began, step, number = runs[-1]
        step = step or start - began
        if row == first + number and start == began + number * step and step > 0:
            runs[-1] = [first, began, step, number + 1]
            return
    runs.append([row, start, 0, 1])


def place_of(job: Job, point: str, start: datetime | None) -> tuple[str, int | None]:
    """Give the sheet and row from which an interval was imported, without a start those of the point's first one."""
    for sheet, points in job.places.items():
        for first, began, step, number in points.get(point, ()):
            if start is None:
                return sheet, first
            distance = int(start.timestamp()) - began
            place = distance // step if step else 0
            if distance == place * step and 0 <= place < number:
                return sheet, first + place
    return "", None
