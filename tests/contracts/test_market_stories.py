"""Known stories of the market from the API inward: saved over the wire, heard as each participant's system hears it.

Those for which the clock must be moved are told in tests/stories.
"""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import months_from
from tests.contracts.product import Product, wait_until
from tests.contracts.readings import iso
from tests.contracts.saving import save

Clients = Callable[..., Client]
FIRMA = "38X-AVP-FIRM01-C"
# Everyone in the role in which it may hear something of these points.
EARS = {
    cast.NORTH_GRID: "GRID_OPERATOR",
    cast.SOUTH_GRID: "GRID_OPERATOR",
    cast.SUN: "OPEN_SUPPLIER",
    cast.WIND: "OPEN_SUPPLIER",
    cast.NAMED: "OPEN_SUPPLIER",
    cast.BALANCE: "OPEN_SUPPLIER",
    cast.STRANGER: "OPEN_SUPPLIER",
    cast.AGGREGATOR: "AGGREGATOR",
    cast.ADVICE: "ENERGY_SERVICE_PROVIDER",
    cast.ALL_ROLES: "OPEN_SUPPLIER",
}
OVERLAPPING = "dd.error.business.overlapping-agreements"


class Heard(NamedTuple):
    """One message of an agreement; `end` None: open-ended."""

    reason: str
    type: str
    start: datetime
    end: datetime | None


class Ears:
    """All participants' systems: each message is heard once."""

    def __init__(self, product: Product, client: Clients) -> None:
        self.product = product
        self.clients = {eic: client(eic, role) for eic, role in EARS.items()}
        self.after = product.settle()

    def messages(self) -> dict[str, list[dict[str, Any]]]:
        """Give the messages of agreements that came since the last time, each with its one agreement, by id."""
        last = self.product.settle()
        found = {eic: one.scan("AGREEMENT", after=self.after) for eic, one in self.clients.items()}
        self.after = last
        for messages in found.values():
            ids = [message["id"] for message in messages]
            assert ids == sorted(set(ids))
            for message in messages:
                (message["agreement"],) = json.loads(message["content"])
        return {eic: messages for eic, messages in found.items() if messages}

    def heard(self) -> dict[str, list[Heard]]:
        """Give what was heard, shortly."""
        return {eic: [_heard(one) for one in messages] for eic, messages in self.messages().items()}


def _heard(message: dict[str, Any]) -> Heard:
    told = message["agreement"]
    start, end = (datetime.fromisoformat(t) if (t := told.get(name)) else None for name in ("validFrom", "validTo"))
    assert start is not None
    return Heard(message["reason"], told["agreementType"], start, end)


@pytest.fixture
def ears(product: Product, client: Clients) -> Ears:
    """Give everyone's ears, after all that was told before."""
    return Ears(product, client)


class Place:
    """A new point of an operator, and what is agreed there over the wire."""

    def __init__(self, product: Product, client: Clients, number: int, operator: str = cast.NORTH_GRID) -> None:
        self.client, self.operator, self.today = client, operator, product.made_on
        self.code = forms.point_code(number, prefix="38ZGO-2" if operator == cast.SOUTH_GRID else "38ZGO-1")

    def day(self, ahead: int) -> datetime:
        """Give the midnight so many days ahead."""
        return cast.local_midnight(self.today + timedelta(days=ahead))

    def point(self, kind: str = "REGULAR") -> None:
        """Register the point."""
        save(self._operator(), "POST", "/meter", meterMetadata=forms.point(self.code, "a story", kind=kind))

    def _operator(self) -> Client:
        return self.client(self.operator, "GRID_OPERATOR")

    def grid(self, start: int, end: int | None = None, kind: str = "GRID", customer: str = cast.JAAN) -> dict[str, Any]:
        """Register the operator's agreement at the point."""
        asked = self._agreement(kind, self.operator, customer, start, end, self.code)
        save(self._operator(), "POST", "/agreement", agreement=asked)
        return asked

    def supply(self, supplier: str, start: int, end: int | None = None) -> dict[str, Any]:
        """Register a supply at the point."""
        asked = self._agreement("SUPPLY", supplier, cast.JAAN, start, end, self.code)
        save(self.client(supplier, "OPEN_SUPPLIER"), "POST", "/agreement", agreement=asked)
        return asked

    def _agreement(self, kind: str, provider: str, customer: str, start: int, end: int | None, code: str) -> Any:
        last = None if end is None else self.day(end)
        return forms.agreement(kind, provider, customer, self.day(start), code=code, end=last)

    def change(self, agreement: dict[str, Any], end: int | None) -> httpx.Response:
        """Ask for another end of an agreement."""
        asked = {name: value for name, value in agreement.items() if name != "validTo"}
        if end is not None:
            asked["validTo"] = iso(self.day(end))
        return self._registrar(agreement).put("/agreement", agreementChange=asked)

    def delete(self, agreement: dict[str, Any]) -> None:
        """Delete an agreement."""
        names = ("agreementType", "serviceProviderEic", "customerEic", "commodityType", "validFrom", "meterEic")
        reference = {name: agreement[name] for name in names if name in agreement}
        save(self._registrar(agreement), "POST", "/agreement/delete", agreement=reference)

    def _registrar(self, agreement: dict[str, Any]) -> Client:
        provider = agreement["serviceProviderEic"]
        return self.client(provider, EARS[provider])


