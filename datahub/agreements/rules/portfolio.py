"""Who stands in whose portfolio. Source: `1-market.md`, "Agreements"."""

from collections.abc import Iterable
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.dates import on_the_wire
from datahub.agreements.rules.parties import NEEDS_PORTFOLIO_PROVIDER
from datahub.errors import Fault, codes, fault
from datahub.market import AgreementType
from datahub.periods import Period, common

_WITH_PORTFOLIO_PROVIDER = frozenset({AgreementType.GRID, AgreementType.SUPPLY, AgreementType.AGGREGATION})


def provider_faults(
    asked: AgreementFact, portfolios: Iterable[AgreementFact], *, now: datetime, path: str
) -> list[Fault]:
    """Give the fault of a service provider without a portfolio provider when its agreement begins to count.

    That is its start, or now if it starts earlier.
    """
    if asked.type not in _WITH_PORTFOLIO_PROVIDER or asked.service_provider_role not in NEEDS_PORTFOLIO_PROVIDER:
        return []
    when = max(asked.valid_from, now)
    for portfolio in portfolios:
        if (
            portfolio.type == AgreementType.PORTFOLIO_SUPPLIER
            and portfolio.customer_eic == asked.service_provider_eic
            and portfolio.commodity == asked.commodity
            and portfolio.valid_at(when)
        ):
            return []
    provider = asked.service_provider_eic
    return [fault(codes.NO_PORTFOLIO_PROVIDER, f"{path}.serviceProviderEic", provider, on_the_wire(when))]


def cycle_faults(asked: AgreementFact, portfolios: Iterable[AgreementFact], *, path: str) -> list[Fault]:
    """Give the fault of a portfolio agreement by which its provider would, at some time, stand in its own portfolio."""
    if asked.type != AgreementType.PORTFOLIO_SUPPLIER:
        return []
    others = [p for p in portfolios if p.id != asked.id and p.commodity == asked.commodity]
    walked: set[tuple[str, Period]] = set()
    to_walk = [(asked.service_provider_eic, asked.period)]
    while to_walk:
        step = to_walk.pop()
        if step in walked:
            continue
        walked.add(step)
        party, within = step
        for portfolio in others:
            shared = common(portfolio.period, within) if portfolio.customer_eic == party else None
            if shared is None:
                continue
            if portfolio.service_provider_eic == asked.customer_eic:
                ends = asked.service_provider_eic, asked.customer_eic, on_the_wire(shared.start)
                return [fault(codes.PORTFOLIO_CYCLE, f"{path}.customerEic", *ends)]
            to_walk.append((portfolio.service_provider_eic, shared))
    return []
