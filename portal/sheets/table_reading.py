"""A filled table, read from the sheets of a workbook that have its headers: rows of typed values, with their faults.

The row of headers may stand below a title; headers may come in any order, case and language. Nothing is guessed: an
unknown, missing or doubled column refuses the whole file, a merged or wrong cell its row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from portal.sheets import messages
from portal.sheets.cells import Cell, column_index, column_letter
from portal.sheets.decoding import CellError
from portal.sheets.faults import Arg, Place, SheetError, SheetFault, Word, cut
from portal.sheets.reading import Merged, Row, Sheet, Workbook, tidy
from portal.sheets.tables import Column, Table, Value, Words, folded, headers, in_every_language
from portal.sheets.templates import INSTRUCTIONS

# So many rows are looked through for the headers.
_ROWS_ABOVE = 20
# In so many merged ranges empty cells are looked for.
_MOST_MERGED = 100


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that was read: the value of each column of the table by key, and what is wrong with it.

    Where it has faults the values of those columns are None, and nothing of it should be used.
    """

    place: Place
    values: Mapping[str, Value]
    faults: tuple[SheetFault, ...]
    _places: Mapping[str, Place]
    _cells: Mapping[int, Cell] = field(default_factory=dict)

    def place_of(self, key: str | None) -> Place:
        """Give the place of a column's cell in this row, the row's own for a column that the file does not have."""
        return self.place if key is None else self._places.get(key, self.place)

    def shown_at(self, place: Place) -> str:
        """Give what stands in the cell at a place of this row, as it is kept; empty for the row's own place."""
        index = column_index(place.column)
        cell = None if index is None else self._cells.get(index)
        return "" if cell is None else cut(cell.shown)


@dataclass
class _Found:
    """A table's place on a sheet."""

    sheet: Sheet
    header: Row
    columns: dict[int, Column]
    rows: Iterator[Row]

    def place(self, row: int, index: int | None = None) -> Place:
        if index is None:
            return Place(self.sheet.title, row)
        return Place(self.sheet.title, row, column_letter(index), self.header_at(index))

    def header_at(self, index: int) -> str:
        cell = self.header.cells.get(index)
        # Of a needed column the template marks the header.
        return "" if cell is None else cut(tidy(cell.shown).removesuffix("*").rstrip())


