"""A line of the log: what stands in it, in which form, and what never does."""

import json
import logging
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from datahub.local.supervisor import ROOT
from datahub.logs import config, formats
from datahub.logs.masking import MASK, masked
from datahub.wire import trace
from tests.logs.lines import written

logger = logging.getLogger("tests.logs")

CODE = "38001085718"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOFgifQ.c2lnbmF0dXJl-_x"


def test_a_line_says_when_how_bad_who_what_and_in_which_request() -> None:
    trace_id = trace.begin()
    trace.note(participant="38X-EIN-GO-----0")
    before = datetime.now(UTC)
    with written() as found:
        logger.warning("it is %s", "õhtu", extra={"service": "/meter", "status": 422, "duration_ms": 1.5})
    (record,) = found.records
    at = datetime.fromisoformat(record.pop("time"))
    assert at.utcoffset() == UTC.utcoffset(None) and abs((at - before).total_seconds()) < 5
    assert isinstance(record.pop("process"), int)
    assert record == {
        "level": "WARNING",
        "logger": "tests.logs",
        "trace": trace_id,
        "message": "it is õhtu",
        "service": "/meter",
        "status": 422,
        "duration_ms": 1.5,
        "participant": "38X-EIN-GO-----0",
    }
    line = found.line.getvalue()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING tests\.logs .*\n", line), line
    assert f"[{trace_id}] it is õhtu service=/meter status=422 duration_ms=1.5 participant=38X-EIN-GO-----0" in line


def test_what_is_known_of_a_request_ends_with_it() -> None:
    trace.begin()
    trace.note(participant="38X-EIN-GO-----0")
    trace.begin()
    with written() as found:
        logger.info("next")
        trace.end()
        logger.info("nobody's")
    first, second = found.records
    assert "participant" not in first and first["trace"] != "0" * 32
    assert second["trace"] == "0" * 32


def test_an_error_has_its_stack_in_one_field() -> None:
    with written() as found:
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            logger.exception("it failed")
    (record,) = found.records
    assert record["message"] == "it failed"
    assert record["exception"].startswith("Traceback (most recent call last):\n")
    assert record["exception"].endswith("ValueError: first\nsecond")
    assert len(found.json.getvalue().splitlines()) == 1
    assert "ValueError: first\nsecond\n" in found.line.getvalue()


@pytest.mark.parametrize("text", ["line\nbreak", "\u2028 \x00 \x1b[31m", 'quote " and \\', "lone \ud800"])
def test_whatever_is_said_stays_on_its_line(text: str) -> None:
    with written() as found:
        logger.info("it is %s", text)
    (line,) = found.json.getvalue().split("\n")[:-1]
    assert json.loads(line)["message"] == f"it is {text}"


def test_what_libraries_hang_onto_a_record_stays_out(rf: Any) -> None:
    with written() as found:
        logger.error("it failed", extra={"request": rf.get(f"/page?code={CODE}"), "data": {"kwargs": CODE}})
    assert CODE not in found.text
    assert "request" not in found.records[0]


# --- What must not stand in a log -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "written_as"),
    [
        (f"the customer {CODE} is", f"the customer {MASK} is"),
        (f"code={CODE}&x", f"code={MASK}&x"),
        (JWT, MASK),
        (f"Authorization: Bearer {JWT}", f"Authorization: Bearer {MASK}"),
        ("Authorization: Bearer opaque.token", f"Authorization: Bearer {MASK}"),
        ("authorization: Basic dXNlcjpwYXNz", f"authorization: Basic {MASK}"),
        ("client_id=a&client_secret=s3cr+t%21&x=1", f"client_id=a&client_secret={MASK}&x=1"),
        ("password='s3cret'", "password='s3cret'"),
        ("host=db password=s3cret user=hub", f"host=db password={MASK} user=hub"),
        ("redis://:s3cret@127.0.0.1:6379/0", f"redis://{MASK}@127.0.0.1:6379/0"),
        ("postgres://hub:s3cret@db/datahub", f"postgres://{MASK}@db/datahub"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", MASK),
        # What only looks a little like it.
        ("unit 38001985718 of 1234567890123", "unit 38001985718 of 1234567890123"),
        ("38ZGO-10000003-O at 2026-05-04T10:00:00Z", "38ZGO-10000003-O at 2026-05-04T10:00:00Z"),
        ("http://127.0.0.1:8000/api/v1/meter", "http://127.0.0.1:8000/api/v1/meter"),
    ],
)
def test_what_looks_like_a_secret_or_a_personal_code_is_masked(said: str, written_as: str) -> None:
    assert masked(said) == written_as


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        # Which key stands twice, which row fails, which value is none, which line of a COPY.
        f"INSERT INTO kept VALUES ('Mari Maasikas'), ('Mari Maasikas')",  # noqa: F541
        "INSERT INTO kept VALUES (NULL), ('Mari Maasikas')",
        "INSERT INTO kept (number) VALUES ('Mari Maasikas')",
        "SELECT 'Mari Maasikas'::integer",
    ],
)
def test_errors_of_the_database_are_logged_without_the_rows_that_they_are_about(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (name text PRIMARY KEY, number integer CHECK (number > 0))")
    with written() as found:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            logger.exception("a save failed")
            logger.warning("a save failed: %s", error)
            logger.warning("a save failed: %r", error)
    assert len(found.records) == 3
    assert "Mari Maasikas" not in found.text
    assert re.search(r"\((23505|23502|22P02)\)", found.text)


@pytest.mark.django_db
def test_of_errors_of_the_database_enough_is_left_to_know_what_happened() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (name text PRIMARY KEY)")
    with written() as found:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO kept VALUES ('a'), ('a')")
        except IntegrityError:
            logger.exception("a save failed")
    assert 'duplicate key value violates unique constraint "kept_pkey" (23505)' in found.records[0]["exception"]
    assert "test_formats.py" in found.records[0]["exception"]


# --- Which form, in which process -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("variables", "form"),
    [
        ({}, "json"),
        ({"DJANGO_SETTINGS_MODULE": "datahub.settings.production"}, "json"),
        ({"DJANGO_SETTINGS_MODULE": "datahub.settings.demo"}, "line"),
        ({"DJANGO_SETTINGS_MODULE": "datahub.settings.demo", "LOG_FORMAT": "json"}, "json"),
        ({"LOG_FORMAT": "line"}, "line"),
    ],
)
def test_production_logs_json_and_the_demo_lines(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], form: str
) -> None:
    for name in ("DJANGO_SETTINGS_MODULE", "LOG_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert isinstance(formats.formatter(), {"json": formats.Json, "line": formats.Line}[form])


@pytest.mark.parametrize(("name", "value"), [("LOG_FORMAT", "xml"), ("ACCESS_LOG", "some")])
def test_what_is_no_choice_is_refused_by_name(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "datahub.settings.demo", name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"{name} is '{value}': use" in done.stderr


def test_warnings_and_what_ends_a_thread_are_logged_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", config._thread_ended)
    with written() as found:
        thread = threading.Thread(target=lambda: 1 / 0, name="listen-x")
        thread.start()
        thread.join()
    (record,) = found.records
    assert record["message"] == "the thread listen-x ended by an error"
    assert "ZeroDivisionError" in record["exception"]
