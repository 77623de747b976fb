"""Staff see what waits and what was told; they try again or give up what was set aside, and both are logged."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datahub import partitions
from datahub.outbox import finished
from datahub.outbox.models import ProcessedUnit, Unit
from datahub.parties.models import User
from datahub.staff import acts
from distribution.models import Message
from distribution.selectors.content import Missing
from distribution.services.tell import tell
from portal.words.labels import label
from tests.distribution import market
from tests.distribution.market import BRP, HOUSE, OS2
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
UNITS = "admin:outbox_unit_changelist"


@pytest.fixture
def set_aside() -> Unit:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    pk = market.save_point(comment="one")
    market.save_point(comment="two")
    Unit.objects.filter(pk=pk).update(set_aside_at=datetime.now(UTC), attempts=5, last_error="KeyError: 'x'")
    return Unit.objects.get(pk=pk)


def act(staff: Client, action: str, unit: Unit, **more: str) -> None:
    data = {"action": action, "_selected_action": [unit.pk], **more}
    response = staff.post(reverse(UNITS), data, follow=True)
    assert response.status_code == 200
    assert "1 unit" in response.content.decode()


def test_a_unit_set_aside_is_shown_with_its_error_and_found_by_its_point(staff: Client, set_aside: Unit) -> None:
    for query in ({"state": "aside"}, {"q": HOUSE}, {"q": str(set_aside.pk)}):
        page = staff.get(reverse(UNITS), query).content.decode()
        assert "KeyError" in page
    page = staff.get(reverse(UNITS), {"state": "new"}).content.decode()
    assert "KeyError" not in page
    # Nothing is there to be chosen, so nothing can be done with it.
    page = staff.get(reverse(UNITS), {"q": "1" * 9}).content.decode()
    assert "0 units" in page and 'name="action"' not in page


def test_what_a_unit_changed_is_said_in_words(staff: Client, set_aside: Unit) -> None:
    page = staff.get(reverse("admin:outbox_unit_change", args=[set_aside.pk])).content.decode()
    assert f"Metering point · Created · {HOUSE}" in page or f"Metering point · Changed · {HOUSE}" in page
    assert "meteringPoint" not in page
    assert "historylink" in page


def test_trying_again_tells_it_and_then_what_it_held_back(staff: Client, set_aside: Unit) -> None:
    act(staff, "retry", set_aside)
    tell(now=datetime.now(UTC), batches=10)
    assert market.comments(OS2) == ["one", "two"]
    assert "Tried again" in LogEntry.objects.get().change_message


def test_dropping_tells_nobody_and_lets_the_rest_go_on(staff: Client, set_aside: Unit) -> None:
    act(staff, "drop", set_aside, confirmed="yes")
    tell(now=datetime.now(UTC), batches=10)
    assert market.comments(OS2) == ["two"]
    assert ProcessedUnit.objects.get(pk=set_aside.pk).outcome == "DROPPED"
    assert "KeyError: 'x'" in LogEntry.objects.get().change_message


@pytest.mark.parametrize("chosen", ["abc", "", "1.5", "-1", "9" * 40, "1\x00"])
def test_what_no_list_offers_cannot_be_chosen(staff: Client, set_aside: Unit, chosen: str) -> None:
    for path in (reverse(UNITS), reverse("admin:agreements_followup_changelist")):
        answer = staff.post(path, {"action": "retry", "_selected_action": [str(set_aside.pk), chosen]})
        assert answer.status_code == 400
    assert Unit.objects.get(pk=set_aside.pk).attempts == 5


def test_dropping_is_asked_about_once(staff: Client, set_aside: Unit) -> None:
    page = staff.post(reverse(UNITS), {"action": "drop", "_selected_action": [set_aside.pk]}).content.decode()
    assert f"unit {set_aside.pk}" in page
    assert "nobody will ever be told of it" in page
    assert 'name="confirmed"' in page
    assert Unit.objects.filter(pk=set_aside.pk).exists()
    assert not LogEntry.objects.exists()


def test_what_waits_in_its_turn_is_not_dropped(staff: Client, set_aside: Unit) -> None:
    waiting = Unit.objects.exclude(pk=set_aside.pk).order_by("-pk").first()
    assert waiting is not None
    data = {"action": "drop", "_selected_action": [waiting.pk], "confirmed": "yes"}
    page = staff.post(reverse(UNITS), data, follow=True).content.decode()
    assert "Only units that were set aside can be discarded." in page
    assert Unit.objects.filter(pk=waiting.pk).exists()


@pytest.fixture
def outage() -> list[int]:
    """Set aside a little more than a form could name."""
    now = datetime.now(UTC)
    said = {"saved_at": now, "changes": [], "attempts": 5, "last_error": "KeyError: 'x'", "set_aside_at": now}
    units = [Unit(id=number, known_at=number, lanes=[f"lane{number}"], **said) for number in range(1, 1_102)]
    return [unit.pk for unit in Unit.objects.bulk_create(units)]


def choose_all(staff: Client, action: str, first: int) -> HttpResponse:
    data = {"action": action, "_selected_action": [first], "select_across": "1"}
    return staff.post(reverse(UNITS) + "?state=aside", data, follow=True)


def test_after_an_outage_some_hundreds_are_discarded_at_a_time(staff: Client, outage: list[int]) -> None:
    page = choose_all(staff, "drop", outage[0]).content.decode()
    assert "No more than 500 are discarded at once" in page
    fields = re.findall(r'name="(_selected_action|action|confirmed)" value="([^"]+)"', page)
    chosen = [int(value) for name, value in fields if name == "_selected_action"]
    assert chosen == outage[:500]
    with CaptureQueriesContext(connection) as queries:
        sent = {"_selected_action": chosen, "action": "drop", "confirmed": "yes"}
        page = staff.post(reverse(UNITS), sent, follow=True).content.decode()
    assert "500 units were discarded." in page and "choose the others again" not in page
    assert Unit.objects.count() == len(outage) - 500
    assert sorted(LogEntry.objects.values_list("object_id", flat=True)) == sorted(map(str, chosen))
    assert len(queries) < 40


def test_after_an_outage_some_hundreds_are_tried_again_at_a_time(staff: Client, outage: list[int]) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = choose_all(staff, "retry", outage[0]).content.decode()
    assert "500 units will be tried again." in page
    assert "No more than 500 are taken at once: choose the others again." in page
    assert list(Unit.objects.filter(set_aside_at=None).order_by("pk").values_list("pk", flat=True)) == outage[:500]
    assert LogEntry.objects.count() == 500
    assert len(queries) < 40


def test_what_a_colleague_has_tried_again_meanwhile_is_not_discarded(
    staff: Client, outage: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = outage[:2]
    really = finished.drop

    def after_the_colleague(ids: Sequence[int], *, now: datetime) -> list[Unit]:
        Unit.objects.filter(pk=one).update(attempts=0, set_aside_at=None)
        return really(ids, now=now)

    monkeypatch.setattr(finished, "drop", after_the_colleague)
    data = {"action": "drop", "_selected_action": [one, other], "confirmed": "yes"}
    page = staff.post(reverse(UNITS), data, follow=True).content.decode()
    assert "1 unit was discarded." in page
    assert Unit.objects.filter(pk=one).exists() and not Unit.objects.filter(pk=other).exists()
    assert [act.object_id for act in LogEntry.objects.all()] == [str(other)]


def test_what_has_not_failed_is_not_tried_again(staff: Client, set_aside: Unit) -> None:
    waiting = Unit.objects.exclude(pk=set_aside.pk).order_by("-pk").first()
    assert waiting is not None
    data = {"action": "retry", "_selected_action": [waiting.pk, set_aside.pk]}
    assert "1 unit will be tried again." in staff.post(reverse(UNITS), data, follow=True).content.decode()
    assert [act.object_id for act in LogEntry.objects.all()] == [str(set_aside.pk)]


def test_a_unit_that_was_told_is_found_where_it_is_kept(staff: Client, set_aside: Unit) -> None:
    act(staff, "retry", set_aside)
    tell(now=datetime.now(UTC), batches=10)
    page = staff.get(reverse("admin:outbox_unit_change", args=[set_aside.pk]), follow=True)
    assert page.redirect_chain == [(reverse("admin:outbox_processedunit_change", args=[set_aside.pk]), 302)]
    assert "sent" in page.content.decode()


def test_those_who_may_only_look_repair_nothing(client: Client, set_aside: Unit) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_unit"))
    sign_in(client, looker)
    for action in ("retry", "drop"):
        client.post(reverse(UNITS), {"action": action, "_selected_action": [set_aside.pk], "confirmed": "yes"})
    assert Unit.objects.get(pk=set_aside.pk).set_aside_at is not None
    assert not LogEntry.objects.exists()


def test_messages_and_processed_units_are_lists_to_read(staff: Client) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point()
    tell(now=datetime.now(UTC), batches=10)
    message = Message.objects.filter(address__participant_eic=BRP).get()
    for name, query in [
        ("distribution_message", {"q": BRP}),
        ("distribution_message", {"q": str(message.pk)}),
        ("distribution_address", {"q": BRP}),
    ]:
        assert BRP in staff.get(reverse(f"admin:{name}_changelist"), query).content.decode()
    assert "sent</td>" in staff.get(reverse("admin:outbox_processedunit_changelist")).content.decode()
    detail = staff.get(reverse("admin:distribution_message_change", args=[message.pk]))
    assert detail.status_code == 200
    assert 'name="_save"' not in detail.content.decode()


def test_staff_read_what_a_message_says_and_the_log_has_that(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point(comment="<b>behind the house</b>")
    tell(now=datetime.now(UTC), batches=10)
    message = Message.objects.filter(address__participant_eic=BRP).get()
    path = reverse("admin:distribution_message_change", args=[message.pk])
    page = staff.get(path).content.decode()
    assert HOUSE in page and "&lt;b&gt;behind the house&lt;/b&gt;" in page and "<b>behind" not in page
    assert "&quot;meterEic&quot;" in page
    act = LogEntry.objects.get()
    assert (act.object_id, act.change_message) == (str(message.pk), acts.CONTENT_READ)
    assert "Look-up" in staff.get(reverse("admin:admin_logentry_changelist")).content.decode()
    # Where the store is away nothing was read.
    monkeypatch.setattr("portal.words.contents.contents", lambda _messages: [[Missing.FAILED]])
    assert label(Missing.FAILED, Missing) in staff.get(path).content.decode()
    assert LogEntry.objects.count() == 1


def test_told_units_of_a_point_are_found_among_those_of_some_days(staff: Client) -> None:
    now = timezone.now()
    partitions.maintain(now=now - timedelta(days=3))
    partitions.maintain(now=now)
    for number, (lane, ago) in enumerate([("38ZGO-10000001-U", 0), ("38ZGO-10000001-U", 3), ("38ZGO-10000003-4", 0)]):
        at = now - timedelta(days=ago)
        said = {"saved_at": at, "processed_at": at, "lanes": [lane], "changes": [], "outcome": "TOLD"}
        ProcessedUnit.objects.create(id=9000 + number, **said)
    path = reverse("admin:outbox_processedunit_changelist")
    day = f"{timezone.localtime(now - timedelta(days=3)):%Y-%m-%d}"
    for asked, found in (({}, [9000]), ({"from": day}, [9001, 9000]), ({"from": day, "to": day}, [9001])):
        page = staff.get(path, {"q": "38ZGO-10000001-U", **asked})
        assert sorted(unit.pk for unit in page.context["cl"].result_list) == sorted(found)
    assert [unit.pk for unit in staff.get(path, {"q": "9002"}).context["cl"].result_list] == [9002]
