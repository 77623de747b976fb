"""Who may see what, as pure rules. Source: `1-market.md`, "Who may see what"."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from datahub import market_time
from datahub.market import AgreementType, Role, SourceType
from datahub.periods import ALL_TIME, Period, common, intersect, union

# An agreement gives its service provider a ground for so long after its end, and its supplier readings so far back.
GROUND_MONTHS = 12
# The types whose service provider has the ground AGREEMENT: suppliers, named suppliers, aggregators.
HOLDER_TYPES = frozenset(
    {AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY, AgreementType.GENERAL_SERVICE, AgreementType.AGGREGATION}
)
# The roles of providers whose portfolio providers know their customers too. Of a grid operator that provides the
# general service itself they see that it serves somebody, and not whom. `3-distribution.md`, "What each sees".
NAMING_ROLES = frozenset({Role.OPEN_SUPPLIER, Role.AGGREGATOR})
# The types whose provider sees the aggregation points under its point too; their readings a supplier alone.
SUPPLIER_TYPES = frozenset({AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY, AgreementType.GENERAL_SERVICE})
GRID_TYPES = frozenset({AgreementType.GRID, AgreementType.BORDER_GRID})

PartyKey = TypeVar("PartyKey", bound=Hashable)


def ground_since(now: datetime) -> datetime:
    """Give the instant before which an agreement must not have ended to be a ground now."""
    return market_time.months_before(now, GROUND_MONTHS)


class Portfolio(NamedTuple):
    """A PORTFOLIO_SUPPLIER agreement: the provider in whose portfolio a party stands, and when."""

    provider: Hashable
    member: Hashable
    period: Period


def portfolio_members(provider: PartyKey, portfolios: Iterable[Portfolio]) -> dict[PartyKey, list[Period]]:
    """Give everyone in a provider's portfolio, at every level, with the times in which the whole chain holds.

    A circle in the agreements ends the walk where it would come back to what it has covered.
    """
    below: dict[Hashable, list[Portfolio]] = defaultdict(list)
    for portfolio in portfolios:
        below[portfolio.provider].append(portfolio)
    members: dict[PartyKey, list[Period]] = {}
    to_walk: list[tuple[PartyKey, Period]] = [(provider, ALL_TIME)]
    while to_walk:
        party, within = to_walk.pop()
        for portfolio in below[party]:
            member: PartyKey = portfolio.member  # type: ignore[assignment]  # members are keyed as providers are
            shared = common(portfolio.period, within)
            known = members.get(member, [])
            if shared is None or member == provider or any(period.covers(shared) for period in known):
                continue
            members[member] = union([*known, shared])
            to_walk.append((member, shared))
    return members


@dataclass(frozen=True, slots=True)
class Holding:
    """An agreement of a supplier, named supplier or aggregator, as far as it is a ground for one point's readings.

    `own` says that the reader is its provider itself; else `chain` has the times in which the provider stood in the
    reader's portfolio. `grid` are the periods of the GRID agreements of the same customer at the very point, for a
    SUPPLY there.
    """

    type: AgreementType
    period: Period
    own: bool
    chain: tuple[Period, ...] = ()
    grid: tuple[Period, ...] = ()


def readable_periods(holding: Holding, *, now: datetime) -> list[Period]:
    """Give the periods of which a holding lets its reader see readings now.

    Its own period, unless it starts later or ended more than 12 months ago; an active supply also the 12 months before
    now under the same customer's GRID agreement; through a portfolio its own period within the chain's.
    """
    since = ground_since(now)
    periods = [holding.period] if holding.own else intersect([holding.period], holding.chain)
    periods = [p for p in periods if p.start <= now and (p.end is None or p.end >= since)]
    if holding.own and holding.type == AgreementType.SUPPLY and now in holding.period:
        periods += intersect([Period(since, now)], holding.grid)
    return union(periods)


GROUND_ORDER = (SourceType.OWNERSHIP, SourceType.AGREEMENT, SourceType.BALANCE_STATE, SourceType.PERMISSION)


def in_order(grounds: Iterable[SourceType]) -> list[SourceType]:
    """Give grounds once each, the widest first."""
    kept = set(grounds)
    return [ground for ground in GROUND_ORDER if ground in kept]
