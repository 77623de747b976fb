"""Staff see agreements with their versions and the access log, and change nothing there."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from datahub.access.models import AccessLog
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import FollowUp
from datahub.agreements.services import follow_ups
from datahub.market import AgreementType, SourceType
from tests.agreements import market
from tests.agreements.market import HOUSE, MARI, NORTH, NOW, SUN, day, fact, standing

pytestmark = pytest.mark.usefixtures("built")


def rows(response: Any) -> int:
    assert response.status_code == 200
    return len(response.context["cl"].result_list)


def test_agreements_are_found_by_the_codes_of_points_and_parties_and_by_their_own_id(staff: Client) -> None:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), agreement_id="V-7"),
        fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1)),
    )
    path = "/admin/agreements/agreement/"
    for term, expected in ((HOUSE, 2), (MARI, 2), ("V-7", 1), ("V-8", 0), ("38ZGO-10000018-5", 0)):
        assert rows(staff.get(path, {"q": term})) == expected


def test_an_agreement_is_shown_with_its_versions_and_cannot_be_changed(staff: Client) -> None:
    saved = standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))[0]
    path = f"/admin/agreements/agreement/{saved.id}/change/"
    page = staff.get(path)
    assert page.status_code == 200
    assert HOUSE in page.content.decode()
    assert staff.post(path, {"agreement_id": "X"}).status_code == 403
    assert staff.get("/admin/agreements/agreement/add/").status_code == 403
    assert staff.post(f"/admin/agreements/agreement/{saved.id}/delete/", {"post": "yes"}).status_code == 403


def test_the_access_log_is_found_by_point_customer_and_reader(staff: Client) -> None:
    log_read(
        participant=market.party(SUN),
        role="OPEN_SUPPLIER",
        commodity="ELECTRICITY",
        service="meter-data/search",
        reads=[Read(MARI, HOUSE, day(2026, 1, 1), day(2026, 2, 1), SourceType.AGREEMENT)],
        now=NOW,
        technical_user=f"{SUN}-test",
    )
    path = "/admin/access/accesslog/"
    for term, expected in ((HOUSE, 1), (MARI, 1), (SUN, 1), (NORTH, 0)):
        assert rows(staff.get(path, {"q": term})) == expected
    row = AccessLog.objects.get()
    page = staff.get(f"{path}{row.pk}/change/")
    assert page.status_code == 200
    # Nobody of staff does anything with a row, so that there is no history of it.
    assert "historylink" not in page.content.decode()
    listed = staff.get(path).content.decode()
    assert "1 access log entry" in listed
    # A code stands in one piece, and what follows it below or behind.
    for shown in (f'<span class="code">{SUN}</span><br>', f'<span class="code">{SUN}</span><wbr>-test'):
        assert shown in listed
    assert staff.post(f"{path}{row.pk}/change/", {"meter_eic": ""}).status_code == 403


def test_staff_see_how_far_a_follow_up_is_and_begin_it_anew(staff: Client) -> None:
    named = fact(AgreementType.NAMED_SUPPLIER, SUN, NORTH, None, day(2026, 6, 1), customer_role="GRID_OPERATOR")
    agreement = standing(named)[0]
    follow_ups.begin(agreement, "NAMED_SUPPLIER_CREATE", unit_id=7, sender_eic=NORTH, now=NOW)
    failed = {HOUSE: "KeyError: " + "x" * 1_000, **{f"38ZGO-{number:08d}-X": "KeyError" for number in range(21)}}
    FollowUp.objects.update(reached=HOUSE, points_total=3, points_done=3, failed=failed, finished_at=NOW)
    path = "/admin/agreements/followup/"
    assert rows(staff.get(path)) == rows(staff.get(path, {"state": "failed"})) == 1
    assert rows(staff.get(path, {"state": "waiting"})) == 0
    assert "KeyError" in staff.get(f"/admin/agreements/agreement/{agreement.id}/change/").content.decode()
    staff.post(path, {"action": "begin_anew", "_selected_action": ["7"]})
    begun = FollowUp.objects.get()
    assert (begun.reached, begun.points_done, begun.failed, begun.finished_at) == ("", 0, {}, None)
    entry = LogEntry.objects.get()
    assert entry.object_repr == "follow-up 7"
    # What failed is named, but not without an end: there may be a million points.
    said = entry.change_message
    assert said.startswith("Started again; had failed: 38ZGO-00000000-X: KeyError; ") and said.endswith("; +2")
    assert len(said) < 1_000
