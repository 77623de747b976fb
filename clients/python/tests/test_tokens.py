"""Tokens: fetched as seldom as can be, anew once on a 401, by one thread for all, and never shown."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from datahub_client import TokenRefused, Unauthorized, Unreachable
from datahub_client.tokens import Tokens
from fake_hub import SECRET, FakeHub, fault, settings


def _call(fake: FakeHub) -> Callable[[], object]:
    hub = fake.hub()
    return lambda: hub.call("POST", "/meter", {"meterMetadata": {}})


def test_a_token_is_kept_until_shortly_before_it_ends() -> None:
    fake, now = FakeHub(), [0.0]
    tokens = Tokens(settings(), httpx.Client(transport=httpx.MockTransport(fake.handle)), clock=lambda: now[0])
    first = tokens.get()
    now[0] = 269.0
    assert tokens.get() == first
    assert 0 < tokens.seconds_left() <= 1
    now[0] = 270.0
    second = tokens.get()
    assert second != first
    fake.token_seconds = 8
    now[0] = 1000.0
    third = tokens.get()
    now[0] = 1005.9
    assert tokens.get() == third, "a short one is used for most of its life"
    now[0] = 1006.0
    assert tokens.get() != third


def test_a_withdrawn_token_is_fetched_anew_once() -> None:
    fake = FakeHub()
    call = _call(fake)
    call()
    fake.tokens.clear()
    call()
    assert len(fake.tokens) == 1
    assert len({one.headers["x-document-identification"] for one in fake.requests[1:]}) == 1, "the same message again"
    fake.faults = [fault(401, "opp.error.technical.authentication")] * 2
    with pytest.raises(Unauthorized) as refused:
        call()
    assert (refused.value.status, refused.value.code) == (401, "opp.error.technical.authentication")
    assert fake.slept == []


def test_many_threads_fetch_one_token() -> None:
    fake = FakeHub()
    call = _call(fake)
    together = threading.Barrier(8)

    def run() -> None:
        together.wait()
        for _ in range(5):
            call()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(run) for _ in range(8)]:
            done.result()
        assert len(fake.tokens) == 1
        fake.tokens.clear()
        for _ in pool.map(lambda _: call(), range(8)):
            pass
    assert len(fake.tokens) == 1, "who hears that it was withdrawn takes the one that another has fetched"


def test_a_wrong_secret_is_tried_once_only() -> None:
    """The hub counts attempts: to go on would lock the client out."""
    fake = FakeHub()
    fake.token_faults = [httpx.Response(401, json={"error": "invalid_client", "error_description": "no such client"})]
    with pytest.raises(TokenRefused, match=r"401: no such client \(invalid_client\)"):
        _call(fake)()
    assert (fake.slept, fake.requests) == ([], [])


def test_an_endpoint_that_is_away_is_waited_for() -> None:
    fake = FakeHub()
    fake.token_faults = [
        httpx.Response(503, headers={"retry-after": "7"}),
        httpx.ConnectError("refused"),
        httpx.Response(429, json={"error": "slow_down"}),
    ]
    _call(fake)()
    assert len(fake.slept) == 3
    assert fake.slept[0] >= 7


@pytest.mark.parametrize("said", [{"access_token": "line\nend"}, {"access_token": 7}, {}, "text"])
def test_an_answer_without_a_token_is_none(said: object) -> None:
    fake = FakeHub()
    fake.token_faults = [httpx.Response(200, json=said)]
    with pytest.raises(TokenRefused, match="gave no token"):
        _call(fake)()


def test_neither_logs_nor_errors_show_secrets(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeHub()
    call = _call(fake)
    caplog.set_level(logging.DEBUG)
    fake.token_faults = [httpx.ConnectError("refused"), httpx.Response(500, text="oh")]
    call()
    errors: list[BaseException] = []
    for wrong in ([httpx.ReadTimeout("late")] * 20, [fault(403, "x")], [httpx.LocalProtocolError(fake.tokens[-1])]):
        fake.faults = list(wrong)
        with pytest.raises(Exception, match=r".") as raised:
            call()
        errors.append(raised.value)
    assert isinstance(errors[0], Unreachable)
    for error in errors:
        assert error.__cause__ is None, "what httpx raises holds the request, and with it the token"
        assert error.__context__ is None
    said = caplog.text + "".join(f"{error} {error!r} {vars(error)}" for error in errors)
    assert "again in" in said
    assert SECRET not in said
    assert "token-" not in said
