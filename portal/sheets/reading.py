"""An .xlsx that somebody gave, read row by row: safely, exactly, in little memory.

What is read: the values that the spreadsheet program saved; a formula counts as its saved result. What is not:
pictures, links, macros, pivot tables, archives inside.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import join, normpath
from typing import BinaryIO

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from portal.sheets import messages, xml
from portal.sheets.cells import Cell, Kind, column_index, moment, number
from portal.sheets.faults import Place, refuse
from portal.sheets.package import LIMITS, Limits, Package, damaged, open_package, too_much

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# What programs write after a row; counting it takes no reading.
_ROW_END = b"</row>"
_PIECE = 256 * 1024
_LAST_ROW = 1_048_576
_MOST_TEXT = 32_767
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# How programs write signs that XML cannot hold: line breaks mostly. The others stay as they are written.
_WRITTEN_SIGN = re.compile(r"_x(0009|000[AaDd]|005[Ff])_")
_WRITTEN_SIGNS = {"0009": "\t", "000a": "\n", "000d": "\r", "005f": "_"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it: its number as the program counts, its cells by the index of their column (A is 0)."""

    number: int
    cells: Mapping[int, Cell]
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that were merged: the range as written (A1:B2), rows from 1, columns from 0, ends included."""

    range: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass
class Sheet:
    """A sheet of an opened workbook. `merged` is known once all rows were read."""

    title: str
    is_hidden: bool
    _part: str
    _workbook: "Workbook"
    merged: list[Merged] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Read the rows that have something in them, as they come. Raises SheetError."""
        self.merged = []
        return self._workbook.rows_of(self)

    def count_rows(self) -> int:
        """Count the rows without reading them, those too that are empty: how long it will take."""
        return self._workbook.count_rows_of(self)


