"""What operators answer and change; what was kept long enough."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, RefusalReason
from connections.services import retention
from datahub.errors import DomainError
from tests.agreements.market import FLAT, GAS, JAAN, SOUTH, SUN, WIND
from tests.connections.acting import (
    MINUTE,
    NOW,
    PLANNED,
    REFUSED,
    TODAY,
    TOMORROW,
    YESTERDAY,
    answer,
    ask,
    cancel,
    reanswer,
    refusals,
)
from tests.connections.refusing import NO_ANSWER, NOT_THERE, OTHER_SIDE, PLAN_PAST, UNFIT, refused


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Answer(AnsweredState.PLANNED), ["missing"]),
        (Answer(AnsweredState.PLANNED, estimated_date=TODAY), []),
        (Answer(AnsweredState.PLANNED, estimated_date=YESTERDAY), [PLAN_PAST]),
        (Answer(AnsweredState.PLANNED, reason=RefusalReason.FAULT), ["missing", UNFIT]),
        (Answer(AnsweredState.REFUSED), ["connection-state-reason-must-be-provided-in-case-of-refused-state"]),
        *((Answer(AnsweredState.REFUSED, reason=reason), []) for reason in RefusalReason),
        (Answer(AnsweredState.REFUSED, reason=RefusalReason.FAULT, estimated_date=TOMORROW), [UNFIT]),
        (
            Answer(AnsweredState.REFUSED, estimated_date=TOMORROW),
            [UNFIT, "connection-state-reason-must-be-provided-in-case-of-refused-state"],
        ),
        (Answer(AnsweredState.DISCONNECTED), []),
        (Answer(AnsweredState.DISCONNECTED, estimated_date=TODAY, comment="done"), []),
        # The day on which it was done, whichever that was.
        (Answer(AnsweredState.DISCONNECTED, estimated_date=YESTERDAY, comment="done yesterday"), []),
        (Answer(AnsweredState.DISCONNECTED, estimated_date=TOMORROW), []),
        (Answer(AnsweredState.DISCONNECTED, reason=RefusalReason.FAULT), [UNFIT]),
    ],
)
def test_what_an_answer_needs(given: Answer, expected: list[str]) -> None:
    request = ask()
    if expected:
        assert refused(answer, request=request, given=given) == expected
        assert not ConnectionRequest.objects.get().is_answered
        return
    saved = ConnectionRequest.objects.get(pk=answer(request, given, now=NOW + MINUTE).pk)
    assert (saved.response_state, saved.response_reason) == (given.state, given.reason or "")
    assert (saved.estimated_date, saved.response_comment) == (given.estimated_date, given.comment)
    assert saved.response_changed_at == saved.changed_at == NOW + MINUTE
    assert (saved.request_changed_at, saved.response_id is None) == (NOW, False)


@pytest.mark.usefixtures("lawful")
def test_a_request_has_one_answer() -> None:
    request = answer(ask())
    with pytest.raises(DomainError) as error:
        answer(request, REFUSED)
    assert refusals(error.value) == ["connection-state-response-already-exists"]
    assert str(request.response_id) in error.value.cause.message
    assert ConnectionRequest.objects.get().response_state == "PLANNED"


SAID = replace(PLANNED, comment="With the other work in the street")


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("standing_answer", "fields", "expected"),
    [
        (PLANNED, {"estimated_date": date(2026, 5, 20)}, []),
        (PLANNED, {"comment": "with others"}, []),
        (PLANNED, {"estimated_date": YESTERDAY}, [PLAN_PAST]),
        (PLANNED, {"reason": RefusalReason.FAULT}, [UNFIT]),
        (PLANNED, {}, ["no-change-received"]),
        (PLANNED, {"state": AnsweredState.PLANNED, "estimated_date": TOMORROW}, ["no-change-received"]),
        (PLANNED, {"state": AnsweredState.REFUSED, "reason": RefusalReason.NO_CANCEL}, []),
        (
            PLANNED,
            {"state": AnsweredState.REFUSED},
            ["connection-state-reason-must-be-provided-in-case-of-refused-state"],
        ),
        (
            PLANNED,
            {"state": AnsweredState.REFUSED, "reason": RefusalReason.FAULT, "estimated_date": TOMORROW},
            [UNFIT],
        ),
        (PLANNED, {"state": AnsweredState.DISCONNECTED}, []),
        (REFUSED, {"reason": RefusalReason.AGREEMENT_END}, []),
        (REFUSED, {"estimated_date": TOMORROW}, [UNFIT]),
        (REFUSED, {"state": AnsweredState.PLANNED}, ["missing"]),
        (REFUSED, {"state": AnsweredState.PLANNED, "estimated_date": TODAY}, []),
        (
            REFUSED,
            {"state": AnsweredState.PLANNED, "estimated_date": TODAY, "reason": RefusalReason.FAULT},
            [UNFIT],
        ),
        (REFUSED, {"state": AnsweredState.PLANNED, "estimated_date": YESTERDAY}, [PLAN_PAST]),
        (REFUSED, {"state": AnsweredState.DISCONNECTED, "estimated_date": TODAY}, []),
        (REFUSED, {"state": AnsweredState.DISCONNECTED, "estimated_date": YESTERDAY}, []),
        (PLANNED, {"state": AnsweredState.DISCONNECTED, "estimated_date": YESTERDAY}, []),
        (SAID, {"comment": ""}, []),
        (PLANNED, {"comment": ""}, ["no-change-received"]),
    ],
)
def test_how_an_answer_may_change(standing_answer: Answer, fields: dict[str, Any], expected: list[str]) -> None:
    request = answer(ask(), standing_answer)
    if expected:
        assert refused(reanswer, request=request, **fields) == expected
    else:
        saved = reanswer(request, **fields)
        assert saved.response_id == request.response_id
        for name, value in fields.items():
            column = {"comment": "response_comment", "state": "response_state", "reason": "response_reason"}
            assert getattr(saved, column.get(name, name)) == value


@pytest.mark.usefixtures("lawful")
def test_a_plan_that_has_passed_stands_in_the_way_of_nothing() -> None:
    request = answer(ask())
    weeks_later = NOW + timedelta(days=21)
    assert reanswer(request, comment="delayed", now=weeks_later).estimated_date == TOMORROW
    # Named as it stands it is no news; another day that has passed is none to plan for.
    whole = {"state": AnsweredState.PLANNED, "estimated_date": TOMORROW, "comment": "once more"}
    assert reanswer(request, **whole, now=weeks_later).response_comment == "once more"
    assert refused(reanswer, request=request, **whole, now=weeks_later) == ["no-change-received"]
    assert refused(reanswer, request=request, estimated_date=TODAY, now=weeks_later) == [PLAN_PAST]
    done = reanswer(request, state=AnsweredState.DISCONNECTED, now=weeks_later + MINUTE)
    assert (done.estimated_date, done.ended_at) == (TOMORROW, weeks_later + MINUTE)


@pytest.mark.usefixtures("lawful")
def test_a_refusal_is_not_taken_back_for_a_day_that_has_passed() -> None:
    """Also not for the day that was planned before it."""
    request = reanswer(answer(ask()), state=AnsweredState.REFUSED, reason=RefusalReason.FAULT)
    fields = {"state": AnsweredState.PLANNED, "estimated_date": TOMORROW}
    assert refused(reanswer, request=request, **fields, now=NOW + timedelta(days=21)) == [PLAN_PAST]
    assert reanswer(request, **fields).estimated_date == TOMORROW


@pytest.mark.usefixtures("lawful")
def test_an_answer_is_named_by_its_id_by_that_of_its_request_or_by_both() -> None:
    one, other = answer(ask()), answer(ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN))
    reanswer(one, comment="1")
    reanswer(None, response_id=one.response_id, comment="2")
    assert reanswer(one, response_id=one.response_id, comment="3").response_comment == "3"
    assert refused(reanswer, request=one, response_id=other.response_id, comment="4") == [NOT_THERE]
    assert refused(reanswer, request=None, comment="5") == ["missing"]
    assert refused(reanswer, request=None, response_id=one.pk, comment="6") == [NOT_THERE]


@pytest.mark.usefixtures("lawful")
def test_what_has_no_answer_has_none_to_change() -> None:
    request = ask()
    with pytest.raises(DomainError) as error:
        reanswer(request, comment="x")
    assert refusals(error.value) == [NO_ANSWER]
    assert error.value.cause.code.status == 422
    assert "send one with POST" in error.value.cause.message


@pytest.mark.usefixtures("lawful")
def test_that_there_is_no_answer_yet_is_told_to_its_receiver_alone() -> None:
    request = ask()
    assert refused(reanswer, request=request, comment="x", sender=SOUTH) == [NOT_THERE]
    assert refused(reanswer, request=request, comment="x", commodity=GAS) == [NOT_THERE]
    assert refused(reanswer, request=request, comment="x", sender=SUN) == [OTHER_SIDE]


@pytest.mark.usefixtures("lawful")
def test_what_has_ended_leaves_seven_years_after_its_end() -> None:
    gone = cancel(answer(ask()))
    done = answer(ask(now=NOW + MINUTE), Answer(AnsweredState.DISCONNECTED), now=NOW + MINUTE)
    still_open = ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN)
    seven_years = datetime(2033, 5, 4, 10, tzinfo=UTC)
    assert retention.drop_kept_enough(now=seven_years, most=10) == 0
    assert retention.drop_kept_enough(now=seven_years + timedelta(seconds=1), most=10) == 1
    assert not ConnectionRequest.objects.filter(pk=gone.pk).exists()
    assert retention.drop_kept_enough(now=seven_years + timedelta(days=10_000), most=10) == 1
    assert not ConnectionRequest.objects.filter(pk=done.pk).exists()
    assert list(ConnectionRequest.objects.all()) == [still_open]


@pytest.mark.usefixtures("lawful")
def test_what_has_ended_leaves_in_batches() -> None:
    for _ in range(5):
        cancel(ask())
    later = NOW + timedelta(days=8 * 366)
    assert [retention.drop_kept_enough(now=later, most=2) for _ in range(4)] == [2, 2, 1, 0]
