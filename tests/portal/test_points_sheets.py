"""Metering points in workbooks: imported wholly or not at all, told row by row, exported as they can be imported."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market import Commodity, Permission, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.models import Unit
from datahub.parties import eic
from portal.jobs import services
from portal.jobs.models import Job, JobState
from portal.operator.points.tables import TABLES
from tests import cast
from tests.api import api
from tests.metering import points as bodies
from tests.metering.points import changed
from tests.portal.people import Browser, acting_for
from tests.portal.sheets import workbook

pytestmark = pytest.mark.django_db
LIST = "/operator/metering-points/"
IMPORT = f"{LIST}import"
TABLE = TABLES[Commodity.ELECTRICITY]
CODES = bodies.codes("38ZGO-1", 1500)
WITHOUT_END = next(body for number in range(1000) if eic.complete(body := f"38ZGO-1{number:08}").endswith("-"))
ROW: dict[str, Any] = {
    "type": "Regular",
    "metering_type": "Read remotely",
    "county": "Harju maakond",
    "municipality": "Tallinn",
    "consumption_scale": "Small consumer",
    "connection_state": "Connected",
    "resolution": "Quarter-hour",
    "customer_type": "Consumer",
    "transmission_network_eic": "38A-EE-98-4634-U",
}
PLACE = {"coordinate_system": "WGS84", "latitude": 58.79, "longitude": "24,78"}


@pytest.fixture
def owner() -> Browser:
    cast.participant(cast.GRID_OPERATOR)
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR)


def file_of(*rows: dict[str, Any], columns: list[str] | None = None) -> SimpleUploadedFile:
    """Write rows as a workbook with the table's headers, or with some of them."""
    keys = columns or [column.key for column in TABLE.columns]
    headers = [TABLE.column(key).header for key in keys]
    content = workbook(headers, *[[row.get(key) for key in keys] for row in rows]).getvalue()
    return SimpleUploadedFile("punktid.xlsx", content)


def imported(browser: Browser, *rows: dict[str, Any], columns: list[str] | None = None, **more: Any) -> Job:
    """Give a workbook on the page, and let a worker work on it."""
    answer = browser.send(IMPORT, {"file": file_of(*rows, columns=columns), **more})
    assert answer.status_code == 302, answer.context["form"].errors
    job = Job.objects.latest("created_at")
    assert answer["Location"] == f"/operator/jobs/{job.pk}"
    while services.work_next_job(now=job.created_at):
        pass
    job.refresh_from_db()
    return job


def told(job: Job) -> list[tuple[int | None, str, str]]:
    """Give what the report says, in its order: row, column, sentence."""
    return [(fault.row, fault.header, fault.say()) for fault in job.faults.order_by("pk")]


def test_new_points_are_added_and_own_ones_changed(owner: Browser) -> None:
    first = imported(
        owner,
        {**ROW, "eic": CODES[0]},
        {**ROW, "eic": CODES[1][:15], "production": "jah", "production_source": "Solar"},
    )
    assert (first.state, first.counts) == (JobState.DONE, {"Metering points added": 2}), told(first)
    second = imported(
        owner,
        {**ROW, "eic": CODES[0], "municipality": "Kehtna vald"},
        {**ROW, "eic": CODES[1], "production": "yes", "production_source": "SOLAR"},
        {**ROW, "eic": CODES[2], "storage_energy": "12,50", **PLACE},
    )  # fmt: skip
    assert second.state == JobState.DONE, told(second)
    assert second.counts == {
        "Metering points added": 1,
        "Metering points changed": 1,
        "Metering points left unchanged": 1,
    }
    changed, kept, new = MeteringPoint.objects.order_by("eic")
    assert (changed.municipality, changed.version, kept.version) == ("Kehtna vald", 2, 1)
    assert (str(new.storage_energy), new.latitude, new.coordinate_system) == ("12.50", 58.79, "WGS84")


