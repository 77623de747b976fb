"""A draft is answered once, by the customer for whom it was begun, and by nobody else."""

from datetime import date
from typing import Any

import pytest
import time_machine

from datahub.access.models import CustomerAuthorization
from datahub.market import Commodity
from datahub.parties.services.redirect_hosts import register_redirect_host
from datahub.parties.services.representations import give_representation
from portal.client.granting import views
from tests import cast
from tests.portal.client.giving import (
    NEW,
    TERMS,
    Wizard,
    adviser,
    at_summary,
    filled,
    given,
    said,
    supplier,
)
from tests.portal.client.readings import LONG_AGO, NOW, another, browser_of, company, grid, point_of
from tests.portal.people import Browser, person

pytestmark = pytest.mark.usefixtures("_market")
GAS = Commodity.NATURAL_GAS


# --- once -----------------------------------------------------------------------------------------------------------


def test_who_confirms_again_later_finds_what_she_has_given() -> None:
    point = point_of()
    adviser()
    wizard = at_summary(point.eic)
    sent = filled(wizard.page("summary"))
    wizard.browser.send(f"{wizard.base}summary", sent)
    for step in ("kind", "companies", "places", "terms", "summary"):
        assert wizard.page(step)["Location"] == f"{wizard.base}done", step
        assert wizard.browser.send(f"{wizard.base}{step}", sent | TERMS)["Location"] == f"{wizard.base}done", step
    assert len(given()) == 1
    assert wizard.page("done").status_code == 200


def test_a_session_that_another_request_has_put_back_gives_nothing_twice() -> None:
    """A page that was opened before the answer and ends after it saves the session as it was before."""
    house, flat = point_of(), point_of(number=1)
    adviser()
    wizard = at_summary(house.eic, flat.eic)
    before = dict(wizard.browser.session.items())
    wizard.confirm()
    ids = {one.pk for one in given()}
    session = wizard.browser.session
    session.update(before)
    session.save()
    assert wizard.confirm()["Location"] == f"{wizard.base}done"
    assert {one.pk for one in given()} == ids and len(ids) == 2
    assert wizard.page("done").status_code == 200
    # Nor with other places, nor is anything said of less.
    for again in (lambda: wizard.places(house.eic), lambda: wizard.page("summary"), wizard.confirm):
        session = wizard.browser.session
        session.update(before)
        session.save()
        assert again()["Location"] == f"{wizard.base}done"
        assert {one.pk for one in given()} == ids
    assert "Energianõu OÜ can see your data now." in said(wizard.page("done"))


def test_a_session_that_was_put_back_does_not_let_a_company_hear_that_she_declined() -> None:
    house = point_of()
    register_redirect_host(participant=supplier(), host="pood.example.ee")
    wizard = Wizard(browser_of())
    link = {"eicCode": cast.OPEN_SUPPLIER, "energyType": "electricity", "redirectUrl": "https://pood.example.ee/"}
    wizard.base = wizard.browser.get("/portal/grant", link)["Location"].rpartition("/")[0] + "/"
    wizard.places(house.eic)
    before = dict(wizard.browser.session.items())
    assert wizard.confirm()["Location"] == "https://pood.example.ee/?result=granted"
    for step in ("places", "summary"):
        session = wizard.browser.session
        session.update(before)
        session.save()
        answer = wizard.browser.send(f"{wizard.base}{step}", {"decline": "1"})
        assert answer["Location"] == "https://pood.example.ee/?result=granted"
    assert len(given()) == 1


def test_a_draft_that_is_gone_when_it_is_answered_gives_nothing() -> None:
    point = point_of()
    adviser()
    wizard = at_summary(point.eic)
    real = views.give

    def forgotten(*asked: Any) -> Any:
        session = wizard.browser.session
        del session["granting"]
        session.save()
        return real(*asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "give", forgotten)
        assert wizard.confirm()["Location"] == NEW
    assert not given()


# --- whose it is ----------------------------------------------------------------------------------------------------


def test_a_draft_of_one_role_is_not_found_in_another_of_the_same_person() -> None:
    point, firm = point_of(), company()
    point_of(firm, number=1)
    adviser()
    user = person(cast.MARI, cast.mari())
    give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    browser = Browser(user).act_as(f"customer:{cast.MARI}")
    wizard = at_summary(point.eic, browser=browser)
    sent = filled(wizard.page("summary"))
    browser.act_as(f"customer:{firm.eic}")
    for step in ("kind", "companies", "places", "terms", "summary", "done"):
        assert wizard.page(step)["Location"] == NEW
        assert browser.send(f"{wizard.base}{step}", sent | TERMS)["Location"] == NEW
    assert not given()
    # Back as herself she goes on where she was.
    browser.act_as(f"customer:{cast.MARI}")
    assert wizard.confirm()["Location"] == f"{wizard.base}done"
    assert given()[0].customer == cast.mari()


def test_who_represents_a_company_gives_in_its_name() -> None:
    firm = company()
    point = point_of(firm)
    adviser()
    user = person("clerk")
    give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    wizard = at_summary(point.eic, browser=Browser(user).act_as(f"customer:{firm.eic}"))
    wizard.confirm()
    (one,) = given()
    assert (one.customer, one.given_by) == (firm, user)
    assert CustomerAuthorization.objects.filter(customer=cast.mari()).count() == 0


def test_who_represents_no_more_when_she_answers_gives_nothing() -> None:
    firm = company()
    point = point_of(firm)
    adviser()
    user = person("clerk")
    representation = give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    wizard = at_summary(point.eic, browser=Browser(user).act_as(f"customer:{firm.eic}"))
    sent = filled(wizard.page("summary"))
    representation.valid_to = NOW
    representation.save()
    assert wizard.browser.send(f"{wizard.base}summary", sent)["Location"] == "/role"
    assert not given()


def test_a_point_that_changed_hands_says_whose_time_is_opened() -> None:
    jaan, point = another(), point_of(since=date(2026, 3, 1), until=date(2027, 2, 1))
    grid(point, jaan, date(2020, 1, 1), date(2026, 3, 1))
    adviser()
    wizard = at_summary(point.eic)
    assert "from 1 Mar 2026 to 31 Jan 2027" in wizard.summary()
    wizard.confirm()
    (one,) = given()
    with time_machine.travel(NOW):
        assert (one.subject_from.isoformat(), one.subject_to.isoformat()) == (
            "2026-02-28T22:00:00+00:00",
            "2027-01-31T22:00:00+00:00",
        )