class TableReading:
    """The reading of a table from a workbook. Opening it looks for the headers; raises SheetError."""

    def __init__(self, table: Table, workbook: Workbook) -> None:
        self.table = table
        self.notes: list[SheetFault] = []
        self._words = Words(table)
        self._hidden_rows = 0
        instructions = {folded(word) for word in in_every_language(INSTRUCTIONS)}
        self._found: list[_Found] = []
        for sheet in workbook.sheets:
            if folded(sheet.title) in instructions:
                continue
            found = self._find(sheet)
            if found is not None and sheet.is_hidden:
                self.notes.append(SheetFault(messages.HIDDEN_SHEET, place=Place(sheet.title)))
            elif found is not None:
                self._found.append(found)
        if not self._found:
            raise SheetError(SheetFault(messages.NO_TABLE, {"headers": headers(table.columns)}))
        if all(self._is_another(found) for found in self._found):
            places = [found.place(found.header.number) for found in self._found]
            raise SheetError(*(SheetFault(messages.NO_TABLE, {"headers": headers(table.columns)}, at) for at in places))
        faults = [fault for found in self._found for fault in self._header_faults(found)]
        if faults:
            raise SheetError(*faults)

    def rows(self) -> Iterator[TableRow]:
        """Read the rows as they come. Raises SheetError for what cannot be read any further, or no row at all."""
        read = 0
        for found in self._found:
            lacking: list[TableRow] = []
            for row in found.rows:
                taken = self._read(found, row)
                if taken is None:
                    continue
                read += 1
                if read > self.table.max_rows:
                    args = {"most": self.table.max_rows}
                    raise SheetError(SheetFault(messages.TOO_MANY_ROWS, args, found.place(row.number)))
                self._hidden_rows += row.is_hidden
                # Whether an empty cell is one of those that were merged is known at the end of the sheet.
                if any(fault.msgid in messages.MISSING for fault in taken.faults):
                    lacking.append(taken)
                else:
                    yield taken
            yield from _but_for_merged(lacking, found.sheet.merged[:_MOST_MERGED])
            yield from self._merged(found)
        if not read:
            raise SheetError(SheetFault(messages.NO_ROWS, place=self._found[0].place(self._found[0].header.number)))
        if self._hidden_rows:
            self.notes.append(SheetFault(messages.HIDDEN_ROWS, {"count": self._hidden_rows}))

    def header_of(self, key: str) -> str:
        """Give the header of a column as it stands in the file, "" for one that the file does not have."""
        for found in self._found:
            for index, column in found.columns.items():
                if column.key == key:
                    return found.header_at(index)
        return ""

    def count_rows(self) -> int:
        """Count about how many rows there will be: those that are empty, or above the headers, are counted, too."""
        return sum(found.sheet.count_rows() for found in self._found)

    def _find(self, sheet: Sheet) -> _Found | None:
        """Find the row of headers among the first: the one that names most of the columns."""
        rows = sheet.rows()
        first: list[Row] = []
        best, most = -1, 0
        for row in rows:
            first.append(row)
            count = len({column.key for column in self._columns_in(row).values()})
            if count > most:
                best, most = len(first) - 1, count
            if len(first) == _ROWS_ABOVE or count == len(self.table.columns):
                break
        if best < 0:
            return None
        return _Found(sheet, first[best], self._columns_in(first[best]), chain(first[best + 1 :], rows))

    def _columns_in(self, row: Row) -> dict[int, Column]:
        named = {index: self._words.column(cell.shown) for index, cell in row.cells.items()}
        return {index: column for index, column in named.items() if column is not None}

    def _is_another(self, found: _Found) -> bool:
        """Tell whether a sheet holds some other table: most of its headers are not this one's, and needed ones lack."""
        keys = {column.key for column in found.columns.values()}
        lacks = any(column.required and column.key not in keys for column in self.table.columns)
        return lacks and len(found.header.cells) > 2 * len(found.columns)

    def _header_faults(self, found: _Found) -> Iterator[SheetFault]:
        where: dict[str, int] = {}
        for index, column in found.columns.items():
            if column.key in where:
                args: dict[str, Arg] = {
                    "header": Word(column.header),
                    "first": column_letter(where[column.key]),
                    "second": column_letter(index),
                }
                yield SheetFault(messages.DUPLICATE_COLUMN, args, found.place(found.header.number, index))
            where.setdefault(column.key, index)
        free = [column for column in self.table.columns if column.key not in where]
        for index in found.header.cells.keys() - found.columns.keys():
            header = found.header_at(index)
            args = {"header": header, "headers": headers(free or self.table.columns)}
            yield SheetFault(messages.UNKNOWN_COLUMN, args, found.place(found.header.number, index), header)
        for column in free:
            if column.required:
                yield SheetFault(
                    messages.MISSING_COLUMN, {"header": Word(column.header)}, found.place(found.header.number)
                )

    def _read(self, found: _Found, row: Row) -> TableRow | None:
        """Read a row, None for one in which nothing but blanks stands."""
        values: dict[str, Value] = dict.fromkeys(column.key for column in self.table.columns)
        faults: list[SheetFault] = []
        places = {column.key: found.place(row.number, index) for index, column in found.columns.items()}
        for index, cell in row.cells.items():
            if index not in found.columns:
                place = found.place(row.number, index)
                faults.append(SheetFault(messages.COLUMN_WITHOUT_HEADER, place=place, shown=cut(cell.shown)))
        for index, column in found.columns.items():
            if (given := row.cells.get(index)) is None:
                if column.required:
                    # An example is not to be read as the value to enter.
                    missing = messages.MISSING_LIKE if column.example else messages.MISSING_VALUE
                    faults.append(SheetFault(missing, {"right": column.right}, places[column.key]))
                continue
            try:
                values[column.key] = self._words.value(column, given)
            except CellError as error:
                faults.append(SheetFault(error.msgid, error.args_, places[column.key], cut(given.shown)))
        return TableRow(found.place(row.number), values, tuple(faults), places, row.cells)

    def _merged(self, found: _Found) -> Iterator[TableRow]:
        """Give a row of its own for each merge that reaches below the headers; only one of its cells has a value."""
        for merged in found.sheet.merged:
            if merged.last_row > found.header.number and (
                merged.first_row > found.header.number or merged.first_column != merged.last_column
            ):
                place = found.place(max(merged.first_row, found.header.number + 1), merged.first_column)
                fault = SheetFault(messages.MERGED_CELLS, {"range": merged.range}, place)
                yield TableRow(place, dict.fromkeys(column.key for column in self.table.columns), (fault,), {})


def _but_for_merged(rows: list[TableRow], merged: list[Merged]) -> Iterator[TableRow]:
    """Give rows without what is said of empty cells that were merged with others: that is said once of all of them."""
    for row in rows:
        left = tuple(one for one in row.faults if not (one.msgid in messages.MISSING and _is_in(one.place, merged)))
        if left:
            yield replace(row, faults=left)


def _is_in(place: Place, merged: list[Merged]) -> bool:
    row, column = place.row, column_index(place.column)
    if row is None or column is None:
        return False
    return any(one.first_row <= row <= one.last_row and one.first_column <= column <= one.last_column for one in merged)
