"""The pages of imports: progress, the report; and whose they are."""

import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import UserGrant
from portal.jobs.forms import UploadForm
from portal.jobs.models import Job, JobFault, JobState
from portal.sheets import messages
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person
from tests.portal.sheets import EIC, HEADERS, row, workbook
from tests.portal.test_jobs_services import NOW, _kinds, operator, point_eic, submitted, worked

__all__ = ["_kinds"]
pytestmark = pytest.mark.django_db
LIST = "/operator/jobs/"
ROLE = f"operator:{cast.GRID_OPERATOR}:GRID_OPERATOR:ELECTRICITY"


@pytest.fixture
def browser() -> Browser:
    operator()
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR)


def page(job: Job, part: str = "") -> str:
    return f"{LIST}{job.pk}{part}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_the_list_says_when_it_is_empty_and_then_names_jobs(browser: Browser) -> None:
    assert "You have not imported anything" in text(browser.get(LIST))
    job = submitted(row())
    shown = text(browser.get(LIST))
    assert page(job) in shown and "punktid.xlsx" in shown and "Waiting" in shown
    assert "They are kept for 7 days." in shown


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ([Permission.EDITOR_METERING_POINT], {"/operator/metering-points/import"}),
        ([Permission.EDITOR_METERING_DATA], {"/operator/readings/import"}),
        ([Permission.ADMIN], {"/operator/metering-points/import", "/operator/readings/import"}),
    ],
)
def test_an_empty_list_leads_to_what_may_be_imported(permissions: list[Permission], shown: set[str]) -> None:
    operator()
    page = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, *permissions, name="clerk").get(LIST)
    assert {path for path in re.findall(r'href="([^"?]*)"', page.content.decode()) if path.endswith("/import")} == shown


def test_its_place_in_the_navigation_is_marked(browser: Browser) -> None:
    job = submitted(row())
    for path in (LIST, page(job)):
        assert f'<a href="{LIST}" aria-current="page">' in text(browser.get(path))
    assert f'<a href="{LIST}">' in text(browser.get("/operator/"))


@pytest.mark.parametrize("commodity", Commodity)
@pytest.mark.parametrize(
    ("permission", "is_for"),
    [
        (Permission.ADMIN, True),
        (Permission.EDITOR_METERING_POINT, True),
        (Permission.EDITOR_METERING_DATA, True),
        (Permission.VIEWER_METERING_POINT, False),
        (Permission.EDITOR_AGREEMENT, False),
    ],
)
def test_imports_are_for_who_may_import_something(permission: Permission, is_for: bool, commodity: Commodity) -> None:
    operator()
    browser = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, permission, commodity=commodity, name="reader")
    assert (f'<a href="{LIST}">' in text(browser.get("/operator/"))) is is_for
    answer = browser.get(LIST)
    assert answer.status_code == (200 if is_for else 403)
    assert is_for or "It needs the permission" in answer.content.decode()


def test_in_a_role_that_imports_nothing_imports_are_for_nobody() -> None:
    cast.participant(cast.OPEN_SUPPLIER)
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    assert LIST not in text(browser.get("/operator/"))
    answer = browser.get(LIST)
    assert answer.status_code == 403 and "not involved" in answer.content.decode()


def test_what_came_of_an_import_is_seen_by_who_may_import_nothing_any_more(browser: Browser) -> None:
    job = submitted(row())
    UserGrant.objects.update(permission=Permission.VIEWER_METERING_POINT)
    shown = text(browser.get(page(worked(job))))
    assert "You no longer have the permission" in shown and f'href="{LIST}"' not in shown


def test_the_page_is_asked_for_again_until_it_has_ended(browser: Browser) -> None:
    job = submitted(row(eic=point_eic(1)))
    assert f'<div id="work" hx-get="{page(job)}" hx-select="#work"' in text(browser.get(page(job)))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1, attempt_at=NOW)
    cache.set(f"portal:job:{job.pk}", (1234, 5678))
    assert 'max="5678" value="1234"' in text(browser.get(page(job)))
    Job.objects.filter(pk=job.pk).update(state=JobState.WAITING, attempts=0)
    worked(job)
    shown = text(browser.get(page(job)))
    assert "hx-get" not in shown.split("<main", 1)[1]
    assert "1 row was read and saved." in shown and "Metering points added" in shown


