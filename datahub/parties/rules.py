"""What a party must be known by, and what may be known of it. Source: `1-market.md`, "Parties" and "Market roles"."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from stdnum import iban
from stdnum.ee import ik, registrikood

from datahub.errors import Fault, codes, fault
from datahub.market import (
    ELECTRICITY_ONLY_ROLES,
    Commodity,
    IdentityType,
    MetadataType,
    PartyType,
    Permission,
    Role,
)
from datahub.parties import countries

ESTONIA = "EE"
MAX_TECHNICAL_USERS = 20
MAX_VALUE_LENGTH = 250

ALLOWED_IDENTITIES: Mapping[PartyType, frozenset[IdentityType]] = {
    PartyType.ORGANIZATION: frozenset({IdentityType.COMPANY_ID, IdentityType.DOCUMENT_ID, IdentityType.EMBASSY_ID}),
    PartyType.PHYSICAL_PERSON: frozenset({IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID}),
    PartyType.LEGAL_PERSON: frozenset({IdentityType.COMPANY_ID}),
    # The table names customers alone; a market participant is a company.
    PartyType.MARKET_PARTICIPANT: frozenset({IdentityType.COMPANY_ID}),
}

NAMES: Mapping[PartyType, tuple[MetadataType, ...]] = {
    PartyType.ORGANIZATION: (MetadataType.ORGANIZATION_NAME,),
    PartyType.PHYSICAL_PERSON: (MetadataType.FIRST_NAME, MetadataType.LAST_NAME),
    PartyType.LEGAL_PERSON: (MetadataType.COMPANY_NAME,),
    PartyType.MARKET_PARTICIPANT: (MetadataType.COMPANY_NAME,),
}
EVERY_NAME = frozenset(name for names in NAMES.values() for name in names)

BILLING_METHODS = ("EMAIL", "POST", "BANK", "SELF_SERVICE", "B2B_BILL")
_BILLING_METHOD_NEEDS: Mapping[str, tuple[MetadataType, ...]] = {
    "EMAIL": (MetadataType.EMAIL,),
    "POST": (MetadataType.BILLING_ADDRESS,),
    "BANK": (MetadataType.BILLING_BANK_NAME, MetadataType.BILLING_BANK_ACCOUNT),
}

_SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_RANGE = re.compile(r"[0-9]{2}Z[A-Z0-9-]{1,12}")


@dataclass(frozen=True, slots=True)
class IdentityFact:
    """A code by which a party is known outside the hub; the country is ISO 3166 alpha-2."""

    type: IdentityType
    value: str
    country: str
    issuer: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What one party of a type alone may have."""
        return self.type, self.value, self.country


# A party has one of these in a country; it may have many documents.
ONE_IN_A_COUNTRY = (IdentityType.PERSONAL_ID, IdentityType.COMPANY_ID)


def second_identity_faults(identities: Sequence[IdentityFact], paths: Sequence[str]) -> list[Fault]:
    """Give the identities that a party has already, or of which it has another one in the same country.

    The paths are those of the identities. A second personal code would make one person of two.
    """
    faults = []
    codes_of: dict[tuple[str, str], str] = {}
    before: set[tuple[str, str, str]] = set()
    for identity, path in zip(identities, paths, strict=True):
        if identity.key in before:
            faults.append(fault(codes.ALREADY_EXISTS, path, " ".join(identity.key)))
        elif identity.type in ONE_IN_A_COUNTRY:
            known = codes_of.setdefault((identity.type, identity.country), identity.value)
            if known != identity.value:
                wanted = f"{known}: a party has one {identity.type} in a country"
                faults.append(fault(codes.INVALID_PATTERN, f"{path}.identityValue", identity.value, wanted))
        before.add(identity.key)
    return faults


def identity_faults(party_type: PartyType, identity: IdentityFact, path: str) -> list[Fault]:
    """Give what is wrong with one identity of a party of that type."""
    faults = []
    allowed = ALLOWED_IDENTITIES[party_type]
    if identity.type not in allowed:
        faults.append(fault(codes.INVALID_ENUM, f"{path}.identityType", " or ".join(sorted(allowed)), identity.type))
    if not identity.value.strip():
        faults.append(fault(codes.MISSING, f"{path}.identityValue"))
    if not countries.is_country(identity.country):
        faults.append(
            fault(codes.INVALID_PATTERN, f"{path}.country", identity.country, "a country of ISO 3166, two capitals")
        )
    elif identity.country == ESTONIA and identity.value.strip():
        faults.extend(_estonian_faults(identity, path))
    return faults


