"""Asking for connection requests by their pages, and reading the answers."""

from html import unescape
from typing import Any
from uuid import UUID

from connections.models import ConnectionRequest
from tests.agreements.market import HOUSE, MARI, NORTH
from tests.portal.people import Browser

LIST = "/operator/connection-requests/"
NEW = f"{LIST}new"
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
SCRIPT = "<script>alert(1)</script>"
FORM = {
    "meter_eic": HOUSE,
    "customer_eic": MARI,
    "service_provider_eic": NORTH,
    "requested_state": "DISCONNECTED",
    "reason": "DEBT",
    "preferred_date": "2026-05-05",
    "comment": "Three invoices",
}
PLACE = {name: FORM[name] for name in ("meter_eic", "customer_eic", "service_provider_eic")} | {"check": "1"}


def page(browser: Browser, path: str = LIST, **query: str) -> str:
    """Open a page; give its text."""
    answered = browser.get(path, query)
    assert answered.status_code == 200, answered
    return unescape(answered.content.decode())


def text(answered: Any) -> str:
    """Give the text of an answer."""
    return unescape(answered.content.decode())


def rows(browser: Browser, **query: str) -> list[ConnectionRequest]:
    """Give what a list shows."""
    answered = browser.get(LIST, query)
    assert answered.status_code == 200
    return list(answered.context["list"].rows)
