"""What a refused agreement tells of a point that is somebody else's: nothing for free, and never unlogged."""

from typing import Any

import pytest
import time_machine

from datahub.access.models import AccessLog
from datahub.market import AgreementType, Role
from tests.agreements.market import HOUSE, JAAN, MARI, NORTH, NOW, STRANGER, SUN, WIND, day, fact, portfolio, standing
from tests.api import api, technical_user

PATH = "/api/v1/agreement"
UNKNOWN = "38ZGO-10000018-5"


@pytest.fixture(autouse=True)
def _market(built: None) -> Any:
    standing(
        portfolio(SUN, STRANGER),
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), day(2026, 9, 1)),
        fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1), day(2026, 9, 1)),
    )
    with time_machine.travel(NOW, tick=False):
        yield


def ask(customer: str, point: str = HOUSE, *, sender: str = STRANGER, **changes: Any) -> list[str]:
    """Ask for a supply; give the codes of all faults."""
    agreement = {
        "meterEic": point,
        "agreementType": "SUPPLY",
        "serviceProviderEic": sender,
        "customerEic": customer,
        "commodityType": "ELECTRICITY",
        "validFrom": "2026-06-01T00:00+03:00",
        "validTo": "2026-09-01T00:00+03:00",
        **changes,
    }
    answer = api(technical_user(sender)).post(PATH, {"agreement": agreement}, role=Role.OPEN_SUPPLIER)
    if answer.status_code == 201:
        return []
    cause = answer.json()["cause"]
    return [fault["code"].rpartition(".")[2] for fault in (cause, *cause.get("others", ()))]


NEVER = [
    {"validFrom": "2026-06-01T03:00+03:00"},
    {"validFrom": "2026-05-01T00:00+03:00"},
    {"validTo": "2026-06-01T00:00+03:00"},
    {"validTo": "2026-08-31T23:00+03:00"},
]


@pytest.mark.parametrize("changes", NEVER)
def test_what_could_never_be_saved_is_answered_alike_for_any_customer_and_point(changes: dict[str, Any]) -> None:
    answers = [ask(MARI, **changes), ask(JAAN, **changes), ask(MARI, UNKNOWN, **changes)]
    assert answers[0]
    assert answers == [answers[0]] * 3
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"validTo": "2026-10-01T00:00+03:00"}, ["agreement-exceeds-grid-agreement"]),
        ({"validFrom": "2026-05-06T00:00+03:00"}, ["agreement-date-too-early"]),
    ],
)
def test_a_refusal_that_tells_what_stands_there_is_logged_as_a_read(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert ask(MARI, **changes) == expected
    row = AccessLog.objects.get()
    assert (row.participant.eic, row.role, row.service) == (STRANGER, "OPEN_SUPPLIER", "agreement")
    assert (row.meter_eic, row.customer_eic, row.ground, row.read_at) == (HOUSE, MARI, "", NOW)


def test_a_pair_that_does_not_belong_together_is_told_in_the_same_words_and_is_no_read() -> None:
    assert ask(JAAN) == ask(MARI, UNKNOWN) == ["missing-grid-agreement"]
    assert not AccessLog.objects.exists()


def test_what_overlaps_is_named_to_its_parties_with_its_time() -> None:
    agreement = {
        "meterEic": HOUSE,
        "agreementType": "GRID",
        "serviceProviderEic": NORTH,
        "customerEic": JAAN,
        "commodityType": "ELECTRICITY",
        "validFrom": "2026-08-01T00:00+03:00",
    }
    answer = api(technical_user(NORTH)).post(PATH, {"agreement": agreement}, role=Role.GRID_OPERATOR)
    assert answer.json()["cause"]["message"] == (
        "agreement.validFrom to agreement.validTo (2026-07-31T21:00:00Z to open-ended) overlaps another GRID agreement "
        "(2023-12-31T22:00:00Z to 2026-08-31T21:00:00Z); the two may not be valid at the same time"
    )


def test_to_others_it_is_named_by_its_type_alone() -> None:
    mine = fact(AgreementType.PORTFOLIO_SUPPLIER, WIND, STRANGER, None, day(2026, 7, 1), customer_role="OPEN_SUPPLIER")
    agreement = {
        "agreementType": "PORTFOLIO_SUPPLIER",
        "serviceProviderEic": WIND,
        "customerEic": STRANGER,
        "commodityType": "ELECTRICITY",
        "validFrom": mine.valid_from.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answer = api(technical_user(WIND)).post(PATH, {"agreement": agreement}, role=Role.OPEN_SUPPLIER)
    assert "overlaps another PORTFOLIO_SUPPLIER agreement;" in answer.json()["cause"]["message"]
