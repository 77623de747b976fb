"""`POST /network-bill/search`: what each ground shows, and what strangers learn."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market import AgreementType, Direction, Permission, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    portfolio,
    standing,
)
from tests.api import api, technical_user
from tests.bills.messages import bill, later, measurement, save

pytestmark = pytest.mark.usefixtures("built")
PATH = "/api/v1/network-bill/search"
UNKNOWN = "38ZGO-10000099-7"
SECOND = timedelta(seconds=1)
SUPPLIER = Role.OPEN_SUPPLIER


@pytest.fixture(autouse=True)
def _now(built: None) -> Any:
    # Mari's from 2025, Jaan's from 15 March: WIND supplies until then, SUN from 20 March, between them the general
    # service of NAMED.
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2025, 1, 1), day(2026, 3, 15)),
        fact(AgreementType.GRID, NORTH, JAAN, HOUSE, day(2026, 3, 15)),
        fact(AgreementType.SUPPLY, WIND, MARI, HOUSE, day(2025, 1, 1), day(2026, 3, 15)),
        fact(AgreementType.GENERAL_SERVICE, NAMED, JAAN, HOUSE, day(2026, 3, 15), day(2026, 3, 20)),
        fact(AgreementType.SUPPLY, SUN, JAAN, HOUSE, day(2026, 3, 20)),
    )
    with time_machine.travel(NOW, tick=False):
        yield


MONTHS = {
    "January": bill(day(2026, 1, 1), day(2026, 2, 1)),
    "February": bill(day(2026, 2, 1), day(2026, 3, 1)),
    "March of Mari": bill(day(2026, 3, 1), day(2026, 3, 15)),
    "March of Jaan": bill(day(2026, 3, 15), day(2026, 4, 1)),
    "April": bill(day(2026, 4, 1), day(2026, 5, 1)),
}


def search(sender: str, role: Role = SUPPLIER, point: str = HOUSE, page: Any = None, **attributes: Any) -> Any:
    body = {"networkBillAttributes": {"meterEic": point, **attributes}}
    return api(sender).post(PATH, body if page is None else {**body, "pagination": page}, role=role)


def found(*args: Any, **more: Any) -> list[str]:
    """Give the names of the bills that are found, in order."""
    response = search(*args, **more)
    assert response.status_code == 200, response.content
    names = {json.dumps(json.loads(one.written()), sort_keys=True): name for name, one in MONTHS.items()}
    return [names[json.dumps(one, sort_keys=True)] for one in response.json()["networkBillList"]]


def test_each_sees_the_bills_that_overlap_its_ground() -> None:
    save(*MONTHS.values())
    everything = list(MONTHS)
    assert found(NORTH, Role.GRID_OPERATOR) == everything
    assert found(WIND) == everything[:3]
    # A bill cannot be cut: both see the one of the change. An active supply adds the year before, under its customer.
    assert found(NAMED) == ["March of Jaan"]
    assert found(SUN) == everything
    assert found(BALANCE) == everything


def test_the_ground_ends_at_the_very_instant() -> None:
    standing(portfolio(STRANGER, NAMED, day(2026, 3, 20)))
    save(bill(day(2026, 3, 15), day(2026, 3, 20)), bill(day(2026, 3, 20), day(2026, 4, 1)))
    save(bill(day(2026, 3, 1), day(2026, 3, 15)))
    listed = search(NAMED).json()["networkBillList"]
    assert [one["networkBillPeriod"]["periodStart"] for one in listed] == ["2026-03-14T22:00:00Z"]
    # Whose portfolio holds from the end of the general service sees nothing of it.
    assert search(STRANGER).status_code == 404


def test_a_portfolio_provider_sees_what_overlaps_its_chain() -> None:
    standing(
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2025, 1, 1)),
        fact(AgreementType.SUPPLY, NAMED, BAKERY, BAKERY_POINT, day(2025, 1, 1)),
        portfolio(STRANGER, NAMED, day(2026, 2, 1), day(2026, 3, 1)),
    )
    save(*(bill(day(2026, month, 1), day(2026, month + 1, 1), point=BAKERY_POINT) for month in (1, 2, 3)))
    listed = search(STRANGER, point=BAKERY_POINT).json()["networkBillList"]
    assert [one["networkBillPeriod"]["periodStart"] for one in listed] == ["2026-01-31T22:00:00Z"]
    assert len(search(NAMED, point=BAKERY_POINT).json()["networkBillList"]) == 3


def test_a_customer_with_a_role_sees_its_own_agreements_bills() -> None:
    standing(
        fact(
            AgreementType.GRID,
            NORTH,
            SOUTH,
            BAKERY_POINT,
            day(2026, 2, 1),
            day(2026, 3, 1),
            customer_role="GRID_OPERATOR",
        ),
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2026, 3, 1)),
    )
    save(*(bill(day(2026, month, 1), day(2026, month + 1, 1), point=BAKERY_POINT) for month in (2, 3)))
    listed = search(SOUTH, Role.GRID_OPERATOR, point=BAKERY_POINT).json()["networkBillList"]
    assert [one["networkBillPeriod"]["periodStart"] for one in listed] == ["2026-01-31T22:00:00Z"]
    assert search(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, point=BAKERY_POINT).status_code == 404


@pytest.mark.parametrize(
    ("sender", "role"), [(STRANGER, SUPPLIER), (SOUTH, Role.GRID_OPERATOR), (AGGREGATOR, Role.AGGREGATOR)]
)
def test_a_strangers_point_is_as_one_that_does_not_exist(sender: str, role: Role) -> None:
    save(*MONTHS.values())
    api(sender)
    search(sender, role)
    answers, counts = [], []
    for point in (HOUSE, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            response = search(sender, role, point)
        answers.append((response.status_code, response.json()["cause"]["message"].replace(point, "…")))
        counts.append(len(queries))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert counts[0] == counts[1]
    assert not AccessLog.objects.exists()


def test_a_point_that_is_seen_without_readings_has_no_bills_yet() -> None:
    save(*MONTHS.values())
    standing(
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2025, 1, 1)),
        # Points are seen as soon as the agreement is known, readings when it has begun.
        fact(AgreementType.SUPPLY, STRANGER, BAKERY, BAKERY_POINT, NOW + timedelta(days=1)),
    )
    save(bill(point=BAKERY_POINT))
    answer = search(STRANGER, point=BAKERY_POINT)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"networkBillList": [], "pagination": {"page": 0, "totalPages": 1}}
    assert not AccessLog.objects.exists()
    assert search(STRANGER).status_code == 404


def test_another_role_of_the_owner_sees_nothing() -> None:
    save(bill())
    assert search(LINE, Role.LINE_OPERATOR).status_code == 404


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (day(2026, 2, 1), day(2026, 3, 1), ["February"]),
        (day(2026, 2, 1) - SECOND, day(2026, 3, 1) + SECOND, ["January", "February", "March of Mari"]),
        (day(2026, 3, 14), day(2026, 3, 15), ["March of Mari"]),
        (None, day(2026, 2, 1), ["January"]),
        (day(2026, 4, 1), None, ["April"]),
        (day(2026, 5, 1), None, []),
    ],
)
def test_bills_of_a_period_are_those_that_overlap_it(
    start: datetime | None, end: datetime | None, names: list[str]
) -> None:
    save(*MONTHS.values())
    asked = {"periodStart": start and start.isoformat(), "periodEnd": end and end.isoformat()}
    assert found(NORTH, Role.GRID_OPERATOR, **{name: value for name, value in asked.items() if value}) == names


def test_bills_of_a_direction() -> None:
    both = (measurement(Direction.IN), measurement(Direction.OUT))
    save(MONTHS["January"], bill(day(2026, 2, 1), day(2026, 3, 1), measurements=both))
    counts = [
        len(search(NORTH, Role.GRID_OPERATOR, **asked).json()["networkBillList"])
        for asked in ({}, {"direction": "IN"}, {"direction": "OUT"})
    ]
    assert counts == [2, 1, 2]


def test_what_was_replaced_is_not_found() -> None:
    save(bill())
    save(later())
    (one,) = search(NORTH, Role.GRID_OPERATOR).json()["networkBillList"]
    assert one == json.loads(later().written())


def test_pages_are_in_one_order_without_gaps() -> None:
    days = [bill(day(2026, 4, number), day(2026, 4, number + 1)) for number in range(1, 12)]
    save(*days, bill(day(2026, 4, 1), day(2026, 5, 1)))
    seen = []
    for page in range(4):
        answer = search(NORTH, Role.GRID_OPERATOR, page={"page": page, "pageSize": 5}).json()
        assert answer["pagination"] == {"page": page, "totalPages": 3}
        seen += [one["networkBillPeriod"] for one in answer["networkBillList"]]
    assert seen == sorted(seen, key=lambda period: (period["periodStart"], period["periodEnd"]))
    assert len(seen) == 12


def logged(before: int = 0) -> list[tuple[str, str, datetime | None, datetime | None, str]]:
    rows = AccessLog.objects.order_by("id")[before:]
    return [(row.participant.eic, row.customer_eic, row.period_from, row.period_to, row.ground) for row in rows]


def test_each_read_is_logged_with_its_customer_period_and_ground() -> None:
    save(*MONTHS.values())
    search(SUN)
    assert logged() == [
        (SUN, MARI, day(2026, 1, 1), day(2026, 3, 15), "BALANCE_STATE"),
        (SUN, JAAN, day(2026, 3, 15), day(2026, 5, 1), "AGREEMENT"),
    ]
    row = AccessLog.objects.first()
    assert row is not None
    assert (row.service, row.meter_eic, row.technical_user) == ("network-bill/search", HOUSE, f"{SUN}-test")
    search(NORTH, Role.GRID_OPERATOR, periodStart="2026-03-20T00:00Z", periodEnd="2026-03-21T00:00Z")
    assert logged(2) == [(NORTH, JAAN, day(2026, 3, 15), day(2026, 4, 1), "OWNERSHIP")]
    assert search(NORTH, Role.GRID_OPERATOR, periodStart="2026-05-03T00:00Z").json()["networkBillList"] == []
    assert logged(3) == []


def test_an_aggregator_sees_the_bills_where_it_sees_readings() -> None:
    standing(
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2026, 1, 1)),
        fact(AgreementType.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 3, 1)),
    )
    save(*(bill(day(2026, month, 1), day(2026, month + 1, 1), point=BAKERY_POINT) for month in (2, 3)))
    listed = search(AGGREGATOR, Role.AGGREGATOR, point=BAKERY_POINT).json()["networkBillList"]
    assert [one["networkBillPeriod"]["periodStart"] for one in listed] == ["2026-02-28T22:00:00Z"]


@pytest.mark.parametrize(
    ("attributes", "code", "path"),
    [
        ({"meterEic": None}, "missing", "meterEic"),
        ({"meterEic": "x"}, "eic-syntax-error", "meterEic"),
        ({"direction": "BOTH"}, "invalid-enum", "direction"),
        ({"periodStart": "2026"}, "invalid-pattern", "periodStart"),
        ({"customerEic": MARI}, "missing-field", "customerEic"),
        (
            {"periodStart": "2026-04-01T00:00Z", "periodEnd": "2026-04-01T00:00Z"},
            "from-field-cannot-be-equal-to-or-after-to-field",
            "periodStart",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(attributes: dict[str, Any], code: str, path: str) -> None:
    asked = {name: value for name, value in {"meterEic": HOUSE, **attributes}.items() if value}
    response = api(NORTH).post(PATH, {"networkBillAttributes": asked})
    cause = response.json()["cause"]
    assert (response.status_code, cause["code"].rpartition(".")[2], cause["args"][0]) == (
        400,
        code,
        f"networkBillAttributes.{path}",
    )


def test_the_permission_is_asked_for() -> None:
    body = {"networkBillAttributes": {"meterEic": HOUSE}}
    for permission, status in (
        (Permission.EDITOR_NETWORK_BILL, 403),
        (Permission.VIEWER_METERING_DATA, 200),
        (Permission.EDITOR_METERING_DATA, 200),
    ):
        user = technical_user(NORTH, permission, suffix=permission.lower().replace("_", "-"))
        assert api(user).post(PATH, body).status_code == status
