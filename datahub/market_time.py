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
DAY_STARTS_AT = {Commodity.ELECTRICITY: time(0), Commodity.NATURAL_GAS: time(7)}


def day_start(day: date, commodity: str = Commodity.ELECTRICITY) -> datetime:
    """Give the instant (UTC) at which the commodity's day begins."""
    return datetime.combine(day, DAY_STARTS_AT[Commodity(commodity)], TALLINN).astimezone(UTC)


def day_of(instant: datetime, commodity: str = Commodity.ELECTRICITY) -> date:
    """Give the commodity's day that an instant lies in."""
    local = instant.astimezone(TALLINN)
    return local.date() if local.time() >= DAY_STARTS_AT[Commodity(commodity)] else local.date() - timedelta(days=1)


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
