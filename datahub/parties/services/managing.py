"""People as those manage them who may: in one role of one participant. Source: `5-web.md`, "Users and technical users".

Staff give and take by `datahub.parties.services.users`, on which this stands.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from datahub.errors import DomainError, Fault, codes, fault
from datahub.market import Commodity, Permission, Role
from datahub.parties import rules, selectors
from datahub.parties.models import Party, TypedName, User, UserGrant
from datahub.parties.services import users

_PERMISSIONS = "permissions"


@transaction.atomic
def add_person(
    *,
    subject: str,
    first_name: str,
    last_name: str,
    participant: Party,
    role: Role,
    commodity: Commodity,
    permissions: Collection[Permission],
    by: User,
    now: datetime,
) -> User:
    """Let a person, known to the hub or not, act for a participant in a role.

    To the participant she has the name that was typed until she has acted for it (`met`): what the hub knows of whoever
    has a personal code is nobody's to ask for. Raises DomainError: already-exists where she may do something there
    already; else as `set_permissions` and `users.add_user_by_subject`.
    """
    Party.objects.select_for_update().get(pk=participant.pk)
    faults = _choice_faults(permissions)
    faults += _managing_faults(by, _held(by, participant, role, commodity), permissions)
    try:
        with transaction.atomic():
            person = users.add_user_by_subject(subject=subject, first_name=first_name, last_name=last_name, by=by)
    except DomainError as error:
        raise DomainError([*faults, *error.faults]) from error
    if _held(person, participant, role, commodity):
        faults.append(fault(codes.ALREADY_EXISTS, "subject", selectors.known_name(person, participant)))
    if faults:
        raise DomainError(faults)
    if not UserGrant.objects.filter(user=person, participant=participant).exists():
        typed = {"first_name": first_name.strip(), "last_name": last_name.strip()}
        TypedName.objects.update_or_create(user=person, participant=participant, defaults=typed)
    _change(person, participant, role, commodity, give=permissions, take=(), by=by, now=now)
    return person


@transaction.atomic
def set_permissions(
    *,
    user: User,
    participant: Party,
    role: Role,
    commodity: Commodity,
    permissions: Collection[Permission],
    by: User,
    now: datetime,
) -> frozenset[Permission]:
    """Let a person do just this for a participant in a role; give what was changed.

    Raises DomainError: none given, no-change-received, what the one who asks may not give or take, own-administration,
    last-administrator.
    """
    Party.objects.select_for_update().get(pk=participant.pk)
    held = _held(user, participant, role, commodity)
    changed = held ^ set(permissions)
    faults = _choice_faults(permissions)
    faults += _managing_faults(by, _held(by, participant, role, commodity), changed, user=user)
    if not faults and not changed:
        faults.append(fault(codes.NO_CHANGE_RECEIVED, _PERMISSIONS))
    if faults:
        raise DomainError(faults)
    give, take = set(permissions) - held, held - set(permissions)
    _change(user, participant, role, commodity, give=give, take=take, by=by, now=now)
    return frozenset(changed)


@transaction.atomic
def remove_person(
    *, user: User, participant: Party, role: Role, commodity: Commodity, by: User, now: datetime
) -> frozenset[Permission]:
    """Let a person do nothing more for a participant in a role, give what is taken; elsewhere she goes on as before.

    Raises DomainError as `set_permissions`.
    """
    Party.objects.select_for_update().get(pk=participant.pk)
    held = _held(user, participant, role, commodity)
    if faults := _managing_faults(by, _held(by, participant, role, commodity), held, user=user):
        raise DomainError(faults)
    _change(user, participant, role, commodity, give=(), take=held, by=by, now=now)
    return frozenset(held)


def met(*, user: User, participant: Party) -> None:
    """Let a participant know a person by her own name: she acts for it now."""
    TypedName.objects.filter(user=user, participant=participant).delete()


def _held(user: User, participant: Party, role: str, commodity: str) -> set[Permission]:
    found = UserGrant.objects.filter(user=user, participant=participant, role=role, commodity=commodity)
    return {Permission(permission) for permission in found.values_list("permission", flat=True)}


def _choice_faults(permissions: Collection[Permission]) -> list[Fault]:
    return [] if permissions else [fault(codes.LIST_CAN_NOT_BE_EMPTY, _PERMISSIONS)]


def _managing_faults(
    by: User, held: Collection[Permission], changed: Collection[Permission], *, user: User | None = None
) -> list[Fault]:
    """Ask what the one who asks holds by now: it may have been taken from her since she opened the page."""
    return rules.managing_faults(
        held,
        changed,
        is_own=user is not None and user.pk == by.pk,
        username=by.get_full_name() or by.username,
        path=_PERMISSIONS,
    )


def _change(
    user: User,
    participant: Party,
    role: Role,
    commodity: Commodity,
    *,
    give: Collection[Permission],
    take: Collection[Permission],
    by: User,
    now: datetime,
) -> None:
    for permission in sorted(take):
        users.withdraw(
            user=user,
            participant=participant,
            role=role,
            commodity=commodity,
            permission=permission,
            by=by,
            now=now,
        )
    for permission in sorted(give):
        users.grant(
            user=user,
            participant=participant,
            role=role,
            commodity=commodity,
            permission=permission,
            by=by,
            now=now,
        )
