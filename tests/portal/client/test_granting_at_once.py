"""The answer to a draft pressed twice at once, with the cache and without it: given once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as CacheAway

from datahub.access.models import CustomerAuthorization
from datahub.parties.services.redirect_hosts import register_redirect_host
from portal import pressed_twice
from tests.portal.client.giving import ADVICE, SECOND_ADVICE, Wizard, adviser, at_summary, filled, given, supplier
from tests.portal.client.readings import browser_of, point_of
from tests.portal.client.test_ending import both, open_market
from tests.portal.client.test_grant_by_link import HOST, address

__all__ = ["open_market"]
pytestmark = pytest.mark.usefixtures("open_market")
TIMES = 4


def pressed(wizard: Wizard, *forms: dict[str, Any]) -> set[tuple[int, str]]:
    answers = both(wizard.browser, f"{wizard.base}summary", *forms)
    return {(answer.status_code, answer.get("Location")) for answer in answers}


@pytest.mark.parametrize("with_cache", [True, False])
def test_pressed_several_times_at_once_it_is_given_once(with_cache: bool) -> None:
    house, flat = point_of(), point_of(number=1)
    adviser(), adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    away = Mock(**{f"{act}.side_effect": CacheAway for act in ("add", "get", "set", "delete")})
    for _ in range(3):
        CustomerAuthorization.objects.all().delete()
        cache.clear()
        wizard = at_summary(house.eic, flat.eic, to=(ADVICE, SECOND_ADVICE))
        page = wizard.page("summary")
        forms = [filled(page) | {"form_id": "a" * 22}] * TIMES
        with patch.object(pressed_twice, "cache", cache if with_cache else away):
            assert pressed(wizard, *forms) == {(302, f"{wizard.base}done")}
        assert len(given()) == 4
        assert wizard.page("done").status_code == 200


def test_two_windows_with_forms_of_their_own_give_once() -> None:
    house = point_of()
    adviser()
    wizard = at_summary(house.eic)
    sent = filled(wizard.page("summary"))
    forms = [sent | {"form_id": letter * 22} for letter in "abcd"]
    assert pressed(wizard, *forms) == {(302, f"{wizard.base}done")}
    assert len(given()) == 1


def test_agreed_and_declined_at_once_one_of_both_stands_and_is_told_by_both_answers() -> None:
    house = point_of()
    register_redirect_host(participant=supplier(), host=HOST)
    for _ in range(5):
        CustomerAuthorization.objects.all().delete()
        wizard = Wizard(browser_of())
        wizard.base = wizard.browser.get(address(state="s"))["Location"].rpartition("/")[0] + "/"
        wizard.places(house.eic)
        sent = filled(wizard.page("summary"))
        ((status, leads),) = pressed(wizard, sent | {"form_id": "a" * 22}, {"decline": "1"})
        assert status == 302
        assert ("result=granted" in leads) == (len(given()) == 1)
        assert ("result=declined" in leads) == (not given())


def test_a_step_that_is_changed_while_it_is_given_gives_what_was_read_or_nothing() -> None:
    house, flat = point_of(), point_of(number=1)
    adviser()
    for _ in range(5):
        CustomerAuthorization.objects.all().delete()
        wizard = at_summary(house.eic)
        sent = filled(wizard.page("summary"))
        with ThreadPoolExecutor(2) as windows:
            agreed = windows.submit(both, wizard.browser, f"{wizard.base}summary", sent)
            changed = windows.submit(both, wizard.browser, f"{wizard.base}places", {"points": [house.eic, flat.eic]})
            agreed.result(), changed.result()
        assert {one.point for one in given()} <= {house}
        # Whatever the other window has left in the session, nothing is given a second time.
        if given():
            wizard.confirm()
            assert len(given()) == 1