@pytest.fixture
def place(product: Product, client: Clients) -> Callable[..., Place]:
    """Give a maker of places."""
    return lambda number, operator=cast.NORTH_GRID: Place(product, client, number, operator)


@pytest.mark.parametrize(("number", "end"), [(7_501, 30), (7_502, None)])
def test_supplier_c_with_an_end_before_supplier_bs_start_leaves_b_standing_and_without_an_end_cancels_b(
    ears: Ears, place: Callable[..., Place], number: int, end: int | None
) -> None:
    house = place(number)
    house.point()
    house.grid(0)
    house.supply(cast.SUN, 1)
    house.supply(cast.WIND, 40)
    ears.heard()
    house.supply(cast.STRANGER, 20, end)
    heard = ears.heard()
    assert heard[cast.SUN] == [
        # SUN hears of WIND's supply as its portfolio provider.
        *([] if end else [Heard("DELETE_BC_SUPPLY_CREATE", "SUPPLY", house.day(40), None)]),
        Heard("UPDATE_BC_SUPPLY_CREATE", "SUPPLY", house.day(1), house.day(20)),
    ]
    cancelled = [Heard("DELETE_BC_SUPPLY_CREATE", "SUPPLY", house.day(40), None)]
    assert heard.get(cast.WIND, []) == ([] if end else cancelled)
    created = Heard("CREATE", "SUPPLY", house.day(20), house.day(end) if end else None)
    assert created in heard[cast.NORTH_GRID]
    assert cast.STRANGER not in heard


def test_a_new_supply_under_general_service_gives_delete_then_create_with_the_right_bounds(
    ears: Ears, place: Callable[..., Place]
) -> None:
    """The northern operator has a named supplier: both hear, and so do the portfolio providers of the latter."""
    house = place(7_503)
    house.point()
    house.grid(0)
    made = Heard("CREATE_BC_GRID_CREATE", "GENERAL_SERVICE", house.day(0), None)
    heard = ears.heard()
    assert (heard[cast.NORTH_GRID], heard[cast.NAMED]) == ([made], [made])
    house.supply(cast.WIND, 5, 10)
    heard = ears.heard()
    gone = Heard("DELETE_BC_SUPPLY_CREATE", "GENERAL_SERVICE", house.day(0), None)
    left = Heard("CREATE_BC_SUPPLY_CREATE", "GENERAL_SERVICE", house.day(0), house.day(5))
    assert heard[cast.NORTH_GRID] == [gone, Heard("CREATE", "SUPPLY", house.day(5), house.day(10)), left]
    assert heard[cast.NAMED] == [gone, left]
    assert set(heard) == {cast.NORTH_GRID, cast.NAMED, cast.SUN, cast.BALANCE}
    assert heard[cast.SUN] == [Heard("CREATE", "SUPPLY", house.day(5), house.day(10))]


