"""The page of an agreement; it is changed, ended, deleted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import Permission, Role
from datahub.parties.models import Metadata, Party
from portal.operator.agreements import views
from tests.agreements.acting import delete, register
from tests.agreements.market import BALANCE, BEGINNING, HOUSE, MARI, NORTH, NOW, SUN, WIND, day
from tests.portal.agreements.asking import LIST, OPERATOR, SUPPLIER, A, grid, page, said_to, seen, supply, text
from tests.portal.people import Browser, acting_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]


# --- one agreement --------------------------------------------------------------------------------------------------


def test_the_detail_shows_the_time_line_and_what_came_of_it() -> None:
    grid()
    first = supply()
    second = supply(WIND, day(2026, 6, 1))
    operator = acting_for(NORTH, OPERATOR)
    shown = text(operator.get(page(second.id)))
    assert shown.count('class="timeline-bar') >= 3
    assert "Effects on other agreements:" in shown
    assert page(first.id) in shown
    ended = text(operator.get(page(first.id)))
    assert "Changed, because another agreement was created: Supply agreement" in ended
    assert "31 May 2026" in ended
    assert AccessLog.objects.filter(service="page:agreement", meter_eic=HOUSE, user__isnull=False).exists()


def test_the_customer_stands_with_its_name_where_that_may_be_known() -> None:
    granted, mari = grid(), Party.objects.get(eic=MARI)
    for kind, value in (("FIRST_NAME", "Mari"), ("LAST_NAME", "Maasikas")):
        Metadata.objects.create(party=mari, type=kind, value=value, valid_from=NOW - timedelta(days=1))
    assert "Mari Maasikas" in text(acting_for(NORTH, OPERATOR).get(page(granted.id)))
    assert AccessLog.objects.filter(service="page:agreement", customer_eic=MARI, user__isnull=False).exists()
    viewer = acting_for(NORTH, OPERATOR, Permission.VIEWER_AGREEMENT, name="viewer")
    shown = text(viewer.get(page(granted.id)))
    assert MARI in shown and "Mari Maasikas" not in shown


def test_a_supplier_is_not_told_whose_agreement_ended_its_own() -> None:
    grid()
    first = supply(WIND)
    supply(SUN, day(2026, 6, 1))
    shown = text(acting_for(WIND, SUPPLIER).get(page(first.id)))
    assert "because another agreement was created" in shown
    assert SUN not in shown


def test_a_strangers_agreement_is_as_one_that_does_not_exist() -> None:
    grid()
    sold = supply()
    browser = acting_for(WIND, SUPPLIER)
    for act in ("", "/change", "/end", "/delete"):
        there, not_there = browser.get(page(sold.id, act)), browser.get(page(999_999_999, act))
        assert (there.status_code, not_there.status_code) == (404, 404)
        assert said_to(there, sold.id) == said_to(not_there, 999_999_999)
        posted = browser.send(page(sold.id, act or "/delete"), {"last_day": "2026-07-01"})
        assert posted.status_code == 404
    assert browser.get(f"{LIST}{10**25}").status_code == 404
    assert Agreement.objects.get(pk=sold.id).version == 1


@pytest.mark.parametrize("path", ["new", "new/SUPPLY", "{0}/change", "{0}/end", "{0}/delete"])
def test_who_may_only_see_may_change_nothing(path: str) -> None:
    grid()
    sold = supply()
    browser = acting_for(SUN, SUPPLIER, Permission.VIEWER_AGREEMENT)
    assert browser.get(LIST + path.format(sold.id)).status_code == 403
    if path != "new":
        assert browser.send(LIST + path.format(sold.id), {"last_day": "2026-07-01"}).status_code == 403
    assert Agreement.objects.get(pk=sold.id).version == 1
    assert "Delete</a>" not in text(browser.get(page(sold.id)))


def test_without_the_permission_nothing_is_seen() -> None:
    browser = acting_for(SUN, SUPPLIER, Permission.VIEWER_METERING_POINT)
    for path in ("", "export", "new", "1"):
        assert browser.get(LIST + path).status_code == 403


def test_the_owner_sees_a_supply_and_may_not_change_it() -> None:
    grid()
    sold = supply()
    browser = acting_for(NORTH, OPERATOR)
    assert text(browser.get(page(sold.id)))
    for act in ("/change", "/end", "/delete"):
        assert browser.get(page(sold.id, act)).status_code == 403


# --- changing, ending, deleting -------------------------------------------------------------------------------------


def test_ending_offers_the_earliest_day_and_says_what_it_ends() -> None:
    standing = grid()
    supply()
    browser = acting_for(NORTH, OPERATOR)
    assert 'value="2026-05-04"' in text(browser.get(page(standing.id, "/end")))
    asked = browser.send(page(standing.id, "/end"), {"last_day": "2026-06-30"})
    assert text(asked).count("<li>") >= 1
    assert MARI in text(asked) and "(until now: open-ended)" in text(asked)
    browser.send(page(standing.id, "/end"), {"last_day": "2026-06-30", "seen": seen(asked)})
    assert set(Agreement.objects.standing().filter(point__eic=HOUSE).values_list("valid_to", flat=True)) == {
        day(2026, 7, 1),
        day(2026, 5, 5),
    }


def test_a_change_that_changes_nothing_and_an_end_too_early_say_so() -> None:
    standing = grid()
    supply()
    browser = acting_for(NORTH, OPERATOR)
    same = browser.send(page(standing.id, "/change"), {"last_day": "", "agreement_id": ""})
    assert "nothing was changed" in text(same).lower()
    early = browser.send(page(standing.id, "/end"), {"last_day": "2026-05-03"})
    assert "last_day" in early.context["form"].errors


@pytest.mark.parametrize("act", ["/end", "/change"])
def test_an_end_before_the_start_is_told_of_the_start_alone(act: str) -> None:
    later = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 8, 1))
    browser = acting_for(NORTH, OPERATOR)
    early = browser.send(page(later.id, act), {"last_day": "2026-04-01", "agreement_id": "7"})
    assert early.context["form"].errors == {"last_day": ["The last day cannot be before the first day, 1 Aug 2026."]}


def test_whose_the_number_is_says_the_page_of_an_agreement() -> None:
    grid(agreement_id="G-1")
    number = supply(agreement_id="S-1").id
    assert "<dt>Your agreement number</dt><dd>S-1</dd>" in text(acting_for(SUN, SUPPLIER).get(page(number)))
    operator = acting_for(NORTH, OPERATOR, name="operator")
    assert "<dt>Registrar’s agreement number</dt><dd>S-1</dd>" in text(operator.get(page(number)))


def test_the_number_can_be_changed_and_taken_away() -> None:
    standing = grid(agreement_id="old")
    browser = acting_for(NORTH, OPERATOR)
    for number, former in (("new", "old"), ("", "new")):
        sent = {"last_day": "", "agreement_id": number}
        asked = browser.send(page(standing.id, "/change"), sent)
        assert f"(until now: {former})" in text(asked) and text(asked).count("until now") == 1
        browser.send(page(standing.id, "/change"), {**sent, "seen": seen(asked)})
        assert Agreement.objects.get(pk=standing.id).agreement_id == number


def test_deleting_says_what_goes_with_it_and_asks_once() -> None:
    standing = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    supply(SUN, day(2026, 6, 1))
    browser = acting_for(NORTH, OPERATOR)
    asked = browser.get(page(standing.id, "/delete"))
    assert "is deleted" in text(asked) and "until now" not in text(asked)
    assert Agreement.objects.standing().filter(pk=standing.id).exists()
    browser.send(page(standing.id, "/delete"), {"seen": seen(asked)})
    assert not Agreement.objects.standing().filter(point__eic=HOUSE).exists()


@pytest.fixture
def deleted() -> tuple[int, int]:
    """A grid agreement that was deleted before it started, with the supply that stood on it; give their numbers."""
    connected = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    sold = supply(SUN, day(2026, 6, 1))
    delete(connected)
    return connected.id, sold.id


@pytest.mark.parametrize(("who", "role"), [(SUN, SUPPLIER), (NORTH, OPERATOR)])
def test_what_another_agreement_deleted_is_shown_to_who_was_told(
    deleted: tuple[int, int], who: str, role: Role
) -> None:
    _connected, sold = deleted
    browser = acting_for(who, role)
    shown = text(browser.get(page(sold)))
    assert '<span class="status status-bad">Deleted</span>' in shown
    assert shown.count("Deleted, because another agreement was deleted: Grid agreement") == 2
    assert "(deleted)" in shown and 'class="timeline-bar is-deleted"' in shown
    assert MARI in shown
    assert AccessLog.objects.filter(service="page:agreement", meter_eic=HOUSE, user__isnull=False).exists()
    listed = browser.get(f"{LIST}?state=DELETED&point={HOUSE}")
    assert sold in {row.agreement.pk for row in listed.context["rows"]}
    assert {row.state for row in listed.context["rows"]} == {"DELETED"}
    for act in ("/change", "/end", "/delete"):
        assert browser.get(page(sold, act)).status_code == 404
        assert page(sold, act) not in shown
    # Those that stand are listed apart.
    assert not browser.get(f"{LIST}?point={HOUSE}").context["rows"]


def test_what_a_deletion_did_to_others_is_shown_and_can_be_opened(deleted: tuple[int, int]) -> None:
    connected, sold = deleted
    operator = acting_for(NORTH, OPERATOR)
    shown = operator.get(page(connected))
    last, *_rest = shown.context["history"]
    assert last.is_deletion and [other.version.current_id for other in last.others] == [sold]
    assert f'<a href="{page(sold)}">' in text(shown)
    listed = operator.get(f"{LIST}?state=DELETED")
    assert [row.agreement.pk for row in listed.context["rows"]] == [connected]


def test_a_deleted_agreement_is_shown_to_nobody_else_and_not_for_ever(deleted: tuple[int, int]) -> None:
    connected, sold = deleted
    stranger, seller = acting_for(WIND, SUPPLIER, name="stranger"), acting_for(SUN, SUPPLIER)
    for number in deleted:
        assert stranger.get(page(number)).status_code == 404
    # A supplier sees a grid agreement beside its own, and none that was deleted with it.
    assert seller.get(page(connected)).status_code == 404
    for days, status in ((364, 200), (367, 404)):
        Agreement.objects.filter(pk=sold).update(deleted_at=NOW - timedelta(days=days))
        assert seller.get(page(sold)).status_code == status


@pytest.mark.parametrize(
    ("since", "until", "was_told"),
    [
        (BEGINNING, None, True),
        (BEGINNING, day(2026, 6, 2), True),
        (day(2026, 6, 1), None, True),
        # It held, and holds no more at the start of the supply, or did not hold yet.
        (BEGINNING, day(2026, 6, 1), False),
        (day(2026, 6, 2), None, False),
    ],
)
def test_a_portfolios_provider_sees_what_was_deleted_while_it_was_one(
    deleted: tuple[int, int], since: datetime, until: datetime | None, was_told: bool
) -> None:
    # The supply was deleted before it would have started, on 1 June.
    chain = Agreement.objects.filter(type=A.PORTFOLIO_SUPPLIER, customer__eic=SUN, commodity="ELECTRICITY")
    assert chain.update(valid_from=since, valid_to=until) == 1
    browser = acting_for(BALANCE, SUPPLIER)
    assert browser.get(page(deleted[1])).status_code == (200 if was_told else 404)
    listed = browser.get(f"{LIST}?state=DELETED&provider={SUN}").context["rows"]
    assert [row.agreement.pk for row in listed] == ([deleted[1]] if was_told else [])


def test_a_general_service_that_nobody_was_told_of_cannot_be_opened() -> None:
    connected = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    operator = acting_for(NORTH, OPERATOR)
    service = Agreement.objects.get(type=A.GENERAL_SERVICE)
    (step,) = operator.get(page(connected.id)).context["history"]
    assert [(other.version.current_id, other.is_open) for other in step.others] == [(service.pk, False)]
    assert operator.get(page(service.pk)).status_code == 404
    delete(connected)
    assert operator.get(page(service.pk)).status_code == 404
    assert page(service.pk) not in text(operator.get(page(connected.id)))


def test_the_newest_stand_on_the_time_line_and_it_says_that_older_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid()
    supply()
    newest = supply(WIND, day(2026, 6, 1))
    operator = acting_for(NORTH, OPERATOR)
    assert "The newest agreements are shown" not in text(operator.get(page(newest.id)))
    monkeypatch.setattr(views, "_MOST_BESIDE", 1)
    answer = operator.get(page(newest.id))
    assert [span.start for span in answer.context["timeline"].spans] == [day(2026, 6, 1)]
    assert "The newest agreements are shown" in text(answer)


def test_what_has_started_is_not_deleted() -> None:
    standing = grid()
    browser = acting_for(NORTH, OPERATOR)
    assert "error-summary" in text(browser.get(page(standing.id, "/delete")))
    assert "Delete</a>" not in text(browser.get(page(standing.id)))


def test_what_has_ended_is_not_changed() -> None:
    standing = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 5, 1), day(2026, 5, 4))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        browser = acting_for(NORTH, OPERATOR)
        assert "Change</a>" not in text(browser.get(page(standing.id)))
        answer = browser.send(page(standing.id, "/change"), {"last_day": "", "agreement_id": "x"})
    assert "error-summary" in text(answer)


@pytest.mark.parametrize("path", ["", "{0}", "{0}/change", "{0}/end"])
def test_what_was_typed_is_shown_as_it_was_typed(path: str) -> None:
    evil = '"><script>alert(1)</script>'
    standing = grid(agreement_id=evil)
    shown = text(acting_for(NORTH, OPERATOR).get(LIST + path.format(standing.id)))
    assert "<script>alert" not in shown
    assert "style=" not in shown.replace("<style", "")


def test_in_estonian_too() -> None:
    standing = grid()
    browser = acting_for(NORTH, OPERATOR, language="et")
    for path in ("", "new", "new/GRID", str(standing.id), f"{standing.id}/end"):
        assert text(browser.get(LIST + path))


def test_a_list_costs_the_same_for_many(django_assert_max_num_queries: Any) -> None:
    grid(), supply()
    browser: Browser = acting_for(NORTH, OPERATOR)
    with django_assert_max_num_queries(16):
        browser.get(f"{LIST}?point={HOUSE}")


def test_what_may_be_begun_at_its_point_stands_on_an_agreements_page() -> None:
    grid()
    agreement = supply()
    urls = [one.url for one in acting_for(SUN, SUPPLIER).get(page(agreement.id)).context["beginnings"]]
    assert f"/operator/enquiries/new?point={HOUSE}&customer={MARI}" in urls and len(urls) == 3
    viewer = acting_for(SUN, SUPPLIER, Permission.VIEWER_AGREEMENT, name="viewer")
    assert viewer.get(page(agreement.id)).context["beginnings"] == []
