"""What the tracker calls places: electricity and gas at one address can be told apart, whoever has both."""

from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, PartyType
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from tests.distribution import market
from tests.distribution.market import HOUSE, MARI
from tests.distribution.seen import FLAT, at, read, send
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import FILE, PAGE, customer, entry_urls, serve, table, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market
BEGUN, ENDED = day_start(date(2024, 1, 1)), day_start(date(2026, 5, 1))
ELECTRICITY, GAS = Commodity.ELECTRICITY, Commodity.NATURAL_GAS
AT = "Kase 3, Tallinn"


def place(eic: str, commodity: Commodity = ELECTRICITY, *, street: str = "Kase 3") -> None:
    """Say where a place is and what is delivered there."""
    point = market.make_point(eic)
    point.street_address, point.municipality, point.commodity = street, "Tallinn", commodity
    point.save()


def hers(eic: str, *, ended: bool = False, deleted: bool = False, who: str = MARI) -> None:
    """Let somebody have, or have had, the network agreement at a place."""
    grid = serve(
        AgreementType.GRID,
        BEGUN,
        ENDED if ended else None,
        place=eic,
        eic=who,
        deleted_at=at("10-01T00:00") if deleted else None,
    )
    Agreement.objects.filter(pk=grid.pk).update(commodity=MeteringPoint.objects.get(eic=eic).commodity)


def offered(language: str = "en") -> list[str]:
    """Give what the places to choose from are called."""
    page = customer(language=language).get(PAGE)
    return [unescape(str(name)) for code, name in page.context["form"].fields["place"].widget.choices if code]


def in_the_file(language: str = "en") -> list[str]:
    """Give what the rows of the file call the places, each name once."""
    header = "Aadress" if language == "et" else "Address"
    return sorted({row[header] for row in table(customer(language=language).get(FILE, {"form": "csv"}))})


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", [f"{AT} (electricity)", f"{AT} (natural gas)"]),
        ("et", [f"{AT} (elekter)", f"{AT} (maagaas)"]),
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_electricity_and_gas_at_one_address_are_told_apart_everywhere(
    language: str, names: list[str], ended: bool
) -> None:
    for eic, commodity in ((HOUSE, ELECTRICITY), (FLAT, GAS)):
        place(eic, commodity)
        hers(eic, ended=ended)
        read("10-20T10:00", point=eic)
    assert offered(language) == in_the_file(language) == names
    browser = customer(language=language)
    page = browser.get(PAGE)
    said = text(page)
    (entry,) = entry_urls(page)
    by_day = text(browser.get(entry))
    for name, eic in zip(names, (HOUSE, FLAT), strict=True):
        assert f"{name} {eic}" in said
        # Once in what the entry says of where, once in the day.
        assert by_day.count(f"{name} {eic}") == 2
    # Filtered by one, that one alone is read of, by the same name.
    only = browser.get(PAGE, {"place": FLAT})
    assert [[one.address for one in row.places] for row in only.context["list"].rows] == [[names[1]]]


def test_who_has_electricity_alone_reads_addresses_alone() -> None:
    """Whatever others have at the same address."""
    stranger = Party.objects.create(eic="38X-AVP-JAAN----", type=PartyType.PHYSICAL_PERSON, name="Jaan")
    place(HOUSE)
    hers(HOUSE)
    place(FLAT, GAS)
    hers(FLAT, who=stranger.eic)
    read("10-20T10:00")
    assert offered() == in_the_file() == [AT]
    assert f"Where {AT} {HOUSE}" in text(customer().get(PAGE))


def test_two_of_one_kind_at_one_address_are_told_apart_by_their_codes() -> None:
    for eic in (HOUSE, FLAT):
        place(eic)
        hers(eic)
        read("10-20T10:00", point=eic)
    assert sorted(offered()) == sorted(f"{AT}, {eic}" for eic in (HOUSE, FLAT))
    said = text(customer().get(PAGE))
    # Where the code stands beside it, it is said once.
    assert f"{AT} {HOUSE}" in said and f"{AT}, {HOUSE} {HOUSE}" not in said


@pytest.mark.parametrize("deleted", [False, True])
def test_a_place_that_is_not_hers_goes_on_being_named_by_where_it_is(deleted: bool) -> None:
    """Seen of her there once; since then its agreement was deleted, or it never was one."""
    place(HOUSE)
    hers(HOUSE)
    place(FLAT, street="Tamme 5")
    if deleted:
        hers(FLAT, deleted=True)
    for eic in (HOUSE, FLAT):
        read("10-20T10:00", point=eic)
    assert offered() == in_the_file() == [AT, "Tamme 5, Tallinn"]


def test_of_what_nobody_has_said_where_it_is_the_code_is_said_once() -> None:
    place(HOUSE)
    hers(HOUSE)
    MeteringPoint.objects.filter(pk=market.make_point(FLAT).pk).update(commodity=GAS)
    hers(FLAT)
    read("10-20T10:00", point=FLAT)
    assert offered() == [FLAT]
    assert in_the_file() == [""]
    assert f"Where {FLAT} How often" in text(customer().get(PAGE))


def test_names_need_as_many_queries_whatever_she_has() -> None:
    browser = customer()

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    place(HOUSE)
    hers(HOUSE)
    read("10-20T10:00")
    (entry,) = entry_urls(browser.get(PAGE))
    few = [queries(PAGE), queries(entry)]
    place(FLAT, GAS)
    hers(FLAT)
    read("10-20T11:00", point=FLAT)
    send("10-20T12:00", point=FLAT)
    assert [queries(PAGE), queries(entry)] == few
