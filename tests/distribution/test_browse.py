"""Looking through messages page by page: each once, the newest first, one's own alone, whatever is told meanwhile."""

from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub import partitions
from datahub.market import ResourceType, Role
from distribution.models import MESSAGES, Address, LogState, Message
from distribution.selectors import browse as browsing
from distribution.selectors import log
from distribution.selectors.browse import Sought, browse, told_message
from distribution.selectors.log import Window
from distribution.services.sequencer import begin_log

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
MINE, OTHER = "38X-EIN-OS-----J", "38X-DEMO-OS2---A"
ALL = tuple(ResourceType)


@pytest.fixture(autouse=True)
def _log() -> None:
    log.memory.forget()
    begin_log()


def tell(
    number: int, *, types: Any = ALL, reason: str = "CREATE", eic: str = MINE, ago: timedelta = timedelta()
) -> None:
    """Tell some messages, one a second up to `ago` before now."""
    address, _ = Address.objects.get_or_create(participant_eic=eic, role="OPEN_SUPPLIER", commodity="ELECTRICITY")
    state = LogState.objects.get()
    start = NOW - ago - timedelta(seconds=number)
    partitions.ensure(MESSAGES, since=start.date(), until=NOW.date())
    kinds = cycle(types)
    Message.objects.bulk_create(
        Message(
            id=state.last_id + 1 + place,
            created_at=start + timedelta(seconds=place),
            unit_id=1,
            address=address,
            resource_type=next(kinds),
            reason=reason,
            pack=None,
            pack_offset=0,
            pack_length=0,
        )
        for place in range(number)
    )
    LogState.objects.update(last_id=state.last_id + number)


def leaf(size: int = 10, *, role: str = Role.OPEN_SUPPLIER, eic: str = MINE, types: Any = ALL, **sought: Any) -> Any:
    return browse(
        participant_eic=eic, role=role, commodity="ELECTRICITY", sought=Sought(types, **sought), size=size, now=NOW
    )


def ids(page: Any) -> list[int]:
    return [message.id for message in page.messages]


def test_pages_go_on_behind_an_id_and_back() -> None:
    tell(25)
    first = leaf()
    assert ids(first) == list(range(25, 15, -1))
    assert (first.has_newer, first.has_older, first.looked_to) == (False, True, None)
    # What is told meanwhile moves nothing.
    tell(3)
    second = leaf(before=16)
    assert ids(second) == list(range(15, 5, -1))
    last = leaf(before=6)
    assert ids(last) == [5, 4, 3, 2, 1]
    assert not last.has_older
    back = leaf(after=5)
    assert ids(back) == list(range(15, 5, -1))
    assert back.has_newer and back.has_older
    newest = leaf(after=25)
    assert ids(newest) == [28, 27, 26]
    assert not newest.has_newer


@pytest.mark.parametrize("types", [(ResourceType.AGREEMENT,), (ResourceType.AGREEMENT, ResourceType.NETWORK_BILL), ALL])
def test_types_stand_among_each_other_by_id(types: Any) -> None:
    tell(40)
    expected = [*Message.objects.filter(resource_type__in=types).order_by("-id").values_list("id", flat=True)]
    found: list[int] = []
    before = None
    while True:
        page = leaf(size=4, types=types, before=before)
        found += ids(page)
        if not page.has_older:
            break
        before = found[-1]
    assert found == expected


def test_one_sees_what_is_addressed_to_one_in_the_role_alone() -> None:
    tell(3)
    tell(2, eic=OTHER)
    assert ids(leaf()) == [3, 2, 1]
    assert ids(leaf(eic=OTHER)) == [5, 4]
    assert ids(leaf(role=Role.AGGREGATOR)) == []
    assert ids(leaf(eic="38X-DEMO-BRP---T")) == []

    def told(eic: str, number: int) -> Any:
        return told_message(
            participant_eic=eic, role="OPEN_SUPPLIER", commodity="ELECTRICITY", message_id=number, now=NOW
        )

    assert told(MINE, 2).id == 2
    assert told(OTHER, 2) is None
    assert told(MINE, 4) is None
    assert told(MINE, 99) is None


def test_nothing_older_than_seven_days_and_nothing_outside_the_window() -> None:
    tell(4, ago=timedelta(days=7) - timedelta(seconds=2))
    tell(4, ago=timedelta(hours=2))
    # Of the first four the last two are seven days old or less.
    assert ids(leaf()) == [8, 7, 6, 5, 4, 3]
    assert ids(leaf(window=Window(id_from=4, id_to=6))) == [6, 5, 4]
    since = NOW - timedelta(hours=2, seconds=3)
    assert ids(leaf(window=Window(created_from=since))) == [8, 7, 6]
    assert ids(leaf(window=Window(created_from=since, created_to=NOW - timedelta(hours=2, seconds=1)))) == [7, 6]
    assert (
        told_message(participant_eic=MINE, role="OPEN_SUPPLIER", commodity="ELECTRICITY", message_id=2, now=NOW) is None
    )


def test_reasons_whole_or_by_their_beginning() -> None:
    for reason in ("CREATE", "UPDATE", "UPDATE_BC_SUPPLY_CREATE", "UPDATE_BC_GRID_DELETE", "DELETE"):
        tell(2, types=(ResourceType.AGREEMENT, ResourceType.METERING_POINT), reason=reason)
    assert ids(leaf(reason="UPDATE")) == [4, 3]
    assert ids(leaf(reason="UPDATE_BC_")) == [8, 7, 6, 5]
    assert ids(leaf(reason="UPDATE_BC_GRID_")) == [8, 7]
    assert ids(leaf(reason="CREATE")) == [2, 1]
    assert ids(leaf(reason="%")) == ids(leaf(reason="UPDAT_")) == []
    assert ids(leaf(types=(ResourceType.METERING_DATA,), reason="DELETE")) == []


def test_a_rare_reason_is_looked_for_in_parts_and_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "MOST_LOOKED_AT", 5)
    types = (ResourceType.AGREEMENT, ResourceType.METERING_POINT)
    tell(1, types=types, reason="DELETE")
    tell(17, types=(ResourceType.AGREEMENT,))
    tell(1, types=(ResourceType.METERING_POINT,), reason="DELETE")
    tell(8, types=types)
    found: list[int] = []
    before, pages = None, 0
    while True:
        page = leaf(reason="DELETE", types=types, before=before)
        pages += 1
        found += ids(page)
        if not page.has_older:
            break
        before = page.looked_to if page.looked_to is not None else found[-1]
    assert found == [19, 1]
    assert pages > 3


def test_the_newest_of_many_are_found_by_the_index() -> None:
    tell(3_000, ago=timedelta(days=3))
    tell(3_000, ago=timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE distribution_message")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(leaf(size=50).messages) == 50
    sql = queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
        plan = cursor.fetchone()[0]

    def nodes(node: Any) -> Any:
        yield node
        for child in node.get("Plans", []):
            yield from nodes(child)

    read = [
        node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name", "").startswith("distribution_message_2")
    ]
    assert read and all(node["Node Type"] in ("Index Scan", "Index Only Scan") for node in read), read
    # So much as a page of each type alone would need, and a row from each other day to begin with.
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) < 6 * 60
    assert not [node for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Sort" and node["Actual Rows"] > 400]
