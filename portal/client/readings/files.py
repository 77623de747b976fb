"""Readings as a customer downloads them: the rows of the page's table, with where and when in full."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_noop as _

from datahub.market import Commodity
from portal.client.readings.looks import Look
from portal.pictures.reading_chart import former_amounts
from portal.readings.tables import END, METER, START, export_row, kind_column, quantity_column, quantity_columns
from portal.sheets.tables import Column, Table, Value

_ADDRESS = Column("address", _("Address"), width=40)
_BESIDE = {
    "consumption": (_("Of consumption estimated, kWh"), _("Consumption a year before, kWh")),
    "production": (_("Of production estimated, kWh"), _("Production a year before, kWh")),
}


def file_table(look: Look) -> Table:
    """Give the table of what she sees: of both directions, or of that of which there is something."""
    out, into = former_amounts(look.shown, look.former)
    directions = [("consumption", look.shown.out, out), ("production", look.shown.into, into)]
    former = tuple(name for name, _sums, before in directions if _is_any(before))
    held = tuple(name for name, sums, _before in directions if not sums.is_empty or name in former)
    return _table(look.asked.commodity, held or ("consumption",), former)


def _is_any(amounts: Sequence[Decimal | None]) -> bool:
    return any(one is not None for one in amounts)


@lru_cache
def _table(commodity: Commodity, directions: tuple[str, ...], former: tuple[str, ...]) -> Table:
    columns = [_ADDRESS, METER, START, END]
    for name in directions:
        estimated, before = _BESIDE[name]
        columns += [*quantity_columns(name, commodity), kind_column(name)]
        columns.append(quantity_column(f"{name}_estimated", estimated))
        if name in former:
            columns.append(quantity_column(f"{name}_before", before))
    return Table("own-readings", _("Readings"), tuple(columns))


def file_rows(look: Look, address: str) -> Iterator[dict[str, Value]]:
    """Give what she sees as the rows of its file."""
    out, into = former_amounts(look.shown, look.former)
    for point, before_out, before_in in zip(look.shown.points(), out, into, strict=True):
        row = export_row(look.asked.point, point) | {
            "address": address,
            "consumption_before": before_out,
            "production_before": before_in,
        }
        if point.taken is not None:
            row["consumption_estimated"] = point.taken.estimated_kwh
        if point.given is not None:
            row["production_estimated"] = point.given.estimated_kwh
        yield row
