"""Times read many at once are those read one by one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.metering.readings import times

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2199, 12, 29), timezones=ZONES)  # noqa: DTZ001 - zones are given


@given(
    moments=st.lists(MOMENTS, min_size=20, max_size=40, unique=True),
    decimals=st.integers(0, 9),
    finer=st.integers(0, 999),
    utc=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_one_layout_is_read_as_one_by_one(moments: list[datetime], decimals: int, finer: int, utc: bool) -> None:
    texts = []
    for moment in moments:
        shown = moment.astimezone(UTC) if utc else moment
        fraction = f".{shown.microsecond:06d}{finer:03d}"[: decimals + 1] if decimals else ""
        zone = "Z" if utc else shown.strftime("%z")[:3] + ":" + shown.strftime("%z")[3:]
        texts.append(shown.strftime("%Y-%m-%dT%H:%M:%S") + fraction + zone)
    assert times._parse_layout(texts) is not None
    expected = [times.parse(text) for text in texts]
    assert times.parse_all(texts).tolist() == expected
    assert times.parse_all(texts * 5).tolist() == expected * 5


@given(
    text=st.from_regex(
        r"\d{4}-[0-3]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{3})?(Z|[+-][0-2]\d:[0-6]\d)", fullmatch=True
    )
)
@settings(max_examples=500, deadline=None)
def test_both_ways_refuse_the_same(text: str) -> None:
    read_in_bulk = times._parse_layout([text] * 2) is not None
    try:
        times.parse(text)
    except ValueError:
        assert not read_in_bulk
    else:
        assert read_in_bulk


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-03", "2026-05-03T10:00", "2026-05-03T10:00:00", "2026-05-03 10:00:00Z", "2026-05-03t10:00:00z",
        "2026-02-29T10:00:00Z", "2026-05-03T24:00:00Z", "2026-05-03T23:59:60Z", "2026-05-03T10:00:00+0300",
        "2026-05-03T10:00:00,5Z", "20260503T100000Z", "2026-W18-7T10:00:00Z", "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z", "2026-05-03T10:00:00.1234567890Z", "", "Z", "２０２６-05-03T10:00:00Z",
        "2026-05-03T10:00:00Z ", "2026-05-03T10:00:00+24:00", "2026-05-03T10:00:00.0000000001+03:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_bulk_and_alone(text: str) -> None:
    with pytest.raises(ValueError):
        times.parse(text)
    many = [f"2026-05-03T10:00:{second:02d}Z" for second in range(40)]
    with pytest.raises(ValueError):
        times.parse_all([*many, text])
    with pytest.raises(ValueError):
        times.parse_all([text] * 40)


@pytest.mark.parametrize(
    ("decimals", "microseconds"),
    [("000000000", 0), ("0000000", 0), ("0000001", 1), ("000000001", 1), ("1234560", 123456), ("123456001", 123457),
     ("999999999", 1_000_000)],
)  # fmt: skip
def test_what_is_finer_than_a_microsecond_counts_as_the_next(decimals: str, microseconds: int) -> None:
    start = times.parse("2026-05-03T10:00:00Z")
    text = f"2026-05-03T10:00:00.{decimals}Z"
    assert times.parse(text) - start == microseconds
    assert set(times.parse_all([text] * 40)) == {start + microseconds}
    assert set(times.parse_all([text.replace("10:", f"{hour}:") for hour in range(10, 24)] * 2) % 60_000_000) == {
        microseconds
    }


def test_two_texts_that_together_look_right_are_refused() -> None:
    many = [f"2026-05-03T10:00:{second:02d}.123Z" for second in range(40)]
    with pytest.raises(ValueError, match="ISO 8601"):
        times.parse_all([*many, "2026-05-03T10:00:00.12", "3Z2026-05-03T10:00:01.123Z"])
