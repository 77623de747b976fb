"""An enquiry from the question to its end, two people at it at once, and what is unread."""

import re
from html import unescape

import pytest

from datahub.exchanges.rules import Side
from datahub.market import Role
from enquiries.models import Enquiry, EnquiryOpening
from enquiries.rules import Reference, ReferenceType, Status, Topic
from portal.templatetags.words import local_time
from tests.enquiries import asking
from tests.enquiries.asking import HOUSE, NORTH, SUN, answer, ask, change, request
from tests.portal.enquiries.asking import ASK, FORM, LIST, SCRIPT, page, rows
from tests.portal.people import Browser, acting_for, opened, wrong

pytestmark = pytest.mark.django_db


# --- the stories ----------------------------------------------------------------------------------------------------


def test_a_supplier_asks_the_operator_answers_and_closes(supplier: Browser, operator: Browser) -> None:
    sent = supplier.send(ASK, FORM | {"comment": "There are no\r\nreadings."}, follow=True)
    enquiry = Enquiry.objects.get()
    path = f"{LIST}{enquiry.pk}"
    assert sent.redirect_chain == [(path, 302)]
    assert "The enquiry was sent to Põhjavõrk OÜ." in unescape(sent.content.decode())
    assert enquiry.request_comment == "There are no\nreadings."
    assert enquiry.steps.get().user.username == "sirje"

    assert rows(operator, unread="yes") == [enquiry]
    thread = page(operator, path)
    assert "There are no\nreadings." in thread and "Save the answer" in thread
    assert "sirje" not in thread and "Päikese Energia AS" in thread
    # The history says what was written as its form does, and names the operator.
    assert "<dt>Message</dt>" in thread and "<dt>Comment</dt>" not in thread
    assert re.search(r"<dt>Grid operator</dt>\s*<dd><ins class=\"\">Põhjavõrk OÜ</ins>", thread)
    assert "Required for an interim answer." in thread
    interim = operator.send(f"{path}/answer", opened(operator, path, comment="We look.", status="OPEN"), follow=True)
    assert interim.redirect_chain == [(path, 302)]
    assert "The answer was saved." in unescape(interim.content.decode())

    assert "We look." in page(supplier, path)
    changed = operator.send(
        f"{path}/answer", opened(operator, f"{path}/answer", comment="We have looked."), follow=True
    )
    assert "We have looked." in unescape(changed.content.decode())
    asked = page(operator, f"{path}/close")
    assert "This cannot be undone." in asked
    closed = operator.send(f"{path}/close", opened(operator, f"{path}/close"), follow=True)
    assert "The enquiry was closed." in unescape(closed.content.decode())
    enquiry.refresh_from_db()
    assert enquiry.request_status == Status.CLOSE
    last = page(supplier, path)
    assert "We have looked." in last and "oskar" not in last
    for word in ("Enquiry sent", "Interim answer given", "Answer changed", "Enquiry answered and closed", "sirje"):
        assert word in last


def test_a_final_answer_closes_at_once(operator: Browser) -> None:
    path = f"{LIST}{ask().pk}"
    saved = operator.send(f"{path}/answer", opened(operator, path, comment="Done.", status="CLOSE"), follow=True)
    assert "The enquiry was answered and closed." in unescape(saved.content.decode())
    assert Enquiry.objects.get().request_status == Status.CLOSE
    assert f"{path}/answer" not in page(operator, path)


def test_a_supplier_changes_its_enquiry_and_cancels_it(supplier: Browser) -> None:
    enquiry = ask(request(topic=Topic.INVOICE, reference=Reference(ReferenceType.INVOICE, "2026-1"), comment="Twice?"))
    path = f"{LIST}{enquiry.pk}"
    filled = opened(supplier, f"{path}/change", invoice="2026-2", comment="Billed twice?")
    shown = supplier.send(f"{path}/change", filled, follow=True)
    assert "The enquiry was changed." in unescape(shown.content.decode())
    assert "Invoice 2026-1" in unescape(shown.content.decode())
    assert "neither you nor the operator can then add anything to it" in page(supplier, f"{path}/cancel")
    enquiry.refresh_from_db()
    assert (enquiry.reference_value, enquiry.request_comment, enquiry.request_status) == (
        "2026-2",
        "Billed twice?",
        Status.OPEN,
    )
    cancelled = supplier.send(f"{path}/cancel", opened(supplier, f"{path}/cancel"), follow=True)
    assert "The enquiry was cancelled." in unescape(cancelled.content.decode())
    enquiry.refresh_from_db()
    assert enquiry.request_status == Status.CANCEL


def test_a_link_fills_in_point_and_customer(supplier: Browser) -> None:
    form = supplier.get(ASK, {"point": HOUSE, "customer": f'"{SCRIPT}'}).context["form"]
    assert (form["meter_eic"].value(), form["customer_eic"].value()) == (HOUSE, f'"{SCRIPT}')
    assert SCRIPT.encode() not in supplier.get(ASK, {"point": HOUSE, "customer": f'"{SCRIPT}'}).content


# --- two at once ----------------------------------------------------------------------------------------------------


def test_what_a_colleague_saved_meanwhile_is_shown_and_not_overwritten(supplier: Browser) -> None:
    enquiry = ask(request(comment="One"))
    path = f"{LIST}{enquiry.pk}/change"
    colleague = acting_for(SUN, Role.OPEN_SUPPLIER, name="kalle")
    mine, hers = opened(supplier, path, comment="Mine"), opened(colleague, path, comment="Hers")
    assert colleague.send(path, hers).status_code == 302
    refused = supplier.send(path, mine)
    assert "after you had opened it" in wrong(refused)[""][0]
    shown = unescape(refused.content.decode())
    assert "kalle" in shown and "Hers" in shown and "Mine" in shown
    enquiry.refresh_from_db()
    assert enquiry.request_comment == "Hers"
    # Sent once more it is saved over what was shown.
    again = {bound.name: bound.value() for bound in refused.context["form"]}
    assert supplier.send(path, again).status_code == 302
    enquiry.refresh_from_db()
    assert enquiry.request_comment == "Mine"


