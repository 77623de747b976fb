"""Agreements between parties and of aggregators, on a real database: what is saved, worked out later and refused."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion, FollowUp
from datahub.agreements.services import acts
from datahub.errors import DomainError
from datahub.market import AgreementType, MeteringPointType, PartyType, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.models import Unit
from datahub.parties.models import MarketRole, Party
from tests.agreements import market
from tests.agreements.acting import at, change, delete, reasons, reference, refused, register, standing_at
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    GAS,
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
    standing,
)

pytestmark = pytest.mark.usefixtures("built")

A = AgreementType
JUNE, JULY, AUGUST = day(2026, 6, 1), day(2026, 7, 1), day(2026, 8, 1)
LONG_AGO, TOMORROW = day(2024, 1, 1), day(2026, 5, 5)
OTHER_POINT = "38ZAG-10000002-A"
BY_CUSTOMER = pytest.mark.parametrize("kind", [A.NAMED_SUPPLIER, A.JOINT_INVOICE])


# --- named suppliers and joint invoices -------------------------------------------------------------------------------


@BY_CUSTOMER
@pytest.mark.parametrize("role", [Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK])
def test_the_customer_registers_changes_and_deletes_in_its_role(kind: A, role: Role) -> None:
    saved = register(kind, NAMED, SOUTH, None, JUNE, role=role)
    assert (saved.service_provider_role, saved.customer_role) == (Role.OPEN_SUPPLIER, role)
    assert Unit.objects.latest("id").sender_eic == SOUTH
    assert reasons() == [("CREATE", kind)]
    changed = change(saved, JULY, agreement_id="N-1")
    assert (changed.valid_to, changed.agreement_id) == (JULY, "N-1")
    assert reasons() == [("UPDATE", kind)]
    delete(changed)
    assert reasons() == [("DELETE", kind)]
    assert not Agreement.objects.filter(type=kind, deleted_at=None).exists()
    assert AgreementVersion.objects.filter(current=saved.id, known_to=None).count() == 0


@BY_CUSTOMER
def test_the_provider_and_another_role_of_the_customer_cannot_touch_it(kind: A) -> None:
    saved = register(kind, NAMED, SOUTH, None, JUNE)
    for sender, role, expected in (
        (NAMED, Role.OPEN_SUPPLIER, "sender-type-error"),
        (NORTH, Role.GRID_OPERATOR, "sender-and-customer-mismatch-error"),
        (SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, "agreement-cannot-be-found"),
    ):
        with pytest.raises(DomainError) as error:
            delete_as(saved, sender, role)
        assert refused(error) == [expected]
    delete_as(saved, SOUTH, Role.GRID_OPERATOR)


def delete_as(agreement: AgreementFact, sender: str, role: str) -> None:
    acts.delete_agreement(
        participant=market.party(sender),
        role=role,
        commodity=agreement.commodity,
        reference=reference(agreement),
        now=NOW,
    )


@BY_CUSTOMER
@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (AGGREGATOR, ["service-provider-type-error"]),
        (MARI, ["service-provider-external-id-resolve-error"]),
        ("38X-AVP-EMB001-D", ["service-provider-external-id-resolve-error"]),
        (NORTH, ["agreement-parties-are-the-same"]),
    ],
)
def test_the_provider_is_another_open_supplier(kind: A, provider: str, expected: list[str]) -> None:
    with pytest.raises(DomainError) as error:
        register(kind, provider, NORTH, None, JUNE)
    assert refused(error) == expected
    assert not FollowUp.objects.exists()


@BY_CUSTOMER
def test_a_role_that_is_over_or_of_the_other_commodity_is_not_held(kind: A) -> None:
    former = Party.objects.create(eic="38X-FORMER-OS--X", type=PartyType.MARKET_PARTICIPANT, name="former")
    held = MarketRole.objects.create(
        participant=former, role=Role.OPEN_SUPPLIER, commodity="ELECTRICITY", valid_from=LONG_AGO, valid_to=NOW
    )
    with pytest.raises(DomainError) as error:
        register(kind, former.eic, NORTH, None, JUNE)
    assert refused(error) == ["service-provider-type-error"]
    held.valid_to = NOW + timedelta(seconds=1)
    held.save()
    register(kind, former.eic, NORTH, None, JUNE)
    with pytest.raises(DomainError) as error:
        register(kind, former.eic, NORTH, None, day(2026, 6, 1, GAS), commodity=GAS)
    assert refused(error) == ["service-provider-type-error"]


def test_one_named_supplier_at_a_time_and_one_joint_invoice_a_pair() -> None:
    register(A.NAMED_SUPPLIER, NAMED, NORTH, None, JUNE, AUGUST)
    register(A.JOINT_INVOICE, NAMED, NORTH, None, JUNE, AUGUST)
    for kind, provider, start, expected in (
        (A.NAMED_SUPPLIER, SUN, JULY, ["overlapping-agreements"]),
        (A.NAMED_SUPPLIER, NAMED, JULY, ["overlapping-agreements"]),
        (A.JOINT_INVOICE, NAMED, JULY, ["overlapping-agreements"]),
    ):
        with pytest.raises(DomainError) as error:
            register(kind, provider, NORTH, None, start)
        assert refused(error) == expected
    register(A.NAMED_SUPPLIER, SUN, NORTH, None, AUGUST)
    register(A.JOINT_INVOICE, SUN, NORTH, None, JULY)
    register(A.JOINT_INVOICE, NAMED, NORTH, None, AUGUST)
    register(A.NAMED_SUPPLIER, NAMED, SOUTH, None, JUNE)


def test_none_is_extended_over_the_next_one() -> None:
    first = register(A.NAMED_SUPPLIER, NAMED, NORTH, None, JUNE, JULY)
    register(A.NAMED_SUPPLIER, SUN, NORTH, None, AUGUST)
    for end in (None, day(2026, 9, 1)):
        with pytest.raises(DomainError) as error:
            change(first, end)
        assert refused(error) == ["overlapping-agreements"]
    assert change(first, AUGUST).valid_to == AUGUST


def test_which_acts_are_worked_out_at_points_afterwards() -> None:
    for kind, provider, customer in (
        (A.JOINT_INVOICE, NAMED, NORTH),
        (A.NAMED_SUPPLIER, NAMED, NORTH),
        (A.PORTFOLIO_SUPPLIER, BALANCE, SOUTH),
    ):
        saved = register(kind, provider, customer, None, JUNE)
        change(saved, JULY)
        delete(replace(saved, valid_to=JULY))
    causes = list(FollowUp.objects.order_by("pk").values_list("cause", "sender_eic"))
    assert causes == [
        *((f"NAMED_SUPPLIER_{what}", NORTH) for what in ("CREATE", "UPDATE", "DELETE")),
        *((f"PORTFOLIO_SUPPLIER_{what}", BALANCE) for what in ("CREATE", "UPDATE", "DELETE")),
    ]


def test_a_refused_act_leaves_nothing_to_work_out() -> None:
    for start in (day(2026, 6, 2), day(2026, 5, 1)):
        with pytest.raises(DomainError):
            register(A.NAMED_SUPPLIER, NAMED, NORTH, None, start)
    assert (FollowUp.objects.count(), Unit.objects.count()) == (0, 0)


# --- portfolios -------------------------------------------------------------------------------------------------------


def test_a_portfolio_with_a_closed_distribution_network_lets_it_add_grid_agreements() -> None:
    held = MarketRole.objects.filter(participant__eic=SOUTH, role=Role.GRID_OPERATOR)
    held.delete()
    point = MeteringPoint.objects.get(eic=market.SOUTHERN_HOUSE)
    point.owner_role = Role.CLOSED_DISTRIBUTION_NETWORK
    point.save()
    as_network: dict[str, Any] = {"role": Role.CLOSED_DISTRIBUTION_NETWORK}
    with pytest.raises(DomainError) as error:
        register(A.GRID, SOUTH, JAAN, market.SOUTHERN_HOUSE, JUNE, **as_network)
    assert refused(error) == ["missing-portfolio-provider"]
    assert register(A.PORTFOLIO_SUPPLIER, SUN, SOUTH, None, JUNE).customer_role == Role.CLOSED_DISTRIBUTION_NETWORK
    register(A.GRID, SOUTH, JAAN, market.SOUTHERN_HOUSE, JUNE, **as_network)
    register(A.SUPPLY, SUN, JAAN, market.SOUTHERN_HOUSE, JUNE)


def test_a_line_operator_needs_no_portfolio_provider() -> None:
    point = MeteringPoint.objects.get(eic=market.SOUTHERN_HOUSE)
    point.owner, point.owner_role = market.party(LINE), Role.LINE_OPERATOR
    point.save()
    register(A.GRID, LINE, JAAN, market.SOUTHERN_HOUSE, JUNE, role=Role.LINE_OPERATOR)
    with pytest.raises(DomainError) as error:
        register(A.SUPPLY, SUN, JAAN, market.SOUTHERN_HOUSE, JUNE)
    assert refused(error) == ["agreement-metering-point-type-error"]


def test_a_circle_is_refused_also_when_an_end_is_taken_away() -> None:
    first = register(A.PORTFOLIO_SUPPLIER, NAMED, STRANGER, None, JUNE, AUGUST)
    register(A.PORTFOLIO_SUPPLIER, STRANGER, NAMED, None, AUGUST)
    with pytest.raises(DomainError) as error:
        change(first, None)
    assert refused(error) == ["portfolio-cycle"]
    change(first, JULY)


# --- aggregations -----------------------------------------------------------------------------------------------------


def grid(start: datetime = LONG_AGO, end: datetime | None = None) -> AgreementFact:
    return standing(fact(A.GRID, NORTH, BAKERY, BAKERY_POINT, start, end))[0]


def aggregation(start: datetime = TOMORROW, end: datetime | None = None, **more: Any) -> AgreementFact:
    point, company = more.pop("point", AGGREGATION_POINT), more.pop("company", AGGREGATOR)
    return register(A.AGGREGATION, company, more.pop("customer", BAKERY), point, start, end, **more)


def test_an_aggregation_is_saved_in_the_lanes_of_both_its_points() -> None:
    grid()
    saved = aggregation()
    assert saved.parent_point_eic == BAKERY_POINT
    assert Unit.objects.latest("id").lanes == sorted([AGGREGATION_POINT, BAKERY_POINT])
    assert reasons() == [("CREATE", "AGGREGATION")]
    saved = change(saved, day(2026, 5, 20), agreement_id="A-1")
    assert (saved.valid_to, saved.agreement_id) == (day(2026, 5, 20), "A-1")
    delete(saved)
    assert standing_at(BAKERY_POINT, A.AGGREGATION) == []


def test_an_aggregation_goes_by_its_sender_own_point_and_parents_customer() -> None:
    standing(market.portfolio(BALANCE, LINE, customer_role=Role.AGGREGATOR))
    grid()
    for asked, expected in (
        (lambda: aggregation(company=LINE, role=Role.AGGREGATOR), ["metering-point-not-exists"]),
        (lambda: aggregation(point=BAKERY_POINT), ["metering-point-not-exists"]),
        (lambda: aggregation(point="38ZGO-10000018-5"), ["metering-point-not-exists"]),
        (lambda: aggregation(role=Role.OPEN_SUPPLIER), ["sender-type-error"]),
        (lambda: aggregation(customer=MARI), ["missing-grid-agreement"]),
        (lambda: aggregation(preliminary_termination_fee=True), ["agreement-attribute-not-allowed"]),
        (lambda: aggregation(day(2026, 5, 4)), ["agreement-date-too-early"]),
        (lambda: register(A.AGGREGATION, AGGREGATOR, BAKERY, None, TOMORROW), ["missing"]),
    ):
        with pytest.raises(DomainError) as error:
            asked()
        assert refused(error) == expected
    assert not Agreement.objects.filter(type=A.AGGREGATION).exists()


def test_an_aggregator_needs_a_portfolio_provider() -> None:
    grid()
    Agreement.objects.filter(type=A.PORTFOLIO_SUPPLIER, customer__eic=AGGREGATOR).update(valid_to=JUNE)
    with pytest.raises(DomainError) as error:
        aggregation(JUNE)
    assert refused(error) == ["missing-portfolio-provider"]
    aggregation(day(2026, 5, 31))


def test_different_companies_under_one_parent_are_refused_and_the_same_company_is_not() -> None:
    grid()
    other = MeteringPoint.objects.get(eic=AGGREGATION_POINT)
    other.pk, other.eic = None, OTHER_POINT
    other.save()
    competitors = MeteringPoint.objects.get(eic=AGGREGATION_POINT)
    competitors.pk, competitors.eic, competitors.owner = None, "38ZAG-20000001-8", market.party(LINE)
    competitors.save()
    standing(market.portfolio(BALANCE, LINE, customer_role=Role.AGGREGATOR))
    as_competitor: dict[str, Any] = {"company": LINE, "point": competitors.eic, "role": Role.AGGREGATOR}

    aggregation(TOMORROW, AUGUST)
    with pytest.raises(DomainError) as error:
        aggregation(day(2026, 5, 17), point=OTHER_POINT)
    assert refused(error) == ["agreement-date-too-early"]
    aggregation(day(2026, 5, 18), point=OTHER_POINT)
    with pytest.raises(DomainError) as error:
        aggregation(JUNE, **as_competitor)
    assert refused(error) == ["overlapping-agreements"]
    second = standing_at(BAKERY_POINT, A.AGGREGATION)[1]
    change(second, AUGUST)
    aggregation(AUGUST, **as_competitor)
    with pytest.raises(DomainError) as error:
        change(standing_at(BAKERY_POINT, A.AGGREGATION)[0], day(2026, 8, 2))
    assert refused(error) == ["overlapping-agreements"]


def test_an_aggregation_is_moved_and_deleted_by_the_parents_grid_agreement() -> None:
    parent = grid(LONG_AGO, day(2026, 12, 1))
    aggregation(TOMORROW, day(2026, 12, 1))
    parent = change(parent, day(2026, 10, 1))
    assert ("UPDATE_BC_GRID_UPDATE", "AGGREGATION") in reasons()
    assert at(BAKERY_POINT)[1] == (AGGREGATOR, TOMORROW, day(2026, 10, 1))
    parent = change(parent, None)
    assert at(BAKERY_POINT)[1] == (AGGREGATOR, TOMORROW, day(2026, 12, 1)), "its own original end"
    with pytest.raises(DomainError) as error:
        change(parent, day(2026, 5, 4))
    assert refused(error) == ["agreement-date-too-early"]
    change(parent, TOMORROW)
    assert ("DELETE_BC_GRID_UPDATE", "AGGREGATION") in reasons()
    assert standing_at(BAKERY_POINT, A.AGGREGATION) == []


def test_an_aggregation_under_a_line_operators_point_may_stand() -> None:
    parent = MeteringPoint.objects.get(eic=BAKERY_POINT)
    parent.owner, parent.owner_role = market.party(LINE), Role.LINE_OPERATOR
    parent.save()
    assert parent.type == MeteringPointType.REGULAR
    register(A.GRID, LINE, BAKERY, BAKERY_POINT, LONG_AGO, role=Role.LINE_OPERATOR)
    aggregation()
    assert at(BAKERY_POINT) == [(LINE, LONG_AGO, None), (AGGREGATOR, TOMORROW, None)]


def test_a_supply_and_an_aggregation_do_nothing_to_each_other() -> None:
    grid()
    register(A.SUPPLY, SUN, BAKERY, BAKERY_POINT, TOMORROW)
    aggregation()
    assert reasons() == [("CREATE", "AGGREGATION")]
    register(A.SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2026, 5, 18))
    assert [kind for _, kind in reasons()] == ["SUPPLY", "SUPPLY"]
    assert standing_at(HOUSE) == []
