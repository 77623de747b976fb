"""How our workbooks look: formats of headers and of each kind of column, widths, the frozen row of headers."""

from typing import Any

import xlsxwriter
from django.utils.translation import gettext

from portal.sheets.tables import Column, ColumnKind, Table

_DATE = {"et": "dd.mm.yyyy", "en": "yyyy-mm-dd"}
_TEXT = "@"
REQUIRED_MARK = " *"


def header_format(book: xlsxwriter.Workbook, *, required: bool = False) -> Any:
    """Make the format of a header; that of a needed column is darker."""
    return book.add_format(
        {
            "bold": True,
            "bg_color": "#BFD7EA" if required else "#E3EDF5",
            "font_color": "#0B2239",
            "border": 1,
            "border_color": "#8FA8BF",
            "text_wrap": True,
            "valign": "top",
        }
    )


def cell_properties(column: Column, language: str) -> dict[str, Any]:
    """Give the format of a column's cells."""
    date = _DATE.get(language, _DATE["en"])
    match column.kind:
        case ColumnKind.DATE:
            return {"num_format": date, "align": "left"}
        case ColumnKind.INSTANT:
            return {"num_format": f"{date} hh:mm", "align": "left"}
        case ColumnKind.WHOLE:
            return {"num_format": "0"}
        case ColumnKind.NUMBER:
            return {"num_format": "0." + "#" * column.decimals} if column.decimals else {}
    return {"num_format": _TEXT}


def header_words(column: Column, *, marked: bool) -> str:
    """Give a column's header in the active language; that of a needed column is marked, if asked for."""
    return gettext(column.header) + (REQUIRED_MARK if marked and column.required else "")


def sheet_title(msgid: str) -> str:
    """Give a sheet's title in the active language: no more than 31 signs, without those that a title may not have."""
    title = "".join(" " if sign in "[]:*?/\\" else sign for sign in gettext(msgid))
    return title[:31].strip().strip("'")


def write_headers(book: xlsxwriter.Workbook, sheet: Any, table: Table, language: str, *, marked: bool) -> None:
    """Write the row of headers, give the columns their widths and formats, and keep the headers in sight."""
    plain, needed = header_format(book), header_format(book, required=True)
    for index, column in enumerate(table.columns):
        words = header_words(column, marked=marked)
        # A line of a header that does not fit is broken; two lines are in sight.
        sheet.set_column(
            index, index, max(column.width, min(len(words), 28) + 2), book.add_format(cell_properties(column, language))
        )
        sheet.write_string(0, index, words, needed if marked and column.required else plain)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 0)
