"""Who may open the pages of enquiries, and what the hostile try."""

from html import unescape
from uuid import UUID

import pytest

from datahub.market import Commodity, Permission, Role
from enquiries.models import Enquiry
from enquiries.rules import Reference, ReferenceType, Status, Topic
from tests.enquiries.asking import MARI, NORTH, SOUTH, SUN, WIND, answer, ask, change, request
from tests.portal.enquiries.asking import ASK, FORM, LIST, NOBODY, SCRIPT, page, rows
from tests.portal.people import Browser, acting_for, wrong

pytestmark = pytest.mark.django_db


# --- who may --------------------------------------------------------------------------------------------------------


_ACTS = {"new": "supplier", "change": "supplier", "cancel": "supplier", "answer": "operator", "close": "operator"}


@pytest.mark.parametrize("act", ["", "thread", *_ACTS])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("eic", "role", "permission"),
    [
        (SUN, Role.OPEN_SUPPLIER, Permission.EDITOR_DIRECT_MESSAGE),
        (SUN, Role.OPEN_SUPPLIER, Permission.VIEWER_DIRECT_MESSAGE),
        (SUN, Role.OPEN_SUPPLIER, Permission.EDITOR_CONNECTION_STATE),
        (NORTH, Role.GRID_OPERATOR, Permission.EDITOR_DIRECT_MESSAGE),
        (NORTH, Role.GRID_OPERATOR, Permission.VIEWER_DIRECT_MESSAGE),
        (NORTH, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT),
        ("38X-DEMO-AGR---I", Role.AGGREGATOR, Permission.ADMIN),
    ],
)
def test_each_page_is_open_to_its_permission_and_side(
    act: str, method: str, eic: str, role: Role, permission: Permission
) -> None:
    enquiry = ask()
    answer(enquiry.pk, Status.OPEN, "Soon.")
    before = Enquiry.objects.values().get()
    browser = acting_for(eic, role, permission)
    path = LIST if not act else f"{LIST}new" if act == "new" else f"{LIST}{enquiry.pk}"
    path += f"/{act}" if act in _ACTS and act != "new" else ""
    answered = browser.get(path) if method == "get" else browser.send(path, {})
    side = {Role.OPEN_SUPPLIER: "supplier", Role.GRID_OPERATOR: "operator"}.get(role)
    reads = permission in Permission.VIEWER_DIRECT_MESSAGE.granted_by() and side is not None
    may = (
        (permission in Permission.EDITOR_DIRECT_MESSAGE.granted_by() and _ACTS[act] == side) if act in _ACTS else reads
    )
    safe_only = method == "post" and act not in _ACTS
    assert answered.status_code == (405 if safe_only else 200 if may else 403)
    after = Enquiry.objects.values().get()
    # A thread that is opened is read: nothing else of it moves.
    assert {**after, "unread_by": ""} == {**before, "unread_by": ""}


def test_a_viewer_has_no_buttons(operator: Browser) -> None:
    enquiry = ask()
    viewer = acting_for(NORTH, Role.GRID_OPERATOR, Permission.VIEWER_DIRECT_MESSAGE, name="viewer")
    assert "Save the answer" in page(operator, f"{LIST}{enquiry.pk}")
    assert "Save the answer" not in page(viewer, f"{LIST}{enquiry.pk}")
    assert "New enquiry" not in page(acting_for(SUN, Role.OPEN_SUPPLIER, Permission.VIEWER_DIRECT_MESSAGE, name="v2"))


