"""Giving access step by step: what was chosen is kept, what is not possible is not offered, all or nothing is given."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, MeteringPointType
from datahub.outbox.models import Unit
from portal.client.granting import giving
from tests import cast
from tests.portal.client.giving import (
    ADVICE,
    ADVISER,
    AGGREGATOR,
    LIST,
    NEW,
    SECOND_ADVICE,
    SUPPLIER,
    TERMS,
    Wizard,
    adviser,
    at_summary,
    end_role,
    filled,
    given,
    said,
    sentence,
    supplier,
)
from tests.portal.client.readings import NOW, another, browser_of, point_of
from tests.portal.people import wrong

pytestmark = pytest.mark.usefixtures("_market")
GAS = Commodity.NATURAL_GAS


def told() -> int:
    """Count what is told of since the market of the test stands."""
    return Unit.objects.filter(saved_at__gte=NOW).count()


def test_a_whole_way_gives_what_its_summary_says() -> None:
    point, party = point_of(), adviser()
    wizard = Wizard(browser_of())
    assert wizard.browser.get(NEW).context["steps"] is None
    assert wizard.kind()["Location"] == f"{wizard.base}companies"
    assert wizard.companies(ADVICE)["Location"] == f"{wizard.base}places"
    assert wizard.places(point.eic)["Location"] == f"{wizard.base}terms"
    assert wizard.terms()["Location"] == f"{wizard.base}summary"
    assert wizard.summary() == (
        "Until 2 Nov 2027 12:00, Energianõu OÜ will see your name and, of Uus tn 20, Tartu linn, the details and the"
        " readings from 2 Nov 2025 to 2 Nov 2027, so that it can manage your energy use; you can end this at any time"
        " on the page “Who has access”."
    )
    assert not given(), "nothing before she agrees"
    assert wizard.confirm()["Location"] == f"{wizard.base}done"
    (one,) = given()
    assert (one.customer, one.point, one.participant, one.role) == (cast.mari(), point, party, ADVISER)
    assert (one.purpose, one.given_by) == ("ENERGY_MANAGEMENT", wizard.browser.user)
    assert (one.valid_to, one.subject_from) == (one.valid_from.replace(year=2027), one.valid_from.replace(year=2025))
    done = wizard.page("done")
    assert "Energianõu OÜ can see your data now." in said(done) and f"{LIST}/{one.pk}" in done.content.decode()
    assert "You can end it at any time" in said(done)
    assert told() == 1
    wizard.browser.send(f"{LIST}/{one.pk}/end", {"places": str(one.pk)})
    done = said(wizard.page("done"))
    assert "It has ended since." in done and "can see your data" not in done and "You can end it" not in done


def test_the_summary_says_it_in_estonian_too() -> None:
    point = point_of()
    adviser()
    wizard = at_summary(point.eic, browser=browser_of(language="et"))
    told = wizard.summary()
    for part in ("Energianõu OÜ", "Uus tn 20, Tartu linn", "02.11.2025", "02.11.2027", "Minu antud volitused"):
        assert part in told, told
    assert "%" not in told and "will see" not in told


def test_an_offer_is_for_48_hours_and_of_12_months_and_nothing_is_asked_about_it() -> None:
    point = point_of()
    cast.participant(cast.AGGREGATOR)
    supplier()
    for role, eic, purpose in (
        (SUPPLIER, cast.OPEN_SUPPLIER, "make you an offer for energy"),
        (AGGREGATOR, cast.AGGREGATOR, "make you an offer for your flexibility"),
    ):
        wizard = at_summary(point.eic, role=role, to=(eic,))
        assert wizard.page("terms")["Location"] == f"{wizard.base}summary"
        assert purpose in wizard.summary() and wizard.summary().startswith("Until 4 Nov 2026 12:00, ")
        assert "from 2 Nov 2025 to 2 Nov 2026" in wizard.summary()
        wizard.confirm()
        (one,) = (one for one in given() if one.role == role)
        assert one.valid_to == one.valid_from + timedelta(hours=48)
        assert one.subject_to == one.valid_from


# --- forth and back -------------------------------------------------------------------------------------------------


def test_going_back_and_forth_keeps_what_was_chosen() -> None:
    house, flat = point_of(), point_of(number=1, street_address="Vana tn 3")
    adviser(), adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    days = {"first": "2026-11-03", "last": "2026-12-24", "seen_first": "2026-01-05", "seen_last": "2026-12-01"}
    wizard = at_summary(house.eic, flat.eic, to=(ADVICE, SECOND_ADVICE), lasting="own", seen="own", **days)
    before = wizard.summary()
    assert wizard.form("kind") == {"role": ADVISER}
    assert wizard.form("companies") == {"receivers": [ADVICE, SECOND_ADVICE]}
    assert sorted(wizard.form("places")["points"]) == sorted([house.eic, flat.eic])
    assert wizard.form("terms") == TERMS | {"lasting": "own", "seen": "own"} | days
    backs = [wizard.page(step).context["back_url"] for step in ("companies", "places", "terms", "summary")]
    assert backs == [f"{wizard.base}{step}" for step in ("kind", "companies", "places", "terms")]
    numbers = [
        (wizard.page(step).context["number"], wizard.page(step).context["steps"])
        for step in ("kind", "companies", "places", "terms", "summary")
    ]
    assert numbers == [(number, 5) for number in range(1, 6)]
    # Going on with each step as it stands changes nothing either.
    assert wizard.kind()["Location"] == f"{wizard.base}companies"
    wizard.companies(ADVICE, SECOND_ADVICE)
    wizard.places(house.eic, flat.eic)
    assert wizard.summary() == before
    # What is refused in a step changes nothing of it.
    for step in ("companies", "places", "terms"):
        assert wrong(wizard.browser.send(f"{wizard.base}{step}", {}))
    assert wizard.summary() == before


def test_whoever_jumps_ahead_comes_to_the_first_step_that_is_missing() -> None:
    point = point_of()
    adviser()
    wizard = Wizard(browser_of())
    wizard.kind()
    for step in ("places", "terms", "summary", "done"):
        assert wizard.page(step)["Location"] == f"{wizard.base}companies", step
        if step != "done":
            assert wizard.browser.send(f"{wizard.base}{step}", {"points": point.eic, **TERMS}).status_code == 302
    wizard.companies(ADVICE)
    for step in ("terms", "summary", "done"):
        assert wizard.page(step)["Location"] == f"{wizard.base}places", step
    wizard.places(point.eic)
    for step in ("summary", "done"):
        assert wizard.page(step)["Location"] == f"{wizard.base}terms", step
    assert wizard.browser.send(f"{wizard.base}summary", {"chosen": "x"})["Location"] == f"{wizard.base}terms"
    wizard.terms()
    assert wizard.page("done")["Location"] == f"{wizard.base}summary"
    for nothing in ("", "x", "kind/x", "KIND", "%00"):
        assert wizard.page(nothing).status_code == 404, nothing
    assert not given()


def test_another_kind_of_company_asks_for_companies_and_terms_anew_and_keeps_the_places() -> None:
    point = point_of()
    adviser()
    supplier()
    wizard = at_summary(point.eic)
    wizard.kind(SUPPLIER)
    assert wizard.form("companies") == {"receivers": []}
    assert wizard.page("summary")["Location"] == f"{wizard.base}companies"
    # A company of the former kind cannot be chosen in this one.
    assert "receivers" in wrong(wizard.companies(ADVICE))
    wizard.companies(cast.OPEN_SUPPLIER)
    assert wizard.form("places")["points"] == [point.eic]
    assert wizard.page("summary").status_code == 200
    wizard.kind(ADVISER)
    wizard.companies(ADVICE)
    assert wizard.page("summary")["Location"] == f"{wizard.base}terms"


def test_the_sixth_draft_forgets_the_first() -> None:
    point_of()
    adviser()
    browser = browser_of()
    wizards = [Wizard(browser) for _ in range(6)]
    for wizard in wizards:
        wizard.kind()
    gone = wizards[0].page("companies")
    assert gone["Location"] == NEW
    assert "no longer kept" in said(browser.get(NEW))
    assert [wizard.page("companies").status_code for wizard in wizards[1:]] == [200] * 5


# --- what is offered ------------------------------------------------------------------------------------------------


def test_only_companies_that_hold_the_role_now_are_offered() -> None:
    point_of()
    adviser()
    ended, later = adviser(SECOND_ADVICE, name="Lõpetanud OÜ"), adviser("38X-DEMO-ESP3--P", name="Tulev OÜ")
    end_role(ended, NOW)
    later.roles.update(valid_from=NOW + timedelta(days=1))
    supplier()
    wizard = Wizard(browser_of())
    wizard.kind()
    page = said(wizard.page("companies"))
    assert "Energianõu OÜ" in page and "Lõpetanud" not in page and "Tulev" not in page and "Päikese" not in page
    for eic in (SECOND_ADVICE, later.eic, cast.OPEN_SUPPLIER, cast.MARI, "x", "\x00", "", "x" * 5_000):
        assert "receivers" in wrong(wizard.companies(ADVICE, eic)), eic
    assert "Choose at least one company." in wrong(wizard.companies())["receivers"]
    assert "role" in wrong(wizard.kind("GRID_OPERATOR")) and "role" in wrong(wizard.kind(""))


def test_a_company_without_gas_is_not_offered_points_of_gas() -> None:
    house, stove = point_of(), point_of(commodity=GAS)
    adviser(commodities=(Commodity.ELECTRICITY,))
    adviser(SECOND_ADVICE, name="Mõlemad OÜ")
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(SECOND_ADVICE)
    assert {own.point for own in wizard.page("places").context["form"].places} == {house, stove}
    wizard.places(house.eic, stove.eic)
    # With the other company the point of gas is chosen no more.
    wizard.companies(ADVICE, SECOND_ADVICE)
    page = wizard.page("places")
    assert [own.point for own in page.context["form"].places] == [house]
    assert "One place of yours is not listed" in said(page)
    assert wizard.form("places")["points"] == [house.eic]
    assert "points" in wrong(wizard.places(stove.eic))
    wizard.terms()
    wizard.confirm()
    assert {(one.participant.eic, one.point) for one in given()} == {(ADVICE, house), (SECOND_ADVICE, house)}


def test_who_has_only_gas_can_give_an_aggregator_nothing() -> None:
    point_of(commodity=GAS)
    cast.participant(cast.AGGREGATOR)
    wizard = Wizard(browser_of())
    wizard.kind(AGGREGATOR)
    wizard.companies(cast.AGGREGATOR)
    page = wizard.page("places")
    assert "None of your places can be given" in said(page) and ">Continue<" not in page.content.decode()
    assert wizard.places("x").status_code == 200


def test_only_places_that_are_hers_now_are_offered() -> None:
    house = point_of()
    former, later = point_of(number=1, until=date(2026, 11, 2)), point_of(number=2, since=date(2026, 11, 3))
    border = point_of(number=3, type=MeteringPointType.BORDER)
    Agreement.objects.filter(point=border).update(type=AgreementType.BORDER_GRID)
    strangers = point_of(another(), number=4)
    deleted = point_of(number=5)
    Agreement.objects.filter(point=deleted).update(deleted_at=NOW)
    adviser()
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(ADVICE)
    assert [own.point for own in wizard.page("places").context["form"].places] == [house]
    # Who has one place finds it ticked.
    assert wizard.form("places")["points"] == [house.eic]
    for other in (former, later, border, strangers, deleted):
        assert "points" in wrong(wizard.places(house.eic, other.eic))
    assert wrong(wizard.places())["points"] == ["Choose at least one place."]


def test_all_places_are_chosen_at_once_and_those_with_access_already_say_so() -> None:
    house, flat = point_of(), point_of(number=1, street_address="Vana tn 3")
    adviser()
    at_summary(flat.eic, lasting="open").confirm()
    at_summary(house.eic, lasting="1M").confirm()
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(ADVICE)
    page = said(wizard.page("places"))
    assert "has access already, without an end" in page
    assert "has access already, until 2 Dec 2026" in page
    wizard.places(all_points="on")
    wizard.terms()
    assert "Vana tn 3" in wizard.summary()
    wizard.confirm()
    assert sorted(one.point.eic for one in given()) == sorted([house.eic, flat.eic] * 2)


# --- all or nothing -------------------------------------------------------------------------------------------------


def test_several_companies_and_places_get_one_authorization_each() -> None:
    house, flat = point_of(), point_of(number=1)
    adviser(), adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    wizard = at_summary(house.eic, flat.eic, to=(ADVICE, SECOND_ADVICE), lasting="open")
    told = wizard.summary()
    assert told.startswith("Until you end it, Energianõu OÜ and Teine Nõu OÜ will see your name and, of 2 places,")
    assert "so that they can manage" in told and told.endswith("on the page “Who has access”.")
    wizard.confirm()
    expected = {(eic, point) for eic in (ADVICE, SECOND_ADVICE) for point in (house, flat)}
    assert {(one.participant.eic, one.point) for one in given()} == expected and len(given()) == 4
    assert {one.valid_to for one in given()} == {None}
    assert len(wizard.browser.get(LIST).context["shown"]) == 2, "each company stands by itself"


def ended_agreement(wizard: Wizard) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(valid_to=NOW)


def deleted_agreement(wizard: Wizard) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(deleted_at=NOW)


def agreement_of_another(wizard: Wizard) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(customer=another())


def ended_role(wizard: Wizard) -> None:
    end_role(adviser(), NOW)


@pytest.mark.parametrize(
    ("happened", "words", "leads"),
    [
        (ended_agreement, "is not yours any more. Please choose again", "places"),
        (deleted_agreement, "is not yours any more. Please choose again", "places"),
        (agreement_of_another, "is not yours any more. Please choose again", "places"),
        (ended_role, "cannot be given access any more. Please choose again", "companies"),
    ],
)
def test_what_ended_between_summary_and_answer_is_said_and_nothing_is_given(
    happened: Callable[[Wizard], None], words: str, leads: str
) -> None:
    point = point_of()
    adviser(), adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    wizard = at_summary(point.eic, to=(ADVICE, SECOND_ADVICE))
    sent = filled(wizard.page("summary"))
    happened(wizard)
    answer = wizard.browser.send(f"{wizard.base}summary", sent)
    assert answer["Location"] == f"{wizard.base}{leads}"
    assert words in said(wizard.page(leads))
    assert not given() and told() == 0
    assert wizard.page("done")["Location"].endswith("/summary"), "it is still open"


def test_what_ends_while_it_is_given_is_refused_whole() -> None:
    """The page has looked already; the market's rules look again, for every company and place."""
    house, flat = point_of(), point_of(number=1)
    adviser()
    ended = adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    wizard = at_summary(house.eic, flat.eic, to=(ADVICE, SECOND_ADVICE))
    real = giving.give_authorizations

    def ends_before_the_second(**asked: Any) -> Any:
        if asked["participant"] == ended:
            end_role(ended, NOW)
        return real(**asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(giving, "give_authorizations", ends_before_the_second)
        answer = wizard.confirm()
    assert answer.status_code == 200 and "does not" in said(answer)
    assert sentence(answer), "she sees what she wanted to give"
    assert not given() and told() == 0
    assert wizard.page("done")["Location"].endswith("/summary")


def test_what_was_changed_in_another_window_is_read_again_before_it_is_given() -> None:
    house, flat = point_of(), point_of(number=1, street_address="Vana tn 3")
    adviser()
    wizard = at_summary(house.eic)
    sent = filled(wizard.page("summary"))
    wizard.places(house.eic, flat.eic)
    answer = wizard.browser.send(f"{wizard.base}summary", sent)
    assert answer["Location"] == f"{wizard.base}summary" and not given()
    page = wizard.page("summary")
    assert "You changed something in another window" in said(page) and "Vana tn 3" in sentence(page)
    for nothing in ({}, {"chosen": ""}, {"chosen": "x" * 64}, {"chosen": "\x00"}):
        assert wizard.browser.send(f"{wizard.base}summary", nothing).status_code == 302
    assert not given()
    wizard.browser.send(f"{wizard.base}summary", filled(page))
    assert len(given()) == 2
