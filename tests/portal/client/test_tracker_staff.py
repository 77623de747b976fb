"""The tracker of a customer whose data the hub's staff have looked at: that they did, why, and never who of them."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datahub.access.services.access_log import Read, log_looks_of_staff
from datahub.market import AgreementType
from datahub.parties.models import Party, User
from datahub.staff.looks import Of
from distribution.selectors.tracker import What
from tests.distribution import market
from tests.distribution.market import GO, HOUSE, MARI, OS2
from tests.distribution.seen import at, read
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import ENTRY, FILE, PAGE, customer, table, text
from tests.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market
COMPANY = "38X-AVP-FIRM01-C"
WHO = "Salme Salajane"


def looked(when: str, of: Of = Of.POINTS, point: str = HOUSE, *, eic: str = MARI, name: str = "salme") -> None:
    first, family = WHO.split()
    person, _ = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "first_name": first, "last_name": family}
    )
    log_looks_of_staff(user=person, looks=[(of.value, Read(eic, point))], now=at(when))


def entries_of(answer: Any) -> list[str]:
    """Give the addresses of the entries' own pages."""
    urls = re.findall(rf'<h2 class="seen-who"><a href="({ENTRY}[^"]*)"', answer.content.decode())
    return [unescape(url) for url in urls]


def test_an_entry_says_that_it_was_staff_and_why_and_not_who() -> None:
    looked("10-25T10:00")
    looked("10-26T14:05", name="another")
    said = text(customer().get(PAGE))
    assert "The staff of the datahub What was seen Details of your metering point" in said
    assert "They looked: 2 times, last today 14:05" in said
    assert "The datahub’s staff look at data to answer a question or to put something right." in said
    assert "No reason was recorded" not in said
    estonian = text(customer(language="et").get(PAGE))
    assert "Andmelao töötajad" in estonian and "Nad vaatasid ise" in estonian
    for page in (said, estonian, customer().get(PAGE).content.decode()):
        assert "Salme" not in page and "salme" not in page and "another" not in page


def test_staff_have_an_entry_for_each_kind_of_what_they_looked_at() -> None:
    for of in Of:
        looked("10-25T10:00", of)
    page = customer().get(PAGE)
    kinds = {one.entry.what for one in page.context["list"].rows}
    assert kinds == {
        What.READINGS,
        What.POINT,
        What.AGREEMENTS,
        What.BILLS,
        What.CUSTOMER,
        What.AUTHORIZATIONS,
        What.EXCHANGES,
    }
    assert all(one.entry.is_of_staff for one in page.context["list"].rows)
    # Staff see more than a stranger who looks up a code.
    looked("10-25T11:00", Of.CUSTOMERS, "")
    said = text(customer().get(PAGE, {"what": "CUSTOMER"}))
    assert "Your name or contact details" in said and "Only that you are a customer" not in said


def test_an_entry_opens_and_lists_its_days_and_its_file_has_its_rows() -> None:
    looked("10-25T10:00")
    looked("10-26T10:00")
    looked("10-26T11:00")
    read("10-26T12:00")
    browser = customer()
    company, staff = entries_of(browser.get(PAGE))
    page = browser.get(staff)
    said = text(page)
    assert "The staff of the datahub" in said and OS2 not in said and WHO not in said
    assert [(row.day.day.isoformat(), row.day.times) for row in page.context["list"].rows] == [
        ("2026-10-26", 2),
        ("2026-10-25", 1),
    ]
    assert OS2 in text(browser.get(company))
    rows = table(browser.get(f"{FILE}?{staff.partition('?')[2]}&form=csv"))
    assert [row["Time"] for row in rows] == ["2026-10-26 11:00", "2026-10-26 10:00", "2026-10-25 10:00"]
    whole = table(browser.get(FILE, {"form": "csv"}))
    assert [row["Company"] for row in whole] == ["Tuule Energia AS", *["The staff of the datahub"] * 3]
    for row in whole[1:]:
        assert row["Company (EIC)"] == row["Role"] == row["Looked on your behalf"] == ""
        assert row["Reason"].startswith("The datahub’s staff look at data")
        assert (row["How it saw it"], row["Metering point (EIC)"]) == ("They looked", HOUSE)


def test_staff_can_be_chosen_among_the_companies() -> None:
    read("10-25T12:00")
    browser = customer()
    assert "The staff of the datahub" not in browser.get(PAGE).content.decode()
    looked("10-26T10:00")
    page = browser.get(PAGE)
    assert '<option value="staff">The staff of the datahub</option>' in page.content.decode()
    only = browser.get(PAGE, {"company": "staff"})
    assert [one.entry.is_of_staff for one in only.context["list"].rows] == [True]
    assert [one.entry.participant_eic for one in browser.get(PAGE, {"company": OS2}).context["list"].rows] == [OS2]
    assert [row["Company"] for row in table(browser.get(FILE, {"company": "staff", "form": "csv"}))] == [
        "The staff of the datahub"
    ]
    # Chosen for days on which they saw nothing, they keep their name.
    empty = browser.get(PAGE, {"company": "staff", "last": "2026-10-25"}).content.decode()
    assert '<option value="staff" selected>The staff of the datahub</option>' in empty


def test_staff_of_anybody_else_are_not_seen() -> None:
    Party.objects.create(eic=COMPANY, type="LEGAL_PERSON", name="Leivatööstus OÜ")
    looked("10-25T10:00", eic=COMPANY)
    browser = customer()
    assert "Nobody has seen your data yet" in text(browser.get(PAGE))
    assert table(browser.get(FILE, {"form": "csv"})) == []
    looked("10-25T11:00")
    (staff,) = entries_of(browser.get(PAGE))
    assert [row.day.times for row in browser.get(staff).context["list"].rows] == [1]


def test_what_staff_see_who_are_customers_themselves_is_shown_and_own_looks_are_not() -> None:
    mari = Party.objects.get(eic=MARI)
    person = User.objects.create(username="mari", party=mari, is_staff=True)
    log_looks_of_staff(user=person, looks=[(Of.POINTS.value, Read(MARI, HOUSE))], now=at("10-25T10:00"))
    read("10-25T11:00", by=MARI, role="", service="portal/point", ground=None, user=person)
    browser = customer(name="mari")
    assert [one.entry.is_of_staff for one in browser.get(PAGE).context["list"].rows] == [True]
    assert [row["Company"] for row in table(browser.get(FILE, {"form": "csv"}))] == ["The staff of the datahub"]


def test_what_staff_open_in_the_admin_stands_in_her_tracker() -> None:
    market.take_over_agreements(agreements=[market.agreement(AgreementType.GRID, GO, point=HOUSE)], now=market.NOW)
    point = market.make_point(HOUSE)
    chief = User.objects.create_superuser("chief", password="a-long-passphrase")
    admin = sign_in(Client(), chief)
    assert admin.get(reverse("admin:metering_meteringpoint_change", args=[point.pk])).status_code == 200
    said = text(customer().get(PAGE))
    assert "The staff of the datahub" in said and HOUSE in said and "chief" not in said
    other = Party.objects.create(eic=COMPANY, type="LEGAL_PERSON", name="Leivatööstus OÜ")
    User.objects.create(username="baker", party=other)
    assert "Nobody has seen your data yet" in text(customer(COMPANY, name="baker").get(PAGE))
