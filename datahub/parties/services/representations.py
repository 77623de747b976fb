"""Saying who acts for a company or organisation. Source: `1-market.md`, "Representation"."""

from datetime import datetime

from django.db import transaction

from datahub.errors import DomainError, Fault, codes, fault, phrase
from datahub.market import PartyType
from datahub.parties import rules
from datahub.parties.models import Party, Representation, User

_PATH = "representation"


@transaction.atomic
def give_representation(
    *, person: User, customer: Party, valid_from: datetime, valid_to: datetime | None = None
) -> Representation:
    """Let a person act for a customer in [valid_from, valid_to).

    Raises DomainError for a customer that acts for itself, a period that cannot be, or already-exists where the person
    represents the customer at some time in the period.
    """
    customer = Party.objects.select_for_update().get(pk=customer.pk)
    given = Representation(person=person, customer=customer, valid_from=valid_from, valid_to=valid_to)
    faults = rules.represented_faults(PartyType(customer.type), _PATH) + _period_faults(given)
    if faults:
        raise DomainError(faults)
    given.save()
    return given


@transaction.atomic
def change_representation(
    *, representation: Representation, valid_from: datetime, valid_to: datetime | None
) -> Representation:
    """Give a representation another period; raises DomainError as `give_representation` does."""
    Party.objects.select_for_update().get(pk=representation.customer_id)
    changed = Representation.objects.select_related("person", "customer").get(pk=representation.pk)
    changed.valid_from, changed.valid_to = valid_from, valid_to
    if faults := _period_faults(changed):
        raise DomainError(faults)
    changed.save()
    return changed


def _period_faults(row: Representation) -> list[Fault]:
    """Give why a period cannot be: by itself, or the person represents the customer in it already.

    The customer's row is locked, so that of two at the same instant the second sees the first.
    """
    if faults := rules.period_faults(row.valid_from, row.valid_to, _PATH):
        return faults
    others = Representation.objects.filter(person=row.person, customer=row.customer).exclude(pk=row.pk)
    if others.overlapping(row.valid_from, row.valid_to).exists():
        who = phrase("{0} for {1} in some of that time", row.person, row.customer.eic)
        return [fault(codes.ALREADY_EXISTS, f"{_PATH}.validFrom", who)]
    return []
