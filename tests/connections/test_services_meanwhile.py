"""Saves that know what had been seen, and conditions that are looked at before a request is made."""

from datetime import date, timedelta
from typing import Any

import pytest

from connections.rules.answers import AnswerChange
from connections.rules.conditions import Asked, Condition
from connections.rules.requests import Change
from connections.services import answers, requests
from datahub.access.models import AccessLog
from datahub.errors import codes
from datahub.exchanges.rules import By
from datahub.market import Commodity, Role
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, NORTH, SUN, party
from tests.connections.acting import NOW, PLANNED, REFUSED, answer, ask, cancel, change
from tests.connections.refusing import refused

# The last word of the code with which another role is refused.
SENDER = codes.SENDER_TYPE.name.rpartition(".")[2]
pytestmark = pytest.mark.usefixtures("lawful")


def _by(eic: str, role: Role) -> dict[str, Any]:
    return {"participant": party(eic), "role": role, "commodity": "ELECTRICITY", "by": By(), "now": NOW}


def test_what_was_saved_since_is_not_overwritten() -> None:
    request = ask()
    seen = request.changed_at
    change(request, preferred_date=date(2026, 5, 9))
    supplier, operator = _by(SUN, Role.OPEN_SUPPLIER), _by(NORTH, Role.GRID_OPERATOR)
    named = {"request_id": request.pk, "seen": seen}
    assert refused(requests.change_request, change=Change(comment="New"), **supplier, **named) == ["changed-meanwhile"]
    assert refused(answers.submit_answer, answer=PLANNED, **operator, **named) == ["changed-meanwhile"]
    seen = answer(request, PLANNED).changed_at - timedelta(microseconds=1)
    named["seen"] = seen
    later = AnswerChange(estimated_date=date(2026, 5, 9))
    assert refused(answers.change_answer, change=later, **operator, **named) == ["changed-meanwhile"]
    named["seen"] = seen + timedelta(microseconds=1)
    assert answers.change_answer(change=later, **operator, **named).estimated_date == date(2026, 5, 9)


def test_of_what_has_ended_its_end_is_said() -> None:
    request = ask()
    cancel(request)
    named = {"request_id": request.pk, "seen": request.changed_at, **_by(NORTH, Role.GRID_OPERATOR)}
    assert refused(answers.submit_answer, answer=REFUSED, **named) == ["connection-state-process-terminated"]


def _check(point: str, customer: str, role: Role = Role.OPEN_SUPPLIER) -> dict[Condition, bool]:
    asked = Asked(SUN, NORTH, point, customer, Commodity.ELECTRICITY)
    held = requests.check_conditions(participant=party(SUN), role=role, asked=asked, by=By("38X-TEST"), now=NOW)
    return {one.condition: one.holds for one in held}


def test_who_is_told_of_the_operators_agreement_is_logged() -> None:
    assert all(_check(HOUSE, MARI).values())
    log = AccessLog.objects.get()
    assert (log.meter_eic, log.customer_eic, log.technical_user) == (HOUSE, MARI, "38X-TEST")


def test_of_somebody_elses_customer_nothing_is_told_or_logged() -> None:
    assert _check(FLAT, JAAN) == {Condition.JOINT_INVOICE: True, Condition.SUPPLY: False, Condition.GRID: False}
    assert not AccessLog.objects.exists()


def test_only_a_supplier_looks() -> None:
    assert refused(_check, point=HOUSE, customer=MARI, role=Role.GRID_OPERATOR) == [SENDER]
