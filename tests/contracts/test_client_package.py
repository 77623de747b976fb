"""The package of `clients/python` against the product: it has every service, and its README works."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from datahub_client import Forbidden, Hub, NotFound
from stdnum.ee import ik

from tests.contracts import connections, enquiries, forms, readings
from tests.contracts import market as cast
from tests.contracts.market import USERS, Market
from tests.contracts.product import ROOT, Product
from tests.contracts.test_description import SNAPSHOT

SOURCE = ROOT / "clients/python/src"
MARI = "38X-AVP-ZW6700C6"
Hubs = Callable[..., Hub]
GRID, SUPPLIER, ADVISER = "GRID_OPERATOR", "OPEN_SUPPLIER", "ENERGY_SERVICE_PROVIDER"


def _served(hub: Hub) -> dict[str, tuple[str, ...]]:
    """Give the operations of the API that each method serves, by its name; the first is the one that it sends."""
    return {
        f"{group}.{name}": method.serves
        for group, service in vars(hub).items()
        for name, method in ((name, getattr(type(service), name)) for name in dir(type(service)))
        if hasattr(method, "serves")
    }


def test_every_service_of_the_description_is_there(hubs: Hubs) -> None:
    """A service that is added to the API fails here until the package has it."""
    described = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in json.loads(SNAPSHOT.read_text())["paths"].items()
        for method in methods
    }
    served = [operation for operations in _served(hubs(cast.SUN, SUPPLIER)).values() for operation in operations]
    assert sorted(served) == sorted(described)


def test_its_types_are_those_of_the_description() -> None:
    """`make docs` writes them anew."""
    spec = importlib.util.spec_from_file_location("write_types", ROOT / "clients/python/tools/write_types.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = tool.files(json.loads(SNAPSHOT.read_text()))
    assert written == {path.name: path.read_text() for path in (SOURCE / "datahub_client/types").glob("*.py")}


def call_of_points(grid: Hub, code: str) -> None:
    point: Any = forms.point(code, "0")
    assert grid.metering_points.create(point) == point
    change: Any = forms.comment_change(code, "changed")
    assert grid.metering_points.change(change)["meterLocation"]["comment"] == "changed"
    found = grid.metering_points.search({"meterCommon": {"meterEic": code}})
    assert (found.total_pages, found.rows[0]["meterLocation"]["comment"]) == (1, "changed")
    assert code in {one["meteringPoint"]["meterEic"] for one in grid.metering_points.iterate()}


def call_of_customers(grid: Hub) -> None:
    start = f"4990101{uuid4().int % 1000:03d}"
    identity: Any = {
        "identityType": "PERSONAL_ID",
        "identityValue": start + ik.calc_check_digit(start + "0"),
        "identityExtension": [{"extensionType": "COUNTRY", "extensionValue": "EE"}],
    }
    names: Any = [{"metadataType": f"{n}_NAME", "metadataValue": "Liis"} for n in ("FIRST", "LAST")]
    customer = grid.customers.create(
        {"customerType": "PHYSICAL_PERSON", "customerIdentities": [identity], "customerMetadata": names}
    )
    phone = f"+372{uuid4().int % 10**8:08d}"
    change: Any = forms.customer_change(MARI, phone)
    assert phone in str(grid.customers.change(change))
    (found,) = grid.customers.search(identity, customer_types=["PHYSICAL_PERSON"])
    assert found["customerIdentities"][0] in customer["customerIdentities"]


def call_of_agreements(grid: Hub, sun: Hub, code: str) -> None:
    tomorrow = cast.local_midnight(datetime.now(cast.TALLINN).date() + timedelta(days=1))
    contract: Any = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, tomorrow, code=code, own_id="first")
    assert grid.agreements.create(contract)["validFrom"] == readings.iso(tomorrow)
    assert grid.agreements.change({**contract, "agreementId": "second"})["agreementId"] == "second"
    supply: Any = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, tomorrow, code=code, own_id="third")
    saved = sun.agreements.create(supply)
    asked: Any = {"meterEic": code, "agreementTypes": ["SUPPLY"]}
    assert [one["agreementId"] for one in sun.agreements.iterate(asked)] == ["third"]
    ((point),) = sun.agreements.of_metering_points(cast.JAAN, [code])
    assert {one["agreementType"] for one in point["agreements"]} == {"GRID", "SUPPLY"}
    fields = ("meterEic", "agreementType", "serviceProviderEic", "customerEic", "commodityType", "validFrom")
    reference: Any = {field: saved[field] for field in fields}
    sun.agreements.delete(reference)
    assert sun.agreements.search(asked).rows == []


def call_of_readings(product: Product, grid: Hub) -> None:
    day = product.made_on - timedelta(days=37)
    sent = readings.made(cast.HOUSE_OF_JAAN, readings.intervals(day, day), seed=71)
    meter_data: Any = readings.message(sent)
    document = grid.readings.send(meter_data)
    assert grid.readings.wait(document, seconds=30)["status"] == "SUCCESSFUL"
    start = cast.local_midnight(day)
    found = grid.readings.iterate(cast.HOUSE_OF_JAAN, start, start + timedelta(days=1))
    got = readings.read([{"meterEic": cast.HOUSE_OF_JAAN, "periods": list(found)}])
    assert readings.plain(got) == readings.plain(sent), "to the last digit"
    assert grid.readings.status(str(uuid4())) is None
    last_hour = {"createdTimeFrom": readings.iso(datetime.now(UTC) - timedelta(hours=1))}
    last_hour["createdTimeTo"] = readings.iso(datetime.now(UTC) + timedelta(minutes=1))
    asked: Any = last_hour
    assert document in {one["originalDocumentIdentification"] for one in grid.readings.iterate_statuses(asked)}


def call_of_bills(grid: Hub, market: Market) -> None:
    start = cast.local_midnight(cast.months_from(market.first, -3))
    end = cast.local_midnight(cast.months_from(market.first, -2))
    bill: Any = forms.network_bill(cast.HOUSE_OF_JAAN, start, end=end, total=7.25)
    (saved,) = grid.bills.send([bill])
    assert saved in grid.bills.iterate({"meterEic": cast.HOUSE_OF_JAAN})


def call_of_enquiries(grid: Hub, sun: Hub) -> None:
    request: Any = enquiries.request("asked by the package")
    enquiry = sun.enquiries.send(request)
    assert sun.enquiries.change(enquiry, {"requestComment": "asked twice"})["requestComment"] == "asked twice"
    response = grid.enquiries.respond(enquiry, {"requestStatus": "OPEN", "responseComment": "soon"})
    changed = grid.enquiries.change_response({"requestStatus": "CLOSE"}, enquiry=enquiry, response=response)
    assert changed["messageResponseId"] == response
    (found,) = sun.enquiries.search({"messageRequestId": enquiry})
    assert found["requestStatus"] == "CLOSE"
    assert list(sun.enquiries.iterate({"messageRequestId": enquiry})) == [found]
    changes = sun.enquiries.changes(datetime.now(UTC) - timedelta(minutes=5))
    assert enquiry in {one["messageRequestId"] for one in changes.rows}


def call_of_connection_requests(grid: Hub, sun: Hub) -> None:
    today = datetime.now(cast.TALLINN).date()
    asked: Any = connections.request(cast.EMBASSY, "38X-AVP-EMB001-D", today + timedelta(days=9))
    request = sun.connection_requests.send(asked)
    assert sun.connection_requests.change(request, {"requestComment": "please"})["requestComment"] == "please"
    plan: Any = connections.plan(today + timedelta(days=10))
    response = grid.connection_requests.respond(request, plan)
    later = (today + timedelta(days=11)).isoformat()
    changed = grid.connection_requests.change_response({"estimatedDate": later}, response=response)
    assert changed["connectionStateRequestId"] == request
    (found,) = sun.connection_requests.search({"connectionStateRequestId": request})
    assert found["estimatedDate"] == later
    assert list(grid.connection_requests.iterate({"connectionStateRequestId": request})) == [found]
    changes = sun.connection_requests.changes(datetime.now(UTC) - timedelta(minutes=5))
    assert request in {one["connectionStateRequestId"] for one in changes.rows}
    sun.connection_requests.change(request, {"requestedConnectionState": "CANCELLED"})


def test_every_method_does_what_it_says(product: Product, market: Market, hubs: Hubs) -> None:
    grid, sun, adviser = hubs(cast.NORTH_GRID, GRID), hubs(cast.SUN, SUPPLIER), hubs(cast.ADVICE, ADVISER)
    sent: set[str] = set()

    def note(request: httpx.Request) -> None:
        sent.add(f"{request.method} {request.url.path.removeprefix('/api/v1')}")

    for hub in (grid, sun, adviser):
        hub.channel.http.event_hooks["request"].append(note)
    code = forms.point_code(998_001)
    call_of_points(grid, code)
    call_of_customers(grid)
    call_of_agreements(grid, sun, code)
    call_of_readings(product, grid)
    call_of_bills(grid, market)
    call_of_enquiries(grid, sun)
    call_of_connection_requests(grid, sun)
    assert next(adviser.authorizations.iterate())["purpose"] == "ENERGY_MANAGEMENT"
    assert sun.distribution.search({"resourceType": "AGREEMENT", "idFrom": 1, "idTo": 9}).highest_id > 9
    missing = {name for name, operations in _served(sun).items() if operations[0] not in sent}
    assert missing == set()
    with pytest.raises(NotFound) as unknown:
        sun.bills.search({"meterEic": code})
    assert unknown.value.trace_id
    with pytest.raises(Forbidden):
        sun.metering_points.create(forms.point(code, "0"))


def test_its_readme_works(product: Product, tmp_path: Path) -> None:
    """The first hour, as it stands there."""
    readme = (ROOT / "clients/python/README.md").read_text()
    _, shell = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)[:2]
    reading, sending = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[:2]
    shell = shell.replace("http://127.0.0.1:8000", product.url)
    day = cast.local_midnight(product.made_on - timedelta(days=36))
    sending = sending.replace("2026-05-03T21:00:00Z", readings.iso(day))
    client_id, secret = USERS[cast.NORTH_GRID]["clientId"], USERS[cast.NORTH_GRID]["clientSecret"]
    script = "\n".join(
        [
            f'datahub-client() {{ {sys.executable} -m datahub_client "$@"; }}',
            *(line for line in shell.splitlines() if not line.endswith("--follow")),
            f"{sys.executable} - <<'END'\n{reading}END",
            f"export DATAHUB_PARTICIPANT={cast.NORTH_GRID} DATAHUB_ROLE={GRID}",
            f"export DATAHUB_CLIENT_ID={client_id} DATAHUB_CLIENT_SECRET={secret}",
            f"{sys.executable} - <<'END'\n{sending}print(document)\nEND",
        ]
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        ["bash", "-euc", script], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert json.loads(lines[0])["ready"] is True
    assert any(line.startswith(f"{cast.HOUSE_OF_JAAN} ") for line in lines)
    UUID(lines[-1])
