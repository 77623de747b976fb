"""What is seen of a customer, as pure rules. Source: `1-market.md`, "Who may see what"."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from datahub.access.rules.grounds import GRID_TYPES
from datahub.market import AgreementType, Role, SourceType


class CustomerView(IntEnum):
    """How much of a customer a reader sees; the wider view holds the narrower."""

    EIC_ALONE = 0
    NAME_ALONE = 1
    NAME_AND_IDENTITIES = 2
    ALL = 3


class Tie(NamedTuple):
    """A type of agreement that ties a reader to a customer: as its provider in a role, or through its portfolio."""

    type: AgreementType
    role: str
    own: bool


def customer_view(ties: Iterable[Tie], *, is_permitted: bool = False) -> tuple[CustomerView, SourceType | None]:
    """Give what is seen of a customer by whom agreements tie to it now, and on which ground; None: on no ground.

    `is_permitted`: an authorization of the customer is valid now, which opens its name. How a customer is billed and
    reached is for its grid operator and for the open supplier of its general service. The windows of time are the
    search's own: a GRID agreement valid now, later, or ended at most 12 months ago; others that have begun and have not
    ended longer ago than that.
    """
    ties = list(ties)
    grids = [tie for tie in ties if tie.own and tie.type in GRID_TYPES]
    named = [
        tie for tie in ties if tie.own and tie.type == AgreementType.GENERAL_SERVICE and tie.role == Role.OPEN_SUPPLIER
    ]
    if grids:
        return CustomerView.ALL, SourceType.OWNERSHIP
    if named:
        return CustomerView.ALL, SourceType.AGREEMENT
    if ties:
        ground = SourceType.AGREEMENT if any(tie.own for tie in ties) else SourceType.BALANCE_STATE
        return CustomerView.NAME_AND_IDENTITIES, ground
    if is_permitted:
        return CustomerView.NAME_ALONE, SourceType.PERMISSION
    return CustomerView.EIC_ALONE, None
