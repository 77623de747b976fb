"""Who may open the pages of connection requests, and what the hostile try."""

from datetime import date
from html import unescape
from uuid import UUID

import pytest

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, Stage
from datahub.market import Commodity, Permission, Role
from tests.agreements.market import AGGREGATOR, FLAT, JAAN, NORTH, SUN, WIND
from tests.connections.acting import answer, ask
from tests.portal.connections.asking import FORM, LIST, NEW, NOBODY, SCRIPT, page, rows
from tests.portal.people import Browser, acting_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lawful", "at_now")]


# --- who may --------------------------------------------------------------------------------------------------------


_ACTS = {
    "new": "supplier",
    "change": "supplier",
    "cancel": "supplier",
    "plan": "operator",
    "refuse": "operator",
    "done": "operator",
}


@pytest.mark.parametrize("act", ["", "request", "export", *_ACTS])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("eic", "role", "permission"),
    [
        (SUN, Role.OPEN_SUPPLIER, Permission.EDITOR_CONNECTION_STATE),
        (SUN, Role.OPEN_SUPPLIER, Permission.VIEWER_CONNECTION_STATE),
        (SUN, Role.OPEN_SUPPLIER, Permission.EDITOR_DIRECT_MESSAGE),
        (NORTH, Role.GRID_OPERATOR, Permission.EDITOR_CONNECTION_STATE),
        (NORTH, Role.GRID_OPERATOR, Permission.VIEWER_CONNECTION_STATE),
        (NORTH, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT),
        (AGGREGATOR, Role.AGGREGATOR, Permission.ADMIN),
    ],
)
def test_each_page_is_open_to_its_permission_and_side(
    act: str, method: str, eic: str, role: Role, permission: Permission
) -> None:
    request = ask()
    before = ConnectionRequest.objects.values().get()
    browser = acting_for(eic, role, permission)
    path = f"{LIST}{act if act in ('', 'new', 'export') else request.pk}"
    path += f"/{act}" if act in _ACTS and act != "new" else ""
    answered = browser.get(path) if method == "get" else browser.send(path, {})
    side = {Role.OPEN_SUPPLIER: "supplier", Role.GRID_OPERATOR: "operator"}.get(role)
    edits = permission in Permission.EDITOR_CONNECTION_STATE.granted_by() and _ACTS.get(act) == side
    reads = permission in Permission.VIEWER_CONNECTION_STATE.granted_by() and side is not None
    may = edits if act in _ACTS else reads
    assert answered.status_code == (405 if method == "post" and act not in _ACTS else 200 if may else 403)
    assert ConnectionRequest.objects.values().get() == before


@pytest.mark.parametrize("act", ["", "/change", "/cancel"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_elses_request_is_as_one_that_does_not_exist(act: str, method: str) -> None:
    request = ask()
    stranger = acting_for(WIND, Role.OPEN_SUPPLIER)
    token = stranger.token()

    def answered(key: UUID) -> tuple[int, int]:
        path = f"{LIST}{key}{act}"
        got = stranger.get(path) if method == "get" else stranger.post(path, {"csrfmiddlewaretoken": token})
        return got.status_code, len(got.content)

    theirs, nobodys = answered(request.pk), answered(NOBODY)
    assert theirs == nobodys
    assert theirs[0] == (405 if method == "post" and not act else 404)


def test_a_viewer_has_no_buttons(operator: Browser) -> None:
    path = f"{LIST}{ask().pk}"
    viewer = acting_for(NORTH, Role.GRID_OPERATOR, Permission.VIEWER_CONNECTION_STATE, name="viewer")
    assert f"{path}/done" in page(operator, path) and "Save the plan" in page(operator, path)
    assert f"{path}/done" not in page(viewer, path) and "Save the plan" not in page(viewer, path)


def test_the_other_commodity_has_requests_of_its_own() -> None:
    request = ask()
    gas = acting_for(NORTH, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    assert gas.get(f"{LIST}{request.pk}").status_code == 404
    assert rows(gas) == []


# --- hostile --------------------------------------------------------------------------------------------------------


def test_what_somebody_wrote_is_never_run(supplier: Browser, operator: Browser) -> None:
    request = ask(comment=SCRIPT)
    answer(request, Answer(AnsweredState.PLANNED, estimated_date=date(2026, 5, 9), comment=f"{SCRIPT}{{{{ 7 }}}}"))
    path = f"{LIST}{request.pk}"
    for browser, ends in ((supplier, ("", "/change", "/cancel")), (operator, ("", "/plan", "/refuse", "/done"))):
        for one in (LIST, *(path + end for end in ends)):
            shown = browser.get(one)
            assert shown.status_code == 200 and SCRIPT.encode() not in shown.content
            assert "script-src 'self'" in shown["Content-Security-Policy"]


def test_a_form_without_its_token_saves_nothing(supplier: Browser) -> None:
    assert supplier.post(NEW, FORM).status_code == 403
    request = ask()
    path = f"{LIST}{request.pk}/cancel"
    assert supplier.post(path, {"seen": request.changed_at.isoformat()}).status_code == 403
    assert ConnectionRequest.objects.get().stage is Stage.OPEN


def test_nothing_that_is_sent_gets_into_the_headers(supplier: Browser) -> None:
    sent = supplier.send(NEW, FORM | {"comment": "x\r\nLocation: https://evil"})
    assert sent["Location"] == f"{LIST}{ConnectionRequest.objects.get().pk}"
    assert supplier.get(LIST, {"sort": "x\r\nSet-Cookie: a=b", "point": "\x00"}).status_code == 200


def test_the_same_form_sent_again_leads_to_what_it_sent(supplier: Browser) -> None:
    new_id = str(supplier.get(NEW).context["new_id"])
    for _ in range(3):
        sent = supplier.send(NEW, FORM | {"new_id": new_id})
        assert (sent.status_code, sent["Location"]) == (302, f"{LIST}{new_id}")
    assert str(ConnectionRequest.objects.get().pk) == new_id


def test_a_form_that_says_something_else_when_it_is_sent_again_is_not_lost(supplier: Browser) -> None:
    new_id = str(supplier.get(NEW).context["new_id"])
    assert supplier.send(NEW, FORM | {"new_id": new_id}).status_code == 302
    for changed in ({"comment": "Four invoices"}, {"preferred_date": "2026-05-06"}, {"meter_eic": "x"}):
        refused = supplier.send(NEW, FORM | {"new_id": new_id} | changed)
        shown = unescape(refused.content.decode())
        assert refused.status_code == 200 and "What you changed was not sent" in shown
        assert f'href="{LIST}{new_id}"' in shown and next(iter(changed.values())) in shown
        assert str(refused.context["new_id"]) != new_id
    assert ConnectionRequest.objects.get().request_comment == FORM["comment"]


def test_an_id_of_somebody_else_is_as_none(supplier: Browser) -> None:
    new_id = str(supplier.get(NEW).context["new_id"])
    supplier.send(NEW, FORM | {"new_id": new_id})
    other = acting_for(WIND, Role.OPEN_SUPPLIER, name="other")
    sent = other.send(NEW, FORM | {"meter_eic": FLAT, "customer_eic": JAAN, "new_id": new_id})
    own = ConnectionRequest.objects.exclude(pk=new_id).get()
    assert sent["Location"] == f"{LIST}{own.pk}" and own.sender.eic == WIND
