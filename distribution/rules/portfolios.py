"""Portfolio chains: in whose portfolio a participant stands, at every level, and when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from datahub.agreements.facts import AgreementFact
from datahub.periods import ALL_TIME, Period, common


class Standing(NamedTuple):
    """A portfolio provider above a participant, in its role, and a time in which the whole chain to it is valid."""

    provider_eic: str
    role: str
    period: Period


class Portfolios:
    """The PORTFOLIO_SUPPLIER agreements that one save knew; chains may be of any length and even go round."""

    def __init__(self, agreements: Iterable[AgreementFact]) -> None:
        self._above: dict[tuple[str, str], list[AgreementFact]] = defaultdict(list)
        for fact in dict.fromkeys(agreements):
            self._above[fact.customer_eic, fact.commodity].append(fact)
        self._standings: dict[tuple[str, str], tuple[Standing, ...]] = {}

    def above(self, participant_eic: str, commodity: str) -> tuple[Standing, ...]:
        """Give every portfolio provider above a participant, at all levels, with the times of its chains."""
        key = participant_eic, commodity
        if key not in self._standings:
            self._standings[key] = tuple(dict.fromkeys(self._climb(participant_eic, commodity, ALL_TIME, frozenset())))
        return self._standings[key]

    def _climb(self, participant: str, commodity: str, during: Period, below: frozenset[str]) -> Iterable[Standing]:
        below |= {participant}
        for fact in self._above.get((participant, commodity), ()):
            period = common(during, fact.period)
            if period is not None and fact.service_provider_eic not in below:
                yield Standing(fact.service_provider_eic, fact.service_provider_role, period)
                yield from self._climb(fact.service_provider_eic, commodity, period, below)

    def above_at(self, participant_eic: str, commodity: str, instant: datetime) -> set[tuple[str, str]]:
        """Give the providers above a participant at an instant, each as (EIC, role); none whose turn is not then."""
        return {(s.provider_eic, s.role) for s in self.above(participant_eic, commodity) if instant in s.period}
