"""`POST /meter-data/search`: pages of readings, each within what its reader may see. Source: `2-wire.md`."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from tests import cast
from tests.api import Api, api
from tests.metering import messages, points
from tests.metering.messages import GAS, quantity

pytestmark = pytest.mark.django_db
PATH = "/api/v1/meter-data/search"
NOW = datetime.now(UTC)
TODAY = NOW.date()
FIRST = TODAY - timedelta(days=10)


@pytest.fixture
def point() -> MeteringPoint:
    """Register a point with ten days of readings: 0 in, the slot's number in thousandths out."""
    point = points.register(now=NOW - timedelta(days=100))
    days = [FIRST + timedelta(days=number) for number in range(10)]
    document = messages.send(*[messages.whole_day(point.eic, day, read_at=None) for day in days], now=NOW)
    assert document.faults == []
    return point


def agree(
    point: MeteringPoint, kind: AgreementType, provider: str, role: Role, start: date, end: date | None = None
) -> None:
    Agreement.objects.create(
        type=kind,
        point=point,
        service_provider=cast.participant(provider),
        service_provider_role=role,
        customer=cast.mari(),
        commodity=point.commodity,
        valid_from=messages.day_start(start),
        valid_to=None if end is None else messages.day_start(end),
        created_at=NOW,
        changed_at=NOW,
    )


def search(
    who: str, eic: str, start: datetime, end: datetime, *, role: Role = Role.GRID_OPERATOR, **options: Any
) -> Any:
    cast.participant(who)
    commodity = options.pop("commodity", Commodity.ELECTRICITY)
    body = {"meterEic": eic, "periodStart": messages.stamp(start), "periodEnd": messages.stamp(end)}
    if options:
        body["pagination"] = options  # type: ignore[assignment]
    return api(who).post(PATH, body, role=role, commodity=commodity)


def starts(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["pS"] for period in response.json()["periods"] for one in period["aI"]]


def expected(first: date, last: date) -> list[str]:
    """Give the starts of all quarter-hours from one day up to, and without, another."""
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    return [messages.stamp(start) for day in days for start in messages.interval_starts(day)]


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    return messages.day_start(first), messages.day_start(last)


def test_the_owner_gets_all_in_the_form_that_was_sent(point: MeteringPoint) -> None:
    response = search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY), pageSize=35_136)
    answer = response.json()
    assert starts(response) == expected(FIRST, TODAY)
    assert (answer["meterEic"], answer["commodityType"]) == (point.eic, "ELECTRICITY")
    assert answer["pagination"] == {"page": 0, "totalPages": 1}
    assert [period["r"] for period in answer["periods"]] == ["PT15M"]
    arrival = NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert answer["periods"][0]["aI"][7] == {
        "pS": messages.stamp(messages.interval_starts(FIRST)[7]),
        "inQty": {"rTime": arrival, "rType": "M", "kwh": 0},
        "outQty": {"rTime": arrival, "rType": "M", "kwh": 0.007},
    }


@pytest.mark.parametrize("size", [35_136, 1_056, 1_000, 500, 97, 960, 96])
def test_pages_hold_each_interval_once(point: MeteringPoint, size: int) -> None:
    found, page, total = [], 0, 1
    while page < total:
        response = search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY), page=page, pageSize=size)
        total = response.json()["pagination"]["totalPages"]
        found += starts(response)
        page += 1
    assert found == expected(FIRST, TODAY)
    assert total == -(-len(found) // size)
    behind = search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY), page=total, pageSize=size).json()
    assert (behind["periods"], behind["pagination"]) == ([], {"page": total, "totalPages": total})


def test_a_period_within_a_day_gives_the_intervals_that_start_in_it(point: MeteringPoint) -> None:
    start = messages.day_start(FIRST) + timedelta(hours=23, minutes=50)
    response = search(cast.GRID_OPERATOR, point.eic, start, start + timedelta(minutes=40))
    assert starts(response) == [messages.stamp(start + timedelta(minutes=10 + 15 * number)) for number in range(2)]


