"""A customer's metering points and what the hub knows of her: of her own time, and of nobody else."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.access.own_data import own_point, own_points
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.services.representations import give_representation
from datahub.periods import Period
from tests import cast
from tests.metering import points as codes
from tests.portal.client.giving import adviser, at_summary
from tests.portal.client.readings import LONG_AGO, NOW, another, browser_of, company, grid, point_of, text
from tests.portal.client.test_ending import give
from tests.portal.people import Browser, person

pytestmark = pytest.mark.usefixtures("_market")


def supply(point: MeteringPoint, since: date, until: date | None = None, *, eic: str = cast.OPEN_SUPPLIER) -> None:
    """Let a supplier sell at a point of Mari's."""
    Agreement.objects.create(
        type=AgreementType.SUPPLY,
        point=point,
        service_provider=cast.participant(eic),
        service_provider_role=Role.OPEN_SUPPLIER,
        customer=cast.mari(),
        commodity=point.commodity,
        valid_from=day_start(since),
        valid_to=None if until is None else day_start(until),
        created_at=NOW,
        changed_at=NOW,
    )


# --- which are hers -------------------------------------------------------------------------------------------------


def test_periods_that_touch_are_one_and_others_stay_apart() -> None:
    jaan = another()
    point = point_of(since=date(2024, 1, 1), until=date(2025, 1, 1))
    grid(point, cast.mari(), date(2025, 1, 1), date(2025, 6, 1))
    grid(point, jaan, date(2025, 6, 1), date(2026, 1, 1))
    grid(point, cast.mari(), date(2026, 1, 1))
    own = own_point(cast.mari(), point.eic)
    assert own is not None
    assert own.periods == [
        Period(day_start(date(2024, 1, 1)), day_start(date(2025, 6, 1))),
        Period(day_start(date(2026, 1, 1)), None),
    ]
    assert own.is_hers_at(day_start(date(2026, 1, 1))) and not own.is_hers_at(day_start(date(2025, 6, 1)))
    his = own_point(jaan, point.eic)
    assert his is not None and his.last_end == day_start(date(2026, 1, 1))


def test_agreements_of_networks_make_it_hers_and_others_and_deleted_ones_do_not() -> None:
    house, border, sold, gone = (point_of(another(), number=one, until=date(2020, 1, 2)) for one in range(4))
    for point in (house, border, gone):
        grid(point, cast.mari(), date(2021, 1, 1))
    Agreement.objects.filter(point=border, customer=cast.mari()).update(type=AgreementType.BORDER_GRID)
    Agreement.objects.filter(point=gone, customer=cast.mari()).update(deleted_at=NOW)
    supply(sold, date(2021, 1, 1))
    assert {own.point for own in own_points(cast.mari())} == {house, border}
    assert own_point(cast.mari(), sold.eic) is own_point(cast.mari(), gone.eic) is None


def test_the_list_has_those_of_now_and_to_come_and_on_request_the_former() -> None:
    point_of(street_address="Praegune tn 1")
    point_of(number=1, street_address="Tulev tn 2", since=date(2026, 11, 3))
    point_of(number=2, street_address="Endine tn 3", until=date(2026, 11, 2))
    browser = browser_of()
    page, former = text(browser.get("/portal/")), text(browser.get("/portal/", {"former": "1"}))
    assert "Praegune tn 1" in page and "Tulev tn 2" in page and "Endine tn 3" not in page
    assert "Endine tn 3" in former and "Praegune tn 1" not in former and "Tulev tn 2" not in former


def test_what_a_former_place_is_like_now_is_not_hers_to_see() -> None:
    jaan = another()
    point = point_of(until=date(2026, 1, 1), production_capacity=987)
    grid(point, jaan, date(2026, 1, 1))
    path = f"/portal/metering-points/{point.eic}"
    assert browser_of().get(path).context["characteristics"] == []
    assert browser_of(jaan).get(path).context["characteristics"]
    assert "987" in text(browser_of(jaan).get(path)) and "987" not in text(browser_of().get(path))


def test_who_sells_there_now_and_next() -> None:
    point = point_of()
    supply(point, date(2025, 1, 1), date(2026, 12, 1))
    supply(point, date(2026, 12, 1), eic=cast.SECOND_SUPPLIER)
    (place,) = browser_of().get("/portal/").context["places"]
    assert (place.now.name, place.next.name) == ("Päikese Energia AS", "Tuule Energia AS")
    assert not place.now.is_general and place.next.period.start == day_start(date(2026, 12, 1))


def test_words_find_places_by_address_and_code() -> None:
    for number in range(1, 12):
        point_of(number=number, street_address=f"Õuna tn {number}")
    browser = browser_of()

    def found(words: str) -> int:
        return len(browser.get("/portal/", {"find": words}).context["list"].rows)

    assert found("õuna") == found("ÕUNA TN") == found("") == found("  ") == 11
    assert found("tn 7, tartu") == 1 and found("õuna kadakas") == 0 and found("\x00") == 0
    assert found(codes.codes("38ZGO-19", 3)[-1]) == 1


# --- herself --------------------------------------------------------------------------------------------------------


def test_looks_of_her_own_are_not_logged_and_those_of_who_represents_a_company_are() -> None:
    assert "Maasikas" in text(browser_of().get("/portal/details"))
    assert not AccessLog.objects.exists()
    firm, user = company(), person("clerk")
    give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    assert "Saeveski OÜ" in text(Browser(user).act_as(f"customer:{firm.eic}").get("/portal/details"))
    row = AccessLog.objects.get()
    assert (row.customer_eic, row.service) == (firm.eic, "portal/details")


# --- many -----------------------------------------------------------------------------------------------------------


def copies(model: MeteringPoint, number: int, *, first: int) -> list[MeteringPoint]:
    """Give Mari more places like one, the cheap way."""
    made = []
    for eic in codes.codes("38ZGO-19", first + number)[first:]:
        copy = MeteringPoint.objects.get(pk=model.pk)
        copy.pk, copy.eic, copy._state.adding = None, eic, True
        copy.save()
        grid(copy, cast.mari(), date(2020, 1, 1))
        made.append(copy)
    return made


def test_pages_ask_as_many_questions_of_200_places_as_of_20() -> None:
    adviser()
    asked: list[list[int]] = []
    points = [point_of(number=2)]
    for number, first in ((20, 10), (180, 30)):
        points += copies(points[0], number, first=first)
        give(*points, now=NOW - timedelta(days=len(asked) + 1))
        browser = browser_of()
        wizard = at_summary(*(point.eic for point in points), browser=browser)
        paths = ["/portal/", f"/portal/metering-points/{points[0].eic}", "/portal/authorizations", "/portal/readings"]
        counts = []
        for path in (*paths, f"{wizard.base}places", f"{wizard.base}summary"):
            browser.get(path)
            with CaptureQueriesContext(connection) as questions:
                assert browser.get(path).status_code == 200
            counts.append(len(questions))
        asked.append(counts)
    assert asked[0] == asked[1]
    assert max(asked[1]) <= 15