def test_what_was_in_the_file_already_is_not_said_to_be_saved(owner: Browser) -> None:
    same = [{**ROW, "eic": code} for code in CODES[:2]]

    def shown(*rows: dict[str, Any]) -> str:
        return str(owner.get(f"/operator/jobs/{imported(owner, *rows).pk}").content.decode())

    assert "2 rows were read and saved." in shown(*same)
    again = shown(*same)
    assert "2 rows were read; nothing had to be changed." in again and "saved" not in again.split("<main", 1)[1]
    assert "<p>3 rows were read.</p>" in shown(*same, {**ROW, "eic": CODES[2]})


def test_columns_that_are_left_out_stay_and_empty_cells_empty(owner: Browser) -> None:
    imported(owner, {**ROW, "eic": CODES[0], "location_comment": "Behind the shed", "locality": "Kopli"})
    job = imported(
        owner, {"eic": CODES[0], "location_comment": None}, columns=["eic", "location_comment", "resolution"]
    )
    assert job.state == JobState.DONE, told(job)
    point = MeteringPoint.objects.get()
    assert (point.location_comment, point.locality, point.resolution) == ("", "Kopli", "PT15M")


@pytest.mark.parametrize(
    ("given", "column", "said"),
    [
        ({"eic": "38ZGO-10000018-X"}, "EIC code", "check character"),
        ({"eic": bodies.codes("38ZGO-2", 1)[0]}, "EIC code", "38ZGO-1"),
        ({"eic": "nonsense"}, "EIC code", "16 characters"),
        ({"eic": WITHOUT_END}, "EIC code", "no check character fits"),
        ({"eic": f"{WITHOUT_END}7"}, "EIC code", "no check character fits"),
        ({"type": None}, "Type of metering point", ""),
        ({"type": "Aggregation point", "parent_eic": CODES[9]}, "", "Aggregation"),
        ({"type": "Regulaarne"}, "Type of metering point", "possible"),
        ({"metering_type": None}, "How it is read", ""),
        ({"county": None}, "County", ""),
        ({"resolution": None}, "Resolution", ""),
        ({"resolution": "Day"}, "Resolution", "possible"),
        ({"customer_type": None}, "Type of customer", ""),
        ({"transmission_network_eic": CODES[9]}, "Transmission network", "network area"),
        ({"production": "yes"}, "Production source", ""),
        ({"production_source": "Solar"}, "Production source", ""),
        ({"storage_energy": "1,234"}, "Storage energy (kWh)", "decimals"),
        ({"storage_energy": -1}, "Storage energy (kWh)", "at least"),
        ({"production_capacity": "much"}, "Production capacity (kW)", "number"),
        ({"latitude": "59"}, "Coordinate system", ""),
        ({"coordinate_system": "WGS84", "latitude": 12, "longitude": 25}, "Latitude", "57.5"),
        ({"adr_id": 0}, "Address ID (ADR_ID)", "at least"),
        ({"postcode": "x" * 51}, "Postcode", "50"),
        ({"electrical_heating": "perhaps"}, "Electrical heating", "yes"),
        ({"parent_eic": CODES[9]}, "", ""),
    ],
)
def test_a_fault_is_told_with_its_row_and_column_and_nothing_is_saved(
    owner: Browser, given: dict[str, Any], column: str, said: str
) -> None:
    job = imported(owner, {**ROW, "eic": CODES[0]}, {**ROW, "eic": CODES[1], **given}, {**ROW, "eic": CODES[2]})
    assert job.state == JobState.FAILED
    found = told(job)
    assert {row for row, _, _ in found} == {3}, found
    if column:
        assert column in [header for _, header, _ in found], found
    assert said.lower() in " ".join(sentence for _, _, sentence in found).lower(), found
    assert not MeteringPoint.objects.exists() and not Unit.objects.exists()


def test_every_fault_is_told_in_one_pass(owner: Browser) -> None:
    job = imported(
        owner,
        {**ROW, "eic": CODES[0], "resolution": "Day"},
        {**ROW, "eic": CODES[1], "production": "yes"},
        {**ROW, "eic": "38ZGO-1"},
    )
    assert [row for row, _, _ in told(job)] == [2, 3, 4]
    assert (job.rows_done, job.rows_total) == (3, 3)


