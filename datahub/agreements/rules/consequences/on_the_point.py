"""What a SUPPLY does to other supplies, and a GRID agreement to the supplies and aggregations that stand on it."""

from collections.abc import Sequence
from dataclasses import replace

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.consequences.effects import Action, Effect, cause_of, caused
from datahub.market import AgreementType
from datahub.periods import earlier_end


def after_supply(others: Sequence[AgreementFact], direct: Effect) -> list[Effect]:
    """End the supply that is active when a new one starts; delete those that start inside it."""
    new = direct.after
    if direct.action != Action.CREATE or new is None:
        return []
    effects = []
    for other in others:
        if other.type != AgreementType.SUPPLY or other.point_eic != new.point_eic:
            continue
        if new.valid_from <= other.valid_from and other.valid_from in new.period:
            effects.append(caused(other, None, by=cause_of(direct)))
        elif other.valid_at(new.valid_from):
            ended = replace(other, valid_to=new.valid_from, original_valid_to=new.valid_from)
            effects.append(caused(other, ended, by=cause_of(direct)))
    return effects


def _stand_on(grid: AgreementFact, others: Sequence[AgreementFact]) -> list[AgreementFact]:
    """Give the supplies and aggregations that stand on a GRID agreement."""
    return [
        other
        for other in others
        if other.valid_from in grid.period
        and (
            (other.type == AgreementType.SUPPLY and other.point_eic == grid.point_eic)
            or (other.type == AgreementType.AGGREGATION and other.parent_point_eic == grid.point_eic)
        )
    ]


def _was_cut(agreement: AgreementFact) -> bool:
    """Tell whether it now ends before its own original end."""
    return agreement.valid_to != agreement.original_valid_to and agreement.valid_to == earlier_end(
        agreement.valid_to, agreement.original_valid_to
    )


def after_grid(others: Sequence[AgreementFact], direct: Effect) -> list[Effect]:
    """Shorten, grow back or delete what stands on a GRID agreement as it is shortened, extended or deleted."""
    grid, changed = direct.before, direct.after
    if grid is None:
        return []
    effects = []
    for other in _stand_on(grid, others):
        if changed is None or other.valid_from not in changed.period:
            effects.append(caused(other, None, by=cause_of(direct)))
            continue
        end = earlier_end(other.valid_to, changed.valid_to)
        if end == other.valid_to and other.valid_to == grid.valid_to and _was_cut(other):
            end = earlier_end(other.original_valid_to, changed.valid_to)
        if end != other.valid_to:
            effects.append(caused(other, replace(other, valid_to=end), by=cause_of(direct)))
    return effects
