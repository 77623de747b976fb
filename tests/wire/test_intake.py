"""The memory that large bodies of a process share."""

import io
import threading
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from datahub.errors import DomainError, codes
from datahub.wire import intake
from datahub.wire.intake import Room, read_body

MEBIBYTE = 1024 * 1024
LIMIT = 8 * MEBIBYTE


def request(body: bytes, *, chunked: bool = False) -> WSGIRequest:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": io.BytesIO(body)}
    if chunked:
        environ["wsgi.input_terminated"] = True
    else:
        environ["CONTENT_LENGTH"] = str(len(body))
    return WSGIRequest(environ)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("size", "taken"), [(MEBIBYTE, False), (MEBIBYTE + 1, True), (LIMIT, True)], ids=["small", "larger", "largest"]
)
def test_a_large_body_takes_room_while_it_is_worked_on(size: int, taken: bool, chunked: bool) -> None:
    room, body = Room(LIMIT, longest_wait=0), b" " * size
    with room.share() as share:
        assert read_body(request(body, chunked=chunked), share, limit=LIMIT) == body
        assert share.size == (0 if not taken else LIMIT if chunked else size)
    assert room.take(LIMIT) == LIMIT


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused_and_gives_its_room_back(chunked: bool) -> None:
    room = Room(LIMIT, longest_wait=0)
    with pytest.raises(DomainError) as refused, room.share() as share:
        read_body(request(b" " * (LIMIT + 1), chunked=chunked), share, limit=LIMIT)
    assert refused.value.cause.code is codes.BODY_TOO_LARGE
    assert room.take(LIMIT) == LIMIT


def test_a_body_larger_than_all_the_room_comes_alone() -> None:
    room = Room(2 * MEBIBYTE, longest_wait=0)
    with room.share() as share:
        assert len(read_body(request(b" " * LIMIT), share, limit=LIMIT)) == LIMIT
        assert share.size == 2 * MEBIBYTE


def test_a_body_waits_for_room_and_is_refused_in_the_end() -> None:
    room = Room(LIMIT, longest_wait=0.2)
    with room.share() as first, room.share() as second:
        first.take(LIMIT)
        with pytest.raises(DomainError) as refused:
            read_body(request(b" " * LIMIT), second, limit=LIMIT)
    assert refused.value.cause.code is codes.UNAVAILABLE
    assert refused.value.retry_after == 5


def test_bodies_go_on_one_after_the_other() -> None:
    room = Room(LIMIT, longest_wait=10)
    inside, most, lock = 0, 0, threading.Lock()
    read: list[int] = []

    def one() -> None:
        nonlocal inside, most
        with room.share() as share:
            body = read_body(request(b" " * (LIMIT // 2)), share, limit=LIMIT)
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1
            read.append(len(body))

    threads = [threading.Thread(target=one) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [LIMIT // 2] * 9
    assert most == 2


def test_the_largest_bodies_of_the_api_fit_the_room() -> None:
    from datahub.metering.api.meter_data import MeterDataView

    assert MeterDataView.services["post"].max_body <= intake._ROOM
