"""The example programs of `docs/examples` do against the product what they say, run as their readers would run them."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.contracts.client import Client
from tests.contracts.market import TALLINN, USERS
from tests.contracts.product import ROOT, Product

EXAMPLES = ROOT / "docs/examples"
NORTH_GRID, SUPPLIER = "38X-EIN-GO-----0", "38X-EIN-OS-----J"
JAANS_HOUSE, JAAN = "38ZGO-10000003-O", "38X-AVP-ILS600CI"
EMBASSYS_POINT, EMBASSY = "38ZGO-1000000D-V", "38X-AVP-EMB001-D"


def _program(product: Product, name: str, participant: str, at: Path, *arguments: str) -> list[str]:
    """Give a program's command line and, in its environment, who it runs for; `at` is its own directory."""
    user = USERS[participant]
    return [
        *("env", "-i", f"PATH={os.environ['PATH']}", f"HUB_URL={product.url}", f"HUB_PARTICIPANT={participant}"),
        *(f"HUB_CLIENT_ID={user['clientId']}", f"HUB_CLIENT_SECRET={user['clientSecret']}"),
        *(sys.executable, str(EXAMPLES / name), "--place", str(at / f"{name}.place"), *arguments),
    ]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_supplier_asks_scans_and_prints_the_answers(
    product: Product, client: Callable[..., Client], tmp_path: Path
) -> None:
    asking = ["--point", JAANS_HOUSE, "--customer", JAAN, "--topic", "INVOICE", "--invoice", "2026-118"]
    started = subprocess.Popen(
        _program(
            product, "supplier_enquiries.py", SUPPLIER, tmp_path, *asking, "--comment", "Billed twice?", "--wait", "50"
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    # Answers of a day may stand before it.
    asked = next(line for line in started.stdout if line.startswith("asked")).split()[1]
    operator = client(NORTH_GRID, "GRID_OPERATOR")
    found = operator.post("/direct-messages/search", directMessageAttributes={"messageRequestId": asked}).json()
    assert [(one["topic"], one["reference"], one["requestComment"]) for one in found] == [
        ("INVOICE", {"referenceType": "INVOICE", "referenceValue": "2026-118"}, "Billed twice?")
    ]
    interim = {"requestStatus": "OPEN", "responseComment": "We look into it"}
    given = operator.post("/direct-messages/response", messageRequestId=asked, directMessageResponse=interim)
    assert given.status_code == 201, given.text
    line = next(line for line in started.stdout if asked in line)
    assert f"{JAANS_HOUSE} open: We look into it" in line
    final = {"requestStatus": "CLOSE", "responseComment": "Once; the second is a reminder"}
    given = operator.put("/direct-messages/response", messageResponseId=given.json(), directMessageResponseChange=final)
    assert given.status_code == 200, given.text
    rest, _ = started.communicate(timeout=30)
    assert started.returncode == 0
    assert f"{JAANS_HOUSE} closed: Once; the second is a reminder" in rest
    assert _run(_program(product, "supplier_enquiries.py", SUPPLIER, tmp_path)) == "", "nothing is printed twice"


def test_an_operator_scans_requests_and_plans_them(
    product: Product, client: Callable[..., Client], tmp_path: Path
) -> None:
    supplier = client(SUPPLIER, "OPEN_SUPPLIER")
    today = datetime.now(TALLINN).date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    run = ("operator_connections.py", NORTH_GRID, tmp_path)
    _run(_program(product, *run))
    asked = supplier.post(
        "/connection-state",
        connectionStateRequest={
            "serviceProviderEic": NORTH_GRID,
            "meterEic": EMBASSYS_POINT,
            "customerEic": EMBASSY,
            "requestedConnectionState": "DISCONNECTED",
            "requestReason": "DEBT",
            "preferredDate": saturday.isoformat(),
        },
    )
    assert asked.status_code == 201, asked.text

    def stands() -> dict[str, str]:
        attributes = {"connectionStateRequestId": asked.json()}
        found = supplier.post("/connection-state/search", connectionStateAttributes=attributes).json()
        assert len(found) == 1
        return dict(found[0])

    planned = f"{asked.json()} DISCONNECTED {EMBASSYS_POINT}: planned for {saturday + timedelta(days=2)}\n"
    assert _run(_program(product, *run)) == planned
    assert stands()["responseConnectionState"] == "PLANNED"
    assert stands()["estimatedDate"] == (saturday + timedelta(days=2)).isoformat()
    assert _run(_program(product, *run)) == "", "nothing is planned twice"

    later = saturday + timedelta(days=5)
    changed = supplier.put(
        "/connection-state",
        connectionStateRequestId=asked.json(),
        connectionStateRequestChange={"preferredDate": later.isoformat()},
    )
    assert changed.status_code == 200, changed.text
    assert f"planned for {later}" in _run(_program(product, *run))
    assert stands()["estimatedDate"] == later.isoformat()

    cancelled = supplier.put(
        "/connection-state",
        connectionStateRequestId=asked.json(),
        connectionStateRequestChange={"requestedConnectionState": "CANCELLED"},
    )
    assert cancelled.status_code == 200, cancelled.text
    assert "cancelled by the supplier" in _run(_program(product, *run))
    assert stands()["estimatedDate"] == later.isoformat()


def test_a_wrong_secret_is_said(product: Product, tmp_path: Path) -> None:
    command = _program(product, "operator_connections.py", NORTH_GRID, tmp_path)
    secret = next(number for number, part in enumerate(command) if part.startswith("HUB_CLIENT_SECRET="))
    command[secret] = "HUB_CLIENT_SECRET=wrong"
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (1, "the hub refused: it answers 401 (invalid_client)")


def test_a_place_does_not_fall_behind_while_nobody_saves(
    product: Product, client: Callable[..., Client], tmp_path: Path
) -> None:
    """Else a program that runs every day would be refused after a quiet month."""
    place = tmp_path / "operator_connections.py.place"
    almost_too_far_back = datetime.now(UTC) - timedelta(days=30, hours=23)
    place.write_text(almost_too_far_back.isoformat())
    _run(_program(product, "operator_connections.py", "38X-DEMO-GO2---G", tmp_path))
    assert datetime.fromisoformat(place.read_text()) > datetime.now(UTC) - timedelta(days=1, minutes=5)
