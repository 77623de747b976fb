"""Access from its giving to its end: given in the steps, read over the API, seen by the customer, ended by her.

Sources: `5-web.md`, "My authorizations" and "Data tracker"; `4-exchanges.md`, "Customer authorizations".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.contracts import contents, readings
from tests.contracts.client import Client
from tests.contracts.market import (
    ADVICE,
    AGGREGATOR,
    HOUSE_OF_JAAN,
    HOUSE_OF_KADRI,
    HOUSE_OF_MARI,
    NORTH_GRID,
    SOUTH_GRID,
    TALLINN,
    WIND,
    local_midnight,
)
from tests.contracts.product import Product
from tests.portal.browser import granting
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE
from tests.portal.browser.steps import path_of, press_main, told

TRACKER = "/portal/tracker/"

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Story:
    """Who gives access to which point to whom, and a point that stays closed; the looks of the pages.

    `first_day`, `last_day`: the readings that are opened, in days before today, where the customer chooses them.
    """

    customer: str
    point: str
    grid: str
    receiver: str
    name: str
    role: str
    purpose: str
    closed: str
    look: dict[str, Any]
    first_day: int = 0
    last_day: int = 0

    def terms(self, hub: Product) -> Mapping[str, str] | None:
        """Give what is chosen in the step that only energy service companies have."""
        if not self.first_day:
            return None
        days = {"seen_first": self.first_day, "seen_last": self.last_day}
        chosen = {name: str(hub.made_on - timedelta(days=before)) for name, before in days.items()}
        return {"purpose": self.purpose, "lasting": "1M", "seen": "own", **chosen}


STORIES = {
    "supplier": Story(
        *("mari", HOUSE_OF_MARI, NORTH_GRID, WIND, "Tuule Energia AS", "OPEN_SUPPLIER", "ENERGY_SUPPLY_OFFER"),
        closed=HOUSE_OF_KADRI,
        look={"language": "en", "theme": "light", "width": WIDE},
    ),
    "aggregator": Story(
        *("jaan", HOUSE_OF_JAAN, NORTH_GRID, AGGREGATOR, "Paindlik Koormus OÜ", "AGGREGATOR", "AGGREGATION_OFFER"),
        closed=HOUSE_OF_KADRI,
        look={"language": "et", "theme": "dark", "width": NARROW},
    ),
    "energy service company": Story(
        *("kadri", HOUSE_OF_KADRI, SOUTH_GRID, ADVICE, "Energianõu OÜ", "ENERGY_SERVICE_PROVIDER", "RESEARCH"),
        closed=HOUSE_OF_JAAN,
        look={"language": "en", "theme": "dark", "width": NARROW},
        first_day=10,
        last_day=3,
    ),
}


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written)


def a_year_before(moment: datetime) -> datetime:
    """Give the same local time a year before; of a leap day the day before it."""
    local = moment.astimezone(TALLINN)
    return local.replace(year=local.year - 1, day=28 if (local.month, local.day) == (2, 29) else local.day)


def found(one: Client, point: str) -> list[dict[str, Any]]:
    """Give the authorizations for a point that are valid now."""
    answer = one.post("/customer-authorization", meterEic=[point])
    assert answer.status_code == 200, answer.text
    return list(answer.json()["customerAuthorizations"])


def starts(one: Client, point: str, start: datetime, end: datetime) -> list[str]:
    """Give the starts of the intervals that are read of a point in a time; none where it is refused."""
    asked: dict[str, Any] = {"periodStart": start.isoformat(), "periodEnd": end.isoformat()}
    asked["pagination"] = {"page": 0, "pageSize": 2_000}
    answer = one.post("/meter-data/search", meterEic=point, **asked)
    if answer.status_code == 404:
        return []
    assert answer.status_code == 200, answer.text
    return [interval["pS"] for part in answer.json()["periods"] for interval in part["aI"]]


def send_readings(grid: Client, point: str, day: date) -> None:
    """Let there be readings of a day, which may be one to come."""
    made = readings.made(point, readings.intervals(day, day), both=False)
    answer = grid.post("/meter-data", meterData=readings.message(made))
    assert answer.status_code in {200, 202}, answer.text


def points_of(one: Client) -> set[str]:
    """Give the points that are seen by the customers' word."""
    by_word = {"meterCommon": {"sourceType": ["PERMISSION"]}}
    answer = one.post("/meter/search", meterAttributes=by_word)
    assert answer.status_code == 200, answer.text
    return {point["meteringPoint"]["meterEic"] for point in answer.json()["meterMetadata"]}


