"""Agreements that stand, and what their pages say."""

import re
from typing import Any

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Role
from tests.agreements.acting import register
from tests.agreements.market import HOUSE, MARI, NORTH, SUN, day

A = AgreementType
LIST = "/operator/agreements/"
OPERATOR, SUPPLIER = Role.GRID_OPERATOR, Role.OPEN_SUPPLIER


def grid(**more: Any) -> AgreementFact:
    return register(A.GRID, NORTH, MARI, HOUSE, day(2026, 5, 1), **more)


def supply(provider: str = SUN, start: Any = None, **more: Any) -> AgreementFact:
    return register(A.SUPPLY, provider, MARI, HOUSE, start or day(2026, 5, 5), **more)


def page(number: int, act: str = "") -> str:
    return f"{LIST}{number}{act}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, (answer.status_code, answer.content[:500])
    return re.sub(r"\s+", " ", answer.content.decode())


def said_to(answer: Any, number: int) -> str:
    """Give what a page says, without the number that was asked for and the form's tokens."""
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"', "", answer.content.decode()).replace(
        str(number), ""
    )


def seen(answer: Any) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text(answer))
    assert found, text(answer)
    return found[1]


NEW_SUPPLY = {"meter_eic": HOUSE, "customer_eic": MARI, "first_day": "2026-06-01", "last_day": "", "agreement_id": "7"}
