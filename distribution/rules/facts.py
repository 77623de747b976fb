"""What recipients are decided on: the hub's knowledge at one save, as plain facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from datahub.agreements.facts import AgreementFact
from datahub.market import MeteringPointType
from distribution.rules.portfolios import Portfolios


class Recipient(NamedTuple):
    """To whom a message is addressed: a participant in a market role and commodity."""

    participant_eic: str
    role: str
    commodity: str


@dataclass(frozen=True, slots=True)
class PointFact:
    """A metering point: its operator in its role, its type and, for an aggregation point, the point above."""

    eic: str
    type: MeteringPointType
    commodity: str
    owner_eic: str
    owner_role: str
    parent: "PointFact | None" = None

    @property
    def operator(self) -> Recipient:
        """The operator that is told because the point is its own: for an aggregation point the parent's."""
        point = self.parent or self
        return Recipient(point.owner_eic, point.owner_role, point.commodity)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the hub knew at a save: `agreements` and `portfolios` hold what it knew before it and what after it.

    `saved_at` is the moment of the save. `agreements` are those at the point, at the aggregation points under it and at
    its parent; empty, with `point` None, for an object without a metering point.
    """

    saved_at: datetime
    point: PointFact | None
    agreements: tuple[AgreementFact, ...]
    portfolios: Portfolios

    def at_point(self, *types: str) -> list[AgreementFact]:
        """Give the agreements of some types at the point itself."""
        eic = self.point.eic if self.point else None
        return [fact for fact in self.agreements if fact.type in types and fact.point_eic == eic]

    def at_parent(self, *types: str) -> list[AgreementFact]:
        """Give the agreements of some types at the parent of an aggregation point."""
        if self.point is None or self.point.parent is None:
            return []
        return [fact for fact in self.agreements if fact.type in types and fact.point_eic == self.point.parent.eic]

    def below_point(self, *types: str) -> list[AgreementFact]:
        """Give the agreements of some types at the aggregation points under the point."""
        eic = self.point.eic if self.point else None
        return [fact for fact in self.agreements if fact.type in types and fact.parent_point_eic == eic]
