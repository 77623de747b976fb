"""Messages are repeated as the very same ones, as long as it makes sense; refusals say everything."""

import json
import pickle
import ssl
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from datahub_client import (
    Conflict,
    Forbidden,
    Gap,
    Invalid,
    NotFound,
    Patience,
    Refused,
    RuleBroken,
    Throttled,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from datahub_client.patience import read_retry_after
from fake_hub import FakeHub, fault

Faults = list[Any]


def _save(fake: FakeHub, **options: Any) -> Any:
    return fake.hub(**options).call("POST", "/meter", {"meterMetadata": {"comment": "once"}})


@pytest.mark.parametrize(
    "passing",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("broke off"),
        httpx.Response(502, text="<html>"),
        httpx.Response(504),
        fault(500, "opp.error.technical.general"),
        fault(503, "opp.error.technical.unavailable", {"Retry-After": "2"}),
        fault(429, "opp.error.technical.too-many-requests", {"Retry-After": "2"}),
        fault(409, "opp.error.technical.document-at-work", {"Retry-After": "1"}),
        httpx.Response(200, text='{"broken": '),
    ],
)
def test_what_passes_is_tried_again_as_the_same_message(passing: Any) -> None:
    fake = FakeHub()
    fake.faults = [passing, passing]
    answer = _save(fake)
    assert (answer.status, len(fake.requests), len(fake.slept)) == (201, 3, 2)
    assert len({(one.headers["x-document-identification"], one.content) for one in fake.requests}) == 1
    assert len({one.headers["x-document-date-time"] for one in fake.requests}) == 1


def test_a_save_that_was_not_answered_is_saved_once() -> None:
    fake = FakeHub()

    def saves_and_dies(request: httpx.Request) -> httpx.Response:
        fake._api(request)
        raise httpx.ReadError("reset")

    fake.faults = [saves_and_dies]
    answer = _save(fake)
    assert answer.replayed
    assert fake.saved == [{"meterMetadata": {"comment": "once"}}]


def test_an_own_identification_is_kept_over_crashes() -> None:
    fake, own = FakeHub(), "0b9d5f3e-9f0c-4b60-9a3f-0f6f2f6a1d11"
    points = fake.hub().metering_points
    first = points.create({"a": 1}, identification=own)  # type: ignore[typeddict-item]
    again = points.create({"a": 1}, identification=own)  # type: ignore[typeddict-item]
    assert first == again
    assert len(fake.saved) == 1
    with pytest.raises(Conflict):
        points.create({"a": 2}, identification=own)  # type: ignore[typeddict-item]


def test_waits_grow_are_spread_and_never_undercut_the_hub() -> None:
    fake = FakeHub()
    fake.faults = [httpx.ConnectError("refused")] * 10
    _save(fake)
    doubled = [min(0.5 * 2**n, 30) for n in range(10)]
    assert all(wait / 2 <= slept <= wait for slept, wait in zip(fake.slept, doubled, strict=True))
    assert len({slept / wait for slept, wait in zip(fake.slept, doubled, strict=True)}) > 5
    waits = []
    for _ in range(20):
        fake.faults = [fault(429, "x", {"Retry-After": "10"})]
        _save(fake)
        waits += fake.slept
    assert all(10 <= wait <= 11 for wait in waits)
    assert len(set(waits)) > 5, "they do not all come back at once"


def test_patience_has_an_end() -> None:
    fake = FakeHub()
    fake.faults = [httpx.ConnectError("refused")] * 50
    with pytest.raises(Unreachable, match="ConnectError: refused") as gone:
        _save(fake)
    assert len(fake.requests) == 12
    assert gone.value.identification == fake.requests[0].headers["x-document-identification"]
    fake.faults = [fault(503, "full", {"Retry-After": "300"})] * 5
    with pytest.raises(Unavailable) as away:
        _save(fake, patience=Patience(seconds=299))
    assert (away.value.retry_after, fake.slept) == (300, []), "it is said at once that we would wait too long"
    fake.faults = [fault(500, "opp.error.technical.general")] * 5
    with pytest.raises(Unavailable):
        _save(fake)
    assert len(fake.slept) == 2, "a crash seldom passes"
    fake.faults = [fault(429, "x")] * 50
    with pytest.raises(Throttled):
        _save(fake, patience=Patience(tries=4))
    assert len(fake.slept) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (fault(400, "x"), Invalid),
        (fault(403, "x"), Forbidden),
        (fault(404, "x"), NotFound),
        (fault(409, "opp.error.technical.document-used"), Conflict),
        (fault(413, "x"), Invalid),
        (fault(415, "x"), Invalid),
        (fault(422, "x"), RuleBroken),
        (httpx.Response(302, headers={"location": "https://elsewhere.example"}), Refused),
        (httpx.Response(418), Refused),
    ],
)
def test_what_does_not_pass_is_raised_at_once(answer: httpx.Response, kind: type[Refused]) -> None:
    fake = FakeHub()
    fake.faults = [answer]
    with pytest.raises(Refused) as refused:
        _save(fake)
    assert (type(refused.value), len(fake.requests), fake.slept) == (kind, 1, [])


