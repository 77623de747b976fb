"""The agreements that the hub itself makes of others, for a market that is taken over whole.

Pure functions over the agreements of one market. Source: `1-market.md`, "What one agreement does to others".
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Role
from datahub.periods import Period, common, union

_SERVED_BY_NAMED_SUPPLIERS = (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)


def general_services(agreements: Sequence[AgreementFact]) -> list[AgreementFact]:
    """Give one GENERAL_SERVICE for each maximal part of a GRID agreement that no SUPPLY covers.

    It is cut where a NAMED_SUPPLIER agreement of the operator starts or ends; the named supplier there provides it,
    else the operator itself.
    """
    made = []
    for grid in _of(agreements, AgreementType.GRID):
        if grid.service_provider_role not in _SERVED_BY_NAMED_SUPPLIERS:
            continue
        supplies = [a.period for a in _of(agreements, AgreementType.SUPPLY) if a.point_eic == grid.point_eic]
        named = [
            a
            for a in _of(agreements, AgreementType.NAMED_SUPPLIER)
            if (a.customer_eic, a.commodity) == (grid.service_provider_eic, grid.commodity)
        ]
        for part in without(grid.period, supplies):
            for piece in cut(part, [a.period for a in named]):
                supplier = next((a for a in named if a.period.covers(piece)), None)
                made.append(
                    replace(
                        grid,
                        type=AgreementType.GENERAL_SERVICE,
                        agreement_id="",
                        service_provider_eic=supplier.service_provider_eic if supplier else grid.service_provider_eic,
                        service_provider_role=Role.OPEN_SUPPLIER if supplier else grid.service_provider_role,
                        valid_from=piece.start,
                        valid_to=piece.end,
                    )
                )
    return made


def border_supplies(agreements: Sequence[AgreementFact]) -> list[AgreementFact]:
    """Give a BORDER_SUPPLY for what a BORDER_GRID shares with each portfolio agreement of its customer."""
    made = []
    for border in _of(agreements, AgreementType.BORDER_GRID):
        for portfolio in _of(agreements, AgreementType.PORTFOLIO_SUPPLIER):
            shared = common(border.period, portfolio.period)
            of_the_customer = (portfolio.customer_eic, portfolio.customer_role, portfolio.commodity)
            if shared and of_the_customer == (border.customer_eic, border.customer_role, border.commodity):
                made.append(
                    replace(
                        border,
                        type=AgreementType.BORDER_SUPPLY,
                        agreement_id="",
                        service_provider_eic=portfolio.service_provider_eic,
                        service_provider_role=portfolio.service_provider_role,
                        valid_from=shared.start,
                        valid_to=shared.end,
                    )
                )
    return made


def _of(agreements: Iterable[AgreementFact], kind: AgreementType) -> list[AgreementFact]:
    return [agreement for agreement in agreements if agreement.type == kind]


def without(whole: Period, taken: Iterable[Period]) -> list[Period]:
    """Give the maximal parts of a period that none of the others covers."""
    parts, start = [], whole.start
    for period in union(shared for one in taken if (shared := common(whole, one))):
        if start < period.start:
            parts.append(Period(start, period.start))
        if period.end is None:
            return parts
        start = period.end
    if whole.end is None or start < whole.end:
        parts.append(Period(start, whole.end))
    return parts


def cut(whole: Period, borders: Iterable[Period]) -> list[Period]:
    """Cut a period where one of the others starts or ends inside it."""
    inside: set[datetime] = {
        instant
        for period in borders
        for instant in period
        if instant is not None and instant in whole and instant != whole.start
    }
    starts = [whole.start, *sorted(inside)]
    return [Period(start, end) for start, end in zip(starts, [*starts[1:], whole.end], strict=True)]
