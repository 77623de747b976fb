"""Numbers as pictures and their tables write them, in the form of the reader's language."""

from collections.abc import Iterator
from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import escape, format_html_join
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
    cells = "".join(
        '<td{} data-label="{}">{{}}</td>'.format(' class="is-number"' if is_number else "", _in_row(name))
        for _head, name, is_number in _columns(chart)
    )
    row = f'<tr><th scope="row" class="is-date">{{}}</th>{cells}</tr>\n'
    return format_html_join("", row, (tuple(_cells(chart, one)) for one in chart.rows))


def _in_row(head: str) -> str:
    """Give a head to be written in each row's form, where braces would stand for values."""
    return str(escape(head)).replace("{", "{{").replace("}", "}}")


@register.simple_tag
def reading_heads(chart: ReadingChart) -> list[tuple[str, bool]]:
    """Give the heads of a chart's table behind that of the time, and of each whether its column is of numbers."""
    return [(head, is_number) for head, _name, is_number in _columns(chart)]


def _columns(chart: ReadingChart) -> Iterator[tuple[str, str, bool]]:
    """Give of each column its head, how a cell is named where there are no heads, and whether it is of numbers."""
    numbers = [
        (chart.has_out, _("Consumption, kWh"), _("Consumption, m³")),
        (chart.has_in, _("Production, kWh"), _("Production, m³")),
    ]
    kinds = [
        (_("Consumption: metered or estimated"), _("Consumption")),
        (_("Production: metered or estimated"), _("Production")),
    ]
    for (is_there, kwh, m3), kind in zip(numbers, kinds, strict=True):
        if is_there:
            yield kwh, kwh, True
            if chart.has_volume:
                yield m3, m3, True
            yield *kind, False
    for has_former, head in (
        (chart.has_former_out, _("Consumption a year before, kWh")),
        (chart.has_former_in, _("Production a year before, kWh")),
    ):
        if has_former:
            yield head, head, True


def _cells(chart: ReadingChart, row: ChartRow) -> Iterator[str]:
    yield row.label
    sides = [
        (chart.has_out, row.point.taken),
        (chart.has_in, row.point.given),
    ]
    for is_there, one in sides:
        if is_there:
            yield "" if one is None else quantity(one.kwh, 3)
            if chart.has_volume:
                yield "" if one is None else quantity(one.m3, 3)
            yield _said_kind(one, row.point.void)
    if chart.has_former_out:
        yield quantity(row.former_out, 3)
    if chart.has_former_in:
        yield quantity(row.former_in, 3)


@register.filter
def said_part(one: Quantity) -> str:
    """Say how much of a quantity is estimated, of which some is; of an estimate of nothing no part is said."""
    if not one.estimated_kwh:
        return _("partly estimated")
    return f"{_('of which estimated')} {quantity(one.estimated_kwh, 3)} kWh"


def _said_kind(one: Quantity | None, void: Void) -> str:
    """Say what a quantity was made of, or why there is none."""
    if one is None:
        return {Void.TO_COME: _("still to come"), Void.CLOSED: _("not your time")}.get(void, _("no reading"))
    said = said_part(one) if one.is_mixed else _("estimated") if one.estimated else _("metered")
    return f"{said}, {_('some readings are missing')}" if one.is_partial else said