class Workbook:
    """An opened workbook: its sheets in their order, chart sheets left out."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        self._clock = xml.Clock(limits)
        self._is_1904 = False
        targets = self._read_relations()
        self.sheets = self._read_sheets(targets)
        self._date_styles = self._read_date_styles(targets)
        self._texts = self._read_texts(targets)

    def rows_of(self, sheet: Sheet) -> Iterator[Row]:
        """Read a sheet's rows."""
        reader = _RowReader(sheet, self._texts, self._date_styles, is_1904=self._is_1904, limits=self._limits)
        with self._package.open(sheet._part) as part:
            for _ in xml.stream(
                part, self._clock, on_start=reader.on_start, on_end=reader.on_end, on_text=reader.on_text
            ):
                if reader.rows:
                    yield from reader.rows
                    reader.rows = []

    def count_rows_of(self, sheet: Sheet) -> int:
        """Count the ends of a sheet's rows."""
        found, tail = 0, b""
        with self._package.open(sheet._part) as part:
            while piece := part.read(_PIECE):
                found += (tail + piece).count(_ROW_END)
                tail = (tail + piece)[-(len(_ROW_END) - 1) :]
        return found

    def _read_relations(self) -> dict[str, tuple[str, str]]:
        """Give the kind and the part of each relation of the workbook; what lies outside the file is left out."""
        found: dict[str, tuple[str, str]] = {}

        def on_start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], part)

        with self._package.open(_RELATIONS) as part:
            xml.read(part, self._clock, on_start=on_start)
        return found

    def _read_sheets(self, targets: Mapping[str, tuple[str, str]]) -> list[Sheet]:
        sheets: list[Sheet] = []

        def on_start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self._is_1904 = attributes.get("date1904", "0") in ("1", "true", "on")
            if name != "sheet":
                return
            relation = next((value for key, value in attributes.items() if key.rpartition(" ")[2] == "id"), "")
            kind, target = targets.get(relation, ("", ""))
            if kind != "worksheet":
                return
            if target not in self._package:
                raise damaged(messages.NO_PART)
            is_hidden = attributes.get("state", "visible") != "visible"
            sheets.append(Sheet(attributes.get("name", ""), is_hidden, target, self))
            if len(sheets) > self._limits.sheets:
                raise too_much(messages.TOO_MANY_SHEETS)

        with self._package.open(_WORKBOOK) as part:
            xml.read(part, self._clock, on_start=on_start)
        return sheets

    def _part_of(self, kind: str, targets: Mapping[str, tuple[str, str]]) -> str | None:
        return next((part for name, part in targets.values() if name == kind and part in self._package), None)

    def _read_date_styles(self, targets: Mapping[str, tuple[str, str]]) -> frozenset[int]:
        """Give the numbers of the cell styles that show a number as a date."""
        styles = self._part_of("styles", targets)
        if styles is None:
            return frozenset()
        formats: dict[int, str] = dict(BUILTIN_FORMATS)
        of_styles: list[int] = []
        inside = ""

        def on_start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                formats[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = name
            elif name == "xf" and inside == "cellXfs":
                of_styles.append(_whole(attributes.get("numFmtId")))

        with self._package.open(styles) as part:
            xml.read(part, self._clock, on_start=on_start)
        dates = {number for number, written in formats.items() if is_date_format(written)}
        return frozenset(style for style, written in enumerate(of_styles) if written in dates)

    def _read_texts(self, targets: Mapping[str, tuple[str, str]]) -> list[str]:
        """Give the texts that cells share; what stands beside them as a reading aid (phonetic) is left out."""
        strings = self._part_of("sharedStrings", targets)
        if strings is None:
            return []
        texts: list[str] = []
        pieces: list[str] = []
        characters = 0
        is_text = is_aid = False

        def on_start(name: str, attributes: dict[str, str]) -> None:
            nonlocal is_text, is_aid
            if name == "si":
                pieces.clear()
            elif name == "rPh":
                is_aid = True
            is_text = name == "t" and not is_aid

        def on_end(name: str) -> None:
            nonlocal is_text, is_aid
            is_text = False
            if name == "rPh":
                is_aid = False
            elif name == "si":
                if len(texts) >= self._limits.texts:
                    raise too_much(messages.TOO_MANY_TEXTS)
                texts.append(_unwritten("".join(pieces)))

        def on_text(text: str) -> None:
            nonlocal characters
            if is_text:
                characters += len(text)
                if characters > self._limits.text_characters:
                    raise too_much(messages.TOO_MANY_TEXTS)
                pieces.append(text)

        with self._package.open(strings) as part:
            for _ in xml.stream(part, self._clock, on_start=on_start, on_end=on_end, on_text=on_text):
                pass
        return texts


class _RowReader:
    """What is known of a sheet while it streams by."""

    def __init__(
        self, sheet: Sheet, texts: list[str], date_styles: frozenset[int], *, is_1904: bool, limits: Limits
    ) -> None:
        self.rows: list[Row] = []
        self._sheet, self._texts, self._date_styles = sheet, texts, date_styles
        self._is_1904, self._limits = is_1904, limits
        self._row, self._rows, self._is_hidden = 0, 0, False
        self._cells: dict[int, Cell] = {}
        self._column, self._kind, self._style = -1, "n", 0
        self._has_formula = self._is_value = self._is_aid = False
        self._pieces: list[str] = []
        self._length = 0

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "v" or (name == "t" and not self._is_aid):
            self._is_value = True
        elif name == "c":
            self._start_cell(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._is_aid = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def on_text(self, text: str) -> None:
        if self._is_value:
            self._length += len(text)
            if self._length > _MOST_TEXT:
                raise damaged(messages.BAD_CELL)
            self._pieces.append(text)

    def on_end(self, name: str) -> None:
        if name in ("v", "t"):
            self._is_value = False
        elif name == "c":
            self._end_cell()
        elif name == "rPh":
            self._is_aid = False
        elif name == "row" and self._cells:
            self._rows += 1
            if self._rows > self._limits.rows:
                place = Place(self._sheet.title, self._row)
                raise refuse(messages.TOO_MANY_ROWS, place=place, most=self._limits.rows)
            self.rows.append(Row(self._row, self._cells, self._is_hidden))
            self._cells = {}

    def _start_row(self, attributes: dict[str, str]) -> None:
        before = self._row
        self._row = _whole(attributes["r"]) if "r" in attributes else before + 1
        if not before < self._row <= _LAST_ROW:
            raise damaged(messages.BAD_ROW)
        self._is_hidden = attributes.get("hidden") in ("1", "true")
        self._column = -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            place = _PLACE.fullmatch(attributes["r"])
            column = None if place is None else column_index(place[1])
            if place is None or column is None or int(place[2]) != self._row or column <= self._column:
                raise damaged(messages.BAD_CELL)
            self._column = column
        else:
            self._column += 1
        self._kind = attributes.get("t", "n")
        self._style = _whole(attributes.get("s"))
        self._has_formula = False
        self._pieces, self._length = [], 0

    def _end_cell(self) -> None:
        saved = "".join(self._pieces)
        self._pieces = []
        cell = self._cell(saved)
        if cell is None:
            return
        if self._column >= self._limits.columns:
            place = Place(self._sheet.title, self._row)
            raise refuse(messages.TOO_MANY_COLUMNS, place=place, shown=cell.shown, most=self._limits.columns)
        self._cells[self._column] = cell

    def _cell(self, saved: str) -> Cell | None:  # noqa: PLR0911 - a way out for each kind
        """Give the cell of what was saved, None for an empty one: one of blanks is empty."""
        if not saved.strip() and self._kind in ("n", "b", "e", "d", "s"):
            return Cell(Kind.UNCALCULATED, "") if self._has_formula else None
        match self._kind:
            case "s":
                index = _whole(saved)
                if index >= len(self._texts):
                    raise damaged(messages.BAD_CELL)
                return _text(self._texts[index])
            case "str" | "inlineStr":
                return _text(_unwritten(saved))
            case "n":
                return self._number(saved)
            case "b":
                return Cell(Kind.BOOLEAN, saved.strip() in ("1", "true"))
            case "e":
                return Cell(Kind.ERROR, saved.strip())
            case "d":
                return _iso_date(saved)
        raise damaged(messages.BAD_CELL)

    def _number(self, saved: str) -> Cell:
        value = number(saved.strip())
        if value is None:
            raise damaged(messages.BAD_CELL)
        if self._style in self._date_styles and (wall_time := moment(value, is_1904=self._is_1904)) is not None:
            return Cell(Kind.DATE, wall_time)
        return Cell(Kind.NUMBER, value)

    def _merge(self, written: str) -> None:
        places = [_PLACE.fullmatch(corner) for corner in written.split(":")]
        columns = [None if place is None else column_index(place[1]) for place in places]
        if len(places) != 2 or None in columns:
            raise damaged(messages.BAD_CELL)
        rows = [int(place[2]) for place in places if place is not None]
        known = [column for column in columns if column is not None]
        if len(self._sheet.merged) < self._limits.rows:
            self._sheet.merged.append(Merged(written, min(rows), max(rows), min(known), max(known)))


def _text(text: str) -> Cell | None:
    return Cell(Kind.TEXT, text) if tidy(text) else None


def tidy(text: str) -> str:
    """Take away blanks around a text, also those that cannot be seen, and make line ends one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\f\v\u00a0\u2007\u202f\u200b\u2060\ufeff\u3000")


def _unwritten(text: str) -> str:
    if "_x" not in text:
        return text
    return _WRITTEN_SIGN.sub(lambda found: _WRITTEN_SIGNS[found[1].lower()], text)


def _iso_date(saved: str) -> Cell:
    try:
        value = datetime.fromisoformat(saved.strip())
    except ValueError as error:
        raise damaged(messages.BAD_CELL) from error
    if value.tzinfo is not None:
        # A zone counts only in a text, which is read as it stands.
        return Cell(Kind.TEXT, saved.strip())
    return Cell(Kind.DATE, value)


def _whole(written: str | None) -> int:
    """Read a whole number of a few digits; 0 if there is none."""
    if not written:
        return 0
    if not written.strip().isascii() or not written.strip().isdecimal() or len(written) > 9:
        raise damaged(messages.BAD_CELL)
    return int(written)


def open_workbook(file: BinaryIO, limits: Limits = LIMITS) -> Workbook:
    """Open a workbook that can be sought in; raises SheetError that says what is wrong with the file.

    The texts that cells share are read at once, the rows as they are asked for; the file must stay open until then.
    """
    return Workbook(open_package(file, limits), limits)
