"""Registering and changing customers, and recording what others are told of it. Source: `1-market.md`, "Parties".

Who may change a customer, and who is told of it, follows from agreements: so this stands above the parties' own writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import transaction
from django.db.models import Max, Q

from datahub.agreements.models import Agreement
from datahub.agreements.rules import customers as rules
from datahub.errors import DomainError, codes, fault, phrase, refuse
from datahub.market import (
    AgreementType,
    Commodity,
    CustomerIdentityType,
    CustomerType,
    MetadataType,
    ResourceType,
    Role,
)
from datahub.outbox.changes import Change
from datahub.outbox.services import open_unit
from datahub.parties import selectors
from datahub.parties.models import Party
from datahub.parties.rules import GivenValue, IdentityFact, Value
from datahub.parties.services import customer_codes, parties
from datahub.parties.services.parties import USUAL_PATHS, Changed, Paths

_CUSTOMERS = [kind.value for kind in CustomerType]


@dataclass(frozen=True, slots=True)
class Named:
    """By what a message names a customer: its EIC, or an identity, whose country and issuer narrow what is found."""

    type: CustomerIdentityType
    value: str
    country: str = ""
    issuer: str = ""
    path: str = "customerIdentity"


@transaction.atomic
def register_customer(
    *,
    role: Role,
    commodity: Commodity,
    customer_type: CustomerType,
    identities: Sequence[IdentityFact],
    metadata: Sequence[GivenValue],
    now: datetime,
    paths: Paths = USUAL_PATHS,
) -> Party:
    """Register a customer and give it an EIC. Nobody is told: with a new party nobody has an agreement.

    Raises DomainError: sender-type-error for a role that registers no GRID agreements, else as `register_party`.
    """
    parties.raise_faults(rules.registrar_faults(role, commodity))
    while True:
        code = customer_codes.draw_customer_eic()
        try:
            return parties.register_party(
                eic=code,
                party_type=customer_type.as_party_type,
                identities=identities,
                metadata=metadata,
                now=now,
                paths=paths,
            )
        except DomainError as error:
            # A party has the code, maybe since this very instant: then another is drawn.
            if fault(codes.ALREADY_EXISTS, "eic", code) not in error.faults:
                raise


@transaction.atomic
def change_customer(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    named: Named,
    customer_type: CustomerType | None = None,
    identities: Sequence[IdentityFact] = (),
    metadata: Sequence[GivenValue] = (),
    now: datetime,
    paths: Paths = USUAL_PATHS,
) -> Party:
    """Change a customer that a participant may change; what is not named stays, identities are only added.

    Raises DomainError: sender-type-error; customer-external-id-resolve-error, in the same words where there is no such
    customer and where it is not the sender's to change; no-change-received; else what is wrong with the values.
    """
    parties.raise_faults(rules.changer_faults(role, commodity))
    party = _changeable(
        participant=participant, role=role, commodity=commodity, named=named, customer_type=customer_type, now=now
    )
    known = selectors.identities_of_parties([party.pk]).get(party.pk, [])
    keys = {identity.key for identity in known}
    # What is known already may be named again; its issuer is taken from the message.
    added = [(identity, paths.identity(number)) for number, identity in enumerate(identities)]
    again = {identity.key: identity for identity, _ in added if identity.key in keys}
    new = [(identity, path) for identity, path in added if identity.key not in keys]
    whole = [*(again.get(identity.key, identity) for identity in known), *(identity for identity, _ in new)]
    places = [*(paths.identities for _ in known), *(path for _, path in new)]
    changed = change_party(
        party=party,
        metadata=metadata,
        identities=whole if identities else None,
        now=now,
        sender_eic=participant.eic,
        paths=Paths(paths.metadata, paths.identities, places),
    )
    if not changed.metadata and not changed.identities:
        raise refuse(codes.NO_CHANGE_RECEIVED, paths.metadata)
    return party


@transaction.atomic
def change_party(
    *,
    party: Party,
    metadata: Mapping[MetadataType, str] | Sequence[GivenValue] = (),
    identities: Sequence[IdentityFact] | None = None,
    now: datetime,
    sender_eic: str = "",
    paths: Paths = USUAL_PATHS,
) -> Changed:
    """Change what is known of a party and record whom its new values concern; without a sender the hub's staff do it.

    Identities, if given, are all that it is to have. Raises DomainError with all faults.
    """
    with open_unit(lanes=[party.eic], sender_eic=sender_eic, saved_at=now) as unit:
        changed = parties.change_party(party=party, metadata=metadata, identities=identities, now=now, paths=paths)
        if changed.metadata:
            values = selectors.values_of(party)
            after = _snapshot(party, values, changed.metadata, now)
            unit.record(Change(ResourceType.CUSTOMER_DATA, "CREATE", party.eic, after=after))
    return changed


def _changeable(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    named: Named,
    customer_type: CustomerType | None,
    now: datetime,
) -> Party:
    found = Party.objects.filter(type__in=_CUSTOMERS if customer_type is None else [customer_type.value])
    if named.type == CustomerIdentityType.EIC:
        found = found.filter(eic=named.value)
    else:
        given = {"type": named.type.value, "value": named.value, "country": named.country, "issuer": named.issuer}
        found = found.filter(**{f"identities__{name}": value for name, value in given.items() if value})
    candidates = {party.pk: party for party in found.order_by("pk")}
    # Asked also where nothing was found: the time that it takes tells a stranger nothing.
    picked = Q(type=AgreementType.GRID) & (Q(valid_to=None) | Q(valid_to__gte=rules.changed_since(now)))
    if role == Role.OPEN_SUPPLIER:
        active = Q(valid_from__lte=now) & (Q(valid_to=None) | Q(valid_to__gt=now))
        picked = Q(type=AgreementType.GENERAL_SERVICE) & active
    own = Agreement.objects.standing().filter(
        picked,
        customer__in=list(candidates) or [0],
        service_provider=participant,
        service_provider_role=role,
        commodity=commodity,
    )
    may = [candidates[key] for key in set(own.values_list("customer", flat=True))]
    if not may:
        raise refuse(codes.CUSTOMER_NOT_CHANGEABLE, named.path, named.value)
    if len(may) > 1:
        wanted = phrase("the identity of one customer: name its country, its customerType or its EIC")
        raise refuse(codes.INVALID_PATTERN, named.path, phrase("{0} {1}", named.type, named.value), wanted)
    return may[0]


# --- what others are told -----------------------------------------------------------------------------------------


def _snapshot(party: Party, values: Sequence[Value], changed: frozenset[MetadataType], now: datetime) -> dict[str, Any]:
    """Give a customer as its change carries it: what is known now or later, and who provides to it.

    The agreements are carried since their versions follow the saves at points and not those of customers.
    """
    return {
        "type": party.type,
        "changed": sorted(changed),
        "metadata": [value_form(value) for value in values if value.valid_to is None or value.valid_to > now],
        "providers": _providers(party, now),
    }


def value_form(value: Value) -> dict[str, str]:
    """Give a value with the market's field names; instants as exactly as they are kept, in UTC."""
    form = {
        "metadataType": value.type.value,
        "metadataValue": value.value,
        "validFrom": _exact(value.valid_from),
        "validTo": None if value.valid_to is None else _exact(value.valid_to),
    }
    return {name: text for name, text in form.items() if text is not None}


def _exact(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _providers(party: Party, now: datetime) -> list[dict[str, Any]]:
    """Give, for each provider, role, commodity and type of agreement, the latest end of those that have begun.

    None is open-ended. However many points a customer has, its providers are few.
    """
    begun = Agreement.objects.standing().filter(customer=party, valid_from__lte=now)
    by = ("type", "service_provider__eic", "service_provider_role", "commodity")
    rows = begun.order_by(*by).values_list(*by).annotate(open=BoolOr(Q(valid_to=None)), last=Max("valid_to"))
    return [
        {
            "type": kind,
            "eic": eic,
            "role": role,
            "commodity": commodity,
            "until": None if is_open else _exact(last),
        }
        for kind, eic, role, commodity, is_open, last in rows
    ]