def test_a_supplier_gets_its_own_period_alone(point: MeteringPoint) -> None:
    changed = FIRST + timedelta(days=4)
    agree(point, AgreementType.GRID, cast.GRID_OPERATOR, Role.GRID_OPERATOR, FIRST + timedelta(days=2))
    agree(point, AgreementType.SUPPLY, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, FIRST + timedelta(days=2), changed)
    agree(point, AgreementType.SUPPLY, cast.SECOND_SUPPLIER, Role.OPEN_SUPPLIER, changed)
    former = search(cast.OPEN_SUPPLIER, point.eic, *bounds(FIRST, TODAY), role=Role.OPEN_SUPPLIER, pageSize=35_136)
    assert starts(former) == expected(FIRST + timedelta(days=2), changed)
    # While it is active a supplier also sees what came before it under the same customer's GRID agreement.
    present = search(cast.SECOND_SUPPLIER, point.eic, *bounds(FIRST, TODAY), role=Role.OPEN_SUPPLIER, pageSize=35_136)
    assert starts(present) == expected(FIRST + timedelta(days=2), TODAY)


def test_nothing_to_see_and_no_such_point_are_told_in_the_same_words(point: MeteringPoint) -> None:
    answers = []
    for eic in (point.eic, "38ZGO-10000003-O"):
        response = search(cast.OPEN_SUPPLIER, eic, *bounds(FIRST, TODAY), role=Role.OPEN_SUPPLIER)
        cause = response.json()["cause"]
        answers.append((response.status_code, cause["code"], cause["message"].replace(eic, "…")))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (404, "opp.error.business.meter-data-cannot-be-retrieved")
    gas = search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY), commodity=Commodity.NATURAL_GAS)
    assert (gas.status_code, gas.json()["cause"]["code"]) == answers[0][:2]


def test_a_stranger_is_answered_by_the_same_queries_whether_or_not_there_is_such_a_point(point: MeteringPoint) -> None:
    agree(point, AgreementType.SUPPLY, cast.SECOND_SUPPLIER, Role.OPEN_SUPPLIER, FIRST)
    gas = points.register(points.GAS, commodity=GAS, now=NOW)
    search(cast.OPEN_SUPPLIER, point.eic, *bounds(FIRST, TODAY), role=Role.OPEN_SUPPLIER)
    asked = []
    for eic in (point.eic, gas.eic, "38ZGO-10000003-O"):
        with CaptureQueriesContext(connection) as queries:
            assert search(cast.OPEN_SUPPLIER, eic, *bounds(FIRST, TODAY), role=Role.OPEN_SUPPLIER).status_code == 404
        # A prepared statement is not shown with its values; there is one, and it asks for the client alone.
        statements = [re.sub(r"'[^']*'|\d+", "…", query["sql"]) for query in queries if query["sql"]]
        asked.append([statement for statement in statements if re.search("metering_|agreements_", statement)])
    assert len(asked[0]) > 1
    assert asked[0] == asked[1] == asked[2]


def test_a_point_without_readings_gives_none(point: MeteringPoint) -> None:
    answer = search(cast.GRID_OPERATOR, point.eic, *bounds(date(2020, 1, 1), date(2020, 2, 1))).json()
    assert (answer["periods"], answer["pagination"]) == ([], {"page": 0, "totalPages": 1})


def test_each_resolution_is_a_period_of_its_own(point: MeteringPoint) -> None:
    day = FIRST + timedelta(days=3)
    messages.send(messages.whole_day(point.eic, day, "PT1H", read_at=NOW + timedelta(hours=1)), now=NOW)
    answer = search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY), pageSize=35_136).json()
    assert [period["r"] for period in answer["periods"]] == ["PT15M", "PT1H", "PT15M"]
    assert [one["pS"] for one in answer["periods"][1]["aI"]] == [
        messages.stamp(start) for start in messages.interval_starts(day, "PT1H")
    ]


