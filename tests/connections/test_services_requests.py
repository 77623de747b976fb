"""What suppliers ask and change: fields, dates, one open request at a time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, RequestedState, RequestReason
from connections.services.requests import RefusedByWhatStands
from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.parties.models import MarketRole
from tests.agreements.market import (
    FLAT,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    day,
    standing,
)
from tests.connections.acting import (
    CONNECTION,
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
    change,
    reanswer,
    refusals,
    supply,
)
from tests.connections.refusing import FIXED, GO_CUST, GO_OS, MISMATCH, NO_OPERATOR, OS_CUST, PAST, REDUNDANT, refused


@pytest.mark.usefixtures("lawful")
def test_a_request_is_kept_as_it_was_sent() -> None:
    request = ConnectionRequest.objects.get(pk=ask().pk)
    assert (request.sender.eic, request.receiver.eic, request.commodity) == (SUN, NORTH, "ELECTRICITY")
    assert (request.meter_eic, request.customer_eic) == (HOUSE, MARI)
    assert (request.requested_state, request.reason, request.preferred_date) == ("DISCONNECTED", "DEBT", TOMORROW)
    assert (request.request_comment, request.response_state, request.response_id) == ("Three invoices", "", None)
    assert request.created_at == request.changed_at == request.request_changed_at == NOW
    assert request.ended_at is None


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (RequestedState.DISCONNECTED, RequestReason.DEBT, []),
        (RequestedState.CONNECTED, RequestReason.DEBT_PAID, []),
        (RequestedState.CONNECTED, RequestReason.NEW_AGREEMENT, []),
        (RequestedState.DISCONNECTED, RequestReason.DEBT_PAID, [MISMATCH]),
        (RequestedState.DISCONNECTED, RequestReason.NEW_AGREEMENT, [MISMATCH]),
        (RequestedState.CONNECTED, RequestReason.DEBT, [MISMATCH]),
    ],
)
def test_the_reason_fits_the_state(state: RequestedState, reason: RequestReason, expected: list[str]) -> None:
    if expected:
        assert refused(ask, requested_state=state, reason=reason) == expected
    else:
        assert ask(requested_state=state, reason=reason).asked_for == state


@pytest.mark.usefixtures("lawful")
def test_all_that_is_wrong_with_a_request_by_itself_is_told_at_once_and_nothing_of_the_market() -> None:
    fields = {"service_provider_eic": SUN, "reason": RequestReason.DEBT_PAID, "preferred_date": YESTERDAY}
    assert refused(ask, meter_eic=FLAT, **fields) == [NO_OPERATOR, MISMATCH, PAST]
    assert not AccessLog.objects.exists()


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("now", "day", "is_past"),
    [
        # Midnight in Tallinn is 21:00 in UTC in summer, 22:00 in winter: the local date counts.
        (datetime(2026, 5, 4, 20, 59, 59, tzinfo=UTC), date(2026, 5, 4), False),
        (datetime(2026, 5, 4, 21, tzinfo=UTC), date(2026, 5, 4), True),
        (datetime(2026, 5, 4, 21, tzinfo=UTC), date(2026, 5, 5), False),
        (datetime(2026, 3, 28, 21, 59, 59, tzinfo=UTC), date(2026, 3, 28), False),
        (datetime(2026, 3, 28, 22, tzinfo=UTC), date(2026, 3, 28), True),
        (datetime(2026, 3, 29, 20, 59, 59, tzinfo=UTC), date(2026, 3, 29), False),
        (datetime(2026, 3, 29, 21, tzinfo=UTC), date(2026, 3, 29), True),
        (datetime(2026, 10, 25, 21, 59, 59, tzinfo=UTC), date(2026, 10, 25), False),
        (datetime(2026, 10, 25, 22, tzinfo=UTC), date(2026, 10, 25), True),
    ],
)
def test_today_is_the_day_in_tallinn(now: datetime, day: date, is_past: bool) -> None:
    # Gas days begin at seven; the dates here do not.
    if is_past:
        assert refused(ask, now=now, preferred_date=day) == [PAST]
        request = ask(now=now, preferred_date=day + timedelta(days=1))
        given = Answer(AnsweredState.PLANNED, estimated_date=day)
        assert refused(answer, request=request, given=given, now=now) == [
            "connection-state-estimated-date-cannot-be-in-past"
        ]
    else:
        request = ask(now=now, preferred_date=day)
        assert answer(request, Answer(AnsweredState.PLANNED, estimated_date=day), now=now).estimated_date == day


@pytest.mark.usefixtures("lawful")
def test_only_an_operator_of_the_commodity_is_asked_now_and_nobody_else_is_told_apart() -> None:
    words = set()
    MarketRole.objects.filter(participant__eic=SOUTH).update(valid_to=NOW)
    for eic in (SUN, LINE, MARI, SOUTH, "38X-NOBODY-----X"):
        with pytest.raises(DomainError) as error:
            ask(service_provider_eic=eic)
        assert refusals(error.value) == [NO_OPERATOR]
        words.add(error.value.cause.message.replace(eic, "…"))
    assert len(words) == 1
    MarketRole.objects.filter(participant__eic=SOUTH).update(valid_to=NOW + MINUTE)
    assert refused(ask, service_provider_eic=SOUTH) == [GO_OS, GO_CUST]


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPEN_SUPPLIER])
def test_requests_are_sent_changed_and_cancelled_by_open_suppliers_alone(role: Role) -> None:
    request = ask()
    for act, options in ((ask, {}), (change, {"request": request}), (cancel, {"request": request})):
        assert refused(act, role=role, **options) == ["sender-type-error"]


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)]
)
def test_requests_are_answered_by_grid_operators_and_closed_networks_alone(role: Role) -> None:
    request = ask()
    assert refused(answer, request=request, role=role) == ["sender-type-error"]
    assert refused(reanswer, request=request, role=role) == ["sender-type-error"]


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    "then",
    [
        lambda request: request,
        lambda request: answer(request, PLANNED),
        lambda request: answer(request, REFUSED),
        lambda request: change(request, **CONNECTION),
    ],
)
def test_there_is_one_open_request_and_a_refused_one_is_open(then: Any) -> None:
    request = then(ask())
    with pytest.raises(DomainError) as error:
        ask(**CONNECTION)
    assert refusals(error.value) == [REDUNDANT]
    assert str(request.pk) in error.value.cause.message
    assert not isinstance(error.value, RefusedByWhatStands)
    cancel(request)
    assert ask().pk != request.pk


@pytest.mark.usefixtures("lawful")
def test_a_request_that_is_done_makes_room_for_the_next() -> None:
    answer(ask(), Answer(AnsweredState.DISCONNECTED))
    answer(ask(**CONNECTION), Answer(AnsweredState.CONNECTED))
    assert ask().stage == "OPEN"


@pytest.mark.usefixtures("lawful")
def test_anothers_open_request_is_told_without_its_id_and_logged() -> None:
    request = ask()
    Agreement.objects.filter(type=AgreementType.SUPPLY, point__eic=HOUSE).update(valid_to=day(2026, 4, 1))
    standing(supply(WIND, start=day(2026, 4, 1)))
    with pytest.raises(RefusedByWhatStands) as error:
        ask(sender=WIND)
    assert refusals(error.value) == [REDUNDANT]
    assert str(request.pk) not in error.value.cause.message
    assert SUN not in error.value.cause.message
    # Who could not ask anyway learns nothing of it.
    assert refused(ask, sender=STRANGER) == [GO_OS, OS_CUST, GO_CUST]


@pytest.mark.usefixtures("lawful")
def test_other_points_have_requests_of_their_own() -> None:
    ask()
    assert ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN).pk


@pytest.mark.usefixtures("lawful")
def test_a_change_merges() -> None:
    request = answer(ask())
    later = NOW + MINUTE
    changed = change(request, preferred_date=date(2026, 6, 1), now=later)
    assert (changed.preferred_date, changed.reason, changed.request_comment) == (
        date(2026, 6, 1),
        "DEBT",
        "Three invoices",
    )
    assert (changed.request_changed_at, changed.changed_at, changed.created_at) == (later, later, NOW)
    assert (changed.response_state, changed.response_changed_at) == ("PLANNED", request.response_changed_at)
    changed = change(request, **CONNECTION)
    assert (changed.requested_state, changed.reason, changed.preferred_date) == (
        "CONNECTED",
        "DEBT_PAID",
        date(2026, 6, 1),
    )
    assert changed.response_state == "PLANNED"
    assert change(request, reason=RequestReason.NEW_AGREEMENT).reason == "NEW_AGREEMENT"


SAME = {"service_provider_eic": NORTH, "meter_eic": HOUSE, "customer_eic": MARI}


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"service_provider_eic": SOUTH}, [FIXED]),
        ({"meter_eic": FLAT}, [FIXED]),
        ({"customer_eic": JAAN}, [FIXED]),
        ({"service_provider_eic": SOUTH, "meter_eic": FLAT, "customer_eic": JAAN}, [FIXED] * 3),
        ({**SAME, "comment": "new"}, []),
        ({**SAME, "requested_state": RequestedState.CANCELLED}, []),
        ({"meter_eic": FLAT, "requested_state": RequestedState.CANCELLED}, [FIXED]),
        ({"preferred_date": YESTERDAY}, [PAST]),
        ({"preferred_date": TODAY}, []),
        ({"reason": RequestReason.DEBT_PAID}, [MISMATCH]),
        ({"requested_state": RequestedState.CONNECTED}, [MISMATCH]),
        ({"requested_state": RequestedState.CONNECTED, "reason": RequestReason.DEBT}, [MISMATCH]),
        (
            {"meter_eic": FLAT, "reason": RequestReason.DEBT_PAID, "preferred_date": YESTERDAY},
            [FIXED, MISMATCH, PAST],
        ),
        ({"requested_state": RequestedState.CANCELLED, "comment": "paid"}, []),
        ({"requested_state": RequestedState.CANCELLED, "preferred_date": TOMORROW, "reason": RequestReason.DEBT}, []),
        ({"requested_state": RequestedState.CANCELLED, "preferred_date": date(2026, 6, 1)}, [FIXED]),
        ({"requested_state": RequestedState.CANCELLED, "reason": RequestReason.DEBT_PAID}, [FIXED]),
        ({}, ["no-change-received"]),
        ({**SAME, "requested_state": RequestedState.DISCONNECTED}, ["no-change-received"]),
        ({"preferred_date": TOMORROW, "comment": "Three invoices"}, ["no-change-received"]),
        ({"comment": ""}, []),
        ({"requested_state": RequestedState.CANCELLED, "comment": ""}, []),
    ],
)
def test_what_may_change(fields: dict[str, Any], expected: list[str]) -> None:
    request = ask()
    if expected:
        assert refused(change, request=request, now=NOW + MINUTE, **fields) == expected
        assert ConnectionRequest.objects.get().changed_at == NOW
    else:
        assert change(request, now=NOW + MINUTE, **fields).changed_at == NOW + MINUTE


@pytest.mark.usefixtures("lawful")
def test_a_preferred_date_that_has_passed_since_stands_in_the_way_of_nothing() -> None:
    request = ask()
    weeks_later = NOW + timedelta(days=21)
    assert change(request, comment="still unpaid", now=weeks_later).preferred_date == TOMORROW
    # Named as it stands it is no news, also where the opposite is asked for; another day that has passed is refused.
    assert change(request, preferred_date=TOMORROW, comment="!", now=weeks_later).request_comment == "!"
    assert refused(change, request=request, preferred_date=TODAY, now=weeks_later) == [PAST]
    assert refused(change, request=request, preferred_date=TOMORROW, now=weeks_later) == ["no-change-received"]
    assert change(request, **CONNECTION, preferred_date=TOMORROW, now=weeks_later).reason == "DEBT_PAID"
    assert cancel(request, now=weeks_later).stage == "CANCELLED"


@pytest.mark.usefixtures("lawful")
def test_who_asks_for_the_opposite_is_asked_for_the_agreements_again() -> None:
    request = answer(ask(), REFUSED)
    long_after = NOW + timedelta(days=800)
    Agreement.objects.update(valid_to=day(2026, 6, 1))
    # What needs no agreement is taken all the same.
    assert change(request, comment="still", now=long_after).pk
    fields = {**CONNECTION, "preferred_date": date(2029, 1, 1)}
    assert refused(change, request=request, now=long_after, **fields) == [GO_OS, OS_CUST, GO_CUST]
    Agreement.objects.filter(type=AgreementType.SUPPLY).update(valid_to=None)
    with pytest.raises(RefusedByWhatStands) as error:
        change(request, now=long_after, **fields)
    assert refusals(error.value) == [GO_OS, GO_CUST]
    assert (error.value.meter_eic, error.value.customer_eic) == (HOUSE, MARI)
    Agreement.objects.update(valid_to=None)
    assert change(request, now=long_after, **fields).requested_state == "CONNECTED"
    assert cancel(request, now=long_after).stage == "CANCELLED"
