"""Who stands on which side, and how far back changes are scanned. Source: `4-exchanges.md`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from datahub.errors import Fault, codes, fault
from datahub.market import Role

SCANNED_DAYS = 31
# Why a change that changes nothing is refused.
NOTHING_NEW = "it names nothing that differs from what stands"
# Who may be asked: the operators that customers have their grid service from.
OPERATOR_ROLES = (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)


class Side(StrEnum):
    """The two sides of an exchange: the supplier that asked, the operator that answers."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"

    @property
    def other(self) -> "Side":
        """The other side."""
        return Side.RECEIVER if self is Side.SENDER else Side.SENDER


def side_in(role: Role) -> Side | None:
    """Give the side on which a participant stands in a role; None for a role that takes no part."""
    if role == Role.OPEN_SUPPLIER:
        return Side.SENDER
    return Side.RECEIVER if role in OPERATOR_ROLES else None


def scan_faults(since: datetime, *, now: datetime) -> list[Fault]:
    """Tell whether a scan begins too far back: changes are scanned for 31 days."""
    earliest = now - timedelta(days=SCANNED_DAYS)
    if since >= earliest:
        return []
    return [fault(codes.UPDATE_PERIOD_TOO_LONG, "updatePeriodStart", since, SCANNED_DAYS, earliest)]


@dataclass(frozen=True, slots=True)
class By:
    """Who acted for a participant: its system, by client id, or a person, by the id of the user."""

    technical_user: str = ""
    user_id: int | None = None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give what a step changed: by field, the value before and after, where they differ."""
    names = dict.fromkeys([*before, *after])
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