@pytest.mark.parametrize("act", ["", "/change", "/cancel"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_elses_enquiry_is_as_one_that_does_not_exist(act: str, method: str) -> None:
    enquiry = ask()
    stranger = acting_for(WIND, Role.OPEN_SUPPLIER)
    token = stranger.token()

    def answered(key: UUID) -> tuple[int, bytes]:
        path = f"{LIST}{key}{act}"
        got = stranger.get(path) if method == "get" else stranger.post(path, {"csrfmiddlewaretoken": token})
        return got.status_code, got.content.replace(str(key).encode(), b"")

    theirs, nobodys = answered(enquiry.pk), answered(NOBODY)
    assert theirs[0] == nobodys[0] == (405 if method == "post" and not act else 404)
    # The token is masked anew on each page, of one length.
    assert len(theirs[1]) == len(nobodys[1])


def test_the_other_role_and_the_other_commodity_have_enquiries_of_their_own() -> None:
    enquiry = ask()
    gas = acting_for(NORTH, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    south = acting_for(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, name="south")
    for browser in (gas, south):
        assert browser.get(f"{LIST}{enquiry.pk}").status_code == 404
        assert rows(browser) == []


# --- hostile --------------------------------------------------------------------------------------------------------


def test_what_somebody_wrote_is_never_run(supplier: Browser, operator: Browser) -> None:
    enquiry = ask(
        request(comment=SCRIPT, topic=Topic.INVOICE, reference=Reference(ReferenceType.INVOICE, "<b onload=x>"))
    )
    answer(enquiry.pk, Status.OPEN, f"{SCRIPT}{{{{ 7|add:1 }}}}")
    change(enquiry.pk, comment=f"{SCRIPT}'\"")
    path = f"{LIST}{enquiry.pk}"
    for browser, paths in ((supplier, ("", "/change", "/cancel")), (operator, ("", "/answer", "/close"))):
        for one in (LIST, *(path + end for end in paths)):
            shown = browser.get(one)
            assert shown.status_code == 200
            assert SCRIPT.encode() not in shown.content and b"<b onload" not in shown.content
            assert "script-src 'self'" in shown["Content-Security-Policy"]


def test_a_form_without_its_token_saves_nothing(supplier: Browser) -> None:
    assert supplier.post(ASK, FORM).status_code == 403
    enquiry = ask()
    assert supplier.post(f"{LIST}{enquiry.pk}/cancel", {"seen": enquiry.changed_at.isoformat()}).status_code == 403
    assert Enquiry.objects.get().request_status == Status.OPEN


def test_a_form_that_was_opened_in_another_role_saves_nothing(supplier: Browser) -> None:
    other = f"operator:{NORTH}:GRID_OPERATOR:ELECTRICITY"
    assert supplier.send(ASK, FORM | {"acting": other}).status_code == 409
    assert not Enquiry.objects.exists()


def test_nothing_that_is_sent_gets_into_the_headers(supplier: Browser) -> None:
    assert list(wrong(supplier.send(ASK, FORM | {"invoice": "1\r\nX: a"}))) == ["invoice"]
    sent = supplier.send(ASK, FORM | {"comment": "x\r\nLocation: https://evil"})
    assert sent.status_code == 302 and sent["Location"] == f"{LIST}{Enquiry.objects.get().pk}"
    listed = supplier.get(LIST, {"sort": "x\r\nSet-Cookie: a=b", "page": "1\r\n", "text": "\x00abc"})
    assert listed.status_code == 200
    assert "a" not in listed.cookies and "a" not in sent.cookies


def test_the_same_form_sent_again_leads_to_what_it_sent(supplier: Browser) -> None:
    new_id = str(supplier.get(ASK).context["new_id"])
    refused = supplier.send(ASK, FORM | {"meter_eic": "x", "new_id": new_id})
    assert f'value="{new_id}"' in refused.content.decode() and not Enquiry.objects.exists()
    for _ in range(3):
        sent = supplier.send(ASK, FORM | {"new_id": new_id})
        assert (sent.status_code, sent["Location"]) == (302, f"{LIST}{new_id}")
    assert str(Enquiry.objects.get().pk) == new_id
    assert supplier.send(ASK, FORM | {"new_id": "x"}).status_code == 302
    assert Enquiry.objects.count() == 2


def test_a_form_that_says_something_else_when_it_is_sent_again_is_not_lost(supplier: Browser) -> None:
    new_id = str(supplier.get(ASK).context["new_id"])
    assert supplier.send(ASK, FORM | {"new_id": new_id}).status_code == 302
    other = FORM | {"new_id": new_id, "comment": "And why twice?"}
    for changed in (other, other | {"topic": "INVOICE"}, other | {"meter_eic": "x"}):
        refused = supplier.send(ASK, changed)
        shown = unescape(refused.content.decode())
        assert refused.status_code == 200 and Enquiry.objects.count() == 1
        assert "What you changed was not sent" in shown and f'href="{LIST}{new_id}"' in shown
        assert "And why twice?" in shown and new_id != str(refused.context["new_id"])
    # It is sent as a second one knowingly, and once.
    for _ in range(2):
        sent = supplier.send(ASK, other | {"new_id": str(refused.context["new_id"])})
        assert sent["Location"] == f"{LIST}{refused.context['new_id']}"
    assert set(Enquiry.objects.values_list("request_comment", flat=True)) == {"Why?", "And why twice?"}
    # What was changed since by its own form, the first one does not say.
    first = Enquiry.objects.get(pk=new_id)
    change(first.pk, comment="Never mind")
    assert supplier.send(ASK, FORM | {"new_id": new_id})["Location"] == f"{LIST}{new_id}"


def test_an_id_of_somebody_else_is_as_none(supplier: Browser) -> None:
    other = acting_for(WIND, Role.OPEN_SUPPLIER, name="other")
    new_id = str(supplier.get(ASK).context["new_id"])
    supplier.send(ASK, FORM | {"new_id": new_id})
    sent = other.send(ASK, FORM | {"new_id": new_id})
    own = Enquiry.objects.exclude(pk=new_id).get()
    assert sent["Location"] == f"{LIST}{own.pk}" and own.sender.eic == WIND
    assert supplier.get(f"{LIST}{own.pk}").status_code == 404


def test_a_get_changes_nothing(supplier: Browser) -> None:
    enquiry = ask()
    supplier.get(f"{LIST}{enquiry.pk}/cancel", {"seen": enquiry.changed_at.isoformat()})
    assert Enquiry.objects.get().request_status == Status.OPEN


def test_the_pages_speak_estonian() -> None:
    browser = acting_for(SUN, Role.OPEN_SUPPLIER, language="et")
    assert 'lang="et"' in page(browser)
    ask(request(customer_eic=MARI))
    assert 'lang="et"' in page(browser)
