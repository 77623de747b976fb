"""Bodies of metering points for tests, and points saved by the service."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from datahub.market import Commodity, Role
from datahub.metering.api.meter_serializers import MeterChange, MeterRegistration
from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import GivenPoint, given_point
from datahub.metering.services import points
from datahub.parties import eic
from datahub.wire import reading
from tests import cast

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)

# The seeds' example, with the type that `POST /meter` needs.
ELECTRICITY: dict[str, Any] = {
    "meteringPoint": {
        "meterEic": "38ZGO-10000018-5",
        "meteringType": "NON_REMOTE_READING",
        "meteringPointType": "REGULAR",
    },
    "meterLocation": {
        "adrId": 3182855,
        "comment": "Müristab jaanuaris, siis ei kuule seda jaanipäeva aegu.",
        "county": "Rapla maakond",
        "municipality": "Kehtna vald",
        "locality": "Järvakandi alev",
        "streetAddress": ", Uus tn, , 20-3",
        "postcode": "79101",
        "coordinates": {"coordinateSystem": "LEST97", "latitude": 6515113.24, "longitude": 546858.53},
    },
    "electricityCharacteristics": {
        "consumptionScale": "SMALL",
        "connectionState": "DISCONNECTED",
        "resolution": "PT15M",
        "customerType": "MICRO",
        "production": True,
        "productionSource": "SOLAR",
        "transmissionNetworkEic": "38A-EE-98-4634-U",
        "apartmentAssociation": True,
        "isolatedMeteringPoint": False,
        "electricalHeating": True,
        "chargingPoint": False,
        "storageCapacity": 603.4,
        "storageEnergy": 636.83,
        "productionCapacity": 580.39,
        "transmissionCapacity": 440.17,
    },
}
GAS: dict[str, Any] = {
    "meteringPoint": {
        "meterEic": "38ZGO-1G000001-Y",
        "meteringType": "REMOTE_READING",
        "meteringPointType": "REGULAR",
    },
    "meterLocation": {"county": "Harju maakond", "municipality": "Tallinn"},
    "naturalGasCharacteristics": {
        "consumptionScale": "LARGE",
        "connectionState": "CONNECTED",
        "resolution": "P1D",
        "customerType": "CONSUMER_2",
        "production": False,
        "transmissionNetworkEic": "38A-EE-98-4634-U",
        "apartmentAssociation": False,
    },
}
AGGREGATION: dict[str, Any] = {
    "meteringPoint": {
        "meterEic": "38ZAG-10000001-J",
        "meteringType": "VIRTUAL",
        "meteringPointType": "AGGREGATION",
    },
    "meterLocation": {"adrId": 3182855},
    "aggregatorCharacteristics": {"parentMeterEic": "38ZGO-10000018-5"},
}


def code(prefix: str, number: int) -> str:
    """Give a metering point's code of a range, with its check character ("-" for none is skipped by the caller)."""
    return eic.complete(f"{prefix}{number:0{14 - len(prefix)}d}-")


def codes(prefix: str, count: int) -> list[str]:
    """Give that many valid codes of a range, in order."""
    found, number = [], 0
    while len(found) < count:
        number += 1
        candidate = code(prefix, number)
        if eic.is_valid(candidate):
            found.append(candidate)
    return found


def changed(form: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give a form with the value at a dotted path set; a value of Ellipsis takes it out."""
    form = deepcopy(form)
    *parents, last = path.split(".")
    inner = form
    for name in parents:
        inner = inner.setdefault(name, {})
    if value is ...:
        inner.pop(last)
    else:
        inner[last] = value
    return form


def as_decoded(value: Any) -> Any:
    """Give a body's values as the decoder of the API does: exact decimals, and codes as plain text."""
    if isinstance(value, dict):
        return {name: as_decoded(inner) for name, inner in value.items()}
    if isinstance(value, str):
        return str(value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def registration(form: dict[str, Any]) -> GivenPoint:
    """Read a form as `POST /meter` reads it."""
    return given_point(reading.read(MeterRegistration, {"meterMetadata": as_decoded(form)})["meterMetadata"])


def change(form: dict[str, Any]) -> GivenPoint:
    """Read a form as `PUT /meter` reads it."""
    return given_point(reading.read(MeterChange, {"meterMetadata": as_decoded(form)})["meterMetadata"])


def register(
    form: dict[str, Any] = ELECTRICITY,
    *,
    owner: str = cast.GRID_OPERATOR,
    role: Role = Role.GRID_OPERATOR,
    commodity: Commodity = Commodity.ELECTRICITY,
    now: datetime = NOW,
) -> MeteringPoint:
    """Save a point as its owner would."""
    return points.register_point(
        owner=cast.participant(owner), role=role, commodity=commodity, given=registration(form), now=now
    )
