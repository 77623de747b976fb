"""An agreement is added: its form, what it would do, what is refused."""

import re

import pytest
import time_machine

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.services import general_services
from datahub.market import AgreementType, Permission, Role
from datahub.outbox.models import Unit
from datahub.parties.models import Party
from tests.agreements import many_points, market
from tests.agreements.acting import register
from tests.agreements.market import HOUSE, MARI, NAMED, NORTH, SUN, WIND, day
from tests.portal.agreements.asking import (
    LIST,
    NEW_SUPPLY,
    OPERATOR,
    SUPPLIER,
    A,
    grid,
    page,
    seen,
    supply,
    text,
)
from tests.portal.people import acting_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]


@pytest.mark.parametrize(
    ("who", "role", "kinds"),
    [
        (NORTH, OPERATOR, {"GRID", "BORDER_GRID", "NAMED_SUPPLIER", "JOINT_INVOICE"}),
        (SUN, SUPPLIER, {"SUPPLY", "PORTFOLIO_SUPPLIER"}),
        (market.AGGREGATOR, Role.AGGREGATOR, {"AGGREGATION"}),
        (market.LINE, Role.LINE_OPERATOR, {"GRID"}),
    ],
)
def test_the_types_are_those_of_the_role(who: str, role: Role, kinds: set[str]) -> None:
    browser = acting_for(who, role)
    offered = set(re.findall(r"agreements/new/(\w+)", text(browser.get(f"{LIST}new"))))
    assert offered == kinds
    for kind in AgreementType:
        assert browser.get(f"{LIST}new/{kind}").status_code == (200 if kind in kinds else 403)
    assert browser.get(f"{LIST}new/NOTHING").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (A.GRID, {"meter_eic", "customer_eic", "first_day", "last_day", "agreement_id"}),
        (A.NAMED_SUPPLIER, {"service_provider_eic", "first_day", "last_day", "agreement_id"}),
        (A.SUPPLY, {"meter_eic", "customer_eic", "first_day", "last_day", "agreement_id", "termination_fee"}),
        (A.PORTFOLIO_SUPPLIER, {"customer_eic", "first_day", "last_day", "agreement_id"}),
    ],
)
def test_the_form_has_the_fields_of_the_type(kind: AgreementType, fields: set[str]) -> None:
    browser = acting_for(NORTH, OPERATOR) if kind in (A.GRID, A.NAMED_SUPPLIER) else acting_for(SUN, SUPPLIER)
    assert set(browser.get(f"{LIST}new/{kind}").context["form"].fields) == fields


@pytest.mark.parametrize(
    ("kind", "who", "role", "earliest"),
    [
        (A.SUPPLY, SUN, SUPPLIER, "2026-05-05"),
        (A.PORTFOLIO_SUPPLIER, SUN, SUPPLIER, "2026-06-01"),
        (A.NAMED_SUPPLIER, NORTH, OPERATOR, "2026-06-01"),
        (A.GRID, NORTH, OPERATOR, "2026-05-04"),
    ],
)
def test_the_earliest_day_is_offered(kind: AgreementType, who: str, role: Role, earliest: str) -> None:
    assert f'value="{earliest}"' in text(acting_for(who, role).get(f"{LIST}new/{kind}"))


def test_a_supply_is_shown_before_it_is_saved_and_saved_once() -> None:
    grid()
    first = supply()
    browser = acting_for(WIND, SUPPLIER)
    units = Unit.objects.count()
    asked = browser.send(f"{LIST}new/SUPPLY", NEW_SUPPLY)
    shown = text(asked)
    assert "Effects on other agreements" in shown
    assert "its last day is" in shown
    assert SUN not in shown
    assert Unit.objects.count() == units
    assert AccessLog.objects.filter(
        service="agreement", meter_eic=HOUSE, customer_eic=MARI, user__isnull=False
    ).exists()
    saved = browser.send(f"{LIST}new/SUPPLY", {**NEW_SUPPLY, "seen": seen(asked)})
    new = Agreement.objects.standing().get(type=A.SUPPLY, service_provider__eic=WIND)
    assert saved["Location"] == page(new.pk)
    assert (new.valid_from, new.valid_to, new.agreement_id) == (day(2026, 6, 1), None, "7")
    assert Agreement.objects.get(pk=first.id).valid_to == day(2026, 6, 1)


def test_what_came_between_is_shown_anew() -> None:
    grid()
    browser = acting_for(WIND, SUPPLIER)
    before = seen(browser.send(f"{LIST}new/SUPPLY", NEW_SUPPLY))
    supply()
    again = browser.send(f"{LIST}new/SUPPLY", {**NEW_SUPPLY, "seen": before})
    assert "Something else was saved here in the meantime" in text(again)
    assert not Agreement.objects.filter(type=A.SUPPLY, service_provider__eic=WIND).exists()


