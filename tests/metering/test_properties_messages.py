"""Whatever comes as a message of readings: refused by name, or read as a slow reader reads it, to the last digit."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from datahub.errors import DomainError
from datahub.market import Commodity
from datahub.metering.api.meter_data import MeterDataView
from datahub.metering.models import MeteringPoint
from datahub.metering.services import documents
from tests import cast
from tests.api import Api, api
from tests.metering import messages, points, slow_reader
from tests.metering.slow_reader import Refused, Sent

pytestmark = pytest.mark.django_db
PATH = "/api/v1/meter-data"
CODE, GAS_CODE = "38ZGO-10000018-5", "38ZGO-1G000001-Y"
DAY = (datetime.now(UTC) - timedelta(days=3)).date()
CONTEXT = {
    "marketParticipantIdentification": cast.GRID_OPERATOR,
    "marketParticipantRole": "GRID_OPERATOR",
    "commodityType": "ELECTRICITY",
}


def tries(count: int) -> settings:
    """Try so many; each may take its time."""
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


class Text(str):
    """JSON as it is to stand in the body."""


# --- writing messages -------------------------------------------------------------------------------------------------


def written(value: Any) -> str:
    """Write a value; an object is a list of pairs, so that a name may stand in it twice."""
    if isinstance(value, Text):
        return value
    if isinstance(value, tuple):
        return "{" + ",".join(f"{written(name)}:{written(inner)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def message(number: str = "1.5", *, count: int = 1, code: str = CODE, **fields: Any) -> Any:
    """Make a message of quarter-hours whose first quantity has a number as it is written."""
    start = messages.day_start(DAY)
    quantity = tuple({"rType": "M", "kwh": Text(number), "rTime": "2026-05-04T03:00:00Z", **fields}.items())
    intervals = [
        (("pS", messages.stamp(start + timedelta(minutes=15 * place))), ("outQty", quantity)) for place in range(count)
    ]
    element = (("meterEic", code), ("periods", [(("r", "PT15M"), ("aI", intervals))]))
    return (("marketParticipantContext", tuple(CONTEXT.items())), ("meterData", [element]))


def places(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Give the way to each part of a message, by its places."""
    yield path
    parts = value if isinstance(value, list | tuple) else ()
    for place, part in enumerate(parts):
        yield from places(part[1] if isinstance(value, tuple) else part, (*path, place))


def changed(value: Any, path: tuple[int, ...], change: Callable[[Any], Any]) -> Any:
    """Give a message with the part at a place changed."""
    if not path:
        return change(value)
    place, *rest = path
    name, inner = value[place] if isinstance(value, tuple) else ("", value[place])
    new = changed(inner, tuple(rest), change)
    made = [*value]
    made[place] = (name, new) if isinstance(value, tuple) else new
    return type(value)(made)


NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?\Z")
RIGHT_NUMBERS = st.decimals(0, 999_999_999, places=3).map(str) | st.sampled_from(
    ["0", "-0", "0.0", "1E3", "1.5e-1", "999999999.999", "0.001", "1000e-3", "0.1230", "12e+2", "-0.000", "0e9"]
)
HOSTILE = [
    *("null", "true", "{}", "[]", '""', '"1"', "NaN", "Infinity", "-Infinity", "nan", "01", "+1", ".5", "1.", "0x10"),
    *("1_000", "1e", "1e999", "-1e999", "1E-400", "9" * 400, "1" + "0" * 400, "1" + "0" * 5_000, "0." + "1" * 400),
    *("0.1230000000000000001", "1e308", "5e-324", "-1", "'1'", "“1”", "１", "\u0661", '"\\ud800"', '"\\u0000"', "//"),
    *("[" * 600 + "]" * 600, "[" * 100_000 + "]" * 100_000, '{"a":' * 600 + "1" + "}" * 600, '"' + "x" * 100_000 + '"'),
    *('"2026-05-04T03:00:00"', '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2026-05-04T03:00Z"', "1,2"),
    *('"1970-01-01T00:00:00+14:00"', '"2026-05-04T24:00:00Z"', '"2026-05-04T03:00:00.0000000001Z"', "\ufeff1", "\x001"),
    *('"38ZGO-10000018-6"', '"38zgo-10000018-5"', '"M"', '"PT1H"', '"\\u004d"', '"M "', "\ud800"),
]
hostile = st.sampled_from(HOSTILE).map(Text)


