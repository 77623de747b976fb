"""A connection request from its sending to its end, and two people at it at once."""

import re
from datetime import date

import pytest

from connections.models import ConnectionRequest
from connections.rules.states import RequestReason, Stage
from datahub.market import Role
from tests.agreements.market import NORTH
from tests.connections.acting import NOW, REFUSED, answer, ask, change
from tests.portal.connections.asking import FORM, LIST, NEW, page, rows, text
from tests.portal.people import Browser, acting_for, opened, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lawful", "at_now")]


# --- the stories ----------------------------------------------------------------------------------------------------


def test_a_customer_is_disconnected_with_a_plan_first(supplier: Browser, operator: Browser) -> None:
    sent = supplier.send(NEW, FORM, follow=True)
    request = ConnectionRequest.objects.get()
    path = f"{LIST}{request.pk}"
    assert sent.redirect_chain == [(path, 302)]
    assert f"The request was sent to {NORTH}." in text(sent)
    assert (request.stage, request.steps.get().user.username) == (Stage.OPEN, "sirje")

    shown = page(operator, path)
    assert "Three invoices" in shown and "sirje" not in shown and "Disconnection requested" in shown
    planned = operator.send(
        f"{path}/plan", opened(operator, f"{path}/plan", estimated_date="2026-05-06", comment="At ten"), follow=True
    )
    assert planned.redirect_chain == [(path, 302)]
    assert "The day was set." in text(planned) and "6 May 2026" in text(planned)
    moved = operator.send(f"{path}/plan", opened(operator, f"{path}/plan", estimated_date="2026-05-07"), follow=True)
    assert "Answer changed" in text(moved)
    assert "it cannot be undone" in page(operator, f"{path}/done")
    done = operator.send(f"{path}/done", opened(operator, f"{path}/done"), follow=True)
    assert "The answer was: done." in text(done)
    request.refresh_from_db()
    assert (request.stage, request.estimated_date) == (Stage.DISCONNECTED, NOW.date())
    last = page(supplier, path)
    for words in ("sirje", "Planned", "Disconnected", "At ten", "6 May 2026", "7 May 2026"):
        assert words in last
    assert "oskar" not in last and "/cancel" not in last


def test_a_step_says_in_estonian_what_was_done(supplier: Browser) -> None:
    request = ask()
    answer(request, REFUSED)
    supplier.cookies["django_language"] = "et"
    facts, history = page(supplier, f"{LIST}{request.pk}").split('id="history"', 1)
    assert "Keeldutud" in facts
    assert re.findall(r'class="step-who">(.*?)<', history) == ["Taotleti katkestamist", "Keelduti"]


def test_a_link_of_the_list_says_which_request_it_leads_to(supplier: Browser) -> None:
    request = ask()
    assert f'<span class="visually-hidden">, {request.meter_eic}</span></a>' in page(supplier)


def test_a_request_is_refused_and_cancelled(supplier: Browser, operator: Browser) -> None:
    request = ask()
    path = f"{LIST}{request.pk}"
    refused = operator.send(f"{path}/refuse", opened(operator, f"{path}/refuse", reason="NO_SPR_MP"), follow=True)
    assert "The request was refused." in text(refused)
    assert rows(supplier, which="waiting") == [request]
    assert "This cannot be undone" in page(supplier, f"{path}/cancel")
    cancelled = supplier.send(f"{path}/cancel", opened(supplier, f"{path}/cancel"), follow=True)
    assert "The request was cancelled." in text(cancelled) and "Request cancelled" in text(cancelled)
    assert ConnectionRequest.objects.get().stage is Stage.CANCELLED
    # Then another one may be sent.
    assert supplier.send(NEW, FORM).status_code == 302


def test_a_refusal_is_taken_back_by_a_plan(operator: Browser) -> None:
    request = ask()
    answer(request, REFUSED)
    path = f"{LIST}{request.pk}"
    page(operator, path)
    assert operator.send(f"{path}/plan", opened(operator, f"{path}/plan")).status_code == 302
    request = ConnectionRequest.objects.get()
    assert (request.stage, request.response_reason) == (Stage.PLANNED, "")


def test_the_supplier_asks_for_the_opposite(supplier: Browser) -> None:
    request = ask()
    path = f"{LIST}{request.pk}"
    filled = opened(
        supplier, f"{path}/change", requested_state="CONNECTED", reason="DEBT_PAID", preferred_date="2026-05-06"
    )
    changed = supplier.send(f"{path}/change", filled, follow=True)
    assert "The request was changed." in text(changed) and "Opposite requested" in text(changed)
    assert "Connection request" in text(changed)
    assert ConnectionRequest.objects.get().reason == RequestReason.DEBT_PAID


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["plan", "refuse", "done"])
def test_what_the_supplier_changed_meanwhile_is_shown_before_it_is_answered(operator: Browser, act: str) -> None:
    request = ask()
    path = f"{LIST}{request.pk}/{act}"
    filled = opened(operator, path, reason="FAULT", comment="Mine")
    change(request, preferred_date=date(2026, 5, 20))
    refused = operator.send(path, filled)
    assert "after you had opened it" in wrong(refused)[""][0]
    assert "20 May 2026" in text(refused) and "Mine" in text(refused)
    assert not ConnectionRequest.objects.get().is_answered
    again = {bound.name: bound.value() for bound in refused.context["form"]}
    assert operator.send(path, again).status_code == 302


def test_two_colleagues_answer_at_once(operator: Browser) -> None:
    path = f"{LIST}{ask().pk}"
    mine, hers = opened(operator, f"{path}/plan"), opened(operator, f"{path}/refuse", reason="FAULT")
    colleague = acting_for(NORTH, Role.GRID_OPERATOR, name="olga")
    assert colleague.send(f"{path}/refuse", hers).status_code == 302
    refused = operator.send(f"{path}/plan", mine)
    assert "after you had opened it" in wrong(refused)[""][0] and "olga" in text(refused)
    assert ConnectionRequest.objects.get().stage is Stage.REFUSED


@pytest.mark.parametrize("act", ["change", "cancel"])
def test_what_the_operator_answered_meanwhile_is_shown_first(supplier: Browser, act: str) -> None:
    request = ask()
    path = f"{LIST}{request.pk}/{act}"
    filled = opened(supplier, path, preferred_date="2026-05-20")
    answer(request, REFUSED)
    refused = supplier.send(path, filled)
    assert "after you had opened it" in wrong(refused)[""][0] and "Equipment fault" in text(refused)
    assert ConnectionRequest.objects.get().stage is Stage.REFUSED
