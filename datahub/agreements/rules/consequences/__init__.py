"""What one agreement does to others. Source: `1-market.md`, "What one agreement does to others".

`act` takes all agreements of a point (with its aggregation points') and one act there, `follow` an act between two
parties that reaches the point; both give every effect with its reason. Ids tell agreements apart, a new one's is 0.
What a type does to others stands in `_AT_THE_POINT` and `_MADE_ANEW`; a type in neither does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.consequences import made_by_hub, on_the_point
from datahub.agreements.rules.consequences.effects import Action, Effect, cause_of, created, deleted, updated
from datahub.market import AgreementType

__all__ = ["FOLLOWED", "Action", "Effect", "Outcome", "act", "cause_of", "created", "deleted", "follow", "updated"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All agreements of the point afterwards, and every effect: the direct act first, then what it caused."""

    after: tuple[AgreementFact, ...]
    effects: tuple[Effect, ...]


_AT_THE_POINT: dict[AgreementType, Callable[[Sequence[AgreementFact], Effect], list[Effect]]] = {
    AgreementType.SUPPLY: on_the_point.after_supply,
    AgreementType.GRID: on_the_point.after_grid,
}
# What the hub makes anew after an act on an agreement of a type.
_MADE_ANEW = {
    AgreementType.GRID: AgreementType.GENERAL_SERVICE,
    AgreementType.SUPPLY: AgreementType.GENERAL_SERVICE,
    AgreementType.NAMED_SUPPLIER: AgreementType.GENERAL_SERVICE,
    AgreementType.BORDER_GRID: AgreementType.BORDER_SUPPLY,
    AgreementType.PORTFOLIO_SUPPLIER: AgreementType.BORDER_SUPPLY,
}
# The types without a point whose acts reach many points.
FOLLOWED = frozenset({AgreementType.NAMED_SUPPLIER, AgreementType.PORTFOLIO_SUPPLIER})


def act(
    before: Sequence[AgreementFact], direct: Effect, *, between: Sequence[AgreementFact] = (), now: datetime
) -> Outcome:
    """Give what comes of an act (`created`, `updated`, `deleted`) among the agreements of its point.

    `between` are the agreements between parties that count there: the operator's NAMED_SUPPLIER agreements, or the
    PORTFOLIO_SUPPLIER agreements of a BORDER_GRID's customer.
    """
    kind = direct.subject.type
    others = [agreement for agreement in before if agreement.id != direct.subject.id]
    effects = [direct]
    if kind in _AT_THE_POINT:
        effects += _AT_THE_POINT[kind](others, direct)
    if kind not in FOLLOWED:
        effects += follow(_after(before, effects), kind, cause_of(direct), between=between, now=now)
    return Outcome(_after(before, effects), tuple(effects))


def follow(
    standing: Sequence[AgreementFact],
    kind: AgreementType,
    cause: str,
    *,
    between: Sequence[AgreementFact],
    now: datetime,
) -> list[Effect]:
    """Give what the hub makes anew at a point after an act on an agreement of a type; `cause` is `cause_of` the act."""
    match _MADE_ANEW.get(kind):
        case AgreementType.GENERAL_SERVICE:
            return made_by_hub.general_services_anew(standing, between, by=cause, now=now)
        case AgreementType.BORDER_SUPPLY:
            return made_by_hub.border_supplies_anew(standing, between, by=cause)
    return []


def _after(before: Sequence[AgreementFact], effects: Sequence[Effect]) -> tuple[AgreementFact, ...]:
    touched = {effect.before.id for effect in effects if effect.before is not None}
    kept = [agreement for agreement in before if agreement.id not in touched]
    return (*kept, *(effect.after for effect in effects if effect.after is not None))
