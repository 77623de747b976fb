"""What the pages say of what was given: each place by its name and state, in the tense of its state."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.services.authorizations import revoke_authorizations
from datahub.agreements.models import Agreement
from datahub.market import Commodity
from datahub.metering.models import MeteringPoint
from datahub.periods import Period
from tests import cast
from tests.portal.client.giving import LIST, said
from tests.portal.client.readings import LONG_AGO, NOW, browser_of, point_of
from tests.portal.client.test_ending import DAY, end_of, give
from tests.portal.people import person

pytestmark = pytest.mark.usefixtures("_market")
ELECTRICITY, GAS = "Uus tn 20, Tartu linn (electricity)", "Uus tn 20, Tartu linn (natural gas)"


def both_energies() -> tuple[MeteringPoint, MeteringPoint]:
    return point_of(), point_of(commodity=Commodity.NATURAL_GAS)


# --- names ----------------------------------------------------------------------------------------------------------


def test_two_places_at_one_address_are_told_apart_everywhere() -> None:
    given = give(*both_energies())
    browser = browser_of()
    for path in (LIST, f"{LIST}/{given[0].pk}", end_of(given[0])):
        text = said(browser.get(path))
        assert ELECTRICITY in text and GAS in text, path
    assert f"Places {ELECTRICITY}; {GAS} Readings" in said(browser.get(LIST))
    in_estonian = said(browser_of(language="et").get(end_of(given[0])))
    assert "Uus tn 20, Tartu linn (elekter)" in in_estonian and "Uus tn 20, Tartu linn (maagaas)" in in_estonian
    browser.send(end_of(given[0]), {"places": str(given[0].pk)})
    ended, still = given
    text = said(browser.get(f"{LIST}/{still.pk}")).partition("What you gave")[2]
    assert text.index(ELECTRICITY) < text.index("Ended by you") < text.index(GAS) < text.index("Until you end it")
    assert GAS in said(browser.get(end_of(ended))) and ELECTRICITY not in said(browser.get(end_of(ended)))


def test_the_one_of_them_that_was_given_is_named_as_beside_the_other() -> None:
    electricity, _gas = both_energies()
    (one,) = give(electricity)
    browser = browser_of()
    for path in (LIST, f"{LIST}/{one.pk}", end_of(one)):
        text = said(browser.get(path))
        assert ELECTRICITY in text and GAS not in text, path


def test_a_place_that_is_no_longer_hers_has_its_name_and_no_end_of_its_own() -> None:
    home, former = point_of(), point_of(number=1, street_address="Vana tn 1")
    given = give(home, former)
    Agreement.objects.filter(point=former).update(valid_to=NOW - DAY)
    browser = browser_of()
    assert "Places Uus tn 20, Tartu linn; Vana tn 1, Tartu linn Readings" in said(browser.get(LIST))
    # Even if nothing says any more that it ever was hers.
    Agreement.objects.filter(point=former).delete()
    for path in (LIST, f"{LIST}/{given[0].pk}", end_of(given[0])):
        assert "Vana tn 1, Tartu linn" in said(browser.get(path)), path


def test_a_card_names_three_places_and_counts_the_others() -> None:
    give(*(point_of(number=one, street_address=f"Vana tn {one}") for one in range(1, 6)))
    named = "Vana tn 1, Tartu linn; Vana tn 2, Tartu linn; Vana tn 3, Tartu linn and 2 more"
    assert named in said(browser_of().get(LIST))


def test_the_list_asks_as_often_for_many_as_for_one() -> None:
    browser = browser_of()
    points = [point_of(number=one, street_address=f"Vana tn {one}") for one in range(1, 6)]

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    give(points[0])
    queries()
    one = queries()
    for number, point in enumerate(points):
        give(point, now=NOW + (number + 1) * timedelta(seconds=1))
    assert queries() == one


# --- tenses ---------------------------------------------------------------------------------------------------------


def test_what_has_ended_is_told_in_the_past_and_only_up_to_its_end() -> None:
    (over,) = give(point_of(), now=NOW - 20 * DAY, validity=Period(NOW - 20 * DAY, NOW - 5 * DAY))
    browser = browser_of()
    text = said(browser.get(f"{LIST}/{over.pk}"))
    assert "So that it could manage your energy use It could see Your name;" in text
    assert "Readings it could see 17 Dec 2025 – 28 Oct 2026" in text
    assert "It may see" not in text and "Readings it may see" not in text
    listed = said(browser.get(LIST, {"ended": "1"}))
    assert "So that it could" in listed and "Readings 17 Dec 2025 – 28 Oct 2026" in listed
    text = said(browser_of(language="et").get(f"{LIST}/{over.pk}"))
    assert "Ta sai näha" in text and "Mõõteandmed, mida sai näha 17.12.2025 – 28.10.2026" in text
    assert "tohib näha" not in text


def test_readings_that_were_to_be_seen_to_a_day_before_the_end_are_not_said_to_go_on_longer() -> None:
    subject = Period(NOW - 100 * DAY, NOW - 30 * DAY)
    (over,) = give(point_of(), now=NOW - 20 * DAY, validity=Period(NOW - 20 * DAY, NOW - 5 * DAY), subject=subject)
    assert "Readings it could see 25 Jul 2026 – 3 Oct 2026" in said(browser_of().get(f"{LIST}/{over.pk}"))


def test_what_is_open_may_be_seen_as_it_was_given() -> None:
    (one,) = give(point_of(), validity=Period(NOW, NOW + 30 * DAY))
    text = said(browser_of().get(f"{LIST}/{one.pk}"))
    assert "So that it can manage your energy use It may see Your name;" in text
    assert "Readings it may see 6 Jan 2026 – 2 Dec 2026" in text and "could" not in text


def test_what_is_coming_is_told_in_the_future() -> None:
    (one,) = give(point_of(), validity=Period(NOW + 20 * DAY, None))
    text = said(browser_of().get(f"{LIST}/{one.pk}"))
    assert "It will be able to see Your name;" in text and "From 22 Nov 2026" in text
    assert "Readings it will be able to see 6 Jan 2026 – 29 Aug 2027" in text
    assert "It may see" not in text and "What was seen through this access" not in text
    text = said(browser_of(language="et").get(f"{LIST}/{one.pk}"))
    assert "Ta saab hiljem näha" in text and "tohib näha" not in text


def test_each_place_has_its_own_tense_while_only_some_have_ended() -> None:
    given = give(point_of(), point_of(number=1, street_address="Vana tn 1"), now=NOW - 20 * DAY)
    mari = cast.mari()
    revoke_authorizations(authorization_ids=[given[1].pk], customer=mari, by=person(mari.eic, mari), now=NOW - 2 * DAY)
    text = said(browser_of().get(f"{LIST}/{given[1].pk}"))
    assert "It may see Your name;" in text, "of one place still"
    first, second = text[text.index("Places") :].split("Vana tn 1, Tartu linn")
    assert "Readings it may see 17 Dec 2025 – 9 Aug 2027" in first and "could" not in first
    assert "Readings it could see 17 Dec 2025 – 31 Oct 2026" in second
    assert "Readings it may see" not in second


def test_what_never_began_let_nobody_see_anything() -> None:
    (one,) = give(point_of(), validity=Period(NOW + 20 * DAY, None))
    browser = browser_of()
    browser.send(end_of(one), {"places": str(one.pk)})
    text = said(browser.get(f"{LIST}/{one.pk}"))
    assert "It could see Nothing: access ended before it began." in text
    assert "Readings it could see None: access ended before it began" in text
    assert "Your name;" not in text and "What was seen through this access" not in text
    assert "Readings None: access ended before it began" in said(browser.get(LIST, {"ended": "1"}))


def test_readings_of_days_that_it_did_not_live_to_see_are_none() -> None:
    (one,) = give(point_of(), now=LONG_AGO, validity=Period(LONG_AGO, LONG_AGO + DAY))
    one.subject_from, one.subject_to = LONG_AGO + DAY, LONG_AGO + 9 * DAY
    one.save()
    text = said(browser_of().get(f"{LIST}/{one.pk}"))
    assert "It could see Your name;" in text
    assert "Readings it could see None: access ended before the first of these days" in text
