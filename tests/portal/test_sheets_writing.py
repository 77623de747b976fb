"""Templates and exports: what is written is read back, streams, stays small in memory, and holds no formula."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.sheets import messages, writing
from portal.sheets.file_names import sanitised
from portal.sheets.package import LIMITS
from portal.sheets.reading import open_workbook
from portal.sheets.responses import export_response
from portal.sheets.table_reading import TableReading
from portal.sheets.tables import Value
from portal.sheets.templates import make_template
from tests.portal.sheets import EIC, TABLE, read, saved

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", " =1", "＝1"]


def values(**more: Value) -> dict[str, Value]:
    return {**dict.fromkeys(column.key for column in TABLE.columns), "eic": EIC, "kind": "REGULAR", **more}


def written(*rows: dict[str, Value], language: str = "et") -> io.BytesIO:
    return io.BytesIO(b"".join(writing.xlsx(TABLE, rows, language=language)))


ROWS = st.builds(
    values,
    kind=st.sampled_from(["REGULAR", "BORDER"]),
    power=st.none() | st.decimals(0, 10**9, places=3).map(lambda value: Decimal(str(value)).normalize() + 0),
    many=st.none() | st.integers(-(10**14), 10**14),
    day=st.none() | st.dates(date(1970, 1, 1), date(2199, 12, 31)),
    at=st.none()
    | st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda at: at.replace(microsecond=0)
    ),
    heating=st.none() | st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from(["et", "en"]))
def test_what_is_exported_is_read_back_the_same(rows: list[dict[str, Value]], language: str) -> None:
    again = read(written(*rows, language=language))
    assert [one.faults for one in again] == [()] * len(rows)
    assert [dict(one.values) for one in again] == rows


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_any_text_makes_a_workbook_that_opens(text: str) -> None:
    sheet = openpyxl.load_workbook(written(values(comment=text)), read_only=True).active
    assert sheet is not None
    assert len(list(sheet.iter_rows())) == 2


def test_texts_that_look_like_formulas_stay_texts() -> None:
    file = written(*[values(comment=text) for text in FORMULAS], values(comment="_x0041_"))
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    cells = [row[7] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(cells)
    assert all(cell.quotePrefix for cell in cells[:-1])
    assert read(file)[-1].values["comment"] == "_x0041_"
    data = b"".join(writing.as_csv(TABLE, [values(comment=text) for text in FORMULAS], language="et"))
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert all(line[7].startswith("'") for line in lines[1:])


def test_the_hour_that_is_there_twice_is_written_with_its_zone() -> None:
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    rows = [values(at=start + timedelta(minutes=30 * step)) for step in range(7)]
    assert [one.values["at"] for one in read(written(*rows))] == [one["at"] for one in rows]
    lines = b"".join(writing.as_csv(TABLE, rows, language="en")).decode("utf-8-sig").splitlines()[1:]
    assert len(set(lines)) == len(lines)


def test_csv_is_as_estonian_programs_want_it() -> None:
    row = values(
        power=Decimal("12.5"),
        day=date(2026, 12, 31),
        at=datetime(2026, 12, 31, 12, 15, tzinfo=UTC),
        heating=True,
        comment='a;"b"',
    )
    made = {language: b"".join(writing.as_csv(TABLE, [row], language=language)) for language in ("et", "en")}
    assert all(data.startswith(b"\xef\xbb\xbf") for data in made.values())
    et = made["et"].decode("utf-8-sig").splitlines()[1].split(";")
    en = made["en"].decode("utf-8-sig").splitlines()[1].split(";")
    assert et[2:6] == ["12,5", "", "31.12.2026", "31.12.2026 14:15"]
    assert en[2:6] == ["12.5", "", "2026-12-31", "2026-12-31 14:15"]
    assert made["et"].decode().rstrip().endswith('"a;""b"""')


