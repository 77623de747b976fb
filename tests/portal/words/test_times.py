"""Times, days, periods and numbers in both languages, over both clock changes."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import dates, formats, translation

from datahub.periods import Period
from portal.words import catalogues
from portal.words.times import (
    forms_of_dates,
    said_clock,
    said_day,
    said_instant,
    said_month,
    said_number,
    said_short_day,
)

THIN = "\u202f"
_FORMS = ("day", "shortDay", "month")


def shown(source: str, value: Any, language: str = "et") -> str:
    with translation.override(language):
        return str(Template("{% load words %}{{ " + source + " }}").render(Context({"it": value})))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("instant", "estonian", "english"),
    [
        (at(2026, 12, 31, 12, 15), "31.12.2026 14:15", "31 Dec 2026 14:15"),
        (at(2026, 7, 1, 12, 15, 7), "01.07.2026 15:15:07", "1 Jul 2026 15:15:07"),
        (at(2026, 12, 31, 22), "01.01.2027 00:00", "1 Jan 2027 00:00"),
        # The hour that October repeats, and its neighbours.
        (at(2026, 10, 24, 23, 59), "25.10.2026 02:59", "25 Oct 2026 02:59"),
        (at(2026, 10, 25, 0, 0), "25.10.2026 03:00 suveaja järgi", "25 Oct 2026 03:00 summer time"),
        (at(2026, 10, 25, 0, 45), "25.10.2026 03:45 suveaja järgi", "25 Oct 2026 03:45 summer time"),
        (at(2026, 10, 25, 1, 0), "25.10.2026 03:00 talveaja järgi", "25 Oct 2026 03:00 winter time"),
        (at(2026, 10, 25, 1, 59), "25.10.2026 03:59 talveaja järgi", "25 Oct 2026 03:59 winter time"),
        (at(2026, 10, 25, 2, 0), "25.10.2026 04:00", "25 Oct 2026 04:00"),
        # The hour that March skips.
        (at(2026, 3, 29, 0, 59), "29.03.2026 02:59", "29 Mar 2026 02:59"),
        (at(2026, 3, 29, 1, 0), "29.03.2026 04:00", "29 Mar 2026 04:00"),
    ],
)
def test_instants(instant: datetime, estonian: str, english: str) -> None:
    with translation.override("et"):
        assert said_instant(instant) == estonian
    with translation.override("en"):
        assert said_instant(instant) == english


def test_the_two_hours_of_october_differ_for_machines_too() -> None:
    first, second = shown("it|local_time", at(2026, 10, 25, 0, 30)), shown("it|local_time", at(2026, 10, 25, 1, 30))
    assert first == '<time datetime="2026-10-25T03:30:00+03:00">25.10.2026 03:30 suveaja järgi</time>'
    assert second == '<time datetime="2026-10-25T03:30:00+02:00">25.10.2026 03:30 talveaja järgi</time>'
    assert said_clock(at(2026, 1, 1, 0)) == "02:00"


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        ("it|local_date", at(2026, 12, 31, 22), '<time datetime="2027-01-01">01.01.2027</time>'),
        ("it|local_date", at(2026, 12, 31, 21, 59), '<time datetime="2026-12-31">31.12.2026</time>'),
        ("it|local_date", date(2026, 2, 28), '<time datetime="2026-02-28">28.02.2026</time>'),
        ("it|local_day", at(2026, 1, 2, 4, 59), '<time datetime="2026-01-02">02.01.2026</time>'),
        ('it|local_day:"NATURAL_GAS"', at(2026, 1, 2, 4, 59), '<time datetime="2026-01-01">01.01.2026</time>'),
        ('it|local_day:"NATURAL_GAS"', at(2026, 1, 2, 5), '<time datetime="2026-01-02">02.01.2026</time>'),
        ("it|local_time", None, ""),
        ("it|local_date", None, ""),
        ("it|local_day", None, ""),
        ("it|period", None, ""),
        ("it|energy", None, ""),
        ("it|number", None, ""),
    ],
)
def test_days(source: str, value: Any, text: str) -> None:
    assert shown(source, value) == text


def plain(markup: str) -> str:
    return "".join(part.partition(">")[2] if ">" in part else part for part in ("x>" + markup).split("<"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # A year, its last day included.
        (Period(at(2025, 12, 31, 22), at(2026, 12, 31, 22)), "01.01.2026 – 31.12.2026"),
        # One day, of 25 hours.
        (Period(at(2026, 10, 24, 21), at(2026, 10, 25, 22)), "25.10.2026"),
        (Period(at(2025, 12, 31, 22), None), "alates 01.01.2026"),
        # An end inside a day is the moment itself.
        (Period(at(2025, 12, 31, 22), at(2026, 1, 2, 10)), "01.01.2026 – 02.01.2026 12:00"),
        (Period(at(2026, 1, 1, 10), at(2026, 1, 2, 22)), "01.01.2026 12:00 – 02.01.2026"),
        ((at(2025, 12, 31, 22), at(2026, 1, 31, 22)), "01.01.2026 – 31.01.2026"),
        # Gas: from 07:00 to 07:00.
        (
            SimpleNamespace(valid_from=at(2026, 1, 1, 5), valid_to=at(2026, 2, 1, 5), commodity="NATURAL_GAS"),
            "01.01.2026 – 31.01.2026",
        ),
        (
            SimpleNamespace(valid_from=at(2026, 1, 1, 5), valid_to=at(2026, 2, 1, 5), commodity="ELECTRICITY"),
            "01.01.2026 07:00 – 01.02.2026 07:00",
        ),
    ],
)
def test_periods(value: Any, text: str) -> None:
    assert plain(shown("it|period", value)) == text


def test_an_end_is_the_last_day_included() -> None:
    assert plain(shown("it|last_day", at(2026, 12, 31, 22))) == "31.12.2026"
    assert plain(shown('it|last_day:"NATURAL_GAS"', at(2026, 12, 31, 22))) == "01.01.2027 00:00"
    assert shown("it|last_day", None) == "tähtajatu"
    assert plain(shown("it|period", Period(at(2025, 12, 31, 22), None), "en")) == "from 1 Jan 2026"


@pytest.mark.parametrize(
    ("value", "decimals", "estonian", "english"),
    [
        (1234567, None, f"1{THIN}234{THIN}567", f"1{THIN}234{THIN}567"),
        (Decimal("1234.5"), 3, f"1{THIN}234,500", f"1{THIN}234.500"),
        (Decimal("-0.125"), None, "\u22120,125", "\u22120.125"),
        (0.1, None, "0,1", "0.1"),
        (-1.0, None, "\u22121", "\u22121"),
        (999, None, "999", "999"),
        (float("inf"), None, "inf", "inf"),
    ],
)
def test_numbers(value: Any, decimals: int | None, estonian: str, english: str) -> None:
    with translation.override("et"):
        assert said_number(value, decimals) == estonian
    with translation.override("en"):
        assert said_number(value, decimals) == english


def test_energy_has_three_decimals_and_its_unit() -> None:
    assert shown("it|energy", Decimal("1234.5")) == f"1{THIN}234,500\u00a0kWh"
    assert shown('it|energy:"m³"', 2.25, "en") == "2.250\u00a0m³"


def test_forms_read_what_people_of_both_languages_write() -> None:
    for language in ("et", "en"):
        with translation.override(language):
            assert formats.get_format("DATE_INPUT_FORMATS")[:2] == ["%Y-%m-%d", "%d.%m.%Y"]
            assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


def test_days_of_the_week_are_short() -> None:
    monday = date(2026, 11, 16)
    week = [date.fromordinal(monday.toordinal() + day) for day in range(7)]
    assert [shown("it|weekday", day) for day in week] == list("ETKNRLP")
    assert [shown("it|weekday", day, "en") for day in week] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_months_and_days_of_a_known_year_are_short() -> None:
    year = [date(2026, month, 5) for month in range(1, 13)]
    assert [shown("it|short_day", day) for day in year] == [
        "5. jaan", "5. veebr", "5. märts", "5. apr", "5. mai", "5. juuni",
        "5. juuli", "5. aug", "5. sept", "5. okt", "5. nov", "5. dets",
    ]  # fmt: skip
    assert [shown("it|short_day", day, "en") for day in (year[0], year[8])] == ["5 Jan", "5 Sep"]
    assert (shown("it|short_month", year[8]), shown("it|short_month", year[8], "en")) == ("sept 2026", "Sep 2026")
    with translation.override("et"):
        assert said_month(year[2]) == "märts 2026"
    with translation.override("en"):
        assert said_month(year[2]) == "March 2026"


@pytest.mark.parametrize("language", ["et", "en"])
def test_browsers_write_dates_as_the_server_does(language: str) -> None:
    """In the letters that static/portal/chart.js puts in."""
    day = date(2026, 9, 5)
    with translation.override(language):
        forms = forms_of_dates()
        letters = {
            "d": "05", "j": "5", "m": "09", "M": forms["shortMonths"][8], "F": forms["months"][8], "Y": "2026",
        }  # fmt: skip
        written = {name: re.sub("[djmMFY]", lambda one: letters[one[0]], forms[name]) for name in _FORMS}
        assert written == {"day": said_day(day), "shortDay": said_short_day(day), "month": said_month(day)}


@pytest.mark.parametrize("language", ["et", "en"])
def test_no_word_of_the_market_takes_the_place_of_a_day_or_a_month(language: str) -> None:
    with translation.override(language):
        ours = {name for _context, name in catalogues.translations(language) if not _context}
    names = [*dates.WEEKDAYS.values(), *dates.WEEKDAYS_ABBR.values(), *dates.MONTHS.values(), *dates.MONTHS_3.values()]
    with translation.override(None):
        assert not ours & {str(name) for name in names}


def test_times_above_each_other_look_alike() -> None:
    assert plain(shown("it|local_time", at(2026, 11, 22, 0, 18, 2), "en")) == "22 Nov 2026 02:18"
    assert plain(shown("it|local_time", at(2026, 11, 22, 0, 18), "et")) == "22.11.2026 02:18"
    # Machines are told the second; so is who asks how long something counts.
    assert "T02:18:02+02:00" in shown("it|local_time", at(2026, 11, 22, 0, 18, 2))
    assert plain(shown("it|last_day", at(2026, 11, 22, 0, 18, 2))) == "22.11.2026 02:18:02"