def _estonian_faults(identity: IdentityFact, path: str) -> list[Fault]:
    # The libraries forgive spaces and dashes; a code is kept and compared as it stands, so it must stand plain.
    plain = identity.value.isascii() and identity.value.isdigit()
    if identity.type == IdentityType.PERSONAL_ID and not (plain and ik.is_valid(identity.value)):
        wanted = "an Estonian personal code: 11 digits with a right check digit"
    elif identity.type == IdentityType.COMPANY_ID and not (plain and registrikood.is_valid(identity.value)):
        wanted = "an Estonian registry code: 8 digits with a right check digit"
    else:
        return []
    return [fault(codes.INVALID_PATTERN, f"{path}.identityValue", identity.value, wanted)]


def required_identity_faults(party_type: PartyType, identities: Sequence[IdentityFact], path: str) -> list[Fault]:
    """Give the identity that a party of that type lacks."""
    types = {identity.type for identity in identities}
    if party_type == PartyType.PHYSICAL_PERSON:
        estonian = any(identity.country == ESTONIA for identity in identities)
        if estonian and IdentityType.PERSONAL_ID not in types:
            return [fault(codes.MISSING, f"{path} of the type {IdentityType.PERSONAL_ID}")]
        if not types & {IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID}:
            return [
                fault(codes.MISSING, f"{path} of the type {IdentityType.PERSONAL_ID} or {IdentityType.DOCUMENT_ID}")
            ]
    elif party_type == PartyType.ORGANIZATION:
        if not types:
            return [fault(codes.LIST_CAN_NOT_BE_EMPTY, path)]
    elif IdentityType.COMPANY_ID not in types:
        return [fault(codes.MISSING, f"{path} of the type {IdentityType.COMPANY_ID}")]
    return []


def metadata_faults(
    party_type: PartyType,
    values: Mapping[MetadataType, str],
    path: str,
    is_email: Callable[[str], bool],
    places: Mapping[MetadataType, str] | None = None,
) -> list[Fault]:
    """Give what is wrong with the values that are to be known of a party at one time, its name included.

    `places` has the paths of values that do not stand at `path.TYPE`.
    """
    faults = []
    places = places or {}
    names = NAMES[party_type]
    for name in names:
        if not values.get(name, "").strip():
            faults.append(fault(codes.MISSING, f"{path} of the type {name}"))
    for kind, value in values.items():
        at = places.get(kind) or f"{path}.{kind}"
        if kind in EVERY_NAME and kind not in names:
            faults.append(fault(codes.INVALID_ENUM, at, f"named {' and '.join(names)} for a {party_type}", kind))
        if len(value) > MAX_VALUE_LENGTH:
            faults.append(fault(codes.FIELD_CANNOT_BE_LONGER, at, len(value), MAX_VALUE_LENGTH))
        if kind == MetadataType.EMAIL and not is_email(value):
            faults.append(fault(codes.INVALID_EMAIL, at, value))
        if kind == MetadataType.BILLING_BANK_ACCOUNT and not iban.is_valid(value):
            faults.append(fault(codes.INVALID_PATTERN, at, value, "an IBAN with right check digits"))
    return faults + _billing_method_faults(values, path, places)


