"""Exports as answers: streamed while the rows are read, under a safe file name."""

from datetime import datetime

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from datahub.market_time import TALLINN
from portal.sheets import writing
from portal.sheets.file_names import sanitised
from portal.sheets.tables import Table
from portal.sheets.templates import make_template


def export_response(
    table: Table, rows: writing.Rows, *, form: str, language: str, name: str, now: datetime
) -> HttpResponseBase:
    """Stream a table to the client as it is made; `form` is xlsx or csv, `name` the file's name without an ending."""
    answer = StreamingHttpResponse(
        writing.WRITERS[form](table, rows, language=language), content_type=writing.CONTENT_TYPES[form]
    )
    return as_download(answer, f"{name} {now.astimezone(TALLINN):%Y-%m-%d %H%M}.{form}")


def template_response(table: Table, *, language: str, name: str) -> HttpResponseBase:
    """Answer with the template of a table."""
    return as_download(
        HttpResponse(make_template(table, language=language), content_type=writing.XLSX_TYPE), f"{name}.xlsx"
    )


def as_download(answer: HttpResponseBase, file_name: str) -> HttpResponseBase:
    """Make an answer a file to be saved, never shown by the browser."""
    answer["Content-Disposition"] = content_disposition_header(True, sanitised(file_name)) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