@st.composite
def bodies(draw: DrawFn) -> bytes:
    """Make a message that is right but for what was done to it, if anything was."""
    made = message(draw(RIGHT_NUMBERS | NUMBERS), count=draw(st.sampled_from([1, 2, 20])))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from(sorted(places(made))))
        made = changed(made, place, lambda part: draw(st.sampled_from(CHANGES))(draw, part))
    text = written(made)
    if draw(st.booleans()):
        text = draw(st.sampled_from(LAYOUTS))(text)
    body = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 2)) :]
    return body


def _twice(draw: DrawFn, part: Any) -> Any:
    return (*part, draw(st.sampled_from(part))) if isinstance(part, tuple) and part else part


def _fewer(draw: DrawFn, part: Any) -> Any:
    if not isinstance(part, list | tuple) or not part:
        return part
    at = draw(st.integers(0, len(part) - 1))
    return type(part)([*part[:at], *part[at + 1 :]])


def _more(draw: DrawFn, part: Any) -> Any:
    if isinstance(part, list):
        return [*part, *part]
    name = draw(st.sampled_from(["m3", "rTime", "kwh", "inQty", "outQty", "x", "pS", "meterData", "", "kwh\x00"]))
    return (*part, (name, draw(hostile))) if isinstance(part, tuple) else part


