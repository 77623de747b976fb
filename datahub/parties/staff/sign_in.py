"""Sessions of staff: opened with a second factor, or on the way to setting one up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model, login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django_otp.util import random_hex

from datahub.parties.models import User
from datahub.parties.services import second_factor

BACKEND = "django.contrib.auth.backends.ModelBackend"
# How long somebody who gave her password may take to set her device up.
ENROLMENT_TIME = timedelta(minutes=15)
_ENROLMENT = "staff_enrolment"


def sign_in(request: HttpRequest, user: User, device: Any) -> None:
    """Open a verified session of a member of staff, under a new key; the device is hers and has taken a code."""
    user.otp_device = device  # type: ignore[attr-defined]  # django-otp keeps it in the session
    login(request, user, backend=BACKEND)


def sign_in_verified(request: HttpRequest, user: User) -> None:
    """Open a verified session of a member of the demo's staff without password or code; refused outside the demo."""
    if not second_factor.is_demo() or not user.is_staff or not user.is_active:
        raise PermissionDenied
    sign_in(request, user, second_factor.give_demo_device(user))


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Somebody who gave her password and sets up her device: its secret (hexadecimal) and where she wanted to go."""

    user: User
    key: str
    next: str


def begin_enrolment(request: HttpRequest, user: User, *, next_path: str, now: datetime) -> None:
    """Note in the session that a person without a device gave her password. She is not signed in by that."""
    request.session.cycle_key()
    request.session[_ENROLMENT] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "key": random_hex(20),
        "next": next_path,
        "until": (now + ENROLMENT_TIME).timestamp(),
    }


def enrolment(request: HttpRequest, *, now: datetime) -> Enrolment | None:
    """Give who is setting up a device in this session, or None; nobody whose password was changed meanwhile."""
    noted = request.session.get(_ENROLMENT)
    if noted is None or now.timestamp() >= noted["until"]:
        return None
    user = get_user_model().objects.filter(pk=noted["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(noted["password"], user.get_session_auth_hash()):
        return None
    if second_factor.has_second_factor(user):
        return None
    return Enrolment(user, noted["key"], noted["next"])


def end_enrolment(request: HttpRequest) -> None:
    """Forget who was setting up a device."""
    request.session.pop(_ENROLMENT, None)
