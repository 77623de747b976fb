"""The recipients of network bills, and which bills of a message each is told.

Source: `3-distribution.md`, the row "network bill", and "What each sees": bills are split by bill, never inside one.
"""

from collections import defaultdict
from collections.abc import Sequence

from datahub.periods import Period, common
from distribution.rules.facts import Facts, Recipient
from distribution.rules.recipients import SUPPLYING, provider_of, without_sender


def told_of_bill(facts: Facts, period: Period, *, sender_eic: str) -> set[Recipient]:
    """Give who is told of the bill of a period: the supplier or general service then, or both, and their chains.

    A portfolio provider is told where its whole chain is valid at some time of the agreement's part of the period.
    """
    told = set()
    for fact in facts.at_point(*SUPPLYING):
        own = common(fact.period, period)
        if own is None:
            continue
        told.add(provider_of(fact))
        for provider_eic, role, standing in facts.portfolios.above(fact.service_provider_eic, fact.commodity):
            if standing.overlaps(own):
                told.add(Recipient(provider_eic, role, fact.commodity))
    return without_sender(told, sender_eic)


def share_out(facts: Facts, periods: Sequence[Period], *, sender_eic: str) -> list[tuple[list[int], list[Recipient]]]:
    """Sort a point's bills by who is told: the places of the bills of each content, with all who get just these.

    `periods` are those of the bills in the message's order. Each recipient stands once; one who gets no bill, nowhere.
    """
    places: dict[Recipient, list[int]] = defaultdict(list)
    for place, period in enumerate(periods):
        for recipient in told_of_bill(facts, period, sender_eic=sender_eic):
            places[recipient].append(place)
    alike: dict[tuple[int, ...], list[Recipient]] = defaultdict(list)
    for recipient in sorted(places):
        alike[tuple(places[recipient])].append(recipient)
    return [(list(shared), alike[shared]) for shared in sorted(alike)]
