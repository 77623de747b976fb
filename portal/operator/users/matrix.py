"""Who may do what, as a table: a row for each person, a column for each area of the market."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from datahub.market import Permission
from datahub.parties.models import User


class Area(NamedTuple):
    """What permissions are about: the one to see it and the one to change it, where there is one."""

    label: str | Promise
    viewer: Permission | None
    editor: Permission | None


AREAS = (
    Area(_("Metering points"), Permission.VIEWER_METERING_POINT, Permission.EDITOR_METERING_POINT),
    Area(_("Readings"), Permission.VIEWER_METERING_DATA, Permission.EDITOR_METERING_DATA),
    Area(_("Agreements"), Permission.VIEWER_AGREEMENT, Permission.EDITOR_AGREEMENT),
    Area(_("Customers"), Permission.VIEWER_CUSTOMER, Permission.EDITOR_CUSTOMER),
    Area(_("Network bills"), None, Permission.EDITOR_NETWORK_BILL),
    Area(_("Connection requests"), Permission.VIEWER_CONNECTION_STATE, Permission.EDITOR_CONNECTION_STATE),
    Area(_("Enquiries"), Permission.VIEWER_DIRECT_MESSAGE, Permission.EDITOR_DIRECT_MESSAGE),
    Area(_("Authorizations"), Permission.VIEWER_PERMISSION, None),
    Area(_("Distribution"), Permission.VIEWER_DATA_DISTRIBUTION, None),
    Area(_("Users"), None, Permission.EDITOR_AUTHORIZATION),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A person with what she may do in each area; an administrator may do everything."""

    user: User
    is_admin: bool
    cells: tuple[str, ...]

    @property
    def name(self) -> str:
        """Her name as the participant knows it."""
        return shown_name(self.user)


def shown_name(person: User) -> str:
    """Give the name of one of the role's people (`people_of`) as the participant knows it, or what she signs in by."""
    known: Any = person
    return f"{known.known_first} {known.known_last}".strip() or str(known.known_username)


def rows_of(people: Iterable[User], permissions: dict[int, frozenset[Permission]]) -> list[Row]:
    """Make the rows of some people."""
    held = ((user, permissions.get(user.pk, frozenset())) for user in people)
    return [Row(user, Permission.ADMIN in given, cells(given)) for user, given in held]


def cells(given: Collection[Permission]) -> tuple[str, ...]:
    """Say what some permissions allow in each area, in its order; empty for nothing."""
    return tuple(_cell(area, given) for area in AREAS)


def _cell(area: Area, given: Collection[Permission]) -> str:
    if area.editor in given:
        return pgettext("permission", "changes")
    return pgettext("permission", "sees") if area.viewer in given else ""
