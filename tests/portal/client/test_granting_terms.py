"""For how long and of which time access is given: the choices, odd days of the calendar, midnight while one reads."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from datahub.market_time import TALLINN
from portal.client.granting.terms import ChosenTerms, Lasting, Seen
from tests.portal.client.giving import ADVICE, Wizard, adviser, at_summary, filled, given, said, sentence
from tests.portal.client.readings import NOW, browser_of, point_of
from tests.portal.people import wrong

pytestmark = pytest.mark.usefixtures("_market")


def local(*when: int) -> datetime:
    """Give the instant of a local time."""
    return datetime(*when, tzinfo=TALLINN).astimezone(UTC)  # type: ignore[misc,arg-type]


def at_terms() -> Wizard:
    """Give a customer who has only the terms to choose."""
    point = point_of()
    adviser()
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(ADVICE)
    wizard.places(point.eic)
    return wizard


@pytest.mark.parametrize(
    ("now", "lasting", "end"),
    [
        (local(2026, 11, 2, 12), "1M", local(2026, 12, 2, 12)),
        (local(2026, 11, 2, 12), "6M", local(2027, 5, 2, 12)),
        (local(2026, 11, 2, 12), "1Y", local(2027, 11, 2, 12)),
        (local(2026, 11, 2, 12), "open", None),
        # A month that lacks the day ends with its last.
        (local(2027, 1, 31, 12), "1M", local(2027, 2, 28, 12)),
        (local(2028, 1, 31, 12), "1M", local(2028, 2, 29, 12)),
        (local(2026, 8, 31, 12), "6M", local(2027, 2, 28, 12)),
        (local(2028, 2, 29, 12), "1Y", local(2029, 2, 28, 12)),
        # Over a change of the clock the hour on the clock stays.
        (local(2026, 9, 25, 12), "1M", local(2026, 10, 25, 12)),
        (local(2026, 10, 25, 0, 30), "1M", local(2026, 11, 25, 0, 30)),
        # An hour that the clock skips is the one behind it; of one that it shows twice, the first.
        (local(2027, 2, 28, 3, 30), "1M", local(2027, 3, 28, 4, 30)),
        (local(2026, 9, 25, 3, 30), "1M", local(2026, 10, 25, 3, 30)),
    ],
)
def test_how_long_it_lasts(now: datetime, lasting: str, end: datetime | None) -> None:
    period = ChosenTerms(Lasting(lasting), Seen.PAST_AND_NEW).validity(now + timedelta(microseconds=999_999))
    assert period == (now, end)


@pytest.mark.parametrize(
    ("seen", "first", "last"),
    [
        ("all", local(2025, 11, 2, 12), local(2026, 12, 2, 12)),
        ("new", local(2026, 11, 2, 12), local(2026, 12, 2, 12)),
        ("past", local(2025, 11, 2, 12), local(2026, 11, 2, 12)),
        ("own", local(2026, 1, 5), local(2026, 12, 2)),
    ],
)
def test_which_readings_are_seen(seen: str, first: datetime, last: datetime) -> None:
    days = {"seen_first": "2026-01-05", "seen_last": "1.12.2026"} if seen == "own" else {}
    wizard = at_summary(point_of().eic, lasting="1M", seen=seen, to=(adviser().eic,), **days)
    with time_machine.travel(NOW, tick=False):
        wizard.confirm()
    (one,) = given()
    assert (one.subject_from, one.subject_to) == (first, last)


@pytest.mark.parametrize("lasting", ["1M", "open"])
def test_the_earliest_day_is_exactly_12_months_back(lasting: str) -> None:
    wizard = at_terms()
    days = {"seen": "own", "lasting": lasting, "seen_last": "2026-11-01"}
    refused = wrong(wizard.terms(**days, seen_first="2025-11-01"))
    assert list(refused) == ["seen_first"] and "12 months back" in refused["seen_first"][0]
    assert wizard.terms(**days, seen_first="2025-11-02")["Location"].endswith("/summary")
    assert "from 2 Nov 2025 to 1 Nov 2026" in wizard.summary()
    with time_machine.travel(NOW, tick=False):
        wizard.confirm()
    assert given()[0].subject_from == local(2025, 11, 2, 12), "to the second, though the day has begun before"


def test_without_an_end_readings_are_seen_for_at_most_three_years() -> None:
    wizard = at_terms()
    wizard.terms(lasting="open")
    assert "Until you end it" in wizard.summary() and "to 2 Nov 2029" in wizard.summary()
    days = {"seen": "own", "lasting": "open", "seen_first": "2026-11-02"}
    refused = wrong(wizard.terms(**days, seen_last="2029-11-03"))["seen_last"]
    assert refused == ["Without an end of access at most 3 years ahead: choose 2 Nov 2029 or an earlier day."]
    assert wizard.terms(**days, seen_last="2029-11-02").status_code == 302
    with time_machine.travel(NOW, tick=False):
        wizard.confirm()
    (one,) = given()
    assert (one.valid_to, one.subject_to) == (None, local(2029, 11, 2, 12)), "to the second of the last day"


def test_days_behind_the_end_of_access_are_not_promised() -> None:
    wizard = at_terms()
    days = {"lasting": "own", "first": "2026-12-01", "last": "2026-12-31", "seen": "own"}
    wizard.terms(**days, seen_first="2026-11-10", seen_last="2027-02-28")
    assert "the readings from 10 Nov 2026 to 31 Dec 2026" in wizard.summary()
    # Of nothing at all there is no summary.
    refused = wrong(wizard.terms(**days, seen_first="2027-01-01", seen_last="2027-02-28"))
    assert refused == {"seen_first": ["Access has ended before these days. Choose earlier ones."]}


def test_readings_of_one_day_are_said_to_be_of_it() -> None:
    wizard = at_terms()
    wizard.terms(lasting="1M", seen="own", seen_first="2026-10-25", seen_last="2026-10-25")
    assert "the details and the readings of 25 Oct 2026, so that" in wizard.summary()


def test_nothing_is_chosen_for_her_of_how_long_and_how_much() -> None:
    wizard = at_terms()
    assert not any(wizard.form("terms").values())
    assert {"purpose", "lasting", "seen"} <= wrong(wizard.browser.send(f"{wizard.base}terms", {})).keys()


def test_with_an_end_of_its_own_it_may_be_later_than_three_years() -> None:
    wizard = at_terms()
    assert wizard.terms(lasting="own", first="2026-11-02", last="2036-11-01").status_code == 302
    assert "Until 1 Nov 2036," in wizard.summary() and "to 1 Nov 2036" in wizard.summary()


def test_own_days_begin_later_and_last_to_the_end_of_the_last() -> None:
    wizard = at_terms()
    wizard.terms(lasting="own", first="2026-12-01", last="2026-12-24", seen="new")
    assert wizard.summary().startswith("From 1 Dec 2026 until 24 Dec 2026, ")
    assert "from 1 Dec 2026 to 24 Dec 2026" in wizard.summary()
    wizard.confirm()
    (one,) = given()
    assert (one.valid_from, one.valid_to) == (local(2026, 12, 1), local(2026, 12, 25))
    assert (one.subject_from, one.subject_to) == (one.valid_from, one.valid_to)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2027-10-31", 25)])
def test_a_day_of_a_clock_change_is_opened_whole(day: str, hours: int) -> None:
    wizard = at_terms()
    wizard.terms(lasting="own", first=day, last=day, seen="new")
    wizard.confirm()
    (one,) = given()
    assert one.valid_to is not None and one.valid_to - one.valid_from == timedelta(hours=hours)
    assert one.subject_to - one.subject_from == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"purpose": ""}, "purpose"),
        ({"purpose": "ENERGY_SUPPLY_OFFER"}, "purpose"),
        ({"purpose": "\x00"}, "purpose"),
        ({"lasting": ""}, "lasting"),
        ({"lasting": "2Y"}, "lasting"),
        ({"seen": ""}, "seen"),
        ({"seen": "x"}, "seen"),
        ({"lasting": "own"}, "first"),
        ({"lasting": "own", "first": "2026-11-02"}, "last"),
        ({"lasting": "own", "first": "2026-11-05", "last": "2026-11-04"}, "last"),
        ({"lasting": "own", "first": "2026-10-01", "last": "2026-11-01"}, "last"),
        ({"lasting": "own", "first": "2026-11-01", "last": "2026-12-01"}, "first"),
        ({"seen": "own", "seen_first": "2025-11-01", "seen_last": "2026-01-01"}, "seen_first"),
        ({"lasting": "own", "first": "2026-11-31", "last": "2026-12-01"}, "first"),
        ({"lasting": "own", "first": "2026-11-02", "last": "9999-12-31"}, "last"),
        ({"lasting": "own", "first": "0001-01-01", "last": "2026-12-31"}, "first"),
        ({"lasting": "own", "first": "\x00", "last": "2026-12-31"}, "first"),
        ({"seen": "own"}, "seen_first"),
        ({"seen": "own", "seen_first": "2026-11-05", "seen_last": "2026-11-04"}, "seen_last"),
        ({"seen": "own", "seen_first": "2199-12-31", "seen_last": "2200-01-01"}, "seen_last"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_said_at_their_field(fields: dict[str, str], at: str) -> None:
    wizard = at_terms()
    assert at in wrong(wizard.terms(**fields))
    assert wizard.page("summary")["Location"].endswith("/terms")


def test_days_that_are_not_asked_for_are_not_looked_at() -> None:
    wizard = at_terms()
    old = {"first": "2020-01-01", "last": "x", "seen_first": "99", "seen_last": "2019-01-01"}
    assert wizard.terms(lasting="1M", **old).status_code == 302
    assert wizard.form("terms")["first"] is None and wizard.form("terms")["last"] is None


# --- her own time at the place --------------------------------------------------------------------------------------


def test_of_places_with_times_of_their_own_each_says_its_days() -> None:
    house = point_of(since=date(2026, 6, 1))
    flat = point_of(number=1, street_address="Vana tn 3", until=date(2027, 1, 1))
    adviser()
    wizard = at_summary(house.eic, flat.eic, lasting="1Y")
    page = wizard.page("summary")
    assert "from 2 Nov 2025 to 2 Nov 2027" in sentence(page), "from the first day of any to the last of any"
    assert page.context["summed"].differ and " open>" in page.content.decode()
    assert {place.eic: place.days for place in page.context["summed"].places} == {
        house.eic: ("1 Jun 2026", "2 Nov 2027"),
        flat.eic: ("2 Nov 2025", "31 Dec 2026"),
    }
    wizard.confirm()
    cut = {one.point: (one.subject_from, one.subject_to) for one in given()}
    assert cut[house][0] == local(2026, 6, 1) and cut[flat][1] == local(2027, 1, 1)


NONE_OF_NEW = {"lasting": "1M", "seen": "own", "seen_first": "2026-01-01", "seen_last": "2026-08-31"}


def test_days_of_which_nothing_is_hers_at_a_place_are_asked_for_again() -> None:
    house, new = point_of(), point_of(number=1, since=date(2026, 10, 1), street_address="Vana tn 3")
    adviser()
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(ADVICE)
    wizard.places(house.eic, new.eic)
    (refused,) = wrong(wizard.terms(**NONE_OF_NEW))["seen_first"]
    assert refused.startswith("Vana tn 3") and "on any of these days" in refused
    assert wizard.page("summary")["Location"].endswith("/terms") and not given()
    # A day of her own is enough.
    assert wizard.terms(**NONE_OF_NEW | {"seen_last": "2026-10-01"})["Location"].endswith("/summary")
    wizard.confirm()
    assert [one.subject_from for one in given() if one.point == new] == [local(2026, 10, 1)]


def test_a_place_that_is_added_behind_the_days_is_asked_about_before_the_summary() -> None:
    house, new = point_of(), point_of(number=1, since=date(2026, 10, 1), street_address="Vana tn 3")
    adviser()
    wizard = at_summary(house.eic, **NONE_OF_NEW)
    sent = filled(wizard.page("summary"))
    wizard.places(house.eic, new.eic)
    assert wizard.page("summary")["Location"].endswith("/terms")
    assert "was or will not be yours on any of the days" in said(wizard.page("terms"))
    wizard.browser.send(f"{wizard.base}summary", sent)
    assert not given()


def test_access_does_not_begin_where_she_has_moved_out() -> None:
    house, flat = point_of(until=date(2027, 1, 1)), point_of(number=1, street_address="Vana tn 3")
    adviser()
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.companies(ADVICE)
    wizard.places(house.eic, flat.eic)
    days = {"lasting": "own", "last": "2027-03-31", "seen": "past"}
    (refused,) = wrong(wizard.terms(**days, first="2027-01-01"))["first"]
    assert refused.startswith("Uus tn 20, Tartu linn is not yours any more when access begins.")
    assert wizard.terms(**days, first="2026-12-31").status_code == 302


def test_who_moves_in_at_this_second_has_nothing_of_the_year_before() -> None:
    point = point_of(since=date(2026, 11, 2))
    adviser()
    with time_machine.travel(local(2026, 11, 2), tick=False):
        wizard = Wizard(browser_of())
        wizard.kind()
        wizard.companies(ADVICE)
        wizard.places(point.eic)
        assert "on any of these days" in wrong(wizard.terms(lasting="1M", seen="past"))["seen"][0]
        assert wizard.terms(lasting="1M", seen="new")["Location"].endswith("/summary")


# --- midnight while one reads ---------------------------------------------------------------------------------------


def stays(wizard: Wizard) -> None:
    """Let her have been at her desk all the time."""
    session = wizard.browser.session
    session["seen"] = session["begun"] = int(datetime.now(UTC).timestamp())
    session.save()


def test_own_days_from_today_go_on_after_midnight() -> None:
    wizard = at_terms()
    wizard.terms(lasting="own", first="2026-11-02", last="2026-11-04", seen="new")
    with time_machine.travel(local(2026, 11, 2, 23, 59, 58), tick=False):
        stays(wizard)
        sent = filled(wizard.page("summary"))
    later = local(2026, 11, 3, 0, 0, 1)
    with time_machine.travel(later, tick=False):
        assert wizard.browser.send(f"{wizard.base}summary", sent)["Location"].endswith("/done")
    (one,) = given()
    assert (one.valid_from, one.valid_to, one.given_at) == (later, local(2026, 11, 5), later)


@pytest.mark.parametrize(
    "days",
    [
        {"lasting": "own", "first": "2026-11-02", "last": "2026-11-02", "seen": "past"},
        {"lasting": "1M", "seen": "own", "seen_first": "2025-11-02", "seen_last": "2026-11-01"},
    ],
    ids=["the last day is over", "the first day is more than 12 months ago"],
)
def test_days_that_midnight_has_made_impossible_are_chosen_again(days: dict[str, str]) -> None:
    wizard = at_terms()
    with time_machine.travel(local(2026, 11, 2, 12, 20), tick=False):
        wizard.terms(**days)
        sent = filled(wizard.page("summary"))
    with time_machine.travel(local(2026, 11, 3, 0, 0, 1), tick=False):
        stays(wizard)
        answer = wizard.browser.send(f"{wizard.base}summary", sent)
        assert answer["Location"] == f"{wizard.base}terms" and not given()
        page = wizard.page("terms")
        assert "Some of the days that you chose are not possible any more" in said(page)
        assert wizard.page("summary")["Location"] == f"{wizard.base}terms"
