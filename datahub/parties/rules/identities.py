"""The codes by which parties are known outside the hub. Source: `1-market.md`, "Parties"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stdnum.ee import ik, registrikood

from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.market import IdentityType, PartyType
from datahub.parties import countries

ESTONIA = "EE"

ALLOWED_IDENTITIES: Mapping[PartyType, frozenset[IdentityType]] = {
    PartyType.ORGANIZATION: frozenset({IdentityType.COMPANY_ID, IdentityType.DOCUMENT_ID, IdentityType.EMBASSY_ID}),
    PartyType.PHYSICAL_PERSON: frozenset({IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID}),
    PartyType.LEGAL_PERSON: frozenset({IdentityType.COMPANY_ID}),
    # The table names customers alone; a market participant is a company.
    PartyType.MARKET_PARTICIPANT: frozenset({IdentityType.COMPANY_ID}),
}


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


def repeated_identity_faults(identities: Sequence[IdentityFact], paths: Sequence[str]) -> list[Fault]:
    """Give the identities that stand before in the same list; the paths are those of the identities."""
    faults = []
    first: dict[tuple[str, str, str], str] = {}
    for identity, path in zip(identities, paths, strict=True):
        if first.setdefault(identity.key, path) != path:
            wanted = phrase("another one: it is already at {0}", first[identity.key])
            faults.append(fault(codes.INVALID_PATTERN, path, phrase("{0} {1} {2}", *identity.key), wanted))
    return faults


def second_identity_faults(identities: Sequence[IdentityFact], paths: Sequence[str]) -> list[Fault]:
    """Give the identities of which a party has another one in the same country; the paths are theirs.

    A second personal code would make one person of two.
    """
    faults = []
    codes_of: dict[tuple[str, str], str] = {}
    for identity, path in zip(identities, paths, strict=True):
        if identity.type in ONE_IN_A_COUNTRY:
            known = codes_of.setdefault((identity.type, identity.country), identity.value)
            if known != identity.value:
                wanted = phrase("{0}: a party has one {1} in a country", known, identity.type)
                faults.append(fault(codes.INVALID_PATTERN, f"{path}.identityValue", identity.value, wanted))
    return faults


def identity_faults(party_type: PartyType, identity: IdentityFact, path: str) -> list[Fault]:
    """Give what is wrong with one identity of a party of that type."""
    faults = []
    allowed = ALLOWED_IDENTITIES[party_type]
    if identity.type not in allowed:
        faults.append(fault(codes.INVALID_ENUM, f"{path}.identityType", any_of(sorted(allowed)), identity.type))
    if not identity.value.strip():
        faults.append(fault(codes.MISSING, f"{path}.identityValue"))
    if not countries.is_country(identity.country):
        wanted = phrase("a country of ISO 3166, two capitals")
        faults.append(fault(codes.INVALID_PATTERN, f"{path}.country", identity.country, wanted))
    elif identity.value.strip():
        faults.extend(code_faults(identity, path))
    return faults


def code_faults(identity: IdentityFact, path: str) -> list[Fault]:
    """Give what is wrong with the value of an identity whose country says how it is made up: Estonia's codes."""
    if identity.country != ESTONIA:
        return []
    # The libraries forgive spaces and dashes; a code is kept and compared as it stands, so it must stand plain.
    plain = identity.value.isascii() and identity.value.isdigit()
    if identity.type == IdentityType.PERSONAL_ID and not (plain and ik.is_valid(identity.value)):
        wanted = phrase("an Estonian personal code: 11 digits with a correct check digit")
    elif identity.type == IdentityType.COMPANY_ID and not (plain and registrikood.is_valid(identity.value)):
        wanted = phrase("an Estonian registry code: 8 digits with a correct check digit")
    else:
        return []
    return [fault(codes.INVALID_PATTERN, f"{path}.identityValue", identity.value, wanted)]


def required_identity_faults(party_type: PartyType, identities: Sequence[IdentityFact], path: str) -> list[Fault]:
    """Give the identity that a party of that type lacks."""
    types = {identity.type for identity in identities}
    if party_type == PartyType.PHYSICAL_PERSON:
        estonian = any(identity.country == ESTONIA for identity in identities)
        if estonian and IdentityType.PERSONAL_ID not in types:
            return [fault(codes.MISSING, phrase("{0} of the type {1}", path, IdentityType.PERSONAL_ID))]
        if not types & {IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID}:
            either = any_of([IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID])
            return [fault(codes.MISSING, phrase("{0} of the type {1}", path, either))]
    elif party_type == PartyType.ORGANIZATION:
        if not types:
            return [fault(codes.LIST_CAN_NOT_BE_EMPTY, path)]
    elif IdentityType.COMPANY_ID not in types:
        return [fault(codes.MISSING, phrase("{0} of the type {1}", path, IdentityType.COMPANY_ID))]
    return []
