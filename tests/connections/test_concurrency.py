"""Two at the same instant: one stands, the other is told why. Each on a connection of its own, in real transactions."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest

from connections.models import ConnectionRequest, ConnectionRequestQuerySet, ConnectionStep
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, RefusalReason, RequestReason
from connections.services import requests, retention
from datahub.agreements.models import Agreement
from datahub.errors import DomainError
from datahub.market import AgreementType
from tests.agreements import at_once, market
from tests.agreements.market import FLAT, JAAN, SUN, WIND, day, standing
from tests.connections.acting import (
    CONNECTION,
    MINUTE,
    NOW,
    PLANNED,
    REFUSED,
    TOMORROW,
    answer,
    ask,
    cancel,
    change,
    reanswer,
    stand,
    supply,
)

REDUNDANT, TERMINATED = "redundant-connection-state-initialization", "connection-state-process-terminated"
DONE = Answer(AnsweredState.DISCONNECTED)
ROUNDS = 5


@pytest.fixture(autouse=True)
def _open_market(transactional_db: None) -> None:
    """The market, committed, so that several connections see it."""
    market.build()
    stand()


def clean() -> None:
    ConnectionStep.objects.all().delete()
    ConnectionRequest.objects.all().delete()


def check_history() -> None:
    """Every save that stands is in the history once, at instants that grow; what stands is what the last ones said."""
    steps = list(ConnectionStep.objects.order_by("at").values_list("at", flat=True))
    assert len(set(steps)) == len(steps)
    for request in ConnectionRequest.objects.all():
        request.full_clean()
        last = request.steps.order_by("-at")[0]
        assert request.changed_at == last.at == max(step.at for step in request.steps.all())


def test_two_requests_for_the_same_point_customer_and_operator() -> None:
    for _ in range(ROUNDS):
        assert at_once.run(*[ask] * 4) == [REDUNDANT] * 3
        assert ConnectionRequest.objects.count() == ConnectionStep.objects.count() == 1
        check_history()
        clean()


def test_two_suppliers_of_the_same_customer() -> None:
    """Both may ask: the one that sold to the customer until a month ago, and the one that does now."""
    Agreement.objects.filter(type=AgreementType.SUPPLY, service_provider__eic=SUN).update(valid_to=day(2026, 4, 1))
    standing(supply(WIND, start=day(2026, 4, 1)))
    assert at_once.run(ask, partial(ask, sender=WIND)) == [REDUNDANT]
    assert ConnectionRequest.objects.count() == 1


def test_who_looked_before_the_others_request_could_be_seen_is_refused_by_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = ask()
    look, looks = ConnectionRequestQuerySet.open, iter(["before", "after"])

    def too_early(rows: ConnectionRequestQuerySet) -> ConnectionRequestQuerySet:
        return rows.none() if next(looks) == "before" else look(rows)

    # The first of the two looks that a save makes finds nothing yet.
    monkeypatch.setattr(requests, "_refuse_second", partial(_looking_with, too_early, requests._refuse_second))
    assert at_once.run(ask) == [REDUNDANT]
    assert list(ConnectionRequest.objects.all()) == [request]


def _looking_with(look: Any, refuse_second: Any, *args: Any) -> None:
    if look(ConnectionRequest.objects.all()).exists():
        refuse_second(*args)


@pytest.mark.parametrize(("stays", "refusals"), [(1, []), (3, ["unavailable"])])
def test_whom_the_database_refuses_for_a_request_that_has_ended_since_is_told_no_crash(
    monkeypatch: pytest.MonkeyPatch, stays: int, refusals: list[str]
) -> None:
    """The other request stands when this one is written, and is not found any more when it is looked for."""
    other = ask()
    looks = count()

    def look(*args: Any) -> None:
        if next(looks) == stays:
            cancel(other)

    monkeypatch.setattr(requests, "_refuse_second", look)
    try:
        mine = ask()
    except DomainError as error:
        assert [fault.code.name.rpartition(".")[2] for fault in error.faults] == refusals
        assert error.retry_after
    else:
        assert refusals == [] and mine.pk != other.pk
    assert ConnectionRequest.objects.open().count() == 1
    check_history()


def test_two_answers_to_one_request() -> None:
    for _ in range(ROUNDS):
        request = ask()
        refusals = at_once.run(partial(answer, request), partial(answer, request, REFUSED), partial(answer, request))
        assert refusals == ["connection-state-response-already-exists"] * 2
        assert ConnectionStep.objects.count() == 2
        check_history()
        clean()


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_cancel_against_a_final_answer(is_answered: bool) -> None:
    for _ in range(ROUNDS):
        request = answer(ask()) if is_answered else ask()
        finish: Callable[[], object] = (
            partial(reanswer, request, state=AnsweredState.DISCONNECTED)
            if is_answered
            else partial(answer, request, DONE)
        )
        assert at_once.run(partial(cancel, request), finish) == [TERMINATED]
        after = ConnectionRequest.objects.get()
        assert after.stage in ("CANCELLED", "DISCONNECTED")
        assert (after.requested_state == "CANCELLED") != (after.response_state == "DISCONNECTED")
        check_history()
        clean()


def test_a_change_against_a_final_answer() -> None:
    for _ in range(ROUNDS):
        request = ask()
        refusals = at_once.run(partial(change, request, comment="changed"), partial(answer, request, DONE))
        after = ConnectionRequest.objects.get()
        # Either the change came first, or it is told that it came too late.
        assert refusals in ([], [TERMINATED])
        assert (after.request_comment == "changed") == (refusals == [])
        assert after.stage == "DISCONNECTED"
        check_history()
        clean()


def test_a_request_for_the_opposite_against_what_was_asked_being_done() -> None:
    """Whichever comes first: nothing is ever done that is not asked for at that moment."""
    for _ in range(ROUNDS):
        request = ask()
        refusals = at_once.run(partial(change, request, **CONNECTION), partial(answer, request, DONE))
        after = ConnectionRequest.objects.get()
        assert (refusals, after.stage, after.requested_state) in (
            ([TERMINATED], "DISCONNECTED", "DISCONNECTED"),
            (["connection-state-message-next-state-is-not-allowed"], "OPEN", "CONNECTED"),
        )
        check_history()
        clean()


def test_two_changes_of_one_answer_both_stand() -> None:
    request = answer(ask())
    assert (
        at_once.run(
            partial(reanswer, request, comment="one"),
            partial(reanswer, request, state=AnsweredState.REFUSED, reason=RefusalReason.FAULT),
        )
        == []
    )
    after = ConnectionRequest.objects.get()
    assert (after.response_comment, after.response_state, after.estimated_date) == ("one", "REFUSED", None)
    check_history()


def test_both_sides_at_once_lose_nothing_of_each_other() -> None:
    request = ask()
    for number in range(ROUNDS):
        at = NOW + number * MINUTE
        acts: list[Callable[[], object]] = [
            partial(change, request, comment=f"asked {number}", now=at),
            partial(answer, request, PLANNED, now=at)
            if number == 0
            else partial(reanswer, request, comment=f"answered {number}", now=at),
        ]
        assert at_once.run(*acts) == []
        after = ConnectionRequest.objects.get()
        assert (after.request_comment, after.response_state) == (f"asked {number}", "PLANNED")
        assert after.response_comment == (f"answered {number}" if number else "")
    check_history()
    assert ConnectionStep.objects.count() == 1 + 2 * ROUNDS


def test_a_cancellation_makes_room_the_moment_it_stands() -> None:
    request = ask()
    refusals = at_once.run(partial(cancel, request), ask)
    assert refusals in ([], [REDUNDANT])
    assert ConnectionRequest.objects.open().count() == (1 if refusals == [] else 0)


def test_retention_in_two_places_at_once() -> None:
    for _ in range(6):
        cancel(ask())
    keep = ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN, reason=RequestReason.DEBT, preferred_date=TOMORROW)
    later = NOW.replace(year=2034)
    assert at_once.run(*[partial(retention.drop_kept_enough, now=later, most=3)] * 3) == []
    while retention.drop_kept_enough(now=later, most=3):
        pass
    assert list(ConnectionRequest.objects.all()) == [keep]
