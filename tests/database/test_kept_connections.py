"""A kept connection is looked at without a round trip, and one that the server has ended is not used again."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections

from datahub.database.base import DatabaseWrapper


@pytest.fixture
def kept(db: None) -> Iterator[DatabaseWrapper]:
    wrapper = connections.create_connection("default")
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.connect()
    yield wrapper
    wrapper.close()


def _end_session(wrapper: DatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [wrapper.connection.info.backend_pid])
        assert cursor.fetchone() == (True,)


def test_a_connection_that_stands_is_usable_without_asking(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept.connection, "cursor", lambda *_: pytest.fail("the server was asked"))
    assert kept.is_usable()


def test_a_session_that_the_server_ended_is_seen(kept: DatabaseWrapper) -> None:
    _end_session(kept)
    assert not kept.is_usable()


def test_the_next_request_gets_a_new_connection(kept: DatabaseWrapper) -> None:
    ended = kept.connection
    _end_session(kept)
    # As at the beginning of a request.
    kept.health_check_enabled, kept.health_check_done = True, False
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert kept.connection is not ended


def test_a_closed_connection_is_not_usable(kept: DatabaseWrapper) -> None:
    kept.connection.close()
    assert not kept.is_usable()
