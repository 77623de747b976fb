"""What one agreement does to others. Source: `1-market.md`, "What one agreement does to others".

`act` takes all agreements of a point (with its aggregation points') and one act, and gives them as they are afterwards,
with every effect and its reason; their ids tell them apart, a new one's is 0. What a type does to others stands in
`_REACTIONS`; a type that is not there does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType
from datahub.periods import earlier_end


class Action(StrEnum):
    """What is done with an agreement."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Effect:
    """One agreement before and after, and the reason that messages name; None where it does not stand."""

    reason: str
    before: AgreementFact | None
    after: AgreementFact | None

    @property
    def action(self) -> Action:
        """What is done with the agreement."""
        if self.before is None:
            return Action.CREATE
        return Action.DELETE if self.after is None else Action.UPDATE


@dataclass(frozen=True, slots=True)
class Outcome:
    """All agreements afterwards, and every effect: the direct act first, then what it caused."""

    after: tuple[AgreementFact, ...]
    effects: tuple[Effect, ...]


def created(agreement: AgreementFact) -> Effect:
    """Give the act of registering an agreement."""
    return Effect(Action.CREATE, None, agreement)


def updated(before: AgreementFact, after: AgreementFact) -> Effect:
    """Give the act of changing an agreement."""
    return Effect(Action.UPDATE, before, after)


def deleted(agreement: AgreementFact) -> Effect:
    """Give the act of deleting an agreement."""
    return Effect(Action.DELETE, agreement, None)


def _caused(before: AgreementFact, after: AgreementFact | None, by: Effect) -> Effect:
    what = Action.DELETE if after is None else Action.UPDATE
    cause = by.after or by.before
    assert cause is not None  # noqa: S101  (an act has a before or an after)
    return Effect(f"{what}_BC_{cause.type}_{by.action}", before, after)


def _supply(others: Sequence[AgreementFact], direct: Effect) -> list[Effect]:
    """End the supply that is active when a new one starts; delete those that start inside it."""
    new = direct.after
    if direct.action != Action.CREATE or new is None:
        return []
    effects = []
    for other in others:
        if other.type != AgreementType.SUPPLY or other.point_eic != new.point_eic:
            continue
        if new.valid_from <= other.valid_from and other.valid_from in new.period:
            effects.append(_caused(other, None, direct))
        elif other.valid_at(new.valid_from):
            ended = replace(other, valid_to=new.valid_from, original_valid_to=new.valid_from)
            effects.append(_caused(other, ended, direct))
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


def _grid(others: Sequence[AgreementFact], direct: Effect) -> list[Effect]:
    """Shorten, grow back or delete what stands on a GRID agreement as it is shortened, extended or deleted."""
    grid, changed = direct.before, direct.after
    if grid is None:
        return []
    effects = []
    for other in _stand_on(grid, others):
        if changed is None or other.valid_from not in changed.period:
            effects.append(_caused(other, None, direct))
            continue
        end = earlier_end(other.valid_to, changed.valid_to)
        if end == other.valid_to and other.valid_to == grid.valid_to and _was_cut(other):
            end = earlier_end(other.original_valid_to, changed.valid_to)
        if end != other.valid_to:
            effects.append(_caused(other, replace(other, valid_to=end), direct))
    return effects


_REACTIONS: dict[AgreementType, Callable[[Sequence[AgreementFact], Effect], list[Effect]]] = {
    AgreementType.SUPPLY: _supply,
    AgreementType.GRID: _grid,
}


def act(before: Sequence[AgreementFact], direct: Effect) -> Outcome:
    """Give what comes of an act (`created`, `updated`, `deleted`) among the agreements of its point."""
    subject = direct.before or direct.after
    assert subject is not None  # noqa: S101  (an act has a before or an after)
    others = [agreement for agreement in before if agreement.id != subject.id]
    reaction = _REACTIONS.get(subject.type)
    effects = (direct, *(reaction(others, direct) if reaction else ()))
    touched = {effect.before.id for effect in effects if effect.before is not None}
    kept = [agreement for agreement in before if agreement.id not in touched]
    return Outcome((*kept, *(e.after for e in effects if e.after is not None)), effects)
