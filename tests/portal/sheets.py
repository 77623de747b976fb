"""A declared table for the tests of sheets and jobs, and workbooks written in the ways of spreadsheet programs."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import xlsxwriter

from portal.sheets.package import LIMITS, Limits
from portal.sheets.reading import open_workbook
from portal.sheets.table_reading import TableReading, TableRow
from portal.sheets.tables import Column, ColumnKind, Table

TABLE = Table(
    "things",
    "Metering points",
    (
        Column(
            "eic",
            "EIC code",
            ColumnKind.CODE,
            required=True,
            max_length=16,
            example="38ZGO-10000018-5",
            help="The code of the metering point.",
        ),
        Column("kind", "Type", ColumnKind.CHOICE, required=True, choices={"REGULAR": "Regular", "BORDER": "Border"}),
        Column("power", "Power (kW)", ColumnKind.NUMBER, decimals=3, least=Decimal(0)),
        Column("many", "Count", ColumnKind.WHOLE),
        Column("day", "Valid from", ColumnKind.DATE),
        Column("at", "Reading time", ColumnKind.INSTANT),
        Column("heating", "Electrical heating", ColumnKind.BOOLEAN),
        Column("comment", "Comment", max_length=40),
    ),
    intro="One row for each metering point.",
)
HEADERS = [column.header for column in TABLE.columns]
EIC = "38ZGO-10000018-5"


def workbook(*rows: Sequence[Any], arrange: Callable[[Any], None] | None = None, **more: Any) -> io.BytesIO:
    """Make a workbook of rows with openpyxl; `arrange` is given the workbook before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Andmed"
    for row in rows:
        sheet.append(list(row))
    if arrange is not None:
        arrange(book)
    return saved(book)


def shared(*rows: Sequence[Any]) -> io.BytesIO:
    """Make a workbook of rows as Excel does, with texts that cells share: `openpyxl` writes each in its cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Andmed")
        for number, values in enumerate(rows):
            sheet.write_row(number, 0, values)
    return file


def saved(book: Any) -> io.BytesIO:
    """Save a workbook of openpyxl's into memory."""
    file = io.BytesIO()
    book.save(file)
    return file


def row(**given: Any) -> list[Any]:
    """Give a row of the table: what is needed, and what is given."""
    values = {"eic": EIC, "kind": "REGULAR", **given}
    return [values.get(column.key) for column in TABLE.columns]


def read(file: Any, table: Table = TABLE) -> list[TableRow]:
    """Read all rows of a table."""
    return list(reading(file, table).rows())


def reading(file: Any, table: Table = TABLE, limits: Limits = LIMITS) -> TableReading:
    """Open a table."""
    return TableReading(table, open_workbook(file, limits))


def with_parts(file: io.BytesIO, parts: Mapping[str, bytes], *, without: Iterable[str] = ()) -> io.BytesIO:
    """Give a workbook with some of its parts changed, added or left out."""
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [name for name in old.namelist() if name not in {*parts, *without}]:
            new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return changed


def sheet_of(cells: str, **more: str) -> io.BytesIO:
    """Make a workbook whose first sheet is what is given between <worksheet> tags."""
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'{more.get("prolog", "")}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{cells}</worksheet>'
    )
    return with_parts(workbook(["x"]), {"xl/worksheets/sheet1.xml": xml.encode()})
