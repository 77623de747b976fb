"""The second factor of staff: one-time codes of an app, and recovery codes for when it is lost.

The devices are those of django-otp, which reads the clock itself, takes no code twice, and makes who types wrong codes
wait longer and longer. Source: `5-web.md`, "Signing in"; RFC 6238.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from datahub.errors import codes, refuse
from datahub.parties.models import User

RECOVERY_CODES = 10
# Known to everybody: it opens the demo, and nothing else.
PUBLIC_KEY = b"demo-not-a-secret-20".hex()
_NAME = "app"
_RECOVERY = "recovery codes"
_APP_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device that was set up, and the recovery codes that are shown once."""

    device: Any
    recovery_codes: list[str]


def has_second_factor(user: User) -> bool:
    """Tell whether a person has set up a device for one-time codes."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def new_device(user: User, key: str) -> Any:
    """Give the device of a secret (hexadecimal) as it would be set up; nothing is saved."""
    return TOTPDevice(user=user, key=key, name=_NAME, confirmed=True)


@transaction.atomic
def enrol(*, user: User, key: str, code: str) -> Enrolled | None:
    """Set up the device of a secret, if the code is one of it and the person has no device yet; else give None."""
    # The person's row is locked, so that of two at once only the first sets up a device.
    user = User.objects.select_for_update().get(pk=user.pk)
    if has_second_factor(user) or not _APP_CODE.fullmatch(code) or key == PUBLIC_KEY:
        return None
    device = new_device(user, key)
    device.save()
    if not device.verify_token(code):
        device.delete()
        return None
    return Enrolled(device, _renew_recovery_codes(user))


@transaction.atomic
def check_code(*, user: User, code: str) -> Any:
    """Give the person's device that a code is of, which takes it no second time; None where there is none."""
    code = code.replace(" ", "").lower()
    devices = _usable_devices(user) if _APP_CODE.fullmatch(code) else _recovery(user)
    for device in devices.select_for_update():
        if device.verify_token(code):
            return device
    return None


def _usable_devices(user: User) -> QuerySet[Any]:
    devices: QuerySet[Any] = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk")
    # A database of the demo that was taken elsewhere opens nothing there.
    return devices if is_demo() else devices.exclude(key=PUBLIC_KEY)


def _recovery(user: User) -> QuerySet[Any]:
    found: QuerySet[Any] = StaticDevice.objects.filter(user=user, confirmed=True).order_by("pk")
    return found


def recovery_codes_left(user: User) -> int:
    """Count the recovery codes that were not used yet."""
    return int(StaticToken.objects.filter(device__user=user, device__confirmed=True).count())


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """Give a person new recovery codes; the former ones are good no more. Refused to who has no device."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not has_second_factor(user):
        raise refuse(codes.NO_CHANGE_RECEIVED, "secondFactor")
    return _renew_recovery_codes(user)


def _renew_recovery_codes(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": _RECOVERY, "confirmed": True})
    StaticToken.objects.filter(device__user=user).delete()
    fresh = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in fresh)
    return fresh


@transaction.atomic
def reset(*, user: User) -> None:
    """Take a person's device and recovery codes away: she sets up new ones when she signs in next.

    Sessions that were opened with them are verified no more. Refused where there are none.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    gone = [model.objects.filter(user=user).delete()[0] for model in (TOTPDevice, StaticDevice)]
    if not any(gone):
        raise refuse(codes.NO_CHANGE_RECEIVED, "secondFactor")


def is_demo() -> bool:
    """Tell whether this is the demo: its settings alone say so."""
    return bool(getattr(settings, "IS_DEMO", False))


def give_demo_device(user: User) -> Any:
    """Give a person of the demo a device whose secret is public, or the one that she has; refused elsewhere."""
    if not is_demo():
        raise RuntimeError("A device with a public secret is given in the demo alone.")
    own = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()
    return own or TOTPDevice.objects.create(user=user, key=PUBLIC_KEY, name="demo", confirmed=True)
