"""A table written as .xlsx or .csv, row by row as the rows come: its first bytes leave before the last row is read.

The parts around the rows are made by XlsxWriter, which writes a workbook only when it is whole; the rows are put in
between. A text is written as a text, and one that a program could take for a formula is marked as none
(CSV: with an apostrophe before it).
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, RawIOBase
from xml.sax.saxutils import escape

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext

from datahub.market_time import TALLINN, is_repeated
from portal.sheets import messages
from portal.sheets.cells import SAVED_DIGITS, column_letter, plain
from portal.sheets.decoding import with_zone
from portal.sheets.styles import cell_properties, header_words, sheet_title, write_headers
from portal.sheets.tables import Column, Table, Value

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET = "xl/worksheets/sheet1.xml"
_CELL = re.compile(r'<c r="([A-Z]+)([23])" s="([0-9]+)"/>')
# A cell holds a wall time, without a zone.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
_LONGEST_TEXT = 32_767
# Signs that XML cannot hold, and what looks like the way in which programs write them.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_WRITTEN = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ROWS_IN_A_PIECE = 200
_COMPRESSION = 3

Rows = Iterable[Mapping[str, Value]]


def is_like_formula(text: str) -> bool:
    """Tell whether a program could take a text for a formula."""
    return text.lstrip(" \u00a0\ufeff").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    )


class _Labels:
    """The words of a table's values in one language."""

    def __init__(self, table: Table, language: str) -> None:
        with translation.override(language):
            self.yes, self.no = gettext(messages.YES), gettext(messages.NO)
            self.choices = {
                column.key: {code: gettext(label) for code, label in column.choices.items()} for column in table.columns
            }

    def words(self, column: Column, value: Value) -> str:
        """Give the text of a value of a column of texts."""
        if isinstance(value, bool):
            return self.yes if value else self.no
        text = str(value)
        return self.choices[column.key].get(text, text)


class _Buffer(RawIOBase):
    """What was written and not yet taken. It cannot be sought in, so that sizes are written behind each part."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        data = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(data)
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces = []
        return taken


@dataclass(frozen=True, slots=True)
class _Shell:
    """A workbook without rows: its other parts, its sheet before and after the rows, the styles by column."""

    parts: list[tuple[str, bytes]]
    before: str
    after: str
    styles: list[str]
    quoted: list[str]


def _shell(table: Table, language: str) -> _Shell:
    file = BytesIO()
    with translation.override(language), xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": gettext(table.title)})
        sheet = book.add_worksheet(sheet_title(table.title))
        write_headers(book, sheet, table, language, marked=False)
        # Two rows that are taken out again say by which numbers the styles are known.
        for index, column in enumerate(table.columns):
            properties = cell_properties(column, language)
            sheet.write_blank(1, index, None, book.add_format({**properties, "valign": "top"}))
            sheet.write_blank(
                2, index, None, book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top"})
            )
    with zipfile.ZipFile(file) as archive:
        written = archive.read(_SHEET).decode()
        parts = [(name, archive.read(name)) for name in archive.namelist() if name != _SHEET]
    before, rest = written.split('<row r="2"', 1)
    rows, after = rest.split("</sheetData>", 1)
    styles: dict[tuple[str, str], str] = {(row, letters): style for letters, row, style in _CELL.findall(rows)}
    letters = [column_letter(index) for index in range(len(table.columns))]
    return _Shell(
        parts,
        re.sub(r"<dimension [^>]*/>", "", before),
        f"</sheetData>{after}",
        [styles["2", letter] for letter in letters],
        [styles["3", letter] for letter in letters],
    )


def xlsx(table: Table, rows: Rows, *, language: str) -> Iterator[bytes]:
    """Write a table as .xlsx; `rows` are values by the columns' keys, as `TableRow.values` has them."""
    shell, labels = _shell(table, language), _Labels(table, language)
    writers = [
        _cell_writer(column, column_letter(index), shell.styles[index], shell.quoted[index], labels)
        for index, column in enumerate(table.columns)
    ]
    buffer = _Buffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for name, data in shell.parts:
            archive.writestr(name, data)
        with archive.open(_SHEET, "w") as part:
            part.write(shell.before.encode())
            yield buffer.take()
            pieces: list[str] = []
            for number, values in enumerate(rows, start=2):
                pieces.append(f'<row r="{number}">')
                pieces.extend(
                    writer(number, value) for key, writer in writers if (value := values.get(key)) is not None
                )
                pieces.append("</row>")
                if number % _ROWS_IN_A_PIECE == 0:
                    part.write("".join(pieces).encode())
                    pieces = []
                    if taken := buffer.take():
                        yield taken
            part.write(("".join(pieces) + shell.after).encode())
    yield buffer.take()


