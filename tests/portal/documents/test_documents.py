"""Documents of readings: the list, how far each is, every fault."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market import Commodity, Permission, Role
from datahub.metering.models import MeteringPoint
from datahub.metering.services import documents
from tests.metering import messages
from tests.portal.documents.workbooks import (
    AUTUMN,
    GO2,
    NOW,
    PAGE,
    book_of,
    filled,
    operator,
    said_faults,
    send,
    template,
    text,
)
from tests.portal.people import acting_for


def listed(page: Any) -> list[str]:
    return re.findall(rf'href="{PAGE}documents/([0-9a-f-]+)"', page.content.decode())


def test_documents_of_the_role_are_listed_the_latest_first_and_filtered(point: MeteringPoint) -> None:
    good = messages.send(messages.whole_day(point.eic, AUTUMN, read_at=None), now=NOW - timedelta(days=2))
    bad = messages.send(
        messages.whole_day(point.eic, AUTUMN, read_at=None, amount=lambda slot: -1), now=NOW - timedelta(days=1)
    )
    old = messages.send(messages.whole_day(point.eic, AUTUMN, read_at=None), now=NOW - timedelta(days=40))
    browser = operator()
    page = browser.get(PAGE + "documents/")
    assert listed(page) == [str(bad.identification), str(good.identification)]
    assert '<td class="number">100</td>' in text(page)
    assert listed(browser.get(PAGE + "documents/", {"status": "ERROR"})) == [str(bad.identification)]
    assert listed(browser.get(PAGE + "documents/", {"identification": str(old.identification)})) == [
        str(old.identification)
    ]
    days = {
        "received_from": str(messages.day_of(NOW - timedelta(days=50))),
        "received_to": str(messages.day_of(NOW - timedelta(days=2))),
    }
    assert listed(browser.get(PAGE + "documents/", days)) == [str(good.identification), str(old.identification)]
    for query in ({"identification": "x"}, {"received_from": "2026-10-02", "received_to": "2026-10-01"}):
        page = browser.get(PAGE + "documents/", query)
        assert page.context["form"].errors and listed(page) == []


def test_documents_of_others_answer_as_such_that_do_not_exist(point: MeteringPoint) -> None:
    sent = messages.send(messages.whole_day(point.eic, AUTUMN, read_at=None), now=NOW)
    assert operator().get(f"{PAGE}documents/{sent.identification}").status_code == 200
    south = acting_for(GO2, Role.GRID_OPERATOR, name="south")
    answers = []
    for number in (sent.identification, uuid4()):
        answer = south.get(f"{PAGE}documents/{number}")
        assert answer.status_code == 404
        answers.append(re.sub(r'value="[A-Za-z0-9]{64}"|X-CSRFToken[^}]+', "", text(answer).replace(str(number), "")))
    assert answers[0] == answers[1]
    assert listed(south.get(PAGE + "documents/")) == []
    assert operator(commodity=Commodity.NATURAL_GAS).get(f"{PAGE}documents/{sent.identification}").status_code == 404
    assert operator(Permission.VIEWER_AGREEMENT, name="x").get(PAGE + "documents/").status_code == 403


def test_faults_come_in_pages_and_in_the_readers_language(point: MeteringPoint) -> None:
    days = [AUTUMN - timedelta(days=number) for number in range(3)]
    sent = messages.send(
        *[messages.whole_day(point.eic, day, read_at=None, amount=lambda slot: -1) for day in days[:2]], now=NOW
    )
    page = operator().get(f"{PAGE}documents/{sent.identification}")
    assert "196 errors" in text(page)
    first = said_faults(page)
    assert len(first) == 100
    second = said_faults(operator().get(f"{PAGE}documents/{sent.identification}", {"page": "2"}))
    assert len(second) == 96
    assert all(row[0] == point.eic for row in first + second)
    assert first[0][2] == "“Consumption, kWh” is \u22121, but cannot be negative."
    estonian = said_faults(operator(language="et").get(f"{PAGE}documents/{sent.identification}"))
    assert estonian[0][2] == "„Tarbimine, kWh“ on \u22121, aga ei saa olla negatiivne."


def test_what_could_not_be_worked_on_is_told_in_the_readers_language(point: MeteringPoint) -> None:
    sent = messages.accept(messages.whole_day(point.eic, AUTUMN, read_at=None), now=NOW)
    assert documents.give_up_forgotten_documents(now=NOW + timedelta(days=8)) == 1
    (fault,) = said_faults(operator(language="et").get(f"{PAGE}documents/{sent.identification}"))
    assert fault[2] == "Midagi läks valesti Andmelaos, mitte saadetud andmetes; saatke need uuesti."


def test_lists_of_documents_ask_the_same_of_the_database_however_many_there_are(point: MeteringPoint) -> None:
    browser = operator()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE + "documents/").status_code == 200
        return len(captured)

    messages.send(messages.whole_day(point.eic, AUTUMN, read_at=None, amount=lambda slot: -1), now=NOW)
    few = queries()
    for _ in range(5):
        messages.send(messages.whole_day(point.eic, AUTUMN, read_at=None, amount=lambda slot: -1), now=NOW)
    assert queries() <= few


def test_a_file_name_stands_as_text(point: MeteringPoint) -> None:
    browser = operator()
    file = filled(book_of(template(browser, point.eic)), lambda number, row: None)
    file.name = "<img src=x onerror=alert(1)>.xlsx"
    job = send(browser, file)
    page = browser.get(f"/operator/jobs/{job.pk}")
    assert b"<img" not in page.content