def test_a_page_that_asks_by_itself_is_told_plainly_when_there_is_no_more_to_see(browser: Browser) -> None:
    job = submitted(row())
    assert f'{{"X-Unasked": "{ROLE}"}}' in text(browser.get(page(job)))
    asked = {"HX-Request": "true", "X-Unasked": ROLE, "HX-Current-URL": f"http://testserver{page(job)}"}

    def answered(by: Browser) -> str:
        answer = by.get(page(job), headers=asked)
        # Of an error the page would say nothing and ask again; this status ends the asking, and is put into the page.
        assert (answer.status_code, answer["HX-Reselect"], "HX-Redirect" in answer) == (286, ".stopped", False)
        return str(answer.content.decode())

    assert browser.get(page(job), headers=asked).status_code == 200
    assert f'<a href="/sign-in?next={quote(page(job), safe="")}">' in answered(Browser())
    other = grant(person("worker"), cast.GRID_OPERATOR, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    browser.act_as(other)
    assert f'<a href="/role?next={quote(page(job), safe="")}">' in (shown := answered(browser))
    assert "You have changed your role" in shown
    UserGrant.objects.all().delete()
    assert "/role?next=" in answered(browser)


def test_a_document_that_may_be_seen_no_more_is_asked_for_no_more() -> None:
    operator()
    browser = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, Permission.VIEWER_AGREEMENT, name="reader")
    asked = {"HX-Request": "true", "X-Unasked": ROLE}
    answer = browser.get(f"/operator/readings/documents/{uuid4()}", headers=asked)
    assert (answer.status_code, answer["HX-Reswap"]) == (286, "innerHTML")
    assert "may no longer see this" in answer.content.decode()


def test_every_fault_is_shown_with_its_place_and_can_be_downloaded(browser: Browser) -> None:
    job = worked(submitted(row(kind="<script>alert(1)</script>"), row(eic="38ZGO-2000001820")))
    shown = text(browser.get(page(job)))
    assert "Nothing was saved." in shown and "2 errors" in shown
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown
    report = b"".join(browser.get(page(job, "/report")).streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(report)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Sheet", "Row", "Column", "Header", "Value found", "Error")
    assert rows[1] == (
        "Andmed",
        2,
        "B",
        "Type",
        "<script>alert(1)</script>",
        "This is not one of the possible values: Regular, Border.",
    )
    assert rows[2][:3] == ("Andmed", 3, "A")


def test_what_is_only_a_note_is_no_row_of_the_errors(browser: Browser) -> None:
    job = worked(submitted(row(kind="Sort")))
    JobFault.objects.create(job=job, is_note=True, msgid=messages.HIDDEN_ROWS, args={"count": 1})
    shown = text(browser.get(page(job)))
    assert "1 error" in shown and "Hidden rows were also read: 1." in shown
    report = io.BytesIO(b"".join(browser.get(page(job, "/report")).streaming_content))
    sheet = openpyxl.load_workbook(report).active
    assert sheet is not None
    assert len(list(sheet.iter_rows())) == 2


@pytest.mark.parametrize("path", [LIST, "{job}"])
def test_the_places_in_a_file_are_not_read_for_pages_that_show_none(browser: Browser, path: str) -> None:
    job = submitted(row())
    Job.objects.filter(pk=job.pk).update(places={"Andmed": {EIC: [[2, 0, 900, 96]]}})
    with CaptureQueriesContext(connection) as captured:
        text(browser.get(path.format(job=page(job))))
    asked = [one["sql"] for one in captured if '"portal_job"' in one["sql"]]
    assert asked and not [sql for sql in asked if "places" in sql]


def test_a_market_fault_is_said_in_the_language_of_who_looks() -> None:
    job = worked(submitted(row(eic="38ZGO-2000001820")))
    fault = job.faults.get()
    said = {}
    for language in ("et", "en"):
        with translation.override(language):
            said[language] = fault.say()
    assert all("38ZGO-2000001820" in sentence for sentence in said.values())
    assert "EIC code" in said["en"]


@pytest.mark.parametrize("part", ["", "/report"])
def test_a_strangers_job_is_as_one_that_does_not_exist(browser: Browser, part: str) -> None:
    colleague = submitted(row(), chosen=operator(name="colleague"))
    stranger = submitted(row(), chosen=operator(cast.SOUTHERN_GRID_OPERATOR, "stranger"))
    missing = browser.get(f"{LIST}{uuid4()}{part}")
    for job in (colleague, stranger):
        answer = browser.get(page(job, part))
        assert (answer.status_code, missing.status_code) == (404, 404)
    assert str(colleague.pk) not in text(browser.get(LIST))
    assert Browser().get(page(colleague, part)).status_code == 302


def test_an_upload_becomes_a_job_or_says_at_the_field_what_the_file_is() -> None:
    class Asked:
        acting = operator()
        now = datetime.now(UTC)

    def given(name: str, data: bytes) -> UploadForm:
        return UploadForm({}, {"file": SimpleUploadedFile(name, data)})

    form = given("../../x.xlsx", workbook(HEADERS, row()).getvalue())
    job = form.submitted(Asked, "TEST_IMPORT", {"day": "2026-01-01"})  # type: ignore[arg-type]
    assert job is not None and (job.file_name, job.parameters) == ("x.xlsx", {"day": "2026-01-01"})
    for data, words in ((b"", "empty"), (b"a;b", "text file"), (b"PK\x03\x04", "damaged")):
        form = given("x.xlsx", data)
        assert form.submitted(Asked, "TEST_IMPORT") is None  # type: ignore[arg-type]
        assert words in form.errors["file"][0]
