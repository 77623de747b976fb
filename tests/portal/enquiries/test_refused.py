"""What is refused of an enquiry, at its field."""

from html import unescape

import pytest

from datahub.market import Permission, Role
from enquiries.models import Enquiry
from enquiries.rules import Reference, ReferenceType, Status, Topic
from tests import cast
from tests.agreements.market import point
from tests.enquiries.asking import HOUSE, JAAN, NORTH, NOWHERE, SOUTH, WIND, answer, ask, change, request
from tests.portal.enquiries.asking import ASK, FORM, LIST, page
from tests.portal.people import Browser, acting_for, opened, wrong

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"meter_eic": ""}, "meter_eic", "required"),
        ({"meter_eic": JAAN}, "meter_eic", "metering point"),
        ({"meter_eic": HOUSE[:-1] + "A"}, "meter_eic", "its check character must be O"),
        ({"customer_eic": HOUSE}, "customer_eic", ""),
        ({"customer_eic": "x\x00"}, "customer_eic", "Null characters"),
        ({"receiver_eic": WIND}, "receiver_eic", "valid choice"),
        ({"receiver_eic": "38X-DEMO-AGR---I"}, "receiver_eic", "valid choice"),
        ({"meter_eic": NOWHERE}, "receiver_eic", NOWHERE),
        ({"topic": ""}, "topic", "required"),
        ({"topic": "WEATHER"}, "topic", "valid choice"),
        ({"invoice": "x" * 17}, "invoice", "16"),
        ({"comment": "x" * 4001}, "comment", "4000"),
    ],
)
def test_what_is_wrong_with_a_new_enquiry_is_said_at_its_field(
    supplier: Browser, changed: dict[str, str], field: str, said: str
) -> None:
    refused = wrong(supplier.send(ASK, FORM | changed))
    assert list(refused) == [field]
    assert said in refused[field][0]
    assert not Enquiry.objects.exists()


def test_all_that_is_wrong_is_said_at_once(supplier: Browser) -> None:
    answered = supplier.send(ASK, {})
    assert list(wrong(answered)) == ["meter_eic", "customer_eic", "topic"]
    assert 'href="#id_customer_eic"' in answered.content.decode()
    assert 'aria-describedby="id_topic_error"' in answered.content.decode()


def test_ends_of_lines_count_once_in_the_length_of_a_comment(supplier: Browser) -> None:
    assert supplier.send(ASK, FORM | {"comment": "a\r\n" * 1999 + "ab"}).status_code == 302


def test_what_is_filled_in_stays_after_a_refusal(supplier: Browser) -> None:
    answered = supplier.send(ASK, FORM | {"topic": "", "comment": "A long story"})
    assert "A long story" in answered.content.decode()


def test_a_change_that_changes_nothing_says_so(supplier: Browser) -> None:
    """Also where the browser sends other ends of lines than those that stand."""
    enquiry = ask(request(comment=" One\n\ntwo\r\nthree "))
    filled = opened(supplier, f"{LIST}{enquiry.pk}/change")
    filled["comment"] = filled["comment"].replace("\r\n", "\n").replace("\n", "\r\n")
    assert wrong(supplier.send(f"{LIST}{enquiry.pk}/change", filled)) == {
        "": ["Nothing was changed, so nothing was saved."]
    }
    assert Enquiry.objects.get().request_comment == " One\n\ntwo\r\nthree "


def test_an_invoice_is_not_taken_away(supplier: Browser) -> None:
    enquiry = ask(request(topic=Topic.INVOICE, reference=Reference(ReferenceType.INVOICE, "2026-1")))
    refused = supplier.send(f"{LIST}{enquiry.pk}/change", opened(supplier, f"{LIST}{enquiry.pk}/change", invoice=""))
    assert wrong(refused) == {"invoice": ["The number can be replaced by another one, but not removed."]}


