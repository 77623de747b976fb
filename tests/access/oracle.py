"""Who may see what, told instant by instant straight from the table of `1-market.md`; slow, and nothing of the product.

It tells of a random market at the instants at which something may happen there (`random_market.BOUNDS`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Commodity, Role, SourceType
from tests.access.random_market import BOUNDS, GRIDS, HOLDERS, POINTS, SUPPLIER, SUPPLIES, YEAR_AGO, Given, parent_of
from tests.agreements.market import NOW

A = AgreementType


def _is_recent(end: datetime | None) -> bool:
    return end is None or end >= YEAR_AGO


@dataclass(frozen=True)
class Held:
    """An agreement that is a ground for a reader now, with the instants of BOUNDS at which it is."""

    agreement: AgreementFact
    own: bool
    instants: frozenset[datetime]


class Reader:
    """What one participant in one role and commodity may see of a market."""

    def __init__(
        self,
        eic: str,
        role: str,
        commodity: Commodity,
        agreements: Iterable[AgreementFact],
        authorizations: Iterable[Given] = (),
    ) -> None:
        self.eic, self.role, self.commodity = eic, role, commodity
        me = eic, role, commodity
        self.given = [g for g in authorizations if (g.participant, g.role, g.commodity) == me and g.is_valid()]
        everything = [a for a in agreements if a.commodity == commodity]
        # What is quiet is as if it did not stand, but for the point where its provider is to serve.
        self.agreements = [a for a in everything if not (a.type == A.GENERAL_SERVICE and a.valid_from > NOW)]
        quiet = [a for a in everything if a not in self.agreements]
        self.above = {
            t: {
                a.customer_eic: a.service_provider_eic
                for a in self.agreements
                if a.type == A.PORTFOLIO_SUPPLIER and a.valid_at(t)
            }
            for t in BOUNDS
        }
        self.own = [
            Held(a, True, frozenset(t for t in BOUNDS if a.valid_at(t)))
            for a in self.agreements
            if a.type in HOLDERS and self._provides(a) and _is_recent(a.valid_to)
        ]
        self.through = [held for a in self.agreements if a.type in HOLDERS for held in self._through(a)]
        self.own_to_be = [
            Held(a, True, frozenset())
            for a in quiet
            if self._provides(a) and a.service_provider_role in (SUPPLIER, Role.AGGREGATOR)
        ]
        self.through_to_be = [held for a in quiet for held in self._through(a)]

    def _provides(self, a: AgreementFact) -> bool:
        return (a.service_provider_eic, a.service_provider_role) == (self.eic, self.role)

    def _is_customer(self, a: AgreementFact) -> bool:
        return a.customer_eic == self.eic and a.customer_role in ("", self.role)

    def _owns(self, point: str | None) -> bool:
        return any(
            one is not None and POINTS[one][:3] == (self.commodity, self.eic, self.role)
            for one in (point, parent_of(point))
        )

    def _stands_above(self, member: str, instant: datetime) -> bool:
        """Walk up from a member at one instant."""
        if self.role != SUPPLIER or member == self.eic:
            return False
        walked: set[str] = set()
        party: str | None = member
        while party is not None and party not in walked:
            walked.add(party)
            party = self.above[instant].get(party)
            if party == self.eic:
                return True
        return False

    def _through(self, a: AgreementFact) -> list[Held]:
        """Give the stretches of an agreement in which its provider stood in the portfolio, as far as they count now."""
        stretches: list[list[datetime]] = []
        previous = False
        for t in BOUNDS:
            granted = a.valid_at(t) and self._stands_above(a.service_provider_eic, t)
            if granted and not previous:
                stretches.append([])
            if granted:
                stretches[-1].append(t)
            previous = granted
        counting = []
        for stretch in stretches:
            behind = BOUNDS.index(stretch[-1]) + 1
            end = BOUNDS[behind] if behind < len(BOUNDS) else None
            has_its_turn = stretch[0] <= NOW or stretch[0] == a.valid_from
            if _is_recent(end) and has_its_turn:
                counting.append(Held(a, False, frozenset(stretch)))
        return counting

    # --- points ---

    def grounds(self, point: str) -> list[SourceType]:
        """Give the grounds on which a point is seen."""
        commodity, _, _, parent = POINTS[point]
        if commodity != self.commodity:
            return []

        def touches(a: AgreementFact) -> bool:
            return point in (a.point_eic, a.parent_point_eic) or (
                a.type in SUPPLIES and parent is not None and a.point_eic == parent
            )

        as_customer = any(
            a.type in GRIDS and a.point_eic == point and self._is_customer(a) and _is_recent(a.valid_to)
            for a in self.agreements
        )
        stands = {
            SourceType.OWNERSHIP: self._owns(point),
            SourceType.AGREEMENT: as_customer or any(touches(h.agreement) for h in [*self._sold(), *self.own_to_be]),
            SourceType.BALANCE_STATE: any(touches(h.agreement) for h in [*self.through, *self.through_to_be]),
            SourceType.PERMISSION: any(given.point == point and NOW in self._lived_in(given) for given in self.given),
        }
        return [ground for ground, held in stands.items() if held]

    def _sold(self) -> list[Held]:
        """Give what it holds as a supplier, named supplier or aggregator: not an operator's own general service."""
        return [held for held in self.own if held.agreement.service_provider_role in (SUPPLIER, Role.AGGREGATOR)]

    def customer_of(self, point: str) -> str | None:
        """Give the customer that a point has now, where it may be known."""
        naming = [held for held in self.through if held.agreement.service_provider_role in (SUPPLIER, Role.AGGREGATOR)]
        for a in self.agreements:
            if a.type in {*GRIDS, A.AGGREGATION} and a.point_eic == point and a.valid_at(NOW):
                known = self._owns(point) or self._is_customer(a) or self._serves(a, [*self.own, *naming])
                known |= any((given.point, given.customer) == (point, a.customer_eic) for given in self.given)
                return a.customer_eic if known else None
        return None

    # --- readings ---

    def readable(self, point: str) -> dict[SourceType, set[datetime]]:
        """Give the instants of BOUNDS whose readings may be seen, by ground."""
        seen: dict[SourceType, set[datetime]] = {}
        commodity, _, _, parent = POINTS[point]
        if commodity != self.commodity:
            return seen

        def reads(a: AgreementFact) -> bool:
            return point in (a.point_eic, a.parent_point_eic) or (
                a.type == A.SUPPLY and parent is not None and a.point_eic == parent
            )

        if self._owns(point):
            seen[SourceType.OWNERSHIP] = set(BOUNDS)
        for held in (*self._sold(), *self.through):
            ground = SourceType.AGREEMENT if held.own else SourceType.BALANCE_STATE
            if reads(held.agreement) and min(held.instants) <= NOW:
                seen.setdefault(ground, set()).update(held.instants)
            if held.own and held.agreement.type == A.SUPPLY and held.agreement.point_eic == point:
                seen.setdefault(ground, set()).update(self._the_year_before(held.agreement))
        for a in self.agreements:
            if a.type in GRIDS and a.point_eic == point and self._is_customer(a) and a.valid_from <= NOW:
                seen.setdefault(SourceType.AGREEMENT, set()).update(t for t in BOUNDS if a.valid_at(t))
        for given in self.given:
            seen.setdefault(SourceType.PERMISSION, set()).update(self.opened(given) if given.point == point else ())
        return {ground: instants for ground, instants in seen.items() if instants}

    def opened(self, given: Given) -> set[datetime]:
        """Give the instants that an authorization opens: its subject, in the tenancy that began last by its giving."""
        lived_in = self._lived_in(given)
        tenancy: list[datetime] = []
        for before, t in zip([None, *BOUNDS], BOUNDS, strict=False):
            if t not in lived_in:
                continue
            if before in lived_in:
                tenancy.append(t)
            elif t <= given.given_at:
                tenancy = [t]
            else:
                break
        start, end = given.subject
        return {t for t in tenancy if start <= t < end}

    def _lived_in(self, given: Given) -> set[datetime]:
        """Give the instants at which a GRID agreement of who gave an authorization was in force at its point."""
        grids = [
            a
            for a in self.agreements
            if a.type == A.GRID and (a.point_eic, a.customer_eic) == (given.point, given.customer)
        ]
        return {t for t in BOUNDS if any(grid.valid_at(t) for grid in grids)}

    def _the_year_before(self, supply: AgreementFact) -> set[datetime]:
        if not supply.valid_at(NOW):
            return set()
        grids = [
            a
            for a in self.agreements
            if a.type == A.GRID and (a.point_eic, a.customer_eic) == (supply.point_eic, supply.customer_eic)
        ]
        return {t for t in BOUNDS if YEAR_AGO <= t < NOW and any(grid.valid_at(t) for grid in grids)}

    # --- agreements ---

    def _serves(self, a: AgreementFact, held: Iterable[Held]) -> bool:
        """Tell whether one of some holdings, valid now or later, is with the customer of an agreement there."""
        return any(
            one.agreement.customer_eic == a.customer_eic
            and one.agreement.valid_now_or_later(NOW)
            and (
                one.agreement.point_eic in (a.point_eic, a.parent_point_eic)
                or one.agreement.parent_point_eic == a.point_eic
            )
            for one in held
            if a.point_eic is not None
        )

    def sees(self, a: AgreementFact) -> tuple[bool, bool] | None:
        """Give whether the provider and the customer of an agreement are seen; None: nothing of it."""
        through = self._through(a) if a.type in {*HOLDERS, A.PORTFOLIO_SUPPLIER} else []
        whole = (
            (self._provides(a) and (a.type not in HOLDERS or _is_recent(a.valid_to)))
            or self._is_customer(a)
            or self._owns(a.point_eic)
            or (bool(through) and a.service_provider_role in (SUPPLIER, Role.AGGREGATOR))
        )
        if whole:
            return True, True
        instants = {t for t in BOUNDS if a.valid_at(t)}
        beside = [held.agreement for held in (*self.own, *self.through) if held.instants & instants]
        in_part = bool(through)
        if a.type in GRIDS:
            in_part |= any(a.point_eic in (one.point_eic, one.parent_point_eic) for one in beside)
        if a.type == A.AGGREGATION:
            in_part |= any(one.type in SUPPLIES and one.point_eic == a.parent_point_eic for one in beside)
        if not in_part:
            return None
        customer = self._serves(a, self.own)
        return customer and a.type in GRIDS, customer
