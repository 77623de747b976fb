"""Counting of requests by several processes together, with a real Redis; times are the test's own."""

import time
from typing import Any
from uuid import uuid4

import pytest

from datahub import limits
from datahub.limits import Allowance, count

NOW = 1_700_000_040.0


@pytest.fixture
def name() -> str:
    return str(uuid4())


def passed(allowance: Allowance, name: str, requests: int, *, limit: int, now: float = NOW) -> int:
    return sum(allowance.take(name, limit=limit, now=now) for _ in range(requests))


@pytest.mark.parametrize("limit", [1, 7, 100, 250, 1000])
def test_one_process_lets_through_the_limit_and_no_more(name: str, limit: int) -> None:
    assert passed(Allowance("test", seconds=60), name, 3 * limit, limit=limit) == limit


def test_processes_share_a_limit_to_a_hundredth_each(name: str) -> None:
    processes = [Allowance("test", seconds=60) for _ in range(4)]
    through = sum(processes[turn % 4].take(name, limit=1000, now=NOW) for turn in range(3000))
    assert 1000 <= through <= 1000 + 4 * 10


def test_small_limits_are_shared_exactly(name: str) -> None:
    processes = [Allowance("test", seconds=60) for _ in range(4)]
    assert sum(processes[turn % 4].take(name, limit=50, now=NOW) for turn in range(200)) == 50


def test_a_new_window_begins_at_nothing(name: str) -> None:
    allowance = Allowance("test", seconds=60)
    assert passed(allowance, name, 20, limit=10) == 10
    assert passed(allowance, name, 20, limit=10, now=NOW + 60) == 10


def test_names_do_not_disturb_each_other(name: str) -> None:
    allowance = Allowance("test", seconds=60)
    assert passed(allowance, name, 20, limit=10) == 10
    assert passed(allowance, f"{name}-other", 20, limit=10) == 10


def test_who_is_refused_asks_redis_no_more(name: str) -> None:
    allowance = Allowance("test", seconds=60)
    passed(allowance, name, 500, limit=10)
    assert count(f"test:{name}", seconds=60, now=NOW, add=0)[0] == 11


@pytest.fixture
def _redis_is_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(limits, "_away_until", 0.0)
    monkeypatch.setattr(limits, "_alone", {})


@pytest.mark.usefixtures("_redis_is_away")
def test_while_redis_is_away_a_process_counts_by_itself_and_waits_for_nobody(name: str) -> None:
    begun = time.monotonic()
    assert passed(Allowance("test", seconds=60), name, 3_000, limit=500) == 500
    assert count(f"{name} sign-in", seconds=60, now=NOW) == [1]
    assert count(f"{name} sign-in", seconds=60, now=NOW, add=0) == [1]
    assert count(f"{name} sign-in", seconds=60, now=NOW, add=-1) == [0]
    assert count(f"{name} sign-in", seconds=60, now=NOW + 60, add=0) == [0]
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("_redis_is_away")
def test_what_a_process_counts_by_itself_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_ALONE", 10)
    for number in range(25):
        count(f"name {number}", "the same address", seconds=60, now=NOW)
    assert len(limits._alone) == 10
    assert count("name 24", seconds=60, now=NOW, add=0) == [1]


def test_redis_counts_again_once_it_is_back(name: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_away_until", 0.0)
    real = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert count(name, seconds=60, now=NOW) == [1]
    settings.REDIS_URL = real
    monkeypatch.setattr(limits, "_away_until", 0.0)
    assert count(name, seconds=60, now=NOW, add=0) == [0]
    assert count(name, seconds=60, now=NOW) == [1]
