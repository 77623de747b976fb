"""The first page: what waits for whom, what was told, what ends soon, and nothing that one may not see."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import ConnectionRequest
from datahub import partitions
from datahub.agreements.models import Agreement
from datahub.market import Commodity, DocumentStatus, Permission, ResourceType, Role
from datahub.market_time import TALLINN, day_of, day_start
from datahub.metering.models import MeterDataDocument
from datahub.metering.models.readings import DOCUMENTS
from datahub.parties.models import Party
from distribution.models import Address, DailyCount
from enquiries.models import Enquiry
from portal.operator import start_waiting
from tests import cast
from tests.portal.people import Browser, acting_for
from tests.portal.telling import tell

START = "/operator/"
OS, OS2, GO = cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER, cast.GRID_OPERATOR
EIC = "38ZGO-10000003-O"


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    for eic in (OS, OS2, GO):
        cast.participant(eic)
    cast.mari()


def operator(*permissions: Permission, **more: Any) -> Browser:
    return acting_for(GO, Role.GRID_OPERATOR, *permissions, name="operator", **more)


def supplier(*permissions: Permission, **more: Any) -> Browser:
    return acting_for(OS, Role.OPEN_SUPPLIER, *permissions, name="supplier", **more)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def tiles(browser: Browser) -> dict[str, tuple[str, str]]:
    """Give what waits: the count and the link, by the title."""
    found = re.findall(
        r'<p class="tile-count">(.*?)</p>\s*<h3 class="tile-title">(?:<a href="([^"]*)">)?([^<]*)',
        text(browser.get(START)),
    )
    return {title: (count, link) for count, link, title in found}


def enquiry(*, status: str = "OPEN", unread_by: str = "", commodity: str = "ELECTRICITY", receiver: str = GO) -> None:
    now = timezone.now() + timedelta(microseconds=Enquiry.objects.count())
    is_answered = unread_by == "SENDER" or status == "CLOSE"
    Enquiry.objects.create(
        sender=Party.objects.get(eic=OS),
        receiver=Party.objects.get(eic=receiver),
        commodity=commodity,
        meter_eic=EIC,
        customer_eic=cast.MARI,
        topic="DATA",
        request_status=status,
        unread_by=unread_by,
        created_at=now,
        request_changed_at=now,
        changed_at=now,
        response_id=uuid4() if is_answered else None,
        response_changed_at=now if is_answered else None,
    )


def connection_request(**answer: Any) -> None:
    now = timezone.now() + timedelta(microseconds=2 * ConnectionRequest.objects.count())
    answered_at = now + timedelta(microseconds=1)
    ConnectionRequest.objects.create(
        sender=Party.objects.get(eic=OS),
        receiver=Party.objects.get(eic=GO),
        commodity="ELECTRICITY",
        meter_eic=f"38ZGO-1000{ConnectionRequest.objects.count():04d}-X",
        customer_eic=cast.MARI,
        requested_state="DISCONNECTED",
        reason="DEBT",
        preferred_date=now.date(),
        created_at=now,
        request_changed_at=now,
        changed_at=answered_at if answer else now,
        **({**answer, "response_id": uuid4(), "response_changed_at": answered_at} if answer else {}),
    )


def document(*, status: str, days: float = 1, sender: str = GO, role: str = "GRID_OPERATOR") -> None:
    received_at = timezone.now() - timedelta(days=days)
    partitions.ensure(DOCUMENTS, since=received_at.date(), until=received_at.date())
    MeterDataDocument.objects.create(
        received_at=received_at,
        identification=uuid4(),
        sender=Party.objects.get(eic=sender),
        sender_role=role,
        commodity="ELECTRICITY",
        status=status,
        body_bytes=1,
        faults=[{"code": "x", "message": "x"}] if status == DocumentStatus.ERROR else [],
    )


def agreement(kind: str, provider: str, *, ends_in: float | None, customer: str = cast.MARI, **more: Any) -> Agreement:
    now = timezone.now()
    point = None
    if kind in ("SUPPLY", "GRID"):
        from tests.distribution.market import make_point

        point = make_point(f"38ZGO-1{Agreement.objects.count():07d}-X")
    return Agreement.objects.create(
        type=kind,
        point=point,
        service_provider=Party.objects.get(eic=provider),
        service_provider_role=more.pop("role", "OPEN_SUPPLIER"),
        customer=Party.objects.get(eic=customer),
        customer_role=more.pop("customer_role", ""),
        commodity=more.pop("commodity", "ELECTRICITY"),
        valid_from=now - timedelta(days=400),
        valid_to=None if ends_in is None else now + timedelta(days=ends_in),
        created_at=now,
        changed_at=now,
        **more,
    )


def test_an_empty_market_says_so_everywhere() -> None:
    page = text(operator().get(START))
    assert {title: count for title, (count, _) in tiles(operator()).items()} == {
        "Enquiries to answer": "0",
        "Connection requests to act on": "0",
        "Refused readings": "0",
    }
    assert page.count("Nothing is waiting.") == 3
    assert "No messages for you in the last 7 days" in page
    assert "No agreement of yours ends within 30 days" in page


def test_an_operator_sees_what_is_asked_of_it_and_what_was_refused() -> None:
    for status in ("OPEN", "OPEN", "CLOSE", "CANCEL"):
        enquiry(status=status)
    enquiry(commodity="NATURAL_GAS")
    connection_request()
    connection_request(response_state="REFUSED", response_reason="FAULT")
    connection_request(response_state="PLANNED", estimated_date=timezone.now().date() + timedelta(days=9))
    connection_request(response_state="PLANNED", estimated_date=timezone.now().date() - timedelta(days=1))
    document(status="ERROR")
    document(status="ERROR", days=8)
    document(status="SUCCESSFUL")
    document(status="ERROR", role="CLOSED_DISTRIBUTION_NETWORK")
    waiting = tiles(operator())
    assert waiting["Enquiries to answer"] == ("2", "/operator/enquiries/?status=OPEN")
    assert waiting["Connection requests to act on"] == ("2", "/operator/connection-requests/?which=waiting")
    assert waiting["Refused readings"][0] == "1"
    # Each leads to the same number of rows.
    for count, link in waiting.values():
        assert text(operator().get(link)).count('<th scope="row"') == int(count), link


def test_a_supplier_sees_the_answers_it_has_not_read_and_the_requests_that_were_refused() -> None:
    enquiry()
    enquiry(unread_by="SENDER")
    enquiry(status="CLOSE", unread_by="SENDER")
    enquiry(unread_by="RECEIVER")
    connection_request(response_state="REFUSED", response_reason="FAULT")
    connection_request()
    waiting = tiles(supplier())
    assert waiting["Unread answers"] == ("2", "/operator/enquiries/?unread=yes")
    assert waiting["Connection requests to act on"][0] == "1"
    # Only those who own metering points send readings.
    assert "Refused readings" not in waiting


@pytest.mark.parametrize(
    ("permission", "title"),
    [
        (Permission.VIEWER_DIRECT_MESSAGE, "Enquiries to answer"),
        (Permission.VIEWER_CONNECTION_STATE, "Connection requests to act on"),
        (Permission.VIEWER_METERING_DATA, "Refused readings"),
        (Permission.VIEWER_DATA_DISTRIBUTION, "Sent to you in the last 7 days"),
        (Permission.VIEWER_AGREEMENT, "Agreements that end within 30 days"),
    ],
)
def test_each_part_is_shown_to_those_alone_who_may_see_it(permission: Permission, title: str) -> None:
    assert title in text(operator(permission).get(START))
    assert title in text(acting_for(GO, Role.GRID_OPERATOR, name="admin").get(START))
    others = [
        one for one in Permission if one not in (permission, Permission.ADMIN) and permission not in _widened(one)
    ]
    assert title not in text(acting_for(GO, Role.GRID_OPERATOR, *others, name="others").get(START))


def _widened(permission: Permission) -> set[Permission]:
    """Give what somebody with a permission may do."""
    return {one for one in Permission if permission in one.granted_by()}


def test_a_role_without_anything_to_wait_for_says_so() -> None:
    page = text(operator(Permission.EDITOR_NETWORK_BILL).get(START))
    assert "Nothing comes to you in this role" in page
    assert Browser().get(START).status_code == 302
    assert operator().send(START, {}).status_code == 405


def test_what_was_told_is_drawn_by_day_and_leads_to_the_list() -> None:
    tell(OS, {}, {}, {})
    tell(OS, [], kind=ResourceType.AGREEMENT)
    tell(OS2, {}, {})
    today = day_of(datetime.now(UTC))
    address = Address.objects.get(participant_eic=OS)
    for back, messages in ((6, 4_321), (7, 99)):
        DailyCount.objects.create(
            address=address, day=today - timedelta(days=back), resource_type="METERING_DATA", messages=messages
        )
    page = text(supplier().get(START))
    assert "/operator/distribution/?type=METERING_POINT" in page
    assert "/operator/distribution/?type=METERING_DATA" in page
    assert "NETWORK_BILL" not in page
    table = page[page.index("<tbody>") : page.index("</tfoot>")]
    numbers = [re.sub(r"\s|\u202f|\u00a0", "", cell) for cell in re.findall(r'<td class="is-number">(.*?)</td>', table)]
    by_row = [numbers[first : first + 8] for first in range(0, len(numbers), 8)]
    assert by_row == [
        ["0", "0", "0", "0", "0", "0", "3", "3"],
        ["4321", "0", "0", "0", "0", "0", "0", "4321"],
        ["0", "0", "0", "0", "0", "0", "1", "1"],
        ["4321", "0", "0", "0", "0", "0", "4", "4325"],
    ]


def ending(browser: Browser) -> dict[tuple[str, str], tuple[str, str]]:
    """Give how many agreements end soon, as it is said, and the link to them, by type and side."""
    found = re.findall(
        r'<th scope="row"><a href="([^"]*)">([^<]+)</a></th>\s*<td>([^<]*)</td>\s*<td class="number">([^<]*)</td>',
        text(browser.get(START)),
    )
    return {(kind, side): (count, link) for link, kind, side, count in found}


def test_agreements_that_end_soon_are_counted_by_type_and_side() -> None:
    midnight = day_start(day_of(timezone.now()) + timedelta(days=5))
    first = agreement("SUPPLY", OS, ends_in=5)
    Agreement.objects.filter(pk=first.pk).update(valid_to=midnight)
    agreement("SUPPLY", OS, ends_in=29.9)
    agreement("SUPPLY", OS, ends_in=30.1)
    agreement("SUPPLY", OS, ends_in=None)
    agreement("SUPPLY", OS, ends_in=-1)
    agreement("SUPPLY", OS, ends_in=3, deleted_at=timezone.now())
    agreement("SUPPLY", OS, ends_in=3, commodity="NATURAL_GAS")
    agreement("SUPPLY", OS, ends_in=3, role="AGGREGATOR")
    agreement("SUPPLY", OS2, ends_in=3)
    # Nobody is told of a general service before it starts; of one that has started, whoever told of it or not yet.
    not_begun = agreement("GENERAL_SERVICE", OS, ends_in=3, quiet=True)
    Agreement.objects.filter(pk=not_begun.pk).update(valid_from=timezone.now() + timedelta(days=1))
    agreement("PORTFOLIO_SUPPLIER", OS2, ends_in=2, customer=OS, customer_role="OPEN_SUPPLIER")
    agreement("PORTFOLIO_SUPPLIER", OS, ends_in=9, customer=OS2, customer_role="OPEN_SUPPLIER")
    agreement("JOINT_INVOICE", OS2, ends_in=9, customer=OS, customer_role="GRID_OPERATOR")
    found = ending(supplier())
    assert {what: count for what, (count, _) in found.items()} == {
        ("Supply agreement", "Service provider"): "2",
        ("Portfolio agreement", "Service provider"): "1",
        ("Portfolio agreement", "Customer"): "1",
    }
    for count, link in found.values():
        assert text(supplier().get(link)).count('<th scope="row"') == int(count), link
    last = (midnight - timedelta(seconds=1)).astimezone(TALLINN).date()
    assert f'<time datetime="{last.isoformat()}">' in text(supplier().get(START))


def test_what_an_operator_is_the_customer_in_leads_to_it_too() -> None:
    agreement("GRID", GO, ends_in=3, role="GRID_OPERATOR")
    for kind in ("JOINT_INVOICE", "NAMED_SUPPLIER"):
        agreement(kind, OS, ends_in=3, customer=GO, customer_role="GRID_OPERATOR")
    # What it sells in another role it sees as the owner of the point, and does not provide as an operator.
    agreement("SUPPLY", GO, ends_in=3)
    found = ending(operator())
    assert {what: count for what, (count, _) in found.items()} == {
        ("Grid agreement", "Service provider"): "1",
        ("Joint invoice agreement", "Customer"): "1",
        ("Named supplier agreement", "Customer"): "1",
    }
    for count, link in found.values():
        assert text(operator().get(link)).count('<th scope="row"') == int(count) == 1, link
    assert text(operator().get("/operator/agreements/?state=ENDING")).count('<th scope="row"') == 1


def test_of_too_many_that_end_soon_those_that_end_first_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_waiting, "COUNTED", 3)
    for days in (2, 3, 4):
        agreement("SUPPLY", OS, ends_in=days)
    assert ending(supplier())["Supply agreement", "Service provider"][0] == "3"
    for days in (1, 5):
        agreement("SUPPLY", OS, ends_in=days)
    assert ending(supplier())["Supply agreement", "Service provider"][0] == "at least 4"


def test_counting_stops_where_lists_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_waiting, "COUNTED", 3)
    for _ in range(3):
        enquiry()
    assert tiles(operator())["Enquiries to answer"][0] == "3"
    enquiry()
    assert tiles(operator())["Enquiries to answer"][0] == "more than 3"


def test_it_asks_the_same_of_the_database_however_much_waits() -> None:
    browser = operator()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(START).status_code == 200
        return len(captured)

    queries()
    none = queries()
    for _ in range(3):
        enquiry()
        connection_request()
        document(status="ERROR")
        agreement("GRID", GO, role="GRID_OPERATOR", ends_in=3)
    tell(GO, {}, {}, role=Role.GRID_OPERATOR)
    assert queries() <= none
    assert none <= 12


def test_names_of_others_stand_as_text() -> None:
    Party.objects.filter(eic=GO).update(name="<script>alert(1)</script>")
    assert b"<script>alert" not in operator().get(START).content


def test_gas_has_its_own_page() -> None:
    enquiry(commodity="NATURAL_GAS")
    browser = operator(commodity=Commodity.NATURAL_GAS)
    assert tiles(browser)["Enquiries to answer"][0] == "1"
    assert tiles(acting_for(GO, Role.GRID_OPERATOR, name="other"))["Enquiries to answer"][0] == "0"
