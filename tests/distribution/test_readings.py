"""Readings, from a saved document to what each recipient scans: its own intervals and no other."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from datahub.market import ResourceType, Role
from datahub.market_time import day_start
from datahub.metering.models import MeterDataDocument
from datahub.outbox.models import ProcessedUnit, Unit
from distribution.models import Message
from distribution.services import queue
from distribution.services.tell import tell
from distribution.services.work import readings as work
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, OS, OS2
from tests.metering import messages

pytestmark = pytest.mark.django_db
OTHER = "38ZGO-10000002-R"


def tell_all(now: datetime | None = None) -> None:
    assert not tell(now=now or datetime.now(UTC), batches=100)


def readings(eic: str, role: str = Role.OPEN_SUPPLIER) -> list[dict[str, Any]]:
    """Give the elements told to a participant, in order."""
    told = market.scanned(eic, ResourceType.METERING_DATA, role)
    return [element for message in told for element in message["content"]]


def starts(elements: list[dict[str, Any]], point: str = HOUSE) -> list[datetime]:
    return [
        datetime.fromisoformat(interval["pS"])
        for element in elements
        if element["meterEic"] == point
        for period in element["periods"]
        for interval in period["aI"]
    ]


def supplied(point: str = HOUSE, change: str = "2026-04-01") -> list[Any]:
    return [
        market.agreement("SUPPLY", OS2, point=point, until=change),
        market.agreement("SUPPLY", market.STRANGER, point=point, since=change),
    ]


def make_market(*agreements: Any) -> None:
    from tests import cast

    cast._PARTICIPANTS.setdefault(
        market.STRANGER, ("Võõras Müüja OÜ", "14013704", [(Role.OPEN_SUPPLIER, market.ELECTRICITY)], [])
    )
    cast.participant(market.STRANGER)
    market.make_market(*agreements)


@pytest.mark.parametrize(
    ("day", "intervals"), [(date(2026, 3, 29), 92), (date(2026, 5, 3), 96), (date(2025, 10, 26), 100)]
)
def test_each_sees_its_own_intervals_where_the_supplier_changes_at_midnight(day: date, intervals: int) -> None:
    make_market(*supplied(change=day.isoformat()))
    now = day_start(day + timedelta(days=2)) + timedelta(hours=12)
    days = [messages.whole_day(HOUSE, day + timedelta(days=offset), read_at=now)["periods"][0] for offset in (-1, 0)]
    messages.send(messages.element(HOUSE, *days), now=now)
    tell_all()
    before, on = messages.interval_starts(day - timedelta(days=1)), messages.interval_starts(day)
    assert len(on) == intervals
    assert starts(readings(OS2)) == before
    assert starts(readings(OS)) == before
    assert starts(readings(BRP)) == before
    assert starts(readings(market.STRANGER)) == on
    assert readings(GO, Role.GRID_OPERATOR) == []


def test_a_whole_day_is_told_as_it_was_sent_in_one_shared_content() -> None:
    make_market(*supplied())
    sent = messages.whole_day(HOUSE)
    messages.send(sent)
    tell_all()
    assert readings(market.STRANGER) == [sent]
    assert readings(OS2) == []


def test_recipients_with_the_same_intervals_share_one_content() -> None:
    make_market(*supplied(change="2030-01-01"))
    messages.send(messages.whole_day(HOUSE))
    tell_all()
    from distribution.models import Message

    assert Message.objects.count() == 3
    assert Message.objects.values("pack", "pack_offset").distinct().count() == 1


@pytest.mark.parametrize("missing", [True, False])
def test_who_loses_no_interval_shares_the_whole_with_those_who_lost_no_time(missing: bool) -> None:
    """OS2 supplies but on the second of three days, of which the message has readings or has none; BRP sees it all."""
    make_market(
        market.agreement("PORTFOLIO_SUPPLIER", BRP, market.STRANGER),
        market.agreement("SUPPLY", OS2, point=HOUSE, until="2026-05-02"),
        market.agreement("SUPPLY", market.STRANGER, point=HOUSE, since="2026-05-02", until="2026-05-03"),
        market.agreement("SUPPLY", OS2, point=HOUSE, since="2026-05-03"),
    )
    days = [date(2026, 5, number) for number in (1, 2, 3) if number != 2 or not missing]
    sent = messages.element(HOUSE, *(messages.whole_day(HOUSE, day)["periods"][0] for day in days))
    messages.send(sent)
    tell_all()
    assert sorted(len(starts(readings(eic))) for eic in (OS2, BRP, market.STRANGER)) == (
        [0, 192, 192] if missing else [96, 192, 288]
    )
    if missing:
        assert readings(OS2) == readings(BRP) == [sent]
    contents = Message.objects.filter(resource_type=ResourceType.METERING_DATA)
    assert contents.values("pack", "pack_offset").distinct().count() == (1 if missing else 3)


def test_the_reading_time_that_counts_stands_also_where_it_was_left_out() -> None:
    make_market(*supplied())
    messages.send(messages.whole_day(HOUSE, read_at=None))
    tell_all()
    (element,) = readings(market.STRANGER)
    times = {interval["outQty"]["rTime"] for interval in element["periods"][0]["aI"]}
    assert times == {messages.NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def test_an_element_full_of_blanks_is_told_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    for most in (work.AS_SENT_BYTES, 1000):
        monkeypatch.setattr(work, "AS_SENT_BYTES", most)
        messages.send(messages.whole_day(HOUSE))
        tell_all()
    as_sent, anew = readings(OS2)
    assert starts([as_sent]) == starts([anew])
    assert as_sent == anew == messages.whole_day(HOUSE)


def test_what_lost_to_a_newer_reading_is_not_told() -> None:
    make_market(*supplied())
    newer, older = messages.READ_AT, messages.READ_AT - timedelta(hours=1)
    messages.send(messages.whole_day(HOUSE, read_at=newer, amount=lambda slot: 1))
    messages.send(messages.whole_day(HOUSE, read_at=older, amount=lambda slot: 2))
    tell_all()
    assert [e["periods"][0]["aI"][0]["outQty"]["kwh"] for e in readings(market.STRANGER)] == [1]


def test_a_large_document_is_told_in_bounded_contents_each_point_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "READINGS_CONTENT_BYTES", 20_000)
    make_market(*supplied(), *supplied(OTHER))
    sent = [messages.whole_day(HOUSE), messages.whole_day(OTHER)]
    messages.send(*sent)
    tell_all()
    told = market.scanned(market.STRANGER, ResourceType.METERING_DATA)
    assert [message["content"] for message in told] == [[element] for element in sent]


def test_worked_late_after_everything_has_changed_it_gives_the_same_messages() -> None:
    from django.db import transaction

    from datahub.agreements.models import AgreementVersion
    from datahub.outbox.services import open_unit

    make_market(*supplied())
    sent = messages.whole_day(HOUSE)
    messages.send(sent)
    with (
        transaction.atomic(),
        open_unit(lanes=[HOUSE], sender_eic=GO, saved_at=messages.NOW, moves_portfolios=True) as unit,
    ):
        AgreementVersion.objects.update(known_to=unit.id)
    messages.send(sent, now=messages.NOW + timedelta(minutes=1))
    tell_all()
    assert readings(market.STRANGER) == [sent]


def send_with_one_bad_point(monkeypatch: pytest.MonkeyPatch) -> MeterDataDocument:
    """Send two points in one message, of which one makes its working fail."""
    whole = work.entitled_to_readings

    def fail_for_house(facts: Any, *args: Any, **options: Any) -> Any:
        if facts.point.eic == HOUSE:
            raise LookupError("a poisoned point")
        return whole(facts, *args, **options)

    monkeypatch.setattr(work, "entitled_to_readings", fail_for_house)
    return messages.send(messages.whole_day(HOUSE), messages.whole_day(OTHER))


def test_a_failing_document_is_split_and_holds_back_only_the_bad_points_later_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_market(*supplied(), *supplied(OTHER))
    send_with_one_bad_point(monkeypatch)
    whole = Unit.objects.get()
    for point in (HOUSE, OTHER):
        market.save_point(point, comment="later")
    now = datetime.now(UTC)
    for attempt in range(queue.ATTEMPTS + 1):
        tell_all(now + timedelta(hours=attempt))
    assert starts(readings(market.STRANGER), OTHER) == messages.interval_starts(messages.DAY)
    assert starts(readings(market.STRANGER), HOUSE) == []
    assert len(market.comments(market.STRANGER)) == 1
    bad, held_back = Unit.objects.order_by("depends_on")
    assert (bad.lanes, bad.known_at, bad.set_aside_at is not None) == ([HOUSE], whole.id, True)
    assert (held_back.lanes, held_back.depends_on) == ([HOUSE], [bad.id])
    assert ProcessedUnit.objects.get(pk=whole.id).outcome == "SPLIT"
    # A save from now on waits for the part, too.
    market.save_point(OTHER)
    latest = market.save_point(HOUSE)
    assert Unit.objects.get(pk=latest).depends_on == [held_back.id]
    monkeypatch.undo()
    Unit.objects.filter(pk=bad.pk).update(set_aside_at=None, not_before=None)
    tell_all(now)
    assert starts(readings(market.STRANGER), HOUSE) == messages.interval_starts(messages.DAY)
    assert not Unit.objects.exists()