def test_deleting_a_grid_agreement_tells_its_suppliers_and_aggregators(
    ears: Ears, place: Callable[..., Place], client: Clients
) -> None:
    house = place(7_504)
    house.point()
    grid = house.grid(2)
    house.supply(cast.WIND, 2)
    below = forms.point_code(7_504, prefix="38ZAG-1")
    form = {
        "meteringPoint": {"meterEic": below, "meteringType": "VIRTUAL", "meteringPointType": "AGGREGATION"},
        "meterLocation": {"county": "Harju maakond", "municipality": "Tallinn"},
        "aggregatorCharacteristics": {"parentMeterEic": house.code},
    }
    aggregator = client(cast.AGGREGATOR, "AGGREGATOR")
    save(aggregator, "POST", "/meter", meterMetadata=form)
    ears.heard()
    aggregation = forms.agreement("AGGREGATION", cast.AGGREGATOR, cast.JAAN, house.day(3), code=below)
    save(aggregator, "POST", "/agreement", agreement=aggregation)
    heard = ears.messages()
    assert set(heard) == {cast.NORTH_GRID, cast.WIND, cast.SUN, cast.BALANCE}
    (seen,) = heard[cast.WIND]
    assert seen["agreement"]["customerEic"] == cast.JAAN
    assert "serviceProviderEic" not in seen["agreement"], "the supplier does not learn who the aggregator is"

    house.delete(grid)
    heard_of = ears.heard()
    gone = Heard("DELETE", "GRID", house.day(2), None)
    supply_gone = Heard("DELETE_BC_GRID_DELETE", "SUPPLY", house.day(2), None)
    aggregation_gone = Heard("DELETE_BC_GRID_DELETE", "AGGREGATION", house.day(3), None)
    assert heard_of == {
        cast.NORTH_GRID: [supply_gone, aggregation_gone],
        cast.WIND: [gone, supply_gone, aggregation_gone],
        cast.AGGREGATOR: [gone, aggregation_gone],
        cast.SUN: [gone, supply_gone, aggregation_gone],
        cast.BALANCE: [gone, supply_gone, aggregation_gone],
    }


def test_a_border_supply_follows_its_border_agreement_and_is_told_to_all_three(
    ears: Ears, place: Callable[..., Place]
) -> None:
    bridge = place(7_505)
    bridge.point("BORDER")
    border = bridge.grid(1, kind="BORDER_GRID", customer=cast.SOUTH_GRID)
    parties = {cast.NORTH_GRID, cast.SOUTH_GRID, cast.SUN, cast.BALANCE}
    made = Heard("CREATE_BC_BORDER_GRID_CREATE", "BORDER_SUPPLY", bridge.day(1), None)
    assert {eic for eic, heard in ears.heard().items() if made in heard} == parties
    assert bridge.change(border, 30).status_code == 200
    moved = Heard("UPDATE_BC_BORDER_GRID_UPDATE", "BORDER_SUPPLY", bridge.day(1), bridge.day(30))
    assert {eic for eic, heard in ears.heard().items() if moved in heard} == parties
    bridge.delete(border)
    gone = Heard("DELETE_BC_BORDER_GRID_DELETE", "BORDER_SUPPLY", bridge.day(1), bridge.day(30))
    assert {eic for eic, heard in ears.heard().items() if gone in heard} == parties


def _month_ahead(today: date, days: int) -> date:
    """Give the first first-of-a-month that lies so many days ahead."""
    first = months_from(today.replace(day=1), 1)
    return first if (first - today).days >= days else months_from(first, 1)


