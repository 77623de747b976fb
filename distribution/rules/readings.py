"""The recipients of readings, and which of them each may see: its own agreement periods and nothing outside.

Source: `3-distribution.md`, the row "readings", and "What each sees".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, MeteringPointType
from datahub.periods import Period, common, union
from distribution.rules.facts import Facts, Recipient
from distribution.rules.recipients import provider_of

_ON_THE_POINT = (AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY, AgreementType.GENERAL_SERVICE)

Cut = tuple[Period, ...]


def _entitling(facts: Facts) -> Iterable[AgreementFact]:
    """Give the agreements whose providers are told of the point's readings."""
    assert facts.point is not None  # noqa: S101 - readings have their point
    if facts.point.type == MeteringPointType.AGGREGATION:
        return facts.at_parent(AgreementType.SUPPLY)
    return [*facts.at_point(*_ON_THE_POINT), *facts.below_point(AgreementType.AGGREGATION)]


def entitled_to_readings(facts: Facts, span: Period, *, sender_eic: str) -> dict[Recipient, Cut]:
    """Give who is told of readings in a span, each with the parts of the span that it may see.

    A portfolio provider sees the intersection along its whole chain; with several grounds one sees the union. Nobody is
    here who may see nothing; the sender is left out in all its roles.
    """
    seen: dict[Recipient, list[Period]] = defaultdict(list)
    for fact in _entitling(facts):
        own = common(fact.period, span)
        if own is None:
            continue
        seen[provider_of(fact)].append(own)
        for provider_eic, role, period in facts.portfolios.above(fact.service_provider_eic, fact.commodity):
            shared = common(own, period)
            if shared is not None:
                seen[Recipient(provider_eic, role, fact.commodity)].append(shared)
    return {
        recipient: tuple(union(periods))
        for recipient, periods in seen.items()
        if recipient.participant_eic != sender_eic
    }


@dataclass(frozen=True, slots=True)
class Share:
    """One element of a message of readings and what some recipients see of it; `cut` None: the whole element."""

    element: int
    cut: Cut | None


def share_out(
    entitled: Iterable[tuple[int, Period, dict[Recipient, Cut]]],
) -> list[tuple[frozenset[Recipient], list[Share]]]:
    """Sort a message's elements by exactly who sees exactly what, so that each share is told in one content.

    Takes for each element its place in the message, its span and who is entitled to which parts. Gives groups of
    recipients, each with the shares that all of them and nobody else sees, in the message's order.
    """
    groups: dict[frozenset[Recipient], list[Share]] = defaultdict(list)
    for element, span, cuts in entitled:
        alike: dict[Cut | None, list[Recipient]] = defaultdict(list)
        for recipient, cut in cuts.items():
            alike[None if cut == (span,) else cut].append(recipient)
        for cut_or_whole, recipients in alike.items():
            groups[frozenset(recipients)].append(Share(element, cut_or_whole))
    return list(groups.items())