def _billing_method_faults(
    values: Mapping[MetadataType, str], path: str, places: Mapping[MetadataType, str]
) -> list[Fault]:
    if MetadataType.BILLING_METHOD not in values:
        return []
    at = places.get(MetadataType.BILLING_METHOD) or f"{path}.{MetadataType.BILLING_METHOD}"
    methods = [method.strip() for method in values[MetadataType.BILLING_METHOD].split(",")]
    faults = [
        fault(codes.INVALID_ENUM, at, f"a set of {', '.join(BILLING_METHODS)}", method)
        for method in methods
        if method not in BILLING_METHODS
    ]
    if len(set(methods)) < len(methods):
        faults.append(fault(codes.INVALID_PATTERN, at, ",".join(methods), "a set, each method once"))
    return faults + [
        fault(codes.MISSING, f"{path}.{needed} (for the billing method {method})")
        for method in dict.fromkeys(methods)
        for needed in _BILLING_METHOD_NEEDS.get(method, ())
        if not values.get(needed, "").strip()
    ]


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a party of one type in [valid_from, valid_to); `path` is where a message gives it, else ""."""

    type: MetadataType
    value: str
    valid_from: datetime
    valid_to: datetime | None
    path: str = field(default="", compare=False)

    def valid_at(self, instant: datetime) -> bool:
        """Tell whether it is known for an instant."""
        return self.valid_from <= instant and (self.valid_to is None or self.valid_to > instant)

    def begins_within(self, start: datetime, end: datetime | None) -> bool:
        """Tell whether it begins in [start, end)."""
        return start <= self.valid_from and (end is None or self.valid_from < end)


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A value as a message gives it: without a start it begins now, without an end it lasts until the next one."""

    type: MetadataType
    value: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    path: str = ""


def settle_values(
    known: Sequence[Value], given: Sequence[GivenValue], now: datetime
) -> tuple[list[Value], list[Fault]]:
    """Give everything that is known of a party after a save, with its history, and what of the given cannot be.

    A new value ends the former of its type; one that has begun is never lost, one that is yet to begin is replaced by a
    value with the same start and by one that is given for a time in which it would begin. The same value again changes
    at most its end. What is not named stays.
    """
    settled: dict[MetadataType, list[Value]] = defaultdict(list)
    for value in known:
        settled[value.type].append(value)
    faults: list[Fault] = []
    starts: set[tuple[MetadataType, datetime]] = set()
    for one in sorted(given, key=lambda one: one.valid_from or now):
        start = one.valid_from or now
        if (one.type, start) in starts:
            wanted = f"a time at which no other {one.type} of the message begins"
            faults.append(fault(codes.INVALID_PATTERN, f"{one.path}.validFrom", start, wanted))
            continue
        starts.add((one.type, start))
        settled[one.type], found = _settle_one(settled[one.type], one, start, now)
        faults += found
    return [value for kind in settled for value in sorted(settled[kind], key=lambda v: v.valid_from)], faults


def _settle_one(
    known: list[Value], given: GivenValue, start: datetime, now: datetime
) -> tuple[list[Value], list[Fault]]:
    at, end = given.path, given.valid_to
    same = next((value for value in known if value.value == given.value and value.valid_at(start)), None)
    if end is not None and end <= (same.valid_from if same else start):
        began = same.valid_from if same else start
        return known, [fault(codes.FROM_NOT_BEFORE_TO, f"{at}.validFrom", began, f"{at}.validTo", end)]
    if same is not None:
        return _settle_end(known, same, given, now)
    if end is not None and end <= now:
        return known, [fault(codes.INVALID_PATTERN, f"{at}.validTo", end, f"later than {now.isoformat()}, now")]
    begun = [value for value in known if value.valid_from < now and value.begins_within(start, end)]
    if begun:
        wanted = f"later than {begun[-1].valid_from.isoformat()}, when the {given.type} that is known began"
        return known, [fault(codes.INVALID_PATTERN, f"{at}.validFrom", start, wanted)]
    if end is None:
        end = min((value.valid_from for value in known if value.valid_from > start), default=None)
    kept = [value for value in known if not value.begins_within(start, end)]
    kept = [replace(value, valid_to=start) if value.valid_at(start) else value for value in kept]
    return [*kept, Value(given.type, given.value, start, end, f"{at}.metadataValue")], []


def _settle_end(known: list[Value], same: Value, given: GivenValue, now: datetime) -> tuple[list[Value], list[Fault]]:
    others = [value for value in known if value is not same]
    end = given.valid_to
    if end is None:
        end = min((value.valid_from for value in others if value.valid_from > same.valid_from), default=None)
    if end == same.valid_to:
        return known, []
    if same.valid_to is not None and same.valid_to <= now:
        wanted = f"{same.valid_to.isoformat()}: that value is over"
        return known, [fault(codes.INVALID_PATTERN, f"{given.path}.validTo", end or "open", wanted)]
    moved = replace(same, valid_to=end, path=f"{given.path}.metadataValue")
    # What begins where it now goes on is yet to begin: the value itself is not over.
    return [*(value for value in others if not value.begins_within(same.valid_from, end)), moved], []


