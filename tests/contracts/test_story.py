"""What the hub is for: a reading saved by a grid operator is scanned by exactly those who are entitled to it."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import TOKEN_PATH, Client
from tests.contracts.documents import final_status, send
from tests.contracts.market import CAST, TALLINN, USERS, Market, months_from, roles_of
from tests.contracts.product import Product
from tests.contracts.promises import GAS
from tests.contracts.saving import save

Clients = Callable[..., Client]
PARTICIPANTS = [entry["eic"] for entry in CAST["participants"]]


@pytest.mark.parametrize("way", ["form", "basic"])
def test_a_token_is_had_as_from_any_openid_provider(product: Product, way: str) -> None:
    user = USERS[cast.NORTH_GRID]
    form = {"grant_type": "client_credentials", "scope": "openid"}
    known = httpx.get(f"{product.url}/realms/estfeed/.well-known/openid-configuration").json()
    assert known["token_endpoint"] == product.url + TOKEN_PATH
    if way == "form":
        form |= {"client_id": user["clientId"], "client_secret": user["clientSecret"]}
        answer = httpx.post(known["token_endpoint"], data=form)
    else:
        answer = httpx.post(known["token_endpoint"], data=form, auth=(user["clientId"], user["clientSecret"]))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 300)
    keys = KeySet.import_key_set(httpx.get(known["jwks_uri"]).json())
    claims = jwt.decode(given["access_token"], keys, algorithms=["RS256"]).claims
    assert {"iss", "sub", "client_id", "exp", "iat", "jti"} <= set(claims)
    assert claims["iss"] == known["issuer"]
    assert claims["client_id"] == user["clientId"]
    assert claims["exp"] - claims["iat"] == 300
    assert cast.NORTH_GRID in claims.values()


@pytest.mark.parametrize(("name", "value"), [("client_secret", "wrong"), ("client_id", "38X-NOBODY")])
def test_a_wrong_secret_gets_no_token(product: Product, name: str, value: str) -> None:
    user = USERS[cast.NORTH_GRID]
    form = {"grant_type": "client_credentials", "client_id": user["clientId"], "client_secret": user["clientSecret"]}
    answer = httpx.post(product.url + TOKEN_PATH, data={**form, name: value})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def _received(client: Clients, after: int) -> dict[tuple[str, str, str], list[str]]:
    """Give the contents of readings behind an id that each participant of the cast has in each role."""
    found = {}
    for participant in PARTICIPANTS:
        for role, commodity in roles_of(participant):
            messages = client(participant, role, commodity).scan("METERING_DATA", after=after)
            assert {(m["resourceType"], m["reason"]) for m in messages} <= {("METERING_DATA", "CREATE")}
            found[participant, role, commodity] = [message["content"] for message in messages]
    return found


def _address(participant: str) -> tuple[str, str, str]:
    return participant, "AGGREGATOR" if participant == cast.AGGREGATOR else "OPEN_SUPPLIER", "ELECTRICITY"


def test_readings_over_a_change_of_supplier_reach_each_supplier_in_its_own_period_and_nobody_else(
    product: Product, market: Market, client: Clients
) -> None:
    """The old supplier has the day before, the new one the day after, their portfolio providers what they have."""
    new = months_from(market.first, -5)
    sent = readings.made(cast.HOUSE_OF_JAAN, readings.intervals(new - timedelta(days=1), new), seed=1)
    before = product.last_id()
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    identification = send(grid, readings.message(sent))
    assert final_status(grid, identification)["status"] == "SUCCESSFUL"
    product.settle()

    expected = {
        participant: readings.plain(r for r in sent if participant in market.told_of(r.point, r.start))
        for participant in PARTICIPANTS
    }
    # The cast as it stands, so that a slip in working out what to expect shows too.
    day = 96 * 2
    assert {who: sum(what.values()) for who, what in expected.items() if what} == {
        cast.WIND: day,
        cast.SUN: 2 * day,
        cast.BALANCE: 2 * day,
    }
    for (participant, role, commodity), contents in _received(client, before).items():
        entitled = expected[participant] if (participant, role, commodity) == _address(participant) else Counter()
        got = [readings.read_content(content) for content in contents]
        assert readings.plain(r for content in got for r in content) == entitled, (participant, role, commodity)
        assert len(contents) == (1 if entitled else 0), "told once a change, however many grounds"
        for reading in (r for content in got for r in content):
            assert reading.read_at is not None
            assert timedelta(0) <= datetime.now(UTC) - reading.read_at < timedelta(minutes=2), "the moment of arrival"


def test_a_former_supplier_finds_its_own_period_and_a_stranger_nothing_at_all(
    product: Product, market: Market, client: Clients
) -> None:
    change = cast.local_midnight(months_from(market.first, -5))
    sent = readings.made(
        cast.HOUSE_OF_JAAN, [change + timedelta(minutes=15) * n for n in range(-96, 96)], seed=2, both=False
    )
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"

    def search(who: str, point: str) -> httpx.Response:
        period = {"periodStart": readings.iso(sent[0].start), "periodEnd": readings.iso(change + timedelta(days=1))}
        return client(who, "OPEN_SUPPLIER").post("/meter-data/search", meterEic=point, **period)

    found = search(cast.WIND, cast.HOUSE_OF_JAAN)
    assert found.status_code == 200, found.text
    seen = readings.read([json.loads(found.text, parse_float=Decimal, parse_int=Decimal)])
    assert readings.plain(r for r in seen if r.direction == "out") == readings.plain(sent[:96])
    strange, nowhere = search(cast.STRANGER, cast.HOUSE_OF_JAAN), search(cast.STRANGER, "38ZGO-10000018-5")
    assert strange.status_code == nowhere.status_code == 404
    assert strange.json()["cause"]["code"] == nowhere.json()["cause"]["code"]
    assert strange.json()["cause"]["message"].replace(cast.HOUSE_OF_JAAN, "…") == nowhere.json()["cause"][
        "message"
    ].replace("38ZGO-10000018-5", "…")


def _clock_changes(today: date) -> dict[int, date]:
    """Give the last days of 23 and of 25 hours before a day."""
    found: dict[int, date] = {}
    for back in range(1, 365):
        day = today - timedelta(days=back)
        start, end = (datetime.combine(d, datetime.min.time(), TALLINN) for d in (day, day + timedelta(days=1)))
        hours = round((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 3600)
        if hours != 24:
            found.setdefault(hours, day)
    return found


def _gas_start(day: date) -> datetime:
    return datetime.combine(day, time(7), TALLINN).astimezone(UTC)


def _gas_hours(day: date) -> list[datetime]:
    """Give the starts of the hours of a gas day."""
    start, hour = _gas_start(day), timedelta(hours=1)
    return [start + number * hour for number in range(round((_gas_start(day + timedelta(1)) - start) / hour))]


@pytest.mark.parametrize(
    ("hours", "resolution", "point", "count"),
    [
        (23, "PT15M", cast.HOUSE_OF_MARI, 92),
        (25, "PT15M", cast.HOUSE_OF_MARI, 100),
        (23, "PT1H", cast.EMBASSY, 23),
        (25, "PT1H", cast.EMBASSY, 25),
        (23, "PT1H", cast.BAKERY_GAS, 23),
        (25, "PT1H", cast.BAKERY_GAS, 25),
    ],
)
def test_the_days_of_the_clock_changes_go_through_whole(
    product: Product, market: Market, client: Clients, hours: int, resolution: str, point: str, count: int
) -> None:
    day, commodity = _clock_changes(product.made_on)[hours], cast.POINTS[point]["commodity"]
    starts = readings.intervals(day, day, resolution)
    end = cast.local_midnight(day + timedelta(1))
    if commodity == GAS:
        # The night of the change is the end of the gas day that began at seven of the day before.
        starts, end = _gas_hours(day - timedelta(1)), _gas_start(day)
    assert len(starts) == count
    sent = readings.made(point, starts, seed=3)
    before = product.last_id()
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR", commodity)
    assert final_status(grid, send(grid, readings.message(sent, resolution)))["status"] == "SUCCESSFUL"
    product.settle()

    period = {"periodStart": readings.iso(starts[0]), "periodEnd": readings.iso(end)}
    answer = grid.post("/meter-data/search", meterEic=point, **period)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
    assert [p["r"] for p in found["periods"]] == [resolution]
    assert [interval["pS"] for interval in found["periods"][0]["aI"]] == [readings.iso(start) for start in starts]
    assert readings.plain(readings.read([found])) == readings.plain(sent)
    for address, contents in _received(client, before).items():
        got = readings.plain(r for content in contents for r in readings.read_content(content))
        is_told = address in {(cast.SUN, "OPEN_SUPPLIER", commodity), (cast.BALANCE, "OPEN_SUPPLIER", commodity)}
        assert got == (readings.plain(sent) if is_told else Counter()), address


def test_the_sender_never_has_its_own_saves_back_in_any_of_its_roles(
    product: Product, market: Market, client: Clients
) -> None:
    """Kõik Rollid owns a point and supplies it too: what it saves as its operator does not come back to the supplier.

    Its portfolio provider has it all the same. All of it stands from the first of a month at least a week ahead.
    """
    first = months_from(product.made_on.replace(day=1), 1)
    first = first if (first - product.made_on).days >= 7 else months_from(first, 1)
    start = cast.local_midnight(first)
    grid, supplier = client(cast.ALL_ROLES, "GRID_OPERATOR"), client(cast.ALL_ROLES, "OPEN_SUPPLIER")
    balance = client(cast.BALANCE, "OPEN_SUPPLIER")
    code = forms.point_code(1, prefix="38ZGO-3")
    save(
        balance,
        "POST",
        "/agreement",
        agreement=forms.agreement("PORTFOLIO_SUPPLIER", cast.BALANCE, cast.ALL_ROLES, start),
    )
    save(grid, "POST", "/meter", meterMetadata=forms.point(code, "own"))
    for one, kind in ((grid, "GRID"), (supplier, "SUPPLY")):
        own = forms.agreement(kind, cast.ALL_ROLES, cast.JAAN, start, code=code)
        save(one, "POST", "/agreement", agreement=own)
    product.settle()

    before = product.last_id()
    save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "changed"))
    sent = readings.made(code, readings.intervals(first, first), seed=6)
    assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"
    product.settle()
    for (participant, role, commodity), contents in _received(client, before).items():
        got = readings.plain(r for content in contents for r in readings.read_content(content))
        is_told = (participant, role, commodity) == _address(cast.BALANCE)
        assert got == (readings.plain(sent) if is_told else Counter()), (participant, role, commodity)
    for role, commodity in roles_of(cast.ALL_ROLES):
        assert client(cast.ALL_ROLES, role, commodity).scan("METERING_POINT", after=before) == []
    (told,) = balance.scan("METERING_POINT", after=before)
    assert json.loads(told["content"])["meterLocation"]["comment"] == "changed"


def test_a_portfolio_provider_sees_no_more_than_whom_it_provides_for(product: Product, client: Clients) -> None:
    """A supply ends between two days of a message: neither the supplier nor its provider has the second day."""
    grid, supplier = client(cast.NORTH_GRID, "GRID_OPERATOR"), client(cast.WIND, "OPEN_SUPPLIER")
    code = forms.point_code(8_003)
    days = [product.made_on + timedelta(days=number) for number in (2, 9, 10)]
    start, _, end = (cast.local_midnight(day) for day in days)
    save(grid, "POST", "/meter", meterMetadata=forms.point(code, "ends"))
    of_grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=code)
    save(grid, "POST", "/agreement", agreement=of_grid)
    of_supply = forms.agreement("SUPPLY", cast.WIND, cast.JAAN, start, code=code, end=end)
    save(supplier, "POST", "/agreement", agreement=of_supply)
    before = product.last_id()
    sent = readings.made(code, readings.intervals(days[1], days[2]), seed=7)
    assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"
    product.settle()
    received = _received(client, before)
    for who in (cast.WIND, cast.SUN):
        got = readings.plain(r for content in received[_address(who)] for r in readings.read_content(content))
        assert got == readings.plain(r for r in sent if r.start < end), who
    assert received[_address(cast.STRANGER)] == []


def _life_of_a_point(product: Product, client: Clients, number: int) -> dict[str, list[tuple[str, str, str]]]:
    """Save a point, its agreements and changes of both; give what each recipient has of it, its code left out."""
    grid, supplier = client(cast.NORTH_GRID, "GRID_OPERATOR"), client(cast.SUN, "OPEN_SUPPLIER")
    before, code = product.last_id(), forms.point_code(number)
    start = cast.local_midnight(product.made_on + timedelta(days=2))
    of_grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=code)
    of_supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, start, code=code, own_id="first")
    save(grid, "POST", "/meter", meterMetadata=forms.point(code, "nobody is told"))
    save(grid, "POST", "/agreement", agreement=of_grid)
    save(supplier, "POST", "/agreement", agreement=of_supply)
    save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "the supplier is told"))
    del of_supply["preliminaryTerminationFee"]
    save(supplier, "PUT", "/agreement", agreementChange={**of_supply, "agreementId": "second"})
    del of_supply["agreementId"]
    save(supplier, "POST", "/agreement/delete", agreement=of_supply)
    save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "the named supplier to be is told"))
    of_other = forms.agreement("SUPPLY", cast.WIND, cast.JAAN, start, code=code)
    save(client(cast.WIND, "OPEN_SUPPLIER"), "POST", "/agreement", agreement=of_other)
    save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "the other supplier is told"))
    if not product.processes["distribution"].is_running:
        product.restart("distribution")
    product.settle()
    found = {}
    for participant in PARTICIPANTS:
        for role, commodity in roles_of(participant):
            one = client(participant, role, commodity)
            found[f"{participant} {role} {commodity}"] = [
                (message["resourceType"], message["reason"], message["content"].replace(code, "…"))
                for resource_type in ("METERING_POINT", "AGREEMENT")
                for message in one.scan(resource_type, after=before)
            ]
    return {address: messages for address, messages in found.items() if messages}


def test_a_worker_that_was_down_tells_the_same_as_one_that_was_not(product: Product, client: Clients) -> None:
    """What is told is what the hub knew at each save, not what it knows when the worker comes to it."""
    at_once = _life_of_a_point(product, client, 8_001)
    product.kill("distribution")
    late = _life_of_a_point(product, client, 8_002)
    assert late == at_once
    seen = {who: [(kind, reason) for kind, reason, _ in messages] for who, messages in at_once.items()}
    point, agreement = "METERING_POINT", "AGREEMENT"
    assert seen == {
        f"{cast.SUN} OPEN_SUPPLIER ELECTRICITY": [
            *((point, "UPDATE"), (point, "UPDATE")),
            (agreement, "CREATE"),
        ],
        f"{cast.WIND} OPEN_SUPPLIER ELECTRICITY": [(point, "UPDATE")],
        # Between the supplies the general service is what is to come.
        f"{cast.NAMED} OPEN_SUPPLIER ELECTRICITY": [(point, "UPDATE")],
        f"{cast.BALANCE} OPEN_SUPPLIER ELECTRICITY": [
            *((point, "UPDATE"), (point, "UPDATE"), (point, "UPDATE")),
            *((agreement, "CREATE"), (agreement, "CREATE"), (agreement, "UPDATE"), (agreement, "DELETE")),
            (agreement, "CREATE"),
        ],
        f"{cast.NORTH_GRID} GRID_OPERATOR ELECTRICITY": [
            *((agreement, "CREATE"), (agreement, "UPDATE"), (agreement, "DELETE"), (agreement, "CREATE")),
        ],
    }
