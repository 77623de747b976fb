"""Days that are not like others, on a hub whose clock shows them: right to the interval, for both commodities.

A sample, the days of the last year's clock changes, goes through `test_story.py`. Here the clock itself goes over the
leap day, the end of a year, both clock changes, and back.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.contents import publish
from tests.contracts.documents import final_status, send
from tests.contracts.market import CAST, local_midnight, roles_of
from tests.contracts.moved import MovedProduct, library
from tests.contracts.product import wait_until
from tests.contracts.promises import ELECTRICITY, GAS, Address, address
from tests.contracts.saving import save

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# So long before a day all that concerns it is saved: a supply that ends another needs 14 days.
BEFORE = 20
_numbers = iter(range(890_000, 899_000))


def _hours(day: date) -> int:
    return round((local_midnight(day + DAY) - local_midnight(day)) / HOUR)


KINDS: dict[str, Callable[[date], bool]] = {
    "leap day": lambda day: (day.month, day.day) == (2, 29),
    "new year": lambda day: (day.month, day.day) == (1, 1),
    "23 hours": lambda day: _hours(day) == 23,
    "25 hours": lambda day: _hours(day) == 25,
}


@pytest.fixture(scope="module")
def moved() -> Iterator[MovedProduct]:
    """Give a hub whose clock can be moved."""
    found = library()
    if found is None:
        pytest.skip("there is no libfaketime here: install the package libfaketime, or name it by LIBFAKETIME")
    hub = MovedProduct(found)
    try:
        hub.start()
        publish(hub.description())
        yield hub
    finally:
        hub.stop()


def _go_to(hub: MovedProduct, instant: datetime) -> None:
    """Move the clock on, as for a machine that has slept; wait until the hub has made what it needs of that time."""
    hub.put_to(instant)
    day = f"{instant.astimezone(UTC):%Y%m%d}"
    tables = [f"{name}_{day}" for name in ("distribution_message", "wire_stored_answer", "outbox_processed_unit")]

    def are_made() -> bool:
        hub.supervise()
        (row,) = hub.rows("SELECT bool_and(to_regclass(t) IS NOT NULL) AS made FROM unnest(%s::text[]) t", tables)
        return bool(row["made"])

    wait_until(are_made, seconds=90, what=f"the partitions of {day}")
    hub.wait_ready()


def _received(hub: MovedProduct, after: int) -> dict[Address, list[readings.Reading]]:
    """Give the readings behind an id that each participant of the cast has in each role, if it has any."""
    found = {}
    for participant in (entry["eic"] for entry in CAST["participants"]):
        for role, commodity in roles_of(participant):
            messages = Client.of(hub.url, participant, role, commodity).scan("METERING_DATA", after=after)
            got = [reading for message in messages for reading in readings.read_content(message["content"])]
            if got:
                found[participant, role, commodity] = got
    return found


def _sent(hub: MovedProduct, sent: list[readings.Reading], resolution: str, commodity: str = ELECTRICITY) -> int:
    """Send readings and wait until they are told; give the id behind which they stand."""
    before = hub.last_id()
    grid = Client.of(hub.url, cast.NORTH_GRID, "GRID_OPERATOR", commodity)
    status = final_status(grid, send(grid, readings.message(sent, resolution)))
    assert status["status"] == "SUCCESSFUL", status
    hub.settle()
    return before


def _place(hub: MovedProduct, commodity: str, start: datetime, *supplies: tuple[str, datetime, datetime | None]) -> str:
    """Register a point with its grid agreement and supplies; give its code."""
    grid = Client.of(hub.url, cast.NORTH_GRID, "GRID_OPERATOR", commodity)
    code = forms.point_code(next(_numbers))
    save(grid, "POST", "/meter", meterMetadata=forms.point(code, "clock", commodity=commodity))
    parties: dict[str, Any] = {"code": code, "commodity": commodity}
    of_grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, **parties)
    save(grid, "POST", "/agreement", agreement=of_grid)
    for supplier, first, end in supplies:
        supply = forms.agreement("SUPPLY", supplier, cast.JAAN, first, end=end, **parties)
        one = Client.of(hub.url, supplier, "OPEN_SUPPLIER", commodity)
        save(one, "POST", "/agreement", agreement=supply)
    return code


def _days(hub: MovedProduct) -> list[tuple[str, date]]:
    """Give the next day of each kind that is far enough ahead, in their order."""
    first = hub.made_on + (BEFORE + 10) * DAY
    found = [
        (kind, next(day for day in (first + number * DAY for number in range(9 * 366)) if is_one(day)))
        for kind, is_one in KINDS.items()
    ]
    return sorted(found, key=lambda one: one[1])


def test_each_supplier_has_its_intervals_of_days_unlike_others(moved: MovedProduct) -> None:
    for kind, day in _days(moved):
        _go_to(moved, local_midnight(day - BEFORE * DAY) + 12 * HOUR)
        _supplied_for_one_day(moved, day)
        _gas_days_are_whole(moved, day)
        if kind == "new year":
            _gas_changes_hands(moved, day)
        _general_service_begins(moved, day)


def _supplied_for_one_day(hub: MovedProduct, day: date) -> None:
    """One supplier has the day, another those beside it; each is told of its own to the quarter-hour."""
    tomorrow, start, end = (local_midnight(one) for one in (day - (BEFORE - 1) * DAY, day, day + DAY))
    code = _place(
        hub,
        ELECTRICITY,
        tomorrow,
        (cast.STRANGER, tomorrow, None),
        (cast.WIND, start, end),
        (cast.STRANGER, end, None),
    )
    sent = readings.made(code, readings.intervals(day - DAY, day + DAY))
    before = _sent(hub, sent, "PT15M")
    inside = [reading for reading in sent if start <= reading.start < end]
    assert len(inside) == 2 * 4 * _hours(day)
    beside = [reading for reading in sent if reading not in inside]
    # The portfolio provider of one provides for the other, too.
    expected = {cast.WIND: inside, cast.SUN: inside, cast.STRANGER: beside, cast.BALANCE: sent}
    assert _plainly(_received(hub, before)) == {address(who): readings.plain(what) for who, what in expected.items()}, (
        day
    )


def _plainly(received: dict[Address, list[readings.Reading]]) -> dict[Address, Counter[Any]]:
    return {who: readings.plain(what) for who, what in received.items()}


def _gas_day(day: date) -> datetime:
    return datetime.combine(day, time(7), cast.TALLINN).astimezone(UTC)


def _gas_days_are_whole(hub: MovedProduct, day: date) -> None:
    """From seven to seven in hours: as many as the gas day has."""
    hours = {one: round((_gas_day(one + DAY) - _gas_day(one)) / HOUR) for one in (day - DAY, day)}
    starts = [_gas_day(one) + number * HOUR for one, length in hours.items() for number in range(length)]
    assert starts[-1] + HOUR == _gas_day(day + DAY)
    sent = readings.made(cast.BAKERY_GAS, starts, seed=day.toordinal(), both=False)
    before = _sent(hub, sent, "PT1H", GAS)
    expected = {address(who, GAS): sent for who in (cast.SUN, cast.BALANCE)}
    assert _plainly(_received(hub, before)) == _plainly(expected), day


def _gas_changes_hands(hub: MovedProduct, day: date) -> None:
    """With the gas month that begins at seven: the hours of the new year before it are still the old supplier's."""
    tomorrow, change = _gas_day(day - (BEFORE - 1) * DAY), _gas_day(day)
    portfolio = forms.agreement("PORTFOLIO_SUPPLIER", cast.BALANCE, cast.NAMED, change, commodity=GAS)
    save(Client.of(hub.url, cast.BALANCE, "OPEN_SUPPLIER", GAS), "POST", "/agreement", agreement=portfolio)
    code = _place(hub, GAS, tomorrow, (cast.SUN, tomorrow, None), (cast.NAMED, change, None))
    starts = [_gas_day(day - DAY) + number * HOUR for number in range(48)]
    sent = readings.made(code, starts, both=False)
    before = _sent(hub, sent, "PT1H", GAS)
    old = [reading for reading in sent if reading.start < change]
    assert len(old) == 24 and old[-1].start.astimezone(cast.TALLINN).hour == 6
    new = [reading for reading in sent if reading.start >= change]
    expected = {cast.SUN: old, cast.NAMED: new, cast.BALANCE: sent}
    assert _plainly(_received(hub, before)) == {
        address(who, GAS): readings.plain(what) for who, what in expected.items()
    }


