"""The recipients of metering points and agreements: the table of `3-distribution.md`, "Recipients", row by row.

Each row gives grounds: who is told, whether as a service provider (then its portfolio providers are told too), and the
time at which its portfolio chain is read. Who is entitled before the save or after it is told: the facts hold both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, MeteringPointType, Role
from distribution.rules.facts import Facts, Recipient

SUPPLYING = (AgreementType.SUPPLY, AgreementType.GENERAL_SERVICE)
GRIDS = (AgreementType.GRID, AgreementType.BORDER_GRID)
MADE_BY_THE_HUB = (AgreementType.GENERAL_SERVICE, AgreementType.BORDER_SUPPLY)
# On the parent of an aggregation point: whom an aggregation that overlaps one of these concerns.
_CONCERNED_BY_AGGREGATION = (AgreementType.GENERAL_SERVICE, AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY)


@dataclass(frozen=True, slots=True)
class Ground:
    """Why someone is told. `chain_at` is the time at which its portfolio chain is read; None: its chain is not told."""

    recipient: Recipient
    chain_at: datetime | None = None


def provider_of(fact: AgreementFact) -> Recipient:
    """Give the service provider of an agreement, in its role."""
    return Recipient(fact.service_provider_eic, fact.service_provider_role, fact.commodity)


def chain_of(ground: Ground, facts: Facts) -> set[Recipient]:
    """Give the portfolio providers, at every level, of one who is told."""
    if ground.chain_at is None:
        return set()
    eic, _, commodity = ground.recipient
    return {Recipient(*above, commodity) for above in facts.portfolios.above_at(eic, commodity, ground.chain_at)}


def with_chains(grounds: Iterable[Ground], facts: Facts) -> set[Recipient]:
    """Give everyone who is told on some grounds: those themselves and their portfolio providers."""
    told = set()
    for ground in grounds:
        told.add(ground.recipient)
        told |= chain_of(ground, facts)
    return told


def without_sender(recipients: Iterable[Recipient], sender_eic: str) -> set[Recipient]:
    """Leave the sender out, as a participant in all its roles: what it saved itself does not come back to it."""
    return {recipient for recipient in recipients if recipient.participant_eic != sender_eic}


def _as_provider(fact: AgreementFact, facts: Facts) -> Ground:
    return Ground(provider_of(fact), chain_at=max(facts.saved_at, fact.valid_from))


def _providers(agreements: Iterable[AgreementFact], facts: Facts) -> list[Ground]:
    """Give those who provide under agreements valid now or later."""
    return [_as_provider(fact, facts) for fact in agreements if fact.valid_now_or_later(facts.saved_at)]


def _customer(fact: AgreementFact) -> list[Ground]:
    """Give the customer, where it stands in the agreement in a market role (others scan nothing)."""
    if not fact.customer_role:
        return []
    return [Ground(Recipient(fact.customer_eic, fact.customer_role, fact.commodity))]


# --- metering points ----------------------------------------------------------------------------------------------


def told_of_point(facts: Facts, *, sender_eic: str) -> set[Recipient]:
    """Give the recipients of a change of a metering point."""
    assert facts.point is not None  # noqa: S101 - a point's change has its point
    if facts.point.type == MeteringPointType.BORDER:
        standing = [f for f in facts.at_point(AgreementType.BORDER_GRID) if f.valid_now_or_later(facts.saved_at)]
        grounds = [ground for fact in standing for ground in _customer(fact)]
    elif facts.point.type == MeteringPointType.AGGREGATION:
        grounds = _providers(facts.at_parent(*SUPPLYING), facts)
    else:
        aggregations = facts.below_point(AgreementType.AGGREGATION)
        grounds = _providers([*facts.at_point(*SUPPLYING), *aggregations], facts)
    return without_sender(with_chains(grounds, facts), sender_eic)


# --- agreements ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgreementChange:
    """A change of one agreement: as it was, as it is, what was done (CREATE, UPDATE, DELETE), and whether by another.

    One of `before` and `after` may be None.
    """

    what: str
    because_of_another: bool
    before: AgreementFact | None
    after: AgreementFact | None

    @property
    def states(self) -> list[AgreementFact]:
        """The agreement before and after, as far as it then stood."""
        return [fact for fact in (self.before, self.after) if fact is not None]

    @property
    def fact(self) -> AgreementFact:
        """The agreement as it is told: as it is, or as it was before it was deleted."""
        fact = self.after or self.before
        assert fact is not None  # noqa: S101 - a change has at least one side
        return fact

    @property
    def saved_by_hand(self) -> bool:
        """Whether the sender saved this object itself; else the hub did it, and the sender is told too."""
        return not self.because_of_another and self.fact.type not in MADE_BY_THE_HUB


def _grid(change: AgreementChange, facts: Facts) -> list[Ground]:
    if change.what == "CREATE":
        return []
    suppliers = facts.at_point(AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY)
    return _providers([*suppliers, *facts.below_point(AgreementType.AGGREGATION)], facts)


def _operator(facts: Facts) -> list[Ground]:
    return [Ground(facts.point.operator)] if facts.point else []


def _supply(change: AgreementChange, facts: Facts) -> list[Ground]:
    return _operator(facts)


def _aggregation(change: AgreementChange, facts: Facts) -> list[Ground]:
    concerned = [
        fact
        for fact in facts.at_parent(*_CONCERNED_BY_AGGREGATION)
        if any(fact.period.overlaps(state.period) for state in change.states)
    ]
    return [*(_as_provider(fact, facts) for fact in concerned), *_operator(facts)] if concerned else []


def _parties(change: AgreementChange, facts: Facts) -> list[Ground]:
    return [Ground(provider_of(change.fact)), *_customer(change.fact)]


def _general_service(change: AgreementChange, facts: Facts) -> list[Ground]:
    return [Ground(provider_of(change.fact)), *_operator(facts)]


def _border_supply(change: AgreementChange, facts: Facts) -> list[Ground]:
    return [*_parties(change, facts), *_operator(facts)]


_DIRECT: dict[AgreementType, Callable[[AgreementChange, Facts], list[Ground]]] = {
    AgreementType.GRID: _grid,
    AgreementType.BORDER_GRID: _grid,
    AgreementType.SUPPLY: _supply,
    AgreementType.AGGREGATION: _aggregation,
    AgreementType.PORTFOLIO_SUPPLIER: _parties,
    AgreementType.NAMED_SUPPLIER: _parties,
    AgreementType.JOINT_INVOICE: _parties,
    AgreementType.GENERAL_SERVICE: _general_service,
    AgreementType.BORDER_SUPPLY: _border_supply,
}


@dataclass(frozen=True, slots=True)
class View:
    """Which of the two parties of an agreement a recipient sees; everything else is seen by everyone told."""

    customer: bool
    provider: bool

    def wider(self, other: "View") -> "View":
        """Give what is seen with both."""
        return View(self.customer or other.customer, self.provider or other.provider)


FULL = View(customer=True, provider=True)


def _own_chain(change: AgreementChange, facts: Facts) -> set[Recipient]:
    """Give the portfolio providers of the agreement's own service provider, who are always told of it."""
    return {above for state in change.states for above in chain_of(_as_provider(state, facts), facts)}


