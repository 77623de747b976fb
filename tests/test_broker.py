"""A worker outlives its broker: what it was at is neither given back nor acknowledged where nobody is to hear of it.

With real kills: `tests/contracts/test_kills.py`.
"""

import os
from typing import Any

import pytest
from kombu import Connection, Queue

from datahub.celery import app

QUEUE = "tests-of-the-broker"


@pytest.fixture
def connection() -> Any:
    """Give a connection to the broker, on which nothing was left."""
    made = app.connection_for_read(os.environ["REDIS_URL"])
    made.default_channel.client.delete(QUEUE, "unacked", "unacked_index")
    yield made
    made.default_channel.client.delete(QUEUE, "unacked", "unacked_index")


def _given(connection: Connection) -> Any:
    """Give a message that a worker was given and has not acknowledged."""
    found: list[Any] = []
    queue = Queue(QUEUE, channel=connection.default_channel)
    queue.declare()
    connection.Producer().publish({"wake": "up"}, routing_key=QUEUE)
    consumer = connection.Consumer([queue], callbacks=[lambda _, message: found.append(message)])
    consumer.consume()
    while not found:
        connection.drain_events(timeout=5)
    return found[0]


def _waiting() -> tuple[int, int]:
    """Give how many messages wait, and how many were given to somebody and not acknowledged."""
    with app.connection_for_read(os.environ["REDIS_URL"]) as connection:
        client = connection.default_channel.client
        return client.llen(QUEUE), client.hlen("unacked")


def test_what_is_done_is_acknowledged(connection: Connection) -> None:
    message = _given(connection)
    assert _waiting() == (0, 1)
    message.ack()
    assert _waiting() == (0, 0)


def test_nothing_is_given_back_where_the_connection_broke(connection: Connection) -> None:
    _given(connection)
    # So it is left where the worker tried to close it and Redis was gone.
    connection.transport.client = None
    connection.release()
    assert _waiting() == (0, 1)


@pytest.mark.parametrize("act", ["ack", "reject"])
def test_nothing_is_acknowledged_by_a_channel_that_is_closed(connection: Connection, act: str) -> None:
    message = _given(connection)
    message.channel.close()
    getattr(message, act)()
    assert _waiting() == (0, 1)


def test_the_web_server_and_the_workers_use_it() -> None:
    transport = app.connection_for_write(os.environ["REDIS_URL"]).transport
    assert type(transport).__module__ == "datahub.broker"
