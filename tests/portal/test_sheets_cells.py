"""What a cell means in a column of a kind: tables of what is taken and refused, and properties of the decoder."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sheets import cells, decoding, messages
from portal.sheets.cells import Cell, Kind, number, plain
from portal.sheets.decoding import CellError

# Cells hold wall times, which have no zone.
# ruff: noqa: DTZ001

WALL_TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)).map(
    lambda at: at.replace(microsecond=0, fold=0)
)


def text(value: str) -> Cell:
    return Cell(Kind.TEXT, value)


def saved(value: str) -> Cell:
    exact = number(value)
    assert exact is not None
    return Cell(Kind.NUMBER, exact)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (saved("0.1"), "0.1"),
        (saved("12.300000000000001"), "12.3"),
        (saved("0.30000000000000004"), "0.3"),
        (saved("1E-3"), "0.001"),
        (saved("1.2345678901234501E+16"), "12345678901234500"),
        (saved("-0"), "0"),
        (saved("12345678901234567890"), "12345678901234567890"),
        (text("12,5"), "12.5"),
        (text("12.5"), "12.5"),
        (text(" \u00a01\u00a0234,5\u202f"), "1234.5"),
        (text("1 234 567"), "1234567"),
        (text("1'234.5"), "1234.5"),
        (text("\u22123,25"), "-3.25"),
        (text(",5"), "0.5"),
        (text("1,234"), "1.234"),
        (text("+7"), "7"),
    ],
)
def test_numbers_are_exactly_what_is_shown(cell: Cell, value: str) -> None:
    assert plain(decoding.decimal(cell)) == value


@pytest.mark.parametrize(
    ("cell", "msgid"),
    [
        (text("1.234,5"), messages.AMBIGUOUS_NUMBER),
        (text("1,234,567"), messages.AMBIGUOUS_NUMBER),
        (text("1 23"), messages.AMBIGUOUS_NUMBER),
        (text("12 kW"), messages.NOT_NUMBER),
        (text("1e3"), messages.NOT_NUMBER),
        (text("١٢"), messages.NOT_NUMBER),
        (text("NaN"), messages.NOT_NUMBER),
        (text("-"), messages.NOT_NUMBER),
        (Cell(Kind.BOOLEAN, True), messages.NOT_NUMBER),
        (Cell(Kind.DATE, datetime(2026, 3, 12)), messages.DATE_NOT_NUMBER),
        (Cell(Kind.ERROR, "#N/A"), messages.ERROR_CELL),
        (Cell(Kind.UNCALCULATED, ""), messages.FORMULA_WITHOUT_VALUE),
    ],
)
def test_what_is_no_number_or_could_be_two_is_refused(cell: Cell, msgid: str) -> None:
    with pytest.raises(CellError) as refused:
        decoding.decimal(cell)
    assert refused.value.msgid == msgid


@pytest.mark.parametrize(
    ("value", "passes"), [("12.345", True), ("12.3456", False), ("12.340000000000001", True), ("12.3450", True)]
)
def test_decimals_are_counted_as_they_are_shown(value: str, passes: bool) -> None:
    if passes:
        decoding.decimal(saved(value), places=3)
        return
    with pytest.raises(CellError) as refused:
        decoding.decimal(saved(value), places=3)
    assert (refused.value.msgid, refused.value.args_) == (messages.TOO_MANY_DECIMALS, {"decimals": 4, "most": 3})


def test_bounds_of_digits_and_whole_numbers() -> None:
    assert decoding.decimal(saved("999"), whole_digits=3) == 999
    for cell, named, msgid in (
        (saved("1000"), {"whole_digits": 3}, messages.TOO_MANY_DIGITS),
        (saved("1.5"), {"places": 0}, messages.NOT_WHOLE),
    ):
        with pytest.raises(CellError) as refused:
            decoding.decimal(cell, **named)
        assert refused.value.msgid == msgid


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3))
def test_what_a_program_saves_of_a_number_is_that_number(value: Decimal) -> None:
    # 17 digits are what Excel writes of the binary fraction that it keeps.
    assert decoding.decimal(saved(format(float(value), ".17g"))) == value
    assert decoding.decimal(text(str(value).replace(".", ","))) == value


@given(st.text(max_size=30))
def test_no_text_makes_the_decoder_fail_in_another_way(value: str) -> None:
    for decode in (decoding.decimal, decoding.day, decoding.instant, decoding.boolean, decoding.text):
        try:
            decode(text(value))
        except CellError as refused:
            assert refused.msgid % dict.fromkeys(refused.args_, "")


@given(st.text(alphabet="0123456789.:-+TZ ,/eE\u00a0", max_size=25))
def test_no_text_of_digits_either(value: str) -> None:
    for decode in (decoding.decimal, decoding.day, decoding.instant):
        try:
            decode(text(value))
        except CellError as refused:
            assert refused.msgid


@pytest.mark.parametrize(
    "cell",
    [
        Cell(Kind.DATE, datetime(2026, 12, 31)),
        saved("46387"),
        text("31.12.2026"),
        text("31. 12. 2026"),
        text("2026-12-31"),
        text("\u00a031.12.2026 "),
    ],
)
def test_dates_in_all_their_forms(cell: Cell) -> None:
    assert decoding.day(cell) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("cell", "msgid"),
    [
        (text("12/31/2026"), messages.NOT_DATE),
        (text("31.12.26"), messages.NOT_DATE),
        (text("31.02.2026"), messages.NOT_DATE),
        (text("31.12.2026 14:15"), messages.TIME_NOT_DATE),
        (Cell(Kind.DATE, datetime(2026, 12, 31, 14)), messages.TIME_NOT_DATE),
        (text("31.12.1969"), messages.DATE_OUT_OF_RANGE),
        (text("01.01.2200"), messages.DATE_OUT_OF_RANGE),
        (saved("12.5"), messages.NOT_DATE),
        (saved("20261231"), messages.NOT_DATE),
    ],
)
def test_what_is_no_date_is_refused(cell: Cell, msgid: str) -> None:
    with pytest.raises(CellError) as refused:
        decoding.day(cell)
    assert refused.value.msgid == msgid


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (text("31.12.2026 14:15"), datetime(2026, 12, 31, 12, 15, tzinfo=UTC)),
        (text("31.12.2026, 14.15"), datetime(2026, 12, 31, 12, 15, tzinfo=UTC)),
        (text("2026-07-01T14:15:30"), datetime(2026, 7, 1, 11, 15, 30, tzinfo=UTC)),
        (text("2026-07-01T14:15Z"), datetime(2026, 7, 1, 14, 15, tzinfo=UTC)),
        (text("2026-07-01 14:15+05:30"), datetime(2026, 7, 1, 8, 45, tzinfo=UTC)),
        (text("2026-12-31"), datetime(2026, 12, 30, 22, tzinfo=UTC)),
        (saved("46387.59375"), datetime(2026, 12, 31, 12, 15, tzinfo=UTC)),
        (Cell(Kind.DATE, datetime(2026, 12, 31, 14, 14, 59, 999_996)), datetime(2026, 12, 31, 12, 15, tzinfo=UTC)),
        (text("25.10.2026 03:15 +03:00"), datetime(2026, 10, 25, 0, 15, tzinfo=UTC)),
        (text("25.10.2026 03:15 +02:00"), datetime(2026, 10, 25, 1, 15, tzinfo=UTC)),
        (text("25.10.2026 04:00"), datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_moments_in_all_their_forms(cell: Cell, value: datetime) -> None:
    assert decoding.instant(cell) == value


@pytest.mark.parametrize(
    ("value", "msgid"),
    [
        ("29.03.2026 03:30", messages.TIME_SKIPPED),
        ("25.10.2026 03:30", messages.TIME_TWICE),
        ("31.12.2026 24:00", messages.NOT_INSTANT),
        ("31.12.2026 14", messages.NOT_INSTANT),
        ("31.12.2026 14:15+15:00", messages.NOT_INSTANT),
    ],
)
def test_times_that_the_clock_skips_or_has_twice_are_refused(value: str, msgid: str) -> None:
    with pytest.raises(CellError) as refused:
        decoding.instant(text(value))
    assert refused.value.msgid == msgid
    if msgid == messages.TIME_TWICE:
        assert refused.value.args_ == {"first": "25.10.2026 03:30 +03:00", "second": "25.10.2026 03:30 +02:00"}


@given(WALL_TIMES, st.booleans())
def test_dates_of_both_countings_give_the_wall_time_back(at: datetime, is_1904: bool) -> None:
    epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
    serial = format((at - epoch) / timedelta(days=1), ".15g")
    assert cells.moment(Decimal(serial), is_1904=is_1904) == at


@given(WALL_TIMES)
def test_a_moment_is_read_as_it_is_written_with_its_zone(at: datetime) -> None:
    instant = at.replace(tzinfo=UTC)
    assert decoding.instant(text(decoding.with_zone(instant))) == instant


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (text("Jah"), True),
        (text("EI "), False),
        (text("yes"), True),
        (saved("1"), True),
        (text("TRUE"), True),
        (Cell(Kind.BOOLEAN, False), False),
    ],
)
def test_yes_and_no(cell: Cell, value: bool) -> None:
    assert decoding.boolean(cell) is value


def test_texts_are_taken_as_they_are_shown() -> None:
    assert decoding.text(saved("79101")) == "79101"
    assert decoding.text(text("\ufeff\u00a0 Õ\u200b")) == "Õ"
    assert decoding.text(text("O\u0303")) == "Õ"
    assert decoding.text(text("38zgo-1"), is_code=True) == "38ZGO-1"
    assert decoding.text(Cell(Kind.DATE, datetime(2026, 12, 31))) == "31.12.2026"
    for cell, named, msgid in (
        (saved("1234567890123456"), {}, messages.LOST_DIGITS),
        (text("abcd"), {"max_length": 3}, messages.TOO_LONG),
        (text("a\u202eb"), {}, messages.CONTROL_CHARACTERS),
        (text("a\x00b"), {}, messages.CONTROL_CHARACTERS),
    ):
        with pytest.raises(CellError) as refused:
            decoding.text(cell, **named)
        assert refused.value.msgid == msgid


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (16_383, "XFD")])
def test_columns_have_the_letters_of_the_program(index: int, letters: str) -> None:
    assert cells.column_letter(index) == letters
    assert cells.column_index(letters) == index


@pytest.mark.parametrize("letters", ["XFE", "AAAA", "", "Ä", "1"])
def test_other_letters_name_no_column(letters: str) -> None:
    assert cells.column_index(letters) is None
