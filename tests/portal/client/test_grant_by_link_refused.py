"""Links that lead nowhere: each is refused in plain words, and not a word of it leads to a foreign host.

Source: `5-web.md`, "Grant by link".
"""

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from datahub.market import Commodity
from datahub.parties.models import RedirectHost
from datahub.parties.services.redirect_hosts import register_redirect_host
from tests import cast
from tests.portal.client.giving import ADVICE, adviser, end_role, given, said, supplier
from tests.portal.client.readings import NOW, browser_of, point_of
from tests.portal.client.test_grant_by_link import BACK, HOST, address
from tests.tables import contents

pytestmark = pytest.mark.usefixtures("_market")
OTHERS_HOST = "teine.example.ee"
ADDRESSES = [
    "",
    " ",
    "/",
    "//" + HOST,
    f"//{HOST}/volitus",
    HOST,
    f"{HOST}/volitus",
    # Another host.
    "https://evil.example/",
    f"https://{OTHERS_HOST}/",
    f"https://www.{HOST}/",
    f"https://{HOST}.evil.example/",
    f"https://evil{HOST}/",
    f"https://{HOST}./",
    f"https://.{HOST}/",
    f"https://{HOST.partition('.')[2]}/",
    f"https://{HOST}evil.example/",
    f"https://{HOST}-evil.example/",
    "https://ee/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::1]/",
    f"https://[{HOST}]/",
    "https://[::ffff:7f00:1]/",
    # One that looks alike.
    "https://p\u043e\u043ed.example.ee/",
    "https://xn--pd-xlca.example.ee/",
    "https://pood\uff0eexample.ee/",
    "https://pood\u3002example.ee/",
    "https://\uff50ood.example.ee/",
    "https://pood.example.e\u0435/",
    f"https://{HOST}\u200b/",
    f"https://\u00ad{HOST}/",
    # Another scheme.
    f"http://{HOST}/",
    f"HTTP://{HOST}/",
    f"ftp://{HOST}/",
    f"javascript://{HOST}/%0aalert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    f"ws://{HOST}/",
    f"https:{HOST}/",
    f"https:/{HOST}/",
    f"https:///{HOST}/",
    f"https:////{HOST}/",
    f"https:\\\\{HOST}/",
    f"blob:https://{HOST}/",
    f"view-source:https://{HOST}/",
    # A port, a user.
    f"https://{HOST}:443/",
    f"https://{HOST}:/",
    f"https://{HOST}:8443/",
    f"https://{HOST}:80@evil.example/",
    f"https://mari@{HOST}/",
    f"https://mari:secret@{HOST}/",
    f"https://{HOST}@evil.example/",
    f"https://{HOST}%40evil.example/",
    f"https://@{HOST}/",
    # What browsers read otherwise.
    f"https://{HOST}\\@evil.example/",
    f"https://evil.example\\.{HOST}/",
    f"https://{HOST}\\evil",
    f"https://{HOST}/\\evil",
    f"https://{HOST}/?a=\\",
    f"https://{HOST}/#\\",
    f"https://evil.example#@{HOST}/",
    f"https://evil.example?@{HOST}/",
    f"https://evil.example/@{HOST}/",
    f"https://{HOST}\t/",
    f"https://{HOST}/\t",
    f"https://{HOST}\n/",
    f"https://{HOST}/\nLocation: https://evil.example",
    f"https://{HOST}/\r\nSet-Cookie: a=1",
    "https://po\tod.example.ee/",
    f"h\nttps://{HOST}/",
    f"https://{HOST}\x00/",
    f"https://{HOST}/\x00",
    f"https://{HOST}\x00.evil.example/",
    f" https://{HOST}/",
    f"https://{HOST}/ ",
    f"https:// {HOST}/",
    f"https://{HOST}/a b",
    f"https://{HOST}/\u2028",
    f"https://{HOST}/\u202e",
    f"\ufeffhttps://{HOST}/",
    # Written in signs of percent.
    "https://pood%2eexample.ee/",
    "https://%70ood.example.ee/",
    f"https://{HOST}%2f@evil.example/",
    f"https://{HOST}%00.evil.example/",
    f"https%3A//{HOST}/",
    quote(BACK, safe=""),
    f"https://{HOST}/" + "a" * 2_000,
    "x" * 10_000,
]


@pytest.fixture(autouse=True)
def _hosts(_market: None) -> None:
    register_redirect_host(participant=supplier(), host=HOST)
    register_redirect_host(participant=adviser(), host=OTHERS_HOST)
    point_of()


