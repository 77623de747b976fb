"""What is refused of a connection request, at its field."""

from datetime import date

import pytest

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState
from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType
from tests.agreements.market import FLAT, HOUSE, MARI, NORTH, SOUTH, WIND, day
from tests.connections.acting import PLANNED, answer, ask, cancel
from tests.portal.connections.asking import FORM, LIST, NEW, page, text
from tests.portal.people import Browser, opened, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lawful", "at_now")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"meter_eic": ""}, {"meter_eic": "required"}),
        ({"meter_eic": MARI}, {"meter_eic": "metering point"}),
        ({"customer_eic": HOUSE}, {"customer_eic": "EIC code"}),
        ({"service_provider_eic": ""}, {"service_provider_eic": "required"}),
        ({"service_provider_eic": WIND}, {"service_provider_eic": "valid choice"}),
        ({"requested_state": ""}, {"requested_state": "required"}),
        ({"requested_state": "CANCELLED"}, {"requested_state": "valid choice"}),
        ({"requested_state": "CONNECTED"}, {"reason": "debt paid or new agreement"}),
        ({"reason": "NEW_AGREEMENT"}, {"reason": "new agreement is not a reason to disconnect; it can be debt"}),
        ({"preferred_date": "2026-05-03"}, {"preferred_date": "4 May 2026"}),
        ({"preferred_date": "soon"}, {"preferred_date": "date"}),
        ({"preferred_date": "2026-05-03", "requested_state": "CONNECTED"}, {"reason": "", "preferred_date": ""}),
        ({"comment": "x" * 2001}, {"comment": "2000"}),
        ({"service_provider_eic": SOUTH}, {"service_provider_eic": "", "customer_eic": ""}),
        ({"meter_eic": FLAT}, {"customer_eic": ""}),
    ],
)
def test_what_is_wrong_with_a_new_request_is_said_at_its_field(
    supplier: Browser, changed: dict[str, str], said: dict[str, str]
) -> None:
    refused = wrong(supplier.send(NEW, FORM | changed))
    assert set(refused) == set(said)
    for field, words in said.items():
        assert words in refused[field][0]
    assert not ConnectionRequest.objects.exists()


def test_a_request_may_be_for_today(supplier: Browser) -> None:
    assert supplier.send(NEW, FORM | {"preferred_date": "4.05.2026"}).status_code == 302
    assert ConnectionRequest.objects.get().preferred_date == date(2026, 5, 4)


def test_all_three_conditions_are_told_at_once(supplier: Browser) -> None:
    refused = wrong(supplier.send(NEW, FORM | {"service_provider_eic": SOUTH, "meter_eic": FLAT}))
    assert (len(refused["service_provider_eic"]), len(refused["customer_eic"])) == (1, 2)


def test_a_refusal_that_tells_of_the_customer_is_logged(supplier: Browser) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(valid_to=day(2024, 4, 1))
    refused = wrong(supplier.send(NEW, FORM))
    assert list(refused) == ["customer_eic"]
    log = AccessLog.objects.get()
    assert (log.customer_eic, log.user.username, log.service) == (MARI, "sirje", "connection-state")


def test_a_second_open_request_is_refused(supplier: Browser) -> None:
    ask()
    refused = wrong(supplier.send(NEW, FORM))
    assert "open request" in refused["meter_eic"][0]
    assert ConnectionRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "changed", "said"),
    [
        ("plan", {"estimated_date": ""}, {"estimated_date": "required"}),
        ("plan", {"estimated_date": "2026-05-03"}, {"estimated_date": "4 May 2026"}),
        ("plan", {"comment": "x" * 2001}, {"comment": "2000"}),
        ("refuse", {"reason": ""}, {"reason": "required"}),
        ("refuse", {"reason": "MOOD"}, {"reason": "valid choice"}),
        ("done", {"estimated_date": "31.31.2026"}, {"estimated_date": "date"}),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_at_its_field(
    operator: Browser, act: str, changed: dict[str, str], said: dict[str, str]
) -> None:
    path = f"{LIST}{ask().pk}/{act}"
    refused = wrong(operator.send(path, opened(operator, path, **changed)))
    assert set(refused) == set(said)
    for field, words in said.items():
        assert words in refused[field][0]
    assert not ConnectionRequest.objects.get().is_answered


def test_a_change_that_changes_nothing_says_so(supplier: Browser, operator: Browser) -> None:
    request = ask(comment="One\r\ntwo ")
    path = f"{LIST}{request.pk}"
    nothing = {"": ["Nothing was changed, so nothing was saved."]}
    assert wrong(supplier.send(f"{path}/change", opened(supplier, f"{path}/change"))) == nothing
    answer(request, PLANNED)
    assert wrong(operator.send(f"{path}/plan", opened(operator, f"{path}/plan"))) == nothing


def test_the_opposite_needs_the_conditions_again(supplier: Browser) -> None:
    path = f"{LIST}{ask().pk}/change"
    filled = opened(supplier, path, requested_state="CONNECTED", reason="DEBT_PAID")
    Agreement.objects.filter(type=AgreementType.GRID).update(valid_to=day(2024, 4, 1))
    refused = wrong(supplier.send(path, filled))
    assert list(refused) == [""] and NORTH in refused[""][0]
    assert AccessLog.objects.get().customer_eic == MARI


@pytest.mark.parametrize("act", ["change", "cancel"])
def test_a_supplier_does_nothing_more_with_what_is_done(supplier: Browser, act: str) -> None:
    request = ask()
    path = f"{LIST}{request.pk}"
    filled = opened(supplier, f"{path}/{act}", preferred_date="2026-05-09")
    answer(request, Answer(AnsweredState.DISCONNECTED))
    refused = wrong(supplier.send(f"{path}/{act}", filled))
    assert list(refused) == [""] and "nothing more can be saved" in refused[""][0]
    shown = supplier.get(f"{path}/{act}", follow=True)
    assert shown.redirect_chain == [(path, 302)] and "nothing more can be saved" in text(shown)


@pytest.mark.parametrize("act", ["plan", "refuse", "done"])
def test_an_operator_does_nothing_more_with_what_was_cancelled(operator: Browser, act: str) -> None:
    request = ask()
    path = f"{LIST}{request.pk}"
    filled = opened(operator, f"{path}/{act}", reason="FAULT")
    cancel(request)
    refused = wrong(operator.send(f"{path}/{act}", filled))
    assert list(refused) == [""] and "nothing more can be saved" in refused[""][0]
    assert operator.get(f"{path}/{act}")["Location"] == path
    shown = page(operator, path)
    assert all(f"{path}/{one}" not in shown for one in ("plan", "refuse", "done"))
