"""What comes with time for parties."""

from datetime import UTC, datetime, timedelta

from celery import shared_task

from datahub.parties.services import parties
from datahub.sessions import SessionStore

# Names are looked at again for so long, so that none is missed while nothing ran.
_LOOKED_BACK = timedelta(days=1)


@shared_task(name="datahub.parties.tasks.refresh_names")
def refresh_names() -> None:
    """Show parties by the names that have begun by now."""
    now = datetime.now(UTC)
    parties.refresh_names(now=now, since=now - _LOOKED_BACK)


@shared_task(name="datahub.parties.tasks.forget_sessions")
def forget_sessions() -> None:
    """Delete the sessions of people, the staff's too, that have ended."""
    SessionStore.clear_expired()
