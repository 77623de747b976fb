"""Readings as numbers: the same intervals as on a page, whatever their days' forms. Source: `2-wire.md`."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from datahub.access import reading_search
from datahub.access.models import AccessLog
from datahub.errors import DomainError
from datahub.market import Commodity, Role
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import reading
from datahub.metering.readings.values import Values, read_values
from datahub.parties.models import User
from datahub.periods import ALL_TIME, Period
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import ELECTRICITY

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)
# The clock goes back in the night to the 25th.
FIRST, LAST = date(2026, 10, 23), date(2026, 10, 27)
ASKED = Period(day_start(FIRST), day_start(LAST + timedelta(days=1)))


@pytest.fixture
def point() -> MeteringPoint:
    """Register a point with a day by the hour among days by the quarter-hour, one of 25 hours; one has a gap."""
    point = points.register(now=NOW - timedelta(days=100))
    for number in range(5):
        day = FIRST + timedelta(days=number)
        if day == date(2026, 10, 26):
            continue
        resolution = "PT1H" if day == LAST else "PT15M"
        kind = "E" if number % 2 else "M"
        message = messages.whole_day(point.eic, day, resolution, kind=kind, read_at=None)
        assert messages.send(message, now=NOW).faults == []
    return point


def from_page(point: MeteringPoint, asked: Period, visible: list[Period]) -> list[tuple[int, int, str]]:
    page = reading.read_page(
        point_id=point.pk, commodity=ELECTRICITY, asked=asked, visible=visible, offset=0, size=100_000
    )
    return [
        (
            int(datetime.fromisoformat(one["pS"]).timestamp()),
            round(one["outQty"]["kwh"] * 1000),
            one["outQty"]["rType"],
        )
        for period in json.loads(b"".join(page.periods))
        for one in period["aI"]
    ]


def as_rows(found: Values) -> list[tuple[int, int, str]]:
    return [
        (start, amount, chr(kind))
        for start, amount, kind in zip(
            found.starts.tolist(), found.amounts[1].tolist(), found.kinds[1].tolist(), strict=True
        )
    ]


@pytest.mark.parametrize(
    ("asked", "visible"),
    [
        (ASKED, [ALL_TIME]),
        (ASKED, [Period(day_start(date(2026, 10, 24)), day_start(date(2026, 10, 25)) + timedelta(hours=4))]),
        (Period(ASKED.start + timedelta(hours=5, minutes=15), ASKED.end), [ALL_TIME]),
        (ASKED, [Period(day_start(LAST) + timedelta(minutes=30), None)]),
        (ASKED, [Period(day_start(date(2027, 1, 1)), None)]),
    ],
)
def test_they_are_the_intervals_of_a_page(point: MeteringPoint, asked: Period, visible: list[Period]) -> None:
    found = read_values(point_id=point.pk, commodity=ELECTRICITY, asked=asked, visible=visible)
    assert as_rows(found) == from_page(point, asked, visible)


def test_intervals_follow_each_other_over_the_clock_change(point: MeteringPoint) -> None:
    day = Period(day_start(date(2026, 10, 25)), day_start(date(2026, 10, 26)))
    found = read_values(point_id=point.pk, commodity=ELECTRICITY, asked=day, visible=[ALL_TIME])
    assert len(found) == 100
    assert found.starts[1:].tolist() == found.ends[:-1].tolist()


def test_nothing_stored_and_nothing_seen_are_no_intervals(point: MeteringPoint) -> None:
    before = Period(day_start(date(2020, 1, 1)), day_start(date(2020, 1, 2)))
    assert len(read_values(point_id=point.pk, commodity=ELECTRICITY, asked=before, visible=[ALL_TIME])) == 0
    assert len(read_values(point_id=point.pk, commodity=ELECTRICITY, asked=ASKED, visible=[])) == 0


def test_a_gas_day_ends_when_the_next_begins() -> None:
    point = points.register(points.GAS, commodity=Commodity.NATURAL_GAS, now=NOW - timedelta(days=100))
    day = date(2026, 10, 24)
    message = messages.whole_day(point.eic, day, "P1D", commodity=Commodity.NATURAL_GAS, read_at=None)
    assert messages.send(message, now=NOW, commodity=Commodity.NATURAL_GAS).faults == []
    asked = Period(day_start(day, Commodity.NATURAL_GAS), None)
    found = read_values(point_id=point.pk, commodity=Commodity.NATURAL_GAS, asked=asked, visible=[ALL_TIME])
    assert (found.ends - found.starts).tolist() == [25 * 3600]


def search(point_eic: str, who: str, user: User | None = None) -> reading_search.SeenValues:
    return reading_search.search_values(
        participant=cast.participant(who),
        role=Role.GRID_OPERATOR,
        commodity=ELECTRICITY,
        meter_eic=point_eic,
        asked=ASKED,
        now=NOW,
        user=user,
    )


def test_the_owner_sees_all_and_a_stranger_is_refused_as_if_there_were_no_point(point: MeteringPoint) -> None:
    assert search(point.eic, cast.GRID_OPERATOR).seen == [ASKED]
    told = []
    for eic in (point.eic, "38ZGO-10009999-N"):
        with pytest.raises(DomainError) as refused:
            search(eic, cast.SOUTHERN_GRID_OPERATOR)
        told.append(str(refused.value.faults[0].message).replace(eic, ""))
    assert told[0] == told[1]
    assert not AccessLog.objects.exists()
