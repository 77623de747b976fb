"""Who manages users, and whom. Sources: `2-wire.md`, "users are managed by ADMIN and EDITOR_AUTHORIZATION"."""

from collections.abc import Collection

from datahub.errors import Fault, all_of, codes, fault, phrase
from datahub.market import Commodity, Permission, Role

# With these a person could make herself, or anybody, whatever else there is: they are an administrator's to give.
_FOR_ADMINISTRATORS = frozenset({Permission.ADMIN, Permission.EDITOR_AUTHORIZATION})


def givable(held: Collection[Permission]) -> frozenset[Permission]:
    """Give what a person who holds those permissions in a role, one of them to manage users, may give others there."""
    every = frozenset(Permission)
    return every if Permission.ADMIN in held else every - _FOR_ADMINISTRATORS


def managing_faults(
    held: Collection[Permission], changed: Collection[Permission], *, is_own: bool, username: str, path: str
) -> list[Fault]:
    """Give why a person who holds those permissions in a role cannot give or take others there.

    An administrator may give and take all; who manages users, all but the management itself, and none of her own.
    """
    if Permission.ADMIN in held:
        return []
    if Permission.EDITOR_AUTHORIZATION not in held:
        return [fault(codes.PERMISSION_MISSING, username, Permission.EDITOR_AUTHORIZATION)]
    if is_own:
        return [fault(codes.OWN_PERMISSIONS, path)]
    wider = sorted(set(changed) - givable(held))
    return [fault(codes.PERMISSION_OF_ADMINISTRATORS, path, permission) for permission in wider]


def technical_user_managing_faults(without: Collection[tuple[Role, Commodity]], *, path: str) -> list[Fault]:
    """Give why a person who lacks ADMIN in those of the participant's roles cannot see to its technical users.

    Their tokens act in each role that the participant holds, and would carry her into those that are not hers.
    """
    if not without:
        return []
    roles = all_of(phrase("{0} ({1})", role, commodity) for role, commodity in sorted(without))
    return [fault(codes.ADMINISTRATOR_OF_EACH_ROLE, path, roles)]