@pytest.mark.parametrize("act", ["change", "cancel"])
def test_a_supplier_does_nothing_more_with_what_has_ended(supplier: Browser, act: str) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}"
    filled = opened(supplier, f"{path}/{act}", comment="More")
    answer(enquiry.pk, Status.CLOSE)
    refused = wrong(supplier.send(f"{path}/{act}", filled))
    assert list(refused) == [""] and "closed by the operator" in refused[""][0]
    shown = supplier.get(f"{path}/{act}", follow=True)
    assert shown.redirect_chain == [(path, 302)]
    assert "closed by the operator" in unescape(shown.content.decode())
    assert f"{path}/{act}" not in page(supplier, path)


@pytest.mark.parametrize("act", ["answer", "close"])
def test_an_operator_does_nothing_more_with_what_has_ended(operator: Browser, act: str) -> None:
    enquiry = ask()
    path = f"{LIST}{enquiry.pk}"
    answer(enquiry.pk, Status.OPEN, "Soon.")
    filled = opened(operator, f"{path}/{act}", status="CLOSE")
    change(enquiry.pk, status=Status.CANCEL)
    refused = wrong(operator.send(f"{path}/{act}", filled))
    assert list(refused) == [""] and "cancelled by the supplier" in refused[""][0]
    shown = operator.get(f"{path}/{act}", follow=True)
    assert shown.redirect_chain[-1] == (path, 302)
    assert f"{path}/{act}" not in page(operator, path)


def test_what_has_no_answer_yet_is_closed_by_answering(operator: Browser) -> None:
    path = f"{LIST}{ask().pk}"
    assert f"{path}/close" not in page(operator, path)
    assert operator.get(f"{path}/close")["Location"] == f"{path}/answer"
    assert "answer it first" in wrong(operator.send(f"{path}/close", opened(operator, f"{path}/answer")))[""][0]


@pytest.mark.parametrize(("status", "said"), [("", "required"), ("CANCEL", "valid choice"), ("x", "valid choice")])
def test_an_answer_says_which_it_is(operator: Browser, status: str, said: str) -> None:
    path = f"{LIST}{ask().pk}"
    refused = wrong(operator.send(f"{path}/answer", opened(operator, path, status=status)))
    assert list(refused) == ["status"] and said in refused["status"][0]


@pytest.mark.parametrize("comment", ["", " \r\n "])
def test_an_interim_answer_needs_words(operator: Browser, comment: str) -> None:
    path = f"{LIST}{ask().pk}"
    refused = wrong(operator.send(f"{path}/answer", opened(operator, path, comment=comment, status="OPEN")))
    assert refused == {"comment": ["An interim answer needs a text: write what you can say so far."]}
    assert not Enquiry.objects.get().is_answered
    # The final answer may do without: it says that the matter has ended.
    assert operator.send(f"{path}/answer", opened(operator, path, comment="", status="CLOSE")).status_code == 302


def test_the_code_of_a_point_leads_to_its_page_where_it_may_be_seen() -> None:
    house = point(HOUSE, owner=NORTH)
    path, link = f"{LIST}{ask().pk}", f'href="/operator/metering-points/{HOUSE}"'
    view = Permission.VIEWER_DIRECT_MESSAGE
    seeing = acting_for(NORTH, Role.GRID_OPERATOR, view, Permission.VIEWER_METERING_POINT, name="anna")
    assert link in page(seeing, path)
    assert link not in page(acting_for(NORTH, Role.GRID_OPERATOR, view, name="berit"), path)
    house.owner = cast.participant(SOUTH)
    house.save()
    shown = page(seeing, path)
    assert HOUSE in shown and link not in shown


@pytest.mark.parametrize("sign", ["\u202e", "\u2067", "\u200b", "\x07"])
def test_a_message_hides_nothing(supplier: Browser, sign: str) -> None:
    said = wrong(supplier.send(ASK, FORM | {"comment": f"Pay{sign} now"}))
    assert said == {"comment": ["The text contains invisible characters. Type it again."]}
