"""Registering parties and what is known of them. Source: `1-market.md`, "Parties"."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from datahub.errors import DomainError, Fault, codes, fault
from datahub.market import MetadataType, PartyType
from datahub.parties import eic as eic_codes
from datahub.parties import rules, selectors
from datahub.parties.models import Identity, Metadata, Party


@transaction.atomic
def register_party(
    *,
    eic: str,
    party_type: PartyType,
    identities: Sequence[rules.IdentityFact],
    metadata: Mapping[MetadataType, str],
    now: datetime,
) -> Party:
    """Register a party under its X code, with its identities and what is known of it from now on.

    Raises DomainError with all faults: the code, an identity that its type may not have, what is missing, and
    already-exists for a code or an identity that another party of the type has.
    """
    _raise(_registration_faults(eic, party_type, identities, metadata))
    try:
        with transaction.atomic():
            party = Party.objects.create(eic=eic, type=party_type, name=name_of(party_type, metadata))
            for one in identities:
                Identity.objects.create(
                    party=party, type=one.type, value=one.value, country=one.country, issuer=one.issuer
                )
    except IntegrityError:
        # Another registered it, or one of its identities, at the same instant: by now that can be seen.
        _raise(_registration_faults(eic, party_type, identities, metadata))
        raise
    Metadata.objects.bulk_create(
        [Metadata(party=party, type=kind, value=value, valid_from=now) for kind, value in metadata.items()]
    )
    return party


def _raise(faults: Sequence[Fault]) -> None:
    if faults:
        raise DomainError(faults)


def _registration_faults(
    eic: str, party_type: PartyType, identities: Sequence[rules.IdentityFact], metadata: Mapping[MetadataType, str]
) -> list[Fault]:
    faults = [eic_codes.check(eic, kind=eic_codes.PARTY, path="eic")]
    faults += rules.metadata_faults(party_type, metadata, "metadata", is_email)
    faults += rules.required_identity_faults(party_type, identities, "identities")
    before: set[tuple[str, str, str]] = set()
    for position, identity in enumerate(identities):
        path = f"identities[{position}]"
        faults += rules.identity_faults(party_type, identity, path)
        same = (identity.type, identity.value, identity.country)
        if same in before or _known(party_type, identity):
            faults.append(fault(codes.ALREADY_EXISTS, path, " ".join(same)))
        before.add(same)
    if selectors.party_by_eic(eic) is not None:
        faults.append(fault(codes.ALREADY_EXISTS, "eic", eic))
    return [one for one in faults if one is not None]


def _known(party_type: PartyType, identity: rules.IdentityFact) -> bool:
    return Identity.objects.filter(
        party_type=party_type, type=identity.type, value=identity.value, country=identity.country
    ).exists()


@transaction.atomic
def change_metadata(*, party: Party, metadata: Mapping[MetadataType, str], now: datetime) -> Party:
    """Make values known of a party from now on; each ends the former of its type, what is not named stays.

    Raises DomainError with all faults of the values as they would then be together, or no-change-received.
    """
    party = Party.objects.select_for_update().get(pk=party.pk)
    party_type = PartyType(party.type)
    known = selectors.metadata_at(party, now)
    values = {**known, **metadata}
    if faults := rules.metadata_faults(party_type, values, "metadata", is_email):
        raise DomainError(faults)
    changed = [kind for kind, value in metadata.items() if known.get(kind) != value]
    if not changed:
        raise DomainError([fault(codes.NO_CHANGE_RECEIVED, "metadata")])
    former = Metadata.objects.filter(party=party, type__in=changed).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now)
    )
    # What began at this very instant was never valid before it, and what was to begin later is overtaken.
    former.filter(valid_from__gte=now).delete()
    former.filter(valid_from__lt=now).update(valid_to=now)
    Metadata.objects.bulk_create(
        [Metadata(party=party, type=kind, value=metadata[kind], valid_from=now) for kind in changed]
    )
    party.name = name_of(party_type, values)
    party.save(update_fields=["name"])
    return party


def name_of(party_type: PartyType, metadata: Mapping[MetadataType, str]) -> str:
    """Give the name that people read: a person's first and last name, else the company's or organisation's."""
    return " ".join(metadata[part].strip() for part in rules.NAMES[party_type] if metadata.get(part))


def is_email(value: str) -> bool:
    """Tell whether a value has the form of an e-mail address."""
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True