def test_directions_types_and_times_of_their_own_come_back(point: MeteringPoint) -> None:
    other = messages.register_points(1)[0]
    one, two, three = messages.interval_starts(FIRST)[10:13]
    read_at = [NOW.replace(microsecond=0), NOW - timedelta(seconds=1)]
    messages.send(
        messages.element(
            other.eic,
            messages.period(
                "PT15M",
                [
                    (one, quantity(1.5, read_at=read_at[0]), None),
                    (two, quantity(123_456.789, read_at=read_at[1], kind="E"), quantity(0.001, read_at=read_at[0])),
                    (three, None, quantity(25, read_at=read_at[0])),
                ],
            ),
        ),
        now=NOW,
    )
    (period,) = search(cast.GRID_OPERATOR, other.eic, *bounds(FIRST, TODAY)).json()["periods"]
    seconds, exact = messages.stamp(read_at[0]), read_at[1].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert period["aI"] == [
        {"pS": messages.stamp(one), "inQty": {"rTime": seconds, "rType": "M", "kwh": 1.5}},
        {
            "pS": messages.stamp(two),
            "inQty": {"rTime": exact, "rType": "E", "kwh": 123_456.789},
            "outQty": {"rTime": seconds, "rType": "M", "kwh": 0.001},
        },
        {"pS": messages.stamp(three), "outQty": {"rTime": seconds, "rType": "M", "kwh": 25}},
    ]


def test_gas_comes_with_its_volume_by_gas_days() -> None:
    point = points.register(points.GAS, commodity=GAS, now=NOW - timedelta(days=100))
    day = messages.day_start(FIRST, GAS)
    sent = messages.element(point.eic, messages.period("P1D", [(day, None, quantity(10.5, m3=1.001, read_at=day))]))
    assert messages.send(sent, commodity=GAS, now=NOW).faults == []
    answer = search(cast.GRID_OPERATOR, point.eic, day, day + timedelta(days=1), commodity=GAS).json()
    assert answer["periods"] == [{"r": "P1D", "aI": [
        {"pS": messages.stamp(day), "outQty": {"rTime": messages.stamp(day), "rType": "M", "kwh": 10.5, "m3": 1.001}},
    ]}]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"periodStart": "2026-05-03T00:00:00"}, "invalid-pattern", "periodStart"),
        ({"periodEnd": None}, "missing", "periodEnd"),
        ({"periodStart": "2026-05-03T00:00Z", "periodEnd": "2026-05-03T00:00Z"},
         "from-field-cannot-be-equal-to-or-after-to-field", "periodStart"),
        ({"meterEic": "38ZGO-10000003-P"}, "eic-syntax-error", "meterEic"),
        ({"pagination": {"page": 0, "pageSize": 35_137}}, "too-big", "pagination.pageSize"),
        ({"more": 1}, "missing-field", "more"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(change: dict[str, Any], code: str, path: str) -> None:
    cast.participant(cast.GRID_OPERATOR)
    start, end = (messages.stamp(one) for one in bounds(FIRST, TODAY))
    body = {"meterEic": points.code("38ZGO-1", 1), "periodStart": start, "periodEnd": end, **change}
    response = api(cast.GRID_OPERATOR).post(PATH, body)
    cause = response.json()["cause"]
    assert (response.status_code, cause["code"].rpartition(".")[2], cause["args"][0]) == (400, code, path)


def test_the_longest_of_periods_is_answered(point: MeteringPoint) -> None:
    response = search(
        cast.GRID_OPERATOR, point.eic, datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
    )
    assert len(starts(response)) == 500


def test_the_read_is_logged_for_the_customer(point: MeteringPoint) -> None:
    agree(point, AgreementType.GRID, cast.GRID_OPERATOR, Role.GRID_OPERATOR, FIRST + timedelta(days=2))
    search(cast.GRID_OPERATOR, point.eic, *bounds(FIRST, TODAY))
    (row,) = AccessLog.objects.filter(service="meter-data/search")
    assert (row.participant.eic, row.role, row.meter_eic, row.customer_eic, row.ground) == (
        cast.GRID_OPERATOR, "GRID_OPERATOR", point.eic, cast.MARI, "OWNERSHIP",
    )  # fmt: skip
    assert (row.period_from, row.period_to) == bounds(FIRST + timedelta(days=2), TODAY)


def test_a_year_takes_no_more_queries_than_a_day(point: MeteringPoint, django_assert_max_num_queries: Any) -> None:
    operator = api(cast.GRID_OPERATOR)
    assert isinstance(operator, Api)
    operator.headers()
    for first in (TODAY - timedelta(days=1), TODAY - timedelta(days=365)):
        start, end = bounds(first, TODAY)
        body = {"meterEic": point.eic, "periodStart": messages.stamp(start), "periodEnd": messages.stamp(end)}
        with django_assert_max_num_queries(20):
            operator.post(PATH, body)
