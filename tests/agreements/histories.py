"""A market without a database, and random histories of acts in it: what the services do, of pure rules alone.

A history is a list of steps, each of six whole numbers: what is done, and of which point, party and day, all counted
from what then stands. Every list of steps is a history. A step of zeros does nothing, so a failing history can shrink.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences, dates, one_point, portfolio
from datahub.agreements.rules.consequences import Effect, Outcome
from datahub.market import AgreementType, Commodity, Role
from tests.agreements.market import (
    AGGREGATOR,
    BALANCE,
    ELECTRICITY,
    GAS,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    fact,
)
from tests.agreements.market import (
    portfolio as portfolio_agreement,
)

A = AgreementType
ISLAND = "38X-DEMO-GO3---P"
Step = tuple[int, int, int, int, int, int]
# Both lie some weeks before a clock change.
SPRING, AUTUMN = (
    datetime(2026, 3, 2, 10, tzinfo=market_time.TALLINN),
    datetime(2026, 10, 1, 23, tzinfo=market_time.TALLINN),
)


class Place(NamedTuple):
    """A metering point as far as agreements depend on it."""

    owner: str
    owner_role: Role
    commodity: Commodity = ELECTRICITY
    parent: str | None = None


HOUSE, SHOP, FACTORY, CAMP, KITCHEN, BRIDGE, FERRY, COOLER, HEATER, OVEN = (
    f"38Z-{name}"
    for name in ["HOUSE", "SHOP", "FACTORY", "CAMP", "KITCHEN", "BRIDGE", "FERRY", "COOLER", "HEATER", "OVEN"]
)
REGULAR = {
    HOUSE: Place(NORTH, Role.GRID_OPERATOR),
    SHOP: Place(NORTH, Role.GRID_OPERATOR),
    FACTORY: Place(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK),
    CAMP: Place(LINE, Role.LINE_OPERATOR),
    KITCHEN: Place(NORTH, Role.GRID_OPERATOR, GAS),
}
BORDERS = {BRIDGE: Place(NORTH, Role.GRID_OPERATOR), FERRY: Place(SOUTH, Role.GRID_OPERATOR)}
AGGREGATED = {
    COOLER: Place(AGGREGATOR, Role.AGGREGATOR, parent=SHOP),
    HEATER: Place(AGGREGATOR, Role.AGGREGATOR, parent=SHOP),
    OVEN: Place(LINE, Role.AGGREGATOR, parent=SHOP),
}
PLACES = REGULAR | BORDERS | AGGREGATED
SUPPLIERS = [SUN, WIND, NAMED, STRANGER]
CUSTOMERS = [MARI, JAAN, SUN]
# In days.
LENGTHS = [1, 1, 2, 5, 10, 14, 15, 30, 60, 90]
STARTS = [14, 1, 15, 2, 3, 7, 13, 14, 20, 30, 45, 0, -1, -2]
# What a change picks from, the common types more than once.
_PICKED = [A.GRID, A.GRID, A.SUPPLY, A.SUPPLY, A.AGGREGATION, A.BORDER_GRID, A.NAMED_SUPPLIER, A.PORTFOLIO_SUPPLIER]


@dataclass
class FollowUp:
    """An act between two parties, and the points at which it is still to be worked out."""

    kind: AgreementType
    cause: str
    customer_eic: str
    commodity: Commodity
    points: list[str]


@dataclass(frozen=True)
class Done:
    """What came of a step that was no refusal: the agreements of one place before and after, with every effect."""

    before: tuple[AgreementFact, ...]
    after: tuple[AgreementFact, ...]
    effects: tuple[Effect, ...]
    direct: Effect | None
    cause: str


@dataclass
class Market:
    """All agreements that stand, and the time."""

    now: datetime
    standing: dict[int, AgreementFact] = field(default_factory=dict)
    waiting: list[FollowUp] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    lasting: set[int] = field(default_factory=set)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def at(self, eic: str) -> tuple[AgreementFact, ...]:
        """Give what stands at a point and at the aggregation points under it."""
        return tuple(a for a in self.standing.values() if eic in (a.point_eic, a.parent_point_eic))

    def between(self, customer: str, kind: AgreementType, commodity: Commodity) -> tuple[AgreementFact, ...]:
        """Give the agreements of a type without a point that a party stands in as customer."""
        return tuple(
            a
            for a in self.standing.values()
            if (a.type, a.customer_eic, a.commodity, a.point_eic) == (kind, customer, commodity, None)
        )

    def border_grids(self, customer: str, commodity: Commodity) -> tuple[AgreementFact, ...]:
        """Give the BORDER_GRID agreements of a customer."""
        parties = customer, commodity
        border_grids = (a for a in self.standing.values() if a.type == A.BORDER_GRID)
        return tuple(a for a in border_grids if (a.customer_eic, a.commodity) == parties)

    def day(self, offset: int, commodity: Commodity) -> datetime:
        """Give the start of a (gas) day so many calendar days from today."""
        return market_time.day_start(self.today + timedelta(days=offset), commodity)

    def month(self, offset: int, commodity: Commodity) -> datetime:
        """Give the start of a month so many months from this one."""
        return market_time.day_start(market_time.add_months(self.today.replace(day=1), offset), commodity)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(market_time.TALLINN).date()

    def take(self, step: Step) -> Done | None:
        """Do what a step says; None where it was refused or does nothing."""
        kind, *how = step
        doing = _DOINGS[kind % len(_DOINGS)]
        return doing(self, *how)

    def keep(self, before: tuple[AgreementFact, ...], effects: tuple[Effect, ...]) -> tuple[AgreementFact, ...]:
        """Keep effects, new agreements with ids of their own; give what then stands in the place."""
        here = {a.id for a in before}
        for effect in effects:
            if effect.after is None:
                del self.standing[effect.subject.id]
                here.discard(effect.subject.id)
                continue
            saved = effect.after if effect.before is not None else replace(effect.after, id=next(self._ids))
            self.standing[saved.id] = saved
            here.add(saved.id)
        return tuple(self.standing[number] for number in sorted(here))


def beginning(market: Market) -> list[AgreementFact]:
    """Give portfolio agreements, so that every operator and supplier has a portfolio provider, and a named supplier.

    Those of SOUTH and STRANGER may be moved, and end after two months, as the named supplier of NORTH; ISLAND has none.
    """
    return [
        fact(
            A.NAMED_SUPPLIER,
            NAMED,
            NORTH,
            None,
            market.month(-6, ELECTRICITY),
            market.month(2, ELECTRICITY),
            customer_role=Role.GRID_OPERATOR,
        ),
        *(portfolio_agreement(BALANCE, eic) for eic in [SUN, NAMED]),
        portfolio_agreement(BALANCE, STRANGER, valid_to=market.month(2, ELECTRICITY)),
        portfolio_agreement(SUN, WIND),
        portfolio_agreement(BALANCE, NORTH, customer_role=Role.GRID_OPERATOR),
        portfolio_agreement(BALANCE, AGGREGATOR, customer_role=Role.AGGREGATOR),
        portfolio_agreement(SUN, LINE, customer_role=Role.OPEN_SUPPLIER),
        portfolio_agreement(BALANCE, NORTH, commodity=GAS, customer_role=Role.GRID_OPERATOR),
        *(portfolio_agreement(BALANCE, eic, commodity=GAS) for eic in [SUN, NAMED]),
        portfolio_agreement(
            BALANCE, SOUTH, valid_to=market.month(2, ELECTRICITY), customer_role=Role.CLOSED_DISTRIBUTION_NETWORK
        ),
    ]


def opening(market: Market) -> list[AgreementFact]:
    """Give the GRID and BORDER_GRID agreements that are registered first of all, so that there is something to move."""
    since = market.day(-60, ELECTRICITY)
    asked = [
        fact(A.GRID, REGULAR[eic].owner, MARI, eic, since, None, provider_role=REGULAR[eic].owner_role)
        for eic in (HOUSE, SHOP, FACTORY)
    ]
    bridge = A.BORDER_GRID, NORTH, SOUTH, BRIDGE, since, market.month(3, ELECTRICITY)
    return [*asked, fact(*bridge, customer_role=Role.CLOSED_DISTRIBUTION_NETWORK)]


def built(now: datetime) -> Market:
    """Give a market in which portfolio agreements stand and what the opening registers."""
    market = Market(now)
    for number, one in enumerate(beginning(market), start=10_000):
        market.standing[number] = replace(one, id=number)
        if one.valid_to is None:
            market.lasting.add(number)
    for asked in opening(market):
        _act(market, consequences.created(asked), _around(market, asked))
    return market


# --- doing --------------------------------------------------------------------------------------------------------


def _nothing(market: Market, *how: int) -> None:
    pass


def wait(market: Market, hours: int, *how: int) -> None:
    """Let some hours pass."""
    market.now += timedelta(hours=hours % 30)
    market.log.append(f"-- {market.now:%Y-%m-%d %H:%M}")


def wait_long(market: Market, days: int, *how: int) -> None:
    """Let some days pass."""
    market.now += timedelta(days=1 + days % 20, minutes=7)
    market.log.append(f"-- {market.now:%Y-%m-%d %H:%M}")


def registration(market: Market, which: int, where: int, who: int, start: int, length: int) -> AgreementFact | None:
    """Give an agreement that somebody is to register, right or wrong."""
    choose = [_grid, _supply, _supply, _supply, _supply, _supply, _aggregation, _aggregation, _border_grid, _between]
    return choose[which % len(choose)](market, where, who, start, length)


def change(market: Market, which: int, end: int, days: int, *how: int) -> tuple[AgreementFact, datetime | None] | None:
    """Give an agreement that somebody is to change, and its new end, right or wrong."""
    standing = _pick(market, which)
    return None if standing is None else (standing, _new_end(market, standing, end, days))


def deletion(market: Market, which: int, *how: int) -> AgreementFact | None:
    """Give an agreement that somebody is to delete."""
    return _pick(market, which, later=True)


def _register(market: Market, *how: int) -> Done | None:
    asked = registration(market, *how)
    if asked is None:
        return None
    before = _around(market, asked)
    around = one_point.surroundings(asked, before, now=market.now)
    portfolios = [a for a in market.standing.values() if a.type == A.PORTFOLIO_SUPPLIER]
    faults = one_point.inside_grid_faults(asked, around.grid, path="")
    faults += dates.start_faults(asked, around, now=market.now, path="")
    faults += dates.end_faults(asked, around, now=market.now, path="")
    faults += portfolio.provider_faults(asked, portfolios, now=market.now, path="")
    faults += portfolio.cycle_faults(asked, portfolios, path="")
    return None if faults else _act(market, consequences.created(asked), before)


def _change(market: Market, *how: int) -> Done | None:
    found = change(market, *how)
    if found is None or found[0].valid_to == found[1] or dates.change_faults(found[0], now=market.now):
        return None
    standing, end = found
    asked = replace(standing, valid_to=end, original_valid_to=end)
    before = _around(market, standing)
    around = one_point.surroundings(asked, before, now=market.now)
    portfolios = [a for a in market.standing.values() if a.type == A.PORTFOLIO_SUPPLIER]
    faults = one_point.inside_grid_faults(asked, around.grid, path="")
    faults += dates.end_faults(asked, around, now=market.now, path="")
    faults += portfolio.cycle_faults(asked, portfolios, path="")
    return None if faults else _act(market, consequences.updated(standing, asked), before)


def _delete(market: Market, *how: int) -> Done | None:
    standing = deletion(market, *how)
    if standing is None or dates.delete_faults(standing, now=market.now):
        return None
    return _act(market, consequences.deleted(standing), _around(market, standing))


def _follow(market: Market, which: int, *how: int) -> Done | None:
    while market.waiting and not market.waiting[0].points:
        market.waiting.pop(0)
    if not market.waiting:
        return None
    follow_up = market.waiting[0]
    eic = follow_up.points.pop(which % len(follow_up.points))
    return follow_at(market, follow_up, eic)


def follow_at(market: Market, follow_up: FollowUp, eic: str) -> Done:
    """Work out at one point what an act between two parties does there."""
    before = market.at(eic)
    between = _between_at(market, before, follow_up.kind, follow_up.customer_eic, follow_up.commodity)
    effects = tuple(consequences.follow(before, follow_up.kind, follow_up.cause, between=between, now=market.now))
    after = market.keep(before, effects)
    market.log.append(f"followed {follow_up.cause} at {eic}: {len(effects)}")
    return Done(before, after, effects, None, follow_up.cause)


def _between_at(
    market: Market, here: tuple[AgreementFact, ...], kind: AgreementType, customer: str, commodity: Commodity
) -> tuple[AgreementFact, ...]:
    """Give the agreements of a type between parties that count at a point: at a border those of all its customers."""
    customers = {customer, *(a.customer_eic for a in here if a.type == A.BORDER_GRID)}
    return tuple(a for one in sorted(customers) for a in market.between(one, kind, commodity))


def _start(market: Market, *how: int) -> None:
    tell_started(market)


def tell_started(market: Market) -> list[int]:
    """Tell of the quiet general services that have started; give their ids."""
    started = [a for a in market.standing.values() if a.quiet and a.valid_from <= market.now]
    for one in started:
        market.standing[one.id] = replace(one, quiet=False)
    return [one.id for one in started]


_DOINGS: list[Callable[..., Done | None]] = [
    _nothing,
    _register,
    _register,
    _register,
    _register,
    _change,
    _change,
    _change,
    _delete,
    _follow,
    _follow,
    _follow,
    _start,
    wait,
    wait_long,
]


def _act(market: Market, direct: Effect, before: tuple[AgreementFact, ...]) -> Done | None:
    """Do an act that is right in itself, unless something then overlaps."""
    subject = direct.subject
    between: tuple[AgreementFact, ...] = ()
    if subject.type == A.BORDER_GRID:
        between = _between_at(market, (*before, subject), A.PORTFOLIO_SUPPLIER, subject.customer_eic, subject.commodity)
    elif subject.type in {A.GRID, A.SUPPLY}:
        owner = PLACES[subject.point_eic or ""].owner
        between = market.between(owner, A.NAMED_SUPPLIER, subject.commodity)
    outcome: Outcome = consequences.act(before, direct, between=between, now=market.now)
    if direct.after is not None and one_point.overlap_faults(direct.after, outcome.after, path=""):
        return None
    market.log.append(f"{direct.reason} {told(subject)}")
    after = market.keep(before, outcome.effects)
    cause = consequences.cause_of(direct)
    if subject.type in consequences.FOLLOWED:
        points = _reach(market, subject)
        market.waiting.append(FollowUp(subject.type, cause, subject.customer_eic, subject.commodity, points))
    return Done(before, after, outcome.effects, direct, cause)


def _reach(market: Market, between: AgreementFact) -> list[str]:
    """Give the points at which an agreement between parties makes a difference."""
    if between.type == A.NAMED_SUPPLIER:
        own = (between.customer_eic, between.commodity)
        return [eic for eic, place in REGULAR.items() if (place.owner, place.commodity) == own]
    return sorted({a.point_eic or "" for a in market.border_grids(between.customer_eic, between.commodity)})


def told(one: AgreementFact) -> str:
    """Give an agreement as a line to read."""
    ends = " ".join("…" if at is None else f"{at.astimezone(market_time.TALLINN):%m-%d}" for at in one.period)
    return f"{one.type} {one.point_eic} {one.service_provider_eic[4:]} {one.customer_eic[4:]} {ends} #{one.id}"


def _around(market: Market, subject: AgreementFact) -> tuple[AgreementFact, ...]:
    place = one_point.stands_at(subject)
    if place is None:
        return market.between(subject.customer_eic, subject.type, subject.commodity)
    return market.at(place)


def _pick(market: Market, which: int, *, later: bool = False) -> AgreementFact | None:
    """Pick an agreement that hands may touch, each type in its turn; for a delete one that starts later."""
    by_hand = [
        a
        for a in market.standing.values()
        if a.type not in {A.GENERAL_SERVICE, A.BORDER_SUPPLY}
        and a.id not in market.lasting
        and (a.valid_from > market.now if later else a.valid_now_or_later(market.now))
    ]
    kinds = [kind for kind in _PICKED if any(a.type == kind for a in by_hand)]
    if not kinds:
        return None
    of_kind = [a for a in by_hand if a.type == kinds[which % len(kinds)]]
    return of_kind[which // len(kinds) % len(of_kind)]


def _new_end(market: Market, standing: AgreementFact, end: int, days: int) -> datetime | None:
    if standing.type in dates.BETWEEN_PARTIES:
        return [None, *(market.month(n, standing.commodity) for n in (1, 2, 3, 4))][end % 5]
    around = market.at(one_point.stands_at(standing) or "")
    grid = one_point.grid_at_start(standing, [a for a in around if a.id != standing.id])
    if end % 4 == 0:
        return grid.valid_to if grid else None
    if end % 4 == 1:
        return market.day(days % 3, standing.commodity)
    first = max(standing.valid_from, market.day(0, standing.commodity))
    day = market_time.day_of(first, standing.commodity) + timedelta(days=LENGTHS[days % len(LENGTHS)])
    return market_time.day_start(day, standing.commodity)


def _end(market: Market, start: datetime, commodity: Commodity, length: int) -> datetime | None:
    if length % 3 == 0:
        return None
    day = market_time.day_of(start, commodity) + timedelta(days=LENGTHS[length % len(LENGTHS)])
    return market_time.day_start(day, commodity)


def _grid(market: Market, where: int, who: int, start: int, length: int) -> AgreementFact:
    # One that has ended is followed by another, or by one at a point that has none.
    free = [eic for eic in REGULAR if not any(a.type == A.GRID and a.valid_to is None for a in market.at(eic))]
    eic = (free or list(REGULAR))[where % len(free or REGULAR)]
    place = REGULAR[eic]
    ends = [a.valid_to for a in market.at(eic) if a.type == A.GRID and a.valid_to is not None]
    first = (
        max(ends)
        if ends and start % 2
        else market.day(STARTS[start % len(STARTS)] - (20 if who % 3 else 0), place.commodity)
    )
    return fact(
        A.GRID,
        place.owner,
        CUSTOMERS[who % 3],
        eic,
        first,
        None if length % 2 else _end(market, first, place.commodity, length),
        provider_role=place.owner_role,
        commodity=place.commodity,
    )


def _border_grid(market: Market, where: int, who: int, start: int, length: int) -> AgreementFact:
    eic = list(BORDERS)[where % len(BORDERS)]
    neighbours = [(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK), (ISLAND, Role.GRID_OPERATOR)]
    other, role = neighbours[who % 2] if eic == BRIDGE else (NORTH, Role.GRID_OPERATOR)
    first = market.day(STARTS[start % len(STARTS)] - 5, ELECTRICITY)
    last = _end(market, first, ELECTRICITY, length)
    return fact(A.BORDER_GRID, BORDERS[eic].owner, other, eic, first, last, customer_role=role)


def _inside(
    market: Market, eic: str, commodity: Commodity, start: int, length: int
) -> tuple[AgreementFact, datetime, datetime | None] | None:
    """Give a period for what is to stand on a point's GRID agreement, mostly one that lies inside it."""
    grids = [a for a in market.at(eic) if a.type == A.GRID and a.valid_now_or_later(market.now)]
    if not grids:
        return None
    grid = grids[length % len(grids)]
    first = max(grid.valid_from, market.day(STARTS[start % len(STARTS)], commodity))
    if commodity == GAS and start % 3:
        first = market.month(1 + start % 2, GAS)
    last = grid.valid_to if length % 2 else _end(market, first, commodity, length)
    if commodity == GAS and length % 3:
        last = market_time.day_start(
            market_time.add_months(market_time.day_of(first, GAS).replace(day=1), 1 + length % 2), GAS
        )
    return grid, first, last