def test_an_empty_code_is_told_with_an_example(owner: Browser) -> None:
    job = imported(owner, {**ROW, "eic": None})
    ((_, header, sentence),) = told(job)
    assert header == "EIC code"
    assert sentence.startswith("The cell is empty, but a value is needed. A correct value would be, for example, 38Z")


def test_a_code_that_stands_there_twice_is_told(owner: Browser) -> None:
    job = imported(owner, {**ROW, "eic": CODES[0]}, {**ROW, "eic": CODES[0][:15]})
    assert job.state == JobState.FAILED
    ((row, header, sentence),) = told(job)
    assert (row, header) == (3, "EIC code") and "also in row 2" in sentence


def test_what_never_changes_is_told(owner: Browser) -> None:
    imported(owner, {**ROW, "eic": CODES[0]})
    job = imported(owner, {**ROW, "eic": CODES[0], "type": "Border point"})
    assert told(job)[0][1] == "Type of metering point"
    assert MeteringPoint.objects.get().type == "REGULAR"


def test_a_check_tells_what_would_happen_and_saves_nothing(owner: Browser) -> None:
    imported(owner, {**ROW, "eic": CODES[0]})
    units = Unit.objects.count()
    job = imported(owner, {**ROW, "eic": CODES[0], "county": "Hiiu maakond"}, {**ROW, "eic": CODES[1]}, check="on")
    assert job.state == JobState.DONE
    assert job.counts == {"Metering points that would be changed": 1, "Metering points that would be added": 1}
    assert MeteringPoint.objects.get().county == "Harju maakond" and Unit.objects.count() == units
    shown = owner.get(f"/operator/jobs/{job.pk}").content.decode()
    assert "2 rows were checked; nothing was saved." in shown and "read and saved" not in shown
    assert owner.get("/operator/jobs/").content.decode().count("Check only") == 1


def test_somebody_elses_point_is_not_changed(owner: Browser) -> None:
    cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    southern = bodies.codes("38ZGO-2", 1)[0]
    form = bodies.changed(bodies.ELECTRICITY, "meteringPoint.meterEic", southern)
    bodies.register(form, owner=cast.SOUTHERN_GRID_OPERATOR)
    hidden, nowhere = bodies.codes("38ZGO-2", 2)
    found = [told(imported(owner, {**ROW, "eic": code}))[0][2].replace(code, "") for code in (hidden, nowhere)]
    assert found[0] == found[1]


def test_gas_has_a_table_of_its_own() -> None:
    cast.participant(cast.GRID_OPERATOR)
    gas = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    table = TABLES[Commodity.NATURAL_GAS]
    headers = [column.header for column in table.columns]
    row = {**ROW, "eic": CODES[0], "resolution": "Day", "customer_type": "Protected consumer"}
    content = workbook(headers, [row.get(column.key) for column in table.columns]).getvalue()
    gas.send(IMPORT, {"file": SimpleUploadedFile("gaas.xlsx", content)})
    job = Job.objects.get()
    services.work_next_job(now=job.created_at)
    job.refresh_from_db()
    assert job.counts == {"Metering points added": 1}, told(job)
    assert "Electrical heating" not in headers


def test_an_aggregator_imports_points_under_their_parents(owner: Browser) -> None:
    imported(owner, {**ROW, "eic": CODES[0]})
    cast.participant(cast.AGGREGATOR)
    aggregator = acting_for(cast.AGGREGATOR, Role.AGGREGATOR, name="agregaator")
    code = bodies.codes("38ZAG-1", 1)[0]
    row = {"eic": code, "type": "Aggregation point", "metering_type": "Virtual", "adr_id": 7}
    job = imported(aggregator, {**row, "parent_eic": CODES[5]})
    assert told(job)[0][1] == "Parent metering point"
    assert imported(aggregator, {**row, "parent_eic": CODES[0]}).state == JobState.DONE
    again = imported(aggregator, {**row, "parent_eic": CODES[0], "adr_id": 8})
    assert again.counts == {"Metering points changed": 1}, told(again)
    mixed = imported(aggregator, {**row, "parent_eic": CODES[0], "resolution": "Hour"})
    assert mixed.state == JobState.FAILED


