"""What a customer has given, as she gave it: one act lets one participant see some of her points."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Max, Min

from datahub.access.models import CustomerAuthorization
from datahub.access.models.authorization import AuthorizationQuerySet
from datahub.parties.models import Party

# What authorizations that were given together have in common.
_TOGETHER = ("participant_id", "role", "purpose", "given_at", "valid_from")
_ALIKE = (*_TOGETHER, "valid_to", "revoked_at")


@dataclass(frozen=True, slots=True)
class GivenTogether:
    """Authorizations of one act that still stand alike, one for each point.

    `subject_from` and `subject_to` are the least and the greatest of them.
    """

    ids: Sequence[UUID]
    point_ids: Sequence[int]
    participant_id: int
    role: str
    purpose: str
    given_at: datetime
    valid_from: datetime
    valid_to: datetime | None
    revoked_at: datetime | None
    subject_from: datetime
    subject_to: datetime


def authorizations_of(customer: Party) -> AuthorizationQuerySet:
    """Give all that a customer has ever given and that is still kept."""
    return CustomerAuthorization.objects.filter(customer=customer)


def given_together(given: AuthorizationQuerySet) -> list[GivenTogether]:
    """Put authorizations together that were given in one act and stand alike, the newest act first. One statement."""
    rows: Any = given.order_by().values(*_ALIKE)
    rows = rows.annotate(
        ids=ArrayAgg("pk", order_by="pk"),
        point_ids=ArrayAgg("point_id", order_by="pk"),
        subject_from=Min("subject_from"),
        subject_to=Max("subject_to"),
    )
    return [GivenTogether(**row) for row in rows.order_by("-given_at", "participant_id", "valid_to", "ids")]


def given_beside(authorization: CustomerAuthorization) -> AuthorizationQuerySet:
    """Give the authorizations of the act in which one was given, itself among them."""
    same = {name: getattr(authorization, name) for name in _TOGETHER}
    return CustomerAuthorization.objects.filter(customer=authorization.customer_id, **same)


def open_there(
    customer: Party, participant: Party, points: Collection[int], now: datetime, *, but: Collection[UUID] = ()
) -> AuthorizationQuerySet:
    """Give what a customer lets a participant see of some of her points, now or later, in any role and for anything.

    `but`: those of which it is known already.
    """
    held = authorizations_of(customer).open_at(now).filter(participant=participant, point__in=list(points))
    return held.exclude(pk__in=list(but)) if but else held


def named_there(
    customer: Party, participant: Party, points: Collection[int], numbers: Collection[UUID]
) -> dict[UUID, CustomerAuthorization]:
    """Give those of some numbers by which a customer let a participant see some of her points, ended ones too."""
    if not numbers:
        return {}
    found = authorizations_of(customer).filter(participant=participant, point__in=list(points))
    return found.in_bulk(list(numbers))
