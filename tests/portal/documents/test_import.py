"""Workbooks of readings: made, filled, imported as a message like the API's, and every fault found at its row."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from datahub.market import Commodity, DocumentStatus, Permission, Role
from datahub.metering.models import MeterDataDocument, MeteringPoint
from datahub.metering.services import documents
from portal.jobs import services as jobs
from portal.jobs.models import Job, JobState
from portal.operator.points.tables import TABLES
from portal.operator.readings.workbooks import TemplateForm
from tests.metering import messages, points
from tests.metering.messages import GAS
from tests.portal.documents.workbooks import (
    AUTUMN,
    GO2,
    NOW,
    OS,
    PAGE,
    book_of,
    filled,
    operator,
    said_faults,
    send,
    template,
    text,
)
from tests.portal.people import Browser, acting_for

# --- the workbook to be filled --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "count"), [("2026-10-25", 100), ("2026-03-29", 92), ("2026-10-24", 96)])
def test_a_workbook_has_a_row_for_each_interval_of_the_day(point: MeteringPoint, day: str, count: int) -> None:
    rows = list(book_of(template(operator(), point.eic, first=day, last=day)).worksheets[0].values)
    assert len(rows) == count + 1
    assert {row[0] for row in rows[1:]} == {point.eic}
    assert len({row[1] for row in rows[1:]}) == count


def test_a_workbook_of_gas_days_begins_at_seven() -> None:
    point = points.register(points.GAS, now=NOW - timedelta(days=400), commodity=GAS)
    browser = operator(commodity=Commodity.NATURAL_GAS)
    rows = list(book_of(template(browser, point.eic, first="2026-10-24", last="2026-10-26")).worksheets[0].values)
    assert [row[1] for row in rows[1:]] == ["24.10.2026 07:00", "25.10.2026 07:00", "26.10.2026 07:00"]
    assert any("m³" in str(header) for header in rows[0])


def test_points_of_somebody_else_and_such_that_do_not_exist_are_refused_alike(point: MeteringPoint) -> None:
    other = points.register(
        points.changed(points.ELECTRICITY, "meteringPoint.meterEic", points.codes("38ZGO-2", 1)[0]), owner=GO2
    )
    for eic in (other.eic, points.codes("38ZGO-19", 1)[0], "nonsense", "<script>alert(1)</script>"):
        page = template(operator(), point.eic, eic)
        assert page.status_code == 200
        assert page.context["form"].errors["points"] == [
            f"No metering point of yours has this code: {eic.upper()[:20]}"
        ]
        assert b"<script>alert" not in page.content.lower()


@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [
        ("", "2026-10-25", "first", "required"),
        ("2026-10-26", "2026-10-25", "last", "is before"),
        ("2026-10-25", "2028-10-25", "last", "too many days"),
        ("2025-11-01", "2026-11-30", "last", "at most 36500"),
        ("1970-06-01", "2026-10-25", "first", "no readings for that day"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    point: MeteringPoint, first: str, last: str, field: str, said: str
) -> None:
    page = template(operator(), point.eic, first=first, last=last)
    assert said in " ".join(page.context["form"].errors[field])


def test_rows_are_counted_before_any_is_made(point: MeteringPoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: TemplateForm) -> Any:
        raise AssertionError("rows were made for a workbook that is refused")

    monkeypatch.setattr(TemplateForm, "rows", never)
    page = template(operator(), point.eic, first="2025-11-01", last="2026-11-30")
    # 395 days, of which one has an hour more and one an hour less.
    assert "That would be 37920 rows" in " ".join(page.context["form"].errors["last"])


# --- the import -----------------------------------------------------------------------------------------------------


def test_a_filled_workbook_is_saved_as_the_api_would_save_it(point: MeteringPoint) -> None:
    browser = operator(language="et")
    # Numbers as people type them: with a comma, as text, as numbers.
    typed = ["1,5", 2.25, "0,001", 3]

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = typed[number % 4]
        row[4].value = None if number % 2 else "0"
        if number == 2:
            row[5].value = "Hinnanguline"

    job = send(browser, filled(book_of(template(browser, point.eic)), fill))
    assert job.state == JobState.DONE, [fault.say() for fault in job.faults.all()]
    document = MeterDataDocument.objects.get(identification=job.pk)
    assert document.status == DocumentStatus.SUCCESSFUL, document.faults
    kept = messages.stored(point, AUTUMN)
    assert len(kept["OUT"]) == 100
    starts = sorted(kept["OUT"])
    assert [kept["OUT"][start][0] for start in starts[:4]] == [1, 3000, 1500, 2250]
    assert [kept["OUT"][start][2] for start in starts[:2]] == ["E", "M"]
    assert len(kept["IN"]) == 50
    page = text(browser.get(f"{PAGE}documents/{job.pk}"))
    assert "lugemid.xlsx" in page


def test_from_the_file_to_the_document_the_page_leads_on(point: MeteringPoint) -> None:
    browser = operator()

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = 1

    file = filled(book_of(template(browser, point.eic)), fill)
    answer = browser.send(PAGE + "import", {"file": file})
    progress = answer["Location"]
    page = text(browser.get(progress))
    assert "It is queued" in page and f'hx-get="{progress}" hx-select="#work"' in page
    jobs.work_next_job(now=datetime.now(UTC))
    document = browser.get(progress)["Location"]
    page = text(browser.get(document))
    assert "In progress" in page and 'hx-select="#work"' in page and 'hx-trigger="every 2s"' in page
    documents.work_next_document(now=datetime.now(UTC))
    page = text(browser.get(document))
    assert "All of its readings were saved" in page and "hx-trigger" not in page
    # The job itself has only read them, and leads on.
    page = text(browser.get(f"/operator/jobs/{document.rpartition('/')[2]}"))
    assert "rows were read." in page and "read and saved" not in page and f'href="{document}"' in page


def test_gas_has_volumes_and_its_days_begin_at_seven() -> None:
    point = points.register(points.GAS, now=NOW - timedelta(days=400), commodity=GAS)
    browser = operator(commodity=Commodity.NATURAL_GAS)

    def fill(number: int, row: list[Any]) -> None:
        row[3].value, row[4].value = "10,5", "1,234"

    book = book_of(template(browser, point.eic, first=str(AUTUMN - timedelta(days=1))))
    job = send(browser, filled(book, fill))
    document = MeterDataDocument.objects.get(identification=job.pk)
    assert document.status == DocumentStatus.SUCCESSFUL, document.faults
    assert [value[0] for value in messages.stored(point, AUTUMN)["OUT_M3"].values()] == [1234]


def test_faults_of_the_file_name_sheet_row_and_column_and_nothing_is_handed_over(point: MeteringPoint) -> None:
    browser = operator()

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = {5: "1,2345", 6: "zwölf", 7: 1.0001}.get(number, 1)
        if number == 8:
            row[1].value = f"{AUTUMN:%d.%m.%Y} 03:15"

    job = send(browser, filled(book_of(template(browser, point.eic)), fill))
    assert job.state == JobState.FAILED
    assert not MeterDataDocument.objects.exists()
    faults = {fault.row: fault for fault in job.faults.all()}
    assert sorted(faults) == [5, 6, 7, 8]
    assert "decimals" in faults[5].say() and faults[5].column == "D" and faults[5].sheet == "Readings"
    assert "decimals" in faults[7].say()
    assert faults[8].column == "B"
    assert browser.get(f"{PAGE}import/{job.pk}")["Location"] == f"/operator/jobs/{job.pk}"


def test_faults_of_the_market_are_found_at_their_rows(point: MeteringPoint) -> None:
    browser = operator()

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = -1 if number in (4, 90) else 1
        if number == 50:
            row[1].value = f"{AUTUMN:%d.%m.%Y} 12:07"

    job = send(browser, filled(book_of(template(browser, point.eic)), fill))
    assert job.state == JobState.DONE
    page = browser.get(f"{PAGE}documents/{job.pk}")
    assert "Nothing was saved." in text(page)
    found = said_faults(page)
    assert [row[:3] for row in found] == [["Readings", number, point.eic] for number in ("4", "50", "90")]
    assert not messages.stored(point, AUTUMN)


def test_what_is_wrong_with_the_point_itself_stands_at_its_row(point: MeteringPoint) -> None:
    strange = points.codes("38ZGO-19", 1)[0]

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = 1
        if number == 7:
            row[0].value = strange
        if number == 9:
            row[0].value = "38ZGO-99"

    job = send(operator(), filled(book_of(template(operator(), point.eic)), fill))
    # A code that is none is found while the message is made, a stranger's in the same pass.
    assert job.state == JobState.FAILED
    found = [(fault.row, fault.column, fault.shown) for fault in job.faults.order_by("pk")]
    assert found == [(7, "A", strange), (9, "A", "38ZGO-99")]


def test_what_the_market_refuses_is_told_beside_what_the_cells_have(point: MeteringPoint) -> None:
    strange = points.codes("38ZGO-19", 1)[0]

    def fill(number: int, row: list[Any]) -> None:
        row[3].value = {3: "zwölf", 4: -1}.get(number, 1)
        if number == 5:
            row[1].value = f"{AUTUMN:%d.%m.%Y} 01:07"
        if number == 6:
            row[0].value = strange
        if number == 7:
            row[1].value = "01.01.2020 00:00"
        if number == 8:
            row[1].value = f"{AUTUMN:%d.%m.%Y} 00:00"
        if number == 9:
            row[1].value = f"01.01.{NOW.year + 2} 00:00"

    job = send(operator(), filled(book_of(template(operator(), point.eic)), fill))
    assert job.state == JobState.FAILED and not MeterDataDocument.objects.exists()
    found = [(fault.row, fault.column, fault.shown) for fault in job.faults.order_by("pk")]
    day = f"{AUTUMN:%d.%m.%Y}"
    assert found == [
        (3, "D", "zwölf"),
        (4, "D", "-1"),
        (5, "B", f"{day} 01:07"),
        (6, "A", strange),
        (7, "B", "01.01.2020 00:00"),
        (8, "B", f"{day} 00:00"),
        (9, "B", f"01.01.{NOW.year + 2} 00:00"),
    ]
    assert "also in row 2" in job.faults.get(row=8).say()


def test_a_workbook_of_something_else_is_told_in_one_sentence(point: MeteringPoint) -> None:
    file = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([column.header for column in TABLES[Commodity.ELECTRICITY].columns])
    sheet.append([point.eic])
    # One header that both have.
    sheet["B1"].value = "Type of reading"
    book.save(file)
    job = send(operator(), SimpleUploadedFile("punktid.xlsx", file.getvalue()))
    (fault,) = job.faults.all()
    assert fault.say().startswith("No sheet has the headers of the table.")


def test_rows_without_a_quantity_are_passed_over_and_a_file_of_such_alone_is_refused(point: MeteringPoint) -> None:
    browser = operator()

    def some(number: int, row: list[Any]) -> None:
        if number > 99:
            row[3].value = 1

    job = send(browser, filled(book_of(template(browser, point.eic)), some))
    assert len(messages.stored(point, AUTUMN)["OUT"]) == 2
    assert job.counts == {"Readings sent for checking": 2}
    job = send(browser, filled(book_of(template(browser, point.eic)), lambda number, row: None))
    assert job.state == JobState.FAILED
    assert [fault.say() for fault in job.faults.all()] == ["There is no row with a quantity."]


def test_a_volume_without_energy_is_refused_at_its_cell() -> None:
    point = points.register(points.GAS, now=NOW - timedelta(days=400), commodity=GAS)
    browser = operator(commodity=Commodity.NATURAL_GAS)

    def fill(number: int, row: list[Any]) -> None:
        row[4].value = "1,234"

    job = send(browser, filled(book_of(template(browser, point.eic)), fill))
    assert job.state == JobState.FAILED
    assert [(fault.row, fault.column) for fault in job.faults.all()] == [(2, "D")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 old", b"<html></html>"])
def test_what_is_no_workbook_is_refused_at_the_field(content: bytes) -> None:
    page = operator().send(PAGE + "import", {"file": SimpleUploadedFile("x.xlsx", content)})
    assert page.status_code == 200
    assert page.context["form"].errors["file"]
    assert not Job.objects.exists()


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["template", "import"])
def test_only_those_who_may_send_readings_import_them(path: str) -> None:
    assert operator(Permission.VIEWER_METERING_DATA, name="reader").get(PAGE + path).status_code == 403
    assert acting_for(OS, Role.OPEN_SUPPLIER, name="supplier").get(PAGE + path).status_code == 403
    assert Browser().get(PAGE + path).status_code == 302
    assert operator(Permission.EDITOR_METERING_DATA, name="writer").get(PAGE + path).status_code == 200
    reader = operator(Permission.VIEWER_METERING_DATA, name="reader")
    assert "/readings/import" not in text(reader.get(PAGE))
    assert reader.send(PAGE + path, {}).status_code == 403


def test_an_import_is_shown_to_its_own_person_alone(point: MeteringPoint) -> None:
    browser = operator()
    job = send(browser, filled(book_of(template(browser, point.eic)), lambda number, row: None))
    for number in (job.pk, uuid4()):
        assert operator(name="other").get(f"{PAGE}import/{number}").status_code == 404
    assert operator(name="other").get(f"{PAGE}documents/{job.pk}").status_code == 404