def test_a_named_supplier_agreement_splits_the_general_service_and_its_part_stays_quiet(
    product: Product, ears: Ears, place: Callable[..., Place], client: Clients
) -> None:
    house = place(7_506, cast.SOUTH_GRID)
    house.point()
    house.grid(0)
    made = [message["agreement"] for message in ears.messages()[cast.SUN]]
    assert [one["agreementType"] for one in made] == ["GRID", "GENERAL_SERVICE"]
    assert not any("customerEic" in one for one in made), "no matter of the operator's portfolio provider"
    # One midnight may lie between the making of the market and now: a month that is eight days off is far enough.
    start = cast.local_midnight(_month_ahead(product.made_on, 8))
    named = forms.agreement("NAMED_SUPPLIER", cast.STRANGER, cast.SOUTH_GRID, start)
    operator = client(cast.SOUTH_GRID, "GRID_OPERATOR")

    def worked_out() -> bool:
        return not product.rows("SELECT FROM agreements_follow_up WHERE finished_at IS NULL")

    try:
        save(operator, "POST", "/agreement", agreement=named)
        wait_until(worked_out, seconds=30, what="the act worked out at all points")
        heard = ears.heard()
        here = [one for one in heard[cast.SOUTH_GRID] if one.start == house.day(0)]
        assert here == [
            Heard("DELETE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE", house.day(0), None),
            Heard("CREATE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE", house.day(0), start),
        ]
        assert heard[cast.STRANGER] == [Heard("CREATE", "NAMED_SUPPLIER", start, None)]
        # The part to come stands already: who provides it is told of the point, though not of the agreement.
        before = product.last_id()
        save(operator, "PUT", "/meter", meterMetadata=forms.comment_change(house.code, "named"))
        product.settle()
        (told,) = client(cast.STRANGER, "OPEN_SUPPLIER").scan("METERING_POINT", after=before)
        assert json.loads(told["content"])["meterLocation"]["comment"] == "named"
    finally:
        del named["preliminaryTerminationFee"]
        save(operator, "POST", "/agreement/delete", agreement=named)
        wait_until(worked_out, seconds=30, what="the deletion worked out at all points")
    heard = ears.heard()
    here = [one for one in heard[cast.SOUTH_GRID] if one.start == house.day(0)]
    assert here == [
        Heard("DELETE_BC_NAMED_SUPPLIER_DELETE", "GENERAL_SERVICE", house.day(0), start),
        Heard("CREATE_BC_NAMED_SUPPLIER_DELETE", "GENERAL_SERVICE", house.day(0), None),
    ]
    assert heard[cast.STRANGER] == [Heard("DELETE", "NAMED_SUPPLIER", start, None)]


def test_extending_an_ended_supply_over_another_suppliers_is_refused(ears: Ears, place: Callable[..., Place]) -> None:
    house = place(7_507)
    house.point()
    house.grid(0)
    ended = house.supply(cast.SUN, 1)
    house.supply(cast.WIND, 20)
    ears.heard()
    for end in (None, 21):
        answer = house.change(ended, end)
        assert (answer.status_code, answer.json()["cause"]["code"]) == (422, OVERLAPPING), answer.text
    assert ears.heard() == {}


def test_a_one_day_agreement_is_one_and_of_none_is_refused(place: Callable[..., Place], client: Clients) -> None:
    house = place(7_508)
    house.point()
    house.grid(1, 2)
    house.supply(cast.SUN, 1, 2)
    empty = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, house.day(5), code=house.code, end=house.day(5))
    answer = client(cast.NORTH_GRID, "GRID_OPERATOR").post("/agreement", agreement=empty)
    assert answer.status_code == 400
    assert answer.json()["cause"]["code"].endswith("from-field-cannot-be-equal-to-or-after-to-field")


def test_two_people_saving_conflicting_agreements_at_once_one_stands(
    product: Product, ears: Ears, place: Callable[..., Place]
) -> None:
    """Ten times two systems of one operator, each with another customer of the same point."""
    operators = [Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR") for _ in range(2)]
    for number in range(7_510, 7_520):
        house = place(number)
        house.point()
        start = threading.Barrier(2)
        answers: list[httpx.Response] = []

        def register(one: Client, customer: str, house: Place = house, start: threading.Barrier = start) -> None:
            asked = forms.agreement("GRID", cast.NORTH_GRID, customer, house.day(1), code=house.code)
            body = one.body({"agreement": asked})
            start.wait(10)
            answers.append(one.send("POST", "/agreement", body, identification=uuid.uuid4()))  # noqa: B023

        people = zip(operators, (cast.JAAN, FIRMA), strict=True)
        threads = [threading.Thread(target=register, args=person) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        refused, stands = sorted(answers, key=lambda answer: answer.status_code, reverse=True)
        assert (stands.status_code, refused.status_code) == (201, 422)
        assert refused.json()["cause"]["code"] == OVERLAPPING
        search = {"agreementAttributes": {"meterEic": house.code, "agreementTypes": ["GRID"]}}
        found = operators[0].post("/agreement/search", **search, pagination={"page": 0, "pageSize": 10}).json()
        assert [one["customerEic"] for one in found["agreements"]] == [stands.json()["agreement"]["customerEic"]]
    # One of each pair was told to the operator's portfolio provider.
    assert len(ears.heard()[cast.BALANCE]) == 10
    for one in operators:
        one.http.close()
