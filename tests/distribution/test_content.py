"""Waiting for the contents of a page: a store that answers is waited for, one that does not has failed."""

import threading
import time
from concurrent.futures import Future

from distribution.selectors.content import Missing, _Patience


def _after(seconds: float) -> "Future[bytes | Missing]":
    future: Future[bytes | Missing] = Future()
    threading.Timer(seconds, future.set_result, [b"content"]).start()
    return future


def test_many_slow_answers_are_waited_for() -> None:
    """Together they take longer than the store may be silent."""
    patience = _Patience(0.4)
    assert [patience.wait(_after(0.25)) for _ in range(3)] == [b"content"] * 3


def test_a_silent_store_costs_a_page_its_time_limit_once() -> None:
    patience = _Patience(0.2)
    began = time.monotonic()
    assert [patience.wait(Future()) for _ in range(50)] == [Missing.FAILED] * 50
    assert 0.2 <= time.monotonic() - began < 0.5


def test_a_page_ends_also_with_a_store_that_answers_just_in_time() -> None:
    patience = _Patience(0.1)
    began = time.monotonic()
    answers = [patience.wait(_after(0.07)) for _ in range(20)]
    assert time.monotonic() - began < 1
    assert answers[0] == b"content"
    assert answers[-1] is Missing.FAILED