def _cell_writer(
    column: Column, letter: str, style: str, quoted: str, labels: _Labels
) -> tuple[str, Callable[[int, Value], str]]:
    def text(row: int, value: str) -> str:
        shown = quoted if is_like_formula(value) else style
        written = escape(_NOT_IN_XML.sub("", _LOOKS_WRITTEN.sub("_x005F_", value[:_LONGEST_TEXT])))
        written = written.replace("\r", "_x000D_")
        return f'<c r="{letter}{row}" s="{shown}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'

    def number(row: int, value: str) -> str:
        return f'<c r="{letter}{row}" s="{style}"><v>{value}</v></c>'

    def write(row: int, value: Value) -> str:
        if isinstance(value, datetime):
            return text(row, with_zone(value)) if is_repeated(value) else number(row, _serial(_wall_time(value)))
        if isinstance(value, date):
            return number(row, _serial(datetime.combine(value, time())))
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            digits = plain(Decimal(value))
            # What a spreadsheet program would round is written as a text.
            return (
                number(row, digits) if len(digits.strip("-0.").replace(".", "")) <= SAVED_DIGITS else text(row, digits)
            )
        return text(row, labels.words(column, value))

    return column.key, write


def _wall_time(value: datetime) -> datetime:
    return value.astimezone(TALLINN).replace(tzinfo=None)


def _serial(wall_time: datetime) -> str:
    distance = wall_time - _EPOCH
    return str(distance.days) if not distance.seconds else f"{distance.days + distance.seconds / 86_400:.10f}"


def as_csv(table: Table, rows: Rows, *, language: str) -> Iterator[bytes]:
    """Write a table as .csv for spreadsheet programs: UTF-8 with its mark, semicolons, Estonian numbers in Estonian."""
    labels = _Labels(table, language)
    with translation.override(language):
        headers = [header_words(column, marked=False) for column in table.columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(headers)
    yield _taken(buffer)
    for number, values in enumerate(rows, start=1):
        writer.writerow([_csv_text(column, values.get(column.key), labels, language) for column in table.columns])
        if number % _ROWS_IN_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    taken = buffer.getvalue().encode("utf-8", errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return taken


def _csv_text(column: Column, value: Value, labels: _Labels, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        if is_repeated(value):
            return with_zone(value)
        return _csv_day(_wall_time(value), language) + f" {_wall_time(value):%H:%M}"
    if isinstance(value, date):
        return _csv_day(value, language)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        digits = plain(Decimal(value))
        return digits.replace(".", ",") if language == "et" else digits
    text = _NOT_IN_XML.sub("", labels.words(column, value))
    return f"'{text}" if is_like_formula(text) else text


def _csv_day(value: date, language: str) -> str:
    return f"{value:%d.%m.%Y}" if language == "et" else f"{value:%Y-%m-%d}"


WRITERS: Mapping[str, Callable[..., Iterator[bytes]]] = {"xlsx": xlsx, "csv": as_csv}
CONTENT_TYPES: Mapping[str, str] = {"xlsx": XLSX_TYPE, "csv": CSV_TYPE}