@pytest.mark.parametrize("language", ["et", "en"])
def test_the_template_says_everything_and_is_read_when_filled(language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make_template(TABLE, language=language)))
    data, instructions, lists = book.worksheets
    with translation.override(language):
        assert [cell.value for cell in data[1]][:2] == [
            translation.gettext("EIC code") + " *",
            translation.gettext("Type") + " *",
        ]
    assert (data.freeze_panes, lists.sheet_state) == ("A2", "hidden")
    assert data["A1"].comment is not None
    assert data.column_dimensions["A"].width >= 18
    assert len(data.data_validations.dataValidation) == 2
    assert any(cell.value == "38ZGO-10000018-5" for row in instructions.iter_rows() for cell in row)
    data["A2"], data["B2"], data["C2"] = EIC, "Border", 12.5
    (only,) = read(saved(book))
    assert (only.values["kind"], only.values["power"], only.faults) == ("BORDER", Decimal("12.5"), ())


def test_a_template_can_begin_with_rows() -> None:
    made = make_template(TABLE, language="en", rows=[{"eic": EIC, "comment": "=1"}])
    (only,) = read(io.BytesIO(made))
    assert (only.values["eic"], only.values["comment"]) == (EIC, "=1")
    assert [fault.msgid for fault in only.faults] == [messages.MISSING_VALUE]


@pytest.mark.parametrize(("rows", "last"), [(0, 5_001), (5_000, 5_001), (5_001, 5_002)])
def test_every_row_of_a_template_has_the_choices(rows: int, last: int) -> None:
    made = make_template(TABLE, language="en", rows=({"eic": EIC} for _ in range(rows)))
    validations = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0].data_validations.dataValidation
    assert [str(one.sqref) for one in validations] == [f"{letter}2:{letter}{last}" for letter in "BG"]


def endless(count: int) -> Iterator[dict[str, Value]]:
    for number in range(count):
        yield values(many=number, comment=f"Pikk tänav {number}", day=date(2026, 1, 1) + timedelta(days=number % 365))


def test_an_export_leaves_before_its_rows_are_read_and_stays_small() -> None:
    asked = []

    def rows() -> Iterator[dict[str, Value]]:
        for one in endless(40_000):
            asked.append(None)
            yield one

    pieces = writing.xlsx(TABLE, rows(), language="et")
    tracemalloc.start()
    try:
        assert next(pieces).startswith(b"PK\x03\x04") and not asked
        size = sum(len(piece) for piece in pieces)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(asked) == 40_000 and size > 500_000
    assert peak < 8 * 1024 * 1024


def test_a_large_file_is_read_in_little_memory() -> None:
    file = written(*endless(20_000))
    tracemalloc.start()
    try:
        read_rows = sum(1 for _ in open_workbook(file).sheets[0].rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read_rows == 20_001
    assert peak < 8 * 1024 * 1024


@pytest.mark.long
def test_sixty_thousand_rows_are_read_and_checked() -> None:
    assert LIMITS.rows > 60_000
    workbook = open_workbook(written(*endless(60_000)))
    reading = TableReading(replace(TABLE, max_rows=60_000), workbook)
    assert reading.count_rows() == 60_001
    assert sum(not one.faults for one in reading.rows()) == 60_000


def test_the_answer_is_a_download_with_a_safe_name() -> None:
    answer = export_response(
        TABLE, [], form="xlsx", language="en", name="../Punktid\r\nX: y", now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert answer["Content-Disposition"] == 'attachment; filename="Punktid X y 2026-01-01 0200.xlsx"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    body = b"".join(chain(answer))
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("C:\\x\\punktid.xlsx", "punktid.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\u202excod.xlsx", "axcod.xlsx"),
        ("..", "file"),
        ("a" * 200 + ".xlsx", "a" * 114 + "…" + ".xlsx"),
        ("\x00\r\n", "file"),
        ('<img src="x">.xlsx', "img src=x.xlsx"),
    ],
)
def test_names_of_files_are_made_safe(given_name: str, name: str) -> None:
    assert sanitised(given_name) == name
    assert len(sanitised(given_name)) <= 120