def test_a_refusal_says_everything() -> None:
    fake = FakeHub()
    other = {"message": "that too", "code": "b", "args": ["validTo"], "traceId": "ab" * 16}
    fake.faults = [fault(422, "dd.error.business.overlapping-agreements", others=[other])]
    with pytest.raises(RuleBroken) as refused:
        _save(fake)
    error = refused.value
    assert (error.code, error.message, error.fault.args) == (
        "dd.error.business.overlapping-agreements",
        "it is dd.error.business.overlapping-agreements",
        ("a", "b"),
    )
    assert [(fault.code, fault.args) for fault in error.others] == [("b", ("validTo",))]
    assert (error.trace_id, error.retry_after, len(error.faults)) == ("ab" * 16, None, 2)
    assert "that too (b)" in str(error)
    assert "ab" * 16 in str(error)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (str(copied), copied.fault, copied.identification) == (str(error), error.fault, error.identification)
    gap = Gap(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))
    assert str(pickle.loads(pickle.dumps(gap))) == str(gap)  # noqa: S301 - our own


def test_who_is_not_trusted_is_not_asked_again() -> None:
    fake = FakeHub()
    untrusted = httpx.ConnectError("certificate verify failed")
    untrusted.__cause__ = ssl.SSLCertVerificationError("self-signed")
    fake.faults = [untrusted]
    with pytest.raises(Unreachable) as gone:
        _save(fake)
    assert (fake.slept, gone.value.passes) == ([], False)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, None), ("7", 7), (" 7 ", 7), ("soon", None), ("-3", None), ("1.5", None), ("9" * 30, None), ("", None)],
)
def test_retry_after_is_read_as_it_is_written(said: str | None, seconds: float | None) -> None:
    assert read_retry_after(said) == seconds


def test_retry_after_may_be_a_date() -> None:
    ahead = read_retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert ahead is not None
    assert 80 < ahead <= 90
    assert read_retry_after(format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)) == 0


def test_numbers_are_as_exact_as_they_were_sent() -> None:
    fake = FakeHub()
    numbers = [Decimal("0.10"), Decimal("123456789.123"), Decimal("1E+2"), 7, 2**70, 0.125]
    fake.hub().call("POST", "/meter-data", {"quantities": numbers, "at": datetime(2026, 5, 4, tzinfo=UTC)})
    sent = fake.requests[-1].content
    assert b'"quantities":[0.10,123456789.123,1E+2,7,1180591620717411303424,0.125]' in sent
    assert b'"at":"2026-05-04T00:00:00Z"' in sent
    fake.faults = [httpx.Response(200, content=b'{"quantities":[0.10,7,1e5]}')]
    got = fake.hub().call("POST", "/meter", {}).body["quantities"]
    assert [str(number) for number in got] == ["0.10", "7", "1E+5"]


def test_the_context_is_ours_and_may_be_another() -> None:
    fake = FakeHub()
    hub = fake.hub()

    def contexts() -> list[dict[str, str]]:
        return [json.loads(one.content)["marketParticipantContext"] for one in fake.requests]

    hub.call("POST", "/meter", {})
    hub.call("POST", "/meter", {}, context={"commodityType": "NATURAL_GAS", "purpose": "tests"})
    gas = hub.acting(commodity="NATURAL_GAS", role="AGGREGATOR")
    gas.call("POST", "/meter", {})
    gas.close()
    hub.call("POST", "/meter", {"marketParticipantContext": {"marketParticipantIdentification": "38X-EIN-OS-----J"}})
    ours = dict(hub.settings.context)
    assert contexts() == [
        ours,
        {**ours, "commodityType": "NATURAL_GAS", "purpose": "tests"},
        {**ours, "commodityType": "NATURAL_GAS", "marketParticipantRole": "AGGREGATOR"},
        {"marketParticipantIdentification": "38X-EIN-OS-----J"},
    ]
    assert len(fake.tokens) == 1


def test_searches_go_over_all_pages() -> None:
    fake = FakeHub()
    pages = [{"agreements": [{"agreementId": str(n)}], "pagination": {"page": n, "totalPages": 3}} for n in range(3)]
    fake.faults = [httpx.Response(200, json=page) for page in pages]
    found = list(fake.hub().agreements.iterate({"meterEic": "38ZGO-10000003-O"}))
    assert [one["agreementId"] for one in found] == ["0", "1", "2"]
    assert [json.loads(one.content)["pagination"] for one in fake.requests] == [
        {"page": n, "pageSize": 500} for n in range(3)
    ]


@pytest.mark.parametrize("body", ["[]", "{}", '"text"', '{"agreements": []}', ""])
def test_an_answer_of_something_else_is_said_to_be_one(body: str) -> None:
    fake = FakeHub()
    fake.faults = [httpx.Response(200, text=body)]
    with pytest.raises(UnexpectedAnswer):
        fake.hub().agreements.search({"agreementId": "1"})
    fake.faults = [httpx.Response(200, text=body)]
    with pytest.raises(UnexpectedAnswer):
        fake.hub().readings.send([])


def test_an_instant_without_offset_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        FakeHub().hub().readings.search("38ZGO-10000003-O", datetime(2026, 5, 4), "2026-05-05T00:00:00Z")  # noqa: DTZ001
