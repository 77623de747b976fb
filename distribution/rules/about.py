"""Whose data a message tells, and on which ground each recipient is told: what the log of tellings keeps of it.

A document of readings asks this of hundreds of points: periods are compared here without making new ones.
Source: `1-market.md`, "Who may see what".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, MeteringPointType, SourceType
from datahub.periods import Period, common
from distribution.rules.customers import Provider
from distribution.rules.facts import Facts, PointFact, Recipient
from distribution.rules.recipients import GRIDS, AgreementChange, provider_of

# Whose customer the readings and bills of a point belong to; the last at an aggregation point.
_CUSTOMERS_OF_POINTS = frozenset({*GRIDS, AgreementType.AGGREGATION})


class About(NamedTuple):
    """Of whose data a message tells: a customer's, at a point (None: of no point); to each recipient on which ground.

    `covers` runs from the least start to the greatest end of what is told of the customer's time, None for what has no
    time. `authorization` is the customer's own that is told, its id.
    """

    customer_eic: str
    point_eic: str | None
    grounds: Mapping[Recipient, SourceType]
    covers: Period | None = None
    authorization: str | None = None


class Part(NamedTuple):
    """A time in which a point was one customer's."""

    customer_eic: str
    period: Period


def customer_parts(facts: Facts, told: Iterable[Period]) -> list[Part]:
    """Sort the periods that are told of a point by whose they are; time in which it was nobody's is left out."""
    eic = facts.point.eic if facts.point else None
    agreements = [f for f in facts.agreements if f.type in _CUSTOMERS_OF_POINTS and f.point_eic == eic]
    return [
        Part(fact.customer_eic, own)
        for period in told
        for fact in agreements
        if (own := period if _covers(fact, period) else common(period, fact.period)) is not None
    ]


def _covers(fact: AgreementFact, period: Period) -> bool:
    return fact.valid_from <= period.start and (
        fact.valid_to is None or (period.end is not None and period.end <= fact.valid_to)
    )


def _overlaps(fact: AgreementFact, period: Period) -> bool:
    starts_before = period.end is None or fact.valid_from < period.end
    return starts_before and (fact.valid_to is None or period.start < fact.valid_to)


def _hull(one: Period, other: Period) -> Period:
    """Give the time from the earlier start to the later end; without an end where one has none."""
    end = None if one.end is None or other.end is None else max(one.end, other.end)
    return Period(min(one.start, other.start), end)


def customers_of_point(facts: Facts) -> set[str]:
    """Give the customer of a point at the save; of an aggregation point, where it has none, its parent's."""

    def at(agreements: Iterable[AgreementFact]) -> set[str]:
        return {fact.customer_eic for fact in agreements if fact.valid_at(facts.saved_at)}

    if facts.point is not None and facts.point.type == MeteringPointType.AGGREGATION:
        return at(facts.at_point(AgreementType.AGGREGATION)) or at(facts.at_parent(*GRIDS))
    return at(facts.at_point(*GRIDS))


# --- grounds ------------------------------------------------------------------------------------------------------


def _owner(point: PointFact) -> Recipient:
    return Recipient(point.owner_eic, point.owner_role, point.commodity)


def _owners(facts: Facts) -> set[Recipient]:
    """Give who owns the point, and its parent."""
    if facts.point is None:
        return set()
    if facts.point.parent is None:
        return {_owner(facts.point)}
    return {_owner(facts.point), _owner(facts.point.parent)}


def _parties(agreements: Iterable[AgreementFact]) -> set[Recipient]:
    """Give both sides of agreements, the customer where it stands there in a market role."""
    found = set()
    for fact in agreements:
        found.add(provider_of(fact))
        if fact.customer_role:
            found.add(Recipient(fact.customer_eic, fact.customer_role, fact.commodity))
    return found


def grounds_of(
    recipients: Iterable[Recipient], *, owning: Collection[Recipient], agreed: Collection[Recipient]
) -> dict[Recipient, SourceType]:
    """Give each recipient the widest of its grounds: its own point, an agreement there, else its portfolio."""
    return {
        recipient: SourceType.OWNERSHIP
        if recipient in owning
        else SourceType.AGREEMENT
        if recipient in agreed
        else SourceType.BALANCE_STATE
        for recipient in recipients
    }


# --- each kind of message -----------------------------------------------------------------------------------------


def about_times(facts: Facts, told: Sequence[Part], recipients: Iterable[Recipient]) -> list[About]:
    """Say of a point's readings or bills whose they are, for those who are told the same parts of customers' time.

    One has the ground AGREEMENT for a customer's time in which an agreement of its own at the point, under it or at its
    parent is valid; else it is told through its portfolio.
    """
    covers: dict[str, Period] = {}
    for customer, part in told:
        known = covers.get(customer)
        covers[customer] = part if known is None else _hull(known, part)
    eic, owning = facts.point.eic if facts.point else None, _owners(facts)
    about = []
    for customer, period in covers.items():
        agreed = _parties([fact for fact in facts.agreements if _overlaps(fact, period)])
        about.append(About(customer, eic, grounds_of(recipients, owning=owning, agreed=agreed), period))
    return about


def about_point(facts: Facts, recipients: Iterable[Recipient]) -> list[About]:
    """Say of a metering point that was saved whose it is."""
    agreed = _parties(_standing(facts.agreements, facts.saved_at))
    grounds = grounds_of(recipients, owning=_owners(facts), agreed=agreed)
    eic = facts.point.eic if facts.point else None
    return [About(customer, eic, grounds) for customer in sorted(customers_of_point(facts))]


def about_agreement(change: AgreementChange, facts: Facts, recipients: Iterable[Recipient]) -> list[About]:
    """Say of an agreement that was made, moved or deleted whose it is; one without a point is of no customer's data."""
    if change.fact.point_eic is None:
        return []
    beside = [fact for fact in facts.agreements if any(_overlaps(fact, state.period) for state in change.states)]
    agreed = _parties([*change.states, *beside, *_standing(facts.agreements, facts.saved_at)])
    grounds = grounds_of(recipients, owning=_owners(facts), agreed=agreed)
    return [About(change.fact.customer_eic, change.fact.point_eic, grounds)]


def _standing(agreements: Iterable[AgreementFact], now: datetime) -> list[AgreementFact]:
    return [fact for fact in agreements if fact.valid_now_or_later(now)]


def about_customer(customer_eic: str, providers: Iterable[Provider], recipients: Iterable[Recipient]) -> list[About]:
    """Say of a customer's own data on which ground it is told: to its grid operator as such, else by agreement.

    As reads of it are logged (`customer/search`).
    """
    providers = list(providers)
    operating = {provider.recipient for provider in providers if provider.type in GRIDS}
    agreed = {provider.recipient for provider in providers}
    return [About(customer_eic, None, grounds_of(recipients, owning=operating, agreed=agreed))]


def about_permission(
    customer_eic: str, point_eic: str, authorization: str, recipients: Iterable[Recipient]
) -> list[About]:
    """Say of a customer's authorization whose it is; it is told on the ground that it gives itself."""
    grounds = dict.fromkeys(recipients, SourceType.PERMISSION)
    return [About(customer_eic, point_eic, grounds, authorization=authorization)]