def _supply(market: Market, where: int, who: int, start: int, length: int) -> AgreementFact | None:
    having = [eic for eic in REGULAR if any(a.type == A.GRID for a in market.at(eic))] or [HOUSE]
    eic = having[where % len(having)]
    commodity = REGULAR[eic].commodity
    found = _inside(market, eic, commodity, start, length)
    if found is None:
        return None
    grid, first, last = found
    provider = SUPPLIERS[who % len(SUPPLIERS)]
    return fact(A.SUPPLY, provider, grid.customer_eic, eic, first, last, commodity=commodity)


def _aggregation(market: Market, where: int, who: int, start: int, length: int) -> AgreementFact | None:
    eic = list(AGGREGATED)[where % len(AGGREGATED)]
    found = _inside(market, SHOP, ELECTRICITY, start, length)
    if found is None:
        return None
    grid, first, last = found
    return fact(A.AGGREGATION, AGGREGATED[eic].owner, grid.customer_eic, eic, first, last, parent=SHOP)


def _between(market: Market, where: int, who: int, start: int, length: int) -> AgreementFact:
    kind = [A.NAMED_SUPPLIER, A.PORTFOLIO_SUPPLIER, A.NAMED_SUPPLIER, A.NAMED_SUPPLIER, A.JOINT_INVOICE][who // 3 % 5]
    operators = [
        (SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, ELECTRICITY),
        (ISLAND, Role.GRID_OPERATOR, ELECTRICITY),
        (NORTH, Role.GRID_OPERATOR, ELECTRICITY),
        (NORTH, Role.GRID_OPERATOR, GAS),
    ]
    if kind == A.PORTFOLIO_SUPPLIER:
        # NORTH's portfolio provider stays.
        operators[2:] = [(STRANGER, Role.OPEN_SUPPLIER, ELECTRICITY)]
    operator, role, commodity = operators[where % len(operators)]
    first = market.month(1 + start % 4, commodity)
    last = None if length % 3 == 0 else market.month(2 + start % 4 + length % 3, commodity)
    provider = [NAMED, WIND, SUN][who % 3]
    return fact(kind, provider, operator, None, first, last, customer_role=role, commodity=commodity)
