"""Codes, times and numbers in words: `{% load words %}`."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from datahub import market_time
from datahub.market import Commodity
from datahub.periods import Period
from portal.acting import Choice, OperatorChoice
from portal.words import labels, times

register = template.Library()


@register.filter
def label(code: str | None, of: str | None = None) -> str:
    """Give the word of a code: `{{ role|label }}`; where several lists have it, `|label:"MeteringPointType"`."""
    return labels.label(code, of) if code else ""


@register.simple_tag
def as_whom(choice: Choice) -> str:
    """Say as whom somebody acts: the name, with the role and commodity of a participant."""
    if not isinstance(choice, OperatorChoice):
        return choice.party.name
    role, commodity = labels.label(choice.role), labels.in_sentence(labels.label(choice.commodity))
    return f"{choice.party.name} ({role}, {commodity})"


@register.filter
def in_sentence(word: str) -> str:
    """Write a label inside a sentence: `{{ role|label|in_sentence }}`."""
    return labels.in_sentence(word)


@register.filter
def explanation(code: str | None, of: str | None = None) -> str:
    """Give the line that explains a code, empty where its word says enough."""
    return labels.explanation(code, of) if code else ""


@register.filter
def local_time(instant: datetime | None) -> str:
    """Show an instant by its local day and time of day, to the minute: times above each other look alike."""
    return "" if instant is None else _marked(instant, times.said_instant(instant, exact=False))


@register.filter
def local_date(moment: datetime | date | None) -> str:
    """Show the local calendar day of an instant, or a date."""
    if moment is None:
        return ""
    return _day(market_time.local(moment).date() if isinstance(moment, datetime) else moment)


@register.filter
def weekday(day: date) -> str:
    """Show the day of the week, as short as people write it."""
    return times.said_weekday(day)


@register.filter
def short_day(day: date) -> str:
    """Show a day of a year that is known."""
    return times.said_short_day(day)


@register.filter
def short_month(day: date) -> str:
    """Show a month, short, with its year."""
    return f"{times.said_short_month(day)} {day.year}"


@register.filter
def local_day(instant: datetime | None, commodity: str = Commodity.ELECTRICITY) -> str:
    """Show the commodity's day that an instant lies in: a gas day begins at 07:00."""
    return "" if instant is None else _day(market_time.day_of(instant, commodity))


@register.filter
def last_day(end: datetime | None, commodity: str = Commodity.ELECTRICITY) -> str:
    """Show the end of a half-open period: its last day, or the moment where it lies inside a day."""
    if end is None:
        return _("open-ended")
    day = times.last_day(end, commodity)
    return _exact(end) if day is None else _day(day)


@register.filter
def until(end: datetime) -> str:
    """Show an end to those who are not counting seconds: its last day, or the moment to the minute."""
    day = times.last_day(end)
    return local_time(end) if day is None else _day(day)


@register.filter
def through_day(end: datetime) -> str:
    """Show the day in which a half-open period ends: the last of which it has anything."""
    return _day(market_time.day_of(end - timedelta(seconds=1)))


@register.filter
def period(shown: Any, commodity: str = "") -> str:
    """Show a half-open period by its first and last day; of ends inside a day by the moment.

    Takes a Period, a pair of instants, or what has valid_from and valid_to; a commodity that it has tells its days.
    """
    whole = _period_of(shown)
    if whole is None:
        return ""
    of = commodity or getattr(shown, "commodity", "") or Commodity.ELECTRICITY
    first = local_day(whole.start, of) if market_time.is_day_start(whole.start, of) else _exact(whole.start)
    if whole.end is None:
        return format_html(_("from {}"), first)
    last = last_day(whole.end, of)
    return first if first == last else format_html("{} – {}", first, last)


def _period_of(shown: Any) -> Period | None:
    if shown is None or isinstance(shown, Period):
        return shown
    if isinstance(shown, tuple | list):
        return Period(shown[0], shown[1])
    return Period(shown.valid_from, shown.valid_to)


@register.filter
def between_days(shown: Period) -> str:
    """Show a half-open period, with an end, by the days that it touches."""
    first = market_time.local(shown.start).date()
    last = first if shown.end is None else market_time.local(shown.end - timedelta(microseconds=1)).date()
    return _day(first) if first == last else format_html("{} – {}", _day(first), _day(last))


@register.filter
def energy(value: float | Decimal | None, unit: str = "kWh") -> str:
    """Show a quantity of energy with three decimals and its unit."""
    return "" if value is None else f"{times.said_number(value, 3)}\u00a0{unit}"


@register.filter
def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """Show a number in groups of three, with so many decimals or with those that it has."""
    return "" if value is None else times.said_number(value, decimals)


def _exact(limit: datetime) -> SafeString:
    return _marked(limit, times.said_instant(limit))


def _marked(instant: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', market_time.local(instant).isoformat(), text)


def _day(day: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), times.said_day(day))
