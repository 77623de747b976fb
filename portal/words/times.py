"""Times, days and numbers as people read them: in Europe/Tallinn, in the reader's language.

The end of a half-open period is shown as the last day included where it lies on a day's boundary.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import dates, formats
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from datahub import market_time
from datahub.market import Commodity

Number = int | float | Decimal
_WEEKDAYS = (
    pgettext_lazy("weekday, short", "Mon"),
    pgettext_lazy("weekday, short", "Tue"),
    pgettext_lazy("weekday, short", "Wed"),
    pgettext_lazy("weekday, short", "Thu"),
    pgettext_lazy("weekday, short", "Fri"),
    pgettext_lazy("weekday, short", "Sat"),
    pgettext_lazy("weekday, short", "Sun"),
)


_MONTHS = (
    pgettext_lazy("month, short", "Jan"),
    pgettext_lazy("month, short", "Feb"),
    pgettext_lazy("month, short", "Mar"),
    pgettext_lazy("month, short", "Apr"),
    pgettext_lazy("month, short", "May"),
    pgettext_lazy("month, short", "Jun"),
    pgettext_lazy("month, short", "Jul"),
    pgettext_lazy("month, short", "Aug"),
    pgettext_lazy("month, short", "Sep"),
    pgettext_lazy("month, short", "Oct"),
    pgettext_lazy("month, short", "Nov"),
    pgettext_lazy("month, short", "Dec"),
)


def said_day(day: date) -> str:
    """Write a day: 31.12.2026, in English 31 Dec 2026."""
    return _said_day(day, get_language())


@lru_cache(maxsize=4_096)
def _said_day(day: date, _language: str | None) -> str:
    return str(formats.date_format(day, "DATE_FORMAT"))


def said_short_day(day: date) -> str:
    """Write a day of a year that is known: 5. jaan, in English 5 Jan."""
    form = formats.get_format("MONTH_DAY_FORMAT")
    return str(form.replace("j", str(day.day)).replace("M", said_short_month(day)))


def said_month(day: date) -> str:
    """Write a month: jaanuar 2026, in English January 2026."""
    return str(formats.date_format(day, "YEAR_MONTH_FORMAT"))


def said_short_month(day: date) -> str:
    """Write a month of a year that is known: jaan, in English Jan."""
    return str(_MONTHS[day.month - 1])


def forms_of_dates() -> dict[str, Any]:
    """Give the forms above to who writes dates in the browser: in Django's letters, with the names of months."""
    return {
        "day": formats.get_format("DATE_FORMAT"),
        "shortDay": formats.get_format("MONTH_DAY_FORMAT"),
        "month": formats.get_format("YEAR_MONTH_FORMAT"),
        "months": [str(name) for name in dates.MONTHS.values()],
        "shortMonths": [str(name) for name in _MONTHS],
    }


def said_weekday(day: date) -> str:
    """Write the day of the week, short: E, T, K, N, R, L, P; in English Mon, Tue and so on."""
    return str(_WEEKDAYS[day.weekday()])


def said_clock(instant: datetime, *, exact: bool = True) -> str:
    """Write the local time of day; of the hour that October repeats it says which of the two is meant.

    `exact`: with the seconds where there are any, as limits need them; else to the minute, all times alike.
    """
    local = market_time.local(instant)
    clock = local.strftime("%H:%M:%S" if exact and local.second else "%H:%M")
    if not market_time.is_repeated(instant):
        return clock
    return (
        _("%(clock)s winter time") % {"clock": clock} if local.fold else _("%(clock)s summer time") % {"clock": clock}
    )


def said_instant(instant: datetime, *, exact: bool = True) -> str:
    """Write a local day and time of day; `exact` as of `said_clock`."""
    return f"{said_day(market_time.local(instant).date())} {said_clock(instant, exact=exact)}"


def last_day(end: datetime, commodity: str = Commodity.ELECTRICITY) -> date | None:
    """Give the last whole day before an end; None where the end does not lie on a day's boundary."""
    if not market_time.is_day_start(end, commodity):
        return None
    return market_time.day_of(end, commodity) - timedelta(days=1)


def said_end(end: datetime) -> str:
    """Write until when something lasts: the last whole day, or the moment within a day."""
    day = last_day(end)
    return said_instant(end, exact=False) if day is None else said_day(day)


def said_number(value: Number, decimals: int | None = None, *, is_grouped: bool = True) -> str:
    """Write a number, in groups of three or not; with so many decimals, or with those that it has."""
    exact = Decimal(repr(value).removesuffix(".0")) if isinstance(value, float) else value
    if not Decimal(exact).is_finite():
        return str(value)
    # A hyphen would be torn from its number at the end of a line.
    return str(formats.number_format(exact, decimals, force_grouping=is_grouped)).replace("-", "\u2212")
