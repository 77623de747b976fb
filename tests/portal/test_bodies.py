"""How much a page takes, what nobody keeps of it, and what the log says of a refusal. Source: `7-house.md`."""

import logging
import tempfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from datahub.market import Permission, Role
from datahub.page_middleware import MOST_OF_A_FORM
from datahub.wire.trace import RefusalFilter
from tests import cast
from tests.portal.people import Browser, acting_for

MULTIPART = "multipart/form-data; boundary=b"
MEGABYTE = 1024 * 1024


@pytest.fixture
def grid(db: None) -> Browser:
    cast.participant(cast.GRID_OPERATOR)
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR)


def multipart(size: int) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return head + b"x" * (size - len(head) - 9) + b"\r\n--b--\r\n"


@pytest.fixture
def no_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("a temporary file was written")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", refuse)


@pytest.mark.parametrize(
    "path", ["/language", "/theme", "/admin/login/", "/operator/metering-points/import", "/sign-in", "/nothing-here"]
)
def test_a_stranger_is_refused_before_anything_is_kept(db: None, no_temporary_files: None, path: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(path, multipart(4 * MEGABYTE), content_type=MULTIPART)
    assert answer.status_code == 413
    assert "no-store" in answer["Cache-Control"]


def test_the_largest_form_that_is_taken(grid: Browser) -> None:
    for size, status in ((MOST_OF_A_FORM, 403), (MOST_OF_A_FORM + 1, 413)):
        answer = grid.post("/operator/enquiries/new", multipart(size), content_type=MULTIPART)
        assert answer.status_code == status  # 403: no token in it


@pytest.mark.parametrize("path", ["/operator/metering-points/import", "/operator/readings/import"])
def test_a_workbook_may_be_larger_for_who_has_signed_in(grid: Browser, path: str) -> None:
    taken = grid.send(path, {"file": SimpleUploadedFile("f.xlsx", b"x" * (20 * MEGABYTE))})
    assert taken.status_code == 200
    refused = grid.send(path, {"file": SimpleUploadedFile("f.xlsx", b"x" * (21 * MEGABYTE))})
    assert refused.status_code == 413
    assert "20 MB" in refused.content.decode()


@pytest.mark.parametrize("path", ["/language", "/operator/users/add", "/admin/login/"])
def test_other_pages_take_no_files_of_anybody(grid: Browser, no_temporary_files: None, path: str) -> None:
    assert grid.post(path, multipart(4 * MEGABYTE), content_type=MULTIPART).status_code == 413


def test_a_length_that_is_none_is_taken_for_an_empty_body(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/language", b"x", content_type=MULTIPART, CONTENT_LENGTH="x")
    assert answer.status_code in {400, 403}


def test_no_refusal_is_kept_by_a_browser(grid: Browser) -> None:
    viewer = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT, name="viewer")
    answers = {
        403: viewer.get("/operator/users/"),
        404: grid.get("/operator/metering-points/nothing"),
        405: grid.send("/operator/users/", {}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert "no-store" in answer["Cache-Control"], status
    expired = grid.post("/language", {"language": "et"})
    assert expired.status_code == 403
    assert "no-store" in expired["Cache-Control"]


def test_a_refusal_is_one_line_of_the_log_and_a_crash_all_of_it() -> None:
    for name, status, is_written, has_stack in (
        # What Django says of a refusal names its path; the line of the request says the rest.
        ("django.request", 403, False, False),
        ("django.security.csrf", 403, True, False),
        ("django.security.csrf", 499, True, False),
        ("django.request", 500, True, True),
        ("django.request", None, True, True),
    ):
        record = logging.LogRecord(name, logging.WARNING, "", 1, "refused", (), (ValueError, None, None))
        if status is not None:
            record.status_code = status
        assert RefusalFilter().filter(record) is is_written
        assert bool(record.exc_info) is has_stack


@pytest.mark.parametrize(
    "address",
    [
        "/operator/enquiries/?changed_from=0001-01-01",
        "/operator/enquiries/?changed_to=9999-12-31",
        "/operator/connection-requests/?changed_from=0001-01-01",
        "/operator/connection-requests/?changed_to=9999-12-31",
        "/operator/readings/documents/?received_from=0001-01-01",
        "/operator/readings/documents/?received_to=9999-12-31",
        "/operator/enquiries/?changed_to=2200-01-01",
    ],
)
def test_a_day_out_of_the_calendar_is_wrong_at_its_field(grid: Browser, address: str) -> None:
    page = grid.get(address)
    assert page.status_code == 200
    assert "The year must be between 1970 and 2199." in page.content.decode()


def test_the_last_day_of_the_calendar_is_taken(grid: Browser) -> None:
    page = grid.get("/operator/enquiries/?changed_from=1970-01-01&changed_to=2199-12-31")
    assert page.status_code == 200
    assert "The year must be" not in page.content.decode()
