"""Staff see what waits and what was told; they try again or give up what was set aside, and both are logged."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from datahub.outbox.models import ProcessedUnit, Unit
from datahub.parties.models import User
from distribution.models import Message
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import BRP, HOUSE, OS2

pytestmark = pytest.mark.django_db
UNITS = "admin:outbox_unit_changelist"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff"))
    return client


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
    assert "KeyError" not in staff.get(reverse(UNITS), {"state": "new"}).content.decode()


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


def test_dropping_is_asked_about_once(staff: Client, set_aside: Unit) -> None:
    page = staff.post(reverse(UNITS), {"action": "drop", "_selected_action": [set_aside.pk]}).content.decode()
    assert f"unit {set_aside.pk}" in page
    assert "nobody is ever told of it" in page
    assert 'name="confirmed"' in page
    assert Unit.objects.filter(pk=set_aside.pk).exists()
    assert not LogEntry.objects.exists()


def test_what_waits_in_its_turn_is_not_dropped(staff: Client, set_aside: Unit) -> None:
    waiting = Unit.objects.exclude(pk=set_aside.pk).order_by("-pk").first()
    assert waiting is not None
    data = {"action": "drop", "_selected_action": [waiting.pk], "confirmed": "yes"}
    page = staff.post(reverse(UNITS), data, follow=True).content.decode()
    assert "Only units that were set aside can be dropped." in page
    assert Unit.objects.filter(pk=waiting.pk).exists()


def test_a_unit_that_was_told_is_found_where_it_is_kept(staff: Client, set_aside: Unit) -> None:
    act(staff, "retry", set_aside)
    tell(now=datetime.now(UTC), batches=10)
    page = staff.get(reverse("admin:outbox_unit_change", args=[set_aside.pk]), follow=True)
    assert page.redirect_chain == [(reverse("admin:outbox_processedunit_change", args=[set_aside.pk]), 302)]
    assert "TOLD" in page.content.decode()


def test_those_who_may_only_look_repair_nothing(client: Client, set_aside: Unit) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_unit"))
    client.force_login(looker)
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
    assert "TOLD" in staff.get(reverse("admin:outbox_processedunit_changelist")).content.decode()
    detail = staff.get(reverse("admin:distribution_message_change", args=[message.pk]))
    assert detail.status_code == 200
    assert 'name="_save"' not in detail.content.decode()