def test_back_to_the_form_keeps_what_was_filled_in() -> None:
    grid()
    answer = acting_for(WIND, SUPPLIER).send(f"{LIST}new/SUPPLY", {**NEW_SUPPLY, "edit": "1"})
    assert 'value="2026-06-01"' in text(answer)
    assert "error-summary" not in text(answer)


def test_a_form_without_its_token_changes_nothing() -> None:
    grid()
    browser = acting_for(WIND, SUPPLIER)
    assert browser.post(f"{LIST}new/SUPPLY", NEW_SUPPLY).status_code == 403


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"meter_eic": "38ZGO-10000001-X"}, "meter_eic"),
        ({"customer_eic": ""}, "customer_eic"),
        ({"first_day": "2026-05-04"}, "first_day"),
        ({"first_day": "2026-05-06"}, "first_day"),
        ({"first_day": "9999-12-31"}, "first_day"),
        ({"first_day": "2026-06-01", "last_day": "2026-05-31"}, "last_day"),
        ({"first_day": "2026-06-01", "last_day": "2026-05-01"}, "last_day"),
        ({"last_day": "2030-01-01"}, "last_day"),
        ({"agreement_id": "x" * 51}, "agreement_id"),
        ({"customer_eic": market.JAAN}, "first_day"),
    ],
)
def test_each_refusal_stands_at_its_field(changed: dict[str, str], field: str) -> None:
    register(A.GRID, NORTH, MARI, HOUSE, day(2026, 5, 1), day(2027, 1, 1))
    supply(valid_to=day(2027, 1, 1))
    answer = acting_for(WIND, SUPPLIER).send(f"{LIST}new/SUPPLY", {**NEW_SUPPLY, "last_day": "2026-12-31", **changed})
    assert field in answer.context["form"].errors, answer.context["form"].errors
    assert f'id="id_{field}_error"' in text(answer)
    assert not Agreement.objects.filter(type=A.SUPPLY, service_provider__eic=WIND).exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            {"last_day": "2026-05-03"},
            "“Last day” is 3 May 2026, but may be 4 May 2026 at the earliest: "
            "today, since a supply or aggregation depends on it.",
        ),
        ({"last_day": "2026-04-29"}, "The last day cannot be before the first day, 1 May 2026."),
    ],
)
def test_refusals_speak_of_the_days_that_the_form_asks_for(sent: dict[str, str], words: str) -> None:
    standing = grid()
    supply()
    assert words in text(acting_for(NORTH, OPERATOR).send(page(standing.id, "/end"), sent))


def test_the_earliest_last_day_is_told_from_today_as_a_last_day() -> None:
    """What ends as today begins has yesterday as its last day, and what ends seven days ahead the sixth."""
    standing = grid()
    shown = text(acting_for(NORTH, OPERATOR).send(page(standing.id, "/end"), {"last_day": "2026-05-02"}))
    assert "“Last day” is 2 May 2026, but may be 3 May 2026 at the earliest: yesterday." in shown
    named = register(A.NAMED_SUPPLIER, NAMED, NORTH, None, day(2026, 4, 1), now=day(2026, 3, 20))
    shown = text(acting_for(NORTH, OPERATOR).send(page(named.id, "/end"), {"last_day": "2026-04-30"}))
    assert "but may be 10 May 2026 at the earliest: 6 days ahead." in shown


def test_an_end_before_the_start_is_told_at_the_end_and_a_single_day_is_none() -> None:
    standing = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 10))
    browser = acting_for(NORTH, OPERATOR)
    refused = browser.send(page(standing.id, "/end"), {"last_day": "2026-06-09"})
    told = ["The last day cannot be before the first day, 10 Jun 2026."]
    assert refused.context["form"].errors == {"last_day": told}
    assert seen(browser.send(page(standing.id, "/end"), {"last_day": "2026-06-10"}))


def test_participants_are_chosen_and_shown_by_name() -> None:
    Party.objects.filter(eic=NAMED).update(name="Nimetatud Müüja AS")
    browser = acting_for(NORTH, OPERATOR)
    choices = f'<option value="{NAMED}">Nimetatud Müüja AS · {NAMED}</option>'
    assert choices in text(browser.get(f"{LIST}new/NAMED_SUPPLIER"))
    assert choices in text(browser.get(f"{LIST}new/JOINT_INVOICE"))
    assert f'<option value="{NORTH}">' not in text(browser.get(f"{LIST}new/NAMED_SUPPLIER"))
    assert f'<option value="{NORTH}">' in text(acting_for(WIND, SUPPLIER).get(f"{LIST}new/PORTFOLIO_SUPPLIER"))
    sent = {"service_provider_eic": NAMED, "first_day": "2026-06-01", "last_day": "", "agreement_id": ""}
    assert "Nimetatud Müüja AS<br>" in text(browser.send(f"{LIST}new/NAMED_SUPPLIER", sent))
    refused = browser.send(f"{LIST}new/NAMED_SUPPLIER", {**sent, "service_provider_eic": MARI})
    assert list(refused.context["form"].errors) == ["service_provider_eic"]


