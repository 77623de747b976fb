"""Over random histories exactly those entitled are told, and see exactly what they may, whenever it is worked.

What is to be told is worked out from the tables of `3-distribution.md` (`who_is_told`) as each step is done. What the
hub tells is compared with it: told at once after each step, or only when all has changed again, in turns of all kinds.
"""

import random
from collections import Counter
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from datahub.agreements.models import FollowUp
from datahub.outbox.models import Unit
from distribution.services import tell as telling
from distribution.services.tell import tell
from tests.agreements.asking import BORDERS, REGULAR
from tests.agreements.histories import AUTUMN, SPRING, Step
from tests.agreements.holding import (
    check_border_supply,
    check_general_service,
    check_nothing_overlaps,
    check_quiet,
)
from tests.distribution import hub as hubs
from tests.distribution.hub import LATER, REAL_NOW, Hub
from tests.distribution.who_is_told import Message

# Each history is a transaction of its own that is rolled back. In one for all of them PostgreSQL would grow slow over
# what those before have left.
pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = st.integers(0, 59)
HISTORIES = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=110, max_size=150)
# Without shrinking: a history takes a second or two. The log of the one that fails is printed.
SETTINGS = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches be small, so that units of a point fall into several."""
    monkeypatch.setattr(telling, "_AT_A_TIME", 4)
    monkeypatch.setitem(telling.BATCH_LANES, telling.queue.Kind.SMALL, 9)


def tell_all() -> None:
    while tell(now=REAL_NOW, batches=10):
        pass


def tell_in_turns(dice: random.Random) -> None:
    """Tell what waits as several workers may: some units are at another worker until the next turn."""
    for _ in range(4):
        waiting = list(Unit.objects.values_list("pk", flat=True))
        away = [unit for unit in waiting if dice.random() < 0.5]
        Unit.objects.filter(pk__in=away).update(not_before=LATER)
        tell_all()
        Unit.objects.update(not_before=None)
    tell_all()


def run(steps: list[Step], now: datetime, *, at_once: bool) -> list[list[Message]]:
    """Run a history, telling of each step at once or of all at the end; give what each unit told, in their order."""
    hub = Hub(now)
    dice = random.Random(len(steps))  # noqa: S311
    try:
        with transaction.atomic():
            hub.begin()
            for step in steps:
                hub.take(step)
                check_market(hub, settled=False)
                if at_once and Unit.objects.exists():
                    tell_all()
            hub.settle()
            check_market(hub, settled=True)
            if at_once:
                tell_all()
            else:
                tell_in_turns(dice)
            assert not Unit.objects.exists()
            found = hubs.told()
            check_told(hub, found)
            transaction.set_rollback(True)
    finally:
        note(f"{hub.acted} acts, {hub.refused} refused\n" + "\n".join(hub.log))
    return [sorted(found.get(expected.unit, [])) for expected in hub.expected]


def check_market(hub: Hub, *, settled: bool) -> None:
    hub.read()
    check_nothing_overlaps(hub)
    check_quiet(hub)
    done = settled or not FollowUp.objects.filter(finished_at=None).exists()
    for eic in REGULAR:
        check_general_service(hub, eic, followed=done)
    for eic in BORDERS if done else []:
        check_border_supply(hub, eic)


def check_told(hub: Hub, found: dict[int, list[Message]]) -> None:
    expected_units = {expected.unit for expected in hub.expected}
    assert found.keys() <= expected_units
    for unit, _, changes in hub.expected:
        messages = found.get(unit, [])
        expected = [message for _, _, of_change in changes for message in of_change]
        assert Counter(messages) == Counter(expected), "exactly those who are entitled, and no more in a content"
        kinds = [["DELETE", "UPDATE", "CREATE"].index(reason.split("_")[0]) for _, _, reason, _ in messages]
        assert kinds == sorted(kinds), "deletes, then updates, then creates"
        for what, by_hand, of_change in changes:
            # The direct act comes first within its kind.
            if by_hand and of_change:
                alike = [message for message in messages if message[2].split("_")[0] == what]
                assert Counter(alike[: len(of_change)]) == Counter(of_change)
    order = list(found)
    for lane in {expected.lane for expected in hub.expected}:
        own = [expected.unit for expected in hub.expected if expected.lane == lane and expected.unit in found]
        assert sorted(own, key=order.index) == sorted(own), "units of a point in the order of their saves"


@pytest.mark.usefixtures("_small_batches")
@given(now=st.sampled_from([SPRING, AUTUMN]), steps=HISTORIES)
@settings(SETTINGS, max_examples=3)
def test_of_a_random_history_exactly_those_entitled_are_told_exactly_what_they_may_see(
    now: datetime, steps: list[Step]
) -> None:
    late = run(steps, now, at_once=False)
    assert run(steps, now, at_once=True) == late


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("_small_batches")
@given(now=st.sampled_from([SPRING, AUTUMN]), steps=HISTORIES)
@settings(SETTINGS, derandomize=False, max_examples=200)
def test_of_many_random_histories_exactly_those_entitled_are_told(now: datetime, steps: list[Step]) -> None:
    run(steps, now, at_once=False)
