"""Over random markets no service gives anybody what `1-market.md` does not grant: asked over the API, one by one.

What is granted is told by an oracle of its own (`oracle.py`), instant by instant from the table "Who may see what".
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from datahub.market import Role
from tests.access.built import build
from tests.access.filled import INSTANTS, PEOPLE, Filled, Side, fill
from tests.access.oracle import Reader
from tests.access.random_market import CUSTOMERS, GRIDS, HOLDERS, POINTS, SUPPLIER, YEAR_AGO, A
from tests.agreements.market import NOW
from tests.api import Api, api
from tests.metering import messages

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
FEW, MANY = [11], range(12, 32)
NAMES, PRIVATE = {"FIRST_NAME", "LAST_NAME"}, {"EMAIL", "PHONE", "BILLING_ADDRESS"}
LONG = {"periodStart": messages.stamp(INSTANTS[0]), "periodEnd": "2027-02-01T00:00:00Z"}
TODAY = "2026-05-04T00:00:00Z"


@pytest.fixture
def filled(request: pytest.FixtureRequest, days_of_the_market: None) -> Iterator[Filled]:
    made = fill(build(request.param), request.param)
    with time_machine.travel(NOW, tick=False):
        yield made


class Asked:
    """A participant in a role that asks for all that it can get."""

    def __init__(self, filled: Filled, reader: Reader) -> None:
        self.filled, self.reader = filled, reader
        self.me: Side = (reader.eic, str(reader.role), reader.commodity)
        self.system: Api = api(reader.eic)

    def post(self, path: str, **fields: Any) -> Any:
        """Ask; give the answer, which must be no refusal, or None for 404."""
        response = self.system.post(f"/api/v1{path}", fields, role=self.me[1], commodity=self.me[2])
        assert response.status_code in {200, 404}, (self.me, path, response.content)
        return response.json() if response.status_code == 200 else None

    def check(self) -> None:
        """Ask every service for everything, and hold what it gives against what is granted."""
        self.points()
        for eic in POINTS:
            self.readings(eic)
            self.bills(eic)
            self.agreements(eic)
        for eic in PEOPLE:
            self.customer(eic)
        self.pairs()
        self.exchanges("/direct-messages", "messageRequestId", "directMessages", self.filled.enquiries)
        self.exchanges("/connection-state", "connectionStateRequestId", "connectionStates", self.filled.requests)
        self.authorizations()
        self.documents()
        self.messages()

    def points(self) -> None:
        found = self.post("/meter/search", meterAttributes={}, pagination={"pageSize": 500})["meterMetadata"]
        granted = {eic: grounds for eic in POINTS if (grounds := self.reader.grounds(eic))}
        assert {one["meteringPoint"]["meterEic"]: one["meteringPoint"]["sourceType"] for one in found} == {
            eic: [str(ground) for ground in grounds] for eic, grounds in granted.items()
        }, self.me
        named = {one["meteringPoint"]["meterEic"]: one["customerEic"] for one in found if "customerEic" in one}
        assert named == {eic: known for eic in granted if (known := self.reader.customer_of(eic))}, self.me

    def readings(self, eic: str) -> None:
        """No interval outside its reader's own periods, and each with the quantity of its own point and instant."""
        granted = {t for instants in self.reader.readable(eic).values() for t in instants} & set(INSTANTS)
        answer = self.post("/meter-data/search", meterEic=eic, **LONG)
        found = {
            datetime.fromisoformat(one["pS"]): one["outQty"]["kwh"]
            for period in (answer or {"periods": []})["periods"]
            for one in period["aI"]
        }
        assert found == {t: self.filled.amounts[eic, t] for t in granted}, (self.me, eic)
        assert (answer is not None) == bool(self.reader.readable(eic) or self.reader.grounds(eic)) or not granted

    def bills(self, eic: str) -> None:
        readable = {ground: held for ground, held in self.reader.readable(eic).items() if ground != "PERMISSION"}
        granted = {messages.stamp(t) for instants in readable.values() for t in instants if t in INSTANTS}
        answer = self.post("/network-bill/search", networkBillAttributes={"meterEic": eic})
        bills = (answer or {"networkBillList": []})["networkBillList"]
        assert {one["meterEic"] for one in bills} <= {eic}
        assert {one["networkBillPeriod"]["periodStart"] for one in bills} == granted, (self.me, eic)

    def agreements(self, eic: str) -> None:
        found = self.post("/agreement/search", agreementAttributes={"meterEic": eic}, pagination={"pageSize": 500})
        if found is None:
            assert not any(a.point_eic == eic and self.reader.sees(a) for a in self.reader.agreements)
            return
        granted = [
            (
                str(a.type),
                messages.stamp(a.valid_from),
                a.service_provider_eic if view[0] else None,
                a.customer_eic if view[1] else None,
            )
            for a in self.reader.agreements
            if a.point_eic == eic and (view := self.reader.sees(a)) is not None
        ]
        shown = [
            (one["agreementType"], one["validFrom"], one.get("serviceProviderEic"), one.get("customerEic"))
            for one in found["agreements"]
        ]
        assert sorted(shown, key=str) == sorted(granted, key=str), (self.me, eic)

    def customer(self, eic: str) -> None:
        """By its EIC and by its personal code, which whoever asks must know: the same is shown."""
        expected = self._shown_of(eic)
        for kind, value in (("EIC", eic), ("PERSONAL_ID", PEOPLE[eic])):
            criteria = {"identityType": kind, "identityValue": value}
            (one,) = self.post("/customer/search", searchCriteria=criteria)["identities"]
            values = {value["metadataType"] for value in one.get("customerMetadata", [])}
            identities = {identity["identityType"] for identity in one["customerIdentities"]}
            assert (values, identities - {"EIC"}) == expected, (self.me, eic)
            assert ("customerType" in one) == bool(values), (self.me, eic)
            assert all(eic in value["metadataValue"] for value in one.get("customerMetadata", []))
        name = {"identityType": "NAME", "identityValue": f"Last of {eic}"}
        assert self.post("/customer/search", searchCriteria=name)["identities"] == []

    def _shown_of(self, eic: str) -> tuple[set[str], set[str]]:
        """Tell which values and identities of a customer are shown: `1-market.md`, below the table."""
        reader = self.reader
        mine = [
            a
            for a in reader.agreements
            if a.customer_eic == eic
            and (a.service_provider_eic, a.service_provider_role) == (reader.eic, reader.role)
            and (a.valid_to is None or a.valid_to >= YEAR_AGO)
            and (a.valid_from <= NOW or a.type in GRIDS)
        ]
        if any(a.type in GRIDS or (a.type == A.GENERAL_SERVICE and reader.role == SUPPLIER) for a in mine):
            return NAMES | PRIVATE, {"PERSONAL_ID"}
        through = any(
            held.agreement.customer_eic == eic and held.agreement.service_provider_role in (SUPPLIER, Role.AGGREGATOR)
            for held in reader.through
            if held.agreement.type in HOLDERS and held.agreement.valid_from <= NOW
        )
        if mine or through:
            return NAMES, {"PERSONAL_ID"}
        # Whoever lets somebody see her data is known to them by name, as long as it is valid.
        return (NAMES, set()) if any(given.customer == eic for given in reader.given) else (set(), set())

    def pairs(self) -> None:
        """Only the right customer and point together open what stands there; other roles may not ask at all."""
        for customer in CUSTOMERS[:3]:
            fields = {"meterEic": list(POINTS), "customerEic": customer}
            response = self.system.post("/api/v1/agreement/search/meter", fields, role=self.me[1], commodity=self.me[2])
            if self.me[1] != SUPPLIER:
                assert response.status_code == 403, (self.me, response.content)
                continue
            for one in response.json()["meteringPoints"]:
                standing = [
                    a
                    for a in self.reader.agreements
                    if (a.point_eic, a.customer_eic) == (one["meterEic"], customer)
                    and a.type in {A.GRID, A.SUPPLY}
                    and (a.valid_to is None or a.valid_to > NOW)
                ]
                belongs = any(a.type == A.GRID for a in standing)
                assert len(one["agreements"]) == len(standing) * belongs, (self.me, one)
                assert all(not key.endswith("Eic") for shown in one["agreements"] for key in shown)

    def exchanges(self, path: str, key: str, name: str, there: dict[str, tuple[Side, list[Side]]]) -> None:
        sent = {one for one, (sender, _) in there.items() if sender == self.me}
        received = {one for one, (_, receivers) in there.items() if self.me in receivers}
        listed = {one[key] for one in self.post(f"{path}/search", pagination={"pageSize": 500})[name]}
        assert listed == sent | received, (self.me, path)
        changed = {one[key] for one in self.post(f"{path}/change", updatePeriodStart=TODAY)}
        # Of one's own requests what the other side has answered, of others' all that was asked.
        assert changed <= listed and received <= changed, (self.me, path)

    def authorizations(self) -> None:
        found = self.post("/customer-authorization", pagination={"pageSize": 500})["customerAuthorizations"]
        mine = [
            (given.point, messages.stamp(given.valid[0]), messages.stamp(given.subject[0]))
            for given in self.reader.given
            if (given.participant, given.role, given.commodity) == (self.reader.eic, self.reader.role, self.me[2])
        ]
        shown = [(one["meterEic"], one["periodStart"], one["subjectPeriodStart"]) for one in found]
        assert sorted(shown) == sorted(mine), self.me

    def documents(self) -> None:
        times = {"createdTimeFrom": "2026-04-20T00:00:00Z", "createdTimeTo": "2026-05-05T00:00:00Z"}
        found = self.post("/meter-data/status", meterDataStatusAttributes=times)["meterDataStatuses"]
        mine = {one for one, side in self.filled.documents.items() if side == self.me}
        assert {one["originalDocumentIdentification"] for one in found} == mine, self.me

    def messages(self) -> None:
        window = {"resourceType": "METERING_POINT", "idFrom": 0, "idTo": 10_000}
        found = self.post("/data-distribution/search", dataDistributionAttributes=window)["dataDistributions"]
        assert {one["id"] for one in found} == {one for one, side in self.filled.messages.items() if side == self.me}


def check(filled: Filled, *, every: int = 1) -> None:
    readers = [reader for reader, _ in filled.built.readers()]
    for reader in readers[::every]:
        Asked(filled, reader).check()
    granted = sum(bool(reader.readable(eic)) for eic in POINTS for reader in readers)
    assert len(readers) < granted < len(POINTS) * len(readers), "neither nothing nor everything is granted"


@pytest.mark.parametrize("filled", FEW, indirect=True)
def test_no_service_gives_what_is_not_granted(filled: Filled) -> None:
    """Every third reader of all that there are; the selectors are asked for each in `test_random_markets.py`."""
    check(filled, every=3)


@pytest.mark.long
@pytest.mark.parametrize("filled", MANY, indirect=True)
def test_no_service_gives_what_is_not_granted_in_many_markets(filled: Filled) -> None:
    check(filled)
