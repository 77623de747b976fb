"""What market participants hold, and who acts for whom. Source: `1-market.md`, "Market roles"."""

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from datahub.errors import Fault, any_of, codes, fault, listing, phrase
from datahub.market import ELECTRICITY_ONLY_ROLES, Commodity, PartyType, Permission, Role
from datahub.market_time import FIRST_YEAR, LAST_YEAR

MAX_TECHNICAL_USERS = 20
# Far more than anybody's offices have.
MAX_NETWORKS = 50
# Longer than any network is written: zeros and zones could go on for ever.
_NETWORK_LENGTH = 50
# For so long a former secret may go on beside the new one.
MAX_OVERLAP = timedelta(days=7)
_HOUR = timedelta(hours=1)
_SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_KNOWN_YEARS = phrase("a time between {0} and {1}", str(FIRST_YEAR), str(LAST_YEAR))
_RANGE = re.compile(r"[0-9]{2}Z[A-Z0-9-]{1,12}")


def role_faults(party_type: PartyType, role: Role, commodity: Commodity, path: str) -> list[Fault]:
    """Give why a party of that type cannot hold a market role for a commodity."""
    faults = []
    if party_type != PartyType.MARKET_PARTICIPANT:
        faults.append(
            fault(
                codes.INVALID_ENUM,
                f"{path}.participant",
                phrase("a party of the type {0}", PartyType.MARKET_PARTICIPANT),
                party_type,
            )
        )
    if role in ELECTRICITY_ONLY_ROLES and commodity != Commodity.ELECTRICITY:
        wanted = phrase("{0} for {1}", Commodity.ELECTRICITY, role)
        faults.append(fault(codes.INVALID_ENUM, f"{path}.commodity", wanted, commodity))
    return faults


def period_faults(start: datetime, end: datetime | None, path: str) -> list[Fault]:
    """Give the faults of a period: a year that the hub does not know, or an end (None: none) not after the start."""
    named = [("validFrom", start)] + ([] if end is None else [("validTo", end)])
    faults = [
        # The day as it was given: such an instant may have no like in UTC.
        fault(codes.INVALID_PATTERN, f"{path}.{name}", moment.date().isoformat(), _KNOWN_YEARS)
        for name, moment in named
        if not FIRST_YEAR <= moment.year <= LAST_YEAR
    ]
    if not faults and end is not None and end <= start:
        faults.append(fault(codes.FROM_NOT_BEFORE_TO, f"{path}.validFrom", start, f"{path}.validTo", end))
    return faults


REPRESENTED = (PartyType.LEGAL_PERSON, PartyType.ORGANIZATION)


def represented_faults(customer_type: PartyType, path: str) -> list[Fault]:
    """Give why nobody can act for a party of that type: people and participants act for themselves."""
    if customer_type in REPRESENTED:
        return []
    wanted = phrase("a party of the type {0}", any_of(REPRESENTED))
    return [fault(codes.INVALID_ENUM, f"{path}.customer", wanted, customer_type)]


def range_faults(prefix: str, others: Sequence[str], path: str) -> list[Fault]:
    """Give why a beginning of codes cannot be a participant's; `others` are the ranges of all other participants."""
    if not _RANGE.fullmatch(prefix):
        wanted = phrase("the first 4 to 15 characters of metering point codes: 2 digits, Z …")
        return [fault(codes.INVALID_PATTERN, path, prefix, wanted)]
    clashing = sorted(other for other in others if other.startswith(prefix) or prefix.startswith(other))
    if clashing:
        wanted = phrase("outside the ranges of other participants: {0}", listing(clashing))
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
        wanted = phrase("1 to 40 letters, digits, dots, dashes or underscores, starting with a letter or digit")
        faults.append(fault(codes.INVALID_PATTERN, f"{path}.suffix", suffix, wanted))
    changed = changed_technical_user_faults(permissions=permissions, allowed_networks=allowed_networks, path=path)
    return faults + changed


def changed_technical_user_faults(
    *, permissions: Sequence[Permission], allowed_networks: Sequence[str], path: str
) -> list[Fault]:
    """Give why a technical user cannot have these permissions and networks."""
    faults = [] if permissions else [fault(codes.LIST_CAN_NOT_BE_EMPTY, f"{path}.permissions")]
    return faults + network_faults(allowed_networks, f"{path}.allowedNetworks")


def network_faults(networks: Sequence[str], path: str) -> list[Fault]:
    """Give that these are too many, or which of them are no IP networks (an address alone stands for itself)."""
    if len(networks) > MAX_NETWORKS:
        return [fault(codes.TOO_MANY_ENTRIES, path, len(networks), MAX_NETWORKS)]
    faults = []
    for position, network in enumerate(networks):
        if not _is_network(network):
            wanted = phrase("an IP network such as 192.0.2.0/24 or 2001:db8::/32")
            # Of what is far too long its beginning tells which it is.
            faults.append(fault(codes.INVALID_PATTERN, f"{path}[{position}]", network[:_NETWORK_LENGTH], wanted))
    return faults


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return len(text) <= _NETWORK_LENGTH


def overlap_faults(overlap: timedelta, path: str) -> list[Fault]:
    """Give why a former secret cannot go on for so long beside the new one."""
    hours = overlap / _HOUR
    if overlap < timedelta(0):
        return [fault(codes.FIELD_VALUE_CANNOT_BE_NEGATIVE, f"{path}.overlapHours", f"{hours:g}")]
    if overlap > MAX_OVERLAP:
        return [fault(codes.TOO_BIG, f"{path}.overlapHours", f"{hours:g}", MAX_OVERLAP // _HOUR)]
    return []
