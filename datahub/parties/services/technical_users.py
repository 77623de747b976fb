"""Participants' own systems at the API and their secrets. Source: `1-market.md`, "Technical users".

Each act is told who asks, `by`: a person who acts for the participant, and must then be an administrator in each role
that it holds; None for staff, whom the admin lets in by its own permissions, and for the making of the demo market.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q, QuerySet

from datahub.errors import DomainError, codes, fault, phrase, refuse
from datahub.market import PartyType, Permission
from datahub.parties import rules, selectors
from datahub.parties.models import Party, TechnicalUser, TechnicalUserSecret, User

SECRET_BYTES = 32
OVERLAP = timedelta(days=1)
# A new secret and the one before it, while they overlap.
MOST_VALID = 2
_RENEWED = "a new secret"
_PATH = "technicalUser"


@transaction.atomic
def register_technical_user(
    *,
    participant: Party,
    suffix: str,
    permissions: Sequence[Permission],
    by: User | None,
    now: datetime,
    allowed_networks: Sequence[str] = (),
    secret: str | None = None,
) -> tuple[TechnicalUser, str]:
    """Register a technical user and give it with its secret, which is kept only as a hash and never given again.

    The id is `<participant EIC>-<suffix>`. `secret` is for the demo market alone, whose secrets are public; else the
    hub makes one. Raises DomainError: administrator-of-each-role, more than 20 of one participant, the suffix, a
    network, already-exists, an id that one had that was removed.
    """
    # The participant's row is locked, so that two at once cannot both be the twentieth.
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    _ask_who(by, participant, now)
    existing = selectors.technical_users_of(participant).count()
    faults = rules.technical_user_faults(
        suffix=suffix,
        permissions=permissions,
        allowed_networks=allowed_networks,
        existing=existing,
        path=_PATH,
    )
    if participant.type != PartyType.MARKET_PARTICIPANT:
        faults.append(
            fault(codes.INVALID_ENUM, "technicalUser.participant", PartyType.MARKET_PARTICIPANT, participant.type)
        )
    client_id = f"{participant.eic}-{suffix}"
    same = TechnicalUser.objects.filter(client_id=client_id).first()
    if same is not None and same.removed_at is not None:
        wanted = phrase("one that no removed technical user had")
        faults.append(fault(codes.INVALID_PATTERN, f"{_PATH}.suffix", suffix, wanted))
    elif same is not None:
        faults.append(fault(codes.ALREADY_EXISTS, f"{_PATH}.suffix", client_id))
    if faults:
        raise DomainError(faults)
    technical_user = TechnicalUser.objects.create(
        participant=participant,
        client_id=client_id,
        permissions=sorted(set(permissions)),
        allowed_networks=list(allowed_networks),
    )
    return technical_user, _add_secret(technical_user, now, secret)


@transaction.atomic
def rotate_secret(
    *,
    technical_user: TechnicalUser,
    by: User | None,
    now: datetime,
    overlap: timedelta = OVERLAP,
    seen: datetime | None = None,
) -> str:
    """Give a technical user a new secret; the one that it has stays valid for the overlap, older ones end now.

    `seen` is when the newest secret was made that was known to who asks: raises changed-meanwhile if there is a newer
    one, so that a form that is sent twice does not end the secret that is in use; administrator-of-each-role; an
    overlap that is too long; not-found.resource for one that was removed.
    """
    technical_user = _locked(technical_user, by, now)
    if faults := rules.overlap_faults(overlap, _PATH):
        raise DomainError(faults)
    made_at = newest_secret_at(technical_user)
    if seen is not None and made_at is not None and made_at > seen:
        raise refuse(codes.CHANGED_MEANWHILE, made_at)
    valid = valid_secrets(technical_user, now)
    newest = valid.order_by("-created_at", "-id").first()
    if newest is not None:
        valid.exclude(pk=newest.pk).update(expires_at=now)
        end = now + overlap
        if newest.expires_at is None or newest.expires_at > end:
            newest.expires_at = end
            newest.save(update_fields=["expires_at"])
    # Of secrets no history is kept: that there is a new one, and by whom, stands in their user's.
    technical_user._change_reason = _RENEWED  # type: ignore[attr-defined]
    technical_user.save(update_fields=["is_active"])
    return _add_secret(technical_user, now)


def newest_secret_at(technical_user: TechnicalUser) -> datetime | None:
    """Give when the newest secret of a technical user was made, valid still or not."""
    made = TechnicalUserSecret.objects.filter(technical_user=technical_user)
    return made.order_by("-created_at").values_list("created_at", flat=True).first()


@transaction.atomic
def change_technical_user(
    *,
    technical_user: TechnicalUser,
    permissions: Sequence[Permission] | None = None,
    allowed_networks: Sequence[str] | None = None,
    by: User | None,
    now: datetime,
) -> TechnicalUser:
    """Change what a technical user may do, and from which networks; None leaves what stands by now.

    Raises DomainError: administrator-of-each-role, no permission at all, a network, no-change-received,
    not-found.resource for one that was removed.
    """
    technical_user = _locked(technical_user, by, now)
    if permissions is None:
        permissions = [Permission(one) for one in technical_user.permissions]
    if allowed_networks is None:
        allowed_networks = technical_user.allowed_networks
    faults = rules.changed_technical_user_faults(permissions=permissions, allowed_networks=allowed_networks, path=_PATH)
    after = sorted(set(permissions)), list(allowed_networks)
    if not faults and after == (sorted(technical_user.permissions), technical_user.allowed_networks):
        faults.append(fault(codes.NO_CHANGE_RECEIVED, _PATH))
    if faults:
        raise DomainError(faults)
    technical_user.permissions, technical_user.allowed_networks = after
    technical_user.save(update_fields=["permissions", "allowed_networks"])
    return technical_user


def _add_secret(technical_user: TechnicalUser, now: datetime, secret: str | None = None) -> str:
    secret = secret or secrets.token_urlsafe(SECRET_BYTES)
    TechnicalUserSecret.objects.create(technical_user=technical_user, secret_hash=make_password(secret), created_at=now)
    return secret


def valid_secrets(technical_user: TechnicalUser, now: datetime) -> QuerySet[TechnicalUserSecret]:
    """Give the secrets of a technical user that let it in now, without an order."""
    return TechnicalUserSecret.objects.filter(technical_user=technical_user).filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    )


def verify_secret(*, client_id: str, secret: str, now: datetime) -> TechnicalUser | None:
    """Find the active technical user of an id if the secret is one of those valid now; else None.

    Every refusal costs the time of two hashes, as many as secrets can be valid at once, so that the time of the answer
    tells nobody which ids there are.
    """
    technical_user = (
        TechnicalUser.objects.filter(client_id=client_id, is_active=True).select_related("participant").first()
    )
    valid = [] if technical_user is None else list(valid_secrets(technical_user, now).order_by("-created_at", "-id"))
    if any(check_password(secret, one.secret_hash) for one in valid):
        return technical_user
    for _ in range(MOST_VALID - len(valid)):
        make_password(secret)
    return None


@transaction.atomic
def set_active(*, technical_user: TechnicalUser, is_active: bool, by: User | None, now: datetime) -> TechnicalUser:
    """Let a technical user in, or shut it out; it keeps its id and its history.

    Raises DomainError: administrator-of-each-role, no-change-received, not-found.resource for one that was removed.
    """
    technical_user = _locked(technical_user, by, now)
    if technical_user.is_active == is_active:
        raise refuse(codes.NO_CHANGE_RECEIVED, f"{_PATH}.isActive")
    technical_user.is_active = is_active
    technical_user.save(update_fields=["is_active"])
    return technical_user


@transaction.atomic
def remove_technical_user(*, technical_user: TechnicalUser, by: User | None, now: datetime) -> TechnicalUser:
    """Remove a technical user for good: it is refused from the next request on, and its secrets are destroyed.

    What it has sent keeps its id, which no other gets. Raises DomainError: administrator-of-each-role,
    not-found.resource for one that was removed already.
    """
    technical_user = _locked(technical_user, by, now)
    TechnicalUserSecret.objects.filter(technical_user=technical_user).delete()
    technical_user.is_active, technical_user.removed_at = False, now
    technical_user.save(update_fields=["is_active", "removed_at"])
    return technical_user


def _locked(technical_user: TechnicalUser, by: User | None, now: datetime) -> TechnicalUser:
    """Lock a technical user, if it was not removed meanwhile, for a change by who may change it."""
    if by is not None:
        # The participant's row before the user's own: as where administrators are given and taken, and users made.
        participant = Party.objects.select_for_update().get(pk=technical_user.participant_id)
        _ask_who(by, participant, now)
    locked = TechnicalUser.objects.select_for_update().get(pk=technical_user.pk)
    if locked.removed_at is not None:
        raise refuse(codes.NOT_FOUND_RESOURCE, locked.client_id)
    return locked


def _ask_who(by: User | None, participant: Party, now: datetime) -> None:
    """Refuse a person who is not an administrator in each of the participant's roles by now."""
    if by is not None:
        without = selectors.roles_without_administration(by, participant, now)
        if faults := rules.technical_user_managing_faults(without, path=_PATH):
            raise DomainError(faults)
