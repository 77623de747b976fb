"""What Mari's tracker tells of October and the days around it; for its tests."""

from datetime import date
from typing import Any

from datahub.market_time import day_start
from datahub.parties.models import Party
from datahub.periods import Period
from distribution.selectors import tracker
from distribution.selectors.tracker import Asked, Covered, Day, Entry, Way
from tests.distribution.market import MARI

ALL = (date(2026, 10, 1), date(2026, 11, 5))


def asked(**filters: Any) -> Asked:
    filters = {"customer": Party.objects.get(eic=MARI), "first": ALL[0], "last": ALL[1], **filters}
    if (eic := filters.pop("by", None)) is not None:
        filters["participant_id"] = Party.objects.get(eic=eic).pk
    return Asked(**filters)


def entries(**filters: Any) -> list[Entry]:
    return tracker.find_entries(asked(**filters), offset=0, size=50).entries


def days(way: Way, **filters: Any) -> list[Day]:
    return tracker.find_days(asked(way=way, **filters), offset=0, size=50).days


def brief(found: list[Entry]) -> list[tuple[str, str, str, str, int]]:
    return [(one.way.value, one.participant_eic, one.what.value, one.ground, one.times) for one in found]


def days_between(first: int, last: int) -> Period:
    """Give the time from one day of October to another, both inclusive."""
    return Period(day_start(date(2026, 10, first)), day_start(date(2026, 10, last + 1)))


def two_days() -> Period:
    return days_between(20, 21)


def whole(period: Period) -> Covered:
    return Covered(period, [period])
