"""The facts for a batch of units, as the hub knew them at each of the saves, in a fixed number of queries."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from datahub.agreements import selectors as agreements
from datahub.agreements.facts import AgreementFact, KnownFact
from datahub.database.arrays import AnyOf
from datahub.market import MeteringPointType
from datahub.metering.models import MeteringPoint
from distribution.rules.facts import Facts, PointFact
from distribution.rules.portfolios import Portfolios

_POINT_COLUMNS = ("eic", "type", "commodity", "owner__eic", "owner_role")


def _point_fact(row: tuple[str, ...], parent: PointFact | None) -> PointFact:
    eic, kind, commodity, owner_eic, owner_role = row
    return PointFact(eic, MeteringPointType(kind), commodity, owner_eic, owner_role, parent)


def _points(eics: Iterable[str]) -> dict[str, PointFact]:
    parents = tuple(f"parent__{column}" for column in _POINT_COLUMNS)
    rows = MeteringPoint.objects.filter(AnyOf("eic", eics)).values_list(*_POINT_COLUMNS, *parents)
    facts = {}
    for row in rows:
        own, above = row[:5], row[5:]
        facts[own[0]] = _point_fact(own, _point_fact(above, None) if above[0] else None)
    return facts


class BatchFacts:
    """All that a batch of units may need to know, read at once; `of` picks what one of them knew."""

    def __init__(self, point_eics: Iterable[str]) -> None:
        eics = set(point_eics)
        self._points = _points(eics) if eics else {}
        self._at: dict[str | None, list[KnownFact]] = defaultdict(list)
        self._below: dict[str | None, list[KnownFact]] = defaultdict(list)
        for known in agreements.versions_at_points(sorted(eics)) if eics else []:
            self._at[known.fact.point_eic].append(known)
            if known.fact.parent_point_eic is not None:
                self._below[known.fact.parent_point_eic].append(known)
        self._portfolio_versions = agreements.portfolio_versions()
        self._moves = sorted(
            {k.known_from for k in self._portfolio_versions}
            | {k.known_to for k in self._portfolio_versions if k.known_to is not None}
        )
        self._portfolios: dict[tuple[int, int], Portfolios] = {}

    def portfolios(self, known_at: int) -> Portfolios:
        """Give the portfolios that a save knew; saves between two moves of portfolios share them."""
        key = bisect_left(self._moves, known_at), bisect_right(self._moves, known_at)
        if key not in self._portfolios:
            self._portfolios[key] = Portfolios(k.fact for k in self._portfolio_versions if k.is_known_around(known_at))
        return self._portfolios[key]

    def of(self, point_eic: str | None, *, known_at: int, saved_at: datetime) -> Facts:
        """Give what the save `known_at` knew of a point (or, with None, of an object without one).

        KeyError if there is no such point.
        """
        point = None if point_eic is None else self._points[point_eic]
        known: list[KnownFact] = []
        if point is not None:
            known = [*self._at[point.eic], *self._below[point.eic]]
            if point.parent is not None:
                known += self._at[point.parent.eic]
        facts: tuple[AgreementFact, ...] = tuple(k.fact for k in known if k.is_known_around(known_at))
        return Facts(saved_at, point, facts, self.portfolios(known_at))
