"""Workbooks of readings, filled and imported by the pages."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from datahub.market import Permission, Role
from datahub.metering.services import documents
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests import cast
from tests.portal.people import Browser, acting_for

PAGE = "/operator/readings/"
NOW = datetime.now(UTC)
GO, GO2, OS = cast.GRID_OPERATOR, cast.SOUTHERN_GRID_OPERATOR, cast.OPEN_SUPPLIER


def last_autumn() -> date:
    """Give the last day of 25 hours that is over: the last Sunday of an October."""
    for year in (NOW.year, NOW.year - 1):
        day = date(year, 10, 31)
        day -= timedelta(days=(day.weekday() + 1) % 7)
        if day < NOW.date():
            break
    return day


AUTUMN = last_autumn()


def operator(*permissions: Permission, **more: Any) -> Browser:
    return acting_for(GO, Role.GRID_OPERATOR, *permissions, **{"name": "operator", **more})


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def template(browser: Browser, *eics: str, first: str = str(AUTUMN), last: str = str(AUTUMN)) -> Any:
    return browser.send(PAGE + "template", {"points": "\n".join(eics), "first": first, "last": last})


def book_of(answer: Any) -> openpyxl.Workbook:
    assert answer["Content-Type"].startswith("application/vnd.openxml"), text(answer)
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def filled(book: openpyxl.Workbook, fill: Callable[[int, list[Any]], None]) -> SimpleUploadedFile:
    """Fill each row of a template: `fill` is given its number and its cells."""
    sheet = book.worksheets[0]
    for number, row in enumerate(sheet.iter_rows(min_row=2), start=2):
        fill(number, row)
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("lugemid.xlsx", file.getvalue())


def send(browser: Browser, file: SimpleUploadedFile) -> Job:
    """Import a file and work on it to its end; give the job."""
    answer = browser.send(PAGE + "import", {"file": file, "acting": browser_key(browser)})
    assert answer.status_code == 302, text(answer)
    job = Job.objects.get(pk=answer["Location"].rpartition("/")[2])
    while jobs.work_next_job(now=datetime.now(UTC)):
        pass
    while documents.work_next_document(now=datetime.now(UTC)):
        pass
    job.refresh_from_db()
    return job


def browser_key(browser: Browser) -> str:
    return str(browser.session["acting"])


def said_faults(page: Any) -> list[list[str]]:
    """Give the cells of the table of faults."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.content.decode(), re.DOTALL)
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        for row in rows
        if "<td" in row
    ]