@pytest.mark.long
@pytest.mark.timeout(300)
def test_fifteen_hundred_points_are_imported(owner: Browser) -> None:
    job = imported(owner, *[{**ROW, "eic": code} for code in CODES])
    assert job.counts == {"Metering points added": 1500}, told(job)[:3]


def test_the_statements_of_an_import_are_the_same_for_each_row(owner: Browser) -> None:
    def asked(codes: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            imported(owner, *[{**ROW, "eic": code} for code in codes])
        return len(queries)

    asked(CODES[:1])
    few, many = asked(CODES[1:3]), asked(CODES[3:13])
    assert (many - few) % 8 == 0 and (many - few) // 8 <= 14


def test_the_template_has_every_column_with_its_help(owner: Browser) -> None:
    answer = owner.get(f"{LIST}template")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    headers = [str(cell.value).rstrip(" *") for cell in book.worksheets[0][1]]
    assert headers == [column.header for column in TABLE.columns]


def _exported(browser: Browser, **query: str) -> list[list[Any]]:
    answer = browser.get(f"{LIST}export", query)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return [[cell.value for cell in row] for row in book.worksheets[0].rows]


def test_what_the_list_finds_is_exported_and_can_be_imported_as_it_is(owner: Browser) -> None:
    imported(
        owner,
        {**ROW, "eic": CODES[0], **PLACE},
        {**ROW, "eic": CODES[1], "municipality": "Kehtna vald", "production": "yes", "production_source": "Wind",
         "production_capacity": 12.5},
    )  # fmt: skip
    MeteringPoint.objects.filter(eic=CODES[0]).update(location_comment="=1+1")
    headers, *rows = _exported(owner)
    assert headers == [column.header for column in TABLE.columns]
    assert [row[0] for row in rows] == sorted(CODES[:2])
    assert "=1+1" in rows[0]
    assert [row[0] for row in _exported(owner, municipality="Kehtna vald")[1:]] == [CODES[1]]
    # A spreadsheet program keeps the mark that says it is a text; openpyxl writes a formula instead.
    MeteringPoint.objects.filter(eic=CODES[0]).update(location_comment="")
    content = workbook(headers, *[[None if cell == "=1+1" else cell for cell in row] for row in rows]).getvalue()
    owner.send(IMPORT, {"file": SimpleUploadedFile("again.xlsx", content)})
    job = Job.objects.latest("created_at")
    services.work_next_job(now=job.created_at)
    job.refresh_from_db()
    assert job.counts == {"Metering points left unchanged": 2}, told(job)
    MeteringPoint.objects.filter(eic=CODES[0]).update(location_comment="=1+1")
    csv = b"".join(owner.get(f"{LIST}export", {"form": "csv"}).streaming_content).decode()
    assert "'=1+1" in csv and CODES[1] in csv


def test_every_text_that_can_be_stored_is_exported_and_imported_as_it_is(owner: Browser) -> None:
    comment = "Behind\tthe shed,\n1\u00a0st door – “left”"
    form = changed(bodies.ELECTRICITY, "meterLocation.comment", comment)
    sent = api(cast.GRID_OPERATOR).send("POST", "/api/v1/meter", {"meterMetadata": form})
    assert sent.status_code == 201, sent.content
    headers, *rows = _exported(owner)
    again = SimpleUploadedFile("again.xlsx", workbook(headers, *rows).getvalue())
    assert owner.send(IMPORT, {"file": again}).status_code == 302
    job = Job.objects.latest("created_at")
    while services.work_next_job(now=job.created_at):
        pass
    job.refresh_from_db()
    assert job.counts == {"Metering points left unchanged": 1}, told(job)
    assert MeteringPoint.objects.get().location_comment == comment


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("location_comment", "a\u202eb", "The text contains invisible characters. Type it again."),
        ("municipality", "a\u200bb", "The text contains invisible characters. Type it again."),
        ("municipality", "a\nb", "The text must be on one line."),
    ],
)
def test_a_text_that_hides_or_turns_is_refused_in_a_workbook(owner: Browser, column: str, text: str, said: str) -> None:
    job = imported(owner, {**ROW, "eic": CODES[0], column: text})
    assert job.state != JobState.DONE
    assert [sentence for _, _, sentence in told(job)] == [said]


