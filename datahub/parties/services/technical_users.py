"""Participants' own systems at the API and their secrets. Source: `1-market.md`, "Technical users"."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q, QuerySet

from datahub.errors import DomainError, codes, fault, refuse
from datahub.market import PartyType, Permission
from datahub.parties import rules
from datahub.parties.models import Party, TechnicalUser, TechnicalUserSecret

SECRET_BYTES = 32
OVERLAP = timedelta(days=1)
# A new secret and the one before it, while they overlap.
MOST_VALID = 2


@transaction.atomic
def register_technical_user(
    *,
    participant: Party,
    suffix: str,
    permissions: Sequence[Permission],
    now: datetime,
    allowed_networks: Sequence[str] = (),
    secret: str | None = None,
) -> tuple[TechnicalUser, str]:
    """Register a technical user and give it with its secret, which is kept only as a hash and never given again.

    The id is `<participant EIC>-<suffix>`. `secret` is for the demo market alone, whose secrets are public; else the
    hub makes one. Raises DomainError: more than 20 of one participant, the suffix, a network, already-exists.
    """
    # The participant's row is locked, so that two at once cannot both be the twentieth.
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    existing = TechnicalUser.objects.filter(participant=participant).count()
    faults = rules.technical_user_faults(
        suffix=suffix,
        permissions=permissions,
        allowed_networks=allowed_networks,
        existing=existing,
        path="technicalUser",
    )
    if participant.type != PartyType.MARKET_PARTICIPANT:
        faults.append(
            fault(codes.INVALID_ENUM, "technicalUser.participant", PartyType.MARKET_PARTICIPANT, participant.type)
        )
    client_id = f"{participant.eic}-{suffix}"
    if TechnicalUser.objects.filter(client_id=client_id).exists():
        faults.append(fault(codes.ALREADY_EXISTS, "technicalUser.suffix", client_id))
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
def rotate_secret(*, technical_user: TechnicalUser, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """Give a technical user a new secret; the one that it has stays valid for the overlap, older ones end now."""
    technical_user = TechnicalUser.objects.select_for_update().get(pk=technical_user.pk)
    valid = _valid_secrets(technical_user, now)
    newest = valid.order_by("-created_at", "-id").first()
    if newest is not None:
        valid.exclude(pk=newest.pk).update(expires_at=now)
        end = now + overlap
        if newest.expires_at is None or newest.expires_at > end:
            newest.expires_at = end
            newest.save(update_fields=["expires_at"])
    return _add_secret(technical_user, now)


def _add_secret(technical_user: TechnicalUser, now: datetime, secret: str | None = None) -> str:
    secret = secret or secrets.token_urlsafe(SECRET_BYTES)
    TechnicalUserSecret.objects.create(technical_user=technical_user, secret_hash=make_password(secret), created_at=now)
    return secret


def _valid_secrets(technical_user: TechnicalUser, now: datetime) -> QuerySet[TechnicalUserSecret]:
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
    valid = [] if technical_user is None else list(_valid_secrets(technical_user, now).order_by("-created_at", "-id"))
    if any(check_password(secret, one.secret_hash) for one in valid):
        return technical_user
    for _ in range(MOST_VALID - len(valid)):
        make_password(secret)
    return None


@transaction.atomic
def set_active(*, technical_user: TechnicalUser, is_active: bool) -> TechnicalUser:
    """Let a technical user in, or shut it out; it keeps its id and its history."""
    technical_user = TechnicalUser.objects.select_for_update().get(pk=technical_user.pk)
    if technical_user.is_active == is_active:
        raise refuse(codes.NO_CHANGE_RECEIVED, "technicalUser.isActive")
    technical_user.is_active = is_active
    technical_user.save(update_fields=["is_active"])
    return technical_user
