"""Workbooks changed at random, outside and inside their archive: read, or refused in words, and never otherwise."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.sheets.faults import SheetError
from portal.sheets.package import Limits
from tests.portal.sheets import HEADERS, reading, row, shared, workbook

# Smaller and quicker than people get: what is endless ends soon.
LIMITS = Limits(unpacked_bytes=4_000_000, rows=500, columns=200, texts=5_000, seconds=5)
_ROWS = [row(power=Decimal("1.5"), many=2, day=date(2026, 5, 4), comment=text) for text in ("õ", "<b>", "x" * 40, "")]
WHOLE = [workbook(HEADERS, *_ROWS).getvalue(), shared(HEADERS, *_ROWS).getvalue()]
ODD = [
    *(
        "",
        "0",
        "-1",
        "999999999999",
        "1e999",
        "NaN",
        "A1",
        "XFD1048577",
        "A0",
        "ZZZZZZ9",
        "inlineStr",
        "s",
        "str",
        "b",
        "e",
    ),
    *(
        "d",
        "n",
        "x" * 40_000,
        "&amp;",
        "&#0;",
        "&#x10FFFF;",
        "&nothing;",
        "<!DOCTYPE x>",
        "]]>",
        "<row/>",
        "</row>",
        "<c/>",
    ),
    *("../../../etc/passwd", "http://127.0.0.1/", "file:///etc/passwd", "rId1", "\ufffe", "\x00", "_x0000_", "General"),
    *(
        "46082",
        "46082.999999999",
        "-46082",
        "2026-02-30",
        "1900-02-29T25:00:00",
        "TRUE",
        "#REF!",
        '"',
        "'",
        "xml:space",
    ),
]
tries = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def check(file: bytes) -> None:
    """Read a workbook to its end, or be told why not."""
    try:
        rows = list(reading(io.BytesIO(file), limits=LIMITS).rows())
    except SheetError as error:
        assert error.faults and all(fault.say() for fault in error.faults)
        return
    assert all(fault.say() for one in rows for fault in one.faults)


@tries
@given(
    file=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.binary(max_size=6), st.integers(0, 6)), max_size=5),
    start=st.binary(max_size=4),
)
def test_bytes_changed_at_random(file: bytes, changes: list[tuple[int, bytes, int]], start: bytes) -> None:
    for place, new, gone in changes:
        at = place % len(file)
        file = file[:at] + new + file[at + gone :]
    check(file)
    check(start + file)


@st.composite
def rewritten(draw: st.DrawFn) -> bytes:
    """Change a part of a workbook, pieces between its marks most of all, and pack it anew as it should be."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(WHOLE)))) as archive, zipfile.ZipFile(made, "w") as new:
        parts = {entry.filename: archive.read(entry).decode() for entry in archive.infolist()}
        names = sorted(parts)
        for _ in range(draw(st.integers(1, 3))):
            name = draw(st.sampled_from(names))
            pieces = _pieces(parts[name])
            at = draw(st.integers(0, len(pieces) - 1))
            match draw(st.integers(0, 4)):
                case 0:
                    pieces[at] = draw(st.sampled_from(ODD))
                case 1:
                    del pieces[at]
                case 2:
                    pieces[at] *= draw(st.sampled_from([2, 50, 3_000]))
                case 3:
                    pieces[at] = parts[draw(st.sampled_from(names))]
                case _:
                    pieces.insert(at, draw(st.text(max_size=10)))
            parts[name] = "".join(pieces)
        if draw(st.integers(0, 9)) == 9:
            del parts[draw(st.sampled_from(names))]
        for name, text in parts.items():
            new.writestr(name, text.encode("utf-8", "surrogatepass"))
    return made.getvalue()


def _pieces(text: str) -> list[str]:
    """Part XML at its marks: names, values, texts and the marks themselves."""
    pieces, piece = [], ""
    for sign in text:
        if sign in '<>"= /':
            pieces += [piece, sign]
            piece = ""
        else:
            piece += sign
    return [one for one in [*pieces, piece] if one]


@tries
@given(file=rewritten())
def test_parts_changed_at_random(file: bytes) -> None:
    check(file)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(tries, max_examples=5_000)
@given(file=rewritten())
def test_many_parts_changed_at_random(file: bytes) -> None:
    check(file)


def test_the_workbooks_are_right_before_they_are_changed() -> None:
    for file in WHOLE:
        rows = list(reading(io.BytesIO(file), limits=LIMITS).rows())
        assert len(rows) == len(_ROWS) and not [fault for one in rows for fault in one.faults]