def test_an_export_with_points_of_others_can_be_imported_and_theirs_are_passed_over(owner: Browser) -> None:
    imported(owner, {**ROW, "eic": CODES[0]}, {**ROW, "eic": CODES[1]})
    cast.participant(cast.AGGREGATOR)
    aggregator = acting_for(cast.AGGREGATOR, Role.AGGREGATOR, name="agregaator")
    theirs = bodies.codes("38ZAG-1", 1)[0]
    row = {"eic": theirs, "type": "Aggregation point", "metering_type": "Virtual", "adr_id": 7}
    imported(aggregator, {**row, "parent_eic": CODES[0]})
    headers, *rows = _exported(owner)
    assert theirs in [row[0] for row in rows]

    def load(rows: list[list[Any]]) -> Job:
        content = workbook(headers, *rows).getvalue()
        owner.send(IMPORT, {"file": SimpleUploadedFile("again.xlsx", content)})
        job = Job.objects.latest("created_at")
        services.work_next_job(now=job.created_at)
        job.refresh_from_db()
        return job

    job = load(rows)
    assert job.state == JobState.DONE, told(job)
    assert job.counts == {
        "Metering points left unchanged": 2,
        "Metering points of others in the file, skipped": 1,
    }
    # What is changed of another's is refused as a code of nobody would be.
    at = headers.index("County")
    changed = [[*row[:at], "Hiiu maakond", *row[at + 1 :]] if row[0] == theirs else row for row in rows]
    assert load(changed).state == JobState.FAILED


def test_exports_are_logged_and_bounded(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(owner, *[{**ROW, "eic": code} for code in CODES[:3]])
    _exported(owner)
    assert not AccessLog.objects.exists()
    monkeypatch.setattr("portal.operator.points.workbooks.MOST_EXPORTED", 2)
    answer = owner.get(f"{LIST}export", {"municipality": "Tallinn", "form": "csv"})
    assert answer["Location"] == f"{LIST}?municipality=Tallinn"
    assert "at most 2 metering points" in owner.get(answer["Location"]).content.decode()
    assert owner.get(f"{LIST}export", {"form": "exe"}).status_code == 302
    assert owner.get(f"{LIST}export", {"eic": "nonsense"}).status_code == 302


def test_who_may_not_is_refused(owner: Browser) -> None:
    viewer = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT, name="viewer")
    assert viewer.get(IMPORT).status_code == viewer.get(f"{LIST}template").status_code == 403
    assert viewer.send(IMPORT, {"file": file_of({**ROW, "eic": CODES[0]})}).status_code == 403
    assert viewer.get(f"{LIST}export").status_code == 200
    cast.participant(cast.OPEN_SUPPLIER)
    supplier = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, name="supplier")
    assert supplier.get(IMPORT).status_code == 403
    other = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, Permission.VIEWER_AGREEMENT, name="other")
    assert other.get(f"{LIST}export").status_code == 403
    assert owner.post(IMPORT, {"file": file_of({**ROW, "eic": CODES[0]})}).status_code == 403
    assert not Job.objects.exists()


def test_what_is_no_workbook_is_said_at_the_field(owner: Browser) -> None:
    answer = owner.send(IMPORT, {"file": SimpleUploadedFile("punktid.xlsx", b"eic;type")})
    assert answer.status_code == 200 and list(answer.context["form"].errors) == ["file"]
    assert eic.is_valid(CODES[0])
