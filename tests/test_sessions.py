"""Sessions while the database is away."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from datahub.sessions import SessionStore


def end_the_connection() -> None:
    """Let the server end the connection of this test, as it does when it goes down."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_session_has_not_ended_when_it_cannot_be_written() -> None:
    session = SessionStore()
    session["kept"] = 1
    session.create()
    session["kept"] = 2
    end_the_connection()
    with pytest.raises((OperationalError, InterfaceError)):
        session.save()
    connection.close()
    assert SessionStore(session.session_key)["kept"] == 1
    session.save()
    assert SessionStore(session.session_key)["kept"] == 2
    session.delete()
    with pytest.raises(UpdateError):
        session.save()


@pytest.mark.django_db(transaction=True)
def test_who_cannot_be_answered_for_it_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    browser = Client(raise_request_exception=False)
    session = browser.session
    session["kept"] = 1
    session.save()
    saved = SessionStore.save

    def away(self: SessionStore, must_create: bool = False) -> None:
        end_the_connection()
        saved(self, must_create)

    monkeypatch.setattr(SessionStore, "save", away)
    answer = browser.get("/sign-in")
    connection.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
