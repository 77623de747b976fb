"""Giving market roles and code ranges, and taking them back. Source: `1-market.md`, "Market roles"."""

from datetime import datetime

from django.db import transaction

from datahub.errors import DomainError, codes, fault, refuse
from datahub.market import Commodity, PartyType, Role
from datahub.parties import rules
from datahub.parties.models import EicRange, MarketRole, Party
from datahub.parties.models.party import ValidityQuerySet


@transaction.atomic
def give_role(
    *, participant: Party, role: Role, commodity: Commodity, valid_from: datetime, valid_to: datetime | None = None
) -> MarketRole:
    """Give a participant a market role for [valid_from, valid_to).

    Raises DomainError for a party that is no market participant, a commodity that the role does not know, an empty
    period, or already-exists where it holds the role at some time in the period.
    """
    # The participant's row is locked, so that of two that give the same role at once the second sees the first.
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    faults = rules.role_faults(PartyType(participant.type), role, commodity, "marketRole")
    if valid_to is not None and valid_to <= valid_from:
        faults.append(
            fault(codes.FROM_NOT_BEFORE_TO, "marketRole.validFrom", valid_from, "marketRole.validTo", valid_to)
        )
    elif _held(participant, role, commodity).overlapping(valid_from, valid_to).exists():
        faults.append(
            fault(codes.ALREADY_EXISTS, "marketRole", f"{role} {commodity} of {participant.eic} in that time")
        )
    if faults:
        raise DomainError(faults)
    return MarketRole.objects.create(
        participant=participant, role=role, commodity=commodity, valid_from=valid_from, valid_to=valid_to
    )


@transaction.atomic
def withdraw_role(*, participant: Party, role: Role, commodity: Commodity, at: datetime) -> MarketRole:
    """End the market role that a participant holds at an instant, there; raises not-found.resource if it does not."""
    held = _held(participant, role, commodity).select_for_update().valid_at(at).first()
    if held is None:
        raise refuse(codes.NOT_FOUND_RESOURCE, f"{role} {commodity} of {participant.eic}")
    if held.valid_from == at:
        raise refuse(codes.FROM_NOT_BEFORE_TO, "marketRole.validFrom", held.valid_from, "marketRole.validTo", at)
    held.valid_to = at
    held.save(update_fields=["valid_to"])
    return held


def _held(participant: Party, role: Role, commodity: Commodity) -> ValidityQuerySet[MarketRole]:
    return MarketRole.objects.filter(participant=participant, role=role, commodity=commodity)


@transaction.atomic
def give_code_range(*, participant: Party, prefix: str) -> EicRange:
    """Give a participant the metering point codes that begin with a prefix; refused where another's range meets it."""
    others = EicRange.objects.exclude(participant=participant).values_list("prefix", flat=True)
    if faults := rules.range_faults(prefix, list(others), "eicRange"):
        raise DomainError(faults)
    if EicRange.objects.filter(prefix=prefix).exists():
        raise refuse(codes.ALREADY_EXISTS, "eicRange", prefix)
    return EicRange.objects.create(participant=participant, prefix=prefix)
