"""Sessions end after half an hour without a click, and when a working day is over. Source: `5-web.md`, "Signing in"."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client

from datahub.parties.models import User
from datahub.parties.tasks import forget_sessions
from tests import staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
OPEN, OUT = 200, 302
MINUTE = timedelta(minutes=1)
TEMPLATES = Path(__file__).parents[2] / "templates"
UNASKED = {"X-Unasked": "customer:none"}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: Any) -> Client:
    """One who has just signed in and looked at a page."""
    user = User.objects.create(username="mari")
    client = Client()
    client.force_login(user)
    session = client.session
    session["seen"] = int(NOW.timestamp())
    session.save()
    client.get("/role")
    return client


def page(
    client: Client, clock: Any, after: timedelta, headers: dict[str, str] | None = None, path: str = "/role"
) -> int:
    """Open a page so long after the beginning."""
    clock.move_to(NOW + after, tick=False)
    return client.get(path, headers=headers or {}).status_code


@pytest.mark.parametrize(("idle", "answer"), [(30 * MINUTE, OPEN), (30 * MINUTE + timedelta(seconds=1), OUT)])
def test_half_an_hour_without_a_click(browser: Client, clock: Any, idle: timedelta, answer: int) -> None:
    assert page(browser, clock, idle) == answer


def test_a_click_begins_the_half_hour_anew(browser: Client, clock: Any) -> None:
    assert page(browser, clock, 29 * MINUTE) == OPEN
    assert page(browser, clock, 58 * MINUTE) == OPEN
    assert page(browser, clock, 89 * MINUTE) == OUT


def test_what_a_page_asks_by_itself_does_not_count(browser: Client, clock: Any) -> None:
    for minute in range(5, 31, 5):
        assert page(browser, clock, minute * MINUTE, UNASKED) == OPEN
    assert page(browser, clock, 31 * MINUTE, UNASKED) == OUT
    assert page(browser, clock, 32 * MINUTE) == OUT


def test_whatever_a_page_asks_for_again_and_again_says_so() -> None:
    """One template has the attributes of all: its name stands where `hx-trigger="every …"` would."""
    polls = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if re.search(r"hx-trigger=.[^>]*every|hx-trigger=.[^>]*load delay", path.read_text())
    }
    assert polls == {"portal/poll.html"}
    assert "X-Unasked" in (TEMPLATES / "portal/poll.html").read_text()


def test_nothing_is_left_of_a_session_that_has_ended(browser: Client, clock: Any) -> None:
    key = browser.cookies["session"].value
    page(browser, clock, 31 * MINUTE)
    assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.parametrize(("last", "answer"), [(timedelta(hours=12) - MINUTE, OPEN), (timedelta(hours=12), OUT)])
def test_who_never_rests_signs_in_again_after_twelve_hours(
    browser: Client, clock: Any, last: timedelta, answer: int
) -> None:
    after = timedelta()
    while (after := after + 20 * MINUTE) < last - 20 * MINUTE:
        assert page(browser, clock, after) == OPEN
    assert page(browser, clock, last - 10 * MINUTE) == OPEN
    assert page(browser, clock, last) == answer


def test_another_role_does_not_begin_the_day_anew(browser: Client, clock: Any) -> None:
    begun = browser.session["begun"]
    page(browser, clock, 10 * MINUTE)
    browser.post("/role", {"as": "customer:none"})
    assert browser.session["begun"] == begun == int(NOW.timestamp())


def test_the_admin_too(clock: Any) -> None:
    client = staff.sign_in(Client(), User.objects.create_superuser("staff", password="x"))
    assert page(client, clock, 29 * MINUTE, path="/admin/") == OPEN
    assert page(client, clock, 60 * MINUTE, path="/admin/") == OUT
    assert SESSION_KEY not in client.session


def test_a_form_that_is_sent_too_late_saves_nothing(browser: Client, clock: Any) -> None:
    clock.move_to(NOW + 31 * MINUTE, tick=False)
    answer = browser.post("/role", {"as": "customer:none"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")


def test_sessions_that_have_ended_are_deleted(browser: Client, clock: Any, settings: Any) -> None:
    clock.move_to(NOW + timedelta(hours=11), tick=False)
    forget_sessions()
    assert Session.objects.count() == 1
    clock.move_to(NOW + timedelta(hours=13), tick=False)
    forget_sessions()
    assert not Session.objects.exists()
    (entry,) = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == forget_sessions.name]
    assert entry["schedule"] <= timedelta(days=1).total_seconds()
