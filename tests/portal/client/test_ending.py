"""Ending access: all of it or some places, once, and at once for whoever reads by it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from datahub.access.models import CustomerAuthorization
from datahub.access.services import authorizations
from datahub.access.services.authorizations import give_authorizations
from datahub.market import AuthorizationPurpose
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User
from datahub.parties.services.representations import give_representation
from datahub.periods import Period
from tests import cast
from tests.api import api
from tests.metering.messages import stamp
from tests.portal.client.giving import ADVICE, ADVISER, LIST, adviser, said
from tests.portal.client.readings import LONG_AGO, NOW, another, browser_of, company, point_of, send
from tests.portal.people import Browser, person, wrong
from tests.tables import contents

pytestmark = pytest.mark.usefixtures("_market")
DAY = timedelta(days=1)


def give(
    *points: MeteringPoint,
    customer: Party | None = None,
    now: datetime = NOW,
    validity: Period | None = None,
    by: User | None = None,
    purpose: AuthorizationPurpose = AuthorizationPurpose.ENERGY_MANAGEMENT,
    subject: Period | None = None,
) -> list[CustomerAuthorization]:
    """Let a customer, of whom Mari is the usual one, have given the adviser access since a moment without an end."""
    customer = customer or cast.mari()
    return give_authorizations(
        customer=customer,
        by=by or person(customer.eic, customer),
        meter_eics=[point.eic for point in points],
        participant=adviser(),
        role=ADVISER,
        purpose=purpose,
        validity=validity or Period(now, None),
        subject=subject or Period(now - 300 * DAY, now + 300 * DAY),
        now=now,
    )


def end_of(one: CustomerAuthorization) -> str:
    return f"{LIST}/{one.pk}/end"


def open_ones() -> set[UUID]:
    return set(CustomerAuthorization.objects.filter(revoked_at=None).values_list("pk", flat=True))


@pytest.fixture
def homes(_market: None) -> list[MeteringPoint]:
    return [point_of(), *(point_of(number=one, street_address=f"Vana tn {one}") for one in (1, 2))]


def test_of_one_place_nothing_is_asked_but_whether(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0])
    browser = browser_of()
    page = browser.get(end_of(one))
    assert "End the access of Energianõu OÜ?" in said(page) and 'type="checkbox"' not in page.content.decode()
    assert open_ones() == {one.pk}, "looking ends nothing"
    assert browser.send(end_of(one), {"places": str(one.pk)})["Location"] == LIST
    assert "You ended the access of Energianõu OÜ to Uus tn 20, Tartu linn." in said(browser.get(LIST))
    one.refresh_from_db()
    assert one.revoked_at == one.valid_to and one.revoked_by == browser.user


def test_of_several_places_those_that_are_ticked_end(homes: list[MeteringPoint]) -> None:
    given = give(*homes)
    browser = browser_of()
    page = browser.get(end_of(given[0]))
    assert page.content.decode().count("checked") == 3, "all are ticked"
    browser.send(end_of(given[0]), {"places": [str(given[0].pk), str(given[2].pk)]})
    assert open_ones() == {given[1].pk}
    assert "You ended the access to 2 places that you had given Energianõu OÜ." in said(browser.get(LIST))
    # Each of them leads to what is left; the third is asked about alone.
    for one in given:
        page = browser.get(end_of(one))
        assert page.context["form"].initial == {"places": [str(given[1].pk)], "others": []}
    detail = browser.get(f"{LIST}/{given[0].pk}")
    assert said(detail).count("Ended by you") == 2
    assert len(browser.get(LIST).context["shown"]) == 1
    assert len(browser.get(LIST, {"ended": "1"}).context["shown"]) == 1


def test_without_a_tick_nothing_ends(homes: list[MeteringPoint]) -> None:
    given = give(*homes)
    for sent in ({}, {"places": []}):
        assert "Choose at least one place" in wrong(browser_of().send(end_of(given[0]), sent))["places"][0]
    assert len(open_ones()) == 3


def test_somebody_elses_in_the_form_ends_nothing_at_all(homes: list[MeteringPoint]) -> None:
    given = give(*homes[:2])
    beside = give(homes[2], now=NOW + timedelta(seconds=1), validity=Period(NOW + DAY, None))
    jaan = another()
    (strangers,) = give(point_of(jaan, number=3), customer=jaan)
    browser = browser_of()
    before = contents()
    bodies = set()
    for other in (strangers.pk, uuid4(), beside[0].pk, "x", "", "\x00", "x" * 5_000, str(given[0].pk).upper()):
        answer = browser.send(end_of(given[0]), {"places": [str(given[0].pk), str(other)]})
        (text,) = wrong(answer)["places"]
        bodies.add(text.replace(str(other), ""))
    assert len(bodies) == 1
    assert contents() == before


def test_what_has_ended_already_is_said_to_have(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0])
    (over,) = give(homes[1], now=NOW - 2 * DAY, validity=Period(NOW - 2 * DAY, NOW - DAY))
    browser = browser_of()
    sent = {"places": str(one.pk)}
    browser.send(end_of(one), sent)
    before = CustomerAuthorization.objects.get(pk=one.pk)
    for ended in (one, over):
        for ask in (browser.get, lambda path, own=ended: browser.send(path, {"places": str(own.pk)})):
            answer = ask(end_of(ended))
            assert answer["Location"] == f"{LIST}/{ended.pk}"
            assert "This access has ended already." in said(browser.get(answer["Location"]))
        assert ">End access<" not in browser.get(f"{LIST}/{ended.pk}").content.decode()
    assert CustomerAuthorization.objects.get(pk=one.pk).revoked_at == before.revoked_at


def test_a_page_that_was_opened_before_some_places_ended_ends_the_others(homes: list[MeteringPoint]) -> None:
    given = give(*homes)
    browser = browser_of()
    browser.send(end_of(given[0]), {"places": str(given[0].pk)})
    first = CustomerAuthorization.objects.get(pk=given[0].pk).revoked_at
    answer = browser.send(end_of(given[0]), {"places": [str(one.pk) for one in given]})
    assert answer["Location"] == LIST and not open_ones()
    assert "access to 2 places" in said(browser.get(LIST))
    assert CustomerAuthorization.objects.get(pk=given[0].pk).revoked_at == first
    # Of a page on which only what has ended is ticked.
    given = give(*homes, now=NOW + timedelta(seconds=5), validity=Period(NOW + DAY, None))
    browser.send(end_of(given[0]), {"places": str(given[0].pk)})
    answer = browser.send(end_of(given[1]), {"places": str(given[0].pk)})
    assert answer["Location"] == f"{LIST}/{given[1].pk}" and len(open_ones()) == 2


def test_one_that_has_not_begun_never_begins(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0], validity=Period(NOW + DAY, None))
    browser = browser_of()
    assert "From 3 Nov 2026" in said(browser.get(LIST))
    browser.send(end_of(one), {"places": str(one.pk)})
    one.refresh_from_db()
    assert one.valid_to == one.valid_from and one.revoked_at is not None


def test_who_represents_a_company_ends_what_others_gave_and_is_named(homes: list[MeteringPoint]) -> None:
    firm = company()
    point = point_of(firm, number=5)
    users = [person("first clerk"), person("second clerk")]
    for user in users:
        give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    (one,) = give(point, customer=firm, by=users[0])
    second = Browser(users[1]).act_as(f"customer:{firm.eic}")
    assert second.send(end_of(one), {"places": str(one.pk)})["Location"] == LIST
    one.refresh_from_db()
    assert (one.given_by, one.revoked_by) == (users[0], users[1])
    first = Browser(users[0]).act_as(f"customer:{firm.eic}")
    assert "second clerk" in said(first.get(f"{LIST}/{one.pk}"))
    # As herself she has nothing to do with it.
    assert browser_of().get(end_of(one)).status_code == 404


def test_with_the_end_the_companys_next_read_is_refused() -> None:
    point = point_of()
    send(point, date(2026, 10, 5), date(2026, 10, 6))
    (one,) = give(point)
    asked = {
        "meterEic": point.eic,
        "periodStart": stamp(datetime(2026, 10, 4, 21, tzinfo=UTC)),
        "periodEnd": stamp(datetime(2026, 10, 6, 21, tzinfo=UTC)),
        "pagination": {"page": 0, "pageSize": 2_000},
    }

    def read() -> int:
        return int(api(ADVICE).post("/api/v1/meter-data/search", asked, role=ADVISER).status_code)

    def found() -> int:
        sent = {"meterAttributes": {"meterCommon": {"sourceType": ["PERMISSION"]}}}
        return len(api(ADVICE).post("/api/v1/meter/search", sent, role=ADVISER).json()["meterMetadata"])

    assert (read(), found()) == (200, 1)
    browser_of().send(end_of(one), {"places": str(one.pk)})
    assert (read(), found()) == (404, 0)


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_market(transactional_db: None) -> Iterator[None]:
    """The market, committed, so that several connections see it."""
    with time_machine.travel(NOW, tick=True):
        cast.participant(cast.GRID_OPERATOR)
        yield


def both(browser: Browser, path: str, *forms: dict[str, Any]) -> list[Any]:
    """Send forms of one page at the same time from windows of one browser; give their answers."""
    return at_once(browser, *((path, fields) for fields in forms))


def at_once(browser: Browser, *forms: tuple[str, dict[str, Any]]) -> list[Any]:
    """Send forms, each to its page, at the same time from windows of one browser; give their answers."""
    token, start = browser.token(), threading.Barrier(len(forms))

    def press(path: str, fields: dict[str, Any]) -> Any:
        window = Browser()
        window.cookies.load({name: cookie.value for name, cookie in browser.cookies.items()})
        start.wait()
        try:
            return window.post(path, {"csrfmiddlewaretoken": token, **fields})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(forms)) as windows:
        return [one.result() for one in [windows.submit(press, *form) for form in forms]]


@pytest.mark.usefixtures("open_market")
def test_of_two_windows_at_once_one_ends_it_and_the_other_says_that_it_has_ended() -> None:
    point, browser = point_of(), browser_of()
    for number in range(4):
        (one,) = give(point, now=NOW + timedelta(seconds=number), validity=Period(NOW + DAY, None))
        cache.clear()
        sent = {"places": str(one.pk)}
        answers = both(browser, end_of(one), sent | {"form_id": "a" * 22}, sent | {"form_id": "b" * 22})
        assert [answer.status_code for answer in answers] == [302, 302]
        assert sorted(answer["Location"] for answer in answers) == sorted([LIST, f"{LIST}/{one.pk}"])
        one.refresh_from_db()
        assert one.revoked_at is not None


@pytest.mark.usefixtures("open_market")
def test_two_windows_that_end_some_of_the_same_places_end_all_that_either_wanted() -> None:
    points = [point_of(), point_of(number=1), point_of(number=2)]
    browser = browser_of()
    for number in range(4):
        given = give(*points, now=NOW + timedelta(seconds=number), validity=Period(NOW + DAY, None))
        keys = [str(one.pk) for one in given]
        answers = both(browser, end_of(given[0]), {"places": keys[:2]}, {"places": keys[:0:-1]})
        assert [answer.get("Location") for answer in answers] == [LIST, LIST]
        assert not open_ones()


@pytest.mark.usefixtures("open_market")
def test_an_end_that_fails_half_way_ends_nothing() -> None:
    given = give(point_of(), point_of(number=1))

    def fails(validity: Any, at: Any) -> Any:
        raise RuntimeError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authorizations.rules, "end_when_revoked", fails)
        with pytest.raises(RuntimeError):
            browser_of().send(end_of(given[0]), {"places": [str(one.pk) for one in given]})
    assert len(open_ones()) == 2
