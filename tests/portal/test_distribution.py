"""The pages of distribution: what was told, its content readable and raw, the request that fetches it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market import Commodity, Permission, ResourceType, Role
from distribution.models import Message
from distribution.selectors import content as content_store
from portal.words.contents import MOST_RAW
from tests import cast
from tests.api import api
from tests.distribution.test_services import away
from tests.metering.points import ELECTRICITY, register
from tests.portal.people import Browser, acting_for
from tests.portal.telling import tell

LIST = "/operator/distribution/"
OS, OS2, GO = cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER, cast.GRID_OPERATOR
EIC = "38ZGO-10000003-O"
POINT = {
    "meteringPoint": {"meterEic": EIC, "meteringType": "REMOTE_READING", "meteringPointType": "REGULAR"},
    "meterLocation": {"streetAddress": "Kase 3", "municipality": "Tallinn", "comment": "<script>alert(1)</script>"},
    "electricityCharacteristics": {"resolution": "PT15M", "production": False, "storageCapacity": 12.5},
}
AGREEMENT = [
    {
        "meterEic": EIC,
        "agreementType": "SUPPLY",
        "commodityType": "ELECTRICITY",
        "validFrom": "2026-05-03T21:00:00Z",
        "customerEic": cast.MARI,
        "preliminaryTerminationFee": True,
    }
]


@pytest.fixture(autouse=True)
def _market(db: None) -> Iterator[None]:
    content_store._kept = content_store._Packs(0)
    for eic in (OS, OS2, GO):
        cast.participant(eic)
    yield


def supplier(*permissions: Permission, eic: str = OS, **more: Any) -> Browser:
    return acting_for(eic, Role.OPEN_SUPPLIER, *permissions, **more)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def without_path(answer: Any) -> str:
    """Give a page without what differs by each answer: where it is, and the token of its forms."""
    return re.sub(
        r"/operator/distribution/[0-9]+|name=\"csrfmiddlewaretoken\" value=\"[^\"]+\"|X-CSRFToken[^}]+",
        "",
        text(answer),
    )


def shown(answer: Any) -> list[int]:
    return [int(number) for number in re.findall(rf'href="{LIST}([0-9]+)"', answer.content.decode())]


def readings(*intervals: Any) -> list[dict[str, Any]]:
    return [{"meterEic": EIC, "periods": [{"r": "PT15M", "aI": list(intervals)}]}]


def test_the_newest_stand_first_with_what_each_is_about() -> None:
    (point,) = tell(OS, POINT, reason="UPDATE")
    (agreement,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT, reason="UPDATE_BC_SUPPLY_CREATE")
    page = supplier().get(LIST)
    assert shown(page) == [agreement, point]
    assert "Changed, because another agreement was created: Supply agreement" in text(page)
    # The contents are asked for by themselves, and by a link where no script runs.
    assert 'hx-get="?contents=yes"' in text(page) and 'href="?contents=yes"' in text(page)
    assert EIC not in text(page)
    full = text(supplier().get(LIST, {"contents": "yes"}))
    assert full.count(f">{EIC}<") == 2
    assert "Kase 3, Tallinn" in full and "Supply agreement" in full
    assert 'hx-trigger="load"' not in full


def test_one_sees_ones_own_in_the_role_alone_and_others_as_if_they_were_not_there() -> None:
    (mine,) = tell(OS, POINT)
    (others,) = tell(OS2, POINT)
    (gas,) = tell(GO, POINT, role=Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    browser = supplier()
    assert shown(browser.get(LIST)) == [mine]
    missing = browser.get(f"{LIST}{gas + 99}")
    for path in (others, gas, f"{others}/content", "99999999999999999999999"):
        answer = browser.get(f"{LIST}{path}")
        assert answer.status_code == 404
        if isinstance(path, int):
            assert without_path(answer) == without_path(missing)
    assert browser.get(f"{LIST}{mine}").status_code == 200
    operator = acting_for(GO, Role.GRID_OPERATOR, name="operator")
    assert shown(operator.get(LIST)) == []
    assert "No messages for you in the last 7 days" in text(operator.get(LIST))


@pytest.mark.parametrize("path", ["", "1", "1/content"])
def test_without_the_permission_nothing_is_shown(path: str) -> None:
    tell(OS, POINT)
    browser = supplier(Permission.VIEWER_METERING_DATA, Permission.EDITOR_AGREEMENT)
    assert browser.get(LIST + path).status_code == 403
    assert Browser().get(LIST + path).status_code == 302
    assert supplier(Permission.VIEWER_DATA_DISTRIBUTION, name="reader").get(LIST + path).status_code in (200, 404)
    assert supplier(name="admin").send(LIST, {}).status_code == 405


def test_filters_stand_in_the_url() -> None:
    (point,) = tell(OS, POINT, reason="UPDATE")
    created, changed = tell(OS, AGREEMENT, AGREEMENT, kind=ResourceType.AGREEMENT)
    (caused,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT, reason="UPDATE_BC_GRID_DELETE")
    browser = supplier()
    assert shown(browser.get(LIST, {"type": "AGREEMENT"})) == [caused, changed, created]
    assert shown(browser.get(LIST, {"type": "METERING_DATA"})) == []
    assert shown(browser.get(LIST, {"reason": "UPDATE"})) == [point]
    assert shown(browser.get(LIST, {"reason": "UPDATE_BC_"})) == [caused]
    assert shown(browser.get(LIST, {"id_from": created, "id_to": changed})) == [changed, created]
    assert shown(browser.get(LIST, {"id_from": changed})) == [caused, changed]
    assert shown(browser.get(LIST, {"id_to": point})) == [point]
    soon = (datetime.now(UTC) + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    assert shown(browser.get(LIST, {"created_from": soon})) == []
    assert len(shown(browser.get(LIST, {"created_to": soon}))) == 4


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"type": "SECRETS"}, "Select a valid choice"),
        ({"reason": "CREATE_BC_%"}, "Select a valid choice"),
        ({"created_from": "yesterday"}, "Enter a valid date/time"),
        ({"created_from": "2026-05-02T00:00", "created_to": "2026-05-01T00:00"}, "This must be later than"),
        ({"id_from": "-1"}, "greater than or equal to 0"),
        ({"id_to": str(2**63)}, "less than or equal to"),
        ({"id_from": "5", "id_to": "4"}, "This must not be lower"),
    ],
)
def test_a_wrong_filter_says_so_at_its_field_and_nothing_is_looked_for(query: dict[str, str], said: str) -> None:
    tell(OS, POINT)
    page = supplier().get(LIST, query)
    assert page.status_code == 200
    assert said in text(page)
    assert "field-errors" in text(page)
    assert shown(page) == []


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("value", ["x", "-1", "", "9" * 40, "１２", "1;DROP"])
def test_nonsense_in_the_url_asks_for_the_first_page(name: str, value: str) -> None:
    (told,) = tell(OS, POINT)
    page = supplier().get(LIST, {name: value}, follow=True)
    assert page.status_code == 200
    assert shown(page) == [told]


def test_pages_go_on_behind_an_id_and_back_with_their_filters() -> None:
    ids = tell(OS, *[POINT] * 120)
    browser = supplier()
    first = browser.get(LIST, {"type": "METERING_POINT"})
    assert shown(first) == ids[:69:-1]
    older = re.search(r'rel="next" href="([^"]+)"', text(first))
    assert older is not None and "type=METERING_POINT" in older[1]
    more = tell(OS, POINT)
    second = browser.get(LIST + older[1])
    assert shown(second) == ids[69:19:-1]
    newer = re.search(r'rel="prev" href="([^"]+)"', text(second))
    assert newer is not None
    assert shown(browser.get(LIST + newer[1])) == ids[:69:-1]
    # Going on to newer ones ends on the newest page.
    newest = browser.get(LIST, {"after": ids[-2]})
    assert newest.status_code == 302
    assert shown(browser.get(newest["Location"]))[0] == more[0]


def test_a_message_is_readable_raw_and_fetched_by_its_request() -> None:
    (number,) = tell(OS, POINT, reason="UPDATE")
    page = supplier().get(f"{LIST}{number}")
    said = text(page)
    for words in ("Metering point", EIC, "Read remotely", "Kase 3", "Quarter-hour", "12.5", "Changed", "No"):
        assert words in said
    # Raw: pretty, and the very content.
    raw = re.search(r'id="raw-content"[^>]*>(.*?)</pre>', page.content.decode(), re.DOTALL)
    assert raw is not None and "&lt;script&gt;" in raw[1]
    assert json.loads(unescape(raw[1])) == POINT
    files = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(?:(?!</a>).)*Download</a>', said, re.DOTALL)
    assert files == [f"{LIST}{number}/content"]
    # What is stored is never run.
    assert b"<script>alert" not in page.content
    # The line for a shell: what it sends fetches this message and no other.
    line = re.search(r'id="request-1"[^>]*>(.*?)</pre>', page.content.decode(), re.DOTALL)
    assert line is not None and "Bearer $TOKEN" in line[1]
    body = json.loads(unescape(line[1]).split("-d '")[1].rstrip("'"))
    context = body.pop("marketParticipantContext")
    assert context == {
        "marketParticipantIdentification": OS,
        "marketParticipantRole": "OPEN_SUPPLIER",
        "commodityType": "ELECTRICITY",
    }
    answer = api(OS).post("/api/v1/data-distribution/search", body, role=Role.OPEN_SUPPLIER)
    assert [one["id"] for one in answer.json()["dataDistributions"]] == [number]
    assert "http://testserver/api/v1/data-distribution/search" in line[1]


@pytest.mark.parametrize(("room", "is_cut"), [(0, False), (1, True)])
def test_raw_content_is_cut_where_it_is_too_long_to_be_shown(room: int, is_cut: bool) -> None:
    raw = json.dumps({"comment": ""}, indent=2)
    # Letters count, and not the bytes that each takes.
    (number,) = tell(OS, {"comment": "õ" * (MOST_RAW - len(raw) + room)})
    shown = supplier().get(f"{LIST}{number}")
    assert len(shown.context["content"].raw) == MOST_RAW
    assert ("Only the beginning is shown" in text(shown)) is is_cut


def test_the_requests_of_a_page_fetch_all_that_it_shows() -> None:
    tell(OS, POINT)
    tell(OS2, *[POINT] * 3)
    tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT)
    (last,) = tell(OS, POINT)
    Message.objects.filter(pk=last).update(id=last + 10_001)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE distribution_log_state SET last_id = %s", [last + 10_001])
    page = supplier().get(LIST)
    fetched = []
    for line in re.findall(r'id="request-[0-9]+"[^>]*>(curl.*?)</pre>', page.content.decode(), re.DOTALL):
        body = json.loads(unescape(line).split("-d '")[1].rstrip("'"))
        answer = api(OS).post("/api/v1/data-distribution/search", body, role=Role.OPEN_SUPPLIER)
        assert answer.status_code == 200, answer.content
        fetched += [one["id"] for one in answer.json()["dataDistributions"]]
    assert sorted(fetched, reverse=True) == shown(page)
    assert len(fetched) == 3


def test_the_content_as_a_file() -> None:
    (number,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT)
    answer = supplier().get(f"{LIST}{number}/content")
    assert answer.json() == AGREEMENT
    assert answer["Content-Disposition"] == f'attachment; filename="AGREEMENT {number}.json"'


def test_readings_are_summed_exactly_and_every_digit_stays() -> None:
    quarter = {"pS": "2026-10-25T00:00:00Z", "outQty": {"rTime": "2026-10-26T00:00:00Z", "rType": "E", "kwh": 0.1}}
    next_one = {
        "pS": "2026-10-25T01:00:00Z",
        "outQty": {"rType": "M", "kwh": 0.2},
        "inQty": {"rType": "M", "kwh": 1234567.891},
    }
    (number,) = tell(OS, readings(quarter, next_one), kind=ResourceType.METERING_DATA)
    said = text(supplier().get(f"{LIST}{number}"))
    assert "0.300\xa0kWh" in said and "1\u202f234\u202f567.891\xa0kWh" in said
    assert "03:00 summer time" in said and "03:00 winter time" in said
    assert "Estimated" in said and "Metered" in said


def test_very_long_readings_are_shown_in_part_and_say_so() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    many = [
        {"pS": f"{start + timedelta(minutes=15 * n):%Y-%m-%dT%H:%M:%SZ}", "outQty": {"rType": "M", "kwh": 1}}
        for n in range(3_000)
    ]
    (number,) = tell(OS, readings(*many), kind=ResourceType.METERING_DATA)
    page = supplier().get(f"{LIST}{number}")
    assert "2600 more intervals are in the content" in text(page)
    assert "3\u202f000.000\xa0kWh" in text(page)
    assert "Only the beginning is shown" in text(page)
    assert len(page.content) < 400_000
    assert len(supplier().get(f"{LIST}{number}/content").json()[0]["periods"][0]["aI"]) == 3_000


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        (
            ResourceType.NETWORK_BILL,
            [
                {
                    "meterEic": EIC,
                    "commodityType": "ELECTRICITY",
                    "networkBillPeriod": {
                        "periodStart": "2026-04-30T21:00:00Z",
                        "periodEnd": "2026-05-31T21:00:00Z",
                        "measurements": [{"direction": "OUT", "measurementUnit": "KWH", "day": 1.5, "total": 3.125}],
                    },
                }
            ],
            ["Period of the bill", "1 May 2026", "Consumption", "3.125", "Daytime"],
        ),
        (
            ResourceType.CUSTOMER_DATA,
            {
                "customerType": "PHYSICAL_PERSON",
                "customerEic": cast.MARI,
                "customerMetadata": [{"metadataType": "FIRST_NAME", "metadataValue": "<b>Mari</b>"}],
            },
            ["Private person", cast.MARI, "First name", "<b>Mari</b>"],
        ),
        (
            ResourceType.PERMISSION,
            {
                "meteringPointEic": EIC,
                "ownerCustomerEic": cast.MARI,
                "purpose": "RESEARCH",
                "participantRoleType": "ENERGY_SERVICE_PROVIDER",
                "validFrom": "2026-05-03T21:00:00Z",
            },
            ["Given by", "Research", "Energy service provider", "4 May 2026"],
        ),
        (
            ResourceType.PERMISSION,
            {
                "mandateCustomerType": "LEGAL",
                "ownerCustomerType": "PRIVATE",
                "permissionType": "ACCESS",
                "status": "APPROVED",
            },
            ["Company or organisation", "Private person", "Access to data", "Approved"],
        ),
        (ResourceType.AGREEMENT, AGREEMENT, ["Supply agreement", "4 May 2026", "Yes", "Fee for early termination"]),
    ],
)
def test_each_type_is_read_in_the_words_of_the_market(kind: ResourceType, content: Any, words: list[str]) -> None:
    (number,) = tell(OS, content, kind=kind)
    page = supplier().get(f"{LIST}{number}")
    for word in words:
        assert word in text(page), word
    assert b"<b>Mari" not in page.content
    assert supplier().get(LIST, {"contents": "yes"}).status_code == 200


def test_a_store_that_is_down_leaves_the_list_and_says_so(settings: Any) -> None:
    settings.CONTENT_STORE_TIMEOUT = 0.3
    numbers = tell(OS, POINT, POINT)
    browser = supplier()
    with away():
        page = browser.get(LIST, {"contents": "yes"})
        assert shown(page) == numbers[::-1]
        assert "The message store is not responding" in text(page)
        one = browser.get(f"{LIST}{numbers[0]}")
        assert one.status_code == 200
        assert "The message store is not responding" in text(one) and "Try again" in text(one)
        assert browser.get(f"{LIST}{numbers[0]}/content").status_code == 503


def test_a_content_that_was_lost_or_never_named_says_so() -> None:
    (lost,) = tell(OS, POINT)
    storages["content"].delete(Message.objects.get(pk=lost).pack)
    (unnamed,) = tell(OS, None)
    browser = supplier()
    assert "The content is not available" in text(browser.get(f"{LIST}{lost}"))
    assert "The content was never stored" in text(browser.get(f"{LIST}{unnamed}"))
    said = text(browser.get(LIST, {"contents": "yes"}))
    assert "The content is not available" in said and "The content was never stored" in said


def test_after_seven_days_a_message_is_gone() -> None:
    (number,) = tell(OS, POINT)
    browser = supplier()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, minutes=1), tick=False):
        browser = supplier()
        assert browser.get(f"{LIST}{number}").status_code == 404
        assert shown(browser.get(LIST)) == []


def test_a_page_asks_as_little_of_the_database_however_many_it_shows() -> None:
    browser = supplier()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST, {"contents": "yes"}).status_code == 200
        return len(captured)

    tell(OS, POINT)
    queries()
    few = queries()
    tell(OS, *[POINT] * 60)
    queries()
    assert queries() <= few


def test_what_a_message_is_about_is_linked_for_those_who_may_open_it() -> None:
    register({**ELECTRICITY, "meteringPoint": {**ELECTRICITY["meteringPoint"], "meterEic": EIC}})
    (point,) = tell(GO, POINT, role=Role.GRID_OPERATOR)
    (agreement,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT)
    (deleted,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT, reason="DELETE_BC_GRID_DELETE")
    (told,) = tell(
        OS,
        readings({"pS": "2026-10-24T21:00:00Z", "outQty": {"rType": "M", "kwh": 1}}),
        kind=ResourceType.METERING_DATA,
    )
    browser, reader = supplier(), supplier(Permission.VIEWER_DATA_DISTRIBUTION, name="reader")
    links = {
        agreement: f"/operator/agreements/?type=SUPPLY&point={EIC}&whose=ALL",
        deleted: f"/operator/agreements/?type=SUPPLY&point={EIC}&whose=ALL&state=DELETED",
        told: f"/operator/readings/?point={EIC}&span=day&day=2026-10-25",
    }
    for number, link in links.items():
        assert f'href="{link}"' in text(browser.get(f"{LIST}{number}")), link
        assert f'href="{link}"' not in text(reader.get(f"{LIST}{number}")), link
    assert browser.get(links[agreement]).status_code == 200
    # The point's own page opens to its operator, and not to the supplier, who was told of it but does not serve it.
    operator = acting_for(GO, Role.GRID_OPERATOR, name="operator")
    link = f"/operator/metering-points/{EIC}"
    (supplied,) = tell(OS, POINT)
    for who, number, is_linked in ((operator, point, True), (browser, supplied, False)):
        for page in (f"{LIST}{number}", f"{LIST}?contents=yes"):
            assert (f'href="{link}"' in text(who.get(page))) == is_linked, (number, page)
        assert (who.get(link).status_code == 200) == is_linked


def test_in_estonian_numbers_and_days_have_their_form() -> None:
    (number,) = tell(OS, AGREEMENT, kind=ResourceType.AGREEMENT)
    assert "04.05.2026" in text(supplier(language="et").get(f"{LIST}{number}"))
