"""What an authorization opens of readings, to the second."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from datahub.periods import Period
from tests.access.giving import ADVICE, ADVISER, DAY, SECOND, SUPPLIER, given, revoke
from tests.access.permitted import (
    FIRST,
    INSTANT,
    LAST,
    MOVED_IN,
    UNKNOWN,
    points,
    post,
)
from tests.agreements import market
from tests.agreements.market import (
    BAKERY,
    BAKERY_POINT,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    STRANGER,
    SUN,
    day,
    fact,
    standing,
)
from tests.metering import messages
from tests.metering.messages import stamp

pytestmark = pytest.mark.usefixtures("house_of_mari")
A = AgreementType


@pytest.fixture
def read(house_of_mari: None) -> None:
    """Let the house have readings of every hour of 32 days."""
    days = [(FIRST + number * DAY + DAY / 2).date() for number in range(32)]
    sent = [messages.whole_day(HOUSE, one, "PT1H", read_at=None) for one in days]
    assert messages.send(*sent, sender=market.party(NORTH)).faults == []


def readings(eic: str = HOUSE, who: str = ADVICE, role: Role = ADVISER, **how: Any) -> list[str]:
    """Give the starts of the hours that are read in April and May."""
    asked = {"meterEic": eic, "periodStart": stamp(day(2026, 3, 1)), "periodEnd": stamp(day(2026, 6, 1))}
    asked["pagination"] = {"page": 0, "pageSize": 2_000}  # type: ignore[assignment]
    answer = post("meter-data/search", asked, who, role, **how)
    if answer.status_code == 404:
        assert answer.json()["cause"]["code"].endswith("meter-data-cannot-be-retrieved")
        return []
    assert answer.status_code == 200, answer.content
    return [one["pS"] for period in answer.json()["periods"] for one in period["aI"]]


def hours(start: datetime, end: datetime) -> list[str]:
    return [stamp(start + number * timedelta(hours=1)) for number in range((end - start) // timedelta(hours=1))]


@pytest.mark.usefixtures("read")
def test_exactly_the_subject_period_is_read() -> None:
    hour = timedelta(hours=1)
    start, end = MOVED_IN + 30 * hour, MOVED_IN + 100 * hour
    given(HOUSE, subject=Period(start, end))
    assert readings() == hours(start, end)
    revoked = given(HOUSE, subject=Period(end + hour, end + 3 * hour))
    assert readings() == hours(start, end) + hours(end + hour, end + 3 * hour)
    revoke(revoked)
    assert readings() == hours(start, end)


@pytest.mark.usefixtures("read")
def test_what_lies_before_the_customers_own_agreement_or_behind_it_stays_closed() -> None:
    given(HOUSE)
    assert readings() == hours(MOVED_IN, LAST)
    # She moves out after all, and Jaan has come back: of his time nothing is read.
    out = day(2026, 4, 25)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=out)
    standing(fact(A.GRID, NORTH, JAAN, HOUSE, out))
    assert readings() == hours(MOVED_IN, out)
    Agreement.objects.filter(point__eic=HOUSE, customer__eic=MARI).update(deleted_at=NOW)
    assert readings() == []


@pytest.mark.usefixtures("read")
def test_who_has_moved_out_and_back_gives_anew() -> None:
    """Of what she uses from then on, an authorization of her former time opens nothing."""
    out, back = day(2026, 4, 24), day(2026, 4, 27)
    early = day(2026, 4, 23)
    first = given(HOUSE, now=early)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=out)
    standing(fact(A.GRID, NORTH, MARI, HOUSE, back))
    assert readings() == hours(MOVED_IN, out)
    given(HOUSE)
    assert readings() == hours(MOVED_IN, out) + hours(back, LAST)
    revoke(first)
    assert readings() == hours(back, LAST)


@pytest.mark.usefixtures("read")
def test_readings_of_her_own_time_stay_open_when_the_end_is_the_midnight_before_the_giving() -> None:
    given(HOUSE, now=day(2026, 5, 1) + DAY / 2)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=day(2026, 5, 1))
    assert readings() == hours(MOVED_IN, day(2026, 5, 1))
    assert points() == []


@pytest.mark.usefixtures("read")
def test_readings_close_with_the_end_and_are_for_nobody_else() -> None:
    given(HOUSE, validity=Period(NOW, NOW + DAY))
    assert readings(at=NOW + DAY - INSTANT) == hours(MOVED_IN, LAST)
    assert readings(at=NOW + DAY) == []
    assert readings(who=STRANGER, role=SUPPLIER) == readings(FLAT) == readings(UNKNOWN) == []
    assert readings(commodity=GAS) == []


@pytest.mark.usefixtures("read")
def test_a_suppliers_offer_opens_the_year_before_and_nothing_that_comes() -> None:
    at = LAST - DAY
    given(HOUSE, to=SUN, role=SUPPLIER, now=at)
    later = at + timedelta(hours=48) - INSTANT
    assert readings(who=SUN, role=SUPPLIER, at=later) == hours(MOVED_IN, at)
    assert readings(who=SUN, role=SUPPLIER, at=later + INSTANT) == []
    assert readings(who=market.BALANCE, role=SUPPLIER, at=later) == []


@pytest.mark.usefixtures("read")
def test_revoked_between_two_pages_the_second_is_not_there() -> None:
    one = given(HOUSE)
    asked: dict[str, Any] = {"meterEic": HOUSE, "periodStart": stamp(FIRST), "periodEnd": stamp(LAST)}
    first = post("meter-data/search", {**asked, "pagination": {"page": 0, "pageSize": 10}})
    assert len(first.json()["periods"][0]["aI"]) == 10
    revoke(one, now=NOW + SECOND)
    second = post("meter-data/search", {**asked, "pagination": {"page": 1, "pageSize": 10}}, at=NOW + SECOND)
    assert second.status_code == 404


@pytest.mark.usefixtures("read")
def test_each_authorization_is_logged_with_its_own_part() -> None:
    one = given(HOUSE, subject=Period(MOVED_IN, day(2026, 4, 25)))
    two = given(HOUSE, subject=Period(day(2026, 4, 24), day(2026, 6, 30)))
    readings()
    rows = AccessLog.objects.filter(service="meter-data/search").values_list(
        "customer_eic", "ground", "authorization_id", "period_from", "period_to"
    )
    assert set(rows) == {
        (MARI, "PERMISSION", one.pk, MOVED_IN, day(2026, 4, 25)),
        (MARI, "PERMISSION", two.pk, day(2026, 4, 24), day(2026, 6, 1)),
    }


def test_where_nothing_was_given_the_same_is_asked_as_where_there_is_no_point() -> None:
    given(BAKERY_POINT, customer=BAKERY)
    readings(BAKERY_POINT)
    asked = []
    for eic in (HOUSE, FLAT, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            assert readings(eic) == []
        asked.append(len(queries))
    assert len(set(asked)) == 1
