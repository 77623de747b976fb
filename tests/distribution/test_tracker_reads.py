"""Reads are counted, whatever number of rows the log has of each, and the times that were read are told exactly."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from datahub.access.models import AccessLog
from datahub.access.services.access_log import Read
from datahub.market import Role, SourceType
from datahub.parties.models import Party
from datahub.periods import Period
from distribution.selectors import tracker
from distribution.selectors.tracker import Covered, Way, What
from tests.distribution import seen
from tests.distribution.market import BRP, HOUSE, MARI, OS2
from tests.distribution.seen import AGREEMENT, FLAT, PERMISSION, SUPPLIER, look, read, send
from tests.distribution.tracked import asked, brief, days, days_between, entries, two_days, whole

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = seen.seen_market


def permitted(point: str, number: UUID, period: Period | None = None) -> Read:
    start, end = period or (None, None)
    return Read(MARI, point, start, end, PERMISSION, number)


def test_a_read_on_three_authorizations_is_one_in_lines_and_days_and_in_the_file() -> None:
    given = sorted(uuid4() for _ in range(3))
    for number in range(9):
        look(f"10-2{number % 2}T1{number}:00", *(permitted(HOUSE, one, two_days()) for one in given))
    (entry,) = entries()
    assert (entry.times, entry.authorizations) == (9, given)
    found = days(Way.READ)
    assert [(one.day.day, one.times, one.authorizations) for one in found] == [(21, 4, given), (20, 5, given)]
    rows = list(tracker.all_rows(asked()))
    assert [(row.times, row.covers, sorted(row.authorizations)) for row in rows] == [(1, two_days(), given)] * 9


def test_a_read_of_several_places_is_one_and_stands_at_each_of_them() -> None:
    one, other = uuid4(), uuid4()
    look("10-20T10:00", permitted(HOUSE, one), permitted(HOUSE, other), permitted(FLAT, one), service="meter/search")
    look("10-20T11:00", permitted(HOUSE, one), service="meter/search")
    (entry,) = entries()
    assert (entry.times, entry.places) == (2, 2)
    assert {day.point_eic: day.times for day in days(Way.READ)} == {HOUSE: 2, FLAT: 1}
    assert [entries(point_eic=place)[0].times for place in (HOUSE, FLAT)] == [2, 1]
    assert [entries(authorization=number)[0].times for number in (one, other)] == [2, 1]
    assert [day.times for day in days(Way.READ, authorization=other)] == [1]
    assert len(list(tracker.all_rows(asked()))) == 3


def test_on_several_grounds_it_is_one_read_in_each_line() -> None:
    look("10-20T10:00", permitted(HOUSE, uuid4()), Read(MARI, HOUSE, ground=AGREEMENT), permitted(HOUSE, uuid4()))
    assert sorted(brief(entries())) == [
        ("READ", OS2, "READINGS", "AGREEMENT", 1),
        ("READ", OS2, "READINGS", "PERMISSION", 1),
    ]


def test_at_the_same_moment_others_read_for_themselves() -> None:
    for by, role in ((OS2, SUPPLIER), (BRP, SUPPLIER), (OS2, Role.AGGREGATOR)):
        look("10-20T10:00", Read(MARI, HOUSE, ground=AGREEMENT), Read(MARI, FLAT, ground=AGREEMENT), by=by, role=role)
    look("10-20T10:00", Read(MARI, HOUSE, ground=AGREEMENT), service="portal/readings")
    assert sorted((one.participant_eic, one.role, one.times) for one in entries()) == sorted(
        [(OS2, "OPEN_SUPPLIER", 2), (OS2, "AGGREGATOR", 1), (BRP, "OPEN_SUPPLIER", 1)]
    )


def test_another_customers_rows_of_the_same_read_count_for_her_alone() -> None:
    other = Party.objects.create(eic="38X-AVP-OTHER---", type="PHYSICAL_PERSON", name="Other")
    look("10-20T10:00", *(Read(eic, HOUSE, ground=AGREEMENT) for eic in (MARI, other.eic, other.eic)))
    assert [entries(customer=one)[0].times for one in (Party.objects.get(eic=MARI), other)] == [1, 1]


@pytest.mark.parametrize("seed", range(8))
def test_lines_days_and_the_log_say_the_same_whatever_was_read(seed: int) -> None:
    """Each number against the rows of the log, counted here; of one place the days add up to the line."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    given = [uuid4() for _ in range(3)]
    services = ["meter-data/search", "meter/search", "page:point", "agreement/search", "something/new"]
    for _ in range(60):
        # Few moments: rows of several reads share them.
        when = f"10-{chance.randint(23, 26)}T{chance.choice(('00:30', '02:30', '23:30'))}"
        rows = [
            Read(MARI, chance.choice(("", HOUSE, FLAT)), ground=ground, authorization=number)
            for _ in range(chance.randint(1, 4))
            for ground, number in [chance.choice([(AGREEMENT, None), *((PERMISSION, one) for one in given)])]
        ]
        look(when, *rows, by=chance.choice((OS2, BRP)), service=chance.choice(services))
        send(when, point=chance.choice((HOUSE, FLAT)))
    reads: dict[Any, set[Any]] = {}
    for row in AccessLog.objects.select_related("participant"):
        what = tracker.what_of(row.service, row.meter_eic)
        name = (row.participant.eic, what, row.ground)
        reads.setdefault(name, set()).add((row.read_at, row.service))
        reads.setdefault((*name, row.meter_eic), set()).add((row.read_at, row.service))
        reads.setdefault((*name, row.authorization_id), set()).add((row.read_at, row.service))
    for entry in entries(way=Way.READ):
        name = (entry.participant_eic, entry.what, entry.ground)
        assert entry.times == len(reads[name])
        picked: dict[str, Any] = {"by": entry.participant_eic, "what": entry.what, "ground": entry.ground}
        by_place: Counter[str] = Counter()
        for day in days(Way.READ, **picked):
            assert day.times > 0
            by_place[day.point_eic or ""] += day.times
        assert by_place == {place: len(reads[*name, place]) for place in ("", HOUSE, FLAT) if (*name, place) in reads}
        for place in entry.places_listed:
            (one,) = entries(**picked, way=Way.READ, point_eic=place)
            assert one.times == by_place[place]
        for number in entry.authorizations:
            (one,) = entries(**picked, way=Way.READ, authorization=number)
            assert one.times == len(reads[*name, number])
    for way in Way:
        told = list(tracker.all_rows(asked(way=way)))
        assert {row.what for row in told} == {entry.what for entry in entries(way=way)}
    sent = entries(way=Way.SENT)
    assert sum(day.times for day in days(Way.SENT)) == sum(entry.times for entry in sent) == 60


