"""Ending one of several accesses that a company has to the same places: it says which, and what is left."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import CustomerAuthorization
from datahub.access.services.authorizations import give_authorizations
from datahub.market import AuthorizationPurpose, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import MarketRole
from datahub.periods import Period
from tests import cast
from tests.portal.client.giving import AGGREGATOR, LIST, SECOND_ADVICE, SUPPLIER, adviser, said, supplier
from tests.portal.client.readings import NOW, another, browser_of, point_of
from tests.portal.client.test_ending import DAY, at_once, end_of, give, open_market, open_ones
from tests.portal.people import person, wrong
from tests.tables import contents

__all__ = ["open_market"]
pytestmark = pytest.mark.usefixtures("_market")
RESEARCH, CARBON = AuthorizationPurpose.RESEARCH, AuthorizationPurpose.CARBON_ACCOUNTING
SECOND = timedelta(seconds=1)


@pytest.fixture
def homes(_market: None) -> list[MeteringPoint]:
    return [point_of(), *(point_of(number=one, street_address=f"Vana tn {one}") for one in (1, 2))]


def boxes(page: Any, name: str) -> dict[str, bool]:
    """Give the tick boxes of a name by their values, with whether each is ticked."""
    found = re.findall(rf'<input type="(?:checkbox|hidden)" name="{name}"([^>]*)>', page.content.decode())
    values = [(re.search(r'value="([^"]*)"', one), one) for one in found]
    return {value[1]: " checked" in one or 'type="hidden"' in one for value, one in values if value}


def as_it_stands(page: Any) -> dict[str, list[str]]:
    """Give what the page sends if its reader changes nothing."""
    places = re.findall(r'<input type="hidden" name="places" value="([^"]*)"', page.content.decode())
    ticked = places or [value for value, is_ticked in boxes(page, "places").items() if is_ticked]
    return {"places": ticked, "others": [value for value, is_ticked in boxes(page, "others").items() if is_ticked]}


def alert(page: Any, kind: str) -> str:
    """Give what stands in the notes of a kind that a page shows."""
    notes = re.findall(rf'class="alert alert-{kind}"[^>]*>(.*?)</div>', page.content.decode(), re.DOTALL)
    return " | ".join(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", one)).replace("\u00a0", " ").strip() for one in notes)


def offer(point: MeteringPoint, role: Role, now: Any = NOW) -> CustomerAuthorization:
    """Let Mari have let one company make her an offer, as a supplier or as an aggregator."""
    company = supplier()
    MarketRole.objects.get_or_create(
        participant=company,
        role=AGGREGATOR,
        commodity=Commodity.ELECTRICITY,
        defaults={"valid_from": cast.BEGINNING},
    )
    mari = cast.mari()
    purposes = {SUPPLIER: AuthorizationPurpose.ENERGY_SUPPLY_OFFER, AGGREGATOR: AuthorizationPurpose.AGGREGATION_OFFER}
    (one,) = give_authorizations(
        customer=mari,
        by=person(mari.eic, mari),
        meter_eics=[point.eic],
        participant=company,
        role=role,
        purpose=purposes[role],
        now=now,
    )
    return one


def test_the_page_says_which_access_ends_and_which_stays(homes: list[MeteringPoint]) -> None:
    (research,) = give(homes[0], purpose=RESEARCH, validity=Period(NOW, NOW + 30 * DAY))
    (carbon,) = give(homes[0], purpose=CARBON, validity=Period(NOW + 20 * DAY, None))
    browser = browser_of()
    of_research, of_carbon = browser.get(end_of(research)), browser.get(end_of(carbon))
    text = said(of_research)
    assert "Place Uus tn 20, Tartu linn Kind of company Energy service company So that it can do research" in text
    assert "It has access Until 2 Dec 2026 12:00" in text
    assert "Readings it may see 6 Jan 2026 – 2 Dec 2026 Given 2 Nov 2026 12:00" in text
    assert "Energianõu OÜ will see nothing more by this access" in text
    assert "You gave Energianõu OÜ other access to this place too." in alert(of_research, "warning")
    other = "Energy service company, so that it can work out your carbon footprint, from 22 Nov 2026 until you end it"
    assert other in text and "Readings from 6 Jan 2026 to 29 Aug 2027. Given 2 Nov 2026 12:00." in text
    assert boxes(of_research, "others") == {str(carbon.pk): False}
    text = said(of_carbon)
    assert "So that it can work out your carbon footprint It will have access From 22 Nov 2026" in text
    assert "Readings it will be able to see 6 Jan 2026" in text
    assert "This access has not begun. If you end it, Energianõu OÜ will never see anything by it." in text
    assert "Energy service company, so that it can do research, until 2 Dec 2026 12:00" in text
    in_estonian = said(browser_of(language="et").get(end_of(research)))
    assert "Energiateenuse osutaja, et arvutada teie süsiniku jalajälg, alates 22.11.2026 kuni ise" in in_estonian


def test_as_supplier_and_as_aggregator_are_told_apart(homes: list[MeteringPoint]) -> None:
    sells, steers = offer(homes[0], SUPPLIER), offer(homes[0], AGGREGATOR)
    browser = browser_of()
    page = browser.get(end_of(sells))
    assert "Kind of company Electricity or gas supplier So that it can make you an offer for energy" in said(page)
    assert "Aggregator, so that it can make you an offer for your flexibility, until 4 Nov 2026 12:00" in said(page)
    assert boxes(page, "others") == {str(steers.pk): False}
    browser.send(end_of(sells), as_it_stands(page))
    assert open_ones() == {steers.pk}


def test_what_goes_on_is_said_afterwards_with_a_link(homes: list[MeteringPoint]) -> None:
    (research,) = give(homes[0], purpose=RESEARCH, validity=Period(NOW, NOW + 30 * DAY))
    (carbon,) = give(homes[0], purpose=CARBON)
    browser = browser_of()
    browser.send(end_of(carbon), as_it_stands(browser.get(end_of(carbon))))
    assert open_ones() == {research.pk}
    page = browser.get(LIST)
    assert alert(page, "success") == "You ended the access of Energianõu OÜ to Uus tn 20, Tartu linn."
    assert alert(page, "warning") == (
        "But Energianõu OÜ still has access that you gave it:"
        " Uus tn 20, Tartu linn: so that it can do research, until 2 Dec 2026 12:00."
    )
    assert page.content.decode().count(f'href="{LIST}/{research.pk}"') == 3, "the note's, and two of the card"
    # Of what has ended its own page says so too, as long as that is so.
    ended = browser.get(f"{LIST}/{carbon.pk}")
    assert "but you gave Energianõu OÜ this too, and it has not ended." in said(ended)
    assert "Uus tn 20, Tartu linn: so that it can do research, until 2 Dec 2026 12:00" in said(ended)
    browser.send(end_of(research), as_it_stands(browser.get(end_of(research))))
    assert "Its other access" not in said(browser.get(f"{LIST}/{carbon.pk}"))
    assert alert(browser.get(LIST), "warning") == ""


def test_the_last_one_leaves_nothing_and_that_is_said(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0])
    give(homes[1], purpose=RESEARCH)
    adviser(SECOND_ADVICE, name="Teine Nõu OÜ")
    jaan = another()
    give(homes[0], now=NOW - 5 * DAY, validity=Period(NOW - 5 * DAY, NOW - DAY))
    give(point_of(jaan, number=7), customer=jaan)
    browser = browser_of()
    page = browser.get(end_of(one))
    assert boxes(page, "others") == {}, "neither elsewhere, nor ended, nor of another customer"
    browser.send(end_of(one), as_it_stands(page))
    assert alert(browser.get(LIST), "success") == (
        "You ended the access of Energianõu OÜ to Uus tn 20, Tartu linn."
        " Energianõu OÜ has no other access to this place that you gave it."
    )


def test_others_that_are_ticked_end_with_it_in_one_act(homes: list[MeteringPoint]) -> None:
    (research,) = give(homes[0], purpose=RESEARCH)
    (carbon,) = give(homes[0], purpose=CARBON, validity=Period(NOW + 20 * DAY, None))
    (energy,) = give(homes[0])
    browser = browser_of()
    sent = as_it_stands(browser.get(end_of(research))) | {"others": [str(carbon.pk), str(energy.pk)]}
    assert browser.send(end_of(research), sent)["Location"] == LIST
    assert not open_ones()
    rows = CustomerAuthorization.objects.all()
    assert len({one.revoked_at for one in rows}) == 1 and {one.revoked_by for one in rows} == {browser.user}
    assert "has no other access to this place" in alert(browser.get(LIST), "success")


def test_the_same_given_twice_ends_twice_unless_she_unticks_it(homes: list[MeteringPoint]) -> None:
    (first,) = give(homes[0], now=NOW - DAY, validity=Period(NOW - DAY, NOW + 30 * DAY))
    (again,) = give(homes[0])
    (later,) = give(homes[0], now=NOW + SECOND, validity=Period(NOW + 30 * DAY, None))
    browser = browser_of()
    page = browser.get(end_of(first))
    assert boxes(page, "others") == {str(later.pk): False, str(again.pk): True}, "what begins as it ends is another"
    assert said(page).count("You gave access for the same purpose more than once, so this is ticked.") == 1
    browser.send(end_of(first), as_it_stands(page))
    assert open_ones() == {later.pk}
    assert alert(browser.get(LIST), "warning") == (
        "But Energianõu OÜ will have access later that you gave it:"
        " Uus tn 20, Tartu linn: so that it can manage your energy use, from 2 Dec 2026 until you end it."
    )
    (third,) = give(homes[0], now=NOW + 2 * SECOND)
    page = browser.get(end_of(later))
    assert boxes(page, "others") == {str(third.pk): True}
    browser.send(end_of(later), as_it_stands(page) | {"others": []})
    assert open_ones() == {third.pk}


def test_others_end_at_the_places_that_their_box_names_and_nowhere_else(homes: list[MeteringPoint]) -> None:
    given = give(*homes[:2], now=NOW - SECOND)
    others = give(*homes, purpose=RESEARCH)
    (carbon,) = give(homes[0], purpose=CARBON)
    browser = browser_of()
    page = browser.get(end_of(given[0]))
    assert "Places: Uus tn 20, Tartu linn; Vana tn 1, Tartu linn." in said(page), "the third place is not of this page"
    value = next(value for value in boxes(page, "others") if "." in value)
    assert set(value.split(".")) == {str(one.pk) for one in others[:2]}
    # A tick is never without effect, whatever places are ticked above.
    browser.send(end_of(given[0]), {"places": [str(given[1].pk)], "others": [str(carbon.pk)]})
    assert open_ones() == {given[0].pk, *(one.pk for one in others)}
    told = browser.get(LIST)
    assert alert(told, "success") == "You ended the access to 2 places that you had given Energianõu OÜ."
    assert alert(told, "warning") == (
        "But Energianõu OÜ still has access that you gave it:"
        " Uus tn 20, Tartu linn; Vana tn 1, Tartu linn: so that it can do research, until you end it;"
        " Uus tn 20, Tartu linn: so that it can manage your energy use, until you end it."
    )
    # The same page, sent again with all that stood on it: what has ended is no fault, the third place stays.
    browser.send(end_of(given[0]), {"places": [str(one.pk) for one in given], "others": [value]})
    assert open_ones() == {others[2].pk}


def test_what_was_given_after_she_opened_the_page_goes_on_and_is_said(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0], now=NOW - 2 * SECOND)
    (again,) = give(homes[0], now=NOW - SECOND)
    browser = browser_of()
    sent = as_it_stands(browser.get(end_of(one)))
    (unseen,) = give(homes[0])
    browser.send(end_of(one), sent)
    assert open_ones() == {unseen.pk}
    again.refresh_from_db()
    assert again.revoked_at is not None
    assert "But Energianõu OÜ still has access that you gave it" in alert(browser.get(LIST), "warning")


def test_a_tick_ends_the_other_though_this_one_has_ended_meanwhile(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0])
    (other,) = give(homes[0], purpose=RESEARCH)
    browser = browser_of()
    sent = as_it_stands(browser.get(end_of(one)))
    browser.send(end_of(one), sent)
    browser.get(LIST)
    # Unticked: that it has ended is not all there is to say.
    assert browser.send(end_of(one), sent)["Location"] == f"{LIST}/{one.pk}"
    page = browser.get(f"{LIST}/{one.pk}")
    assert alert(page, "info") == "This access has ended already."
    assert "still has access that you gave it" in alert(page, "warning") and open_ones() == {other.pk}
    assert browser.send(end_of(one), sent | {"others": [str(other.pk)]})["Location"] == LIST
    assert not open_ones()


def test_somebody_elses_or_another_companys_among_the_others_ends_nothing(homes: list[MeteringPoint]) -> None:
    (one,) = give(homes[0])
    (mine,) = give(homes[0], purpose=RESEARCH)
    (elsewhere,) = give(homes[1], purpose=RESEARCH)
    to_another = offer(homes[0], SUPPLIER)
    jaan = another()
    (his,) = give(point_of(jaan, number=3), customer=jaan)
    browser = browser_of()
    before = contents()
    said_wrong = set()
    strangers = [elsewhere.pk, to_another.pk, his.pk, uuid4(), "x", "\x00", ".", "x" * 5_000, f"{mine.pk}.{his.pk}"]
    for other in [*map(str, strangers), f"{mine.pk}.", ""]:
        answer = browser.send(end_of(one), {"places": str(one.pk), "others": [str(mine.pk), other]})
        (text,) = wrong(answer)["others"]
        said_wrong.add(text.replace(f". {other} is", ". … is"))
    assert len(said_wrong) == 1 and contents() == before


def test_the_page_asks_as_often_for_many_as_for_few(homes: list[MeteringPoint]) -> None:
    given = give(*homes)
    browser = browser_of()

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    give(homes[0], purpose=RESEARCH)
    paths = (end_of(given[0]), f"{LIST}/{given[0].pk}", LIST)
    for path in paths:
        queries(path)
    few = [queries(path) for path in paths]
    for number in range(1, 6):
        give(*homes, purpose=RESEARCH, now=NOW + number * SECOND)
        give(*homes, purpose=CARBON, now=NOW + number * SECOND)
    assert [queries(path) for path in paths] == few


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_market")
def test_two_windows_that_end_each_others_access_both_succeed_without_waiting_for_ever() -> None:
    point, browser = point_of(), browser_of()
    for number in range(4):
        cache.clear()
        (one,) = give(point, now=NOW + number * SECOND, validity=Period(NOW + DAY, None))
        (other,) = give(point, now=NOW + number * SECOND, validity=Period(NOW + DAY, None), purpose=RESEARCH)
        forms = [
            {"places": str(mine.pk), "others": str(its.pk), "form_id": sign * 22}
            for mine, its, sign in ((one, other, "a"), (other, one, "b"))
        ]
        answers = at_once(browser, (end_of(one), forms[0]), (end_of(other), forms[1]))
        assert [answer.status_code for answer in answers] == [302, 302]
        assert not open_ones()
        assert len(set(CustomerAuthorization.objects.filter(pk__in=[one.pk, other.pk]).values_list("revoked_at"))) == 1
