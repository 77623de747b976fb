"""After so many wrong secrets or codes no more are looked at for a while. Source: `5-web.md`, "Signing in"."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from datahub import limits

_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts to sign in under a name from an address, at an instant."""

    name: str
    address: str
    now: datetime

    def wait(self) -> int | None:
        """Give for how many seconds no further attempt is looked at, or None if one is welcome."""
        return self._wait(self._count(0), reached=0)

    def begin(self) -> int | None:
        """Count an attempt as failed before it is looked at, so that many at once are no way around the limit.

        Gives for how many seconds it is not looked at, or None if it is; what succeeds is taken back.
        """
        return self._wait(self._count(1), reached=1)

    def add_failure(self) -> None:
        """Count an attempt that failed."""
        self._count(1)

    def take_back(self) -> None:
        """Forget an attempt that was begun and succeeded."""
        self._count(-1)

    def _count(self, add: int) -> list[int]:
        names = [f"sign-in:{self.name[:_NAME_LENGTH]}:{self.address}", f"sign-in:{self.address}"]
        return limits.count(*names, seconds=settings.SIGN_IN_WINDOW_SECONDS, now=self.now.timestamp(), add=add)

    def _wait(self, counted: list[int], *, reached: int) -> int | None:
        allowed = [settings.SIGN_IN_FAILURES_PER_CLIENT, settings.SIGN_IN_FAILURES_PER_ADDRESS]
        if any(count - reached >= most for count, most in zip(counted, allowed, strict=True)):
            return limits.seconds_left(settings.SIGN_IN_WINDOW_SECONDS, self.now.timestamp())
        return None
