"""Readings as a table of a workbook: a row is an interval of a metering point, with both directions side by side."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_noop as _

from datahub.market import Commodity
from portal.pictures.series import Quantity, Series, SeriesPoint, Void
from portal.sheets.tables import Column, ColumnKind, Table, Value

# Of what a reading is made, whether some are missing, and whether more is to come.
_KINDS = {
    "METERED": _("metered"),
    "ESTIMATED": _("estimated"),
    "MIXED": _("partly estimated"),
    "METERED_PARTLY": _("metered, some readings are missing"),
    "ESTIMATED_PARTLY": _("estimated, some readings are missing"),
    "MIXED_PARTLY": _("partly estimated, some readings are missing"),
    "METERED_SO_FAR": _("metered so far"),
    "ESTIMATED_SO_FAR": _("estimated so far"),
    "MIXED_SO_FAR": _("partly estimated so far"),
    "METERED_PARTLY_SO_FAR": _("metered so far, some readings are missing"),
    "ESTIMATED_PARTLY_SO_FAR": _("estimated so far, some readings are missing"),
    "MIXED_PARTLY_SO_FAR": _("partly estimated so far, some readings are missing"),
    "MISSING": _("no reading"),
    "MISSING_SO_FAR": _("no reading so far"),
    "TO_COME": _("still to come"),
    "CLOSED": _("not your time"),
}
_VOIDS = {Void.MISSING: "MISSING", Void.TO_COME: "TO_COME", Void.CLOSED: "CLOSED"}
METER = Column("meter", _("Metering point (EIC)"), ColumnKind.CODE, required=True, example="38ZGO-10000003-O", width=22)
START = Column(
    "start",
    _("Start of the interval"),
    ColumnKind.INSTANT,
    required=True,
    help=_("Estonian time; in the repeated hour in October the UTC offset is added."),
    example="31.12.2026 14:15",
    width=26,
)
END = Column("end", _("End of the interval"), ColumnKind.INSTANT, width=26)
_DECIMALS, _DIGITS = 3, 12


_HEADERS = {
    "consumption": (_("Consumption, kWh"), _("Consumption, m³"), _("Consumption: metered or estimated")),
    "production": (_("Production, kWh"), _("Production, m³"), _("Production: metered or estimated")),
}


def quantity_column(key: str, header: str) -> Column:
    """Make a column of kWh or m³."""
    return Column(
        key,
        header,
        ColumnKind.NUMBER,
        decimals=_DECIMALS,
        whole_digits=_DIGITS,
        help=_("At most three decimals; leave it empty if there is no reading."),
        example="1,417",
        width=20,
    )


def quantity_columns(direction: str, commodity: Commodity) -> list[Column]:
    """Give the columns of consumption or production: kWh, for gas m³ too."""
    kwh, m3, _kind = _HEADERS[direction]
    columns = [quantity_column(direction, kwh)]
    return columns if commodity is Commodity.ELECTRICITY else [*columns, quantity_column(f"{direction}_m3", m3)]


def kind_column(direction: str) -> Column:
    """Give the column that says what the readings of consumption or production are."""
    return Column(f"{direction}_kind", _HEADERS[direction][2], ColumnKind.CHOICE, choices=_KINDS, width=24)


def quantities(commodity: Commodity) -> list[Column]:
    """Give the columns of what was read in both directions."""
    return [column for direction in _HEADERS for column in quantity_columns(direction, commodity)]


def _export(commodity: Commodity) -> Table:
    kinds = [kind_column(direction) for direction in _HEADERS]
    return Table("readings", _("Readings"), (METER, START, END, *quantities(commodity), *kinds))


_EXPORTS: Mapping[Commodity, Table] = {commodity: _export(commodity) for commodity in Commodity}


def export_table(commodity: Commodity) -> Table:
    """Give the table that is exported."""
    return _EXPORTS[commodity]


def export_rows(meter_eic: str, shown: Series) -> Iterator[dict[str, Value]]:
    """Give a series as the rows of its export."""
    for point in shown.points():
        yield export_row(meter_eic, point)


def export_row(meter_eic: str, point: SeriesPoint) -> dict[str, Value]:
    """Give a point of a series as a row of its export."""
    row: dict[str, Value] = {"meter": meter_eic, "start": point.start, "end": point.end}
    for name, quantity in (("consumption", point.taken), ("production", point.given)):
        row |= _cells(name, quantity, point)
    return row


def _cells(name: str, quantity: Quantity | None, point: SeriesPoint) -> dict[str, Value]:
    if quantity is None:
        so_far = "_SO_FAR" if point.is_running and point.void is Void.MISSING else ""
        return {f"{name}_kind": f"{_VOIDS[point.void]}{so_far}"}
    kind = "MIXED" if quantity.is_mixed else "ESTIMATED" if quantity.is_estimated else "METERED"
    partly, so_far = "_PARTLY" if quantity.is_partial else "", "_SO_FAR" if point.is_running else ""
    return {
        name: quantity.kwh,
        f"{name}_m3": quantity.m3,
        f"{name}_kind": f"{kind}{partly}{so_far}",
    }
