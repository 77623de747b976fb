"""Numbers as pictures and their tables write them, in the form of the reader's language."""

from collections.abc import Iterator
from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.pictures.reading_chart import ChartRow, ReadingChart
from portal.pictures.series import Quantity, Void

register = template.Library()

_IN_FULL, _MILLION = 10_000, 1_000_000


@register.filter
def quantity(value: Decimal | int | None, places: int = 0) -> str:
    """Write a number with its thousands apart and so many decimals; None is nothing."""
    return "" if value is None else str(number_format(value, places, force_grouping=True))


@register.filter
def short_count(value: int) -> str:
    """Write a count so that it fits over a bar: above ten thousand in thousands or millions, nothing for none."""
    if not value:
        return ""
    if value < _IN_FULL:
        return quantity(value)
    if value < _MILLION:
        return pgettext("thousands, short", "%(number)sk") % {"number": quantity(value // 1000)}
    return pgettext("millions, short", "%(number)sM") % {"number": quantity(Decimal(value) / _MILLION, 1)}


@register.simple_tag
def reading_rows(chart: ReadingChart) -> SafeString:
    """Write the rows of a chart's table: there may be hundreds, and a template would take most of the page's time."""
    number = '<td class="is-number">{}</td>'
    quantity_cells = number * (2 if chart.has_volume else 1) + "<td>{}</td>"
    directions = chart.has_out + chart.has_in
    cells = quantity_cells * directions + number * (directions if chart.has_former else 0)
    row = f'<tr><th scope="row" class="is-date">{{}}</th>{cells}</tr>\n'
    return format_html_join("", row, (tuple(_cells(chart, one)) for one in chart.rows))


def _cells(chart: ReadingChart, row: ChartRow) -> Iterator[str]:
    yield row.label
    sides = [
        (row.point.taken, row.former_out) if chart.has_out else None,
        (row.point.given, row.former_in) if chart.has_in else None,
    ]
    for side in sides:
        if side is not None:
            yield "" if side[0] is None else quantity(side[0].kwh, 3)
            if chart.has_volume:
                yield "" if side[0] is None else quantity(side[0].m3, 3)
            yield _said_kind(side[0], row.point.void)
    if chart.has_former:
        yield from (quantity(side[1], 3) for side in sides if side is not None)


def _said_kind(one: Quantity | None, void: Void) -> str:
    """Say what a quantity was made of, or why there is none."""
    if one is None:
        return {Void.TO_COME: _("still to come"), Void.CLOSED: _("not your time")}.get(void, _("no reading"))
    if one.estimated and one.metered:
        said = f"{_('of which estimated')} {quantity(one.estimated_kwh, 3)} kWh"
    else:
        said = _("estimated") if one.estimated else _("metered")
    return f"{said}, {_('some readings are missing')}" if one.is_partial else said
