"""Staff who have signed in with their second factor, as the admin asks."""

import time

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from datahub.parties.models import User


def sign_in(client: Client, user: User) -> Client:
    """Open a verified session for a member of staff, who gets a device if she has none."""
    device = TOTPDevice.objects.filter(user=user).first()
    device = device or TOTPDevice.objects.create(user=user, name="test", confirmed=True)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    # When it was last used, as a page notes it.
    session["seen"] = int(time.time())
    session.save()
    return client
