"""Staff see authorizations and on which of them something was read, and change neither."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog, CustomerAuthorization
from datahub.access.services.access_log import Read, log_read
from datahub.market import AgreementType, SourceType
from datahub.parties.models import User
from datahub.periods import Period
from tests.access.giving import ADVICE, ADVISER, SUPPLIER, adviser, given, revoke
from tests.agreements.market import ELECTRICITY, FLAT, HOUSE, JAAN, MARI, NORTH, NOW, SUN, WIND, day, fact, standing

pytestmark = pytest.mark.usefixtures("built")
LIST, LOG = "/admin/access/customerauthorization/", "/admin/access/accesslog/"


def listed(staff: Client, term: str) -> list[Any]:
    response = staff.get(LIST, {"q": term})
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def test_authorizations_are_found_by_the_codes_of_point_customer_and_participant(staff: Client) -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    standing(fact(AgreementType.GRID, NORTH, SUN, FLAT, day(2024, 1, 1)))
    one, two = given(HOUSE), revoke(given(HOUSE, to=WIND, role=SUPPLIER))
    own = given(FLAT, customer=SUN)
    for term, expected in (
        ("", {one, two, own}),
        (HOUSE, {one, two}),
        (MARI, {one, two}),
        (ADVICE, {one, own}),
        (WIND, {two}),
        # A participant that was given nothing is looked for as a customer.
        (SUN, {own}),
        (JAAN, set()),
        ("38ZGO-10000018-5", set()),
        ("38X-AVP-DEMO01-2", set()),
    ):
        assert set(listed(staff, term)) == expected, term


def test_nobody_gives_changes_or_deletes_one_here(staff: Client) -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    one = given(HOUSE)
    page = f"{LIST}{one.pk}/change/"
    assert "Energy management" in staff.get(page).content.decode()
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(page, {"purpose": "RESEARCH"}).status_code == 403
    assert staff.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{LIST}nonsense/change/").status_code == 302
    assert CustomerAuthorization.objects.get().purpose == "ENERGY_MANAGEMENT"


def read_on(number: UUID | None, service: str = "meter/search") -> None:
    log_read(
        participant=adviser(),
        role=ADVISER,
        commodity=ELECTRICITY,
        service=service,
        reads=[Read(MARI, HOUSE, ground=SourceType.PERMISSION, authorization=number)],
        now=datetime.now(NOW.tzinfo),
    )


def test_the_log_leads_to_the_authorization_that_something_was_read_on_and_back(staff: Client) -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    one, other = given(HOUSE), given(HOUSE)
    for number in (one.pk, other.pk, None):
        read_on(number)
    page = f"{LIST}{one.pk}/change/"
    log = staff.get(LOG, {"q": MARI}).content.decode()
    assert f'href="{page}"' in log
    assert f"{str(one.pk)[:8]}…" in log
    (row,) = AccessLog.objects.filter(authorization_id=one.pk)
    assert f'href="{page}"' in staff.get(f"{LOG}{row.pk}/change/").content.decode()
    shown = staff.get(page).content.decode()
    assert str(one.pk) in shown
    back = f"{LOG}?q={one.pk}"
    assert f'href="{back}"' in shown
    assert f'href="{back}"' in staff.get(LIST).content.decode()
    assert list(staff.get(back).context["cl"].result_list) == [row]


def test_the_log_names_the_person_or_the_technical_user_who_read(staff: Client) -> None:
    person = User.objects.create_user("kaarel")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page.append(staff.get(LOG).content.decode())
        return len(queries)

    page: list[str] = []
    reads = {"participant": adviser(), "role": ADVISER, "commodity": ELECTRICITY, "reads": [Read(MARI, HOUSE)]}
    log_read(**reads, service="page:points", user=person, now=datetime.now(NOW.tzinfo))
    log_read(**reads, service="meter/search", technical_user=f"{ADVICE}-erp", now=datetime.now(NOW.tzinfo))
    asked()
    few = asked()
    assert "Who read" in page[-1] and "kaarel" in page[-1] and f"{ADVICE}</span><wbr>-erp" in page[-1]
    for number in range(5):
        reader = User.objects.create_user(f"reader-{number}")
        log_read(**reads, service="page:points", user=reader, now=datetime.now(NOW.tzinfo))
    assert asked() == few and "reader-4" in page[-1]
    staff.cookies["django_language"] = "et"
    assert "Kes luges" in staff.get(LOG).content.decode()


def test_both_lists_are_searched_by_the_id_of_an_authorization(staff: Client) -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    one, _ = given(HOUSE), given(HOUSE)
    read_on(one.pk)
    for term in (str(one.pk), f" {one.pk} ", str(one.pk).upper()):
        assert listed(staff, term) == [one]
        assert [row.authorization_id for row in staff.get(LOG, {"q": term}).context["cl"].result_list] == [one.pk]
    unknown = str(CustomerAuthorization().pk)
    assert listed(staff, unknown) == list(staff.get(LOG, {"q": unknown}).context["cl"].result_list) == []


def test_the_log_is_searched_by_an_index_of_its_partitions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'access_log_by_authorization'::regclass")
        assert cursor.fetchall() == [(True,)]
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM access_log WHERE authorization_id = %s ORDER BY id DESC LIMIT 50",
            [CustomerAuthorization().pk],
        )
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "authorization" in plan


def test_pages_tell_the_time_of_the_market(staff: Client) -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    # In UTC it is still the day before.
    one = given(HOUSE, validity=Period(day(2026, 6, 1), None))
    assert str(one) == "Energy management, 1 Jun 2026"
    for page in (LIST, f"{LIST}{one.pk}/change/"):
        shown = staff.get(page).content.decode()
        assert "1 Jun 2026 00:00:00" in shown
        assert "31 May 2026" not in shown
        assert "2026-05-31" not in shown
    row = AccessLog(service="meter/search", meter_eic=HOUSE, read_at=day(2026, 6, 1))
    assert str(row) == f"{HOUSE}, 1 Jun 2026 00:00"
