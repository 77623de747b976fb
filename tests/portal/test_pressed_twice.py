"""A button that is pressed several times at once: saved once, and every answer is the one of what was saved."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.core.cache import cache
from django.db import connection
from redis.exceptions import ConnectionError as CacheAway

from datahub.market import Commodity, Role
from datahub.parties.models import TechnicalUser
from portal import pressed_twice
from portal.operator.users import people
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person
from tests.portal.users import people as colleagues
from tests.portal.users.people import USERS

TIMES = 4
NEW = colleagues.NEW | {"permissions": ["VIEWER_METERING_DATA"]}
TECHNICAL = f"{USERS}technical/"
SYSTEM = {"suffix": "billing", "permissions": ["VIEWER_METERING_DATA"], "networks": ""}


@pytest.fixture
def boss() -> Browser:
    company = cast.participant(cast.GRID_OPERATOR)
    for role, commodity in company.roles.values_list("role", "commodity"):
        grant(person("boss"), company.eic, Role(role), commodity=Commodity(commodity))
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="boss")


def form_id(browser: Browser, path: str) -> str:
    """Open a page with a form; give the form's id."""
    found = re.search(r'name="form_id" value="([\w-]{20,})"', browser.get(path).content.decode())
    assert found is not None
    return found[1]


def pressed(browser: Browser, path: str, fields: dict[str, Any], times: int = TIMES) -> list[Any]:
    """Send the same form several times at once, as a browser does that has no scripts; the last answer is the one kept.

    Gives all answers.
    """
    token, start = browser.token(), threading.Barrier(times)

    def press() -> Any:
        tab = Browser()
        tab.cookies.load({name: cookie.value for name, cookie in browser.cookies.items()})
        start.wait()
        try:
            return tab.post(path, {"csrfmiddlewaretoken": token, **fields})
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as tabs:
        return [one.result() for one in [tabs.submit(press) for _ in range(times)]]


@pytest.mark.django_db(transaction=True)
def test_a_system_that_is_made_by_two_presses_shows_its_one_secret_by_every_answer(boss: Browser) -> None:
    fields = SYSTEM | {"form_id": form_id(boss, f"{TECHNICAL}add")}
    answers = pressed(boss, f"{TECHNICAL}add", fields)
    made = TechnicalUser.objects.get()
    assert {answer.get("Location") for answer in answers} == {f"{TECHNICAL}{made.pk}/secret"}
    # Each brings the browser's part of the secret: whichever answer it follows, the secret is there.
    parts = {str(answer.cookies["shown_once"].output()) for answer in answers}
    assert len(parts) == 1 and "HttpOnly" in parts.pop()
    boss.cookies["shown_once"] = answers[-1].cookies["shown_once"].value
    assert 'id="secret"' in boss.get(f"{TECHNICAL}{made.pk}/secret").content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_was_done_is_said_once_and_nothing_is_said_to_be_wrong(boss: Browser) -> None:
    answers = pressed(boss, f"{USERS}add", NEW | {"form_id": form_id(boss, f"{USERS}add")})
    assert {(answer.status_code, answer.get("Location")) for answer in answers} == {(302, USERS)}
    shown = boss.get(USERS).content.decode()
    assert shown.count("was added.") == 1 and "not saved" not in shown
    assert "was added." not in boss.get(USERS).content.decode()


@pytest.mark.django_db
def test_only_an_equal_form_is_answered_by_what_was_answered_before(boss: Browser) -> None:
    path = f"{USERS}add"
    fields = NEW | {"form_id": form_id(boss, path)}
    assert boss.send(path, fields)["Location"] == USERS
    assert boss.send(path, fields)["Location"] == USERS
    # Another form, another content, another person: each is looked at.
    for sender, sent in (
        (boss, fields | {"form_id": form_id(boss, path)}),
        (boss, fields | {"first_name": "Another"}),
        (acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="other boss"), fields),
        (boss, NEW),
    ):
        assert "not saved" in sender.send(path, sent).content.decode()


@pytest.mark.django_db
def test_what_was_refused_is_tried_again(boss: Browser) -> None:
    path = f"{USERS}add"
    fields = NEW | {"form_id": form_id(boss, path), "permissions": []}
    for _ in range(2):
        assert "not saved" in boss.send(path, fields).content.decode()
    with patch.object(people.managing, "add_person", side_effect=RuntimeError), pytest.raises(RuntimeError):
        boss.send(path, fields | {"permissions": NEW["permissions"]})
    assert boss.send(path, fields | {"permissions": NEW["permissions"]})["Location"] == USERS


@pytest.mark.django_db
def test_without_the_cache_forms_are_saved(boss: Browser) -> None:
    path = f"{USERS}add"
    fields = NEW | {"form_id": form_id(boss, path)}
    away = Mock(**{f"{act}.side_effect": CacheAway for act in ("add", "get", "set", "delete")})
    with patch.object(pressed_twice, "cache", away):
        assert boss.send(path, fields)["Location"] == USERS


@pytest.mark.django_db
def test_what_is_kept_cannot_be_read_without_the_form(boss: Browser) -> None:
    with patch.object(pressed_twice.cache, "set", wraps=cache.set) as put:
        answer = boss.send(f"{TECHNICAL}add", SYSTEM | {"form_id": form_id(boss, f"{TECHNICAL}add")})
    (kept,) = [asked.args[1] for asked in put.call_args_list if asked.args[0].startswith("portal:form:")]
    assert answer.cookies["shown_once"].value.encode() not in kept and b"secret" not in kept
