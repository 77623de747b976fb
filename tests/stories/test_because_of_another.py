"""Stories of agreements moved by others: the reason that each message names, and everyone who hears it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.services import follow_ups
from datahub.market import AgreementType, Role
from datahub.metering.models import MeteringPoint
from tests.agreements import market
from tests.agreements.acting import change, delete, register, standing_at
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    LINE,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    portfolio,
    standing,
)
from tests.stories.hearing import Heard, Market

pytestmark = pytest.mark.usefixtures("built")

A = AgreementType
LONG_AGO, TOMORROW, SOON = day(2024, 1, 1), day(2026, 5, 5), day(2026, 5, 18)
JUNE, JULY, AUGUST = day(2026, 6, 1), day(2026, 7, 1), day(2026, 8, 1)
# In whose ears: the portfolio providers above WIND and above the aggregator are SUN and BALANCE.
CHAIN = {SUN, BALANCE}


def at_bakery(kind: A, provider: str, start: object = LONG_AGO, end: object = None) -> AgreementFact:
    point = AGGREGATION_POINT if kind == A.AGGREGATION else BAKERY_POINT
    return standing(fact(kind, provider, BAKERY, point, start, end))[0]  # type: ignore[arg-type]


def work_out() -> None:
    while follow_ups.work_batch(now=market.NOW, points=50):
        pass


class Story(NamedTuple):
    """What stands, what then is done, with which reason an agreement of a type is moved, and who hears of that."""

    stands: Callable[[], object]
    done: Callable[[], object]
    reason: str
    type: A
    heard_by: set[str]


def standing_supply() -> None:
    at_bakery(A.GRID, NORTH)
    at_bakery(A.SUPPLY, WIND)


def standing_aggregation() -> None:
    at_bakery(A.GRID, NORTH)
    at_bakery(A.AGGREGATION, AGGREGATOR)


def supplies_to_come() -> None:
    at_bakery(A.GRID, NORTH, TOMORROW)
    at_bakery(A.SUPPLY, WIND, JULY)
    at_bakery(A.AGGREGATION, AGGREGATOR, JULY)


def the(kind: A, point: str = BAKERY_POINT) -> AgreementFact:
    """Give the one agreement of a type that stands at a point."""
    (one,) = standing_at(point, kind)
    return one


def border_with_portfolio() -> None:
    """A border agreement and a portfolio agreement, with the border supply that they make."""
    register(A.BORDER_GRID, NORTH, SOUTH, BORDER, TOMORROW)
    register(A.PORTFOLIO_SUPPLIER, WIND, SOUTH, None, JUNE)
    work_out()


def portfolio_agreement() -> AgreementFact:
    return portfolio(WIND, SOUTH, JUNE, customer_role=Role.GRID_OPERATOR)


def then(act: Callable[[], object]) -> Callable[[], None]:
    """Do an act, and what it does at points."""

    def done() -> None:
        act()
        work_out()

    return done


BORDER_EARS = {WIND, SOUTH, NORTH, *CHAIN}
# The reasons that the market's messages are known to name, each with who is entitled: the operator of the point, the
# agreement's own provider with its portfolio providers, and of a border supply its customer.
STORIES = {
    "a supply ended by the next one": Story(
        standing_supply,
        lambda: register(A.SUPPLY, SUN, BAKERY, BAKERY_POINT, SOON),
        "UPDATE_BC_SUPPLY_CREATE",
        A.SUPPLY,
        {NORTH, WIND, *CHAIN},
    ),
    "a supply that the grid shortens": Story(
        standing_supply, lambda: change(the(A.GRID), JULY), "UPDATE_BC_GRID_UPDATE", A.SUPPLY, {NORTH, WIND, *CHAIN}
    ),
    "an aggregation that the grid shortens": Story(
        standing_aggregation,
        lambda: change(the(A.GRID), JULY),
        "UPDATE_BC_GRID_UPDATE",
        A.AGGREGATION,
        # The general service that it overlaps is the parent's operator's own.
        {NORTH, AGGREGATOR, *CHAIN},
    ),
    "a supply that the grid no longer reaches": Story(
        supplies_to_come, lambda: change(the(A.GRID), JUNE), "DELETE_BC_GRID_UPDATE", A.SUPPLY, {NORTH, WIND, *CHAIN}
    ),
    "a supply whose grid is deleted": Story(
        supplies_to_come, lambda: delete(the(A.GRID)), "DELETE_BC_GRID_DELETE", A.SUPPLY, {NORTH, WIND, *CHAIN}
    ),
    "an aggregation whose grid is deleted": Story(
        supplies_to_come,
        lambda: delete(the(A.GRID)),
        "DELETE_BC_GRID_DELETE",
        A.AGGREGATION,
        {NORTH, WIND, AGGREGATOR, *CHAIN},
    ),
    "a border supply made by a portfolio agreement": Story(
        lambda: register(A.BORDER_GRID, NORTH, SOUTH, BORDER, TOMORROW),
        then(lambda: register(A.PORTFOLIO_SUPPLIER, WIND, SOUTH, None, JUNE)),
        "CREATE_BC_PORTFOLIO_SUPPLIER_CREATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply moved by its portfolio agreement": Story(
        border_with_portfolio,
        then(lambda: change(portfolio_agreement(), JULY)),
        "UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply that its portfolio agreement no longer reaches": Story(
        lambda: (
            register(A.BORDER_GRID, NORTH, SOUTH, BORDER, JULY),
            register(A.PORTFOLIO_SUPPLIER, WIND, SOUTH, None, JUNE),
            work_out(),
        ),
        then(lambda: change(portfolio_agreement(), JULY)),
        "DELETE_BC_PORTFOLIO_SUPPLIER_UPDATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply whose portfolio agreement is deleted": Story(
        border_with_portfolio,
        then(lambda: delete(portfolio_agreement())),
        "DELETE_BC_PORTFOLIO_SUPPLIER_DELETE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply made by a border agreement": Story(
        lambda: register(A.PORTFOLIO_SUPPLIER, WIND, SOUTH, None, JUNE),
        lambda: register(A.BORDER_GRID, NORTH, SOUTH, BORDER, TOMORROW),
        "CREATE_BC_BORDER_GRID_CREATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply moved by its border agreement": Story(
        border_with_portfolio,
        lambda: change(the(A.BORDER_GRID, BORDER), AUGUST),
        "UPDATE_BC_BORDER_GRID_UPDATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply that its border agreement no longer reaches": Story(
        border_with_portfolio,
        lambda: change(the(A.BORDER_GRID, BORDER), JUNE),
        "DELETE_BC_BORDER_GRID_UPDATE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
    "a border supply whose border agreement is deleted": Story(
        border_with_portfolio,
        lambda: delete(the(A.BORDER_GRID, BORDER)),
        "DELETE_BC_BORDER_GRID_DELETE",
        A.BORDER_SUPPLY,
        BORDER_EARS,
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_an_agreement_moved_by_another_carries_its_reason_and_goes_to_all_who_are_entitled(name: str) -> None:
    """The one who set it off is among them, and each hears it once."""
    story = STORIES[name]
    hub = Market()
    story.stands()
    hub.told()
    story.done()
    heard = {eic: [one for one in messages if one.type == story.type] for eic, messages in hub.told().items()}
    of_reason = {eic: [one for one in messages if one.reason == story.reason] for eic, messages in heard.items()}
    assert {eic for eic, messages in of_reason.items() if messages} == story.heard_by
    assert all(len(messages) == 1 for messages in of_reason.values() if messages)


def test_every_known_reason_has_its_story() -> None:
    assert {story.reason for story in STORIES.values()} == {
        "UPDATE_BC_SUPPLY_CREATE",
        "UPDATE_BC_GRID_UPDATE",
        "DELETE_BC_GRID_UPDATE",
        "DELETE_BC_GRID_DELETE",
        "CREATE_BC_PORTFOLIO_SUPPLIER_CREATE",
        "UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE",
        "DELETE_BC_PORTFOLIO_SUPPLIER_UPDATE",
        "DELETE_BC_PORTFOLIO_SUPPLIER_DELETE",
        "CREATE_BC_BORDER_GRID_CREATE",
        "UPDATE_BC_BORDER_GRID_UPDATE",
        "DELETE_BC_BORDER_GRID_UPDATE",
        "DELETE_BC_BORDER_GRID_DELETE",
    }


def test_deleting_a_grid_agreement_tells_its_suppliers_and_aggregators() -> None:
    at_bakery(A.GRID, NORTH, TOMORROW)
    register(A.SUPPLY, WIND, BAKERY, BAKERY_POINT, TOMORROW)
    register(A.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, TOMORROW)
    hub = Market()
    hub.told()
    delete(the(A.GRID))
    told = hub.told()
    gone = Heard("DELETE", "GRID", TOMORROW, None)
    supply_gone = Heard("DELETE_BC_GRID_DELETE", "SUPPLY", TOMORROW, None)
    aggregation_gone = Heard("DELETE_BC_GRID_DELETE", "AGGREGATION", TOMORROW, None)
    assert told[WIND] == [gone, supply_gone, aggregation_gone]
    assert told[AGGREGATOR] == [gone, aggregation_gone]
    # Never back to the operator what it deleted itself; what fell with it, it hears.
    assert told[NORTH] == [supply_gone, aggregation_gone]
    for above in CHAIN:
        assert told[above] == [gone, supply_gone, aggregation_gone]
    assert set(told) == {NORTH, WIND, AGGREGATOR, *CHAIN}


def test_an_aggregation_under_a_line_operators_point_overlaps_nothing_and_tells_nobody() -> None:
    parent = MeteringPoint.objects.get(eic=BAKERY_POINT)
    parent.owner, parent.owner_role = market.party(LINE), Role.LINE_OPERATOR
    parent.save()
    register(A.GRID, LINE, BAKERY, BAKERY_POINT, LONG_AGO, role=Role.LINE_OPERATOR)
    hub = Market()
    hub.told()
    saved = register(A.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, TOMORROW)
    assert hub.told() == {}
    saved = change(saved, AUGUST)
    assert hub.told() == {}
    delete(saved)
    assert hub.told() == {}


@pytest.mark.parametrize(
    ("supplied_until", "entitled"),
    [
        # A supply that overlaps it: its provider, the operator of the parent, the aggregator's own chain.
        (None, {WIND, NORTH, *CHAIN}),
        # The supply ends when the aggregation begins: the general service after it concerns the operator alone.
        (SOON, {NORTH, *CHAIN}),
    ],
)
def test_an_aggregation_that_overlaps_is_told_to_the_providers_and_the_parents_operator(
    supplied_until: object, entitled: set[str]
) -> None:
    standing(portfolio(BALANCE, STRANGER))
    register(A.GRID, NORTH, BAKERY, BAKERY_POINT, LONG_AGO)
    register(A.SUPPLY, WIND, BAKERY, BAKERY_POINT, TOMORROW, supplied_until)  # type: ignore[arg-type]
    hub = Market()
    hub.told()
    saved = register(A.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, SOON, JULY)
    assert hub.told() == {eic: [Heard("CREATE", "AGGREGATION", SOON, JULY)] for eic in entitled}
    saved = change(saved, JUNE)
    assert hub.told() == {eic: [Heard("UPDATE", "AGGREGATION", SOON, JUNE)] for eic in entitled}
    delete(saved)
    assert hub.told() == {eic: [Heard("DELETE", "AGGREGATION", SOON, JUNE)] for eic in entitled}
