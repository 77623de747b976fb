"""Giving market roles and code ranges, and taking them back. Source: `1-market.md`, "Market roles".

A lock comes before each check, so that of two at the same instant the second sees the first; the database's constraints
stand behind that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from psycopg.errors import ExclusionViolation

from datahub.errors import DomainError, Fault, codes, fault, phrase, refuse
from datahub.market import Commodity, PartyType, Role
from datahub.parties import rules
from datahub.parties.models import EicRange, MarketRole, Party
from datahub.parties.models.party import ValidityQuerySet

_ROLE, _RANGE = "marketRole", "eicRange"


@transaction.atomic
def give_role(
    *, participant: Party, role: Role, commodity: Commodity, valid_from: datetime, valid_to: datetime | None = None
) -> MarketRole:
    """Give a participant a market role for [valid_from, valid_to).

    Raises DomainError for a party that is no market participant, a commodity that the role does not know, an empty
    period or one out of the calendar, or already-exists where it holds the role at some time in the period.
    """
    participant = _locked(participant)
    given = MarketRole(
        participant=participant, role=role, commodity=commodity, valid_from=valid_from, valid_to=valid_to
    )
    faults = rules.role_faults(PartyType(participant.type), role, commodity, _ROLE) + _period_faults(given)
    if faults:
        raise DomainError(faults)
    with _refusing_overlap(_held_already(given)):
        given.save()
    return given


@transaction.atomic
def withdraw_role(*, participant: Party, role: Role, commodity: Commodity, at: datetime) -> MarketRole:
    """End the market role that a participant holds at an instant, there; raises not-found.resource if it does not."""
    held = _held(_locked(participant), role, commodity).valid_at(at).first()
    if held is None:
        raise refuse(codes.NOT_FOUND_RESOURCE, phrase("{0} {1} of {2}", role, commodity, participant.eic))
    return change_role_end(held=held, valid_to=at)


@transaction.atomic
def change_role_end(*, held: MarketRole, valid_to: datetime | None) -> MarketRole:
    """Move the end of a market role; None leaves it open.

    Raises DomainError for an end that is not after its start, or already-exists where the participant holds the role at
    some time up to the new end by another giving.
    """
    _locked(held.participant)
    held = MarketRole.objects.get(pk=held.pk)
    held.valid_to = valid_to
    if faults := _period_faults(held):
        raise DomainError(faults)
    with _refusing_overlap(_held_already(held)):
        held.save(update_fields=["valid_to"])
    return held


def _locked(participant: Party) -> Party:
    return Party.objects.select_for_update().get(pk=participant.pk)


def _held(participant: Party, role: str, commodity: str) -> ValidityQuerySet[MarketRole]:
    return MarketRole.objects.filter(participant=participant, role=role, commodity=commodity)


def _held_already(row: MarketRole) -> Fault:
    return fault(
        codes.ALREADY_EXISTS, _ROLE, phrase("{0} {1} of {2} in that time", row.role, row.commodity, row.participant.eic)
    )


def _period_faults(row: MarketRole) -> list[Fault]:
    """Give why a role cannot be held for its period: by itself, or the participant holds the role in it already."""
    if faults := rules.period_faults(row.valid_from, row.valid_to, _ROLE):
        return faults
    others = _held(row.participant, row.role, row.commodity).exclude(pk=row.pk)
    return [_held_already(row)] if others.overlapping(row.valid_from, row.valid_to).exists() else []


@contextmanager
def _refusing_overlap(overlap: Fault) -> Iterator[None]:
    """Turn the database's refusal of two roles at one time into the market's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise DomainError([overlap]) from error
        raise


@transaction.atomic
def give_code_range(*, participant: Party, prefix: str) -> EicRange:
    """Give a participant the metering point codes that begin with a prefix; refused where another's range meets it."""
    _lock_ranges()
    others = EicRange.objects.exclude(participant=participant).values_list("prefix", flat=True)
    if faults := rules.range_faults(prefix, list(others), _RANGE):
        raise DomainError(faults)
    if EicRange.objects.filter(prefix=prefix).exists():
        raise refuse(codes.ALREADY_EXISTS, _RANGE, prefix)
    return EicRange.objects.create(participant=participant, prefix=prefix)


@transaction.atomic
def withdraw_code_range(*, participant: Party, prefix: str) -> None:
    """Take a code range back. Raises DomainError for one that is not held, or in which metering points stand."""
    _lock_ranges()
    held = EicRange.objects.filter(participant=participant, prefix=prefix).first()
    if held is None:
        raise refuse(codes.NOT_FOUND_RESOURCE, phrase("{0} {1} of {2}", _RANGE, prefix, participant.eic))
    if participant.metering_points.filter(eic__startswith=prefix).exists():
        raise refuse(codes.EIC_RANGE_IN_USE, _RANGE, prefix)
    held.delete()


def _lock_ranges() -> None:
    """Let one after the other change code ranges: each is compared with all others, of whomever."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE parties_eic_range IN SHARE ROW EXCLUSIVE MODE")
