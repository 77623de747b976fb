"""How people and the hosts that they are led back to are named. Sources: `1-market.md`, "Market roles"; `5-web.md`."""

import re
from collections.abc import Sequence

import idna

from datahub.errors import Fault, codes, fault, phrase
from datahub.market import Commodity, IdentityType, PartyType, Permission, Role
from datahub.parties import countries
from datahub.parties.rules.identities import ESTONIA, IdentityFact, code_faults
from datahub.parties.rules.participants import role_faults

MAX_SUBJECT_LENGTH = 255
_SUBJECT = re.compile(r"[\x21-\x7e]+")
_PERSONAL = re.compile(r"([A-Z]{2})([A-Za-z0-9-]+)")
_ESTONIAN = re.compile(r"EE[0-9]+")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def personal_identity(subject: str) -> IdentityFact | None:
    """Give the personal code that a subject names, country first (`EE38001085718`), or None if it names none."""
    named = _PERSONAL.fullmatch(subject)
    if named is None or not countries.is_country(named[1]):
        return None
    return IdentityFact(IdentityType.PERSONAL_ID, named[2], named[1])


def subject_faults(subject: str, path: str) -> list[Fault]:
    """Give why this cannot be the name by which an OpenID provider knows a person."""
    if not subject:
        return [fault(codes.MISSING, path)]
    if len(subject) > MAX_SUBJECT_LENGTH:
        return [fault(codes.FIELD_CANNOT_BE_LONGER, path, len(subject), MAX_SUBJECT_LENGTH)]
    if not _SUBJECT.fullmatch(subject):
        return [fault(codes.INVALID_PATTERN, path, subject, phrase("letters, digits and signs of ASCII, no spaces"))]
    if _ESTONIAN.fullmatch(subject) and code_faults(
        IdentityFact(IdentityType.PERSONAL_ID, subject.removeprefix(ESTONIA), ESTONIA), path
    ):
        wanted = phrase("EE and an Estonian personal code: 11 digits with a correct check digit")
        return [fault(codes.INVALID_PATTERN, path, subject, wanted)]
    return []


def grant_faults(
    party_type: PartyType, role: Role, commodity: Commodity, *, is_held: bool, participant: str, path: str
) -> list[Fault]:
    """Give why nobody can act for a party in a role: it cannot hold the role, or does not hold it now or later."""
    faults = role_faults(party_type, role, commodity, path)
    if not faults and not is_held:
        wanted = phrase("{0} for {1}", role, commodity)
        faults.append(fault(codes.SERVICE_PROVIDER_TYPE, f"{path}.role", participant, wanted))
    return faults


def withdrawal_faults(
    permission: Permission, *, is_own: bool, other_administrators: int, is_held: bool, path: str
) -> list[Fault]:
    """Give why a permission cannot be taken from a person.

    Nobody takes ADMIN from oneself, nor the last one of a role that the participant holds: nobody could give it again.
    """
    if permission != Permission.ADMIN or not is_held:
        return []
    if is_own:
        return [fault(codes.OWN_ADMINISTRATION, f"{path}.permission", permission)]
    if not other_administrators:
        return [fault(codes.LAST_ADMINISTRATOR, f"{path}.permission", permission)]
    return []


def host_faults(host: str, known: Sequence[str], path: str) -> list[Fault]:
    """Give why customers cannot be led back to a host: a name as it stands in DNS, and nothing around it."""
    plain = normal_host(host)
    if plain is None:
        wanted = phrase("a host's name such as www.example.com, without https://, port, path, * or an IP address")
        return [fault(codes.INVALID_PATTERN, path, host, wanted)]
    if plain != host:
        return [fault(codes.INVALID_PATTERN, path, host, phrase("{0}, as it is in DNS", plain))]
    if host in known:
        return [fault(codes.ALREADY_EXISTS, path, host)]
    return []


def normal_host(host: str) -> str | None:
    """Give the form in which DNS knows a host's name, or None for what is none, or an IP address."""
    try:
        plain = idna.encode(host, uts46=True).decode("ascii")
        idna.decode(plain)
    except (idna.IDNAError, UnicodeError):
        return None
    # The last label of a name has a letter; a browser reads 127.1 and 0x7f.1 as addresses.
    last = plain.rpartition(".")[2]
    if not _HOST.fullmatch(plain) or last[0].isdigit() or len(last) < 2:
        return None
    return plain