CHANGES = [lambda draw, part: draw(hostile), lambda draw, part: Text(draw(NUMBERS)), _twice, _fewer, _more]
LAYOUTS: list[Callable[[str], str]] = [
    lambda text: text.replace(",", " ,\n\t"),
    lambda text: text.replace('"kwh"', '"kw\\u0068"'),
    lambda text: text.replace('"pS"', '"\\u0070S"').replace(":00Z", ":00\\u005a"),
    lambda text: f" \r\n{text}\t ",
    lambda text: f"\ufeff{text}",
    lambda text: text + text,
    lambda text: text.encode("utf-16").decode("latin-1"),
    lambda text: text[: len(text) // 2],
    lambda text: text.replace('"', "'"),
]


def expected(body: bytes) -> list[Sent] | None:
    """Give what the slow reader reads, None where it refuses."""
    try:
        return slow_reader.read(body)
    except Refused:
        return None


# --- the door ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def operator() -> Api:
    cast.participant(cast.GRID_OPERATOR)
    return api(cast.GRID_OPERATOR)


def answer(operator: Api, body: bytes) -> Any:
    return operator.send_bytes("POST", PATH, body, headers=operator.headers())


def check_refusal(body: bytes, response: Any) -> dict[str, Any]:
    """Check that a refusal is one of the shape, in words that can be sent; give its cause."""
    assert response.status_code in {400, 403}, (response.status_code, body[:500])
    cause: dict[str, Any] = json.loads(response.content.decode("utf-8"))["cause"]
    assert cause["code"].startswith("opp.error.") and cause["message"] and len(response.content) < 1_000_000
    return cause


@tries(250)
@given(body=bodies())
def test_the_door_takes_what_the_slow_reader_takes_and_nothing_else(operator: Api, body: bytes) -> None:
    is_right = expected(body) is not None
    with transaction.atomic():
        response = answer(operator, body)
        transaction.set_rollback(True)
    if response.status_code == 202:
        assert is_right, body[:2000]
        return
    cause = check_refusal(body, response)
    # The context is not the reader's business.
    assert not is_right or "marketParticipantContext" in cause["args"][0], (cause, body[:2000])


@tries(200)
@given(
    body=st.binary(max_size=300) | st.text(alphabet='{}[]",:\\u0d8e1-+.tfnmeterDataMPS ', max_size=80).map(str.encode)
)
def test_any_bytes_are_refused_by_the_door(body: bytes) -> None:
    """Without the frame around it: what a service's own decoder raises for a body is a DomainError, and no other."""
    check = MeterDataView.services["post"].decode
    assert check is not None
    with pytest.raises(DomainError) as refused:
        check(body)
    assert all(fault.code.status == 400 for fault in refused.value.faults)


FIELDS = {
    "meterData": (1,),
    "meterData[0]": (1, 0),
    "meterData[0].meterEic": (1, 0, 0),
    "meterData[0].periods": (1, 0, 1),
    "meterData[0].periods[0].r": (1, 0, 1, 0, 0),
    "meterData[0].periods[0].aI": (1, 0, 1, 0, 1),
    "meterData[0].periods[0].aI[0].pS": (1, 0, 1, 0, 1, 0, 0),
    "meterData[0].periods[0].aI[0].outQty": (1, 0, 1, 0, 1, 0, 1),
    "meterData[0].periods[0].aI[0].outQty.rType": (1, 0, 1, 0, 1, 0, 1, 0),
    "meterData[0].periods[0].aI[0].outQty.kwh": (1, 0, 1, 0, 1, 0, 1, 1),
    "meterData[0].periods[0].aI[0].outQty.rTime": (1, 0, 1, 0, 1, 0, 1, 2),
    "marketParticipantContext": (0,),
    "marketParticipantContext.marketParticipantRole": (0, 1),
}


@pytest.mark.parametrize("field", FIELDS)
def test_each_hostile_value_in_each_field_is_refused_by_the_fields_name(operator: Api, field: str) -> None:
    for number, value in enumerate(HOSTILE):
        body = written(changed(message(count=2), FIELDS[field], lambda part, value=value: Text(value)))
        sent = body.encode("utf-8", "surrogatepass")
        with transaction.atomic():
            response = answer(operator, sent)
            transaction.set_rollback(True)
        if response.status_code == 202:
            assert expected(sent) is not None, (number, value[:50])
            continue
        cause = check_refusal(sent, response)
        is_read = not cause["code"].endswith((".unparseable-object", ".unparseable"))
        if is_read:
            named = [one["args"][0] for one in (cause, *cause.get("others", ()))]
            at = field if field.startswith("meterData") else field.partition(".")[0]
            assert any(one.startswith(at) or at in one.split(" or ") for one in named), (value[:50], named)
        if not field.startswith("marketParticipantContext"):
            assert expected(sent) is None, (number, value[:50])


def test_a_name_twice_is_refused_wherever_it_stands(operator: Api) -> None:
    """In the context too, which the door looks at last: two readers of it might take different ones."""
    right = message()
    objects = [place for place in places(right) if isinstance(_part(right, place), tuple)]
    assert len(objects) == 6
    for place in objects:
        for at in range(len(_part(right, place))):
            body = written(changed(right, place, lambda part, at=at: (*part, part[at]))).encode()
            response = answer(operator, body)
            assert response.status_code == 400, body
            assert response.json()["cause"]["code"].endswith("unparseable-object"), body


def _part(value: Any, path: tuple[int, ...]) -> Any:
    for place in path:
        value = value[place][1] if isinstance(value, tuple) else value[place]
    return value


# --- values, to the last digit ----------------------------------------------------------------------------------------


def work_all() -> None:
    while documents.work_next_document(now=datetime.now(UTC) + timedelta(seconds=1)):
        pass


def status_of(operator: Api, identification: str, commodity: Commodity) -> dict[str, Any]:
    fields = {"meterDataStatusAttributes": {"originalDocumentIdentification": identification}}
    (found,) = operator.post(f"{PATH}/status", fields, commodity=commodity).json()["meterDataStatuses"]
    return dict(found)


def readings_of(operator: Api, code: str, commodity: Commodity) -> list[tuple[str, str, Decimal, Decimal | None]]:
    """Give what a search finds of the day: start, direction, energy and volume, exact."""
    day = messages.day_start(DAY)
    asked = {"meterEic": code, "periodStart": messages.stamp(day), "periodEnd": messages.stamp(day + timedelta(days=2))}
    response = operator.post(f"{PATH}/search", asked, commodity=commodity)
    assert response.status_code == 200, response.content
    whole = json.loads(response.content, parse_float=Decimal, parse_int=Decimal)
    return [
        (one["pS"], name, one[name]["kwh"], one[name].get("m3"))
        for period in whole["periods"]
        for one in period["aI"]
        for name in ("inQty", "outQty")
        if name in one
    ]


@st.composite
def hours(draw: DrawFn, commodity: Commodity, numbers: st.SearchStrategy[str]) -> bytes:
    """Make a message of some intervals of a day with numbers of all spellings, in both directions."""
    day = messages.day_start(DAY, commodity)
    step = timedelta(minutes=15) if commodity is Commodity.ELECTRICITY else timedelta(hours=1)
    slots = sorted(draw(st.sets(st.integers(0, 22), min_size=1, max_size=20)))
    intervals = []
    for slot in slots:
        pairs: list[Any] = [("pS", messages.stamp(day + slot * step))]
        for name in draw(st.sampled_from([["inQty"], ["outQty"], ["inQty", "outQty"]])):
            quantity = [("rType", draw(st.sampled_from("EM"))), ("kwh", Text(draw(numbers)))]
            if commodity is Commodity.NATURAL_GAS and draw(st.booleans()):
                quantity.append(("m3", Text(draw(numbers))))
            pairs.append((name, tuple(draw(st.permutations(quantity)))))
        intervals.append(tuple(draw(st.permutations(pairs))))
    code, resolution = (CODE, "PT15M") if commodity is Commodity.ELECTRICITY else (GAS_CODE, "PT1H")
    element = (("meterEic", code), ("periods", [(("r", resolution), ("aI", intervals))]))
    context = {**CONTEXT, "commodityType": commodity.value}
    return written((("meterData", [element]), ("marketParticipantContext", tuple(context.items())))).encode()


@pytest.fixture
def both() -> dict[Commodity, MeteringPoint]:
    """Register a point of each commodity."""
    made = datetime.now(UTC) - timedelta(days=100)
    return {
        Commodity.ELECTRICITY: points.register(now=made),
        Commodity.NATURAL_GAS: points.register(points.GAS, commodity=Commodity.NATURAL_GAS, now=made),
    }


@pytest.mark.parametrize("commodity", Commodity)
def test_numbers_come_back_as_they_were_sent_or_are_refused_one_by_one(
    operator: Api, both: dict[Commodity, MeteringPoint], commodity: Commodity
) -> None:
    code = both[commodity].eic
    messages.make_room(datetime.now(UTC))

    @tries(40)
    @given(body=hours(commodity, RIGHT_NUMBERS) | hours(commodity, RIGHT_NUMBERS | NUMBERS))
    def check(body: bytes) -> None:
        sent = slow_reader.read(body)
        wrong = [
            (messages.stamp(one.start), fault)
            for one in sent
            for number in (one.kwh, one.m3)
            if number is not None and (fault := slow_reader.faults_of(number))
        ]
        with transaction.atomic():
            response = answer(operator, body)
            assert response.status_code == 202, response.content
            work_all()
            status = status_of(operator, response.json()["originalDocumentIdentification"], commodity)
            stored = readings_of(operator, code, commodity)
            transaction.set_rollback(True)
        told = [(one["pS"], one["code"].rpartition(".")[2]) for one in status["errors"]]
        assert sorted(told) == sorted(wrong), body
        assert status["status"] == ("ERROR" if wrong else "SUCCESSFUL")
        as_sent = [(messages.stamp(one.start), one.direction, one.kwh, one.m3) for one in sent]
        assert stored == ([] if wrong else as_sent), body

    check()
