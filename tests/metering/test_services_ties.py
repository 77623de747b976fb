"""Of equal reading times that of the document accepted later counts, whichever is worked on first.

Source: `1-market.md`, "Readings".
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market import DocumentStatus
from datahub.metering.models import MeterDataDocument, MeteringPoint
from datahub.metering.services import documents
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests.metering import messages, points
from tests.metering.messages import GAS, NOW, READ_AT, element, period, quantity

pytestmark = pytest.mark.django_db
TEN, QUARTER_PAST = datetime(2026, 5, 3, 7, tzinfo=UTC), datetime(2026, 5, 3, 7, 15, tzinfo=UTC)
LATER = READ_AT + timedelta(hours=1)
PAUSE = timedelta(minutes=1)


@pytest.fixture
def point() -> MeteringPoint:
    return points.register()


@pytest.fixture
def gas_point() -> MeteringPoint:
    return points.register(points.GAS, commodity=GAS)


def work_in_order(*accepted: MeterDataDocument) -> None:
    """Work on documents in an order of one's own, as after failures: those that come later wait for their next try."""
    for document in accepted:
        MeterDataDocument.objects.exclude(pk=document.pk).update(not_before=NOW + 2 * PAUSE)
        MeterDataDocument.objects.filter(pk=document.pk).update(not_before=NOW)
        assert documents.work_next_document(now=NOW + PAUSE)
        document.refresh_from_db()
        assert (document.status, document.faults) == (DocumentStatus.SUCCESSFUL, [])


def kept(point: MeteringPoint, direction: str = "OUT") -> list[int]:
    return [amount for amount, _, _ in messages.stored(point)[direction].values()]


def lost() -> list[Any]:
    """Give what the last unit says was lost."""
    unit = Unit.objects.order_by("-id").first()
    assert unit is not None
    after = Change.from_json(unit.changes[0]).after
    assert after is not None
    return list(after["lost"].values())


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_the_document_accepted_last_counts_in_any_order(point: MeteringPoint, order: tuple[int, ...]) -> None:
    accepted = [
        messages.accept(messages.whole_day(point.eic, amount=lambda slot, whole=number: float(whole + slot / 1000)))
        for number in (1, 2, 3)
    ]
    work_in_order(*[accepted[number] for number in order])
    assert kept(point) == [3000 + slot for slot in range(96)]


@pytest.mark.parametrize("apart", [timedelta(microseconds=1), timedelta(days=1, seconds=1)])
def test_the_time_of_arrival_comes_before_the_number(point: MeteringPoint, apart: timedelta) -> None:
    late = messages.accept(messages.whole_day(point.eic, amount=lambda _: 1), now=NOW)
    early = messages.accept(messages.whole_day(point.eic, amount=lambda _: 2), now=NOW - apart)
    work_in_order(late, early)
    assert set(kept(point)) == {1000}


def test_what_was_overtaken_is_lost_and_the_rest_is_told(point: MeteringPoint) -> None:
    first = messages.accept(
        element(point.eic, period("PT15M", [(TEN, quantity(1), quantity(2)), (QUARTER_PAST, quantity(3), quantity(4))]))
    )
    second = messages.accept(element(point.eic, period("PT15M", [(TEN, None, quantity(5))])))
    work_in_order(second, first)
    assert {name: kept(point, name) for name in ("IN", "OUT")} == {"IN": [1000, 3000], "OUT": [5000, 4000]}
    assert lost() == [[["OUT", int(TEN.timestamp()), 0, 1]]]


def test_a_newer_reading_time_still_counts_more_than_acceptance(point: MeteringPoint) -> None:
    first = messages.accept(messages.whole_day(point.eic, amount=lambda _: 1, read_at=LATER))
    second = messages.accept(messages.whole_day(point.eic, amount=lambda _: 2))
    third = messages.accept(messages.whole_day(point.eic, amount=lambda _: 3, read_at=LATER))
    work_in_order(third, second, first)
    assert set(kept(point)) == {3000}


def test_a_later_document_of_other_points_takes_nothing(point: MeteringPoint) -> None:
    other = messages.register_points(2)[1]
    messages.send(messages.whole_day(point.eic, amount=lambda _: 1), now=NOW - PAUSE)
    first = messages.accept(messages.whole_day(point.eic, amount=lambda _: 2))
    second = messages.accept(messages.whole_day(other.eic, amount=lambda _: 3))
    work_in_order(second, first)
    assert (set(kept(point)), set(kept(other))) == ({2000}, {3000})


def test_a_later_document_that_was_refused_takes_nothing(point: MeteringPoint) -> None:
    messages.send(messages.whole_day(point.eic, amount=lambda _: 1), now=NOW - PAUSE)
    first = messages.accept(messages.whole_day(point.eic, amount=lambda _: 2))
    refused = messages.accept(messages.whole_day(point.eic, amount=lambda slot: -1 if slot else 3))
    MeterDataDocument.objects.filter(pk=first.pk).update(not_before=NOW + 2 * PAUSE)
    documents.work_next_document(now=NOW + PAUSE)
    refused.refresh_from_db()
    assert refused.status == DocumentStatus.ERROR
    work_in_order(first)
    assert set(kept(point)) == {2000}


def test_types_and_volumes_are_tied_like_energies(gas_point: MeteringPoint) -> None:
    def hour(**more: Any) -> dict[str, Any]:
        return element(gas_point.eic, period("PT1H", [(TEN, quantity(0), quantity(1, **more))]))

    for wrong, right in (({"m3": 5}, {}), ({}, {"m3": 6}), ({"m3": 7}, {"m3": 8}), ({"kind": "E"}, {"kind": "M"})):
        first, second = (messages.accept(hour(**more), commodity=GAS) for more in (wrong, right))
        work_in_order(second, first)
        stored = messages.stored(gas_point)
        assert stored.get("OUT_M3", {}).get(messages.stamp(TEN), (None,))[0] == (
            right["m3"] * 1000 if "m3" in right else None
        )
        assert stored["OUT"][messages.stamp(TEN)][2] == "M"


@pytest.mark.parametrize("resolutions", [("PT15M", "PT1H"), ("PT1H", "PT15M")])
def test_another_resolution_accepted_later_stays(point: MeteringPoint, resolutions: tuple[str, str]) -> None:
    first, second = (
        messages.accept(messages.whole_day(point.eic, resolution=resolution, amount=lambda _, number=number: number))
        for number, resolution in enumerate(resolutions, start=1)
    )
    work_in_order(second, first)
    assert kept(point) == [2000] * (24 if resolutions[1] == "PT1H" else 96)
    (runs,) = lost()
    assert sum(run[3] for run in runs) == 2 * (96 if resolutions[0] == "PT15M" else 24)


def test_later_documents_are_looked_for_only_where_something_is_said_otherwise(point: MeteringPoint) -> None:
    def looked(amount: float, read_at: datetime = READ_AT) -> bool:
        messages.accept(messages.whole_day(point.eic, amount=lambda _: amount, read_at=read_at))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            documents.work_next_document(now=NOW)
        return any("SUCCESSFUL" in query["sql"] and "SELECT" in query["sql"] for query in queries)

    assert [looked(1), looked(1), looked(2), looked(3, LATER)] == [False, False, True, False]
