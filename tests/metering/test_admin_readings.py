"""Staff look at the readings of a point, a day at a time; the log has that they did."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.market import Commodity
from datahub.market_time import TALLINN
from datahub.metering.models import MeteringPoint
from datahub.parties.models import User
from tests.metering import messages
from tests.metering.points import GAS, register
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
LIST = "admin:metering_pointreadings_changelist"
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 5, 3)


@pytest.fixture
def point() -> MeteringPoint:
    return register()


def send(point: MeteringPoint, *days: date, kind: str = "M") -> None:
    for day in days:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=TALLINN) + timedelta(days=1)
        document = messages.send(messages.whole_day(point.eic, day, kind=kind, read_at=None), now=noon)
        assert not messages.faults(document)


def page_of(staff: Client, point: MeteringPoint, **query: str) -> str:
    answer = staff.get(reverse("admin:metering_pointreadings_change", args=[point.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def starts(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="nowrap"><time[^>]*>([^<]+)</time>', page)


def test_no_point_is_listed_until_its_whole_code_is_searched_for(staff: Client, point: MeteringPoint) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = staff.get(reverse(LIST)).content.decode()
    assert "Search for the code of a metering point to see its readings." in page
    assert not [one for one in queries if 'FROM "metering_point"' in one["sql"] and "WHERE" not in one["sql"]]
    assert point.eic not in page
    assert point.eic not in staff.get(reverse(LIST), {"q": point.eic[:10]}).content.decode().replace("value=", "")
    found = staff.get(reverse(LIST), {"q": point.eic})
    assert [one.pk for one in found.context["cl"].result_list] == [point.pk]


def test_the_day_on_which_summer_begins_has_23_hours(staff: Client, point: MeteringPoint) -> None:
    send(point, SPRING)
    found = starts(page_of(staff, point, day="2026-03-29"))
    assert len(found) == 92
    assert found[0].endswith("00:00") and found[-1].endswith("23:45")
    assert not [one for one in found if " 03:" in one]


def test_the_hour_that_october_repeats_is_told_apart(staff: Client, point: MeteringPoint) -> None:
    send(point, AUTUMN)
    found = starts(page_of(staff, point, day="2026-10-25"))
    assert len(found) == 100
    assert [one for one in found if "03:15" in one] == [
        "25 Oct 2026 03:15 summer time",
        "25 Oct 2026 03:15 winter time",
    ]


def test_a_gas_day_is_one_interval_from_seven(staff: Client) -> None:
    point = register(GAS, commodity=Commodity.NATURAL_GAS)
    sent = messages.whole_day(point.eic, PLAIN, "P1D", commodity=Commodity.NATURAL_GAS, read_at=None)
    for one in sent["periods"][0]["aI"]:
        one["outQty"]["m3"] = 1.5
        one["inQty"]["m3"] = 0
    assert not messages.faults(messages.send(sent, commodity=Commodity.NATURAL_GAS))
    page = page_of(staff, point)
    assert starts(page) == ["3 May 2026 07:00"]
    assert "Consumption, m³" in page and "1.500" in page


def test_readings_are_shown_with_their_sums_and_types_in_words(staff: Client, point: MeteringPoint) -> None:
    send(point, PLAIN, kind="E")
    page = page_of(staff, point, day="2026-05-03")
    assert "Estimated" in page and "4.560" in page
    staff.cookies["django_language"] = "et"
    page = page_of(staff, point, day="2026-05-03")
    assert "hinnanguline" in page.lower() and "4,560" in page


def test_without_a_day_the_last_one_is_shown_with_those_of_its_month(staff: Client, point: MeteringPoint) -> None:
    assert "There are no readings of this metering point." in page_of(staff, point)
    send(point, PLAIN - timedelta(days=40), PLAIN - timedelta(days=1), PLAIN)
    page = page_of(staff, point)
    assert "Readings of" in page and len(starts(page)) == 96
    assert re.findall(r'href="\?day=([^"]+)"', page) == ["2026-05-02", "2026-05-03"]
    page = page_of(staff, point, day="2026-05-01")
    assert "There are no readings of this day." in page
    assert re.findall(r'href="\?day=([^"]+)"', page) == ["2026-05-02", "2026-05-03"]


@pytest.mark.parametrize("day", ["nonsense", "0001-01-01", "9999-12-31", "2026-02-30", "\x00"])
def test_what_is_no_day_is_said_to_be_none(staff: Client, point: MeteringPoint, day: str) -> None:
    send(point, PLAIN)
    page = page_of(staff, point, day=day)
    assert "This is not a day." in page and not starts(page)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("day", ["1900-01-01", "2999-12-31"])
def test_a_day_long_ago_or_far_ahead_has_no_readings(staff: Client, point: MeteringPoint, day: str) -> None:
    assert "There are no readings of this day." in page_of(staff, point, day=day)


def test_the_log_has_who_looked_at_which_day(staff: Client, point: MeteringPoint) -> None:
    send(point, PLAIN)
    page_of(staff, point, day="2026-05-03")
    act = LogEntry.objects.get()
    assert (act.object_id, act.user.username) == (str(point.pk), "staff")
    for path in (reverse("admin:admin_logentry_changelist"), reverse("admin:admin_logentry_change", args=[act.pk])):
        page = staff.get(path).content.decode()
        assert "Look-up" in page and "Read the readings of 2026-05-03" in page
    assert act.get_admin_url() == reverse("admin:metering_pointreadings_change", args=[point.pk])
    history = staff.get(reverse("admin:metering_pointreadings_history", args=[point.pk])).content.decode()
    assert "Read the readings of 2026-05-03" in history


def test_one_look_reads_days_of_one_point_by_its_key(staff: Client, point: MeteringPoint) -> None:
    send(point, PLAIN)
    with CaptureQueriesContext(connection) as queries:
        page_of(staff, point)
    asked = [one["sql"] for one in queries if "metering_reading_day" in one["sql"]]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plan = [line for (line,) in cursor.fetchall()]
            assert not [line for line in plan if "Seq Scan" in line or "Sort" in line], plan


def test_who_may_look_at_points_alone_sees_no_readings(client: Client, point: MeteringPoint) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_meteringpoint"))
    sign_in(client, looker)
    path = reverse("admin:metering_pointreadings_change", args=[point.pk])
    assert client.get(path).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_pointreadings"))
    assert client.get(path).status_code == 200
    assert client.post(path, {"eic": "x"}).status_code == 403
