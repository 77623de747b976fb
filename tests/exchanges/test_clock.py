"""The clock of the exchanges: instants are unique, and grow in the order in which saves can be seen."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from datahub.exchanges.models import next_instant

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.django_db
def test_the_same_moment_is_given_once() -> None:
    given = [next_instant("some", now=NOW) for _ in range(5)]
    assert given == [NOW + number * TICK for number in range(5)]


@pytest.mark.django_db
def test_a_clock_that_is_put_back_goes_on_from_the_last_instant() -> None:
    next_instant("some", now=NOW)
    assert next_instant("some", now=NOW - timedelta(hours=1)) == NOW + TICK
    assert next_instant("some", now=NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)


@pytest.mark.django_db
def test_each_kind_has_its_own_clock() -> None:
    assert next_instant("some", now=NOW) == next_instant("others", now=NOW) == NOW


@pytest.mark.django_db(transaction=True)
def test_the_second_save_waits_until_the_first_can_be_seen() -> None:
    """Whoever sees the later instant has seen, or can see, the earlier one."""
    given: list[datetime] = []

    def save() -> None:
        try:
            with transaction.atomic():
                given.append(next_instant("some", now=NOW - timedelta(days=1)))
        finally:
            connection.close()

    other = threading.Thread(target=save)
    with transaction.atomic():
        first = next_instant("some", now=NOW)
        other.start()
        other.join(0.3)
        assert given == []
    other.join(10)
    assert given == [first + TICK]


@pytest.mark.django_db
def test_an_instant_of_a_save_that_was_rolled_back_is_free_again() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_instant("some", now=NOW)
        raise ZeroDivisionError
    assert next_instant("some", now=NOW) == NOW
