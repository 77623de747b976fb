"""The workbook to be filled: one sheet with the headers, one that says what to write, lists to choose from."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from portal.sheets import messages
from portal.sheets.faults import said
from portal.sheets.styles import cell_properties, header_format, header_words, sheet_title, write_headers
from portal.sheets.tables import Column, ColumnKind, Table

INSTRUCTIONS = _("Instructions")
_LISTS = _("Lists")
_COLUMN, _NEEDED, _WHAT, _EXAMPLE = _("Column"), _("Required"), _("What to write"), _("Example")
_ONE_ROW = _("Write one row for each; leave the header row as it is. Columns marked with * must be filled in.")
_NUMBERS = _("Decimals may be written with a comma or a point.")
_TIMES = _("Write dates as 31.12.2026 and times as 31.12.2026 14:15, in Estonian time.")
_ALL_OR_NOTHING = _("If any row has an error, nothing is saved, and every error is listed.")
_POSSIBLE = _("Possible: %(choices)s.")
# So many rows may be filled in with the choices at hand, even if fewer stand there to begin with.
_ROWS_WITH_CHOICES = 5_000


def choices_of(column: Column) -> list[str]:
    """Give what may be chosen in a column, in the active language."""
    if column.kind is ColumnKind.BOOLEAN:
        return [gettext(messages.YES), gettext(messages.NO)]
    return [gettext(label) for label in column.choices.values()]


def make_template(table: Table, *, language: str, rows: Iterable[Mapping[str, str]] = ()) -> bytes:
    """Make the template of a table in a language; `rows` are texts to begin with, by the columns' keys."""
    file = BytesIO()
    with (
        translation.override(language),
        xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book,
    ):
        book.set_properties({"title": gettext(table.title)})
        sheet = book.add_worksheet(sheet_title(table.title))
        write_headers(book, sheet, table, language, marked=True)
        _write_help(book, table)
        lists = _write_lists(book, table)
        for index, column in enumerate(table.columns):
            if column.help:
                sheet.write_comment(0, index, gettext(column.help), {"x_scale": 2})
        formats = [book.add_format(cell_properties(column, language)) for column in table.columns]
        number = 0
        for number, values in enumerate(rows, start=1):
            for index, column in enumerate(table.columns):
                if values.get(column.key):
                    sheet.write_string(number, index, values[column.key], formats[index])
        for index, column in enumerate(table.columns):
            if column.key in lists:
                validation = {"validate": "list", "source": lists[column.key], "error_type": "stop"}
                last = max(number, _ROWS_WITH_CHOICES)
                sheet.data_validation(1, index, last, index, {**validation, **_validation_error()})
    return file.getvalue()


def _validation_error() -> dict[str, str]:
    return {"error_title": gettext("Not in the list")[:32], "error_message": gettext("Choose a value from the list.")}


def _write_help(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet: Any = book.add_worksheet(sheet_title(INSTRUCTIONS))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, gettext(table.title), book.add_format({"bold": True, "font_size": 14}))
    row = 1
    for sentence in (table.intro, _ONE_ROW, _NUMBERS, _TIMES, _ALL_OR_NOTHING):
        if sentence:
            sheet.merge_range(row, 0, row, 3, "", wrapped)
            sheet.write_string(row, 0, gettext(sentence), wrapped)
            sheet.set_row(row, 32)
            row += 1
    row += 1
    for index, (words, width) in enumerate(((_COLUMN, 32), (_NEEDED, 12), (_WHAT, 70), (_EXAMPLE, 26))):
        sheet.set_column(index, index, width)
        sheet.write_string(row, index, gettext(words), header_format(book))
    for column in table.columns:
        row += 1
        choices = choices_of(column)
        what = [gettext(column.help)] if column.help else []
        if choices:
            what.append(gettext(_POSSIBLE) % {"choices": gettext(messages.LIST_SEPARATOR).join(choices)})
        sheet.write_string(row, 0, header_words(column, marked=False), wrapped)
        sheet.write_string(row, 1, gettext(messages.YES if column.required else messages.NO), wrapped)
        sheet.write_string(row, 2, " ".join(what), wrapped)
        sheet.write_string(row, 3, said(column.right) if column.example else "", wrapped)


def _write_lists(book: xlsxwriter.Workbook, table: Table) -> dict[str, str]:
    """Write what may be chosen on a hidden sheet; give for each column the range where it stands."""
    listed = [column for column in table.columns if choices_of(column)]
    if not listed:
        return {}
    title = sheet_title(_LISTS)
    sheet = book.add_worksheet(title)
    sheet.hide()
    ranges = {}
    for index, column in enumerate(listed):
        choices = choices_of(column)
        for row, label in enumerate(choices):
            sheet.write_string(row, index, label)
        letter = xlsxwriter.utility.xl_col_to_name(index)
        ranges[column.key] = f"='{title}'!${letter}$1:${letter}${len(choices)}"
    return ranges
