"""Giving access: by the steps in a browser, and by somebody without one, so that there is something on every page."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from tests.contracts.market import ADVICE, AGGREGATOR, FLAT_OF_MARI, HOUSE_OF_MARI, WIND
from tests.portal.browser.reader import Reader
from tests.portal.browser.steps import press_main
from tests.portal.browser.walk import Visitor

AUTHORIZATIONS, NEW, LINK = "/portal/authorizations", "/portal/authorizations/new", "/portal/grant"
# The host that a supplier of the cast has registered, and the page there to which it has customers led back.
HOST = "tuule.example"
THERE = f"https://{HOST}/pakkumine?number=17&keel=et"
# What a company adds to a link of its own; it is echoed letter by letter.
STATE = "a b&c=d/ö+%20"
FOR_A_YEAR = {"purpose": "ENERGY_EFFICIENCY", "lasting": "1Y", "seen": "all"}


def link_of(**changed: str) -> str:
    """Give the path of a supplier's link; what is changed in it."""
    given = {"eicCode": WIND, "energyType": "electricity", "redirectUrl": THERE, "state": STATE}
    return f"{LINK}?{urlencode({**given, 'showBackButton': 'true'} | changed)}"


# --- in a browser -----------------------------------------------------------------------------------------------------


def choose(reader: Reader, name: str, *values: str) -> None:
    """Choose in a step what is asked for, and go on."""
    for value in values:
        reader.page.locator(f"main [name={name}][value='{value}']").check()
    press_main(reader)
    reader.look()


def choose_terms(reader: Reader, terms: Mapping[str, str]) -> None:
    """Choose for what and for how long; days are written YYYY-MM-DD."""
    for name, value in terms.items():
        choice = reader.page.locator(f"main [name={name}][value='{value}']")
        if choice.count():
            choice.check()
        else:
            reader.page.locator(f"main [name={name}]").fill(value)
    reader.look()
    press_main(reader)
    reader.look()


def go_to_summary(
    reader: Reader, role: str, receiver: str, points: Sequence[str], terms: Mapping[str, str] | None = None
) -> None:
    """Go the steps from the list of who has access to the summary."""
    reader.open(AUTHORIZATIONS)
    reader.follow(reader.page.locator(f"main a[href='{NEW}']"))
    choose(reader, "role", role)
    choose(reader, "receivers", receiver)
    choose(reader, "points", *points)
    if terms is not None:
        choose_terms(reader, terms)
    assert reader.page.url.endswith("/summary")


# --- without one ------------------------------------------------------------------------------------------------------


def _summary(customer: Visitor, points: list[str]) -> str:
    """Let a customer go to the summary; give its address."""
    companies = customer.send(NEW, {"role": "ENERGY_SERVICE_PROVIDER"})
    places = customer.send(companies, {"receivers": ADVICE})
    terms = customer.send(places, {"points": points})
    return customer.send(terms, FOR_A_YEAR)


def _step_by_link(customer: Visitor) -> str:
    answer = customer.http.get(link_of())
    assert answer.is_redirect, answer.text[:2000]
    return str(answer.headers["location"])


def go_through_giving(mari: Visitor) -> None:
    """Let Mari be where no link leads: in every step, at both ends, and before a link that cannot be followed."""
    both = [HOUSE_OF_MARI, FLAT_OF_MARI]
    # One act for two places, of which each may be ended by itself.
    companies = mari.send(NEW, {"role": "AGGREGATOR"})
    mari.send(mari.send(mari.send(companies, {"receivers": AGGREGATOR}), {"points": both}), {})
    done = mari.send(_summary(mari, [FLAT_OF_MARI]), {})
    (given,) = set(re.findall(rf'href="({AUTHORIZATIONS}/[0-9a-f-]{{36}})"', mari.http.get(done).text))
    hidden = re.findall(r'name="places" value="([^"]+)"', mari.http.get(f"{given}/end").text)
    mari.send(f"{given}/end", {"places": hidden})
    declined = _step_by_link(mari)
    led_to = mari.send(declined, {"decline": "1"})
    assert urlsplit(led_to).netloc == HOST
    refused = link_of(redirectUrl="https://elsewhere.example/")
    mari.answers[refused] = 400
    mari.been += [
        _summary(mari, both),
        done,
        mari.send(_step_by_link(mari), {"points": [HOUSE_OF_MARI]}),
        declined.rpartition("/")[0] + "/done",
        refused,
    ]
    mari.pages.clear()