def _general_service_begins(hub: MovedProduct, day: date) -> None:
    """Where a supply ends with the day before, the general service is told of when the clock comes to the day."""
    tomorrow, start = local_midnight(day - (BEFORE - 1) * DAY), local_midnight(day)
    code = _place(hub, ELECTRICITY, tomorrow, (cast.STRANGER, tomorrow, start))
    hub.settle()
    before, named = hub.last_id(), Client.of(hub.url, cast.NAMED, "OPEN_SUPPLIER")

    def told() -> list[dict[str, Any]]:
        hub.supervise()
        contents = [json.loads(message["content"])[0] for message in named.scan("AGREEMENT", after=before)]
        return [content for content in contents if content["meterEic"] == code]

    _go_to(hub, start - 8 * timedelta(seconds=1))
    assert told() == []
    wait_until(told, seconds=60, what="the general service told")
    (service,) = told()
    assert (service["agreementType"], service["validFrom"]) == ("GENERAL_SERVICE", readings.iso(start))
    assert hub.now >= start


def test_a_clock_that_is_put_back_lets_no_id_and_no_time_fall(moved: MovedProduct) -> None:
    """As where a machine's clock was ahead and is set right: an hour comes twice, and scanners of all kinds go on."""
    grid, supplier = (Client.of(moved.url, *address(who)) for who in (cast.NORTH_GRID, cast.SUN))
    stranger = Client.of(moved.url, *address(cast.STRANGER))
    start = local_midnight(moved.now.astimezone(cast.TALLINN).date() + DAY)
    code = _place(moved, ELECTRICITY, start, (cast.STRANGER, start, None))
    moved.settle()
    first = moved.last_id()
    since = moved.now - timedelta(seconds=1)
    asked: list[str] = []

    def save_some(word: str) -> None:
        save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, word))
        enquiry = {"meterEic": code, "customerEic": cast.JAAN, "topic": "DATA", "requestStatus": "OPEN"}
        made = save(supplier, "POST", "/direct-messages", directMessageRequest={**enquiry, "requestComment": word})
        asked.append(str(made.json()))
        moved.settle()

    save_some("before")
    seen = stranger.scan("METERING_POINT", after=first)
    behind = max(message["id"] for message in seen)
    changes = grid.read("/direct-messages/change", updatePeriodStart=since.isoformat()).json()
    assert [one["messageRequestId"] for one in changes] == asked
    moved.put_ahead(moved.now - HOUR - datetime.now(UTC))
    moved.wait_ready()
    save_some("after")
    sent = readings.made(code, readings.intervals(start.date(), start.date()))
    _sent(moved, sent, "PT15M")
    (later,) = stranger.scan("METERING_POINT", after=behind)
    assert json.loads(later["content"])["meterLocation"]["comment"] == "after"
    assert later["createdTime"] > max(message["createdTime"] for message in seen)
    (again,) = grid.read("/direct-messages/change", updatePeriodStart=changes[-1]["timestamp"]).json()
    assert again["messageRequestId"] == asked[-1]
    rows = moved.rows("SELECT id, created_at FROM distribution_message ORDER BY id")
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
    assert [row["id"] for row in rows] == list(range(rows[0]["id"], rows[-1]["id"] + 1))
