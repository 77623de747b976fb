"""Who has not read an enquiry yet, and saves that know what had been seen. Source: `5-web.md`, "Enquiries"."""

from datetime import timedelta
from uuid import UUID

import pytest

from datahub.exchanges.rules import By, Side
from datahub.market import Commodity, Role
from datahub.parties.models import Party
from enquiries import reading, services
from enquiries.models import Enquiry
from enquiries.rules import RequestChange, Response, ResponseChange, Status
from tests.enquiries import asking
from tests.enquiries.asking import (
    NORTH,
    NOW,
    OPERATOR,
    SOUTH,
    SUN,
    SUPPLIER,
    answer,
    ask,
    change,
    change_answer,
    refused,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _market() -> None:
    asking.market()


def open_thread(enquiry: Enquiry, *, who: str = NORTH, role: Role = OPERATOR) -> reading.Thread | None:
    return reading.open_thread(
        participant=Party.objects.get(eic=who),
        role=role,
        commodity=Commodity.ELECTRICITY,
        enquiry_id=enquiry.pk,
        now=LATER,
    )


def unread_by() -> str:
    return Enquiry.objects.get().unread_by


def test_a_save_is_unread_by_the_other_side_until_it_opens_the_page() -> None:
    enquiry = ask()
    assert unread_by() == Side.RECEIVER
    open_thread(enquiry, who=SUN, role=SUPPLIER)
    assert unread_by() == Side.RECEIVER
    open_thread(enquiry)
    assert unread_by() == ""
    for save, side in (
        (lambda: change(enquiry.pk, comment="And?"), Side.RECEIVER),
        (lambda: answer(enquiry.pk, Status.OPEN, "Soon."), Side.SENDER),
        (lambda: change(enquiry.pk, comment="When?"), Side.RECEIVER),
        (lambda: change_answer(enquiry.pk, comment="Now.", status=Status.CLOSE), Side.SENDER),
    ):
        save()
        assert unread_by() == side
    open_thread(enquiry, who=SUN, role=SUPPLIER)
    assert unread_by() == ""


def test_who_opens_sees_it_as_it_was_before_she_did() -> None:
    thread = open_thread(ask())
    assert thread is not None and thread.enquiry.unread_by == Side.RECEIVER
    assert thread.first_opened_at is None and len(thread.steps) == 1
    sender = open_thread(thread.enquiry, who=SUN, role=SUPPLIER)
    assert sender is not None and sender.first_opened_at == LATER


@pytest.mark.parametrize(
    ("who", "role"),
    [(SOUTH, OPERATOR), (NORTH, SUPPLIER), (SUN, OPERATOR), (asking.WIND, SUPPLIER), (SUN, Role.AGGREGATOR)],
)
def test_a_stranger_opens_nothing(who: str, role: Role) -> None:
    assert open_thread(ask(), who=who, role=role) is None
    assert unread_by() == Side.RECEIVER


def test_what_was_saved_after_it_was_shown_stays_unread() -> None:
    shown = ask()
    change(shown.pk, comment="And?")
    reading._mark_read(shown)
    assert unread_by() == Side.RECEIVER


def test_searches_and_scans_of_systems_read_nothing() -> None:
    ask()
    assert asking.search(who=NORTH) and asking.scan("2026-10-25T00:00:00Z", who=NORTH)
    assert unread_by() == Side.RECEIVER


# --- what had been seen -------------------------------------------------------------------------------------------


def _acts(enquiry: UUID, seen: object) -> dict[str, object]:
    sun, north = Party.objects.get(eic=SUN), Party.objects.get(eic=NORTH)
    named = {"enquiry_id": enquiry, "commodity": Commodity.ELECTRICITY, "by": By(), "now": LATER, "seen": seen}
    return {
        "change": lambda: services.change_enquiry(
            sender=sun, role=SUPPLIER, change=RequestChange(comment="New"), **named
        ),
        "cancel": lambda: services.change_enquiry(
            sender=sun, role=SUPPLIER, change=RequestChange(status=Status.CANCEL), **named
        ),
        "answer": lambda: services.answer_enquiry(
            receiver=north, role=OPERATOR, response=Response(Status.CLOSE), **named
        ),
        "change answer": lambda: services.change_answer(
            receiver=north, role=OPERATOR, change=ResponseChange(Status.CLOSE), **named
        ),
    }


@pytest.mark.parametrize("act", ["change", "cancel", "answer", "change answer"])
def test_what_was_saved_since_is_not_overwritten(act: str) -> None:
    enquiry = ask()
    if act == "change answer":
        enquiry = answer(enquiry.pk, Status.OPEN, "Soon.")
    seen = enquiry.changed_at
    change(enquiry.pk, comment="Meanwhile")
    for old in (seen, seen - timedelta(microseconds=1), LATER):
        assert refused(_acts(enquiry.pk, old)[act]) == ["changed-meanwhile"]
    now = Enquiry.objects.get().changed_at
    assert refused(_acts(enquiry.pk, now)[act]) == []


@pytest.mark.parametrize("act", ["change", "cancel", "answer", "change answer"])
def test_of_what_has_ended_its_end_is_said(act: str) -> None:
    enquiry = ask()
    seen = enquiry.changed_at
    answer(enquiry.pk, Status.CLOSE)
    assert refused(_acts(enquiry.pk, seen)[act]) == ["enquiry-has-ended"]
