"""What customers let a participant see. Source: `4-exchanges.md`, "Customer authorizations"."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from datahub.access import rules
from datahub.access.models import CustomerAuthorization
from datahub.access.models.authorization import AuthorizationQuerySet
from datahub.agreements.models import Agreement
from datahub.market import AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party


class Permission(NamedTuple):
    """An authorization that is valid now, with the EIC of the customer that gave it."""

    id: UUID
    customer_eic: str


def given_authorizations(participant: Party, role: str, commodity: str) -> AuthorizationQuerySet:
    """Give the authorizations that a participant was given in a role and commodity; a role without any has none."""
    given = CustomerAuthorization.objects.filter(participant=participant, role=role, commodity=commodity)
    return given if role in rules.PURPOSES else given.none()


def held_authorizations(participant: Party, role: str, commodity: str, now: datetime) -> AuthorizationQuerySet:
    """Give the authorizations that are a ground for a participant in a role and commodity now: those valid now."""
    return given_authorizations(participant, role, commodity).valid_at(now)


def seen_by_permission(participant: Party, role: str, commodity: str, now: datetime) -> AuthorizationQuerySet:
    """Give the held authorizations on which their point is seen now: those of who is the point's GRID customer now.

    With her own agreement in force her word opens the point; after it, no more than the readings of her time.
    """
    grid = Agreement.objects.standing().filter(type=AgreementType.GRID, point=OuterRef("point")).valid_at(now)
    # There is one at most. Asked of each authorization by its point: joined, all agreements might be read instead.
    customer = Subquery(grid.order_by().values("customer")[:1])
    return held_authorizations(participant, role, commodity, now).filter(customer=customer)


def permissions_at(
    points: Iterable[MeteringPoint], participant: Party, role: str, commodity: str, now: datetime
) -> dict[int, list[Permission]]:
    """Give, by the id of a point, the authorizations on which it is seen now, as they begin; for the access log."""
    held = seen_by_permission(participant, role, commodity, now).filter(point__in=[point.pk for point in points])
    found: dict[int, list[Permission]] = defaultdict(list)
    for point, number, customer in held.order_by("valid_from", "id").values_list("point_id", "id", "customer__eic"):
        found[point].append(Permission(number, customer))
    return found


def permissions_of_customers(
    customers: Iterable[int], participant: Party, role: str, commodity: str, now: datetime
) -> dict[int, UUID]:
    """Give, by the ids of customers, the authorization on which each one's name is seen now.

    The first that began of those without an end, else of all: one opens the name as well as many do, and a company may
    have given one for each of its points.
    """
    # Asked of each customer by itself: a company may have given thousands, and nearly all of them may have ended.
    held = held_authorizations(participant, role, commodity, now).filter(customer=OuterRef("pk"))
    first = held.order_by("valid_from", "id").values("id")
    without_end, ending = first.filter(valid_to__isnull=True)[:1], first.filter(valid_to__gt=now)[:1]
    rows = Party.objects.filter(pk__in=list(customers)).order_by().values_list("pk", Coalesce(without_end, ending))
    return {customer: number for customer, number in rows if number is not None}
