"""What a customer sees of who saw her data: the same as the two logs hold, a line for each who, what and why."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.access.services.access_log import Read, log_read
from datahub.market import Commodity, ResourceType, Role, SourceType
from datahub.market_time import day_start
from datahub.parties.models import Party
from datahub.periods import Period
from datahub.staff.looks import Of
from distribution.selectors import tracker
from distribution.selectors.tracker import Covered, Entry, Way, What
from distribution.selectors.tracker.asked import OF_SERVICES
from tests.distribution import seen
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS2
from tests.distribution.seen import ELECTRICITY, FLAT, PERMISSION, SUPPLIER, at, read, send
from tests.distribution.tracked import asked, brief, days, entries, two_days, whole

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = seen.seen_market


# --- entries ------------------------------------------------------------------------------------------------------


def test_hourly_reads_of_two_places_are_one_line_with_the_time_that_was_read() -> None:
    start = day_start(date(2026, 10, 20))
    for hour in range(24):
        span = {"period_from": start + timedelta(hours=hour), "period_to": start + timedelta(hours=hour + 1)}
        read(f"10-20T{hour:02}:05", point=(HOUSE, FLAT)[hour % 2], **span)
    day = Period(start, start + timedelta(hours=24))
    (entry,) = entries()
    assert entry == Entry(
        way=Way.READ,
        participant_id=Party.objects.get(eic=OS2).pk,
        participant_eic=OS2,
        participant_name="Tuule Energia AS",
        role="OPEN_SUPPLIER",
        commodity="ELECTRICITY",
        what=What.READINGS,
        ground="AGREEMENT",
        times=24,
        first_at=at("10-20T00:05"),
        last_at=at("10-20T23:05"),
        # Every other hour of each place: the same days.
        covers=Covered(day, [day]),
        places=2,
        places_listed=sorted([HOUSE, FLAT]),
        authorizations=[],
    )


def test_reads_over_the_api_and_on_pages_are_one_line_and_the_name_beside_agreements_is_another() -> None:
    read("10-20T10:00", service="agreement/search")
    read("10-20T11:00", service="page:agreements")
    read("10-20T12:00", service="page:agreements", point="")
    read("10-20T13:00", service="customer/search", point="")
    assert brief(entries()) == [
        ("READ", OS2, "CUSTOMER", "AGREEMENT", 2),
        ("READ", OS2, "AGREEMENTS", "AGREEMENT", 2),
    ]


def test_a_list_of_points_tells_of_no_readings_and_the_name_beside_a_point_is_the_customers() -> None:
    read("10-20T10:00", service="page:point")
    read("10-20T11:00", service="operator/readings")
    read("10-20T12:00", service="page:point", point="")
    assert brief(entries()) == [("READ", OS2, "CUSTOMER", "AGREEMENT", 1), ("READ", OS2, "POINT", "AGREEMENT", 2)]
    assert [row.what for row in tracker.all_rows(asked())] == [What.CUSTOMER, What.POINT, What.POINT]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"by": BRP}),
        ({}, {"role": Role.AGGREGATOR}),
        ({}, {"service": "meter/search"}),
        ({}, {"ground": SourceType.BALANCE_STATE}),
        ({}, {"ground": None}),
    ],
)
def test_who_in_which_role_what_and_why_make_lines_of_their_own(one: dict[str, Any], other: dict[str, Any]) -> None:
    read("10-20T10:00", **one)
    read("10-20T11:00", **other)
    assert [entry.times for entry in entries()] == [1, 1]


def test_both_logs_stand_in_one_list_newest_last_time_first() -> None:
    read("10-20T10:00")
    send("10-20T11:00", covers=two_days())
    send("10-21T11:00", covers=two_days())
    send("10-20T09:00", to=BRP, ground=SourceType.BALANCE_STATE, kind=ResourceType.AGREEMENT)
    send("10-19T09:00", to=GO, ground=SourceType.OWNERSHIP, kind=ResourceType.CUSTOMER_DATA, point=None)
    assert brief(entries()) == [
        ("SENT", OS2, "READINGS", "AGREEMENT", 2),
        ("READ", OS2, "READINGS", "AGREEMENT", 1),
        ("SENT", BRP, "AGREEMENTS", "BALANCE_STATE", 1),
        ("SENT", GO, "CUSTOMER", "OWNERSHIP", 1),
    ]
    sent, read_once, agreement, customer = entries()
    assert (sent.covers, sent.places_named, sent.first_at) == (whole(two_days()), [HOUSE], at("10-20T11:00"))
    assert read_once.covers is None
    assert (agreement.covers, customer.places, customer.places_named) == (None, 0, [])


def test_the_period_of_an_agreement_is_not_the_time_that_was_seen() -> None:
    read("10-20T10:00", service="agreement/search", period_from=at("01-01T00:00"))
    assert entries()[0].covers is None


def test_a_line_names_the_authorizations_on_which_it_was_seen() -> None:
    one, other = uuid4(), uuid4()
    read("10-20T10:00", ground=PERMISSION, authorization=one)
    read("10-20T11:00", ground=PERMISSION, authorization=one)
    (entry,) = entries()
    assert entry.authorizations == [one]
    read("10-20T12:00", ground=PERMISSION, authorization=other, point=FLAT)
    (entry,) = entries()
    assert (entry.authorizations, entry.times) == (sorted([one, other]), 3)
    assert [entry.times for entry in entries(authorization=one)] == [2]
    send("10-20T13:00", kind=ResourceType.PERMISSION, ground=PERMISSION, authorization=str(other))
    assert brief(entries(authorization=other)) == [
        ("SENT", OS2, "AUTHORIZATIONS", "PERMISSION", 1),
        ("READ", OS2, "READINGS", "PERMISSION", 1),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"by": BRP}, 1),
        ({"what": What.READINGS}, 2),
        ({"what": What.BILLS}, 0),
        ({"what": What.OTHER}, 1),
        ({"point_eic": FLAT}, 1),
        ({"ground": SourceType.OWNERSHIP}, 1),
        ({"ground": ""}, 1),
        ({"way": Way.SENT}, 2),
        ({"way": Way.READ}, 2),
        ({"first": date(2026, 10, 21)}, 2),
        ({"last": date(2026, 10, 20)}, 2),
        ({"role": Role.AGGREGATOR}, 0),
        ({"commodity": Commodity.NATURAL_GAS}, 0),
        ({"role": Role.OPEN_SUPPLIER, "commodity": ELECTRICITY}, 4),
    ],
)
def test_filters_say_the_same_of_lines_and_of_every_row(filters: dict[str, Any], found: int) -> None:
    read("10-20T10:00")
    read("10-21T10:00", by=BRP, service="something/new", point="", ground=None)
    send("10-20T10:30")
    send("10-22T10:30", to=GO, ground=SourceType.OWNERSHIP, kind=ResourceType.METERING_POINT, point=FLAT)
    assert len(entries(**filters)) == found
    assert len(list(tracker.all_rows(asked(**filters)))) == found
    assert tracker.count_rows(asked(**filters), most=100) == found


def test_what_the_filters_may_be_set_to_does_not_depend_on_them() -> None:
    read("10-20T10:00")
    send("10-20T10:30", to=BRP, point=FLAT)
    read("10-20T10:00", by=GO, point="", service="customer/search")
    page = tracker.find_entries(asked(by=BRP, point_eic=HOUSE), offset=0, size=50)
    assert (page.entries, page.total) == ([], 0)
    assert set(page.participants) == set(Party.objects.filter(eic__in=[OS2, BRP, GO]).values_list("pk", flat=True))
    assert set(page.places) == {HOUSE, FLAT}


def test_pages_follow_one_another_and_behind_the_last_the_number_of_all_is_known() -> None:
    for number, by in enumerate((OS2, BRP, GO)):
        read(f"10-20T1{number}:00", by=by)
    pages = [tracker.find_entries(asked(), offset=offset, size=2) for offset in (0, 2, 4)]
    assert [[one.participant_eic for one in page.entries] for page in pages] == [[GO, BRP], [OS2], []]
    assert {page.total for page in pages} == {3}


# --- whose --------------------------------------------------------------------------------------------------------


def test_nobody_sees_a_row_of_another_customer() -> None:
    other = Party.objects.create(eic="38X-AVP-OTHER---", type="PHYSICAL_PERSON", name="Other")
    read("10-20T10:00", customer=other.eic)
    send("10-20T10:00", customer=other.eic, covers=two_days())
    read("10-20T10:00", customer=MARI.lower())
    page = tracker.find_entries(asked(), offset=0, size=50)
    assert (page.entries, page.participants, page.places) == ([], [], [])
    assert list(tracker.all_rows(asked())) == []
    assert [tracker.find_days(asked(way=way), offset=0, size=50).days for way in Way] == [[], []]
    assert brief(entries(customer=other)) == [
        ("READ", OS2, "READINGS", "AGREEMENT", 1),
        ("SENT", OS2, "READINGS", "AGREEMENT", 1),
    ]


@pytest.mark.parametrize(("party_type", "found"), [("PHYSICAL_PERSON", 0), ("LEGAL_PERSON", 1), ("ORGANIZATION", 1)])
def test_what_one_read_as_the_customer_herself_stands_there_for_companies_alone(party_type: str, found: int) -> None:
    own = Party.objects.create(eic="38X-AVP-OWN-----", type=party_type, name="Own")
    read("10-20T10:00", by=own.eic, customer=own.eic, role="", ground=None, service="page:client/readings")
    assert len(entries(customer=own)) == len(list(tracker.all_rows(asked(customer=own)))) == found
    # In a market role it is a participant as any other.
    read("10-20T10:00", by=own.eic, customer=own.eic)
    assert len(entries(customer=own)) == len(list(tracker.all_rows(asked(customer=own)))) == found + 1


# --- days ---------------------------------------------------------------------------------------------------------


def test_the_finer_view_is_by_local_day_and_place() -> None:
    span = {"period_from": two_days().start, "period_to": two_days().end}
    read("10-20T23:59", **span)
    read("10-21T00:00")
    read("10-21T08:00", point=FLAT)
    read("10-21T09:00", point=FLAT, by=BRP)
    found = days(Way.READ, by=OS2)
    assert [(one.day, one.point_eic, one.times, one.first_at, one.covers) for one in found] == [
        (date(2026, 10, 21), FLAT, 1, at("10-21T08:00"), None),
        (date(2026, 10, 21), HOUSE, 1, at("10-21T00:00"), None),
        (date(2026, 10, 20), HOUSE, 1, at("10-20T23:59"), whole(two_days())),
    ]


def test_the_day_of_25_hours_is_one_and_reads_in_its_doubled_hour_count_both() -> None:
    start = day_start(date(2026, 10, 25))
    for hours in range(-1, 26):
        log_read(
            participant=Party.objects.get(eic=OS2),
            role=SUPPLIER,
            commodity=ELECTRICITY,
            service="meter-data/search",
            reads=[Read(MARI, HOUSE)],
            now=start + timedelta(hours=hours),
        )
    assert {one.day.day: one.times for one in days(Way.READ)} == {24: 1, 25: 25, 26: 1}
    assert entries(first=date(2026, 10, 25), last=date(2026, 10, 25))[0].times == 25


def test_days_of_what_was_sent_are_the_logs_own_rows() -> None:
    send("10-20T10:00", covers=two_days())
    send("10-20T11:00", covers=two_days())
    send("10-21T10:00", kind=ResourceType.CUSTOMER_DATA, point=None)
    found = days(Way.SENT)
    assert [(one.day, one.point_eic, one.what, one.times, one.covers) for one in found] == [
        (date(2026, 10, 21), None, What.CUSTOMER, 1, None),
        (date(2026, 10, 20), HOUSE, What.READINGS, 2, whole(two_days())),
    ]
    assert tracker.find_days(asked(way=Way.SENT), offset=1, size=1) == (found[1:], 2)


# --- every row ----------------------------------------------------------------------------------------------------


def test_a_file_has_each_read_and_each_day_of_what_was_sent_newest_first() -> None:
    authorization = uuid4()
    read("10-20T10:00", period_from=two_days().start, period_to=two_days().end)
    read("10-20T12:00", ground=PERMISSION, authorization=authorization)
    send("10-20T09:00", covers=two_days())
    send("10-20T11:00")
    rows = list(tracker.all_rows(asked()))
    assert [(row.way, row.last_at, row.times, row.covers) for row in rows] == [
        (Way.READ, at("10-20T12:00"), 1, None),
        (Way.SENT, at("10-20T11:00"), 2, two_days()),
        (Way.READ, at("10-20T10:00"), 1, two_days()),
    ]
    assert [list(row.authorizations) for row in rows] == [[authorization], [], []]
    assert (rows[1].day, rows[1].first_at) == (date(2026, 10, 20), at("10-20T09:00"))


def test_the_lines_add_up_to_the_rows() -> None:
    for number in range(60):
        hour, day = number % 24, 1 + number % 28
        service = [*OF_SERVICES, "something/new"][number % (len(OF_SERVICES) + 1)]
        read(f"10-{day:02}T{hour:02}:00", by=(OS2, BRP)[number % 2], service=service, point=("", HOUSE)[number % 3 > 0])
        send(f"10-{day:02}T{hour:02}:30", kind=list(ResourceType)[number % 6], to=(OS2, GO)[number % 2])

    def counted(found: Iterator[Any] | list[Any]) -> Counter[tuple[Any, ...]]:
        sums: Counter[tuple[Any, ...]] = Counter()
        for one in found:
            sums[one.way, one.participant_eic, one.role, one.commodity, one.what, one.ground] += one.times
        return sums

    assert counted(entries()) == counted(tracker.all_rows(asked()))
    assert sum(counted(entries()).values()) == 120
    for what in What:
        only = asked(what=what)
        assert counted(entries(what=what)) == counted(tracker.all_rows(only)), what
        assert {row.what for row in tracker.all_rows(only)} <= {what}
    for entry in entries():
        finer = days(entry.way, by=entry.participant_eic, what=entry.what, ground=entry.ground, role=entry.role)
        assert sum(one.times for one in finer) == entry.times


def test_statements_are_as_many_whatever_is_found() -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            tracker.find_entries(asked(), offset=0, size=50)
        return len(captured)

    before = statements()
    for by in (OS2, BRP, GO):
        read("10-20T10:00", by=by)
        send("10-20T10:00", to=by)
    assert statements() == before


def test_every_service_that_logs_a_read_has_words_of_its_own() -> None:
    """Found in the sources: who logs under a new name adds it to `OF_SERVICES`."""
    named = re.compile(r'(?:^_?(?:SERVICE|PAGE|LIST)|service|page)\s*=\s*"([a-z:/-]+)"', re.MULTILINE)
    inline = re.compile(r'"(page:[a-z/-]+)"')
    found = set()
    for app in ("datahub/access", "connections", "enquiries", "portal/operator", "portal/client"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            text = path.read_text()
            found |= {*named.findall(text), *inline.findall(text)}
    assert {
        "meter-data/search",
        "page:point",
        "page:point/agreements",
        "connection-state",
        "portal/readings",
        "portal/point",
    } <= found
    assert (found | set(Of)) - OF_SERVICES.keys() == set()


def test_filters_reach_the_database_as_values() -> None:
    read("10-20T10:00")
    hostile = "' OR true --"
    assert entries(point_eic=hostile, ground=hostile, role=hostile, commodity=hostile) == []
    assert entries(customer=replace_eic(hostile)) == []
    assert AccessLog.objects.count() == 1


def replace_eic(eic: str) -> Party:
    party = Party.objects.get(eic=MARI)
    party.eic, party.pk = eic, 0
    return party


def test_asked_days_are_local_days() -> None:
    whole = replace(asked(), first=date(2026, 10, 25), last=date(2026, 10, 25))
    assert whole.end - whole.start == timedelta(hours=25)
