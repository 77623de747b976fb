"""What is refused of agreements, on a real database: nothing of it is saved."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.services import acts, deciding
from datahub.agreements.services.acts import Reference
from datahub.errors import DomainError, codes
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.acting import change, delete, refused, register
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_GAS,
    BALANCE,
    BORDER,
    ELECTRICITY,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SOUTHERN_HOUSE,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")

GRID, SUPPLY, BORDER_GRID = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.BORDER_GRID
PORTFOLIO, AGGREGATION = AgreementType.PORTFOLIO_SUPPLIER, AgreementType.AGGREGATION
TOMORROW = day(2026, 5, 5)
IN_14_DAYS = day(2026, 5, 18)


def grid_at_house(valid_from: datetime | None = None, valid_to: datetime | None = None) -> AgreementFact:
    return standing(fact(GRID, NORTH, MARI, HOUSE, valid_from or day(2024, 1, 1), valid_to))[0]


REFUSED: dict[str, tuple[Any, list[str]]] = {
    "an aggregation of gas": (
        lambda: register(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, TOMORROW, commodity=GAS),
        ["agreement-type-cannot-be-processed"],
    ),
    "a named supplier registers itself": (
        lambda: register(
            AgreementType.NAMED_SUPPLIER, NAMED, NORTH, None, day(2026, 6, 1), sender=NAMED, role=Role.OPEN_SUPPLIER
        ),
        ["sender-type-error"],
    ),
    "border supply": (
        lambda: register(AgreementType.BORDER_SUPPLY, SUN, SOUTH, BORDER, TOMORROW),
        ["border-supply-cannot-be-created-modified-or-deleted-manually"],
    ),
    "general service": (
        lambda: register(AgreementType.GENERAL_SERVICE, NAMED, MARI, FLAT, TOMORROW),
        ["general-service-cannot-be-created-modified-or-deleted-manually"],
    ),
    "a supplier registers a grid agreement": (
        lambda: register(GRID, SUN, MARI, HOUSE, TOMORROW, role=Role.OPEN_SUPPLIER),
        ["sender-type-error"],
    ),
    "a line operator for gas": (
        lambda: register(GRID, LINE, MARI, BAKERY_GAS, TOMORROW, role=Role.LINE_OPERATOR, commodity=GAS),
        ["sender-type-error"],
    ),
    "in another's name": (
        lambda: register(SUPPLY, WIND, MARI, HOUSE, TOMORROW, sender=SUN),
        ["sender-and-service-provider-mismatch-error"],
    ),
    "no metering point": (lambda: register(GRID, NORTH, MARI, None, TOMORROW), ["missing"]),
    "a metering point where there is none": (
        lambda: register(PORTFOLIO, BALANCE, NAMED, HOUSE, day(2026, 6, 1)),
        ["agreement-attribute-not-allowed"],
    ),
    "a point that does not exist": (
        lambda: register(GRID, NORTH, MARI, "38ZGO-10000018-5", TOMORROW),
        ["metering-point-not-exists"],
    ),
    "another's point": (
        lambda: register(GRID, NORTH, MARI, SOUTHERN_HOUSE, TOMORROW),
        ["metering-point-not-exists"],
    ),
    "one's own point in another role": (
        lambda: register(GRID, SOUTH, MARI, SOUTHERN_HOUSE, TOMORROW, role=Role.CLOSED_DISTRIBUTION_NETWORK),
        ["sender-type-error"],
    ),
    "a grid agreement at a border point": (
        lambda: register(GRID, NORTH, MARI, BORDER, TOMORROW),
        ["agreement-metering-point-type-error"],
    ),
    "a border agreement with a person": (
        lambda: register(BORDER_GRID, NORTH, MARI, BORDER, TOMORROW),
        ["customer-type-error"],
    ),
    "an unknown customer": (
        lambda: register(GRID, NORTH, "38X-AVP-EMB001-D", HOUSE, TOMORROW),
        ["customer-external-id-resolve-error"],
    ),
    "a termination fee for a grid agreement": (
        lambda: register(GRID, NORTH, MARI, HOUSE, TOMORROW, preliminary_termination_fee=True),
        ["agreement-attribute-not-allowed"],
    ),
    "an operator without a portfolio provider": (
        lambda: register(GRID, SOUTH, MARI, SOUTHERN_HOUSE, TOMORROW),
        ["missing-portfolio-provider"],
    ),
    "a portfolio with an energy customer": (
        lambda: register(PORTFOLIO, BALANCE, MARI, None, day(2026, 6, 1)),
        ["customer-type-error"],
    ),
    "a portfolio with oneself": (
        lambda: register(PORTFOLIO, NAMED, NAMED, None, day(2026, 6, 1)),
        ["agreement-parties-are-the-same"],
    ),
    "a portfolio in a circle": (
        lambda: register(PORTFOLIO, WIND, BALANCE, None, day(2026, 6, 1)),
        ["portfolio-cycle"],
    ),
    "a second portfolio provider": (
        lambda: register(PORTFOLIO, NAMED, WIND, None, day(2026, 6, 1)),
        ["overlapping-agreements"],
    ),
    "several faults in one pass": (
        lambda: register(
            GRID,
            NORTH,
            MARI,
            HOUSE,
            day(2026, 4, 1) + timedelta(hours=1),
            day(2026, 3, 1),
            preliminary_termination_fee=True,
        ),
        [
            "agreement-attribute-not-allowed",
            "agreement-date-not-on-boundary",
            "from-field-cannot-be-equal-to-or-after-to-field",
            "agreement-date-too-early",
        ],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_new_agreement_that_breaks_a_rule_is_refused_and_leaves_no_trace(name: str) -> None:
    asked, expected = REFUSED[name]
    before = Agreement.objects.count(), Unit.objects.count()
    with pytest.raises(DomainError) as error:
        asked()
    assert refused(error) == expected
    assert (Agreement.objects.count(), Unit.objects.count()) == before


def test_two_grid_agreements_never_overlap_and_may_touch() -> None:
    grid_at_house(day(2024, 1, 1), day(2026, 6, 1))
    with pytest.raises(DomainError) as error:
        register(GRID, NORTH, JAAN, HOUSE, day(2026, 5, 31))
    assert refused(error) == ["overlapping-agreements"]
    register(GRID, NORTH, JAAN, HOUSE, day(2026, 6, 1))


def test_a_stranger_who_guesses_learns_nothing() -> None:
    grid_at_house()
    messages = set()
    for point in (HOUSE, FLAT, "38ZGO-10000018-5", SOUTHERN_HOUSE, BORDER):
        with pytest.raises(DomainError) as error:
            register(SUPPLY, SUN, JAAN, point, TOMORROW)
        messages.add(tuple(f.message.replace(point, "…") for f in error.value.faults))
    assert len(messages) == 1
    assert refused(error) == ["missing-grid-agreement"]


def test_a_supply_lies_inside_the_grid_agreement_at_both_ends() -> None:
    grid_at_house(day(2026, 5, 10), day(2026, 8, 1))
    for start, end, expected in (
        (day(2026, 5, 9), day(2026, 8, 1), ["missing-grid-agreement"]),
        (day(2026, 5, 10), day(2026, 8, 2), ["agreement-exceeds-grid-agreement"]),
        (day(2026, 5, 10), None, ["agreement-exceeds-grid-agreement"]),
    ):
        with pytest.raises(DomainError) as error:
            register(SUPPLY, SUN, MARI, HOUSE, start, end)
        assert refused(error) == expected
    register(SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 10), day(2026, 8, 1))


def test_a_supplier_needs_a_portfolio_provider_when_it_starts() -> None:
    grid_at_house()
    with pytest.raises(DomainError) as error:
        register(SUPPLY, STRANGER, MARI, HOUSE, TOMORROW)
    assert refused(error) == ["missing-portfolio-provider"]
    standing(market.portfolio(BALANCE, STRANGER, day(2026, 6, 1)))
    with pytest.raises(DomainError):
        register(SUPPLY, STRANGER, MARI, HOUSE, day(2026, 5, 31))
    register(SUPPLY, STRANGER, MARI, HOUSE, day(2026, 6, 1))


def test_only_what_has_not_ended_changes_and_only_what_has_not_started_is_deleted() -> None:
    ended = grid_at_house(day(2024, 1, 1), day(2026, 5, 4))
    with pytest.raises(DomainError) as error:
        change(ended, None)
    assert refused(error) == ["agreement-has-expired"]
    with pytest.raises(DomainError) as error:
        delete(ended)
    assert refused(error) == ["agreement-has-started"]
    to_come = standing(fact(GRID, NORTH, MARI, HOUSE, TOMORROW))[0]
    with pytest.raises(DomainError):
        delete(to_come, now=TOMORROW)
    delete(to_come, now=TOMORROW - timedelta(seconds=1))


def test_a_change_without_a_change_is_refused() -> None:
    grid = grid_at_house()
    with pytest.raises(DomainError) as error:
        change(grid, None)
    assert refused(error) == ["no-change-received"]
    with pytest.raises(DomainError) as error:
        change(grid, None, agreement_id="V-3", preliminary_termination_fee=True)
    assert refused(error) == ["agreement-attribute-cannot-be-changed"]
    assert change(grid, None, agreement_id="V-3").agreement_id == "V-3"


def test_a_supply_cannot_be_extended_over_the_next_one() -> None:
    grid_at_house()
    first, _ = standing(
        fact(SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1), day(2026, 7, 1)),
        fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1)),
    )
    with pytest.raises(DomainError) as error:
        change(first, day(2026, 7, 2))
    assert refused(error) == ["overlapping-agreements"]


def test_another_participants_agreement_is_as_if_it_did_not_exist() -> None:
    grid_at_house()
    supply = standing(fact(SUPPLY, SUN, MARI, HOUSE, TOMORROW))[0]
    for participant, named in ((WIND, SUN), (WIND, WIND)):
        with pytest.raises(DomainError) as error:
            acts.delete_agreement(
                participant=market.party(participant),
                role=Role.OPEN_SUPPLIER,
                commodity=ELECTRICITY,
                reference=Reference(SUPPLY, named, MARI, ELECTRICITY, supply.valid_from, HOUSE),
                now=NOW,
            )
        expected = [
            "agreement-cannot-be-found" if named == participant else "sender-and-service-provider-mismatch-error"
        ]
        assert refused(error) == expected


def test_what_the_check_cannot_see_the_database_refuses_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    grid_at_house()
    monkeypatch.setattr(deciding, "_standing_around", lambda _agreement: [])
    with pytest.raises(DomainError) as error:
        register(GRID, NORTH, JAAN, HOUSE, TOMORROW)
    assert error.value.cause.code == codes.OVERLAPPING_AGREEMENTS
