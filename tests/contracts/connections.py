"""Bodies of connection requests and of their answers as participants send them."""

from datetime import date, timedelta
from typing import Any

from tests.contracts import market as cast

NOBODYS = "00000000-0000-4000-8000-000000000000"


def request(meter_eic: str, customer_eic: str, preferred: date, **changes: Any) -> dict[str, Any]:
    """Describe a request to disconnect a customer of the northern grid operator."""
    return {
        "serviceProviderEic": cast.NORTH_GRID,
        "meterEic": meter_eic,
        "customerEic": customer_eic,
        "requestedConnectionState": "DISCONNECTED",
        "requestReason": "DEBT",
        "preferredDate": preferred.isoformat(),
        **changes,
    }


def plan(day: date, **changes: Any) -> dict[str, Any]:
    """Describe an answer: planned for a day."""
    return {"responseConnectionState": "PLANNED", "estimatedDate": day.isoformat(), **changes}


def save(method: str, path: str, today: date) -> dict[str, Any]:
    """Describe a save of a request or an answer that is right in its shape, and of nobody's."""
    later = today + timedelta(days=7)
    if path.endswith("/response"):
        field = "connectionStateResponse" if method == "POST" else "connectionStateResponseChange"
        return {"connectionStateRequestId": NOBODYS, field: plan(later)}
    if method == "PUT":
        change = {"preferredDate": later.isoformat()}
        return {"connectionStateRequestId": NOBODYS, "connectionStateRequestChange": change}
    return {"connectionStateRequest": request(cast.EMBASSY, cast.JAAN, later)}
