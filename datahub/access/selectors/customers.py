"""Who may know whose a metering point is now."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from datahub.access import rules
from datahub.access.selectors.authorizations import held_authorizations
from datahub.access.selectors.grounds import (
    NO_PARTY,
    as_customer_in,
    holdings,
    own_agreements,
    portfolio_members,
    through_portfolio,
)
from datahub.agreements.models import Agreement
from datahub.market import METERING_POINT_OPERATOR_ROLES, AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party


def _naming(now: datetime) -> "QuerySet[Agreement]":
    """Give what names a point's customer now: its GRID or BORDER_GRID, for an aggregation point its AGGREGATION."""
    return (
        Agreement.objects.standing()
        .filter(type__in=sorted(rules.GRID_TYPES | {AgreementType.AGGREGATION}))
        .filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    )


def _own_points(participant: Party, role: str) -> "QuerySet[MeteringPoint]":
    points = MeteringPoint.objects.filter(owner=participant, owner_role=role)
    return points if role in METERING_POINT_OPERATOR_ROLES else points.none()


def at_own_point(participant: Party, role: str) -> Q:
    """Pick the agreements at points that a participant owns in a role, or at aggregation points under them."""
    # Asked of the point only where nothing before it was true.
    own = _own_points(participant, role)
    return Q(Exists(own.filter(pk=OuterRef("point")))) | Q(Exists(own.filter(pk=OuterRef("parent_point"))))


def serves_customer(held: "QuerySet[Agreement]") -> Q:
    """Pick the agreements with whose customer one of the held ones stands too: at the point, above it or under it.

    An aggregator serves the customer of the point above its own.
    """
    same = held.filter(customer=OuterRef("customer"))
    return (
        Q(Exists(same.filter(point=OuterRef("point"))))
        | Q(Exists(same.filter(point=OuterRef("parent_point"))))
        | Q(Exists(same.filter(parent_point=OuterRef("point"))))
    )


def _held_with_customers(participant: Party, role: str, commodity: str, now: datetime) -> "QuerySet[Agreement]":
    """Give the agreements, valid now or later, that let a participant know their customers, its portfolio's too."""
    picked = own_agreements(participant, role)
    if members := portfolio_members(participant, role, commodity):
        picked |= through_portfolio(members, now) & Q(service_provider_role__in=sorted(rules.NAMING_ROLES))
    return holdings(picked, commodity, now).filter(Q(valid_to=None) | Q(valid_to__gt=now))


def _customer_known(participant: Party, role: str, commodity: str, now: datetime) -> Q:
    """Pick the agreements whose customer a participant may know.

    The point's owner, the customer itself, and whoever has an agreement with the same customer there (or is portfolio
    provider of one who has) that is valid now or later.
    """
    held = _held_with_customers(participant, role, commodity, now)
    return as_customer_in(participant, role) | at_own_point(participant, role) | serves_customer(held)


def _has_permitted(participant: Party, role: str, commodity: str, now: datetime) -> Q:
    """Pick the agreements whose customer lets a participant see their point now."""
    held = held_authorizations(participant, role, commodity, now)
    return Q(Exists(held.filter(point=OuterRef("point"), customer=OuterRef("customer"))))


def grid_customers_visible(
    points: Collection[MeteringPoint],
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    *,
    naming: Sequence[Agreement],
) -> dict[int, str]:
    """Give, by the id of a point, the EIC of its customer now, where the participant may know it.

    By an agreement, or by an authorization that this very customer gave. `naming` is what `naming_now` gives of them.
    """
    # As `_customer_known` and `_has_permitted` say it of all agreements; of the few at these points it is found out
    # beside the database, which would need longer to plan the one statement than for the small ones.
    above = [*(point.parent_id for point in points), *(one.parent_point_id for one in naming)]
    places = {point.pk for point in points} | {parent for parent in above if parent is not None}
    own = set(_own_points(participant, role).filter(pk__in=places).values_list("pk", flat=True))

    def is_own(one: Agreement) -> bool:
        is_customer = one.customer_id == participant.pk and one.customer_role in ("", role)
        return is_customer or not own.isdisjoint((one.point_id, one.parent_point_id))

    known = {one.pk for one in naming if is_own(one)}
    if others := [one for one in naming if one.pk not in known]:
        held = _held_with_customers(participant, role, commodity, now)
        held = held.filter(Q(point__in=places) | Q(parent_point__in=places))
        permitted = held_authorizations(participant, role, commodity, now).filter(point__in=places)
        known |= _served(others, held, permitted)
    return {one.point_id: one.customer.eic for one in naming if one.point_id is not None and one.pk in known}


def _served(agreements: Iterable[Agreement], held: "QuerySet[Agreement]", permitted: "QuerySet[Any]") -> set[int]:
    """Give the ids of those agreements with whose customers one deals there by held ones, or may by authorizations."""
    at: set[tuple[int | None, int]] = set()
    under: set[tuple[int | None, int]] = set()
    for point, parent, customer in held.values_list("point_id", "parent_point_id", "customer_id"):
        at.add((point, customer))
        under.add((parent, customer))
    by_permission = set(permitted.values_list("point_id", "customer_id"))

    def is_served(one: Agreement) -> bool:
        here = (one.point_id, one.customer_id)
        above = one.parent_point_id is not None and (one.parent_point_id, one.customer_id) in at
        return here in at or above or here in under or here in by_permission

    return {one.pk for one in agreements if is_served(one)}


def naming_now(points: Iterable[MeteringPoint], now: datetime) -> list[Agreement]:
    """Give the agreements that name the customers of points now, with these; for the hub, not for a reader's eyes."""
    rows = _naming(now).filter(point__in=[point.pk for point in points])
    return list(rows.select_related("customer"))


def points_of_customer(
    customer_eic: str, participant: Party, role: str, commodity: str, now: datetime
) -> "QuerySet[Any, Any]":
    """Give the ids of the points whose customer now is the one named, where the participant may know it."""
    # Looked up first, so that the database knows how many agreements this customer has.
    customer = Party.objects.filter(eic=customer_eic).values_list("pk", flat=True).first()
    places = _naming(now).filter(customer=customer or NO_PARTY).order_by()
    known = places.filter(_customer_known(participant, role, commodity, now))
    permitted = places.filter(_has_permitted(participant, role, commodity, now))
    return known.values("point").union(permitted.values("point"), all=True)