def values_faults(
    party_type: PartyType, values: Sequence[Value], path: str, is_email: Callable[[str], bool], now: datetime
) -> list[Fault]:
    """Give what is wrong with the values known of a party now, and after each later start or end of one of them."""
    moments = {now}
    for value in values:
        moments |= {moment for moment in (value.valid_from, value.valid_to) if moment is not None and moment > now}
    faults: dict[Fault, None] = {}
    for moment in sorted(moments):
        valid = [value for value in values if value.valid_at(moment)]
        known = {value.type: value.value for value in valid}
        places = {value.type: value.path for value in valid}
        faults |= dict.fromkeys(metadata_faults(party_type, known, path, is_email, places))
    return list(faults)


def role_faults(party_type: PartyType, role: Role, commodity: Commodity, path: str) -> list[Fault]:
    """Give why a party of that type cannot hold a market role for a commodity."""
    faults = []
    if party_type != PartyType.MARKET_PARTICIPANT:
        faults.append(
            fault(
                codes.INVALID_ENUM,
                f"{path}.participant",
                f"a party of the type {PartyType.MARKET_PARTICIPANT}",
                party_type,
            )
        )
    if role in ELECTRICITY_ONLY_ROLES and commodity != Commodity.ELECTRICITY:
        faults.append(fault(codes.INVALID_ENUM, f"{path}.commodity", f"{Commodity.ELECTRICITY} for {role}", commodity))
    return faults


def period_fault(start: datetime, end: datetime | None, path: str) -> Fault | None:
    """Give the fault of a period that does not end after its start; without an end it is right."""
    if end is None or end > start:
        return None
    return fault(codes.FROM_NOT_BEFORE_TO, f"{path}.validFrom", start, f"{path}.validTo", end)


REPRESENTED = (PartyType.LEGAL_PERSON, PartyType.ORGANIZATION)


def represented_faults(customer_type: PartyType, path: str) -> list[Fault]:
    """Give why nobody can act for a party of that type: people and participants act for themselves."""
    if customer_type in REPRESENTED:
        return []
    return [
        fault(codes.INVALID_ENUM, f"{path}.customer", "a party of the type " + " or ".join(REPRESENTED), customer_type)
    ]


def range_faults(prefix: str, others: Sequence[str], path: str) -> list[Fault]:
    """Give why a beginning of codes cannot be a participant's; `others` are the ranges of all other participants."""
    if not _RANGE.fullmatch(prefix):
        return [
            fault(
                codes.INVALID_PATTERN,
                path,
                prefix,
                "the first 4 to 15 characters of metering point codes: 2 digits, Z …",
            )
        ]
    clashing = sorted(other for other in others if other.startswith(prefix) or prefix.startswith(other))
    if clashing:
        wanted = f"outside the ranges of other participants: {', '.join(clashing)}"
        return [fault(codes.INVALID_PATTERN, path, prefix, wanted)]
    return []


def technical_user_faults(
    *, suffix: str, permissions: Sequence[Permission], allowed_networks: Sequence[str], existing: int, path: str
) -> list[Fault]:
    """Give why a participant that has `existing` technical users cannot have this one too."""
    faults = []
    if existing >= MAX_TECHNICAL_USERS:
        faults.append(fault(codes.TOO_MANY_ENTRIES, path, existing + 1, MAX_TECHNICAL_USERS))
    if not _SUFFIX.fullmatch(suffix):
        wanted = "1 to 40 letters, digits, dots, dashes or underscores, a letter or digit first"
        faults.append(fault(codes.INVALID_PATTERN, f"{path}.suffix", suffix, wanted))
    if not permissions:
        faults.append(fault(codes.LIST_CAN_NOT_BE_EMPTY, f"{path}.permissions"))
    return faults + network_faults(allowed_networks, f"{path}.allowedNetworks")


def network_faults(networks: Sequence[str], path: str) -> list[Fault]:
    """Give which entries are no IP networks (an address alone stands for itself)."""
    faults = []
    for position, network in enumerate(networks):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            wanted = "an IP network such as 192.0.2.0/24 or 2001:db8::/32"
            faults.append(fault(codes.INVALID_PATTERN, f"{path}[{position}]", network, wanted))
    return faults
