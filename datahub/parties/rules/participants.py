"""What market participants hold, and who acts for whom. Source: `1-market.md`, "Market roles"."""

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime

from datahub.errors import Fault, codes, fault
from datahub.market import ELECTRICITY_ONLY_ROLES, Commodity, PartyType, Permission, Role

MAX_TECHNICAL_USERS = 20
_SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_RANGE = re.compile(r"[0-9]{2}Z[A-Z0-9-]{1,12}")


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
