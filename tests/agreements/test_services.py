"""Registering, changing and deleting agreements on a real database: what is saved, versioned, recorded and refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.services import acts
from datahub.agreements.services.acts import Reference, Terms
from datahub.errors import DomainError, codes
from datahub.market import AgreementType, Role
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
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
BY_HUB = {AgreementType.GENERAL_SERVICE, AgreementType.BORDER_SUPPLY}
TOMORROW = day(2026, 5, 5)
IN_14_DAYS = day(2026, 5, 18)


def register(
    kind: AgreementType,
    provider: str,
    customer: str,
    point: str | None,
    valid_from: datetime,
    valid_to: datetime | None = None,
    *,
    role: str = "",
    commodity: Any = ELECTRICITY,
    sender: str = "",
    now: datetime = NOW,
    **more: Any,
) -> AgreementFact:
    by_type = Role.GRID_OPERATOR if kind in {GRID, BORDER_GRID} else Role.OPEN_SUPPLIER
    terms = Terms(kind, provider, customer, commodity, valid_from, valid_to, point, **more)
    return acts.register_agreement(
        participant=market.party(sender or provider), role=role or by_type, commodity=commodity, terms=terms, now=now
    )


def reference(agreement: AgreementFact) -> Reference:
    return Reference(
        agreement.type,
        agreement.service_provider_eic,
        agreement.customer_eic,
        agreement.commodity,
        agreement.valid_from,
        agreement.point_eic,
    )


def change(agreement: AgreementFact, valid_to: datetime | None, *, now: datetime = NOW, **more: Any) -> AgreementFact:
    return acts.change_agreement(
        participant=market.party(agreement.service_provider_eic),
        role=agreement.service_provider_role,
        commodity=agreement.commodity,
        reference=reference(agreement),
        valid_to=valid_to,
        agreement_id=more.pop("agreement_id", None),
        now=now,
        **more,
    )


def delete(agreement: AgreementFact, *, now: datetime = NOW) -> None:
    acts.delete_agreement(
        participant=market.party(agreement.service_provider_eic),
        role=agreement.service_provider_role,
        commodity=agreement.commodity,
        reference=reference(agreement),
        now=now,
    )


def grid_at_house(valid_from: datetime | None = None, valid_to: datetime | None = None) -> AgreementFact:
    return standing(fact(GRID, NORTH, MARI, HOUSE, valid_from or day(2024, 1, 1), valid_to))[0]


def refused(error: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in error.value.faults]


def changes() -> list[Change]:
    """Give what the last save recorded of agreements that are made by hand; of the others: test_services_by_hub.py."""
    kept = (Change.from_json(change) for change in Unit.objects.latest("id").changes)
    return [change for change in kept if (change.after or change.before or {})["type"] not in BY_HUB]


def at(point: str) -> list[tuple[str, datetime, datetime | None]]:
    return [
        (a.service_provider_eic, a.valid_from, a.valid_to)
        for a in selectors.standing_facts(Agreement.objects.filter(selectors.at_points([point])))
        if a.type not in BY_HUB
    ]


# --- what is saved ----------------------------------------------------------------------------------------------------
def test_a_grid_agreement_is_saved_with_its_version_and_told() -> None:
    saved = register(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), agreement_id="V-1")
    agreement = Agreement.objects.get(pk=saved.id)
    assert selectors.fact_of(agreement) == saved
    assert (agreement.agreement_id, agreement.service_provider_role, agreement.version) == ("V-1", "GRID_OPERATOR", 1)
    unit = Unit.objects.latest("id")
    assert (unit.lanes, unit.sender_eic, unit.saved_at) == ([HOUSE], NORTH, NOW)
    assert changes() == [Change("AGREEMENT", "CREATE", str(saved.id), None, saved.as_json())]  # type: ignore[arg-type]
    version = AgreementVersion.objects.get(current=agreement)
    assert (version.version, version.known_from, version.known_to, version.saved_at) == (1, unit.id, None, NOW)


def known_around(unit_id: int, point: str) -> list[AgreementFact]:
    """Give what a save knew at a point before it or after it."""
    return [
        known.fact
        for known in selectors.versions_at_points([point])
        if known.is_known_around(unit_id) and known.fact.type not in BY_HUB
    ]


def test_a_change_closes_the_version_before_it_and_names_both_states() -> None:
    first = register(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1))
    created = Unit.objects.latest("id").id
    second = change(first, day(2026, 8, 1), agreement_id="V-2")
    unit = Unit.objects.latest("id").id
    assert changes() == [Change("AGREEMENT", "UPDATE", str(first.id), first.as_json(), second.as_json())]  # type: ignore[arg-type]
    known = list(AgreementVersion.objects.order_by("version").filter(current=first.id))
    assert [(v.version, v.known_from, v.known_to, v.valid_to) for v in known] == [
        (1, created, unit, None),
        (2, unit, None, day(2026, 8, 1)),
    ]
    later = register(GRID, NORTH, MARI, HOUSE, day(2026, 8, 1))
    assert known_around(created, HOUSE) == [first]
    assert known_around(unit, HOUSE) == [first, second]
    assert known_around(Unit.objects.latest("id").id, HOUSE) == [second, later]
    assert known_around(created - 1, HOUSE) == []


def test_a_deleted_agreement_stays_in_its_versions_only() -> None:
    saved = register(GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    delete(saved)
    unit = Unit.objects.latest("id").id
    assert changes() == [Change("AGREEMENT", "DELETE", str(saved.id), saved.as_json(), None)]  # type: ignore[arg-type]
    assert Agreement.objects.get(pk=saved.id).deleted_at == NOW
    following = register(GRID, NORTH, JAAN, HOUSE, day(2026, 6, 1))
    assert known_around(unit, HOUSE) == [saved]
    assert known_around(Unit.objects.latest("id").id, HOUSE) == [following]


def test_knowledge_reaches_from_a_point_to_its_aggregation_points_and_to_its_parent() -> None:
    grid, aggregation = standing(
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    assert aggregation.parent_point_eic == BAKERY_POINT
    later = 10**12
    assert known_around(later, BAKERY_POINT) == [grid, aggregation]
    assert known_around(later, AGGREGATION_POINT) == [grid, aggregation]
    assert known_around(later, HOUSE) == []


def test_portfolios_are_known_as_they_stood_at_a_save() -> None:
    saved = register(PORTFOLIO, BALANCE, NAMED, None, day(2026, 6, 1))
    unit = Unit.objects.latest("id").id
    assert saved.customer_role == Role.OPEN_SUPPLIER
    (known,) = (known for known in selectors.portfolio_versions() if known.fact == saved)
    assert known.is_known_around(unit)
    assert not known.is_known_around(unit - 1)


def test_what_is_taken_over_is_told_to_nobody() -> None:
    units = Unit.objects.count()
    taken = grid_at_house(valid_to=day(2024, 5, 1))
    assert Unit.objects.count() == units
    assert AgreementVersion.objects.filter(current=taken.id, known_to=None).count() == 1


# --- what one does to others ------------------------------------------------------------------------------------------
def test_a_new_supply_ends_the_active_one_and_deletes_those_inside_it() -> None:
    grid_at_house()
    old, inside = standing(
        fact(SUPPLY, WIND, MARI, HOUSE, day(2025, 1, 1), day(2026, 7, 1)),
        fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1)),
    )
    new = register(SUPPLY, SUN, MARI, HOUSE, IN_14_DAYS, fee := None, preliminary_termination_fee=True)
    assert fee is None
    assert new.preliminary_termination_fee
    told = [(c.reason, c.object_key) for c in changes()]
    assert told == [
        ("CREATE", str(new.id)),
        ("UPDATE_BC_SUPPLY_CREATE", str(old.id)),
        ("DELETE_BC_SUPPLY_CREATE", str(inside.id)),
    ]
    assert at(HOUSE)[1:] == [(WIND, day(2025, 1, 1), IN_14_DAYS), (SUN, IN_14_DAYS, None)]
    delete(new)
    assert at(HOUSE)[1:] == [(WIND, day(2025, 1, 1), IN_14_DAYS)]


def test_a_supply_that_has_begun_is_not_deleted_by_one_that_starts_before_it() -> None:
    grid_at_house(day(2026, 5, 3))
    standing(fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 5, 4)))
    # With the GRID agreement, less than 48 hours back: where no other supply was valid, but one has begun since.
    with pytest.raises(DomainError) as error:
        register(SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 3))
    assert refused(error) == ["agreement-date-too-early"]
    assert (WIND, day(2026, 5, 4), None) in at(HOUSE)


def test_a_supply_back_to_the_grid_agreements_start_deletes_one_that_has_not_begun() -> None:
    grid_at_house(day(2026, 5, 3))
    standing(fact(SUPPLY, WIND, MARI, HOUSE, TOMORROW))
    register(SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 3))
    assert [one for one in at(HOUSE) if one[0] != NORTH] == [(SUN, day(2026, 5, 3), None)]


def test_a_supply_that_starts_after_the_new_one_ends_stays() -> None:
    grid_at_house()
    standing(fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1)))
    register(SUPPLY, SUN, MARI, HOUSE, TOMORROW, day(2026, 7, 1))
    assert at(HOUSE)[1:] == [(SUN, TOMORROW, day(2026, 7, 1)), (WIND, day(2026, 7, 1), None)]


def test_a_grid_agreement_shortens_deletes_and_gives_back_what_stands_on_it() -> None:
    grid = standing(fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)))[0]
    supply, later, _ = standing(
        fact(SUPPLY, SUN, BAKERY, BAKERY_POINT, day(2025, 1, 1), day(2026, 9, 1)),
        fact(SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2026, 9, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    shortened = change(grid, day(2026, 8, 1))
    assert [c.reason for c in changes()] == [
        "UPDATE",
        "UPDATE_BC_GRID_UPDATE",
        "UPDATE_BC_GRID_UPDATE",
        "DELETE_BC_GRID_UPDATE",
    ]
    assert str(later.id) == changes()[-1].object_key
    change(shortened, day(2026, 12, 1))
    assert at(BAKERY_POINT) == [
        (NORTH, day(2024, 1, 1), day(2026, 12, 1)),
        (SUN, day(2025, 1, 1), day(2026, 9, 1)),
        (AGGREGATOR, day(2026, 1, 1), day(2026, 12, 1)),
    ]
    assert Agreement.objects.get(pk=supply.id).version == 3


def test_a_deleted_grid_agreement_takes_its_supplies_along() -> None:
    grid = register(GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    register(SUPPLY, SUN, MARI, HOUSE, day(2026, 6, 1))
    delete(grid)
    assert [c.reason for c in changes()] == ["DELETE", "DELETE_BC_GRID_DELETE"]
    assert at(HOUSE) == []


# --- what is refused --------------------------------------------------------------------------------------------------
REFUSED: dict[str, tuple[Any, list[str]]] = {
    "an aggregation of gas": (
        lambda: register(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, TOMORROW, commodity=GAS),
        ["agreement-type-cannot-be-processed"],
    ),
    "a named supplier registers itself": (
        lambda: register(AgreementType.NAMED_SUPPLIER, NAMED, NORTH, None, day(2026, 6, 1)),
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
    monkeypatch.setattr(acts, "_standing_around", lambda _agreement: [])
    with pytest.raises(DomainError) as error:
        register(GRID, NORTH, JAAN, HOUSE, TOMORROW)
    assert error.value.cause.code == codes.OVERLAPPING_AGREEMENTS
