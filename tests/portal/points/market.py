"""Metering points to look at, and what their pages say."""

import re
from html import unescape
from typing import Any

from datahub.parties import eic
from tests.metering import points as bodies
from tests.portal.people import Browser

LIST = "/operator/metering-points/"
ADD = f"{LIST}new"
NOWHERE = bodies.codes("38ZGO-1N", 1)[0]
NEW = bodies.codes("38ZGO-1W", 1)[0]
AREA = eic.complete("38A-EE-98-4635-")
SCRIPT = "<script>alert(1)</script>"
FORM = {
    "eic": NEW,
    "type": "REGULAR",
    "metering_type": "REMOTE_READING",
    "county": "Harju maakond",
    "municipality": "Tallinn",
    "consumption_scale": "SMALL",
    "connection_state": "CONNECTED",
    "resolution": "PT15M",
    "customer_type": "CONSUMER",
    "transmission_network_eic": "38A-EE-98-4634-U",
}


def page(browser: Browser, path: str = LIST, **query: str) -> str:
    """Open a page; give its text."""
    answered = browser.get(path, query)
    assert answered.status_code == 200, answered
    return unescape(answered.content.decode())


def codes(browser: Browser, **query: str) -> list[str]:
    """Give the codes of the points that a list shows."""
    answered = browser.get(LIST, query)
    assert answered.status_code == 200
    return [row.point.eic for row in answered.context["list"].rows]


def errors(answer: Any) -> dict[str, list[str]]:
    """Give what a form that was not saved says at its fields."""
    assert answer.status_code == 200
    return dict(answer.context["form"].errors)


def bare(answer: Any) -> bytes:
    """Give an answer without what differs between any two: the form tokens, and the path that comes back from it."""
    content = re.sub(
        rb"csrfmiddlewaretoken\" value=\"\w+|X-CSRFToken\": \"\w+|/operator/metering-points/[\w/-]+",
        b"",
        answer.content,
    )
    return re.sub(rb"&quot;X-CSRFToken&quot;: &quot;\w+", b"", content)
