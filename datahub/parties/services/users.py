"""People who sign in, and what they may do for participants. Sources: `1-market.md`, "Market roles"; `5-web.md`.

Who asks must have been found entitled to: staff, or a person with ADMIN of the participant in the role.
"""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify

from datahub.errors import DomainError, codes, fault, phrase, refuse
from datahub.market import Commodity, PartyType, Permission, Role
from datahub.parties import rules
from datahub.parties.models import Identity, MarketRole, Party, User, UserGrant

_GRANT, _SUBJECT = "grant", "subject"
_NAME_LENGTH = 150
_USERNAME_LENGTH = 60


@transaction.atomic
def grant(
    *,
    user: User,
    participant: Party,
    role: Role,
    commodity: Commodity,
    permission: Permission,
    by: User | None,
    now: datetime,
) -> UserGrant:
    """Let a person do something for a participant in one of its roles.

    Raises DomainError for a role that the participant holds neither now nor later, or already-exists.
    """
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    faults = rules.grant_faults(
        PartyType(participant.type),
        role,
        commodity,
        is_held=_is_held(participant, role, commodity, now),
        participant=participant.eic,
        path=_GRANT,
    )
    given = UserGrant(user=user, participant=participant, role=role, commodity=commodity, permission=permission)
    if _like(given).exists():
        faults.append(
            fault(codes.ALREADY_EXISTS, f"{_GRANT}.permission", phrase("{0} of {1}", permission, user.username))
        )
    if faults:
        raise DomainError(faults)
    return _save(given, by)


def _save(given: UserGrant, by: User | None) -> UserGrant:
    given._history_user = by  # type: ignore[attr-defined]  # who stands in the history
    given.save()
    return given


def _like(given: UserGrant) -> QuerySet[UserGrant]:
    return UserGrant.objects.filter(
        user=given.user,
        participant=given.participant,
        role=given.role,
        commodity=given.commodity,
        permission=given.permission,
    )


def _is_held(participant: Party, role: str, commodity: str, now: datetime) -> bool:
    held = MarketRole.objects.filter(participant=participant, role=role, commodity=commodity)
    return held.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=now)).exists()


@transaction.atomic
def withdraw(
    *,
    user: User,
    participant: Party,
    role: Role,
    commodity: Commodity,
    permission: Permission,
    by: User | None,
    now: datetime,
) -> None:
    """Take from a person what she may do for a participant in a role.

    Raises DomainError: not-found.resource for what she may not do anyway; last-administrator and own-administration
    while the participant holds the role.
    """
    # The participant's row is locked, so that two at once cannot take the last two administrators away.
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    wanted = UserGrant(user=user, participant=participant, role=role, commodity=commodity, permission=permission)
    given = _like(wanted).first()
    if given is None:
        which = phrase("{0} {1} of {2} as {3} {4}", _GRANT, permission, user.username, role, commodity)
        raise refuse(codes.NOT_FOUND_RESOURCE, which)
    others = UserGrant.objects.filter(
        participant=participant, role=role, commodity=commodity, permission=Permission.ADMIN, user__is_active=True
    ).exclude(user=user)
    faults = rules.withdrawal_faults(
        permission,
        is_own=by is not None and by.pk == user.pk,
        other_administrators=others.count(),
        is_held=_is_held(participant, role, commodity, now),
        path=_GRANT,
    )
    if faults:
        raise DomainError(faults)
    given._history_user = by  # type: ignore[attr-defined]  # who stands in the history
    given.delete()


