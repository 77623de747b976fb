"""Amounts of energy as one says them: as exact as they are of use, with their unit. The table has every digit."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.client.readings.totals import Missing
from portal.pictures.series import Quantity
from portal.readings.asked import Span
from portal.templatetags.pictures import quantity
from portal.words.times import said_day

register = template.Library()

# From so much on so many decimals are said; of less all three.
_PLACES = ((100, 0), (1, 1))


@register.filter
def kwh(amount: Decimal) -> str:
    """Write kWh as one says them."""
    return f"{_rounded(amount)}\u00a0kWh"


@register.filter
def energy(total: Quantity) -> str:
    """Write what was read: kWh, of gas with the m³."""
    return kwh(total.kwh) if total.m3 is None else f"{kwh(total.kwh)} ({_rounded(total.m3)}\u00a0m³)"


@register.filter
def percent(number: int) -> str:
    """Write a share."""
    return f"{quantity(number)}%"


@register.filter
def missing(lacks: Missing, whole: Span | None) -> str:
    """Say what a number lacks, and that it is not the whole day, month or year that it would be taken for."""
    beside = {
        Span.DAY: _("this is not the whole day"),
        Span.MONTH: _("this is not the whole month"),
        Span.YEAR: _("this is not the whole year"),
    }
    other = _("they are not in this number")
    return f"{_said_missing(lacks)}: {other if whole is None else beside.get(whole, other)}."


def _said_missing(lacks: Missing) -> str:
    if lacks.hours is not None:
        return _said_hours(lacks)
    days = {"first": said_day(lacks.first), "last": said_day(lacks.last), "days": lacks.days, "all": lacks.out_of}
    if lacks.days == 1:
        text = (
            _("Some readings of %(first)s are missing") if lacks.is_partial else _("Readings of %(first)s are missing")
        )
    elif lacks.is_partial:
        text = _("Some or all readings are missing on %(days)s days of %(all)s")
    elif lacks.is_run:
        text = _("Readings are missing from %(first)s to %(last)s")
    else:
        text = _("Readings are missing on %(days)s days of %(all)s")
    return text % days


def _said_hours(lacks: Missing) -> str:
    time = {"hours": lacks.whole_hours, "minutes": lacks.minutes, "all": lacks.hours}
    if lacks.minutes:
        return _("Readings are missing for %(hours)s h %(minutes)s min of the day’s %(all)s hours") % time
    text = ngettext(
        "Readings are missing for %(hours)s hour of the day’s %(all)s",
        "Readings are missing for %(hours)s hours of the day’s %(all)s",
        lacks.whole_hours,
    )
    return text % time


def _rounded(amount: Decimal) -> str:
    places = next((places for least, places in _PLACES if amount >= least or not amount), 3)
    return quantity(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), places)