def test_effects_name_the_participants() -> None:
    Party.objects.filter(eic=SUN).update(name="Päikese Energia AS")
    standing = grid()
    supply()
    asked = acting_for(NORTH, OPERATOR).send(page(standing.id, "/end"), {"last_day": "2026-06-30"})
    assert f"Päikese Energia AS → {MARI}" in text(asked)


def test_a_service_that_the_hub_makes_anew_in_the_place_of_another_ends_as_people_see_it() -> None:
    grid()
    shown = text(acting_for(WIND, SUPPLIER).send(f"{LIST}new/SUPPLY", NEW_SUPPLY))
    effects = shown.split("Effects on other agreements", 1)[1].split("</section>", 1)[0]
    assert effects.count("General service") == 1
    assert "ends: its last day is" in effects and "31 May 2026" in effects
    assert "is deleted" not in effects and "is created" not in effects


def test_what_was_saved_together_is_no_effect() -> None:
    """A grid agreement and a supply of one unit: each page tells what came of its own agreement alone."""
    connected, sold = grid(), supply()
    together = AgreementVersion.objects.get(current=connected.id).known_from
    AgreementVersion.objects.filter(current=sold.id).update(known_from=together)
    operator = acting_for(NORTH, OPERATOR)
    assert "Effects on other agreements:" not in text(operator.get(page(sold.id)))
    (step,) = operator.get(page(connected.id)).context["history"]
    assert {one.version.type for one in step.others} == {A.GENERAL_SERVICE}


def test_the_code_of_a_point_leads_to_its_page_where_it_may_be_seen() -> None:
    standing, link = grid(), f'href="/operator/metering-points/{HOUSE}"'
    assert link in text(acting_for(NORTH, OPERATOR).get(page(standing.id)))
    viewer = acting_for(NORTH, OPERATOR, Permission.VIEWER_AGREEMENT, name="viktor")
    assert link not in text(viewer.get(page(standing.id)))


def test_months_are_spoken_of_by_their_days() -> None:
    sent = {"service_provider_eic": NAMED, "first_day": "2026-06-02", "last_day": "2026-12-30", "agreement_id": ""}
    shown = text(acting_for(NORTH, OPERATOR).send(f"{LIST}new/NAMED_SUPPLIER", sent))
    assert "“First day” is 2 Jun 2026, but must be the first day of a month" in shown
    assert "“Last day” is 30 Dec 2026, but must be the last day of a month" in shown


def test_a_refusal_by_what_stands_is_logged() -> None:
    grid()
    supply()
    acting_for(WIND, SUPPLIER).send(f"{LIST}new/SUPPLY", {**NEW_SUPPLY, "first_day": "2026-05-06"})
    assert AccessLog.objects.filter(service="agreement", customer_eic=MARI).count() == 1


def test_a_named_supplier_is_added_by_the_operator() -> None:
    browser = acting_for(NORTH, OPERATOR)
    sent = {"service_provider_eic": NAMED, "first_day": "2026-06-01", "last_day": "", "agreement_id": ""}
    asked = browser.send(f"{LIST}new/NAMED_SUPPLIER", sent)
    assert "at 3 metering points" in text(asked)
    browser.send(f"{LIST}new/NAMED_SUPPLIER", {**sent, "seen": seen(asked)})
    named = Agreement.objects.get(type=A.NAMED_SUPPLIER)
    assert (named.customer.eic, named.service_provider.eic) == (NORTH, NAMED)
    shown = text(browser.get(page(named.pk)))
    assert "in progress" in shown
    assert f'href="{LIST}?type=GENERAL_SERVICE&amp;provider={NAMED}"' in shown
    # What it does at the points is done and has begun: the link leads to it.
    grid()
    many_points.work()
    with time_machine.travel(day(2026, 6, 2), tick=False):
        general_services.tell_started(now=day(2026, 6, 2), most=10)
        later = acting_for(NORTH, OPERATOR, name="later")
        rows = later.get(f"{LIST}?type=GENERAL_SERVICE&provider={NAMED}").context["rows"]
    assert {row.agreement.point.eic for row in rows} == {HOUSE}
