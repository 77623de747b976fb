"""A market without a database, and random histories of acts in it: what the services do, of pure rules alone.

A history is a list of steps, each of six whole numbers: what is done, and of which point, party and day, all counted
from what then stands. Every list of steps is a history. A step of zeros does nothing, so a failing history can shrink.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences, dates, one_point, portfolio
from datahub.agreements.rules.consequences import Effect, Outcome
from datahub.market import AgreementType, Commodity
from tests.agreements.asking import PLACES, REGULAR, beginning, change, deletion, opening, registration

A = AgreementType
Step = tuple[int, int, int, int, int, int]
# Both lie some weeks before a clock change.
SPRING, AUTUMN = (
    datetime(2026, 3, 2, 10, tzinfo=market_time.TALLINN),
    datetime(2026, 10, 1, 23, tzinfo=market_time.TALLINN),
)


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
    if direct.after is not None and one_point.overlap_faults(direct.after, outcome.after, sender_eic="", path=""):
        assert direct.before is not None or subject.type != A.SUPPLY, "a new supply makes room for itself"
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
