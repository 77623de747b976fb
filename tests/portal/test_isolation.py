"""What is somebody else's is no page: the same answer, by the same statements, as of what does not exist.

Each page of the operator web app that is about one thing is asked for a stranger's and for nobody's. Those of the
client portal are asked in `tests/portal/client/test_isolation.py`.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import ConnectionRequest
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from distribution.models import Address, LogState, Message
from portal.jobs.models import Job
from tests.access.statements import statements_of
from tests.access.test_strangers import NO_POINT
from tests.agreements import market
from tests.agreements.conftest import built, days_of_the_market
from tests.agreements.market import HOUSE, JAAN, MARI, NORTH, NOW, SOUTH, SUN, WIND, day, fact, standing
from tests.api import technical_user
from tests.connections import sending
from tests.enquiries import asking
from tests.metering import messages
from tests.portal.client.test_isolation import alike
from tests.portal.pages import ANSWERERS, NOBODYS, PAGES
from tests.portal.people import Browser, acting_for, grant, person

__all__ = ["built", "days_of_the_market"]
pytestmark = pytest.mark.usefixtures("_lives")
NUMBER = 999_999_999
LATER = "2026-06-01"
_NONCE = re.compile(r'(name="(csrfmiddlewaretoken|form_id|next)" value|content)="[^"]*"')


@pytest.fixture
def _lives(built: None) -> Iterator[None]:
    """Mari's house is the northern operator's, the sun sells to her; nothing is the wind's or the southern grid's."""
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2024, 1, 1)),
        fact(AgreementType.JOINT_INVOICE, SUN, NORTH, None, day(2024, 1, 1), customer_role=Role.GRID_OPERATOR),
    )
    MeteringPoint.objects.update(resolution="PT15M")
    messages.make_room(NOW)
    with time_machine.travel(NOW, tick=False):
        yield


# --- a thing of each kind that is a stranger's ------------------------------------------------------------------------


def _enquiry() -> object:
    return asking.ask(asking.request(meter_eic=HOUSE, customer_eic=JAAN, receiver_eic=NORTH), now=NOW).pk


def _request() -> object:
    sending.ask()
    return ConnectionRequest.objects.get().pk


def _document() -> object:
    sent = messages.whole_day(HOUSE, read_at=None)
    return messages.accept(sent, sender=market.party(NORTH), now=NOW - timedelta(minutes=1)).identification


def _job() -> object:
    return Job.objects.create(
        kind="READINGS_IMPORT",
        user=person("somebody else"),
        participant=market.party(NORTH),
        role=Role.GRID_OPERATOR,
        commodity=Commodity.ELECTRICITY,
        language="en",
        file_name="theirs.xlsx",
        created_at=NOW,
    ).pk


def _message() -> object:
    address = Address.objects.create(participant_eic=NORTH, role=Role.GRID_OPERATOR, commodity=Commodity.ELECTRICITY)
    LogState.objects.update(last_id=7, complete_until=NOW, reserved_id=7)
    made = NOW - timedelta(minutes=1)
    Message.objects.create(
        id=7, created_at=made, unit_id=7, address=address, resource_type="METERING_POINT", reason="UPDATE",
        pack_offset=0, pack_length=0,
    )  # fmt: skip
    return 7


def _person() -> object:
    theirs = person("their worker")
    grant(theirs, NORTH, Role.GRID_OPERATOR)
    return theirs.pk


def _system() -> object:
    return technical_user(NORTH).pk


# A stranger's thing and nobody's, with the pages that are about one.
THINGS: dict[str, tuple[Callable[[], object], object, set[str]]] = {
    "enquiry": (
        _enquiry,
        NOBODYS,
        {"enquiry", "cancel-enquiry", "change-enquiry", "answer-enquiry", "close-enquiry"},
    ),
    "connection request": (
        _request,
        NOBODYS,
        {"connection-request"}
        | {f"{act}-connection-request" for act in ("change", "cancel", "plan", "refuse", "done")},
    ),
    "metering point": (lambda: HOUSE, NO_POINT, {"point", "change-point"}),
    "agreement": (
        lambda: Agreement.objects.get(type=AgreementType.SUPPLY).pk,
        NUMBER,
        {"agreement", "change-agreement", "end-agreement", "delete-agreement"},
    ),
    "document": (_document, NOBODYS, {"document"}),
    "message": (_message, NUMBER, {"message", "message-content"}),
    "import": (_job, NOBODYS, {"job", "job-report", "reading-import-progress"}),
    "person": (_person, NUMBER, {"user", "remove-user"}),
    "technical user": (
        _system,
        NUMBER,
        {"technical-user", "change-technical-user", "remove-technical-user", "new-secret", "secret"}
        | {"switch-off", "switch-on"},
    ),
}
# What stands in the address of a page that is about a kind of things, not about one.
ABOUT_A_KIND = {"register-agreement"}


class Strangers:
    """People who may do everything for participants that have nothing to do with any of it."""

    def __init__(self) -> None:
        self.supplier = acting_for(WIND, Role.OPEN_SUPPLIER)
        self.operator = acting_for(SOUTH, Role.GRID_OPERATOR, name="of the south")

    def of(self, name: str) -> Browser:
        """Give the browser of one who may open a page."""
        roles = PAGES[name].roles
        assert Role.OPEN_SUPPLIER in roles or roles & ANSWERERS
        return self.supplier if Role.OPEN_SUPPLIER in roles else self.operator


def _asked(browser: Browser, method: str, url: str, **query: str) -> tuple[Any, list[str]]:
    token = browser.token()
    sent = {"last_day": LATER, "comment": "x", "csrfmiddlewaretoken": token, "form_id": str(uuid4())}
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        answer = browser.get(url, query) if method == "GET" else browser.post(url, sent)
        transaction.set_rollback(True)
    return answer, statements_of(captured)


def _check(
    browser: Browser, name: str, theirs: object, nobodys: object, url: Callable[[object], str], **query: Any
) -> None:
    for method in sorted(PAGES[name].methods):

        def asked(one: object, method: str = method) -> tuple[Any, list[str]]:
            filled = {key: value(one) if callable(value) else value for key, value in query.items()}
            return _asked(browser, method, url(one), **filled)

        asked(nobodys)
        nothing, statements = asked(nobodys)
        found, statements_of_theirs = asked(theirs)
        # A file is asked for on a page: who may not have it is led back there.
        assert found.status_code in {302, 404}, (name, method)
        assert _said(found, theirs) == _said(nothing, nobodys), (name, method)
        assert "\n".join(statements_of_theirs) == "\n".join(statements), (name, method)


def _said(answer: Any, one: object) -> tuple[Any, ...]:
    status, location, body, cookies = alike(answer, str(one))
    headers = {key: value for key, value in answer.headers.items() if key not in {"Expires", "Content-Length"}}
    said = json.dumps([location, headers]).replace(str(one), "…")
    return status, _NONCE.sub("", body), cookies, said


def test_every_page_about_one_thing_is_asked() -> None:
    asked = {name for _, _, names in THINGS.values() for name in names}
    assert asked == {name for name, page in PAGES.items() if page.about} - ABOUT_A_KIND


@pytest.mark.parametrize("thing", THINGS)
def test_a_page_about_a_strangers_thing_is_a_page_about_nothing(thing: str) -> None:
    made, nobodys, names = THINGS[thing]
    theirs, strangers = made(), Strangers()
    for name in sorted(names):
        _check(
            strangers.of(name), name, theirs, nobodys, lambda one, name=name: reverse(f"operator:{name}", args=[one])
        )


def test_readings_of_a_strangers_point_are_those_of_none() -> None:
    query = {"point": str, "span": "day", "day": "2026-05-03", "form": "csv"}
    strangers = Strangers()
    for name in ("readings", "reading-data", "reading-file"):
        _check(strangers.of(name), name, HOUSE, NO_POINT, lambda _, name=name: reverse(f"operator:{name}"), **query)
