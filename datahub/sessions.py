"""Sessions of people, in the database. Source: `5-web.md`, "Signing in"."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """Django's own, which takes any failure of the database for the end of the session, and answers 400.

    Somebody whose database is away for a moment is still signed in, and is told to come again.
    """

    def save(self, must_create: bool = False) -> None:
        """Save the session; raises UpdateError if it has ended, OperationalError or InterfaceError if it cannot."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise
