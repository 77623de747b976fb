"""What is not a customer's own is answered as what does not exist and as nonsense; nothing changes by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.metering.models import MeteringPoint
from datahub.parties.services.representations import give_representation
from tests import cast
from tests.metering import points
from tests.portal.client.giving import ADVICE, LIST, NEW, TERMS, Wizard, adviser, at_summary, filled
from tests.portal.client.readings import LONG_AGO, another, browser_of, company, grid, point_of, send
from tests.portal.client.test_ending import give
from tests.portal.people import Browser, person
from tests.tables import contents

pytestmark = pytest.mark.usefixtures("_market")
NONSENSE = [
    "0",
    " ",
    "%",
    "\x00",
    "a\x00b",
    "x" * 3_000,
    "ÕÄ😀\u202e",
    "'; DROP TABLE parties_party; --",
    "<script>alert(1)</script>",
    "..",
    "../..",
    "..\\..",
    "%2e%2e%2f",
    "\r\nSet-Cookie: evil=1",
    "None",
    "-1",
    "1e9",
    "{}",
    "null",
]


@dataclass
class Strangers:
    """What another customer has, of which Mari must learn nothing."""

    point: MeteringPoint
    former: MeteringPoint
    authorization: str
    draft: Wizard


@pytest.fixture
def strangers(_market: None) -> Strangers:
    """Jaan's places, readings, authorization and draft; Mari has her own of each."""
    jaan = another()
    his, former = point_of(jaan, number=1), point_of(jaan, number=2, until=date(2026, 1, 1))
    send(his, date(2026, 10, 5))
    mine = point_of()
    send(mine, date(2026, 10, 5))
    adviser()
    (one,) = give(his, customer=jaan)
    give(mine)
    return Strangers(his, former, str(one.pk), at_summary(his.eic, browser=browser_of(jaan)))


def anothers_points(strangers: Strangers) -> list[str]:
    found = points.codes("38ZGO-19", 9)[-1]
    return [strangers.point.eic, strangers.former.eic, found, strangers.point.eic.lower(), *NONSENSE]


def alike(answer: Any, *asked: str) -> tuple[Any, ...]:
    """Give what an answer says, without what repeats the address and what is new in every page."""
    body = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    for mark in (r'name="csrfmiddlewaretoken" value="[^"]*"', r'name="form_id" value="[^"]*"', r"X-CSRFToken[^}]*"):
        body = re.sub(mark, "", body)
    # The address is repeated where the language is chosen, to come back to it.
    body = re.sub(r'name="next" value="[^"]*"', "", body)
    for one in sorted(asked, key=len, reverse=True):
        for form in {one, quote(one), quote(one, safe=""), unquote(one)}:
            if len(form) > 3:
                body = body.replace(form, "…")
    return answer.status_code, answer.get("Location", ""), body, len(answer.cookies) > 2


def answers(browser: Browser, path: str, asked: list[str], **query: str) -> Iterator[tuple[Any, ...]]:
    for one in asked:
        if "/" in one and "{}" in path:
            # Another address: none of ours.
            assert browser.get(path.replace("{}", one)).status_code in (302, 404)
            continue
        if "{}" in path:
            found = browser.get(path.replace("{}", quote(one, safe="")))
            yield (*alike(found, one), found.status_code)
        else:
            (name,) = (name for name, value in query.items() if value == "{}")
            yield alike(browser.get(path, query | {name: one}), one)


@pytest.mark.parametrize("path", ["/portal/metering-points/{}"])
def test_a_strangers_point_answers_as_none(strangers: Strangers, path: str) -> None:
    browser = browser_of()
    browser.get("/portal/")
    before = contents()
    found = set(answers(browser, path, anothers_points(strangers)))
    assert {one[0] for one in found} == {404} and len(found) == 1
    assert contents() == before


@pytest.mark.parametrize("path", ["/portal/readings", "/portal/readings/data", "/portal/readings/file"])
def test_readings_of_a_strangers_point_answer_as_of_none(strangers: Strangers, path: str) -> None:
    browser = browser_of()
    browser.get("/portal/")
    before = contents()
    query = {"span": "day", "day": "2026-10-05", "form": "csv", "point": "{}"}
    found = set(answers(browser, path, anothers_points(strangers), **query))
    assert {one[0] for one in found} == {404} and len(found) == 1
    assert contents() == before


@pytest.mark.parametrize("path", [f"{LIST}/{{}}", f"{LIST}/{{}}/end"])
def test_a_strangers_authorization_answers_as_none(strangers: Strangers, path: str) -> None:
    browser = browser_of()
    browser.get("/portal/")
    asked = [strangers.authorization, str(uuid4()), strangers.authorization.upper(), "0" * 32, "1" * 33, *NONSENSE]
    before = contents()
    found = set(answers(browser, path, asked))
    assert {one[0] for one in found} == {404} and len(found) == 1
    if path.endswith("end"):
        for one in (strangers.authorization, str(uuid4())):
            answer = browser.send(path.replace("{}", one), {"places": strangers.authorization})
            assert answer.status_code == 404
    assert contents() == before


def test_the_tracker_tells_nothing_of_a_strangers_authorization_or_point(strangers: Strangers) -> None:
    browser = browser_of()
    browser.get("/portal/")
    before = contents()
    path = "/portal/tracker/"
    known = {alike(browser.get(path, {"authorization": one}), one) for one in (strangers.authorization, str(uuid4()))}
    assert len(known) == 1 and {one[0] for one in known} == {200}
    codes = [strangers.point.eic, points.codes("38ZGO-19", 9)[-1]]
    assert len({alike(browser.get(path, {"place": one}), one) for one in codes}) == 1
    assert len({alike(browser.get(path, {"company": one}), one) for one in (ADVICE, "38X-NOBODY-----1")}) == 1
    for one in NONSENSE:
        assert browser.get(path, {"authorization": one}).status_code in (200, 404)
        for name in ("place", "company", "what", "first", "last", "page"):
            assert browser.get(path, {name: one}).status_code in (200, 404), (name, one)
        assert browser.get(f"{path}entry", {"by": one, "way": one, "kind": one}).status_code == 404
    assert contents() == before


@pytest.mark.parametrize("step", ["kind", "companies", "places", "terms", "summary", "done"])
def test_a_strangers_draft_answers_as_none(strangers: Strangers, step: str) -> None:
    browser = browser_of()
    browser.get(NEW)
    his = strangers.draft.base.rstrip("/").rpartition("/")[2]
    sent = filled(strangers.draft.page("summary")) | TERMS | {"points": strangers.point.eic, "decline": "1"}
    before = contents()
    for one in (his, "no-such-draft", *NONSENSE):
        if "/" in one or one == "..":
            continue
        path = f"{NEW}/{quote(one, safe='')}/{step}"
        for answer in (browser.get(path), browser.send(path, sent)):
            assert (answer.status_code, answer.get("Location")) == (302, NEW), one
    for nothing in ("x", "\x00", "SUMMARY", "ä"):
        for one in (his, "no-such-draft"):
            assert browser.get(f"{NEW}/{one}/{quote(nothing)}").status_code == 404
    assert contents() == before
    # His own goes on.
    assert strangers.draft.page("summary").status_code == 200


def test_what_is_not_offered_cannot_be_chosen_whatever_it_is(strangers: Strangers) -> None:
    wizard = Wizard(browser_of())
    wizard.kind()
    wizard.browser.get("/portal/")
    before = contents()

    def words(answer: Any, one: str) -> str:
        assert answer.status_code == 200
        (name,) = answer.context["form"].errors
        (text,) = answer.context["form"].errors[name]
        return str(text).replace(f"choice. {one} is", "choice. … is")

    others = [cast.MARI, cast.GRID_OPERATOR, "38X-NOBODY-----1", *NONSENSE]
    assert len({words(wizard.companies(one), one) for one in others}) == 1
    wizard.companies(ADVICE)
    assert len({words(wizard.places(one), one) for one in anothers_points(strangers)}) == 1
    assert contents() == before


def test_it_takes_as_many_questions_to_the_database_whether_it_is_a_strangers_or_nobodys(strangers: Strangers) -> None:
    browser = browser_of()

    def questions(path: str) -> int:
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        return len(asked)

    nobodys = points.codes("38ZGO-19", 9)[-1]
    for path, his, none in (
        ("/portal/metering-points/{}", strangers.point.eic, nobodys),
        ("/portal/readings?point={}", strangers.point.eic, nobodys),
        (f"{LIST}/{{}}", strangers.authorization, str(uuid4())),
        (f"{LIST}/{{}}/end", strangers.authorization, str(uuid4())),
    ):
        assert questions(path.replace("{}", his)) == questions(path.replace("{}", none)), path


def test_who_represents_a_company_sees_as_herself_nothing_of_it_and_the_other_way_round(strangers: Strangers) -> None:
    firm, user = company(), person("clerk of both", None)
    user.party = cast.mari()
    user.save()
    give_representation(person=user, customer=firm, valid_from=LONG_AGO)
    its = point_of(firm, number=4)
    (its_own,) = give(its, customer=firm)
    mine = MeteringPoint.objects.get(eic=points.ELECTRICITY["meteringPoint"]["meterEic"])
    browser = Browser(user)
    for key, sees, not_seen in ((cast.MARI, mine, its), (firm.eic, its, mine)):
        browser.act_as(f"customer:{key}")
        assert browser.get(f"/portal/metering-points/{sees.eic}").status_code == 200
        assert browser.get(f"/portal/metering-points/{not_seen.eic}").status_code == 404
        assert browser.get("/portal/readings", {"point": not_seen.eic}).status_code == 404
        assert not_seen.eic not in browser.get("/portal/").content.decode()
        page = browser.get(f"{LIST}/{its_own.pk}")
        assert page.status_code == (200 if key == firm.eic else 404)
        main = browser.get("/portal/details").content.decode().partition("<main")[2]
        assert ("Saeveski" in main, "Maasikas" in main) == (key == firm.eic, key == cast.MARI)


def test_a_moment_of_a_strangers_time_at_her_own_place_stays_closed(strangers: Strangers) -> None:
    """The point was Jaan's until October: of his time she sees neither agreements nor readings."""
    jaan = another()
    shared = point_of(jaan, number=6, until=date(2026, 10, 1))
    grid(shared, cast.mari(), date(2026, 10, 1))
    page = browser_of().get(f"/portal/metering-points/{shared.eic}")
    (own,) = page.context["place"].own.periods
    assert own.start == datetime(2026, 9, 30, 21, tzinfo=UTC)
    assert "2020" not in page.content.decode().partition("<main")[2]
