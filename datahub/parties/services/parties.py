"""Registering parties and what is known of them. Source: `1-market.md`, "Parties"."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from datahub.errors import DomainError, Fault, codes, fault
from datahub.market import MetadataType, PartyType
from datahub.parties import eic as eic_codes
from datahub.parties import rules, selectors
from datahub.parties.models import Identity, Metadata, Party


@dataclass(frozen=True, slots=True)
class Paths:
    """Where faults are to be shown: the paths of the metadata and of the identities, or of each of these."""

    metadata: str = "metadata"
    identities: str = "identities"
    each_identity: Sequence[str] = ()

    def identity(self, number: int) -> str:
        """Give the path of one identity."""
        return self.each_identity[number] if self.each_identity else f"{self.identities}[{number}]"


USUAL_PATHS = Paths()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: the types of metadata that are no longer as they were, and whether identities are."""

    metadata: frozenset[MetadataType]
    identities: bool


@transaction.atomic
def register_party(
    *,
    eic: str,
    party_type: PartyType,
    identities: Sequence[rules.IdentityFact],
    metadata: Mapping[MetadataType, str] | Sequence[rules.GivenValue],
    now: datetime,
    paths: Paths = USUAL_PATHS,
) -> Party:
    """Register a party under its X code, with its identities and what is known of it (values alone: from now on).

    Raises DomainError with all faults: the code, an identity that its type may not have, what is missing, and
    already-exists for a code or an identity that another party of the type has.
    """
    given = _given(metadata)
    settled, faults = rules.settle_values([], given, now)
    faults += rules.values_faults(party_type, settled, paths.metadata, is_email, now)
    raise_faults(_code_faults(eic) + faults + _registration_faults(eic, party_type, identities, paths))
    values = values_at(settled, now)
    try:
        with transaction.atomic():
            party = Party.objects.create(eic=eic, type=party_type, name=name_of(party_type, values))
            for one in identities:
                _add_identity(party, one)
    except IntegrityError:
        # Another registered it, or one of its identities, at the same instant: by now that can be seen.
        raise_faults(_registration_faults(eic, party_type, identities, paths))
        raise
    _store_values(party, [], settled)
    return party


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise what was found, if anything was."""
    if faults:
        raise DomainError(faults)


def _given(metadata: Mapping[MetadataType, str] | Sequence[rules.GivenValue]) -> Sequence[rules.GivenValue]:
    if not isinstance(metadata, Mapping):
        return metadata
    return [rules.GivenValue(kind, value) for kind, value in metadata.items()]


def values_at(values: Sequence[rules.Value], instant: datetime) -> dict[MetadataType, str]:
    """Give what of some values is valid at an instant."""
    return {value.type: value.value for value in values if value.valid_at(instant)}


def _code_faults(eic: str) -> list[Fault]:
    found = eic_codes.check(eic, kind=eic_codes.PARTY, path="eic")
    return [] if found is None else [found]


def _registration_faults(
    eic: str, party_type: PartyType, identities: Sequence[rules.IdentityFact], paths: Paths
) -> list[Fault]:
    faults = _identities_faults(party_type, identities, paths)
    if selectors.party_by_eic(eic) is not None:
        faults.append(fault(codes.ALREADY_EXISTS, "eic", eic))
    return faults


def _identities_faults(
    party_type: PartyType, identities: Sequence[rules.IdentityFact], paths: Paths, party: Party | None = None
) -> list[Fault]:
    """Give what is wrong with all the identities that a party is to have, or that another one has."""
    places = [paths.identity(number) for number in range(len(identities))]
    faults = rules.required_identity_faults(party_type, identities, paths.identities)
    for identity, place in zip(identities, places, strict=True):
        faults += rules.identity_faults(party_type, identity, place)
    faults += rules.repeated_identity_faults(identities, places)
    faults += rules.second_identity_faults(identities, places)
    known = Identity.objects.filter(party_type=party_type, value__in={identity.value for identity in identities})
    taken = {(row.type, row.value, row.country) for row in known if party is None or row.party_id != party.pk}
    for identity, place in zip(identities, places, strict=True):
        if identity.key in taken:
            faults.append(fault(codes.ALREADY_EXISTS, place, " ".join(identity.key)))
    return faults


def _add_identity(party: Party, identity: rules.IdentityFact) -> None:
    Identity.objects.create(
        party=party, type=identity.type, value=identity.value, country=identity.country, issuer=identity.issuer
    )


@transaction.atomic
def change_party(
    *,
    party: Party,
    metadata: Mapping[MetadataType, str] | Sequence[rules.GivenValue] = (),
    identities: Sequence[rules.IdentityFact] | None = None,
    now: datetime,
    paths: Paths = USUAL_PATHS,
) -> Changed:
    """Make values known of a party and, if given, make its identities those named; what is not named stays known.

    Nobody is told: who saves what others may have to know records it (`datahub.agreements.services.customers`). Raises
    DomainError with all faults of the values and identities as they would then be together.
    """
    locked = Party.objects.select_for_update().get(pk=party.pk)
    party_type = PartyType(locked.type)
    known = selectors.values_of(locked)
    settled, faults = rules.settle_values(known, _given(metadata), now)
    if metadata:
        faults += rules.values_faults(party_type, settled, paths.metadata, is_email, now)
    if identities is not None:
        faults += _identities_faults(party_type, identities, paths, locked)
    raise_faults(faults)
    try:
        with transaction.atomic():
            moved = identities is not None and _store_identities(locked, identities)
    except IntegrityError:
        # Another party got one of them at the same instant.
        raise_faults(_identities_faults(party_type, identities or [], paths, locked))
        raise
    _store_values(locked, known, settled)
    name = name_of(party_type, values_at(settled, now))
    if name != locked.name:
        locked.name = name
        locked.save(update_fields=["name"])
    party.name = name
    before, after = ({(v.type, v.value, v.valid_from, v.valid_to) for v in values} for values in (known, settled))
    return Changed(frozenset(kind for kind, *_ in before ^ after), moved)


def _store_identities(party: Party, identities: Sequence[rules.IdentityFact]) -> bool:
    """Make the identities of a party those given; tell whether they were others."""
    known = {(row.type, row.value, row.country): row for row in Identity.objects.filter(party=party)}
    wanted = {identity.key: identity for identity in identities}
    gone = [row for key, row in known.items() if key not in wanted]
    for row in gone:
        row.delete()
    new = [identity for key, identity in wanted.items() if key not in known]
    for identity in new:
        _add_identity(party, identity)
    reissued = [row for key, row in known.items() if key in wanted and row.issuer != wanted[key].issuer]
    for row in reissued:
        row.issuer = wanted[row.type, row.value, row.country].issuer
        row.save()
    return bool(gone or new or reissued)


def _store_values(party: Party, before: Sequence[rules.Value], after: Sequence[rules.Value]) -> None:
    """Store what is known of a party; a value is the one of its type with its start."""
    kept = {(value.type, value.valid_from): value for value in after}
    stood = {(value.type, value.valid_from): value for value in before}
    rows = Metadata.objects.filter(party=party)
    for key, value in stood.items():
        if key not in kept:
            rows.filter(type=value.type, valid_from=value.valid_from).delete()
    moved = [value for key, value in kept.items() if key in stood and value != stood[key]]
    # What ends earlier makes room for what ends later, and both for what is new.
    for value in sorted(moved, key=lambda value: (value.valid_to is None, value.valid_to or value.valid_from)):
        rows.filter(type=value.type, valid_from=value.valid_from).update(value=value.value, valid_to=value.valid_to)
    Metadata.objects.bulk_create(
        Metadata(party=party, type=value.type, value=value.value, valid_from=value.valid_from, valid_to=value.valid_to)
        for key, value in kept.items()
        if key not in stood
    )


def refresh_names(*, now: datetime, since: datetime) -> int:
    """Give parties the names that have begun since an instant, where they have another one; give how many had."""
    begun = Metadata.objects.filter(type__in=sorted(rules.EVERY_NAME), valid_from__gte=since, valid_from__lte=now)
    parties = Party.objects.filter(pk__in=begun.values("party")).values_list("pk", "type", "name")
    shown = {key: (kind, name) for key, kind, name in parties}
    values = Metadata.objects.filter(party__in=begun.values("party"), type__in=sorted(rules.EVERY_NAME)).valid_at(now)
    known: dict[int, dict[MetadataType, str]] = defaultdict(dict)
    for party_id, kind, value in values.values_list("party", "type", "value"):
        known[party_id][MetadataType(kind)] = value
    # Only few have another name: those are looked at again, one by one, with nobody changing them meanwhile.
    others = [key for key, (kind, name) in shown.items() if name_of(PartyType(kind), known[key]) != name]
    for party_id in others:
        with transaction.atomic():
            party = Party.objects.select_for_update().get(pk=party_id)
            party.name = name_of(PartyType(party.type), selectors.metadata_at(party, now))
            party.save(update_fields=["name"])
    return len(others)


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