@transaction.atomic
def add_user_by_subject(*, subject: str, first_name: str, last_name: str, by: User | None) -> User:
    """Give the person whom the OpenID provider knows by a name, made known to the hub if she is not yet.

    The names are for a new one alone. Who was shut out by staff stays so, and who asks is told nothing of it. Raises
    DomainError for a subject that is none, or a name that is missing or too long.
    """
    faults = rules.subject_faults(subject, _SUBJECT)
    for path, name in (("firstName", first_name), ("lastName", last_name)):
        if not name.strip():
            faults.append(fault(codes.MISSING, path))
        elif len(name) > _NAME_LENGTH:
            faults.append(fault(codes.FIELD_CANNOT_BE_LONGER, path, len(name), _NAME_LENGTH))
    if faults:
        raise DomainError(faults)
    known = User.objects.filter(subject=subject).first()
    if known is None:
        party = _person_with(subject)
        known = None if party is None else _user_of(party, subject, by)
        if known is None:
            return _add(subject, first_name.strip(), last_name.strip(), party, by)
    return known


@transaction.atomic
def person_of_subject(*, subject: str, first_name: str, last_name: str) -> User | None:
    """Give the active person whom the OpenID provider names, or None for one whom the hub does not let in.

    Found by the subject; else the user of the customer with that personal code, made if there is none. The names are
    the provider's, and become the user's.
    """
    if rules.subject_faults(subject, _SUBJECT):
        return None
    first_name, last_name = first_name.strip()[:_NAME_LENGTH], last_name.strip()[:_NAME_LENGTH]
    user = User.objects.select_for_update().filter(subject=subject).first()
    party = _person_with(subject) if user is None or user.party_id is None else None
    if user is None:
        if party is None:
            return None
        user = _user_of(party, subject, None)
        if user is None:
            # The customer's row is locked; who was at it before has made the user meanwhile.
            return _add(subject, first_name, last_name, party, None)
    if not user.is_active:
        return None
    _keep(user, first_name, last_name, party)
    return user


def _keep(user: User, first_name: str, last_name: str, party: Party | None) -> None:
    """Keep the provider's names, and who the person is as a customer if that was not known yet."""
    changed = {}
    if party is not None and user.party_id is None and not User.objects.filter(party=party).exists():
        changed["party"] = party
    for field, name in (("first_name", first_name), ("last_name", last_name)):
        if name and getattr(user, field) != name:
            changed[field] = name  # type: ignore[assignment]
    if changed:
        for field, value in changed.items():
            setattr(user, field, value)
        user.save(update_fields=list(changed))


def _person_with(subject: str) -> Party | None:
    """Find and lock the customer whose personal code a subject names."""
    named = rules.personal_identity(subject)
    if named is None:
        return None
    found = Identity.objects.filter(
        party_type=PartyType.PHYSICAL_PERSON, type=named.type, value=named.value, country=named.country
    ).values("party")
    return Party.objects.select_for_update().filter(pk__in=found).first()


def _user_of(party: Party, subject: str, by: User | None) -> User | None:
    """Give the user of a customer, one who may sign in before one who may not; she is known by the subject from now on.

    Who has another subject keeps that: the person has a personal code of a second country.
    """
    user = User.objects.select_for_update().filter(party=party).order_by("-is_active", "pk").first()
    if user is not None and user.is_active and user.subject is None:
        user.subject = subject
        user._history_user = by  # type: ignore[attr-defined]  # who stands in the history
        user.save(update_fields=["subject"])
    return user


def _add(subject: str, first_name: str, last_name: str, party: Party | None, by: User | None) -> User:
    wanted = slugify(f"{first_name} {last_name}").replace("-", ".")[:_USERNAME_LENGTH] or "user"
    free = not User.objects.filter(username=wanted).exists()
    user = User(
        username=wanted if free else f"{wanted}.{secrets.token_hex(4)}",
        first_name=first_name,
        last_name=last_name,
        subject=subject,
        party=party,
    )
    user.set_unusable_password()
    user._history_user = by  # type: ignore[attr-defined]  # who stands in the history
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # Another made the same person, or one of the same name, at the same instant.
        known = User.objects.filter(subject=subject).first()
        if known is not None:
            return known
        user.username = f"{wanted}.{secrets.token_hex(4)}"
        user.save()
    return user