# --- the time that was read ---------------------------------------------------------------------------------------


def covering(when: str, period: Period, point: str = HOUSE) -> None:
    read(when, point=point, period_from=period.start, period_to=period.end)


def test_a_time_that_is_not_that_of_every_place_is_said_of_none() -> None:
    covering("10-25T10:00", days_between(3, 4), HOUSE)
    covering("10-25T10:00", days_between(1, 22), FLAT)
    (entry,) = entries()
    assert entry.covers == Covered(days_between(1, 22), [])
    assert {day.point_eic: day.covers for day in days(Way.READ)} == {
        HOUSE: whole(days_between(3, 4)),
        FLAT: whole(days_between(1, 22)),
    }
    assert entries(point_eic=HOUSE)[0].covers == whole(days_between(3, 4))


def test_times_that_are_the_same_at_every_place_are_listed_with_the_gaps_between_them() -> None:
    for place in (HOUSE, FLAT):
        covering("10-24T10:00", days_between(1, 1), place)
        covering("10-25T10:00", days_between(22, 22), place)
        covering("10-25T11:00", days_between(2, 2), place)
    (entry,) = entries()
    assert entry.covers == Covered(days_between(1, 22), [days_between(1, 2), days_between(22, 22)])
    assert [day.covers for day in days(Way.READ, point_eic=HOUSE)] == [
        Covered(days_between(2, 22), [days_between(2, 2), days_between(22, 22)]),
        whole(days_between(1, 1)),
    ]


def test_of_many_times_the_days_between_which_they_lie_are_said() -> None:
    for day in (1, 3, 5, 7):
        covering("10-25T10:00", days_between(day, day))
    assert entries()[0].covers == Covered(days_between(1, 7), [])
    assert days(Way.READ)[0].covers == Covered(days_between(1, 7), [])
    assert entries(first=date(2026, 10, 26)) == []


def test_hours_of_a_day_are_that_day_and_a_time_without_an_end_has_none() -> None:
    day = days_between(25, 25)
    for hour in (0, 3, 24):
        covering("10-25T10:00", Period(day.start + timedelta(hours=hour), day.start + timedelta(hours=hour + 1)))
    assert entries()[0].covers == whole(day)
    covering("10-25T11:00", Period(day.start, None))
    assert entries()[0].covers == whole(Period(day.start, None))
    # What no period can be is as none.
    covering("10-26T11:00", Period(day.start + timedelta(1), day.start))
    assert days(Way.READ)[0].covers is None


def test_a_read_of_separate_times_has_a_row_for_each_in_the_file_with_its_own_authorizations() -> None:
    one, other, third = sorted(uuid4() for _ in range(3))
    look(
        "10-25T10:00",
        permitted(HOUSE, one, days_between(1, 2)),
        permitted(HOUSE, other, days_between(2, 3)),
        permitted(HOUSE, third, days_between(9, 9)),
    )
    assert [(row.covers, list(row.authorizations)) for row in tracker.all_rows(asked())] == [
        (days_between(1, 3), [one, other]),
        (days_between(9, 9), [third]),
    ]
    assert entries()[0].times == days(Way.READ)[0].times == 1


def test_what_was_sent_by_several_entitlements_tells_separate_times_too() -> None:
    one, other = str(uuid4()), str(uuid4())
    send("10-25T10:00", covers=days_between(1, 2), ground=SourceType.PERMISSION, authorization=one)
    send("10-25T11:00", covers=days_between(9, 9), ground=SourceType.PERMISSION, authorization=other)
    (day,) = days(Way.SENT)
    assert day.covers == Covered(days_between(1, 9), [days_between(1, 2), days_between(9, 9)])
    assert sorted(str(number) for number in day.authorizations) == sorted([one, other])
    assert (day.what, entries()[0].covers) == (What.READINGS, day.covers)
