"""Why somebody might see it, as the one thing that holds; of which days; and each access that was given by itself."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.services.access_log import Read
from datahub.market import AgreementType, PartyType, Role
from datahub.market_time import day_start
from datahub.parties.models import Party
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS2
from tests.distribution.seen import FLAT, at, look, read
from tests.distribution.tracked import days_between
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import (
    FILE,
    PAGE,
    PERMISSION,
    allow,
    customer,
    entry_urls,
    serve,
    table,
    text,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market
GENERALLY = "It sells you electricity, or its agreement starts later or ended less than a year ago."
SUPPLY, GENERAL, AGGREGATION = AgreementType.SUPPLY, AgreementType.GENERAL_SERVICE, AgreementType.AGGREGATION


def day(year: int, month: int, number: int) -> datetime:
    return day_start(date(year, month, number))


def reasons(**who: Any) -> list[str]:
    """Give why she is told that it was seen, newest first: the same on the page and in the file of each row."""
    browser = customer(**who)
    shown = [one.why for one in browser.get(PAGE).context["list"].rows]
    header = "Põhjus" if who.get("language") == "et" else "Reason"
    assert set(shown) >= {row[header] for row in table(browser.get(FILE, {"form": "csv"}))} or GENERALLY in shown
    return shown


@pytest.mark.parametrize(
    ("kind", "start", "end", "role", "said", "in_estonian"),
    [
        (
            SUPPLY,
            day(2025, 5, 1),
            None,
            Role.OPEN_SUPPLIER,
            "It is your electricity supplier now, since 1 May 2025.",
            "Teie elektrimüüja alates 01.05.2025.",
        ),
        (
            SUPPLY,
            day(2026, 12, 1),
            None,
            Role.OPEN_SUPPLIER,
            "It will be your electricity supplier from 1 Dec 2026.",
            "Hakkab teie elektrimüüjaks 01.12.2026.",
        ),
        (
            SUPPLY,
            day(2025, 5, 1),
            day(2026, 3, 1),
            Role.OPEN_SUPPLIER,
            "It was your electricity supplier until 28 Feb 2026.",
            "Oli teie elektrimüüja kuni 28.02.2026.",
        ),
        (
            GENERAL,
            day(2025, 5, 1),
            None,
            Role.OPEN_SUPPLIER,
            "It sells you electricity as general service now, since 1 May 2025.",
            "Müüb teile elektrit üldteenusena alates 01.05.2025.",
        ),
        (
            GENERAL,
            day(2025, 5, 1),
            day(2026, 3, 1),
            Role.OPEN_SUPPLIER,
            "It sold you electricity as general service until 28 Feb 2026.",
            "Müüs teile elektrit üldteenusena kuni 28.02.2026.",
        ),
        (
            AGGREGATION,
            day(2025, 5, 1),
            None,
            Role.AGGREGATOR,
            "It is your aggregator now, since 1 May 2025.",
            "Teie agregaator alates 01.05.2025.",
        ),
    ],
)
def test_the_agreement_that_holds_is_said(
    kind: AgreementType, start: datetime, end: datetime | None, role: Role, said: str, in_estonian: str
) -> None:
    if kind == AGGREGATION:
        serve(kind, start, end, place=FLAT, parent=HOUSE)
    else:
        serve(kind, start, end)
    read("10-20T10:00", role=role)
    read("10-19T10:00", role=role, point="", service="page:point")
    assert reasons() == [said, said]
    assert reasons(language="et") == [in_estonian, in_estonian]


def test_what_follows_at_once_goes_on() -> None:
    serve(SUPPLY, day(2024, 5, 1), day(2025, 5, 1))
    serve(SUPPLY, day(2025, 5, 1), day(2027, 5, 1))
    read("10-20T10:00")
    assert reasons() == ["It is your electricity supplier now, since 1 May 2024."]


def test_of_several_places_what_holds_at_all_of_them() -> None:
    serve(SUPPLY, day(2025, 5, 1))
    serve(SUPPLY, day(2025, 5, 1), place=FLAT)
    for place in (HOUSE, FLAT):
        read("10-20T10:00", point=place)
    assert reasons() == ["It is your electricity supplier now, since 1 May 2025."]


def test_since_different_days_it_is_the_supplier_now() -> None:
    serve(SUPPLY, day(2025, 5, 1))
    serve(SUPPLY, day(2025, 6, 1), place=FLAT)
    for place in (HOUSE, FLAT):
        read("10-20T10:00", point=place)
    browser = customer()
    assert [one.why for one in browser.get(PAGE).context["list"].rows] == ["It is your electricity supplier now."]
    # The file tells each place by itself.
    assert {row["Reason"] for row in table(browser.get(FILE, {"form": "csv"}))} == {
        "It is your electricity supplier now, since 1 May 2025.",
        "It is your electricity supplier now, since 1 Jun 2025.",
    }


@pytest.mark.parametrize(
    "agreements",
    [
        [],
        # One is known at one of the places alone.
        [(SUPPLY, HOUSE, None)],
        [(SUPPLY, HOUSE, None), (GENERAL, FLAT, None)],
        [(SUPPLY, HOUSE, None), (SUPPLY, FLAT, day(2026, 9, 1))],
    ],
)
def test_what_is_not_the_same_everywhere_or_not_known_is_said_in_general(agreements: list[Any]) -> None:
    for kind, place, end in agreements:
        serve(kind, day(2025, 5, 1), end, place=place)
    for place in (HOUSE, FLAT):
        read("10-20T10:00", point=place)
    assert reasons() == [GENERALLY]


def test_former_and_later_agreements_of_which_either_may_have_been_the_reason_are_not_guessed() -> None:
    serve(SUPPLY, day(2025, 5, 1), day(2026, 9, 1))
    serve(SUPPLY, day(2026, 12, 1))
    read("10-20T10:00")
    assert reasons() == [GENERALLY]


def test_nothing_is_told_of_an_agreement_with_another_customer_or_of_another_company() -> None:
    jaan = Party.objects.create(eic="38X-AVP-JAAN----", type=PartyType.PHYSICAL_PERSON, name="Jaan")
    serve(SUPPLY, day(2025, 5, 1), day(2026, 3, 1), eic=jaan.eic)
    serve(SUPPLY, day(2026, 3, 1), by=BRP)
    serve(GENERAL, day(2026, 12, 1))
    serve(SUPPLY, day(2026, 11, 1), deleted_at=at("10-01T00:00"))
    read("10-20T10:00")
    read("10-20T11:00", role=Role.AGGREGATOR)
    assert GENERALLY in reasons()
    assert not any(word in why for why in reasons() for word in ("202", "since", "until"))
    # He, of whom nothing was read, is told nothing either; of what is read of him his own.
    read("10-20T10:00", customer=jaan.eic)
    assert reasons(eic=jaan.eic, name="jaan") == ["It was your electricity supplier until 28 Feb 2026."]


def test_what_serves_her_is_looked_up_in_one_statement() -> None:
    browser = customer()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        return len(captured)

    serve(SUPPLY, day(2025, 5, 1))
    read("10-20T10:00")
    queries()
    few = queries()
    for by in (GO, BRP):
        serve(SUPPLY, day(2025, 5, 1), by=by, place=FLAT if by == BRP else "38ZGO-10000018-5")
        read("10-20T10:00", by=by, point=FLAT)
    assert queries() == few


# --- of which days ------------------------------------------------------------------------------------------------


def test_a_time_is_said_where_it_is_that_of_all_places_and_else_day_by_day() -> None:
    for place, seen in ((HOUSE, days_between(3, 4)), (FLAT, days_between(1, 22))):
        read("10-25T10:00", point=place, period_from=seen.start, period_to=seen.end)
    browser = customer()
    page = browser.get(PAGE)
    assert "Data of Different days within 1 Oct 2026 – 22 Oct 2026 See by day" in text(page)
    assert "Eri päevad vahemikus 01.10.2026 – 22.10.2026 Vaata päevade kaupa" in text(customer(language="et").get(PAGE))
    (url,) = entry_urls(page)
    said = text(browser.get(url))
    assert "3 Oct 2026 – 4 Oct 2026" in said and "1 Oct 2026 – 22 Oct 2026" in said
    assert "See by day" not in said


def test_a_day_lists_the_separate_times_that_were_read_on_it() -> None:
    for seen in (days_between(1, 1), days_between(22, 22)):
        read("10-25T10:00", period_from=seen.start, period_to=seen.end)
    browser = customer()
    page = browser.get(PAGE)
    assert "Data of 1 Oct 2026 22 Oct 2026" in text(page)
    assert f"25 Oct 2026 {HOUSE} 1 10:00 10:00 1 Oct 2026 22 Oct 2026" in text(browser.get(entry_urls(page)[0]))


# --- access that was given ----------------------------------------------------------------------------------------


def test_reads_on_several_authorizations_name_each_act_at_its_day() -> None:
    together = [allow(given_at=at("10-01T09:00"), point=place) for place in (HOUSE, FLAT)]
    later = allow(given_at=at("10-02T09:00"))
    rows = [Read(MARI, HOUSE, ground=PERMISSION, authorization=one.pk) for one in (*together, later)]
    for number in range(9):
        look(f"10-20T1{number}:00", *rows)
    browser = customer()
    page = browser.get(PAGE)
    said = text(page)
    assert "It looked itself: 9 times, last 20 Oct 2026 18:00" in said
    # Two places were given at once.
    assert "You gave it access 2 times. See when" in said
    shown = browser.get(entry_urls(page)[0])
    assert "9 10:00 18:00 given on 1 Oct 2026 given on 2 Oct 2026" in text(shown)
    assert f"/portal/authorizations/{later.pk}" in shown.content.decode()


def test_places_that_were_given_at_once_are_one_access() -> None:
    rows = [
        Read(MARI, place, ground=PERMISSION, authorization=allow(given_at=at("10-01T09:00"), point=place).pk)
        for place in (HOUSE, FLAT)
    ]
    look("10-20T10:00", *rows, service="meter/search")
    said = text(customer().get(PAGE))
    assert "It looked itself: once" in said
    assert "You gave it access on 1 Oct 2026 . See what you allowed" in said
    assert "Andsite volituse 01.10.2026 ." in text(customer(language="et").get(PAGE))


def test_what_was_found_of_access_that_stood_and_of_access_that_did_not_can_be_told_apart() -> None:
    """One search found both kinds at one place: each has its own ground in the log, and its own entry."""
    open_one = allow(given_at=at("10-01T09:00"))
    ended = [allow(given_at=at(f"09-0{day}T09:00")) for day in (1, 2)]
    look(
        "10-20T10:00",
        Read(MARI, HOUSE, ground=PERMISSION, authorization=open_one.pk),
        Read(MARI, HOUSE, ground=None, authorization=ended[0].pk),
        service="customer-authorization",
    )
    browser = customer()
    page = browser.get(PAGE)
    said = text(page)
    assert "Why You gave it access on 1 Oct 2026 . See what you allowed" in said
    assert "Why You gave it access, which had not begun or had ended. See what you allowed" in said
    assert f"/portal/authorizations/{ended[0].pk}" in page.content.decode()
    # Its own page and the file say the same, and so it is of several acts.
    look("10-20T11:00", Read(MARI, HOUSE, authorization=ended[1].pk), service="customer-authorization")
    page = browser.get(PAGE)
    assert "Why You gave it access, which had not begun or had ended. See when" in text(page)
    without_ground = text(browser.get(entry_urls(page)[0]))
    assert "Why You gave it access, which had not begun or had ended. Day by day" in without_ground
    assert "given on 1 Sep 2026 given on 2 Sep 2026" in without_ground
    rows = table(browser.get(FILE, {"form": "csv"}))
    assert sorted({row["Reason"] for row in rows}) == [
        "You gave it access, which had not begun or had ended.",
        "You gave it access.",
    ]
    estonian = text(customer(language="et").get(PAGE))
    assert "Andsite talle volituse, mis ei olnud veel alanud või oli lõppenud." in estonian


def test_a_company_of_another_kind_is_named_as_where_access_is_given() -> None:
    read("10-20T10:00", role=Role.ENERGY_SERVICE_PROVIDER, by=OS2)
    read("10-20T11:00", role=Role.AGGREGATOR, by=OS2)
    assert [one.role for one in customer().get(PAGE).context["list"].rows] == ["Aggregator", "Energy service company"]
    estonian = customer(language="et").get(PAGE)
    assert [one.role for one in estonian.context["list"].rows] == ["Agregaator", "Energiateenuse osutaja"]
