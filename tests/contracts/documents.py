"""Sending documents of readings and waiting for what becomes of them."""

import uuid
from typing import Any

from tests.contracts.client import Client
from tests.contracts.product import wait_until


def send(grid: Client, meter_data: list[dict[str, Any]], *, identification: str | None = None) -> str:
    """Send a message of readings that the door takes; give its identification."""
    identification = identification or str(uuid.uuid4())
    answer = grid.post("/meter-data", identification=identification, meterData=meter_data)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"originalDocumentIdentification": identification}
    return identification


def status_of(grid: Client, identification: str) -> dict[str, Any]:
    """Give the status of one document."""
    answer = grid.post(
        "/meter-data/status",
        meterDataStatusAttributes={"originalDocumentIdentification": identification},
        pagination={"page": 0, "pageSize": 10},
    )
    assert answer.status_code == 200, answer.text
    (status,) = answer.json()["meterDataStatuses"]
    return dict(status)


def final_status(grid: Client, identification: str, *, seconds: float = 30) -> dict[str, Any]:
    """Wait until a document is worked on; give its status."""
    wait_until(
        lambda: status_of(grid, identification)["status"] != "PROCESSING",
        seconds=seconds,
        what=f"the document {identification} worked on",
    )
    return status_of(grid, identification)
