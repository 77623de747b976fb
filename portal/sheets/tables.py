"""The declaration of a table that is imported or exported as a sheet: its columns, in the market's words.

From one declaration come the template, the reading of a filled one, and the exports. Headers, labels and helps are
msgids of the catalogue; a file is read in whichever of the languages it was written.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from portal.sheets import decoding, messages
from portal.sheets.cells import Cell
from portal.sheets.decoding import CellError
from portal.sheets.faults import Arg, Figure, Word

# What a column of a row is once it was read; None where nothing stands.
Value = str | Decimal | int | bool | date | datetime | None


class ColumnKind(StrEnum):
    """What stands in a column, read as str, str, Decimal, int, date, datetime in UTC, bool, or a code."""

    TEXT = "TEXT"
    # A text of capitals and digits that a spreadsheet program must not take for a number.
    CODE = "CODE"
    NUMBER = "NUMBER"
    WHOLE = "WHOLE"
    DATE = "DATE"
    INSTANT = "INSTANT"
    BOOLEAN = "BOOLEAN"
    CHOICE = "CHOICE"


_RIGHT: Mapping[ColumnKind, Arg] = {
    ColumnKind.NUMBER: decoding.RIGHT_NUMBER,
    ColumnKind.WHOLE: decoding.RIGHT_WHOLE,
    ColumnKind.DATE: decoding.RIGHT_DATE,
    ColumnKind.INSTANT: decoding.RIGHT_INSTANT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `header`, `help` and the labels of `choices` (code → label) are msgids; `example` is a value as typed.

    `decimals` and `whole_digits` bound numbers, `least` and `most` include their ends, `max_length` counts characters.
    `width` is in characters. A text that may go over more than one line has `lines`.
    """

    key: str
    header: str
    kind: ColumnKind = ColumnKind.TEXT
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    example: str = ""
    max_length: int | None = None
    lines: bool = False
    decimals: int | None = None
    whole_digits: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    width: int = 18

    @property
    def right(self) -> Arg:
        """What would be right there, for a fault that says so."""
        if self.example:
            is_number = self.kind is ColumnKind.NUMBER
            return Figure(self.example.replace(",", ".")) if is_number else self.example
        if self.kind is ColumnKind.BOOLEAN:
            return [Word(messages.YES), Word(messages.NO)]
        if self.kind is ColumnKind.CHOICE:
            return [Word(label) for label in self.choices.values()]
        return _RIGHT.get(self.kind, Word(messages.A_TEXT))


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `title` names its sheet, in at most 31 characters; `intro` is the first help in its template. Msgids."""

    key: str
    title: str
    columns: tuple[Column, ...]
    intro: str = ""
    max_rows: int = 20_000

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys):
            raise ValueError(f"the table {self.key} has a column twice")

    def column(self, key: str) -> Column:
        """Give a column by its key."""
        return next(column for column in self.columns if column.key == key)


def languages() -> list[str]:
    """Give the languages in which files may be written."""
    return [code for code, _ in settings.LANGUAGES]


def in_every_language(msgid: str) -> set[str]:
    """Give a msgid's words in every language."""
    words = {msgid}
    for language in languages():
        with translation.override(language):
            words.add(gettext(msgid))
    return words


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Give a header or label as it is compared: without case, marks of a needed column, and blanks of any kind."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_\u200b\ufeff]+", " ", text).strip(" *:")


class Words:
    """The words of a table in every language, looked up once for a file."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._columns: dict[str, Column] = {}
        self._choices: dict[str, dict[str, str]] = {}
        for column in table.columns:
            for written in {column.key, *in_every_language(column.header)}:
                self._columns.setdefault(folded(written), column)
            self._choices[column.key] = {
                folded(written): code
                for code, label in column.choices.items()
                for written in {code, *in_every_language(label)}
            }

    def column(self, header: str) -> Column | None:
        """Give the column that a header names."""
        return self._columns.get(folded(header))

    def value(self, column: Column, cell: Cell) -> Value:  # noqa: PLR0911 - a way out for each kind
        """Read a cell of a column; raises CellError."""
        match column.kind:
            case ColumnKind.TEXT | ColumnKind.CODE:
                return _text(column, cell)
            case ColumnKind.NUMBER:
                return _bounded(
                    column, decoding.decimal(cell, places=column.decimals, whole_digits=column.whole_digits)
                )
            case ColumnKind.WHOLE:
                return int(_bounded(column, decoding.decimal(cell, places=0, whole_digits=column.whole_digits or 18)))
            case ColumnKind.DATE:
                return decoding.day(cell)
            case ColumnKind.INSTANT:
                return decoding.instant(cell)
            case ColumnKind.BOOLEAN:
                return decoding.boolean(cell)
        written = decoding.text(cell)
        code = self._choices[column.key].get(folded(written))
        if code is None:
            raise CellError(messages.NOT_CHOICE, choices=[Word(label) for label in column.choices.values()])
        return code


def _text(column: Column, cell: Cell) -> str:
    is_code = column.kind is ColumnKind.CODE
    return decoding.text(cell, is_code=is_code, one_line=not column.lines, max_length=column.max_length)


def _bounded(column: Column, value: Decimal) -> Decimal:
    if column.least is not None and value < column.least:
        raise CellError(messages.TOO_SMALL, least=str(column.least))
    if column.most is not None and value > column.most:
        raise CellError(messages.TOO_BIG, most=str(column.most))
    return value


def headers(columns: Sequence[Column]) -> list[Word]:
    """Give columns' headers as values of a fault."""
    return [Word(column.header) for column in columns]
