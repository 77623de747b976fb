"""Staff see authorizations and on which of them something was read, and change neither."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from datahub.access.models import CustomerAuthorization
from datahub.access.services.access_log import Read, log_read
from datahub.market import AgreementType, SourceType
from datahub.parties.models import User
from tests.access.giving import ADVICE, ADVISER, SUPPLIER, adviser, given, revoke
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, FLAT, HOUSE, JAAN, MARI, NORTH, NOW, SUN, WIND, day, fact, standing

pytestmark = pytest.mark.usefixtures("built")
LIST = "/admin/access/customerauthorization/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff", password="a long staff password"))
    return client


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
    assert "ENERGY_MANAGEMENT" in staff.get(page).content.decode()
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(page, {"purpose": "RESEARCH"}).status_code == 403
    assert staff.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{LIST}nonsense/change/").status_code == 302
    assert CustomerAuthorization.objects.get().purpose == "ENERGY_MANAGEMENT"


def test_the_log_shows_the_authorization_that_something_was_read_on(staff: Client) -> None:
    number = CustomerAuthorization().pk
    log_read(
        participant=adviser(),
        role=ADVISER,
        commodity=ELECTRICITY,
        service="meter/search",
        reads=[Read(MARI, HOUSE, ground=SourceType.PERMISSION, authorization=number)],
        now=datetime.now(NOW.tzinfo),
    )
    assert market.party(ADVICE) == adviser()
    page = staff.get("/admin/access/accesslog/", {"q": MARI}).content.decode()
    assert str(number) in page