@pytest.mark.parametrize(
    "story",
    [pytest.param(one, id=name, marks=[] if name == "supplier" else pytest.mark.long) for name, one in STORIES.items()],
)
def test_what_was_given_is_read_seen_by_the_customer_and_closed_by_her(
    person: People, hub: Product, story: Story
) -> None:
    contents.publish(hub.description())
    company = Client.of(hub.url, story.receiver, story.role)
    grid = Client.of(hub.url, story.grid, "GRID_OPERATOR")
    now = datetime.now(UTC)
    before, told_before = (now - timedelta(days=2), now), hub.last_id()
    assert found(company, story.point) == []
    assert starts(company, story.point, *before) == []

    send_readings(grid, story.point, hub.made_on + timedelta(days=1))
    hub.settle()

    # She gives it.
    customer = person(story.customer, **story.look)
    page = customer.page
    customer.look()
    granting.go_to_summary(customer, story.role, story.receiver, [story.point], story.terms(hub))
    said = page.locator("#summary").inner_text()
    assert story.name in said
    # Nothing is given before she says so.
    assert found(company, story.point) == []
    press_main(customer)
    customer.look()
    assert path_of(customer).endswith("/done")
    customer.follow(page.locator("main .place-links a[href*='/authorizations/']"))
    own_page = path_of(customer)

    # The company finds it, and reads exactly that.
    (given,) = found(company, story.point)
    assert own_page == f"{granting.AUTHORIZATIONS}/{given['authorizationId']}"
    assert given["purpose"] == story.purpose
    valid_from, valid_to = instant(given["periodStart"]), instant(given["periodEnd"])
    opened_from, opened_to = instant(given["subjectPeriodStart"]), instant(given["subjectPeriodEnd"])
    assert now - timedelta(seconds=1) <= valid_from <= datetime.now(UTC)
    if story.first_day:
        assert opened_from == local_midnight(hub.made_on - timedelta(days=story.first_day))
        assert opened_to == local_midnight(hub.made_on - timedelta(days=story.last_day - 1))
        assert timedelta(days=27) < valid_to - valid_from < timedelta(days=32)
    else:
        assert valid_to - valid_from == timedelta(hours=48)
        assert opened_to == valid_from
        assert opened_from == a_year_before(valid_from)
    assert story.point in points_of(company)
    for edge in (opened_from, opened_to):
        around = edge - timedelta(days=2), edge + timedelta(days=2)
        kept = starts(grid, story.point, *around)
        within = [one for one in kept if opened_from <= instant(one) < opened_to]
        assert within and starts(company, story.point, *around) == within
        # There is more. The hub takes no readings older than the year that an offer opens.
        assert len(kept) > len(within) or (edge == opened_from and not story.first_day)
    for outside in (
        (opened_from - timedelta(days=1), opened_from),
        (opened_to + timedelta(minutes=15), opened_to + timedelta(days=2)),
    ):
        assert starts(company, story.point, *outside) == []
    assert starts(company, story.closed, *before) == []
    assert story.closed not in points_of(company)

    # It was told, too: to this company and to nobody else.
    hub.settle()
    messages = [json.loads(one["content"]) for one in company.scan("PERMISSION", after=told_before)]
    (message,) = [one for one in messages if one["meteringPointEic"] == story.point]
    assert (message["validFrom"], message["subjectPeriodTo"]) == (given["periodStart"], given["subjectPeriodEnd"])
    stranger = Client.of(hub.url, "38X-DEMO-OUT---B", "OPEN_SUPPLIER")
    assert stranger.scan("PERMISSION", after=told_before) == []

    # She sees who has read what, and that it was by her own word.
    customer.open(own_page)
    customer.open(TRACKER)
    link = page.locator(f"main a[href='{own_page}']")
    entry = page.locator("main .seen-entry", has=page.locator(f"a[href='{own_page}']"))
    assert entry.count() >= 2, "its looks at the place and at its readings"
    assert {story.name} == {one.inner_text() for one in entry.locator(".seen-who").all()}
    customer.follow(link)
    assert path_of(customer) == own_page

    # She ends it, asked once; the very next read is refused.
    customer.follow(page.locator(f"main a.btn-danger[href='{own_page}/end']"))
    assert starts(company, story.point, opened_to - timedelta(days=2), opened_to)
    press_main(customer)
    assert starts(company, story.point, opened_to - timedelta(days=2), opened_to) == []
    assert found(company, story.point) == []
    assert story.point not in points_of(company)
    assert story.name in told(customer)
    customer.look()
    customer.follow(page.locator("main a[href$='?ended=1']"))
    expect(page.locator(f"main a[href='{own_page}']").first).to_be_visible()
