"""The three agreements that a request stands on, and what their refusal tells."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connections.models import ConnectionRequest
from connections.rules.conditions import Asked
from connections.selectors import check_conditions
from connections.services import requests
from connections.services.requests import RefusedByWhatStands
from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.errors import DomainError
from datahub.exchanges.rules import By
from datahub.market import AgreementType, Commodity, Role
from datahub.parties.models import User
from tests.agreements import market
from tests.agreements.market import (
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    SOUTH,
    SUN,
    WIND,
    day,
    standing,
)
from tests.connections.acting import (
    NOW,
    SYSTEM,
    ask,
    grid,
    joint_invoice,
    supply,
)
from tests.connections.refusing import GO_CUST, GO_OS, OS_CUST, refused


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("agreements", "expected"),
    [
        ([joint_invoice(), supply(), grid()], []),
        ([joint_invoice(), supply(), grid(provider_role=Role.CLOSED_DISTRIBUTION_NETWORK)], []),
        ([joint_invoice(customer_role=Role.CLOSED_DISTRIBUTION_NETWORK), supply(), grid()], []),
        ([joint_invoice(end=day(2025, 11, 5)), supply(end=day(2025, 5, 5)), grid(end=day(2025, 5, 5))], []),
        ([joint_invoice(end=day(2025, 11, 4)), supply(), grid()], [GO_OS]),
        ([joint_invoice(), supply(end=day(2025, 5, 4)), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(), grid(end=day(2025, 5, 4))], [GO_CUST]),
        # They begin later, are of others, for another commodity, in another role, at another point.
        ([joint_invoice(start=day(2026, 5, 5)), supply(), grid()], [GO_OS]),
        ([joint_invoice(), supply(start=day(2026, 5, 5)), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(), grid(start=day(2026, 5, 5))], [GO_CUST]),
        ([joint_invoice(WIND), supply(), grid()], [GO_OS]),
        ([joint_invoice(SUN, SOUTH), supply(), grid()], [GO_OS]),
        ([joint_invoice(), supply(WIND), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(customer=JAAN), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(point=FLAT), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(), grid(customer=JAAN)], [GO_CUST]),
        ([joint_invoice(), supply(), grid(point=FLAT)], [GO_CUST]),
        ([joint_invoice(), supply(), grid(SOUTH)], [GO_CUST]),
        ([joint_invoice(commodity=GAS), supply(), grid()], [GO_OS]),
        ([joint_invoice(), supply(commodity=GAS), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(), grid(commodity=GAS)], [GO_CUST]),
        ([joint_invoice(customer_role=Role.AGGREGATOR), supply(), grid()], [GO_OS]),
        ([joint_invoice(provider_role=Role.AGGREGATOR), supply(), grid()], [GO_OS]),
        ([joint_invoice(), supply(provider_role=Role.AGGREGATOR), grid()], [OS_CUST, GO_CUST]),
        ([joint_invoice(), supply(), grid(provider_role=Role.LINE_OPERATOR)], [GO_CUST]),
        ([], [GO_OS, OS_CUST, GO_CUST]),
        ([grid()], [GO_OS, OS_CUST, GO_CUST]),
        ([supply(), grid()], [GO_OS]),
    ],
)
def test_the_three_agreements(agreements: list[Any], expected: list[str]) -> None:
    standing(*agreements)
    assert (refused(ask) if expected else [] if ask() else None) == expected
    assert ConnectionRequest.objects.count() == (0 if expected else 1)


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (AgreementType.JOINT_INVOICE, [GO_OS]),
        (AgreementType.SUPPLY, [OS_CUST, GO_CUST]),
        (AgreementType.GRID, [GO_CUST]),
    ],
)
def test_a_deleted_agreement_counts_for_nothing(kind: AgreementType, expected: list[str]) -> None:
    Agreement.objects.filter(type=kind).update(deleted_at=NOW)
    assert refused(ask) == expected


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("end", "until"),
    [
        # The ends of days: over both clock changes, 29 February, the ends of months.
        ({"joint_invoice": day(2025, 11, 1)}, datetime(2026, 4, 30, 21, tzinfo=UTC)),
        ({"joint_invoice": day(2025, 9, 29)}, datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ({"joint_invoice": day(2026, 4, 25)}, datetime(2026, 10, 24, 21, tzinfo=UTC)),
        ({"joint_invoice": day(2026, 3, 1)}, datetime(2026, 8, 31, 21, tzinfo=UTC)),
        ({"joint_invoice": day(2026, 8, 31)}, datetime(2027, 2, 27, 22, tzinfo=UTC)),
        ({"supply": day(2024, 2, 29)}, datetime(2025, 2, 27, 22, tzinfo=UTC)),
        ({"supply": day(2025, 3, 30)}, datetime(2026, 3, 29, 21, tzinfo=UTC)),
        ({"grid": day(2025, 10, 26)}, datetime(2026, 10, 25, 22, tzinfo=UTC)),
        ({"grid": day(2023, 3, 1)}, datetime(2024, 2, 29, 22, tzinfo=UTC)),
        # A wall time that 29 March 2026 lacks, and one that 25 October 2026 has twice.
        ({"supply": datetime(2025, 3, 29, 1, 30, tzinfo=UTC)}, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ({"grid": datetime(2025, 10, 25, 0, 30, tzinfo=UTC)}, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_windows_close_to_the_microsecond(end: dict[str, datetime], until: datetime) -> None:
    long_ago = day(2015, 1, 1)
    made = {"joint_invoice": joint_invoice, "supply": supply, "grid": grid}
    standing(*(make(start=long_ago, end=end.get(name)) for name, make in made.items()))
    asked = Asked(SUN, NORTH, HOUSE, MARI, Commodity.ELECTRICITY)
    late = {"preferred_date": date(2031, 1, 1)}
    assert all(one.holds for one in check_conditions(asked, now=until))
    expected = {"joint_invoice": [GO_OS], "supply": [OS_CUST, GO_CUST], "grid": [GO_CUST]}[next(iter(end))]
    for behind in (timedelta(microseconds=1), timedelta(hours=1), timedelta(hours=30), timedelta(days=3)):
        assert refused(ask, now=until + behind, **late) == expected
    assert ask(now=until, **late).pk


@pytest.mark.usefixtures("lawful")
def test_a_refusal_that_tells_something_of_a_customers_point_is_a_read() -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(deleted_at=NOW)
    with pytest.raises(RefusedByWhatStands) as error:
        ask()
    sender = {"participant": market.party(SUN), "role": Role.OPEN_SUPPLIER, "commodity": "ELECTRICITY", "now": NOW}
    requests.log_refusal(**sender, refusal=error.value, by=SYSTEM)
    row = AccessLog.objects.get()
    assert (row.participant.eic, row.role, row.service, row.ground) == (
        SUN,
        "OPEN_SUPPLIER",
        "connection-state",
        "AGREEMENT",
    )
    assert (row.meter_eic, row.customer_eic, row.technical_user, row.read_at) == (HOUSE, MARI, "38X-TEST", NOW)
    person = User.objects.create(username="supplier")
    requests.log_refusal(**sender, refusal=error.value, by=By(user_id=person.pk))
    assert AccessLog.objects.filter(user=person, technical_user="").count() == 1
    # Without a supply of its own nothing was told.
    Agreement.objects.filter(type=AgreementType.SUPPLY).update(deleted_at=NOW)
    with pytest.raises(DomainError) as plain:
        ask()
    assert not isinstance(plain.value, RefusedByWhatStands)


@pytest.mark.usefixtures("lawful")
def test_the_conditions_are_shown_with_the_agreements_that_give_them() -> None:
    Agreement.objects.filter(type=AgreementType.SUPPLY).update(valid_to=day(2026, 4, 1))
    held = check_conditions(Asked(SUN, NORTH, HOUSE, MARI, Commodity.ELECTRICITY), now=NOW)
    assert [(one.condition, one.holds, one.period and one.period.end, one.until) for one in held] == [
        ("JOINT_INVOICE", True, None, None),
        ("SUPPLY", True, day(2026, 4, 1), day(2027, 4, 1)),
        ("GRID", True, None, None),
    ]
