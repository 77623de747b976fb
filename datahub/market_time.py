"""The market's calendar: local days, gas days and months in Europe/Tallinn.

Instants are aware datetimes; days are `date`s. An electricity day runs from local midnight to local midnight, a gas day
from 07:00 to 07:00, so that a day has 23, 24 or 25 hours. Source: `1-market.md`, opening paragraph.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from datahub.market import Commodity

TALLINN = ZoneInfo("Europe/Tallinn")
# The years of all instants and days that the hub takes, as they are written.
FIRST_YEAR, LAST_YEAR = 1970, 2199
FIRST_INSTANT = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
LAST_SECOND = datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
# At the ends of the calendar a local time may have no instant, and an instant no local time.
_FIRST_DAY = date.min + timedelta(days=1)
_FIRST_TIME, _LAST_TIME = datetime.min.replace(tzinfo=TALLINN), datetime.max.replace(tzinfo=TALLINN)
DAY_STARTS_AT = {Commodity.ELECTRICITY: time(0), Commodity.NATURAL_GAS: time(7)}


def local(instant: datetime) -> datetime:
    """Give the local time of an instant; where the calendar has ended there, the last that it has."""
    try:
        return instant.astimezone(TALLINN)
    except OverflowError:
        return _FIRST_TIME if instant.year == _FIRST_TIME.year else _LAST_TIME


def on_the_clock(wall_time: datetime) -> list[datetime]:
    """Give the instants (UTC) at which the clock shows a local time: one; none if it skips it; in autumn also two."""
    told = [wall_time.replace(tzinfo=TALLINN, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return sorted({instant for instant in told if local(instant).replace(tzinfo=None, fold=0) == wall_time})


def is_repeated(instant: datetime) -> bool:
    """Tell whether the clock shows the local time of an instant twice, as in the hour by which it is put back."""
    there = local(instant)
    return there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset()


def day_start(day: date, commodity: str = Commodity.ELECTRICITY) -> datetime:
    """Give the instant (UTC) at which the commodity's day begins."""
    return datetime.combine(max(day, _FIRST_DAY), DAY_STARTS_AT[Commodity(commodity)], TALLINN).astimezone(UTC)


def day_of(instant: datetime, commodity: str = Commodity.ELECTRICITY) -> date:
    """Give the commodity's day that an instant lies in."""
    there = local(instant)
    if there.time() >= DAY_STARTS_AT[Commodity(commodity)]:
        return there.date()
    return max(there.date(), _FIRST_DAY) - timedelta(days=1)


def is_day_start(instant: datetime, commodity: str = Commodity.ELECTRICITY) -> bool:
    """Tell whether a day of the commodity begins at this very instant."""
    return day_start(day_of(instant, commodity), commodity) == instant


def is_month_start(instant: datetime, commodity: str = Commodity.ELECTRICITY) -> bool:
    """Tell whether a month begins at this very instant (for gas at 07:00 of its first day)."""
    return is_day_start(instant, commodity) and day_of(instant, commodity).day == 1


def days_ahead(instant: datetime, now: datetime, commodity: str = Commodity.ELECTRICITY) -> int:
    """Count the local calendar days from today to an instant's day; a clock change makes no difference."""
    return (day_of(instant, commodity) - now.astimezone(TALLINN).date()).days


def add_months(day: date, months: int) -> date:
    """Move a date by whole months; a day that the month lacks becomes its last (29 February → 28)."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def months_before(instant: datetime, months: int) -> datetime:
    """Give the instant (UTC) with the same local wall time that many months earlier."""
    return months_after(instant, -months)


def months_after(instant: datetime, months: int) -> datetime:
    """Give the instant (UTC) with the same local wall time that many months later."""
    local = instant.astimezone(TALLINN)
    return datetime.combine(add_months(local.date(), months), local.timetz()).astimezone(UTC)
