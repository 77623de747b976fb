"""Who stands on which side, how far back changes are scanned, how long it is kept. Source: `4-exchanges.md`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.market import Role

SCANNED_DAYS = 31
# The longest part of a comment that is searched for, in characters: no comment is longer.
LONGEST_PART = 4000
# Why a change that changes nothing is refused.
NOTHING_NEW = phrase("it contains nothing that differs from the current data")
# Who may be asked: the operators that customers have their grid service from.
OPERATOR_ROLES = (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)
# So long an exchange is kept after its end (`1-market.md`, "Kept for").
KEPT_MONTHS = 7 * 12


class Side(StrEnum):
    """The two sides of an exchange: the supplier that asked, the operator that answers."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"

    @property
    def other(self) -> "Side":
        """The other side."""
        return Side.RECEIVER if self is Side.SENDER else Side.SENDER


ROLES: Mapping[Side, tuple[Role, ...]] = {Side.SENDER: (Role.OPEN_SUPPLIER,), Side.RECEIVER: OPERATOR_ROLES}


def side_in(role: Role) -> Side | None:
    """Give the side on which a participant stands in a role; None for a role that takes no part."""
    return next((side for side, roles in ROLES.items() if role in roles), None)


def role_fault(role: Role, side: Side) -> Fault | None:
    """Give why a participant in a role saves nothing on a side, or None."""
    roles = ROLES[side]
    return None if role in roles else fault(codes.SENDER_TYPE, role, any_of(roles))


def scan_faults(since: datetime, *, now: datetime) -> list[Fault]:
    """Tell whether a scan begins too far back: changes are scanned for 31 days."""
    earliest = now - timedelta(days=SCANNED_DAYS)
    if since >= earliest:
        return []
    return [fault(codes.UPDATE_PERIOD_TOO_LONG, "updatePeriodStart", since, SCANNED_DAYS, earliest)]


def meanwhile_fault(changed_at: datetime, seen: datetime | None) -> Fault | None:
    """Give why what was decided on as it stood at `seen` is not saved, if it has changed since; None: not known."""
    return None if seen in (None, changed_at) else fault(codes.CHANGED_MEANWHILE, changed_at)


@dataclass(frozen=True, slots=True)
class By:
    """Who acted for a participant: its system, by client id, or a person, by the id of the user."""

    technical_user: str = ""
    user_id: int | None = None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give what a step changed: by field, the value before and after, where they differ."""
    names = dict.fromkeys([*before, *after])
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