@pytest.mark.parametrize("act", ["answer", "close"])
def test_an_operator_sees_what_the_supplier_changed_meanwhile(operator: Browser, act: str) -> None:
    enquiry = ask(request(comment="One"))
    answer(enquiry.pk, Status.OPEN, "Soon.")
    path = f"{LIST}{enquiry.pk}/{act}"
    filled = opened(operator, path, status="CLOSE")
    change(enquiry.pk, comment="Two")
    refused = operator.send(path, filled)
    assert "after you had opened it" in wrong(refused)[""][0]
    shown = unescape(refused.content.decode())
    assert "Two" in shown and "Päikese Energia AS" in shown
    assert Enquiry.objects.get().request_status == Status.OPEN


def test_a_first_answer_is_not_overwritten_by_another(operator: Browser) -> None:
    path = f"{LIST}{ask().pk}"
    mine, hers = opened(operator, path, comment="Mine"), opened(operator, path, comment="Hers")
    assert operator.send(f"{path}/answer", hers).status_code == 302
    assert "after you had opened it" in wrong(operator.send(f"{path}/answer", mine))[""][0]
    assert Enquiry.objects.get().response_comment == "Hers"


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-01-01T00:00", None])
def test_who_does_not_say_what_she_had_seen_saves_nothing(supplier: Browser, seen: str | None) -> None:
    enquiry = ask(request(comment="One"))
    path = f"{LIST}{enquiry.pk}/change"
    filled = opened(supplier, path, comment="Two", seen=seen)
    assert list(wrong(supplier.send(path, filled))) == [""]
    assert Enquiry.objects.get().request_comment == "One"


# --- read and unread ------------------------------------------------------------------------------------------------


def test_unread_comes_back_when_the_other_side_saves_again(supplier: Browser, operator: Browser) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}"

    def unread(browser: Browser) -> bool:
        is_listed = rows(browser, unread="yes") == [enquiry]
        assert ("is-unread" in page(browser)) is is_listed
        return is_listed

    # A list opens nothing.
    assert [unread(operator), unread(operator), unread(supplier)] == [True, True, False]
    page(operator, path)
    assert not unread(operator)
    change(enquiry.pk, comment="And?")
    assert unread(operator)
    page(operator, path)
    answer(enquiry.pk, Status.OPEN, "Soon.")
    assert [unread(operator), unread(supplier)] == [False, True]
    page(supplier, path)
    assert [unread(operator), unread(supplier)] == [False, False]
    asking.change_answer(enquiry.pk, comment="Now.", status=Status.CLOSE)
    assert [unread(operator), unread(supplier)] == [False, True]


def test_who_saves_has_read(operator: Browser) -> None:
    enquiry = ask()
    answer(enquiry.pk, Status.OPEN, "Soon.")
    assert rows(operator, unread="yes") == []


def test_what_a_system_fetched_nobody_has_read(operator: Browser) -> None:
    enquiry = ask()
    asking.search(who=NORTH)
    assert EnquiryOpening.objects.get().enquiry_id == enquiry.pk
    assert rows(operator, unread="yes") == [enquiry]


def test_the_list_opens_nothing_and_the_page_tells_the_sender_when(supplier: Browser, operator: Browser) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}"
    page(operator)
    assert not EnquiryOpening.objects.exists()
    assert "not yet" in page(supplier, path)
    page(operator, path)
    first = EnquiryOpening.objects.get().opened_at
    page(operator, path)
    assert EnquiryOpening.objects.get().opened_at == first
    shown = page(supplier, path)
    assert "not yet" not in shown and "Opened by the operator" in shown and "oskar" not in shown


def test_the_answer_form_is_read_as_the_page_is(supplier: Browser, operator: Browser) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}"
    page(operator, f"{path}/answer")
    opened_at = EnquiryOpening.objects.get(side=Side.RECEIVER).opened_at
    assert rows(operator, unread="yes") == []
    # When it was opened still stands there after the answer.
    for status in ("OPEN", "CLOSE"):
        operator.send(f"{path}/answer", opened(operator, f"{path}/answer", comment="Done.", status=status))
        shown = page(supplier, path)
        assert f"<dt>Opened by the operator</dt><dd>{local_time(opened_at)}</dd>" in shown


@pytest.mark.parametrize("act", ["change", "cancel"])
def test_the_suppliers_forms_that_show_the_answer_are_read_as_the_page_is(supplier: Browser, act: str) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}/{act}"
    page(supplier, path)
    assert not EnquiryOpening.objects.exists()
    answer(enquiry.pk, Status.OPEN, "Soon.")
    page(supplier, path)
    assert EnquiryOpening.objects.get().side == Side.SENDER
    assert rows(supplier, unread="yes") == []


def test_what_is_shown_as_saved_meanwhile_is_read(supplier: Browser) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}/change"
    filled = opened(supplier, path, comment="Mine")
    answer(enquiry.pk, Status.OPEN, "Soon.")
    assert "Soon." in unescape(supplier.send(path, filled).content.decode())
    assert EnquiryOpening.objects.get().side == Side.SENDER
    assert rows(supplier, unread="yes") == []