def refused(path: str, parameter: str) -> Any:
    """Follow a link that is refused for a parameter: nothing is kept of it, and nothing leads to where it wants."""
    browser = browser_of()
    before = contents()
    answer = browser.get(path)
    assert answer.status_code == 400, path
    assert "Location" not in answer and "Refresh" not in answer and "Link" not in answer
    page = answer.content.decode()
    assert "This link cannot be followed" in said(answer) and "Nothing was given" in said(answer)
    assert answer.context["refused"].parameter == parameter, answer.context["refused"]
    # All that leads anywhere leads to pages and files of ours.
    leads = re.findall(r'(?:href|src|action|formaction|content|srcset|poster|data|hx-[a-z]+)="([^"]*)"', page)
    for lead in map(unescape, leads):
        assert HOST not in lead and "evil" not in lead and OTHERS_HOST not in lead, lead
        assert "http-equiv" not in page
    assert "http" not in answer["Content-Security-Policy"] and "form-action 'self'" in answer["Content-Security-Policy"]
    assert contents() == before and not given()
    assert "granting" not in browser.session
    return answer


@pytest.mark.parametrize("target", ADDRESSES)
def test_an_address_that_is_not_the_companys_own_is_refused(target: str) -> None:
    refused(address(redirectUrl=target), "redirectUrl")


def test_a_host_of_another_company_is_refused_both_ways() -> None:
    refused(address(redirectUrl=f"https://{OTHERS_HOST}/"), "redirectUrl")
    refused(address(eicCode=ADVICE), "redirectUrl")


def test_the_registered_host_in_capitals_is_the_same_host() -> None:
    for host in (HOST.upper(), HOST.title()):
        assert browser_of().get(address(redirectUrl=f"https://{host}/")).status_code == 302


def test_a_name_of_other_letters_is_registered_and_asked_for_in_the_form_that_dns_knows() -> None:
    RedirectHost.objects.create(participant=supplier(), host="xn--pd-xlca.example.ee")
    assert browser_of().get(address(redirectUrl="https://xn--pd-xlca.example.ee/")).status_code == 302
    refused(address(redirectUrl="https://p\u043e\u043ed.example.ee/"), "redirectUrl")


@pytest.mark.parametrize("name", ["eicCode", "energyType", "redirectUrl"])
def test_a_parameter_that_is_missing_empty_or_there_twice_is_refused(name: str) -> None:
    refused(address(**{name: None}), name)
    refused(address(**{name: ""}), name)
    whole = address()
    for again in ("", BACK, cast.OPEN_SUPPLIER, "electricity"):
        refused(f"{whole}&{name}={again}", name)
    refused(f"{whole.replace(name, name.upper())}", name)


@pytest.mark.parametrize("name", ["state", "showBackButton"])
def test_what_may_be_left_out_is_not_given_twice_either(name: str) -> None:
    refused(f"{address()}&{name}=true&{name}=true", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("eicCode", value) for value in ("x", "\x00", "38X-DEMO-NONE--X", cast.OPEN_SUPPLIER.lower(), "x" * 5_000)),
        *(("eicCode", value) for value in (cast.MARI, cast.GRID_OPERATOR)),
        *(("energyType", value) for value in ("x", "heat", "electricity,gas", " electricity", "\x00", "ELECTRICITY\n")),
        *(("showBackButton", value) for value in ("yes", "1", "truefalse", "\x00")),
        *(("state", value) for value in ("x" * 2_001, "ä" * 1_400, "ä" * 100_000)),
    ],
)
def test_a_parameter_that_says_nothing_is_refused(name: str, value: str) -> None:
    refused(address(**{name: value}), name)


def test_a_state_that_is_no_text_is_refused_since_it_could_not_be_given_back() -> None:
    for raw in ("%ff", "a%80b", "%ed%a0%80", "%c3"):
        refused(f"{address()}&state={raw}", "state")


def test_a_company_without_the_role_for_that_energy_is_refused() -> None:
    refused(address(energyType="naturalGas"), "eicCode")
    supplier(Commodity.NATURAL_GAS)
    assert browser_of().get(address(energyType="naturalGas")).status_code == 302


def test_a_company_whose_role_has_ended_or_not_begun_is_refused() -> None:
    end_role(supplier(), NOW)
    refused(address(), "eicCode")
    supplier().roles.update(valid_to=None, valid_from=NOW.replace(year=2030))
    refused(address(), "eicCode")


def test_nothing_at_all_is_refused() -> None:
    refused("/portal/grant", "eicCode")
    refused("/portal/grant?x=1", "eicCode")


def test_it_is_said_in_estonian_too() -> None:
    page = browser_of(language="et").get(address(redirectUrl="https://evil.example/"))
    assert page.status_code == 400 and "This link" not in said(page)
    assert "redirectUrl" in said(page)
