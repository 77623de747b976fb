"""What must, and must not, stand at the same metering point. Source: `1-market.md`, "Agreements".

A stranger who guesses a point and a customer learns nothing: without a GRID agreement of that very customer at that
point everything is refused in the same words, whether the point exists or not.
"""

from collections.abc import Iterable
from datetime import datetime

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.dates import Surroundings, on_the_wire
from datahub.agreements.rules.parties import SUPPLIED_OWNER_ROLES
from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.market import AgreementType

_GRID = frozenset({AgreementType.GRID, AgreementType.BORDER_GRID})
_ON_GRID = frozenset({AgreementType.SUPPLY, AgreementType.AGGREGATION})


def excludes(one: AgreementFact, other: AgreementFact) -> bool:
    """Tell whether two agreements may never be valid at the same instant."""
    if one.type in _GRID and other.type in _GRID:
        return one.point_eic == other.point_eic
    if one.type != other.type:
        return False
    if one.type == AgreementType.AGGREGATION:
        other_company = one.service_provider_eic != other.service_provider_eic
        return one.point_eic == other.point_eic or (one.parent_point_eic == other.parent_point_eic and other_company)
    if one.type == AgreementType.JOINT_INVOICE:
        same_provider = one.service_provider_eic == other.service_provider_eic
        return same_provider and (one.customer_eic, one.commodity) == (other.customer_eic, other.commodity)
    if one.point_eic is None:
        return (one.customer_eic, one.commodity) == (other.customer_eic, other.commodity)
    return one.point_eic == other.point_eic


def overlap_faults(
    asked: AgreementFact, standing: Iterable[AgreementFact], *, sender_eic: str, path: str
) -> list[Fault]:
    """Give the fault of an agreement that would be valid at the same time as another that excludes it."""
    for other in standing:
        if other.id != asked.id and excludes(asked, other) and asked.period.overlaps(other.period):
            return [overlap_fault(asked, other, sender_eic=sender_eic, path=path)]
    return []


def overlap_fault(asked: AgreementFact, other: AgreementFact | None, *, sender_eic: str, path: str) -> Fault:
    """Give the fault of an agreement that overlaps another.

    When the other is valid is told to its parties, and of a supply to whoever sells to the same customer there. None:
    it was saved at the same instant.
    """
    type_ = other.type if other else asked.type
    which = phrase("another {0} agreement", type_)
    if other is not None and (
        sender_eic in (other.service_provider_eic, other.customer_eic)
        or (other.type == AgreementType.SUPPLY and other.customer_eic == asked.customer_eic)
    ):
        which = phrase("another {0} agreement ({1})", type_, _written(other))
    return fault(codes.OVERLAPPING_AGREEMENTS, f"{path}.validFrom", f"{path}.validTo", _written(asked), which)


def _written(agreement: AgreementFact) -> str:
    return phrase("{0} to {1}", on_the_wire(agreement.valid_from), on_the_wire(agreement.valid_to))


def stands_at(agreement: AgreementFact) -> str | None:
    """Give the point whose GRID agreement an agreement stands on: its own, for an aggregation the point above."""
    return agreement.parent_point_eic if agreement.type == AgreementType.AGGREGATION else agreement.point_eic


def grid_at_start(asked: AgreementFact, standing: Iterable[AgreementFact]) -> AgreementFact | None:
    """Give the same customer's GRID agreement that is valid when a supply or aggregation is to start."""
    return next(
        (
            grid
            for grid in standing
            if grid.type == AgreementType.GRID
            and grid.customer_eic == asked.customer_eic
            and grid.point_eic == stands_at(asked)
            and grid.valid_at(asked.valid_from)
        ),
        None,
    )


def inside_grid_faults(asked: AgreementFact, grid: AgreementFact | None, *, path: str) -> list[Fault]:
    """Give what is wrong with a supply or aggregation that does not lie, at both ends, inside its customer's GRID."""
    if asked.type not in _ON_GRID:
        return []
    where = stands_at(asked) or ""
    if grid is None:
        start = on_the_wire(asked.valid_from)
        return [fault(codes.AGREEMENT_WITHOUT_GRID, f"{path}.validFrom", start, asked.customer_eic, where)]
    faults = []
    if not grid.period.covers(asked.period):
        ends = on_the_wire(asked.valid_to), on_the_wire(grid.valid_to)
        faults.append(fault(codes.AGREEMENT_BEYOND_GRID, f"{path}.validTo", *ends))
    if asked.type == AgreementType.SUPPLY and grid.service_provider_role not in SUPPLIED_OWNER_ROLES:
        what = phrase("a point of a {0}", grid.service_provider_role)
        wanted = phrase("one of a {0}", any_of(SUPPLIED_OWNER_ROLES))
        faults.append(fault(codes.AGREEMENT_POINT_TYPE, f"{path}.meterEic", where, what, asked.type, wanted))
    return faults


def surroundings(asked: AgreementFact, standing: Iterable[AgreementFact], *, now: datetime) -> Surroundings:
    """Find what the dates of an agreement depend on among those that stand at its point, itself included.

    What stands at a point where the customer has no GRID agreement is nobody's business, and what stands on another
    GRID agreement of the point is no matter of this one.
    """
    around = list(standing)
    others = [other for other in around if other.id != asked.id]
    if asked.type in _ON_GRID:
        grid = grid_at_start(asked, others)
        # One that starts later would be deleted, as none may be that has started: after the start of a supply that is
        # registered up to 48 hours later another may have begun.
        another_then = grid is not None and any(
            other.type == asked.type
            and stands_at(other) == stands_at(asked)
            and (other.valid_at(asked.valid_from) or asked.valid_from <= other.valid_from <= now)
            for other in others
        )
        return Surroundings(grid=grid, another_then=another_then)
    today = market_time.day_start(now.astimezone(market_time.TALLINN).date(), asked.commodity)
    period = next((own.period for own in around if own.id == asked.id), asked.period)
    return Surroundings(
        stands_on_it=any(
            other.type in _ON_GRID and other.valid_from in period and other.valid_now_or_later(today)
            for other in others
        )
    )
