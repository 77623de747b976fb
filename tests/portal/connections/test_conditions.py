"""The three agreements that a request needs, shown while it is filled in."""

from typing import Any

import pytest

from connections.models import ConnectionRequest
from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, SUN, WIND, day
from tests.portal.connections.asking import FORM, NEW, PLACE, page, text
from tests.portal.people import Browser, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lawful", "at_now")]


def conditions(answered: Any) -> list[bool]:
    """Give which conditions a page shows as holding."""
    return [one.holds for one in answered.context["conditions"]]


def test_conditions_are_shown_with_their_dates_beside_the_form(supplier: Browser) -> None:
    Agreement.objects.filter(type=AgreementType.GRID, customer__eic=MARI).update(valid_to=day(2026, 4, 1))
    answered = supplier.send(NEW, FORM | {"check": "1", "reason": ""})
    assert conditions(answered) == [True, True, True]
    shown = text(answered)
    assert "1 Jan 2024" in shown and "31 Mar 2026" in shown and "counts until" in shown and "2027" in shown
    # What is filled in stays, nothing is said of what is not, nothing is saved.
    assert "Three invoices" in shown and not answered.context["form"].errors
    assert not ConnectionRequest.objects.exists()


def test_the_page_asks_for_the_conditions_without_reloading(supplier: Browser) -> None:
    answered = supplier.send(NEW, PLACE, headers={"hx-request": "true"})
    assert conditions(answered) == [True, True, True]
    assert "<html" not in text(answered) and "Joint invoice agreement" in text(answered)
    assert 'hx-post="/operator/connection-requests/new"' in page(supplier, NEW)


def test_where_the_supplier_has_no_agreement_nothing_is_told_of_the_operators(supplier: Browser) -> None:
    """Whether the customer lives there, lives elsewhere, or does not exist: byte for byte the same, and no log."""
    answers = []
    for point, customer in ((FLAT, JAAN), (HOUSE, JAAN), ("38ZGO-10000003-O", "38X-AVP-FIRM01-C")):
        answered = supplier.send(
            NEW, PLACE | {"meter_eic": point, "customer_eic": customer}, headers={"hx-request": "true"}
        )
        assert conditions(answered) == [True, False, False]
        answers.append(answered.content)
    assert len(set(answers)) == 1
    assert not AccessLog.objects.exists()


def test_who_is_told_of_the_grid_agreement_is_logged(supplier: Browser) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(valid_to=day(2024, 4, 1))
    assert conditions(supplier.send(NEW, PLACE)) == [True, True, False]
    log = AccessLog.objects.get()
    assert (log.customer_eic, log.meter_eic, log.participant.eic, log.user.username) == (MARI, HOUSE, SUN, "sirje")
    assert (log.service, log.ground, log.technical_user) == ("connection-state", "AGREEMENT", "")


@pytest.mark.parametrize("changed", [{"meter_eic": ""}, {"customer_eic": "x"}, {"service_provider_eic": WIND}])
def test_what_is_not_filled_in_is_not_checked(supplier: Browser, changed: dict[str, str]) -> None:
    for headers in ({}, {"hx-request": "true"}):
        answered = supplier.send(NEW, PLACE | changed, headers=headers)
        assert answered.status_code == 200 and answered.context["conditions"] is None
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"meter_eic": HOUSE}, ()),
        ({"meter_eic": HOUSE, "customer_eic": MARI}, ()),
        ({"customer_eic": "38X-X"}, ("Customer (EIC):",)),
    ],
)
def test_of_what_is_not_filled_in_yet_nothing_is_said(
    supplier: Browser, filled: dict[str, str], said: tuple[str, ...]
) -> None:
    sent = dict.fromkeys(PLACE, "") | {"check": "1"} | filled
    box = text(supplier.send(NEW, sent, headers={"hx-request": "true"}))
    assert "required" not in box
    assert ("Fill in the metering point" in box) == (not said)
    assert all(words in box for words in said)


def test_a_request_that_is_not_sent_shows_its_conditions_too(supplier: Browser) -> None:
    """All that stands in its way at once: the fault of a field, and the conditions that do not hold."""
    refused = supplier.send(NEW, FORM | {"preferred_date": "2026-05-03", "meter_eic": FLAT})
    assert list(wrong(refused)) == ["preferred_date"]
    assert conditions(refused) == [True, False, False]
    shown = text(refused)
    assert "not met" in shown and "Fill in the metering point" not in shown
    assert conditions(supplier.send(NEW, FORM | {"reason": ""})) == [True, True, True]
