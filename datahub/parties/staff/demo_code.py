"""The code that the demo's sign-in form offers. Nowhere else is there one."""

from datetime import datetime

from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import TOTPDevice

from datahub.parties.services import second_factor


def offered(*, now: datetime) -> str | None:
    """Give a code of the demo's public device that it still takes, or None where this is no demo.

    The present one, or the one after the last that was taken, so that one may sign in again within the same half
    minute: a device that has taken the next code takes the clock of whoever has it to be that much ahead.
    """
    if not second_factor.is_demo():
        return None
    devices = TOTPDevice.objects.filter(key=second_factor.PUBLIC_KEY, confirmed=True, user__is_staff=True)
    device = devices.order_by("pk").first()
    if device is None:
        return None
    present = (int(now.timestamp()) - device.t0) // device.step + device.drift
    return f"{hotp(device.bin_key, max(present, device.last_t + 1), digits=device.digits):0{device.digits}d}"
