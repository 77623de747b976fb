"""Asking for enquiries by their pages, and reading the answers."""

from html import unescape
from uuid import UUID

from enquiries.models import Enquiry
from tests.enquiries.asking import HOUSE, JAAN
from tests.portal.people import Browser

LIST = "/operator/enquiries/"
ASK = f"{LIST}new"
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
SCRIPT = "<script>alert(1)</script>"
FORM = {"meter_eic": HOUSE, "customer_eic": JAAN, "receiver_eic": "", "topic": "DATA", "invoice": "", "comment": "Why?"}


def page(browser: Browser, path: str = LIST, **query: str) -> str:
    """Open a page; give its text."""
    answered = browser.get(path, query)
    assert answered.status_code == 200, answered
    return unescape(answered.content.decode())


def rows(browser: Browser, **query: str) -> list[Enquiry]:
    """Give what a list shows."""
    answered = browser.get(LIST, query)
    assert answered.status_code == 200
    return list(answered.context["list"].rows)