def _partial_view(recipient: Recipient, change: AgreementChange, facts: Facts) -> View:
    """Give what one sees who is not of the agreement: the customer it serves there, and that customer's operator."""
    fact = change.fact
    serves = any(
        provider_of(other) == recipient
        and other.customer_eic == fact.customer_eic
        and other.valid_now_or_later(facts.saved_at)
        for other in facts.agreements
    )
    return View(customer=serves, provider=serves and fact.type in GRIDS)


def told_of_agreement(change: AgreementChange, facts: Facts, *, sender_eic: str) -> dict[Recipient, View]:
    """Give the recipients of a change of an agreement, each with the widest view that it has on any ground."""
    fact = change.fact
    direct = _DIRECT[fact.type](change, facts)
    own_chain = _own_chain(change, facts)
    if change.because_of_another:
        direct = [*direct, Ground(provider_of(fact))]
    elif fact.type == AgreementType.AGGREGATION and not direct:
        return {}
    seen_in_full = {provider_of(fact)}
    if fact.customer_role:
        seen_in_full.add(Recipient(fact.customer_eic, fact.customer_role, fact.commodity))
    if facts.point is not None:
        seen_in_full.add(facts.point.operator)
    if fact.service_provider_role in (Role.OPEN_SUPPLIER, Role.AGGREGATOR):
        seen_in_full |= own_chain
    told = with_chains(direct, facts) | own_chain
    if change.saved_by_hand:
        told = without_sender(told, sender_eic)
    return {
        recipient: FULL if recipient in seen_in_full else _partial_view(recipient, change, facts) for recipient in told
    }
