"""Documents of readings: worked on whole or not at all; the newest reading time wins.

Source: `1-market.md`, "Readings".
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from zstandard import ZstdError

from datahub.errors import DomainError
from datahub.market import DocumentStatus, Role
from datahub.metering.models import DocumentBody, MeterDataDocument, MeteringPoint
from datahub.metering.readings import documents as bodies
from datahub.metering.services import documents
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import DAY, GAS, NOW, READ_AT, element, period, quantity

pytestmark = pytest.mark.django_db
LATER, EARLIER = READ_AT + timedelta(hours=1), READ_AT - timedelta(hours=1)
TEN = datetime(2026, 5, 3, 7, tzinfo=UTC)


@pytest.fixture
def point() -> MeteringPoint:
    return points.register()


@pytest.fixture
def gas_point() -> MeteringPoint:
    return points.register(points.GAS, commodity=GAS)


def last_change() -> dict[str, Any]:
    unit = Unit.objects.order_by("-id").first()
    assert unit is not None
    change = Change.from_json(unit.changes[0])
    assert change.after is not None
    return change.after


def one(point: MeteringPoint, inward: Any = None, outward: Any = None, **options: Any) -> MeterDataDocument:
    """Send the quarter-hour of 10:00."""
    return messages.send(element(point.eic, period("PT15M", [(TEN, inward, outward)])), **options)


def at_ten(point: MeteringPoint) -> dict[str, tuple[int, datetime, str]]:
    return {name: values[messages.stamp(TEN)] for name, values in messages.stored(point).items()}


def test_a_day_is_stored_and_recorded_as_one_change(point: MeteringPoint) -> None:
    document = messages.send(messages.whole_day(point.eic))
    assert (document.status, document.faults) == (DocumentStatus.SUCCESSFUL, [])
    stored = messages.stored(point)
    assert [amount for amount, _, _ in stored["OUT"].values()] == list(range(96))
    assert {(time, kind) for _, time, kind in stored["IN"].values()} == {(READ_AT, "M")}
    unit = Unit.objects.order_by("-id").first()
    assert unit is not None and unit.lanes == [point.eic]
    change = Change.from_json(unit.changes[0])
    first = int(messages.day_start(DAY).timestamp())
    assert (change.resource_type, change.reason, change.object_key) == ("METERING_DATA", "CREATE", str(document.pk))
    assert change.after == {
        "document": document.pk,
        "commodity": "ELECTRICITY",
        "received_at": NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "points": [[point.eic, first, first + 86_400, 0]],
        "lost": {},
    }


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (READ_AT, LATER, True),
        (READ_AT, EARLIER, False),
        (READ_AT, READ_AT, True),
        (READ_AT, READ_AT - timedelta(microseconds=1), False),
        (None, NOW, True),
        (None, NOW - timedelta(microseconds=1), False),
        (READ_AT, None, True),
        (NOW + timedelta(hours=2), None, False),
    ],
)
def test_the_newest_reading_time_wins(
    point: MeteringPoint, first: datetime | None, second: datetime | None, wins: bool
) -> None:
    one(point, quantity(1, read_at=first), None)
    document = one(point, quantity(2, read_at=second, kind="E"), None, now=NOW + timedelta(minutes=1))
    assert document.status == DocumentStatus.SUCCESSFUL
    expected = (2000, second or NOW + timedelta(minutes=1), "E") if wins else (1000, first or NOW, "M")
    assert at_ten(point) == {"IN": expected}
    assert last_change()["lost"] == ({} if wins else {"0": [["IN", int(TEN.timestamp()), 0, 1]]})
    assert last_change()["points"][0][3] == (0 if wins and second else 1)


def test_directions_win_apart_and_what_a_message_lacks_stays(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    one(point, quantity(5, read_at=EARLIER), quantity(6, read_at=LATER))
    assert at_ten(point) == {"IN": (0, READ_AT, "M"), "OUT": (6000, LATER, "M")}
    assert last_change()["lost"] == {"0": [["IN", int(TEN.timestamp()), 0, 1]]}
    assert [amount for amount, _, _ in messages.stored(point)["OUT"].values()] == [
        6000 if slot == 40 else slot for slot in range(96)
    ]


def test_a_message_replayed_changes_nothing_and_loses_nothing(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    before = messages.stored(point)
    messages.send(messages.whole_day(point.eic))
    assert messages.stored(point) == before
    assert last_change()["lost"] == {}


def test_null_counts_as_left_out_and_is_not_told_on(point: MeteringPoint) -> None:
    document = messages.send(element(point.eic, {"r": "PT15M", "aI": [
        {"pS": messages.stamp(TEN), "inQty": None, "outQty": {"rType": "E", "kwh": 1, "rTime": None, "m3": None}},
    ]}))  # fmt: skip
    assert (document.status, at_ten(point)) == (DocumentStatus.SUCCESSFUL, {"OUT": (1000, NOW, "E")})
    assert last_change()["points"][0][3] == 1


@pytest.mark.parametrize(
    ("day", "slots"),
    [
        (date(2026, 3, 29), 92),
        (date(2025, 10, 26), 100),
        (date(2025, 12, 31), 96),
        (date(2026, 1, 1), 96),
    ],
)
def test_long_and_short_days_lose_nothing(point: MeteringPoint, day: date, slots: int) -> None:
    assert messages.send(messages.whole_day(point.eic, day)).status == DocumentStatus.SUCCESSFUL
    assert [amount for amount, _, _ in messages.stored(point, day)["OUT"].values()] == list(range(slots))


def test_a_leap_day_is_a_day() -> None:
    now = datetime(2028, 3, 1, 10, tzinfo=UTC)
    point = points.register(now=now)
    document = messages.send(messages.whole_day(point.eic, date(2028, 2, 29), read_at=now), now=now)
    assert document.status == DocumentStatus.SUCCESSFUL
    assert len(messages.stored(point, date(2028, 2, 29))["OUT"]) == 96


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 23), (date(2025, 10, 25), 25), (DAY, 24)])
def test_gas_days_hold_all_their_hours(gas_point: MeteringPoint, day: date, hours: int) -> None:
    sent = messages.whole_day(gas_point.eic, day, "PT1H", commodity=GAS)
    assert messages.send(sent, commodity=GAS).status == DocumentStatus.SUCCESSFUL
    assert [amount for amount, _, _ in messages.stored(gas_point, day)["OUT"].values()] == list(range(hours))
    daily = messages.whole_day(gas_point.eic, day, "P1D", commodity=GAS, amount=lambda slot: 24.5)
    assert messages.send(daily, commodity=GAS).status == DocumentStatus.SUCCESSFUL
    assert [amount for amount, _, _ in messages.stored(gas_point, day)["OUT"].values()] == [24_500]
    start = int(messages.day_start(day, GAS).timestamp())
    assert last_change()["points"] == [[gas_point.eic, start, start + hours * 3600, 0]]


def test_a_volume_goes_with_its_energy(gas_point: MeteringPoint) -> None:
    def send(*args: Any) -> None:
        messages.send(element(gas_point.eic, period("PT1H", [(TEN, *args)])), commodity=GAS)

    send(quantity(10, m3=1.5), quantity(3, m3=0.25))
    assert {name: at_ten(gas_point)[name][0] for name in at_ten(gas_point)} == {
        "IN": 10_000, "OUT": 3_000, "IN_M3": 1_500, "OUT_M3": 250,
    }  # fmt: skip
    send(quantity(11, m3=9, read_at=EARLIER), quantity(4, read_at=LATER))
    assert {name: at_ten(gas_point)[name][0] for name in at_ten(gas_point)} == {
        "IN": 10_000, "OUT": 4_000, "IN_M3": 1_500,
    }  # fmt: skip


def test_another_resolution_that_covers_the_day_replaces_it(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    hours = messages.whole_day(point.eic, resolution="PT1H", read_at=LATER)
    assert messages.send(hours).status == DocumentStatus.SUCCESSFUL
    assert [amount for amount, _, _ in messages.stored(point)["OUT"].values()] == list(range(24))
    assert messages.send(messages.whole_day(point.eic, read_at=LATER)).status == DocumentStatus.SUCCESSFUL
    assert len(messages.stored(point)["OUT"]) == 96


def test_another_resolution_read_earlier_changes_nothing(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    document = messages.send(messages.whole_day(point.eic, resolution="PT1H", read_at=EARLIER))
    assert document.status == DocumentStatus.SUCCESSFUL
    assert len(messages.stored(point)["OUT"]) == 96
    first = int(messages.interval_starts(messages.DAY)[0].timestamp())
    assert last_change()["lost"] == {"0": [["IN", first, 3600, 24], ["OUT", first, 3600, 24]]}


def test_another_resolution_that_leaves_something_out_is_refused(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    before = messages.stored(point)
    hour = element(point.eic, period("PT1H", [(TEN, quantity(1, read_at=LATER), quantity(1, read_at=LATER))]))
    document = messages.send(hour)
    assert (document.status, messages.faults(document)) == (
        DocumentStatus.ERROR, [(messages.stamp(TEN), "wrong-resolution")],
    )  # fmt: skip
    assert messages.stored(point) == before


def test_another_resolution_covers_what_stands_only_in_both_directions(point: MeteringPoint) -> None:
    one(point, quantity(1), None)
    hour = element(point.eic, period("PT1H", [(TEN, None, quantity(1, read_at=LATER))]))
    assert messages.faults(messages.send(hour)) == [(messages.stamp(TEN), "wrong-resolution")]
    hour = element(point.eic, period("PT1H", [(TEN, quantity(1, read_at=LATER), None)]))
    assert messages.send(hour).status == DocumentStatus.SUCCESSFUL


def test_a_wrong_resolution_is_named_beside_other_faults(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic))
    document = messages.send(
        element(
            point.eic,
            period("PT1H", [(TEN, quantity(1), None)]),
            period("PT15M", [(TEN + timedelta(days=1), quantity(-1), None)]),
        )
    )
    assert messages.faults(document) == [
        (messages.stamp(TEN), "wrong-resolution"),
        (messages.stamp(TEN + timedelta(days=1)), "field-value-cannot-be-negative"),
    ]


def test_one_wrong_value_and_nothing_of_the_message_is_saved() -> None:
    first, second = messages.register_points(2)
    units = Unit.objects.count()
    wrong = messages.whole_day(second.eic, amount=lambda slot: -1 if slot == 5 else 1)
    document = messages.send(messages.whole_day(first.eic), wrong)
    assert document.status == DocumentStatus.ERROR
    assert messages.faults(document) == [("2026-05-02T22:15:00Z", "field-value-cannot-be-negative")]
    assert messages.stored(first) == messages.stored(second) == {}
    assert Unit.objects.count() == units


def test_every_fault_of_35040_intervals_is_named(point: MeteringPoint) -> None:
    elements = [
        messages.whole_day(point.eic, DAY - timedelta(days=number), amount=lambda slot: 0.0001) for number in range(357)
    ]
    document = messages.send(*elements)
    assert len(document.faults) == sum(len(e["periods"][0]["aI"]) for e in elements) > 34_000
    assert {code for _, code in messages.faults(document)} == {"too-many-decimals"}


def test_a_number_that_a_double_does_not_hold_is_named_with_its_interval(point: MeteringPoint) -> None:
    document = messages.accept(messages.whole_day(point.eic, amount=lambda slot: 424242 if slot == 40 else 1))
    sent = bodies.load_body(document.pk, document.received_at).replace(b"424242", b"1E-400")
    DocumentBody.objects.update(body=bodies.compress(sent))
    documents.work_next_document(now=NOW)
    document.refresh_from_db()
    assert messages.faults(document) == [("2026-05-03T07:00:00Z", "too-many-decimals")]
    assert document.faults[0]["message"].startswith("meterData[0].periods[0].aI[40].outQty.kwh is 1E-400, but may have")
    assert messages.stored(point) == {}


def test_a_strangers_point_and_none_are_told_in_the_same_words() -> None:
    strange = points.register(
        points.changed(points.ELECTRICITY, "meteringPoint.meterEic", points.codes("38ZGO-2", 1)[0]),
        owner=cast.SOUTHERN_GRID_OPERATOR,
    )
    (none,) = points.codes("38ZGO-2", 2)[1:]
    told = []
    for eic in (strange.eic, none):
        (fault,) = messages.send(messages.whole_day(eic)).faults
        assert fault["meterEic"] == eic
        told.append({**fault, "meterEic": ""})
    assert told[0] == told[1]
    assert told[0]["code"] == "opp.error.business.market-participant-mismatch-error"


def test_a_point_is_served_in_its_owners_role_and_commodity(point: MeteringPoint, gas_point: MeteringPoint) -> None:
    owner = cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    (eic,) = points.codes("38ZGO-2", 1)
    points.register(points.changed(points.ELECTRICITY, "meteringPoint.meterEic", eic), owner=owner.eic)
    document = messages.send(messages.whole_day(eic), sender=owner, role=Role.CLOSED_DISTRIBUTION_NETWORK)
    assert messages.faults(document) == [(None, "market-participant-mismatch-error")]
    assert messages.faults(messages.send(messages.whole_day(gas_point.eic))) == [
        (None, "commodity-type-mismatch-error")
    ]


def test_readings_of_an_aggregation_point_take_its_parents_lane(point: MeteringPoint) -> None:
    aggregation = points.register(points.AGGREGATION, owner=cast.AGGREGATOR, role=Role.AGGREGATOR)
    sender = cast.participant(cast.AGGREGATOR)
    document = messages.send(messages.whole_day(aggregation.eic), sender=sender, role=Role.AGGREGATOR)
    assert document.status == DocumentStatus.SUCCESSFUL
    unit = Unit.objects.order_by("-id").first()
    assert unit is not None and unit.lanes == sorted([aggregation.eic, point.eic])
    assert messages.faults(messages.send(messages.whole_day(aggregation.eic))) == [
        (None, "market-participant-mismatch-error")
    ]


def test_a_role_without_points_is_refused_at_the_door() -> None:
    with pytest.raises(DomainError) as refused:
        messages.accept(
            messages.whole_day(points.code("38ZGO-1", 1)),
            sender=cast.participant(cast.OPEN_SUPPLIER),
            role=Role.OPEN_SUPPLIER,
        )
    assert (refused.value.cause.code.name, refused.value.cause.code.status) == (
        "opp.error.business.sender-type-error", 403,
    )  # fmt: skip


@pytest.mark.parametrize("bound", ["DOCUMENT_QUEUE_MAX_COUNT", "DOCUMENT_QUEUE_MAX_BYTES"])
def test_a_full_queue_is_refused_for_five_minutes(point: MeteringPoint, settings: Any, bound: str) -> None:
    messages.accept(messages.whole_day(point.eic))
    setattr(settings, bound, 1)
    with pytest.raises(DomainError) as refused:
        messages.accept(messages.whole_day(point.eic))
    assert (refused.value.cause.code.status, refused.value.retry_after) == (503, 300)
    documents.work_next_document(now=NOW)
    messages.accept(messages.whole_day(point.eic))


def test_the_oldest_document_is_worked_on_first(point: MeteringPoint) -> None:
    first, second = (messages.accept(messages.whole_day(point.eic)) for _ in range(2))
    documents.work_next_document(now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (DocumentStatus.SUCCESSFUL, DocumentStatus.PROCESSING)


def test_a_document_that_keeps_failing_ends_as_an_error(point: MeteringPoint) -> None:
    document = messages.accept(messages.whole_day(point.eic))
    good = messages.accept(messages.whole_day(point.eic))
    DocumentBody.objects.filter(document_id=document.pk).update(body=b"no zstd")
    now, failures = NOW, 0
    while documents.has_waiting(now=now + timedelta(hours=1)):
        try:
            if not documents.work_next_document(now=now):
                now += timedelta(seconds=5)
        except ZstdError:
            failures += 1
    document.refresh_from_db()
    good.refresh_from_db()
    assert (failures, document.status, good.status) == (
        documents.MAX_ATTEMPTS, DocumentStatus.ERROR, DocumentStatus.SUCCESSFUL,
    )  # fmt: skip
    assert document.faults[0]["code"] == "opp.error.technical.general"
    assert "5 attempts" in document.status_message


def test_what_waited_longer_than_bodies_are_kept_is_given_up(point: MeteringPoint) -> None:
    document = messages.accept(messages.whole_day(point.eic), now=NOW - timedelta(days=8))
    assert not documents.has_waiting(now=NOW)
    assert documents.give_up_forgotten_documents(now=NOW) == 1
    document.refresh_from_db()
    assert document.status == DocumentStatus.ERROR


def test_the_body_is_kept_as_it_came(point: MeteringPoint) -> None:
    sent = messages.whole_day(point.eic)
    document = messages.accept(sent)
    assert bodies.load_body(document.pk, NOW) == messages.body(sent)


def test_a_document_with_the_id_of_one_before_a_restore_has_its_own_body(point: MeteringPoint) -> None:
    before, after = messages.whole_day(point.eic), messages.whole_day(point.eic, amount=lambda slot: 1)
    document = messages.accept(before)
    assert bodies.load_body(document.pk, NOW) == messages.body(before)
    arrived_again = NOW + timedelta(hours=1)
    DocumentBody.objects.filter(document_id=document.pk).update(
        received_at=arrived_again, body=bodies.compress(messages.body(after))
    )
    assert bodies.load_body(document.pk, arrived_again) == messages.body(after)


def test_working_a_document_takes_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    many = messages.register_points(20)
    messages.accept(*[messages.whole_day(point.eic) for point in many])
    with django_assert_max_num_queries(30):
        documents.work_next_document(now=NOW)
    messages.accept(*[messages.whole_day(point.eic, read_at=LATER) for point in many])
    with django_assert_max_num_queries(30):
        documents.work_next_document(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM metering_reading_day")
        assert cursor.fetchone() == (20,)
